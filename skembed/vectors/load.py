"""Word vectors from a file, for gensim."""

from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from sklearn.utils._param_validation import StrOptions, validate_params

from skembed.errors import EmptyVocabularyError, NoVectorsFoundError, VectorSourceError
from skembed.vectors.files.fasttext_bin import fasttext_vectors
from skembed.vectors.files.formats import layout_of
from skembed.vectors.files.read import read_vectors
from skembed.vectors.keyed_vectors import keyed_vectors

__all__ = ["load_word_vectors"]


@validate_params(
    {
        "path": [str, PathLike],
        "words": "no_validation",
        "member": [str, None],
        "decode_error": [StrOptions({"strict", "replace"})],
        "cache": ["boolean"],
        "verbose": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_word_vectors(
    path: str | PathLike[str],
    words: Collection[str] | None = None,
    *,
    member: str | None = None,
    decode_error: Literal["strict", "replace"] = "strict",
    cache: bool = True,
    verbose: bool = True,
) -> Any:
    r"""Load word vectors of any format as a gensim ``KeyedVectors``.

    Parameters
    ----------
    path : str or path-like
        A file as :class:`PretrainedEmbeddingMatrix` reads it.
    words : collection of str, default=None
        The words that are wanted; None for all. Rows of others are not parsed.
    member : str, default=None
        The file wanted from a zip archive; None where it holds only one.
    decode_error : {"strict", "replace"}, default="strict"
        Whether words that are not UTF-8 are an error, or get replacement characters.
    cache : bool, default=True
        Keep what is found out about the file for the next time, as
        :class:`PretrainedEmbeddingMatrix` does.
    verbose : bool, default=True
        Draw a progress bar when reading takes more than two seconds (on a terminal, with
        rich installed).

    Returns
    -------
    gensim.models.KeyedVectors
        The words found, in the order of the file, or of `words`, with vectors of dtype
        float32. All of a fastText ``.bin`` come with its subwords, as a
        ``FastTextKeyedVectors``.

    Raises
    ------
    VectorFileNotFoundError, VectorFileError
        If the file is missing, of no known format, malformed, or cut.
    EmptyVocabularyError
        If `words` is empty.
    NoVectorsFoundError
        If none of them is in the file.

    See Also
    --------
    save_word_vectors : Writes files.
    PretrainedEmbeddingMatrix : Reads what a pipeline needs.

    References
    ----------
    Řehůřek and Sojka, "Software Framework for Topic Modelling with Large Corpora", LREC
    2010.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skembed import load_word_vectors
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "vectors.txt"
    ...     _ = path.write_text("good 0.1 2\nfine 0.2 1.9\npoor -1 0.5\n")
    ...     vectors = load_word_vectors(path, ["fine", "good"], cache=False)
    >>> vectors.most_similar("good")[0][0]
    'fine'
    """
    path = Path(path)
    if words is not None:
        words = _checked(words)
    elif path.is_file() and layout_of(path, member).kind == "fasttext":
        return fasttext_vectors(path, member, cache=False)  # the user may change it
    rows, values = read_vectors(
        path, words, member=member, decode_error=decode_error, cache=cache, verbose=verbose
    )
    if words and not rows:
        raise NoVectorsFoundError(
            f"{path} has none of the {len(words)} words ({', '.join(words[:5])}, …): is it for "
            "another language, or in another case?"
        )
    if words is not None:
        rows = {word: rows[word] for word in words if word in rows}
    return keyed_vectors(rows, values)


def _checked(words: Any) -> list[str]:
    if isinstance(words, str | bytes) or not isinstance(words, Iterable):
        raise VectorSourceError(
            f"Expected words as a collection of str, got the bare {type(words).__name__} "
            f"{words!r:.60}: for one word pass [word]."
        )
    listed = [*words]
    odd = [word for word in listed if not isinstance(word, str)]
    if odd:
        raise VectorSourceError(
            f"Expected words as a collection of str, got {odd[0]!r:.60} in it, a "
            f"{type(odd[0]).__name__}."
        )
    if not listed:
        raise EmptyVocabularyError("Expected words to load vectors for, got none.")
    return listed
