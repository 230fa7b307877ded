"""Rows of a word-vector file: those that are wanted, and no others."""

from collections.abc import Collection
from os import PathLike

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.formats import open_vectors, text_layout

__all__ = ["read_text_vectors"]


def read_text_vectors(
    path: str | PathLike[str], words: Collection[str]
) -> tuple[dict[str, int], npt.NDArray[np.float32]]:
    """Read the vectors of some words from GloVe or word2vec text.

    Only the start of a line is looked at unless its word is wanted. Words may hold
    spaces, as some in glove.840B do: the numbers are counted from the right.

    Parameters
    ----------
    path : str or path-like
        The file, plain or in gzip, bzip2 or xz.
    words : collection of str
        The words that are wanted.

    Returns
    -------
    rows : dict of str to int
        The row of each word that was found; of repeated words, the first.
    vectors : ndarray of shape (n_found, vector_size), dtype float32
        The vectors.

    Raises
    ------
    VectorFileError
        If the file is of another format, a wanted row is malformed, or there are
        fewer or more rows than a header promises.
    """
    layout = text_layout(path)
    wanted = {word.encode("utf-8", "surrogatepass"): word for word in words}
    starts = {word.partition(b" ")[0] for word in wanted}
    rows: dict[str, int] = {}
    vectors: list[npt.NDArray[np.float32]] = []
    header_lines = 0 if layout.n_rows is None else 1
    n_rows = -header_lines
    with open_vectors(path) as file:
        for line_number, line in enumerate(file, start=1):
            n_rows += not line.isspace()
            if line[: line.find(b" ")] not in starts or line_number <= header_lines:
                continue
            spelled, *numbers = line.rstrip().rsplit(b" ", layout.vector_size)
            word = wanted.get(spelled)
            if word is not None and word not in rows:
                rows[word] = len(vectors)
                vectors.append(_parsed(numbers, layout.vector_size, path, line_number))
    if layout.n_rows not in (None, n_rows):
        raise VectorFileError(
            f"{path}: the header promises {layout.n_rows} words and there are {n_rows}; the file "
            "is cut or was edited: download it again, or delete the header line to use what is "
            "there."
        )
    matrix = np.stack(vectors) if vectors else np.zeros((0, layout.vector_size), np.float32)
    return rows, matrix


def _parsed(
    numbers: list[bytes], size: int, path: str | PathLike[str], line_number: int
) -> npt.NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):  # infinity is refused below
            vector = np.array([float(number) for number in numbers]).astype(np.float32)
    except ValueError as error:
        raise VectorFileError(
            f"{path}, line {line_number}: {error}; mend or delete the line."
        ) from error
    if len(vector) != size or not np.isfinite(vector).all():
        raise VectorFileError(
            f"{path}, line {line_number}: expected {size} finite numbers after the word, got "
            f"{np.isfinite(vector).sum()}; mend or delete the line."
        )
    return vector
