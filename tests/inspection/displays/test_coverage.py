"""Words with and without vectors, as a table and as a plot."""

import numpy as np
import pandas as pd
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    EmbeddingVectorizer,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TrainedEmbeddingMatrix,
    make_text_classifier,
)
from skembed.errors import NotRecordedError, NotSequencesError, TargetError
from skembed.inspection import CoverageDisplay, coverage_table

TEXTS = ["good work, good pay", "poor pay", "late again and again", "good"]
LABELS = ["praise", "blame", "blame", "praise"]
VECTORS = {"good": [1.0, 0.5], "poor": [-1.0, 0.0], "and": [0.1, 0.1]}


def steps(vectors=VECTORS, **tokenizer):
    return make_pipeline(KerasTokenizerTransformer(**tokenizer), PretrainedEmbeddingMatrix(vectors))


@pytest.fixture(autouse=True)
def _few_tokens_have_vectors(recwarn):
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Few tokens have a vector")
        yield


# The table


def test_the_table_counts_words_by_hand():
    table = coverage_table(steps().fit(TEXTS), TEXTS)
    expected = pd.DataFrame(
        {
            "has_vector": [True, False, False, False, True, False, True],
            "count": [3, 2, 2, 1, 1, 1, 1],
            "documents": [2, 2, 1, 1, 1, 1, 1],
        },
        index=pd.Index(["good", "pay", "again", "work", "poor", "late", "and"], name="word"),
    )
    pd.testing.assert_frame_equal(table, expected)


def test_by_class_each_class_has_the_table_of_its_documents():
    fitted = steps().fit(TEXTS)
    table = coverage_table(fitted, TEXTS, LABELS)
    assert table.index.names == ["class", "word"]
    for name in ("praise", "blame"):
        own = [text for text, label in zip(TEXTS, LABELS) if label == name]
        pd.testing.assert_frame_equal(table.loc[name], coverage_table(fitted, own))


def test_multilabel_documents_count_for_each_label():
    fitted = steps().fit(TEXTS)
    labels = pd.DataFrame({"pay": [1, 1, 0, 0], "praise": [1, 0, 0, 1]})
    table = coverage_table(fitted, TEXTS, labels)
    pd.testing.assert_frame_equal(table.loc["pay"], coverage_table(fitted, TEXTS[:2]))
    assert table.loc[("praise", "good")].tolist() == [True, 3, 2]
    by_number = coverage_table(fitted, TEXTS, labels.to_numpy())
    assert [*by_number.index.get_level_values("class").unique()] == [0, 1]


@pytest.mark.parametrize("maxlen", [3, None])
@pytest.mark.parametrize("tokenizer", [{}, {"num_words": 4}, {"oov_token": None}])
def test_shares_are_those_of_the_coverage(feedback, maxlen, tokenizer):
    texts, _ = feedback
    vectors = {word: np.ones(2) for text in texts for word in text.lower().split()[::3]}
    fitted = make_pipeline(
        TextCleaner(),
        KerasTokenizerTransformer(**tokenizer),
        PadSequences(maxlen),
        PretrainedEmbeddingMatrix(vectors),
    ).fit(texts)
    table, coverage = coverage_table(fitted, texts), fitted[-1].coverage_
    found = table["has_vector"]
    assert table["count"][found].sum() / table["count"].sum() == pytest.approx(
        coverage.token_fraction
    )
    missing = [word for word in table.index[~found] if word in fitted[-1].vocabulary_]
    assert {*missing} <= {*coverage.missing}
    assert (table["documents"] <= np.minimum(table["count"], len(texts))).all()
    if tokenizer == {"num_words": 4}:
        assert not table["has_vector"]["[UNK]"]


def test_the_ends_of_sentences_are_no_words():
    texts = ["good work\n good pay", "poor pay \n"]
    fitted = make_pipeline(
        KerasTokenizerTransformer(filters="", split=" "),
        TrainedEmbeddingMatrix(vector_size=2, sentence_end="\n", random_state=0),
    )
    texts = [text.replace("\n", " \n ").replace("  ", " ") for text in texts]
    assert "\n" not in coverage_table(fitted.fit(texts), texts).index


