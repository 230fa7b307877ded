"""Word-embedding text classification as scikit-learn estimators.

Pipelines map raw text to class labels. Every choice is an estimator parameter, so
``GridSearchCV`` can tune it and ``joblib`` can save it. Names are imported on first use, so
``import skembed`` and the text transformers do not load Keras.

Public are the names in ``__all__`` of this package and of its modules ``datasets``, ``errors``,
``inspection`` and ``networks``. All other modules are private: their names and places may change
in any version.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skembed import datasets, errors, inspection, networks
    from skembed.classifier import KerasTextClassifier
    from skembed.cleaning import TextCleaner
    from skembed.embedding import PretrainedEmbeddingMatrix
    from skembed.embedding_matrix import EmbeddingMatrix
    from skembed.ngrams import NaiveBayesScaler, NgramVectorizer, OneVsRestLogisticRegression
    from skembed.padding import PadSequences
    from skembed.pooling import EmbeddingVectorizer
    from skembed.sequences import TokenSequences
    from skembed.tables import TextColumnTransformer, make_text_column_transformer
    from skembed.text_classifier import make_text_classifier
    from skembed.token_table import TokenTable
    from skembed.tokenization import (
        CategoryTokenizer,
        HashingTokenizerTransformer,
        KerasTokenizerTransformer,
    )
    from skembed.trained_embedding import TrainedEmbeddingMatrix
    from skembed.vectors import export_projector, load_word_vectors, save_word_vectors
    from skembed.vocabulary import Vocabulary
    from skembed.voting import WeightedVotingClassifier

__version__ = "0.1.0"

_HOMES = {
    "CategoryTokenizer": "skembed.tokenization",
    "EmbeddingMatrix": "skembed.embedding_matrix",
    "EmbeddingVectorizer": "skembed.pooling",
    "HashingTokenizerTransformer": "skembed.tokenization",
    "KerasTextClassifier": "skembed.classifier",
    "KerasTokenizerTransformer": "skembed.tokenization",
    "NaiveBayesScaler": "skembed.ngrams",
    "NgramVectorizer": "skembed.ngrams",
    "OneVsRestLogisticRegression": "skembed.ngrams",
    "PadSequences": "skembed.padding",
    "PretrainedEmbeddingMatrix": "skembed.embedding",
    "TextCleaner": "skembed.cleaning",
    "TextColumnTransformer": "skembed.tables",
    "TokenSequences": "skembed.sequences",
    "TokenTable": "skembed.token_table",
    "TrainedEmbeddingMatrix": "skembed.trained_embedding",
    "Vocabulary": "skembed.vocabulary",
    "WeightedVotingClassifier": "skembed.voting",
    "export_projector": "skembed.vectors",
    "load_word_vectors": "skembed.vectors",
    "make_text_classifier": "skembed.text_classifier",
    "make_text_column_transformer": "skembed.tables",
    "save_word_vectors": "skembed.vectors",
}

__all__ = [
    "CategoryTokenizer",
    "EmbeddingMatrix",
    "EmbeddingVectorizer",
    "HashingTokenizerTransformer",
    "KerasTextClassifier",
    "KerasTokenizerTransformer",
    "NaiveBayesScaler",
    "NgramVectorizer",
    "OneVsRestLogisticRegression",
    "PadSequences",
    "PretrainedEmbeddingMatrix",
    "TextCleaner",
    "TextColumnTransformer",
    "TokenSequences",
    "TokenTable",
    "TrainedEmbeddingMatrix",
    "Vocabulary",
    "WeightedVotingClassifier",
    "datasets",
    "errors",
    "export_projector",
    "inspection",
    "load_word_vectors",
    "make_text_classifier",
    "make_text_column_transformer",
    "networks",
    "save_word_vectors",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in ("datasets", "errors", "inspection", "networks"):
        value = import_module(f"skembed.{name}")
    else:
        raise AttributeError(f"module 'skembed' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
