"""Lengths of documents, and what is cut."""

import numpy as np
import pandas as pd
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
)
from skembed.errors import NotRecordedError, TargetError
from skembed.inspection import SequenceLengthDisplay


def texts_of(lengths):
    return [" ".join(["word"] * length) for length in lengths]


def drawn_names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_lengths_are_drawn_by_class_with_what_is_cut(style):
    lengths = np.arange(1, 41)
    labels = np.where(lengths % 2, "odd", "even")
    texts = texts_of(lengths)
    steps = make_pipeline(KerasTokenizerTransformer(), PadSequences(30)).fit(texts)
    display = SequenceLengthDisplay.from_estimator(steps, texts, labels)
    assert display.maxlen == 30
    for place, name in enumerate(["even", "odd"]):
        own = lengths[labels == name]
        assert sorted(display.lengths[place]) == own.tolist()
        assert display.cut_fractions_[place] == np.mean(own > 30)
        np.testing.assert_allclose(
            display.quantiles_[place], np.quantile(own, [0.05, 0.25, 0.5, 0.75, 0.95])
        )
    medians = [line.get_xdata()[0] for line in display.ax_.lines if line.get_linewidth() == 2]
    assert medians == [21, 20]
    maxlen = [line for line in display.ax_.lines if line.get_linestyle() == "--"]
    assert maxlen[0].get_xdata() == [30, 30]
    assert drawn_names(display) == ["even\n20 documents", "odd\n20 documents"]
    texts = [text.get_text() for text in drawn_texts(display.figure_)]
    assert {"25.0% cut", "maxlen = 30"} < {*texts}
    assert_legible(display.figure_)


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer(), HashingTokenizerTransformer()])
def test_without_padding_nothing_is_cut(tokenizer):
    texts = texts_of([1, 5, 9])
    display = SequenceLengthDisplay.from_estimator(make_pipeline(tokenizer).fit(texts), texts)
    assert display.maxlen is None
    assert [x.tolist() for x in display.lengths] == [[1, 5, 9]]
    assert drawn_names(display) == ["3 documents"]
    assert not [text for text in drawn_texts(display.figure_) if "cut" in text.get_text()]
    assert_legible(display.figure_)


def test_what_is_cut_of_multilabel_documents():
    texts = texts_of([1, 5, 9])
    steps = make_pipeline(KerasTokenizerTransformer(), PadSequences(5)).fit(texts)
    labels = pd.DataFrame({"one": [1, 1, 1], "two": [0, 0, 1], "none": [0, 0, 0]})
    display = SequenceLengthDisplay.from_estimator(steps, texts, labels)
    assert display.cut_fractions_.tolist() == [1 / 3, 1, 0]
    assert drawn_names(display) == ["one\n3 documents", "two\n1 document", "none\n0 documents"]
    assert_legible(display.figure_)


def test_the_shares_are_what_padding_cuts(feedback):
    texts, _ = feedback
    steps = make_pipeline(KerasTokenizerTransformer(), PadSequences(0.8)).fit(texts)
    display = SequenceLengthDisplay.from_estimator(steps, texts)
    whole, cut = steps[0].transform(texts), steps.transform(texts)
    np.testing.assert_allclose(display.cut_fractions_, [np.mean(whole.lengths > cut.lengths)])
    alone = SequenceLengthDisplay.from_estimator(steps[-1], whole)
    np.testing.assert_array_equal(alone.quantiles_, display.quantiles_)


@pytest.mark.parametrize("n_classes", [2, 20])
def test_any_class_is_legible(n_classes, style, any_script):
    names = ["_$a_b$", "a_very_long_name_of_a_class_" * 2, "映画", "فيلم", "100%"]
    names = (names * 4)[:n_classes]
    generator = np.random.RandomState(0)
    display = SequenceLengthDisplay(
        lengths=[generator.lognormal(9, 1, 50).astype(int) for _ in names],
        classes=names,
        maxlen=12_345,
    ).plot()
    assert_legible(display.figure_)
    assert drawn_names(display) == [f"{name}\n50 documents" for name in names]


def test_bad_input_is_refused(feedback):
    texts, labels = feedback
    steps = make_pipeline(KerasTokenizerTransformer(), PadSequences(30))
    with pytest.raises(NotFittedError):
        SequenceLengthDisplay.from_estimator(steps, texts)
    steps.fit(texts)
    with pytest.raises(TargetError, match="80 documents and 79 labels"):
        SequenceLengthDisplay.from_estimator(steps, texts, labels[1:])
    with pytest.raises(NotRecordedError, match="got KerasTextClassifier without them"):
        SequenceLengthDisplay.from_estimator(KerasTextClassifier(), texts)


def test_axes_that_are_given_are_drawn_on():
    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    display = SequenceLengthDisplay(lengths=[np.array([3, 4])], classes=[""]).plot(axes)
    assert (display.ax_, display.figure_) == (axes, figure)
    assert_legible(figure)
