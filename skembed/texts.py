"""A document collection that joblib shares between processes through a memory map."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from skembed._pickles import Lasting
from skembed._validation import check_documents

__all__ = ["Texts"]


class Texts(Lasting, Sequence[str]):
    """A list-like column of documents that a parallel search does not copy for each task.

    joblib pickles a list of str again for every candidate and fold. In contrast, it writes an
    array of more than a megabyte to a file once, and its worker processes memory-map that file.
    This class therefore stores the text as UTF-8 in one array and decodes a document each time
    it is accessed.

    Parameters
    ----------
    documents : list, tuple, ndarray or Series of str; or one text column of shape (n, 1)
        The documents.

    Raises
    ------
    DocumentsError
        If `documents` is not a column of text.

    References
    ----------
    joblib, "Automated array to memmap conversion", in its user guide:
    https://joblib.readthedocs.io/en/stable/parallel.html

    Examples
    --------
    >>> from skembed import KerasTokenizerTransformer, Texts
    >>> texts = Texts(["well done", "not done"])
    >>> texts
    <Texts of 2 documents, 17 bytes>
    >>> texts[1]
    'not done'
    >>> KerasTokenizerTransformer().fit_transform(texts).to_lists()
    [[3, 2], [4, 2]]
    """

    def __init__(self, documents: Any) -> None:
        encoded = [text.encode("utf-8", "surrogatepass") for text in check_documents(documents)]
        self._bytes = np.frombuffer(b"".join(encoded), np.uint8)
        self._ends = np.cumsum([*map(len, encoded)], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        index = range(len(self))[key]
        if isinstance(index, range):
            return [self[i] for i in index]
        start = self._ends[index - 1] if index else 0
        return self._bytes[start : self._ends[index]].tobytes().decode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return f"<Texts of {len(self)} documents, {len(self._bytes):,} bytes>"
