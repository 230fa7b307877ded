"""The networks of the studies: that of Kim (2014), and one after fastText (Joulin et al. 2017).

The latter is the mean of the vectors of words and word pairs with a linear layer, and its learning
rate falls to zero.
"""

import re
from itertools import pairwise

from keras.callbacks import LearningRateScheduler
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner

N_EPOCHS = 10  # of fastText


def make_cnn(full: bool) -> Pipeline:
    network = KerasTextClassifier() if full else KerasTextClassifier(epochs=1, filters=4)
    return make_pipeline(
        TextCleaner(strip_html=True), KerasTokenizerTransformer(), PadSequences(), network
    )


def make_fasttext(full: bool) -> Pipeline:
    network = KerasTextClassifier(
        architecture="average",
        embedding_dim=16,
        hidden_units=0,
        optimizer="lazy_adam",
        epochs=N_EPOCHS if full else 1,
        callbacks=LearningRateScheduler(choose_learning_rate),
    )
    return make_pipeline(
        FunctionTransformer(add_word_pairs),
        KerasTokenizerTransformer(filters="", min_count=2),
        network,
    )


def choose_learning_rate(epoch: int) -> float:
    return 0.01 * (1 - epoch / N_EPOCHS)


def add_word_pairs(texts: list[str]) -> list[str]:
    """Append the pairs of neighbouring words to each text, as words of their own."""
    words = [re.findall(r"\w+|[^\w\s]", text.lower()) for text in texts]
    return [" ".join([*w, *map("_".join, pairwise(w))]) for w in words]
