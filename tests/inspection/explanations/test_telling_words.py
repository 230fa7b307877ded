"""The words and windows that a model goes by, over many documents."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
    make_text_classifier,
)
from skembed.errors import ExplanationError
from skembed.inspection import TellingWordsDisplay, explain, filter_windows, telling_words


@pytest.fixture(autouse=True)
def _pictures_are_closed():
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def counted():
    """A linear model whose coefficients are set by hand."""
    texts = ["good good work", "good poor", "poor work", "rare good"]
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, [1, 1, 0, 1])
    pipeline[1].coef_ = np.array([[2.0, -3.0, 9.0, 0.5]])  # good, poor, rare, work
    return pipeline, texts


def test_words_of_each_class_with_counts(counted):
    pipeline, texts = counted
    table = telling_words(pipeline, texts)
    assert table.to_numpy().tolist() == [
        [0, "poor", 3.0, 6.0, 2, 2],
        [1, "rare", 9.0, 9.0, 1, 1],
        [1, "good", 2.0, 8.0, 4, 3],
        [1, "work", 0.5, 1.0, 2, 2],
    ]
    assert [*table.columns] == [
        "class",
        "token",
        "contribution",
        "total",
        "occurrences",
        "documents",
    ]
    frequent = telling_words(pipeline, texts, n_words=1, min_documents=2)
    assert frequent["token"].tolist() == ["poor", "good"]
    share = telling_words(pipeline, texts, min_documents=0.6)
    assert share["token"].tolist() == ["good"]


def test_explanations_can_be_given(counted):
    pipeline, texts = counted
    explanations = explain(pipeline, texts)
    pd.testing.assert_frame_equal(telling_words(explanations, None), telling_words(pipeline, texts))


def test_every_class_has_its_words(feedback):
    texts, _ = feedback
    topics = [("words" in text) + 2 * ("order" in text) for text in texts]
    pipeline = make_text_classifier(random_state=0).fit(texts, topics)
    table = telling_words(pipeline, texts, n_words=3)
    assert table["class"].value_counts().to_dict() == {0: 3, 1: 3, 2: 3}
    assert (table["contribution"] > 0).all()
    mixed = explain(pipeline, texts)  # the most probable class of each document
    with pytest.raises(ExplanationError, match="classes='all'"):
        telling_words(mixed, None)


def test_wrong_numbers(counted):
    pipeline, texts = counted
    for wrong in ({"n_words": 0}, {"min_documents": 0}, {"min_documents": 1.5}):
        with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
            telling_words(pipeline, texts, **wrong)
    with pytest.raises(InvalidParameterError, match="n_windows"):
        filter_windows(pipeline, texts, n_windows=0)


def test_picture(counted):
    pipeline, texts = counted
    display = TellingWordsDisplay.from_estimator(pipeline, texts, n_words=2)
    assert [axes.get_title() for axes in display.ax_] == ["0", "1"]
    labels = [label.get_text() for label in display.ax_[1].get_yticklabels()]
    assert labels == ["rare (1)", "good (3)"]
    assert [bar.get_width() for bar in display.ax_[1].patches] == [9.0, 2.0]
    assert "natural logarithm" in display.figure_.get_supxlabel()
    with pytest.raises(ValueError, match="Expected 2 axes"):
        display.plot(plt.subplots()[1])


@pytest.fixture(scope="module")
def words():
    """Texts with one telling word each, and their classes."""
    return ["a good b", "b good a", "a poor b", "b poor a"] * 4, [1, 1, 0, 0] * 4


ARCHITECTURES = {
    "cnn": {"kernel_size": (1, 2)},
    "multichannel_cnn": {"kernel_size": 3},
    "stacked_cnn": {"kernel_size": 2},
    "cnn_flatten": {"kernel_size": 2},
}


@pytest.mark.parametrize("architecture", [*ARCHITECTURES])
def test_windows_fire_the_filters_of_the_network(words, architecture):
    texts, labels = words
    before = [PadSequences(4)] if architecture == "cnn_flatten" else []
    network = KerasTextClassifier(
        architecture=architecture,
        filters=3,
        embedding_dim=6,
        epochs=5,
        optimizer__learning_rate=0.05,
        random_state=0,
        **ARCHITECTURES[architecture],
    )
    pipeline = make_pipeline(TextCleaner(), KerasTokenizerTransformer(), *before, network)
    pipeline.fit(texts, labels)
    raw = [text.upper() + "!" for text in texts]
    table = filter_windows(pipeline, raw, n_windows=2)
    sizes = ARCHITECTURES[architecture]["kernel_size"]
    assert {*table["kernel_size"]} <= {*np.atleast_1d(sizes).tolist()}
    assert table.groupby(["layer", "filter"]).size().max() <= 2
    assert not table.duplicated(["layer", "filter", "window"]).any()
    for row in table.itertuples():
        assert raw[row.document][row.start : row.end].lower() == row.window
        assert len(row.window.split()) <= row.kernel_size
        convolution = pipeline[-1].model_.get_layer(row.layer)
        kernel, bias = convolution.get_weights()
        vectors = [pipeline[-1].embedding_weights_]
        if architecture == "multichannel_cnn":
            vectors.append(pipeline[-1].model_.get_layer("frozen_embedding").get_weights()[0])
        ids = [pipeline[1].vocabulary_[word] for word in row.window.split()]
        window = np.concatenate([v[ids] for v in vectors], axis=1)
        if len(ids) == row.kernel_size:  # no padding in the window
            output = (kernel[:, :, row.filter] * window).sum() + bias[row.filter]
            assert row.activation == pytest.approx(output, abs=1e-5)


def test_pipelines_without_filters(counted, words):
    pipeline, texts = counted
    with pytest.raises(ExplanationError, match=r"LogisticRegression.*telling_words"):
        filter_windows(make_pipeline(*pipeline), texts)
    network = KerasTextClassifier(architecture="average", epochs=1)
    average = make_pipeline(KerasTokenizerTransformer(), network).fit(*words)
    with pytest.raises(ExplanationError, match=r"no keras.layers.Conv1D"):
        filter_windows(average, texts)
