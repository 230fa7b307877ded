"""Load, look up and save word vectors, and measure how well they cover a text."""

from skembed.vectors.coverage import Coverage
from skembed.vectors.files.read import fingerprints
from skembed.vectors.keyed_vectors import keyed_vectors
from skembed.vectors.load import load_word_vectors
from skembed.vectors.lookup import find_vectors, has_every_word, subword_vectors
from skembed.vectors.ngrams import ngram_average
from skembed.vectors.projector import export_projector
from skembed.vectors.save import save_word_vectors

__all__ = [
    "Coverage",
    "export_projector",
    "find_vectors",
    "fingerprints",
    "has_every_word",
    "keyed_vectors",
    "load_word_vectors",
    "ngram_average",
    "save_word_vectors",
    "subword_vectors",
]
