"""Word vectors into files."""

import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import StrOptions, validate_params

from skembed._whole_file import whole_file
from skembed.errors import VectorFileError, VectorFileNotFoundError
from skembed.vectors.files.formats import is_number
from skembed.vectors.files.scan import LONGEST_WORD
from skembed.vectors.lookup import words_and_values

__all__ = ["save_word_vectors"]

_CONTROL = re.compile("[\x00-\x1f\ud800-\udfff]")  # the last ones are not to be encoded

Values = npt.NDArray[np.float32]


@validate_params(
    {
        "vectors": "no_validation",
        "path": [str, PathLike],
        "format": [StrOptions({"glove", "word2vec", "word2vec-binary"})],
    },
    prefer_skip_nested_validation=True,
)
def save_word_vectors(
    vectors: Any,
    path: str | PathLike[str],
    *,
    format: Literal["glove", "word2vec", "word2vec-binary"] = "glove",
) -> None:
    """Save word vectors in a format that other programs read.

    All three formats hold float32 exactly. The file appears once it is whole.

    Parameters
    ----------
    vectors : KeyedVectors, mapping, DataFrame, or fitted estimator
        The vectors; an estimator gives its ``keyed_vectors_``.
    path : str or path-like
        Where to save them.
    format : {"glove", "word2vec", "word2vec-binary"}, default="glove"
        GloVe's text, a word and its numbers a line; word2vec's text, which has a header
        of two numbers (fastText's ``.vec`` is the same); word2vec's binary format.

    Returns
    -------
    None

    Raises
    ------
    VectorFileNotFoundError
        If there is no such folder.
    VectorFileError
        If a word cannot be told from what else may stand in this format.
    VectorSourceError
        If `vectors` is none of these.

    See Also
    --------
    load_word_vectors : Reads the file.
    export_projector : Saves for looking at.

    References
    ----------
    https://github.com/stanfordnlp/GloVe and https://code.google.com/archive/p/word2vec

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skembed import load_word_vectors, save_word_vectors
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "vectors.txt"
    ...     save_word_vectors({"good": [0.1, 2.0], "poor": [-1.0, 0.5]}, path)
    ...     print(path.read_text(), end="")
    ...     load_word_vectors(path, cache=False)["good"]
    good 0.1 2.0
    poor -1.0 0.5
    array([0.1, 2. ], dtype=float32)
    """
    words, values = words_and_values(vectors)
    _check_words(words, values.shape[1], format)
    write = _binary_rows if format == "word2vec-binary" else _text_rows
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise VectorFileNotFoundError(f"There is no folder {str(path.parent)!r} to save to.")
    with whole_file(path) as part, part.open("wb") as file:
        if format != "glove":
            file.write(f"{len(words)} {values.shape[1]}\n".encode())
        file.writelines(write(words, values))


def _check_words(words: Iterable[str], size: int, format: str) -> None:
    for word in words:
        first, *rest = word.split(" ")
        is_odd = (
            not first
            or word != word.strip()
            or _CONTROL.search(word) is not None
            or (rest and all(map(is_number, rest)))
            or (format == "word2vec-binary" and (rest or len(word.encode()) > LONGEST_WORD))
        )
        if is_odd or (format == "glove" and _begins_otherwise(word, size)):
            raise VectorFileError(
                f"In the format {format!r} the word {word!r:.60} cannot be told from what else may "
                "stand there: leave it out, or replace its blanks."
            )


def _begins_otherwise(word: str, size: int) -> bool:
    """Whether the line of a word, were it the first, would be taken for something else."""
    return word.startswith("\ufeff") or (size == 1 and word.isdigit())


def _text_rows(words: list[str], values: Values) -> Iterable[bytes]:
    # str of a float32 is the shortest that is read as the same float32
    return (f"{word} {' '.join(map(str, row))}\n".encode() for word, row in zip(words, values))


def _binary_rows(words: list[str], values: Values) -> Iterable[bytes]:
    return (
        b"%b %b\n" % (word.encode(), row.tobytes())
        for word, row in zip(words, values.astype("<f4"))
    )