def test_the_step_is_found_wherever_it_is(feedback):
    texts, labels = feedback
    vectors = {"the": [1.0, 0.0], "and": [0.0, 1.0], "is": [0.5, 0.5]}
    words = steps(vectors)
    classifier = Pipeline([("words", words), ("pool", EmbeddingVectorizer())])
    classifier.steps.append(("classify", LogisticRegression()))
    search = GridSearchCV(classifier, {"classify__C": [1, 2]}, cv=2).fit(texts, labels)
    step, tokenizer = search.best_estimator_["words"][-1], search.best_estimator_["words"][0]
    expected = coverage_table(step, tokenizer.transform(texts))
    pd.testing.assert_frame_equal(coverage_table(search, texts), expected)
    vectors = {word: np.eye(3)[i] for i, word in enumerate(vectors)}
    vote = make_text_classifier(vectors, random_state=0)
    vote.set_params(vote__min_share=0).fit(texts, labels)
    assert coverage_table(vote, texts)["has_vector"].sum() == 3


def test_bad_input_is_refused():
    fitted = steps().fit(TEXTS)
    with pytest.raises(NotRecordedError, match="got Pipeline without such a step"):
        coverage_table(make_pipeline(KerasTokenizerTransformer()).fit(TEXTS), TEXTS)
    with pytest.raises(NotFittedError):
        coverage_table(steps(), TEXTS)
    with pytest.raises(TargetError, match="4 documents and 3 labels"):
        coverage_table(fitted, TEXTS, LABELS[:3])
    with pytest.raises(NotSequencesError):
        coverage_table(fitted[-1], TEXTS)
    with pytest.raises(InvalidParameterError, match="n_words"):
        CoverageDisplay.from_estimator(fitted, TEXTS, n_words=0)


def test_documents_are_not_changed():
    fitted = steps().fit(TEXTS)
    sequences = fitted[0].transform(TEXTS)
    before = sequences.ids.copy()
    coverage_table(fitted[-1], sequences, LABELS)
    np.testing.assert_array_equal(sequences.ids, before)


# The plot


def bars_of(display):
    return [[bar.get_width() for bar in bars] for bars in display.ax_.containers]


def test_words_without_a_vector_are_drawn_by_count(style):
    display = CoverageDisplay.from_estimator(steps().fit(TEXTS), TEXTS)
    assert display.words == ["pay", "again", "work", "late"]
    assert bars_of(display) == display.counts.tolist() == [[2, 2, 1, 1]]
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == display.words
    assert display.ax_.get_title() == "54.5% of tokens have no vector"
    numbers = [text.get_text() for text in display.ax_.texts]
    assert numbers == ["2", "2", "1", "1"]
    assert display.figure_ is display.ax_.figure
    assert_legible(display.figure_)


def test_bars_are_divided_among_classes():
    fitted = steps(num_words=5).fit(TEXTS)  # the other words become [UNK], which has no bar
    display = CoverageDisplay.from_estimator(fitted, TEXTS, LABELS, n_words=2)
    assert display.words == ["pay", "again"]
    assert display.counts.tolist() == [[1, 2], [1, 0]]
    assert bars_of(display) == display.counts.tolist()
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["100.0% of tokens in blame", "40.0% of tokens in praise"]
    assert_legible(display.figure_)


def test_complete_coverage_is_said_too():
    display = CoverageDisplay.from_estimator(steps().fit(["good and poor"]), ["good and poor"])
    assert display.words == []
    assert display.ax_.get_title() == "0.0% of tokens have no vector"
    assert display.ax_.get_xlabel() == "no word lacks a vector"
    assert_legible(display.figure_)


@pytest.mark.parametrize("n_classes", [2, 7, 20])
def test_any_word_and_any_class_is_legible(n_classes, style, any_script):
    strange = ["$x_1$", "a_long_" * 8, "映画館", "فيلم", "100%", "naïve^2", "\\alpha", "_private"]
    display = CoverageDisplay(
        words=[*strange, *(f"word{i}" for i in range(12))],
        counts=np.random.RandomState(0).randint(0, 10**5, (n_classes, 20)),
        classes=np.array([f"_class $number_{i}$" for i in range(n_classes)]),
        missing_fractions=np.full(n_classes, 0.1),
    ).plot()
    assert_legible(display.figure_)
    assert {*strange} < {text.get_text() for text in drawn_texts(display.figure_)}


def test_axes_that_are_given_are_drawn_on():
    figure, (one, _) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    display = CoverageDisplay.from_estimator(steps().fit(TEXTS), TEXTS, ax=one)
    assert (display.ax_, display.figure_) == (one, figure)
    assert_legible(figure)
