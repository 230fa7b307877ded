"""Load word vectors from a file into gensim."""

from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from sklearn.utils._param_validation import StrOptions, validate_params

from skembed.errors import EmptyVocabularyError, NoVectorsFoundError, VectorSourceError
from skembed.vectors.files.fasttext_bin import is_fasttext, load_fasttext_vectors
from skembed.vectors.files.read import read_vectors
from skembed.vectors.keyed_vectors import keyed_vectors
from skembed.vectors.result import to_finite_floats, warn_of_repeated

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
    verbose: bool = False,
) -> Any:
    r"""Load a word-vector file as a gensim ``KeyedVectors``.

    The format is detected from the content of the file.

    Parameters
    ----------
    path : str or path-like
        Word-vector file in any format that :class:`PretrainedEmbeddingMatrix` reads.
    words : collection of str, default=None
        Words to load; None loads all words. Rows of other words are not parsed.
    member : str, default=None
        File to read from a zip archive; may be None if the archive holds a single file.
    decode_error : {"strict", "replace"}, default="strict"
        Whether a word that is not valid UTF-8 raises an error or is decoded with
        replacement characters.
    cache : bool, default=True
        Cache the row index and the parsed rows for later calls, as
        :class:`PretrainedEmbeddingMatrix` does.
    verbose : bool, default=False
        Show a progress bar if reading takes more than two seconds (on a terminal, with
        rich installed).

    Returns
    -------
    gensim.models.KeyedVectors
        The words found and their vectors of dtype float32, in the order of `words`, or of
        the file if `words` is None. A fastText ``.bin`` file loaded with ``words=None`` gives
        a ``FastTextKeyedVectors`` with its subwords.

    Raises
    ------
    VectorFileNotFoundError, VectorFileError
        If the file is missing, of an unknown format, malformed, or truncated.
    EmptyVocabularyError
        If `words` is empty.
    NoVectorsFoundError
        If the file contains none of `words`.

    Warns
    -----
    VectorFileWarning
        If the file repeats words, of which the first row is used, or if a text file has more
        or fewer rows than its header declares.

    See Also
    --------
    save_word_vectors : Save word vectors to a file.
    PretrainedEmbeddingMatrix : Load the vectors of a vocabulary in a pipeline.

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
        words = _check_words(words)
    elif path.is_file() and is_fasttext(path, member):
        # Not cached, as the caller may modify it.
        loaded, repeated = load_fasttext_vectors(path, member, decode_error, cache=False)
        warn_of_repeated(path, repeated, None)
        to_finite_floats(loaded.index_to_key, loaded.vectors, path)
        return loaded
    rows, values = read_vectors(
        path, words, member=member, decode_error=decode_error, cache=cache, verbose=verbose
    )
    if words and not rows:
        raise NoVectorsFoundError(
            f"{path} has none of the {len(words)} words ({', '.join(words[:5])}, …): check that "
            "the language and the case of the words match those of the file."
        )
    if words is not None:
        rows = {word: rows[word] for word in words if word in rows}
    return keyed_vectors(rows, values)


def _check_words(words: Any) -> list[str]:
    if isinstance(words, str | bytes) or not isinstance(words, Iterable):
        raise VectorSourceError(
            f"Expected words as a collection of str, got the bare {type(words).__name__} "
            f"{words!r:.60}: for one word pass [word]."
        )
    listed = [*words]
    invalid = [word for word in listed if not isinstance(word, str)]
    if invalid:
        raise VectorSourceError(
            f"Expected words as a collection of str, got {invalid[0]!r:.60} of type "
            f"{type(invalid[0]).__name__} in it: convert every word to str."
        )
    if not listed:
        raise EmptyVocabularyError("Expected at least one word, got none: pass None for all.")
    return listed
