"""What ``Pipeline(memory=...)`` computes again: what depends on files and on objects in memory."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from joblib import hash as hash_of
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skembed import EmbeddingVectorizer, KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed.errors import VectorFileNotFoundError


def write_glove(path, values):
    path.write_text("".join(f"{word} {value} {value}\n" for word, value in values.items()))


def write_word2vec(path, values):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(2)
    keyed.add_vectors([*values], [[value, value] for value in values.values()])
    keyed.save_word2vec_format(path, binary=True)


def write_npz(path, values):
    vectors = [[value, value] for value in values.values()]
    with path.open("wb") as file:
        np.savez(file, words=np.array([*values]), vectors=np.array(vectors, np.float32))


def write_npy(path, values):
    """Only the list of words, which is another file, depends on the values."""
    path.with_suffix(".txt").write_text("\n".join(sorted(values, key=values.get)))
    if not path.exists():
        with path.open("wb") as file:
            np.save(file, np.array([[value, value] for value in sorted(values.values())]))


def fit_matrix(source, folder):
    steps = [
        ("tokenize", KerasTokenizerTransformer()),
        ("embed", PretrainedEmbeddingMatrix(source)),
        ("pool", EmbeddingVectorizer()),
    ]
    pipeline = Pipeline(steps, memory=Memory(folder / "memory", verbose=0))
    return clone(pipeline).fit(["good poor"])["embed"].matrix_[2:, 0].tolist()


@pytest.mark.parametrize("write", [write_glove, write_word2vec, write_npz, write_npy])
def test_memory_knows_the_file_of_the_vectors(write, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    path = tmp_path / "vectors.x"
    write(path, {"good": 1.0, "poor": 2.0})
    assert fit_matrix(path, tmp_path) == [1, 2]
    with monkeypatch.context() as patched:
        patched.setattr(PretrainedEmbeddingMatrix, "_look_up", None)
        assert fit_matrix(path, tmp_path) == [1, 2]
    write(path, {"good": 2.0, "poor": 1.0})
    assert fit_matrix(path, tmp_path) == [2, 1]
    assert fit_matrix(str(path), tmp_path) == [2, 1]
    path.unlink()
    with pytest.raises(VectorFileNotFoundError):
        fit_matrix(path, tmp_path)


class Encoder:
    def __init__(self, good):
        self.good = good

    def encode(self, words):
        return np.array([[self.good if word == "good" else 2.0] for word in words])


def keyed(good):
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(1)
    vectors.add_vectors(["good", "poor"], [[good], [2.0]])
    return vectors


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: {"good": [1.0], "poor": [2.0]}, lambda source: source.update(good=[3.0])),
        (
            lambda: {"good": np.array([1.0]), "poor": np.array([2.0])},
            lambda source: source["good"].fill(3.0),
        ),
        (
            lambda: pd.DataFrame({"x": [1.0, 2.0]}, index=["good", "poor"]),
            lambda source: source.__setitem__("x", [3.0, 2.0]),
        ),
        (lambda: keyed(1.0), lambda source: source.vectors[0].fill(3.0)),
        (lambda: Encoder(1.0), lambda source: setattr(source, "good", 3.0)),
    ],
)
def test_memory_knows_vectors_in_memory(make, change, tmp_path):
    source = make()
    assert fit_matrix(source, tmp_path) == [1, 2]
    change(source)
    assert fit_matrix(source, tmp_path) == [3, 2]


def test_pickles_and_copies_hold_no_version_of_the_file(tmp_path):
    path = tmp_path / "vectors"
    write_glove(path, {"good": 1.0})
    step = PretrainedEmbeddingMatrix(path)
    assert "_read_by_fit" in step.__getstate__()
    X = KerasTokenizerTransformer().fit_transform(["good"])
    fitted = clone(step).fit(X)
    assert "_read_by_fit" not in fitted.__getstate__()
    for other in (pickle.loads(pickle.dumps(step)), deepcopy(step), clone(step)):
        assert vars(other) == vars(step)
        assert hash_of(other) == hash_of(step)
