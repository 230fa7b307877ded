"""Data to try things on."""

from skembed.datasets._feedback import load_feedback
from skembed.datasets._word_vectors import fetch_word_vectors

__all__ = ["fetch_word_vectors", "load_feedback"]
