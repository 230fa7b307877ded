"""Counts of words and word pairs for linear models."""

from skembed.ngrams.complement_nb import ComplementNB
from skembed.ngrams.naive_bayes_scaler import NaiveBayesScaler
from skembed.ngrams.one_vs_rest import OneVsRestLogisticRegression
from skembed.ngrams.tfidf import TfidfTransformer
from skembed.ngrams.vectorizer import NgramVectorizer

__all__ = [
    "ComplementNB",
    "NaiveBayesScaler",
    "NgramVectorizer",
    "OneVsRestLogisticRegression",
    "TfidfTransformer",
]
