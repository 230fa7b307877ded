"""
A grid search on a graphics card
================================

The main search of networks in the README: learned, frozen and fine-tuned word vectors, windows of
five words or of three, four and five. One process keeps a card busy, so ``n_jobs`` stays 1. Run it
as ``KERAS_BACKEND=jax python examples/card_search.py --full --data FOLDER``, or with ``torch``. It
runs without a card, too, but then far slower with ``--full``.
"""

import time
from pathlib import Path

import keras
import pandas as pd
from experiment import draw, glove, parse_arguments
from search_pipeline import load_documents, make_text_pipeline
from sklearn.model_selection import GridSearchCV

from skembed import PretrainedEmbeddingMatrix, TrainedEmbeddingMatrix
from skembed.inspection import search_table

# %%
# The small setting has no GloVe vectors, and learns some from the comments instead.


def make_search(full: bool, data: Path | None) -> GridSearchCV:
    """Return the search, from raw text."""
    embed = (
        PretrainedEmbeddingMatrix(glove(data))
        if full
        else TrainedEmbeddingMatrix(vector_size=16, epochs=10, random_state=0)
    )
    pipeline = make_text_pipeline(full)
    pipeline.steps.insert(-1, ("embed", embed))
    pipeline.set_params(classify__architecture="cnn", classify__filters=128 if full else 16)
    windows = {"classify__kernel_size": [5, (3, 4, 5)] if full else [3]}
    grids = [
        windows | {"embed": ["passthrough"]},
        windows | {"embed": [embed], "classify__embedding_trainable": [False, True]},
    ]
    return GridSearchCV(pipeline, grids, cv=5 if full else 2, error_score="raise")


def main(full: bool, data: Path | None) -> pd.DataFrame:
    texts, labels = load_documents(full, data)
    start = time.perf_counter()
    search = make_search(full, data).fit(texts, labels)
    found = search_table(search)
    n_fits = search.n_splits_ * len(found)
    print(f"{n_fits} fits with {keras.backend.backend()}: {time.perf_counter() - start:.0f} s")
    return found


if __name__ == "__main__":
    found = main(**parse_arguments(main))
    print(found.loc[:, :"mean_test_score"].to_string(index=False))
    time_and_score = {"x": "mean_fit_time", "y": "mean_test_score"}
    draw(found, kind="scatter", **time_and_score, xlabel="seconds per fit", ylabel="accuracy")
