"""Table of the words of documents, with and without word vectors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed.inspection.final_step import embedding_step, sequences_at
from skembed.inspection.word_counts import WordCounts

__all__ = ["CoveredWords", "count_covered", "coverage_table"]


def coverage_table(estimator: Any, X: Any, y: Any = None) -> pd.DataFrame:
    """Return how often each word occurs in documents, and whether it has a word vector.

    Parameters
    ----------
    estimator : fitted Pipeline, search, or embedding step
        What has a ``PretrainedEmbeddingMatrix`` or ``TrainedEmbeddingMatrix``.
    X : documents, as the estimator takes them
        For training documents, the shares of the table are those of ``coverage_``. Words are
        counted where the embedding step gets them, thus after cleaning, and after truncation if
        ``PadSequences`` comes before the step.
    y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
        The classes of the documents, or a multilabel indicator matrix. A document with several
        labels counts for each of them.

    Returns
    -------
    DataFrame of shape (n_words, 3)
        Indexed by ``word``, most frequent first; with `y`, by ``class`` and ``word``. The
        columns are

        - ``has_vector``: whether the source of the vectors has the word;
        - ``count``: number of its tokens;
        - ``documents``: number of documents that have it.

        Words of the vocabulary that do not occur in the documents are left out. If the tokenizer
        has an ``oov_token``, its row counts the words that are not in the vocabulary.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    NotRecordedError
        If it has no embedding step.
    TargetError
        If `y` holds no class labels, has another length, or has only one class.
    VocabularyMismatchError
        If `estimator` is a step and the sequences were made with a different vocabulary.

    See Also
    --------
    CoverageDisplay : The words without a vector as a plot.
    skembed.PretrainedEmbeddingMatrix : Its ``coverage_`` summarizes the training documents.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
    >>> from skembed.inspection import coverage_table
    >>> texts = ["good work, good pay", "poor pay"]
    >>> vectors = {"good": [1.0, 0.5], "poor": [-1.0, 0.0]}
    >>> steps = make_pipeline(KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(vectors))
    >>> table = coverage_table(steps.fit(texts), texts)
    >>> table
          has_vector  count  documents
    word
    good        True      2          1
    pay        False      2          2
    work       False      1          1
    poor        True      1          1
    >>> float(table["count"][table["has_vector"]].sum() / table["count"].sum())
    0.5
    >>> coverage_table(steps, texts, ["praise", "blame"]).loc["blame"]
          has_vector  count  documents
    word
    pay        False      1          1
    poor        True      1          1
    """
    counted = count_covered(estimator, X, y)
    tables = {
        name: pd.DataFrame(
            {"has_vector": counted.has_vector, "count": tokens, "documents": documents},
            index=pd.Index(counted.words, name="word"),
        )
        for name, tokens, documents in zip(counted.classes, counted.tokens, counted.documents)
    }
    tables = {
        name: table[table["count"] > 0].sort_values("count", ascending=False, kind="stable")
        for name, table in tables.items()
    }
    if y is None:
        (table,) = tables.values()
        return table
    by_class: pd.DataFrame = pd.concat(tables, names=["class"])
    return by_class


@dataclass(frozen=True)
class CoveredWords:
    """Words of documents, whether they have vectors, and their counts by class.

    Attributes
    ----------
    words : list of str of length n_words
        The words that occur, in the order of the vocabulary.
    has_vector : ndarray of shape (n_words,), dtype bool
        Whether each word has a vector.
    in_vocabulary : ndarray of shape (n_words,), dtype bool
        False for the token that stands for unknown words.
    classes : ndarray of shape (n_classes,)
        The classes; one empty name without targets.
    tokens, documents : ndarray of shape (n_classes, n_words), dtype int64
        Counts, as in `WordCounts`.
    """

    words: list[str]
    has_vector: npt.NDArray[np.bool_]
    in_vocabulary: npt.NDArray[np.bool_]
    classes: npt.NDArray[Any]
    tokens: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int64]


def count_covered(estimator: Any, X: Any, y: Any = None) -> CoveredWords:
    """Count the words of documents at the embedding step; parameters as in `coverage_table`."""
    path = embedding_step(estimator)
    step = path[-1]
    sequences = step.transform(sequences_at(path, X))  # without the ends of sentences
    counts = WordCounts.of(sequences, y)
    occurring = np.flatnonzero(counts.tokens.any(axis=0))
    words = [step.vocabulary_.word(id) for id in occurring.tolist()]
    in_vocabulary = np.array([word in step.vocabulary_ for word in words], np.bool_)
    missing = frozenset(step.coverage_.missing)
    return CoveredWords(
        words,
        in_vocabulary & [word not in missing for word in words],
        in_vocabulary,
        counts.classes,
        counts.tokens[:, occurring],
        counts.documents[:, occurring],
    )
