"""Export word vectors as a page to look at, and to the TensorFlow Embedding Projector."""

from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, InvalidParameterError, validate_params

from skembed._whole_file import whole_file
from skembed.errors import NoVectorsFoundError, VectorFileError
from skembed.vectors.lookup import words_and_values
from skembed.vectors.projector_page.chosen_words import ChosenWords, choose_words
from skembed.vectors.projector_page.page import projector_page

__all__ = ["export_projector"]

#: Words on a page, if no other number is asked for: the time for neighbours grows with its square.
MAX_WORDS_ON_PAGE = 20_000


@overload
def export_projector(
    estimator: Any,
    directory: str | PathLike[str],
    *,
    html: Literal[False] = False,
    max_words: int | None = None,
    documents: None = None,
    y: None = None,
) -> tuple[Path, Path]: ...


@overload
def export_projector(
    estimator: Any,
    directory: str | PathLike[str],
    *,
    html: Literal[True],
    max_words: int | None = None,
    documents: Any = None,
    y: Any = None,
) -> Path: ...


@validate_params(
    {
        "estimator": "no_validation",
        "directory": [str, PathLike],
        "html": ["boolean"],
        "max_words": [Interval(Integral, 1, None, closed="left"), None],
        "documents": "no_validation",
        "y": "no_validation",
    },
    prefer_skip_nested_validation=True,
)
def export_projector(
    estimator: Any,
    directory: str | PathLike[str],
    *,
    html: bool = False,
    max_words: int | None = None,
    documents: Any = None,
    y: Any = None,
) -> Path | tuple[Path, Path]:
    r"""Save word vectors as a page to look at, or as files for the Embedding Projector.

    With ``html=True``, the words are written as one HTML file, which any current browser opens
    without a network: a cloud of words in two and three dimensions (the axes of largest
    variance), with a search for words and the ten nearest neighbours of each, by the cosine of
    all dimensions. Otherwise two files are written that can be uploaded at
    https://projector.tensorflow.org.

    Parameters
    ----------
    estimator : fitted estimator, Pipeline, KeyedVectors, mapping or DataFrame
        Source of the word vectors. For an estimator, its ``keyed_vectors_``; for a pipeline,
        those of its last step.
    directory : str or path-like
        Folder to write the files to; created if it does not exist.
    html : bool, default=False
        Write one HTML file instead of the two files of the Embedding Projector.
    max_words : int, default=None
        Largest number of words to export: the most frequent ones in `documents` or, without
        documents, the first ones of the source; vocabularies and published vector files begin with
        the most frequent words. None exports all words to the Embedding Projector, and
        20,000 to a page, which says how many there are. Only words on the page are neighbours.
    documents : array-like of documents or TokenSequences, default=None
        Documents in which the page counts the words. For a pipeline, as it predicts them; for any
        other source, the ``TokenSequences`` of a tokenizer.
    y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
        Labels of the documents. Each word then has the colour of the class whose documents use it
        more often than the other documents do (a log-odds ratio), unless this may be chance
        (a likelihood-ratio test, p < .01).

    Returns
    -------
    page : Path
        With ``html=True``: ``words.html``.
    (vecs, meta) : tuple of Path
        Otherwise: ``vecs.tsv`` has one vector per line, ``meta.tsv`` one word per line.

    Raises
    ------
    NoVectorsFoundError
        If there are no words.
    VectorFileError
        For the Embedding Projector: if a word is empty, or contains a tab or a line break.
    VectorSourceError
        If the type of `estimator` is not supported.
    NotSequencesError
        If `documents` are not tokenized, and there is no pipeline to do it.
    TargetError
        If `y` are not labels of the documents.
    InvalidParameterError
        If `documents` or `y` are given for the Embedding Projector, or `y` without `documents`.

    See Also
    --------
    save_word_vectors : Save word vectors for other libraries.

    Notes
    -----
    The neighbours of 20,000 words with 300 dimensions are found in about 5 s on one core; ten times
    as many words take a hundred times as long. A word takes about 150 bytes of the page.

    References
    ----------
    Smilkov et al., "Embedding Projector: Interactive Visualization and Interpretation of
    Embeddings", 2016, https://arxiv.org/abs/1611.05469

    Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", 1993,
    https://aclanthology.org/J93-1003

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skembed import export_projector
    >>> with TemporaryDirectory() as folder:
    ...     vecs, meta = export_projector({"good": [0.1, 2.0], "poor": [-1.0, 0.5]}, folder)
    ...     vecs.name, vecs.read_text(), meta.name, meta.read_text()
    ('vecs.tsv', '0.1\t2.0\n-1.0\t0.5\n', 'meta.tsv', 'good\npoor\n')
    >>> with TemporaryDirectory() as folder:
    ...     export_projector({"good": [0.1, 2.0], "poor": [-1.0, 0.5]}, folder, html=True).name
    'words.html'
    """
    if y is not None and documents is None:
        raise InvalidParameterError(
            "y has the labels of documents, but documents=None: pass the documents too."
        )
    if documents is not None and not html:
        raise InvalidParameterError(
            "documents and y are shown on a page only: set html=True, or leave them out."
        )
    words, values = words_and_values(estimator)
    if not words:
        raise NoVectorsFoundError(
            "There are no words to export: pass vectors of at least one word."
        )
    folder = Path(directory)
    if html:
        shown = choose_words(estimator, words, documents, y, max_words or MAX_WORDS_ON_PAGE)
        return _write_page(folder, words, values, shown)
    return _write_tables(folder, words[:max_words], values[:max_words])


def _write_page(
    folder: Path, words: list[str], values: npt.NDArray[np.float32], shown: ChosenWords
) -> Path:
    page = projector_page(words, values, shown)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "words.html"
    with whole_file(path) as part:
        part.write_text(page, encoding="utf-8", newline="\n")
    return path


def _write_tables(
    folder: Path, words: list[str], values: npt.NDArray[np.float32]
) -> tuple[Path, Path]:
    for word in words:
        if not word or "\t" in word or len(word.splitlines()) != 1:
            raise VectorFileError(
                f"The Embedding Projector reads one word per line, got {word!r}: remove or "
                "rename words that are empty or contain tabs or line breaks."
            )
    folder.mkdir(parents=True, exist_ok=True)
    vecs, meta = folder / "vecs.tsv", folder / "meta.tsv"
    with whole_file(vecs) as vecs_part, whole_file(meta) as meta_part:
        with vecs_part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in values)
        with meta_part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{word}\n" for word in words)
    return vecs, meta
