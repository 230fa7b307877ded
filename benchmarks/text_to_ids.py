"""Benchmark of text to padded ids: skembed, Keras's Tokenizer, and splitting alone.

Splitting alone is ``lower().translate().split()``.
"""

import warnings

import numpy as np

from benchmarks.figures import Figure, median, seconds
from benchmarks.reviews import movie_reviews
from skembed import KerasTokenizerTransformer, PadSequences
from skembed.tokenization.splitting import FILTERS, FURTHER_FILTERS

N_ROUNDS = 5


def convert_with_skembed(texts):
    ids = KerasTokenizerTransformer().fit_transform(texts)
    return np.asarray(PadSequences().fit_transform(ids))


def convert_with_keras(texts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        from tensorflow.keras.preprocessing.text import Tokenizer
    tokenizer = Tokenizer(filters=FILTERS + FURTHER_FILTERS, oov_token="[UNK]")
    tokenizer.fit_on_texts(texts)
    return keras.utils.pad_sequences(tokenizer.texts_to_sequences(texts))


def split_only(texts):
    table = str.maketrans(dict.fromkeys(FILTERS, " "))
    for text in texts:
        text.lower().translate(table).split()


def measure():
    """Padded ids of 31 MB of reviews, all documents at once."""
    texts = [*movie_reviews("all")[0]] * 4
    assert np.array_equal(convert_with_skembed(texts), convert_with_keras(texts))  # warm-up
    # A different order in each round, because skembed keeps recently split texts.
    orders = [texts[first:] + texts[:first] for first in range(1, N_ROUNDS + 1)]
    rounds = [
        [seconds(run, order) for run in (convert_with_skembed, convert_with_keras, split_only)]
        for order in orders
    ]
    ours, keras, split = map(median, zip(*rounds))
    yield Figure("text to ids", ours, "s", "Keras's Tokenizer", keras, at_least=2.5)
    yield Figure("text to ids", ours, "s", "splitting alone", split, at_most=2)
