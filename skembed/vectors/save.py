"""Save word vectors to a file."""

import re
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import StrOptions, validate_params

from skembed._whole_file import whole_file
from skembed.errors import VectorFileError, VectorFileNotFoundError
from skembed.vectors.files.scan import MAX_WORD_BYTES
from skembed.vectors.files.separators import find_problem, is_number
from skembed.vectors.lookup import words_and_values

__all__ = ["save_word_vectors"]

_N_FIRST_ROWS = 20  # that show a reader how a file is separated
_CONTROL = re.compile("[\x00-\x1f\ud800-\udfff]")  # surrogates cannot be encoded as UTF-8

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
    """Save word vectors in a format that other libraries read.

    All formats store float32 values exactly. The file appears only when it is complete.

    Parameters
    ----------
    vectors : KeyedVectors, mapping, DataFrame, or fitted estimator
        Word vectors to save. For an estimator, its ``keyed_vectors_``.
    path : str or path-like
        File to write.
    format : {"glove", "word2vec", "word2vec-binary"}, default="glove"
        GloVe text has one word and its numbers per line. word2vec text adds a header line
        with the number of words and the vector size, like fastText's ``.vec``.
        ``"word2vec-binary"`` is word2vec's binary format.

    Returns
    -------
    None

    Raises
    ------
    VectorFileNotFoundError
        If the folder of `path` does not exist.
    VectorFileError
        If a word cannot be stored unambiguously in this format.
    VectorSourceError
        If the type of `vectors` is not supported.

    See Also
    --------
    load_word_vectors : Load a saved file.
    export_projector : Save word vectors for visualization.

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
    write = _format_binary_rows if format == "word2vec-binary" else _format_text_rows
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise VectorFileNotFoundError(f"The folder {str(path.parent)!r} does not exist: create it.")
    with whole_file(path) as part, part.open("wb") as file:
        if format != "glove":
            file.write(f"{len(words)} {values.shape[1]}\n".encode())
        file.writelines(write(words, values))


def _check_words(words: Sequence[str], size: int, format: str) -> None:
    for word in words:
        first, *rest = word.split(" ")
        is_odd = (
            not first
            or word != word.strip()
            or _CONTROL.search(word) is not None
            or "" in rest
            or (rest and all(map(is_number, rest)))
            or (format == "word2vec-binary" and (rest or len(word.encode()) > MAX_WORD_BYTES))
        )
        if is_odd or (format == "glove" and _is_misread_on_first_line(word, size)):
            raise VectorFileError(
                f"The word {word!r:.60} cannot be stored unambiguously in the format {format!r}: "
                "remove the word, or replace its spaces and control characters."
            )

    first_rows = [f"{word} 0".encode() for word in words[:_N_FIRST_ROWS]]
    problem = None if format == "word2vec-binary" else find_problem(first_rows)
    if problem is not None:
        raise VectorFileError(
            f"The words {words[0]!r:.60}, … cannot be stored in the format {format!r}, because a "
            f"reader would take it that {problem.partition(':')[0]}: use format='word2vec-binary'."
        )


def _is_misread_on_first_line(word: str, size: int) -> bool:
    """Whether a GloVe file that starts with this word seems to have a BOM or a header."""
    return word.startswith("\ufeff") or (size == 1 and word.isdigit())


def _format_text_rows(words: list[str], values: Values) -> Iterable[bytes]:
    # str(float32) is the shortest string that parses to the same float32
    return (f"{word} {' '.join(map(str, row))}\n".encode() for word, row in zip(words, values))


def _format_binary_rows(words: list[str], values: Values) -> Iterable[bytes]:
    return (
        b"%b %b\n" % (word.encode(), row.tobytes())
        for word, row in zip(words, values.astype("<f4"))
    )
