"""Text to padded ids: skembed, Keras's Tokenizer, and merely splitting the text.

Bounds: at least 2.5 times as fast as Keras, at most twice the time of
``lower().translate().split()``. Run as ``python -m benchmarks.text_to_ids``.
"""

import statistics
import time
import warnings

import numpy as np

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


def main():
    texts = [*movie_reviews("all")[0]] * 4
    megabytes = sum(map(len, texts)) / 1e6
    assert np.array_equal(with_skembed(texts), with_keras(texts))  # also warms both up
    runs = {"skembed": with_skembed, "Keras": with_keras, "split only": with_split}
    seconds = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run(texts)
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{len(texts)} reviews, {megabytes:.0f} MB, to padded ids; median of {ROUNDS} rounds")
    for name, times in seconds.items():
        print(f"  {name:<11}{median[name]:7.3f} s  ({min(times):.3f} to {max(times):.3f})")
    print(f"  Keras / skembed       {median['Keras'] / median['skembed']:.1f}  (at least 2.5)")
    print(f"  skembed / split only  {median['skembed'] / median['split only']:.1f}  (at most 2)")


if __name__ == "__main__":
    main()
