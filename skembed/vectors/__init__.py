"""Pre-trained word vectors: where they come from, and how much of a text they cover."""

from skembed.vectors.coverage import Coverage
from skembed.vectors.keyed import keyed_vectors
from skembed.vectors.sources import FoundVectors, find_vectors

__all__ = ["Coverage", "FoundVectors", "find_vectors", "keyed_vectors"]
