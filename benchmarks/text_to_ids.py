"""Text to padded ids: skembed, Keras's Tokenizer, and merely splitting the text.

Merely splitting is ``lower().translate().split()``.
"""

import warnings

import numpy as np

from benchmarks.figures import Figure, median, seconds
from benchmarks.reviews import movie_reviews
from skembed import KerasTokenizerTransformer, PadSequences
from skembed.tokenization.splitting import FILTERS

ROUNDS = 5


def with_skembed(texts):
    ids = KerasTokenizerTransformer().fit_transform(texts)
    return np.asarray(PadSequences().fit_transform(ids))


def with_keras(texts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        from tensorflow.keras.preprocessing.text import Tokenizer
    tokenizer = Tokenizer(oov_token="[UNK]")
    tokenizer.fit_on_texts(texts)
    return keras.utils.pad_sequences(tokenizer.texts_to_sequences(texts))


def with_split(texts):
    table = str.maketrans(dict.fromkeys(FILTERS, " "))
    for text in texts:
        text.lower().translate(table).split()


def measure():
    """31 MB of reviews to padded ids, all documents at once."""
    texts = [*movie_reviews("all")[0]] * 4
    assert np.array_equal(with_skembed(texts), with_keras(texts))  # also warms both up
    # In another order each round: skembed does not split again what it has split lately.
    orders = [texts[first:] + texts[:first] for first in range(1, ROUNDS + 1)]
    rounds = [
        [seconds(run, order) for run in (with_skembed, with_keras, with_split)] for order in orders
    ]
    ours, keras, split = map(median, zip(*rounds))
    yield Figure("text to ids", ours, "s", "Keras's Tokenizer", keras, at_least=2.5)
    yield Figure("text to ids", ours, "s", "splitting alone", split, at_most=2)
