"""Word vectors in two dimensions."""

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    TrainedEmbeddingMatrix,
)
from skembed.errors import NotInstalledError, NotRecordedError, NoVectorsFoundError, TargetError
from skembed.inspection import EmbeddingDisplay


def vectors(words, dim=5, seed=0):
    return dict(zip(words, np.random.RandomState(seed).normal(size=(len(words), dim))))


@pytest.fixture(scope="module")
def trained(feedback):
    embed = TrainedEmbeddingMatrix(vector_size=10, random_state=0)
    return make_pipeline(KerasTokenizerTransformer(), embed).fit(feedback[0])


def drawn_positions(display):
    return np.vstack([points.get_offsets() for points in display.ax_.collections])


def words_of(display):
    return [label.get_text() for label in display.labels_ if label is not None]


def test_the_most_frequent_words_are_drawn_where_they_are(trained, style):
    display = EmbeddingDisplay.from_estimator(trained, words=30)
    assert display.words == [*trained[-1].vocabulary_][:30]
    np.testing.assert_allclose(drawn_positions(display), display.positions)
    assert words_of(display) == display.words
    for label, position in zip(display.labels_, display.positions):
        np.testing.assert_allclose(label.xy, position)
    assert_legible(display.figure_)
    assert {*display.words} < {text.get_text() for text in drawn_texts(display.figure_)}


def test_positions_are_the_principal_components_of_unit_vectors():
    source = vectors("abcdefgh")
    display = EmbeddingDisplay.from_estimator(source, words=[*"hgfedc"])
    units = np.array([source[word] / np.linalg.norm(source[word]) for word in "hgfedc"])
    units -= units.mean(axis=0)
    u, s, _ = np.linalg.svd(units, full_matrices=False)
    np.testing.assert_allclose(abs(display.positions), abs(u * s)[:, :2], atol=1e-6)
    share = s[0] ** 2 / (s**2).sum()
    assert display.ax_.get_xlabel() == f"first principal component ({share:.0%} of variance)"


def test_telling_words_are_those_of_a_class():
    texts = ["good nice film"] * 9 + ["poor dull film"] * 9 + ["good poor film rare"]
    labels = [1] * 9 + [0] * 9 + [1]
    source = vectors(["film", "good", "nice", "poor", "dull", "rare", "unused"])
    steps = make_pipeline(KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(source)).fit(texts)
    display = EmbeddingDisplay.from_estimator(steps, texts, labels, words=4)
    assert {*display.words} == {"good", "nice", "poor", "dull"}
    leaning = {word: int(display.classes[i]) for word, i in zip(display.words, display.leanings)}
    assert leaning == {"good": 1, "nice": 1, "poor": 0, "dull": 0}
    legend = display.ax_.get_legend()
    assert legend.get_title().get_text() == "speaks for"
    assert [text.get_text() for text in legend.get_texts()] == ["0", "1"]
    drawn = [points.get_offsets() for points in display.ax_.collections]
    for place, points in enumerate(drawn):
        np.testing.assert_allclose(points, display.positions[display.leanings == place])
    chosen = EmbeddingDisplay.from_estimator(steps, texts, labels, words=["dull", "nice"])
    assert chosen.leanings.tolist() == [0, 1]


def test_words_of_multilabel_documents():
    texts = ["late exam"] * 5 + ["good exam"] * 5 + ["good late exam", "exam"]
    labels = pd.DataFrame(
        {"praise": [0] * 5 + [1] * 6 + [0], "lateness": [1] * 5 + [0] * 5 + [1, 0]}
    )
    source = vectors(["late", "good", "exam"])
    steps = make_pipeline(KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(source)).fit(texts)
    display = EmbeddingDisplay.from_estimator(steps, texts, labels, words=2)
    leaning = {word: display.classes[i] for word, i in zip(display.words, display.leanings)}
    assert leaning == {"good": "praise", "late": "lateness"}


def test_a_network_has_the_vectors_that_it_learned(feedback):
    texts, labels = feedback
    network = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    fitted = make_pipeline(
        KerasTokenizerTransformer(),
        TrainedEmbeddingMatrix(vector_size=4, random_state=0),
        network.set_params(optimizer__learning_rate=0.5),
    ).fit(texts, labels)
    of_network = EmbeddingDisplay.from_estimator(fitted, words=["the", "is", "and"])
    of_step = EmbeddingDisplay.from_estimator(fitted[:-1], words=["the", "is", "and"])
    assert not np.allclose(of_network.positions, of_step.positions)
    again = EmbeddingDisplay.from_estimator(fitted[-1].keyed_vectors_, words=["the", "is", "and"])
    np.testing.assert_allclose(of_network.positions, again.positions, atol=1e-6)
    telling = EmbeddingDisplay.from_estimator(fitted, texts, labels, words=5)
    assert len(telling.words) == 5


def test_neighbours_are_nearest_first(trained, style):
    display = EmbeddingDisplay.from_neighbors(trained, "the", n_neighbors=10)
    nearest = trained[-1].keyed_vectors_.most_similar("the", topn=10)
    assert display.words == ["the", *(word for word, _ in nearest)]
    np.testing.assert_allclose(display.similarities, [1, *(s for _, s in nearest)], rtol=1e-5)
    np.testing.assert_allclose(display.ax_.collections[0].get_array(), display.similarities[1:])
    (_, bar) = display.figure_.axes
    assert bar.get_ylabel() == "cosine similarity to “the”"
    assert words_of(display) == display.words
    assert_legible(display.figure_)


