"""Example data sets and public word vectors."""

from skembed.datasets._feedback import load_feedback
from skembed.datasets._imdb import fetch_imdb
from skembed.datasets._movie_reviews import fetch_movie_reviews
from skembed.datasets._word_vectors import fetch_word_vectors

__all__ = ["fetch_imdb", "fetch_movie_reviews", "fetch_word_vectors", "load_feedback"]
