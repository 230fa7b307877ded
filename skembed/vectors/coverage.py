"""Coverage of a vocabulary and of its text by word vectors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skembed._pickles import Lasting
from skembed.vocabulary import Vocabulary

__all__ = ["Coverage"]


@dataclass(frozen=True)
class Coverage(Lasting):
    """Shares of a vocabulary, and of the training tokens, that have word vectors.

    Attributes
    ----------
    n_words : int
        Number of words in the vocabulary.
    n_found : int
        Number of words with a vector.
    word_fraction : float
        ``n_found / n_words``.
    token_fraction : float
        Share of the tokens of the training documents that have a vector. Tokens that the
        tokenizer maps to the out-of-vocabulary id count as having none.
    missing : tuple of str
        Words without a vector, most frequent first.
    """

    n_words: int
    n_found: int
    word_fraction: float
    token_fraction: float
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls,
        vocabulary: Vocabulary,
        has_vector: npt.NDArray[np.bool_],
        token_counts: npt.NDArray[np.int64],
    ) -> "Coverage":
        """Compute the coverage of a vocabulary.

        Parameters
        ----------
        vocabulary : Vocabulary
            The vocabulary.
        has_vector, token_counts : ndarray of shape (n_ids,)
            For each id, whether it has a vector, and its token count in the documents.

        Returns
        -------
        Coverage
            Numbers and shares of words and tokens with vectors.
        """
        first = vocabulary.first_id
        known = has_vector[first : first + len(vocabulary)]
        counts = token_counts[first : first + len(vocabulary)]
        absent = np.flatnonzero(~known)
        absent = absent[np.argsort(-counts[absent], kind="stable")]
        n_found = int(known.sum())
        return cls(
            n_words=len(vocabulary),
            n_found=n_found,
            word_fraction=n_found / max(1, len(vocabulary)),
            token_fraction=float(counts[known].sum() / max(1, token_counts[1:].sum())),
            missing=tuple(vocabulary.words[i] for i in absent.tolist()),
        )

    def __str__(self) -> str:
        some = ", ".join(self.missing[:10]) + (", …" if len(self.missing) > 10 else "")
        return (
            f"{self.n_found} of {self.n_words} words have vectors ({self.word_fraction:.1%}), "
            f"{self.token_fraction:.1%} of all tokens"
            + (f"; most frequent without: {some}" if some else "")
        )