@pytest.mark.parametrize("n_words", [3, 4, 40])
def test_tsne_is_repeatable(n_words):
    source = vectors([f"word{i}" for i in range(n_words)], dim=8)
    one, two = (
        EmbeddingDisplay.from_estimator(source, projection="tsne", random_state=0) for _ in range(2)
    )
    np.testing.assert_array_equal(one.positions, two.positions)
    assert ("t-SNE" in one.ax_.get_xlabel()) == (n_words > 3)


def test_umap_gets_the_vectors_or_is_asked_for(monkeypatch):
    source = vectors("abcdef")
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(NotInstalledError, match="pip install umap-learn"):
        EmbeddingDisplay.from_estimator(source, projection="umap")

    class UMAP:
        def __init__(self, **settings):
            assert settings == {
                "n_neighbors": 5,
                "metric": "cosine",
                "random_state": 3,
                "n_jobs": 1,
            }

        def fit_transform(self, X):
            return X[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=UMAP))
    display = EmbeddingDisplay.from_estimator(source, projection="umap", random_state=3)
    first = source["a"] / np.linalg.norm(source["a"])
    np.testing.assert_allclose(display.positions[0], first[:2], rtol=1e-5)
    assert display.ax_.get_ylabel() == "UMAP, second dimension"


@pytest.mark.parametrize("n_classes", [2, 7, 20])
def test_any_word_and_any_class_is_legible(n_classes, style, any_script):
    strange = ["$x_1$", "a_long_" * 8, "映画館", "فيلم", "100%", "naïve^2", "\\alpha", "_private"]
    words = [*strange, *(f"word{i}" for i in range(40))]
    generator = np.random.RandomState(0)
    display = EmbeddingDisplay(
        words=words,
        positions=generator.normal(size=(48, 2)),
        axis_labels=("one", "two"),
        classes=np.array([f"_class $number_{i}$" for i in range(n_classes)]),
        leanings=generator.randint(0, n_classes, 48),
    ).plot()
    assert_legible(display.figure_)
    assert len(words_of(display)) >= 45
    assert {*words_of(display)} < {text.get_text() for text in drawn_texts(display.figure_)}


def test_one_dimension_is_drawn_on_a_line():
    display = EmbeddingDisplay.from_estimator({"a": [1.0], "b": [-2.0], "c": [3.0]})
    assert display.positions[:, 1].tolist() == [0, 0, 0]
    same = EmbeddingDisplay.from_estimator({"a": [1.0, 1.0], "b": [2.0, 2.0]})
    assert "0% of variance" in same.ax_.get_xlabel()


def test_words_without_a_vector_are_no_points():
    source = vectors(["good", "poor", "late"])
    embed = PretrainedEmbeddingMatrix(source)
    steps = make_pipeline(KerasTokenizerTransformer(), embed).fit(["good poor late pay"])
    assert EmbeddingDisplay.from_estimator(steps).words == ["good", "poor", "late"]
    with pytest.raises(NoVectorsFoundError, match="No vector for 'pay': expected words such as"):
        EmbeddingDisplay.from_estimator(steps, words=["good", "pay"])
    with pytest.raises(NoVectorsFoundError, match="No vector for 'work'"):
        EmbeddingDisplay.from_neighbors(steps, "work")
    with pytest.raises(NoVectorsFoundError, match=r"at least two words .* \['good'\]"):
        EmbeddingDisplay.from_estimator(steps, words=["good"])
    with pytest.raises(NoVectorsFoundError, match="at least two words"):
        EmbeddingDisplay.from_neighbors({"good": [1.0, 2.0]}, "good")


def test_bad_input_is_refused(trained, feedback):
    texts, labels = feedback
    with pytest.raises(NotRecordedError, match="neither; got only X"):
        EmbeddingDisplay.from_estimator(trained, texts)
    with pytest.raises(NotRecordedError, match="neither; got only y"):
        EmbeddingDisplay.from_estimator(trained, y=labels)
    with pytest.raises(NotRecordedError, match="got Pipeline without such a step"):
        EmbeddingDisplay.from_estimator(trained[:1])
    with pytest.raises(NotFittedError):
        EmbeddingDisplay.from_estimator(make_pipeline(TrainedEmbeddingMatrix()))
    with pytest.raises(NotRecordedError, match="needs an estimator"):
        EmbeddingDisplay.from_estimator(vectors(["the", "is"]), texts, labels)
    with pytest.raises(TargetError):
        EmbeddingDisplay.from_estimator(trained, texts, labels[1:])
    for wrong in ({"words": 0}, {"words": "good"}, {"projection": "lda"}, {"random_state": "x"}):
        with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
            EmbeddingDisplay.from_estimator(trained, **wrong)


def test_axes_that_are_given_are_drawn_on():
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    display = EmbeddingDisplay.from_estimator(vectors("abc"), ax=axes)
    assert (display.ax_, display.figure_) == (axes, figure)
    assert_legible(figure)
