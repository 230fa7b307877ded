"""What can go wrong in a user's hands: one class a mistake, the message is the mend.

Every error is a :class:`SkembedError` and also the built-in exception that
scikit-learn users expect (most are ``ValueError``), so both ``except`` clauses work.
A parameter outside its documented values raises scikit-learn's own
``InvalidParameterError`` (a ``ValueError``); use before ``fit`` raises
:class:`sklearn.exceptions.NotFittedError`.
"""

__all__ = [
    "ArchitectureError",
    "ArchiveError",
    "ArchiveNotFoundError",
    "CoverageWarning",
    "DocumentsError",
    "DownloadError",
    "EmptyVocabularyError",
    "IdRangeError",
    "NoVectorsFoundError",
    "NotInstalledError",
    "NotRecordedError",
    "NotSequencesError",
    "RaggedSequencesError",
    "SkembedError",
    "TargetError",
    "TokenizerFormatError",
    "TrainingDivergedError",
    "VectorFileError",
    "VectorFileNotFoundError",
    "VectorFileWarning",
    "VectorSourceError",
    "VocabularyMismatchError",
]


class SkembedError(Exception):
    """Base of every error that skembed raises on purpose."""


class DocumentsError(SkembedError, ValueError):
    """The documents are not a non-empty, one-dimensional collection of ``str``."""


class NotSequencesError(SkembedError, ValueError):
    """The input is neither ``TokenSequences`` nor rows of integer ids."""


class RaggedSequencesError(SkembedError, ValueError):
    """Rows of one length are needed, and these differ: pad them first."""


class EmptyVocabularyError(SkembedError, ValueError):
    """Not one word is left to learn from."""


class VocabularyMismatchError(SkembedError, ValueError):
    """The ids were made with another vocabulary than the one learned in ``fit``."""


class IdRangeError(SkembedError, ValueError):
    """Some ids are negative, or lie beyond the vocabulary."""


class TokenizerFormatError(SkembedError, ValueError):
    """A JSON text is not a tokenizer that Keras or skembed saved."""


class VectorFileError(SkembedError, ValueError):
    """A word-vector file is empty, malformed or of an unknown format."""


class VectorFileNotFoundError(VectorFileError, FileNotFoundError):
    """There is no word-vector file at this path."""


class DownloadError(SkembedError, OSError):
    """A file is neither here nor to be had from the web, or is not what it should be."""


class ArchiveError(SkembedError, ValueError):
    """An archive given by its path is cut, altered, or that of another data set."""


class ArchiveNotFoundError(ArchiveError, FileNotFoundError):
    """There is no archive at this path."""


class VectorFileWarning(UserWarning):
    """A word-vector file can be read, but something in it is odd."""


class CoverageWarning(UserWarning):
    """Most of a text has no word vectors."""


class VectorSourceError(SkembedError, TypeError):
    """Word vectors were given in a form that is not known."""


class NoVectorsFoundError(SkembedError, ValueError):
    """Not one word of the vocabulary has a vector in the source."""


class TargetError(SkembedError, ValueError):
    """The targets or the sample weights do not fit the documents or the task."""


class ArchitectureError(SkembedError, ValueError):
    """The network cannot be built from these data and parameters."""


class TrainingDivergedError(SkembedError, ArithmeticError):
    """The training loss became NaN or infinite."""


class NotRecordedError(SkembedError, ValueError):
    """What is to be shown was not recorded by the search or the training."""


class NotInstalledError(SkembedError, ImportError):
    """An optional library is needed that is not installed."""
