"""Errors and warnings: one class per mistake; each message says how to fix it.

Every error is a :class:`SkembedError` and also the built-in exception that scikit-learn
users expect (most are ``ValueError``), so ``except`` works with either. A parameter
outside its documented values raises scikit-learn's own ``InvalidParameterError`` (a
``ValueError``). Using an estimator before ``fit`` raises
:class:`sklearn.exceptions.NotFittedError`.
"""

from pickle import UnpicklingError

__all__ = [
    "ArchitectureError",
    "ArchiveError",
    "ArchiveNotFoundError",
    "ColumnError",
    "CoverageWarning",
    "DocumentsError",
    "DownloadError",
    "EmptyVocabularyError",
    "ExplanationError",
    "ExplanationWarning",
    "ForkedProcessError",
    "IdRangeError",
    "LostVectorsWarning",
    "MixedColumnsError",
    "NoVectorsFoundError",
    "NotEnoughMemoryError",
    "NotInstalledError",
    "NotRecordedError",
    "NotSavedError",
    "NotSequencesError",
    "OneHotLabelsWarning",
    "PickleVersionError",
    "RaggedSequencesError",
    "RandomVectorsWarning",
    "SkembedError",
    "TargetError",
    "TokenizerFormatError",
    "TrainingDivergedError",
    "UnsplitTextWarning",
    "VectorFileError",
    "VectorFileNotFoundError",
    "VectorFileWarning",
    "VectorSourceError",
    "VocabularyMismatchError",
]


class SkembedError(Exception):
    """Base class of all errors raised by skembed."""


class DocumentsError(SkembedError, ValueError, TypeError):
    """The documents are not a non-empty column of ``str``, or not rows of finite numbers."""


class NotSequencesError(SkembedError, ValueError):
    """The input is neither ``TokenSequences`` nor rows of integer ids."""


class RaggedSequencesError(SkembedError, ValueError):
    """The sequences differ in length, but equal lengths are required: pad them first."""


class MixedColumnsError(SkembedError, ValueError):
    """Columns do not fit together: ids would lose their meaning, or there is no text."""


class ColumnError(SkembedError, ValueError):
    """A column of a table is missing, or holds something else than what its step takes."""


class EmptyVocabularyError(SkembedError, ValueError):
    """The vocabulary has no words to learn from."""


class VocabularyMismatchError(SkembedError, ValueError):
    """The ids were made with a different vocabulary than the one learned in ``fit``."""


class IdRangeError(SkembedError, ValueError):
    """Some ids are negative or outside the vocabulary."""


class TokenizerFormatError(SkembedError, ValueError):
    """The JSON text is not a tokenizer saved by Keras or skembed, or JSON cannot hold one."""


class UnsplitTextWarning(UserWarning):
    """Most of the text is in scripts without spaces and was not split into words."""


class ExplanationError(SkembedError, ValueError):
    """A prediction cannot be explained in the requested way."""


class ExplanationWarning(UserWarning):
    """The contributions do not add up to the difference of the scores as closely as promised."""


class VectorFileError(SkembedError, ValueError):
    """The word-vector file is empty, malformed or in an unknown format."""


class VectorFileNotFoundError(VectorFileError, FileNotFoundError):
    """No word-vector file exists at this path."""


class DownloadError(SkembedError, OSError):
    """A file is not cached and cannot be downloaded, or it fails its checks."""


class ArchiveError(SkembedError, ValueError):
    """The archive at the given path is truncated, altered, or for another data set."""


class ArchiveNotFoundError(ArchiveError, FileNotFoundError):
    """No archive exists at this path."""


class VectorFileWarning(UserWarning):
    """The word-vector file is readable but has irregular content."""


class CoverageWarning(UserWarning):
    """Fewer than half of the tokens have a word vector."""


class LostVectorsWarning(UserWarning):
    """Sequences with word vectors are converted to an array of ids, without the vectors."""


class OneHotLabelsWarning(UserWarning):
    """Every document has exactly one of several labels: classes seem to be one-hot encoded."""


class RandomVectorsWarning(UserWarning):
    """The network keeps random word vectors frozen: none were given, and they are not trained."""


class VectorSourceError(SkembedError, TypeError):
    """The word vectors were given in an unsupported form."""


class NoVectorsFoundError(SkembedError, ValueError):
    """No word of the vocabulary has a vector in the source."""


class TargetError(SkembedError, ValueError):
    """The targets or the sample weights do not fit the documents or the task."""


class ArchitectureError(SkembedError, ValueError):
    """The network cannot be built from the given data and parameters."""


class TrainingDivergedError(SkembedError, ArithmeticError):
    """The training loss became NaN or infinite."""


class NotEnoughMemoryError(SkembedError, MemoryError):
    """The network, or a batch of documents, does not fit into the memory of the machine."""


class ForkedProcessError(SkembedError, RuntimeError):
    """The backend was in use when this process was forked, and cannot compute in it."""


class NotRecordedError(SkembedError, ValueError):
    """The search or the training did not record the requested quantity."""


class PickleVersionError(SkembedError, UnpicklingError):
    """The pickle was written by a newer version of skembed, or holds a class unknown to it."""


class NotSavedError(SkembedError, ValueError):
    """A loaded estimator is fitted again, but the file lacks what only training needs."""


class NotInstalledError(SkembedError, ImportError):
    """An optional dependency, or the backend that Keras is set to use, is not installed."""
