"""What users get wrong: a typed error that says what came, what was expected and what to do.

After each, nothing is half-fitted: what was unfitted still is, and what was fitted still
predicts as before.
"""

import bz2
import copy
import gzip
import lzma
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
    networks,
)
from skembed.errors import (
    ArchitectureError,
    DocumentsError,
    EmptyVocabularyError,
    IdRangeError,
    NotSequencesError,
    NoVectorsFoundError,
    SkembedError,
    TargetError,
    TrainingDivergedError,
    VectorFileError,
    VectorFileNotFoundError,
    VectorSourceError,
    VocabularyMismatchError,
)

TEXTS = ["good work", "very good work", "poor work", "very poor"] * 3
LABELS = ["yes", "yes", "no", "no"] * 3
GLOVE = b"good 1.0 2.0\nwork 3.0 4.0\npoor 5.0 6.0\nvery 7.0 8.0\n"


def classifier(**params):
    settings = {
        "architecture": "average",
        "embedding_dim": 4,
        "hidden_units": 0,
        "optimizer": "sgd",  # Keras traces Adam for twice as long
        "epochs": 1,
        "random_state": 0,
    }
    return KerasTextClassifier(**{**settings, **params})


def output(estimator, X):
    return (estimator.predict_proba if is_classifier(estimator) else estimator.transform)(X)


def same(one, other):
    return one == other if isinstance(one, TokenSequences) else np.array_equal(one, other)


def assert_refuses(fitted, fit_args, error, words, usual, **params):
    """Fit an unfitted twin, and what is fitted, with something bad: neither may change."""
    before = output(fitted, usual)
    unfitted, refitted = clone(fitted), copy.copy(fitted)
    for estimator in (unfitted, refitted):
        with pytest.raises(error, match=words):
            estimator.set_params(**params).fit(*fit_args)
    if get_tags(fitted).requires_fit:
        with pytest.raises(NotFittedError):
            output(unfitted, usual)
    refitted.set_params(**fitted.get_params(deep=False))
    assert same(output(refitted, usual), before)


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(TEXTS)


@pytest.fixture(scope="module")
def of_text():
    steps = TextCleaner(), KerasTokenizerTransformer(), HashingTokenizerTransformer()
    return {type(step).__name__: step.fit(TEXTS) for step in steps}


@pytest.fixture(scope="module")
def of_sequences(sequences):
    steps = PadSequences(), classifier()
    return {type(step).__name__: step.fit(sequences, LABELS) for step in steps}


@pytest.fixture(scope="module")
def trained(of_sequences):
    return of_sequences["KerasTextClassifier"]


@pytest.fixture(scope="module")
def trained_on_rows(sequences):
    rows = sequences.padded(4)
    return classifier(architecture="flatten").fit(rows, LABELS), rows


@pytest.fixture(scope="module")
def embedded(sequences):
    return PretrainedEmbeddingMatrix(
        {"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.0, 0.5]}
    ).fit(sequences)


MISSING = r'drop missing documents, or replace them, as in series\.fillna\(""\)'
NOT_TEXT = {
    "bare str": ("good work", r"got a bare str; for one document pass \[text\]"),
    "bare bytes": (b"good work", r"got a bare bytes; for one document pass \[text\]"),
    "None itself": (None, "Expected a list, tuple, array or Series of str, got NoneType"),
    "a number": (3, "Expected a list, tuple, array or Series of str, got int"),
    "a dict": ({"good": 1}, "Expected a list, tuple, array or Series of str, got dict"),
    "empty list": ([], "Expected at least one document, got none"),
    "empty Series": (pd.Series([], dtype=object), "Expected at least one document, got none"),
    "None": (["good", None], rf"Document 1 is NoneType \(None\), expected str: {MISSING}"),
    "NaN": (["good", float("nan")], rf"Document 1 is float \(nan\), expected str: {MISSING}"),
    "pd.NA": (["good", pd.NA], rf"Document 1 is NAType \(<NA>\), expected str: {MISSING}"),
    "pd.NaT": (["good", pd.NaT], rf"Document 1 is NaTType \(NaT\), expected str: {MISSING}"),
    "str Series": (pd.Series(["good", None]), rf"Document 1 is .*, expected str: {MISSING}"),
    "string Series": (
        pd.Series(["good", None], dtype="string"),
        rf"Document 1 is .*, expected str: {MISSING}",
    ),
    "numbers": (["good", 3], r"Document 1 is int \(3\), expected str: .*(astype\(str\)|str\()"),
    "array of numbers": (np.array([3, 4]), r"Document 0 is int \(3\), expected str"),
    "bytes": (["good", b"poor"], r"Document 1 is bytes \(b'poor'\), expected str: .*decode\("),
    "array of bytes": (np.array([b"poor"]), r"Document 0 is bytes .* expected str: .*decode\("),
    "lists of words": ([["good", "work"]], r"Document 0 is list \(.*\), expected str: .*join"),
    "arrays of words": ([np.array(["good", "work"])], "Document 0 is ndarray .* expected str"),
    "two columns": (
        pd.DataFrame({"text": ["good"], "author": ["A"]}),
        r'one column of documents, got shape \(1, 2\); pick the text column .*frame\["text"\]',
    ),
    "sequences": (TokenSequences.from_lists([[2, 3]]), "Expected text, got TokenSequences"),
}


@pytest.mark.parametrize("kind", NOT_TEXT)
@pytest.mark.parametrize(
    "name", ["TextCleaner", "KerasTokenizerTransformer", "HashingTokenizerTransformer"]
)
def test_documents_that_are_no_text(name, kind, of_text):
    documents, words = NOT_TEXT[kind]
    assert_refuses(of_text[name], (documents,), DocumentsError, words, TEXTS)
    with pytest.raises(DocumentsError, match=words):
        of_text[name].transform(documents)


NOT_SEQUENCES = {
    "bare str": ("good work", "Expected documents as rows of integer ids"),
    "None": (None, "Expected documents as rows of integer ids"),
    "no documents": ([], "Expected at least one document, got none"),
    "array of none": (np.zeros((0, 3), int), "Expected documents as rows .* 0 sample"),
    "text": (["good work"], "document 0 is 'good work'. Convert text to ids with KerasTok"),
    "array of text": (np.array([["good"]]), "Expected documents as rows of integer ids"),
    "None among them": ([[2], None], "document 1 is None"),
    "one row": ([2, 3], "Expected one list of ids per document; document 0 is 2"),
    "1-D": (np.array([2, 3]), "Expected documents as rows of integer ids.* 2D"),
    "3-D": (np.ones((2, 2, 2), int), "Expected documents as rows of integer ids"),
    "words in lists": ([["good", "work"]], "Expected integer ids.*KerasTokenizerTransformer"),
    "fractions": (np.array([[0.5, 2.0]]), "Expected integer ids, got dtype float"),
    "fractions in lists": ([[0.5, 2]], "Expected integer ids, got dtype float"),
    "NaN": (np.array([[np.nan, 2.0]]), "Expected documents as rows of integer ids.*NaN"),
    "None as an id": ([[2, None]], "Expected integer ids"),
    "lists in lists": ([[[2], [3]]], "Expected"),
    "mixed depth": ([[2, [3]]], "Expected"),
    "huge": ([[2**70]], "Expected integer ids"),
}


@pytest.mark.parametrize("kind", NOT_SEQUENCES)
@pytest.mark.parametrize("name", ["PadSequences", "KerasTextClassifier"])
def test_sequences_that_are_none(name, kind, of_sequences, sequences):
    rows, words = NOT_SEQUENCES[kind]
    labels = ["yes", "no"] * len(LABELS)
    fit_args = (rows, labels[: len(rows) if hasattr(rows, "__len__") else 2])
    assert_refuses(of_sequences[name], fit_args, NotSequencesError, words, sequences)
    with pytest.raises(NotSequencesError, match=words):
        output(of_sequences[name], rows)


@pytest.mark.parametrize("rows", [[[2, -3], [1]], np.array([[2, -3], [1, 1]])])
def test_negative_ids(rows, of_sequences, sequences):
    for estimator in of_sequences.values():
        words = r"(?i)negative.* ids must be 0 or more, got -3"
        assert_refuses(estimator, (rows, ["yes", "no"]), IdRangeError, words, sequences)
        with pytest.raises(IdRangeError, match=words):
            output(estimator, rows)


def test_ids_beyond_the_vocabulary(sequences, trained):
    with pytest.raises(
        IdRangeError, match=r"Expected ids below 6, .* got 99: use the vocabulary that the ids"
    ):
        TokenSequences.from_lists([[2, 99]], sequences.vocabulary)
    tokenizer = KerasTokenizerTransformer().fit(TEXTS)
    with pytest.raises(IdRangeError, match=r"No word has the id 99.* from 2 to 5"):
        tokenizer.inverse_transform([[2, 99]])
    for ids in ([[2, 99]], np.array([[2, 99]])):
        for method in (trained.predict, trained.predict_proba):
            with pytest.raises(IdRangeError, match=r"Expected ids below 6.*got 99.*tokenizer"):
                method(ids)
    with pytest.raises(IdRangeError, match=r"Expected ids below 6, .* got 99: use the vocabulary"):
        PadSequences(9, value=99).fit_transform(sequences)


def test_sequences_of_another_vocabulary(trained, embedded):
    words = (
        r"another vocabulary \(Vocabulary\(1 words: 'other'.*than the one seen in fit "
        r"\(Vocabulary\(4 words: .*use the tokenizer that this .* was fitted with"
    )
    other = KerasTokenizerTransformer().fit_transform(["other"])
    for use in (trained.predict, trained.predict_proba, embedded.transform):
        with pytest.raises(VocabularyMismatchError, match=words):
            use(other)
    with pytest.raises(VocabularyMismatchError, match=words):
        trained.score(other, ["yes"])


def test_vocabulary_with_the_same_words_in_another_order(trained):
    other = KerasTokenizerTransformer().fit_transform(["very very very poor poor good work"])
    assert len(other.vocabulary) == len(trained.vocabulary_)
    with pytest.raises(VocabularyMismatchError, match="another vocabulary"):
        trained.predict(other)


@pytest.mark.parametrize(
    "maxlen", [0, -1, 0.0, 1.0, 1.5, "long", float("nan")], ids=lambda maxlen: repr(maxlen)
)
def test_length_of_nothing(maxlen, of_sequences, sequences):
    words = rf"'maxlen' parameter of PadSequences must be an int in the range \[1.*Got {maxlen!r}"
    assert_refuses(
        of_sequences["PadSequences"],
        (sequences,),
        InvalidParameterError,
        words,
        sequences,
        maxlen=maxlen,
    )


def test_rows_of_nothing_but_empty_documents_are_those_of_keras():
    padded = PadSequences().fit_transform([[], []])
    assert np.asarray(padded).shape == keras.utils.pad_sequences([[], []]).shape == (2, 0)
    assert PadSequences(0.5).fit_transform([[], []]).to_lists() == [[0], [0]]


def test_all_documents_empty_after_cleaning(trained, sequences):
    cleaner = TextCleaner(vocabulary=["zebra"])
    for tokenizer in (KerasTokenizerTransformer(), KerasTokenizerTransformer(char_level=True)):
        pipeline = make_pipeline(cleaner, tokenizer, classifier())
        with pytest.raises(EmptyVocabularyError, match=r"12 documents with 0 tokens: check the cl"):
            pipeline.fit(TEXTS, LABELS)
        with pytest.raises(NotFittedError):
            tokenizer.transform(TEXTS)
    hashed = make_pipeline(cleaner, HashingTokenizerTransformer()).fit_transform(TEXTS)
    for empty in (hashed, hashed.padded(3), np.zeros((12, 3), int)):
        words = "None of the 12 documents holds a word: check the cleaning and the tokenizer"
        assert_refuses(trained, (empty, LABELS), EmptyVocabularyError, words, sequences)


def test_words_too_rare():
    with pytest.raises(EmptyVocabularyError, match=r"No word occurs 99 times .* min_count"):
        KerasTokenizerTransformer(min_count=99).fit(TEXTS)


@pytest.mark.parametrize("oov_token", ["[UNK]", None])
@pytest.mark.parametrize("architecture", ["average", "cnn", "flatten"])
def test_document_without_a_known_word_has_a_defined_result(architecture, oov_token):
    pipeline = make_pipeline(
        TextCleaner(),
        KerasTokenizerTransformer(oov_token=oov_token),
        PadSequences(4),
        PretrainedEmbeddingMatrix({"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.0, 0.5]}),
        classifier(architecture=architecture, embedding_dim=None, embedding_trainable=False),
    ).fit(TEXTS, LABELS)
    usual = pipeline.predict_proba(TEXTS)
    unknown, empty = ["zebra", "zebra yak ibex"], ["", "?!"]
    probabilities = pipeline.predict_proba([*unknown, *empty])
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert set(pipeline.predict([*unknown, *empty])) <= {"yes", "no"}
    # Where unknown words are left out, nothing is left of such a document.
    groups = [unknown, empty] if oov_token else [[*unknown, *empty]]
    for group in groups:
        alike = pipeline.predict_proba(group)
        np.testing.assert_allclose(alike, np.repeat(alike[:1], len(group), axis=0), rtol=1e-5)
    np.testing.assert_allclose(pipeline.predict_proba(empty), probabilities[2:], rtol=1e-5)
    np.testing.assert_allclose(pipeline.predict_proba([*TEXTS, *empty])[:-2], usual, rtol=1e-5)


def test_hashed_documents_without_a_word():
    hashed = HashingTokenizerTransformer(50).transform(["?!", "good", ""])
    assert hashed.lengths.tolist() == [0, 1, 0]


BAD_TARGETS = {
    "too short": (LABELS[:-1], "12 documents and 11 labels"),
    "too long": ([*LABELS, "no"], "12 documents and 13 labels"),
    "none at all": ([], "12 documents and 0 labels"),
    "y=None": (None, "requires y to be passed, but the target y is None"),
    "one class": (["yes"] * 12, "at least two classes; all 12 labels are one class, 'yes'"),
    "one number": ([1] * 12, r"at least two classes; all 12 labels are one class, 1\b"),
    "None among them": (["yes", None] * 6, "(?i)missing|None"),
    "NaN among str": (np.array(["yes", np.nan] * 6, object), "(?i)missing|NaN"),
    "NaN among str in a list": (["yes", float("nan")] * 6, "Label 1 is missing"),
    "NaN among numbers": (np.array([1.0, np.nan] * 6), "(?i)missing|NaN"),
    "infinity": (np.array([1.0, np.inf] * 6), "(?i)infinity"),
    "NA in a Series": (pd.Series(["yes", None] * 6, dtype="string"), "(?i)missing|NA"),
    "NaN in a Series": (pd.Series(["yes", None] * 6), "(?i)missing|NaN"),
    "NaN in categories": (pd.Series(["yes", None] * 6, dtype="category"), "(?i)missing|NaN"),
    "continuous": (np.linspace(0, 1, 12), "continuous.* expects discrete classes"),
    "several numbers": (np.eye(2)[[0, 1] * 6] + 1, "0 and 1 for each of several"),
    "NaN among indicators": (np.full((12, 2), np.nan), "0 and 1 for each of several"),
    "names in columns": (np.full((12, 2), "yes"), "0 and 1 for each of several"),
    "lists of labels": ([["a"], ["a", "b"]] * 6, "MultiLabelBinarizer makes of lists of labels"),
    "a bare str": ("yes", r"1d array, got an array of shape \(\)"),
}


@pytest.mark.parametrize("kind", BAD_TARGETS)
def test_targets(kind, trained, sequences):
    y, words = BAD_TARGETS[kind]
    assert_refuses(trained, (sequences, y), TargetError, words, sequences)


BAD_WEIGHTS = {
    "too short": (np.ones(11), r"\(11,\), expected \(12,\)"),
    "column": (np.ones((12, 2)), "must be 1D array or scalar, got 2D array"),
    "negative": (np.r_[-1, np.ones(11)], "Negative values in data passed to `sample_weight`"),
    "all zero": (np.zeros(12), "(?i)zero"),
    "scalar zero": (0.0, "(?i)zero"),
    "NaN": (np.r_[np.nan, np.ones(11)], "sample_weight contains NaN"),
    "infinity": (np.r_[np.inf, np.ones(11)], "sample_weight contains infinity"),
    "text": (["heavy"] * 12, r"sample_weight.*'heavy'"),
    "one class left": ([1.0, 1.0, 0.0, 0.0] * 3, r"\bclass(es)?\b.*'yes'"),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_weights(kind, trained, sequences):
    weights, words = BAD_WEIGHTS[kind]
    assert_refuses(trained, (sequences, LABELS, weights), TargetError, words, sequences)


@pytest.mark.parametrize(
    ("class_weight", "words"),
    [
        ({"maybe": 2.0}, "not in class_weight"),
        ({"yes": 0.0, "no": 0.0}, "(?i)at least one non-zero"),
        ({"yes": 0.0}, r"\bclass(es)?\b.*'no'"),
    ],
)
def test_class_weights(class_weight, words, trained, sequences):
    assert_refuses(
        trained, (sequences, LABELS), TargetError, words, sequences, class_weight=class_weight
    )


@pytest.mark.parametrize(("fraction", "mend"), [(0.01, "raise it"), (0.99, "lower it")])
def test_too_few_documents_to_set_aside(fraction, mend, trained, sequences):
    assert_refuses(
        trained,
        (sequences, LABELS),
        TargetError,
        rf"validation_fraction={fraction} of 12 documents, .* 2 classes: {mend}",
        sequences,
        early_stopping=True,
        validation_fraction=fraction,
    )


def test_single_document_of_a_class_cannot_be_set_aside(trained, sequences):
    assert_refuses(
        trained,
        (sequences[:3], LABELS[:3]),
        TargetError,
        "of 3 documents, .* cannot hold .* set early_stopping=False",
        sequences,
        early_stopping=True,
        validation_fraction=0.5,
    )


def no_model(facts):
    return "a network"


def seven_outputs(facts):
    ids = keras.Input((None,), dtype="int32")
    vectors, _ = networks.embed_ids(ids, facts)
    return keras.Model(
        ids, keras.layers.Dense(7, "softmax")(keras.layers.GlobalMaxPooling1D()(vectors))
    )


def a_label_for_each_word(facts):
    ids = keras.Input((None,), dtype="int32")
    return keras.Model(ids, keras.layers.Dense(1, "sigmoid")(networks.embed_ids(ids, facts)[0]))


RAGGED = r"needs rows of one length, and these .* unpadded: put PadSequences\(\) before"
BAD_NETWORKS = {
    "flatten, ragged": (False, {"architecture": "flatten"}, RAGGED),
    "cnn_flatten, ragged": (False, {"architecture": "cnn_flatten"}, RAGGED),
    "kernel longer than rows": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": 9},
        "they have 4 ids and kernel_size=9. Raise maxlen in PadSequences or lower kernel_size",
    ),
    "kernel as long as rows": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": 4},
        "they have 4 ids and kernel_size=4. Raise maxlen",
    ),
    "several kernels": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": (2, 3)},
        r"no convolutions side by side, so kernel_size .* an int; got \(2, 3\)\. .*'cnn'",
    ),
    "no kernel": (
        False,
        {"architecture": "cnn", "kernel_size": ()},
        r"a positive int or a tuple of them, such as \(3, 4, 5\); got \(\)",
    ),
    "no model": (
        False,
        {"architecture": no_model, "hidden_units": None},
        "'no_model' returned str; expected a functional or sequential keras.Model",
    ),
    "wrong outputs": (
        False,
        {"architecture": seven_outputs, "hidden_units": None},
        r"'seven_outputs' .* shape \[\(None, 7\)\]; 2 classes need one output of 1 or 2 prob",
    ),
    "outputs by word": (
        False,
        {"architecture": a_label_for_each_word, "hidden_units": None},
        r"'a_label_for_each_word' .* shape \[\(None, None, 1\)\]; 2 classes need one output",
    ),
}


def test_a_function_that_returns_one_network_twice():
    built = []

    def one_network(facts):
        built.append(built[0] if built else networks.ARCHITECTURES["average"](facts))
        return built[0]

    ids, labels = np.array([[1], [2]]), [0, 1]
    fitted = KerasTextClassifier(architecture=one_network, epochs=1).fit(ids, labels)
    with pytest.raises(ArchitectureError, match=r"'one_network' .* returned before.* a new one"):
        clone(fitted).fit(ids, labels)


@pytest.mark.parametrize("kind", BAD_NETWORKS)
def test_networks(kind, trained, sequences):
    padded, params, words = BAD_NETWORKS[kind]
    X = sequences.padded(4) if padded else sequences
    assert_refuses(trained, (X, LABELS), ArchitectureError, words, sequences, **params)


def test_dimension_that_contradicts_the_vectors(trained, embedded, sequences):
    words = "embedding_dim=4, but the vectors given have 2 numbers: leave embedding_dim=None"
    X = embedded.transform(sequences)
    assert_refuses(trained, (X, LABELS), ArchitectureError, words, sequences)


@pytest.mark.parametrize("width", [3, 5])
def test_rows_of_another_width(width, trained_on_rows, sequences):
    fitted, _ = trained_on_rows
    for rows in (sequences.padded(width), np.asarray(sequences.padded(width))):
        words = f"fitted on rows of 4 ids; these have {width}. Use the PadSequences step"
        with pytest.raises(ArchitectureError, match=words):
            fitted.predict(rows)
    with pytest.raises(ArchitectureError, match="these have no common length"):
        fitted.predict(sequences)


@pytest.mark.parametrize("epochs", [5, 1])
def test_training_that_diverges(epochs, trained, sequences):
    # After one epoch the loss is still that of the first weights, and the weights are infinite:
    # with large finite ones, the order in which a processor adds decides whether an output is NaN.
    assert_refuses(
        trained,
        (sequences, LABELS),
        TrainingDivergedError,
        r"Lower optimizer__learning_rate, or set optimizer__clipnorm=1\.0",
        sequences,
        hidden_units=16,
        epochs=epochs,
        optimizer__learning_rate=1e39,
    )


def test_training_that_diverges_is_told_by_the_error_alone(sequences, capfd):
    with pytest.raises(
        TrainingDivergedError,
        match=r"after epoch \d the loss is .* and the network.s outputs are no numbers",
    ):
        classifier(hidden_units=4, epochs=3, optimizer__learning_rate=1e39).fit(sequences, LABELS)
    assert capfd.readouterr().out == ""


def test_training_that_goes_on_and_diverges(sequences):
    fitted = classifier(warm_start=True, epochs=5, hidden_units=4).fit(sequences, LABELS)
    before, history = fitted.predict_proba(sequences), copy.deepcopy(fitted.history_)
    with pytest.raises(TrainingDivergedError, match="Lower optimizer__learning_rate"):
        fitted.fit(sequences, LABELS, sample_weight=np.full(12, 1e36))
    np.testing.assert_array_equal(fitted.predict_proba(sequences), before)
    assert fitted.history_ == history


def test_training_that_goes_on_with_something_else(sequences):
    fitted = classifier(warm_start=True).fit(sequences, LABELS)
    before = fitted.predict_proba(sequences)
    with pytest.raises(TargetError, match=r"\(\['no', 'yes'\]\) .* \(\['a', 'b'\]\)\. Call"):
        fitted.fit(sequences, ["a", "b"] * 6)
    other = KerasTokenizerTransformer().fit_transform([f"other {text}" for text in TEXTS])
    with pytest.raises(VocabularyMismatchError, match="another vocabulary"):
        fitted.fit(other, LABELS)
    np.testing.assert_array_equal(fitted.predict_proba(sequences), before)


BAD_FILES = {
    "empty": (b"", "is empty; download it again"),
    "blank": (b"\n\n", "is empty; download it again"),
    "prose": (b"Not Found\n", r"line 1: expected a word and its numbers.* got b'Not Found"),
    "commas": (b"good,1.0,2.0\n", "line 1: expected a word and its numbers separated by single"),
    "UTF-16": (GLOVE.decode().encode("utf-16"), "line 1: expected a word and its numbers"),
    "row too short": (
        b"good 1 2\npoor 3\nwork 5 6\n",
        "line 2: expected 2 numbers after the word b'poor', got 1; correct or delete the line",
    ),
    "row too long": (
        b"good 1 2\npoor 3 4 5\nwork 5 6\n",
        "line 2: expected 2 numbers after the word b'poor', got 3; correct or delete the line",
    ),
    "cut in a row": (
        b"good 1 2\nwork 3 4\nof 5",
        "line 3: the last line has fewer than 2 numbers; the file is truncated: download it again",
    ),
    "second row too short": (b"good 1 2\nwork 3\npoor 5 6\n", "line 2"),
    "first row too short": (b"good 1\nwork 3 4\npoor 5 6\n", "line 1"),
    "not a number": (
        b"good 1 2\nwork 3 4\npoor 5 six\n",
        "line 3.*'six'.*correct or delete the line",
    ),
    "not a number in line 2": (b"good 1 2\nwork 3 four\npoor 5 6\n", "line 2"),
    "NaN": (GLOVE.replace(b"5.0", b"nan"), "line 3: expected 2 finite numbers .* got 1"),
    "infinity": (GLOVE.replace(b"5.0", b"inf"), "line 3: expected 2 finite numbers .* got 1"),
    "header with a larger dimension": (
        b"4 3\n" + GLOVE,
        "header declares 3 numbers per word but the rows have 2. Correct the header, or delete",
    ),
    "header with a smaller dimension": (b"4 1\n" + GLOVE, "header declares 1 "),
    "header of dimension zero": (b"2 0\ngood\nwork\n", "header declares 0 "),
    "header with more rows": (b"9 2\n" + GLOVE, "declares 9 words but the file has 4.*download"),
    "header with fewer rows": (b"2 2\n" + GLOVE, "declares 2 words but the file has 4"),
    "header alone": (b"4 2\n", "header declares 4 words but the file has none"),
    "zip": (b"PK\x03\x04" + GLOVE, "is truncated or corrupt"),
    "pickle": (
        pickle.dumps({"good": [1.0]}),
        "Python pickle, .*never opened.*KeyedVectors.load",
    ),
    "web page": (b"<!DOCTYPE html><html>404</html>", "looks like a web page.*redirected"),
    "web page after blanks": (b"\n\n <!DOCTYPE html>", "looks like a web page.*redirected"),
    "word2vec binary, cut": (
        b"2 3\n" + b"".join(w + np.float32([1, 2, 3]).tobytes() for w in (b"good ", b"poo")),
        "byte 21: expected .* a word and 3 numbers, .*the file is truncated or corrupt: download",
    ),
    "gzip cut short": (gzip.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "gzip of nonsense": (b"\x1f\x8bnonsense", "(?i)cut|corrupt|damaged.*download"),
    "bzip2 cut short": (bz2.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "xz cut short": (lzma.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "xz of nonsense": (b"\xfd7zXZ\x00nonsense", "(?i)cut|corrupt|damaged.*download"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_vector_files(kind, embedded, sequences, tmp_path):
    content, words = BAD_FILES[kind]
    path = tmp_path / "VECTORS.txt"
    path.write_bytes(content)
    for source in (path, str(path)):
        assert_refuses(
            embedded, (sequences,), VectorFileError, f"(?s){words}", sequences, vectors=source
        )
    with pytest.raises(VectorFileError, match=r"VECTORS\.txt"):
        clone(embedded).set_params(vectors=path).fit(sequences)


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_vector_file_that_is_missing(name, embedded, sequences, tmp_path):
    assert_refuses(
        embedded,
        (sequences,),
        VectorFileNotFoundError,
        f"no word-vector file at '{tmp_path / name}'; the current directory is",
        sequences,
        vectors=str(tmp_path / name),
    )
    assert issubclass(VectorFileNotFoundError, FileNotFoundError)


def keyed_vectors(values):
    vectors = KeyedVectors(len(values[0]))
    vectors.add_vectors(["good", "poor"], np.asarray(values, np.float32))
    return vectors


BAD_VECTORS = {
    "list": (
        [1.0],
        VectorSourceError,
        "path, a gensim KeyedVectors, .* DataFrame .* encode.*got list",
    ),
    "number": (
        3,
        VectorSourceError,
        "path, a gensim KeyedVectors, .* DataFrame .* encode.*got int",
    ),
    "empty mapping": ({}, VectorFileError, "mapping of word vectors is empty"),
    "two dimensions": (
        {"good": [1.0], "poor": [1.0, 2.0]},
        VectorFileError,
        r"'poor' is \[1.0, 2.0\]; expected a 1-D array of 1 numbers",
    ),
    "NaN": ({"good": [1.0, np.nan]}, VectorFileError, "'good' .* finite"),
    "numbers, not vectors": ({"good": 1.0}, SkembedError, "'good'.* expected"),
    "None": ({"good": None}, SkembedError, "'good'.* expected"),
    "text": ({"good": "one two"}, SkembedError, "'good'.* expected"),
    "texts": ({"good": ["one", "two"]}, SkembedError, "'good'.* expected"),
    "no numbers": ({"good": [], "poor": []}, SkembedError, "'good'.* expected"),
    "too large for float32": ({"good": [1e300]}, SkembedError, "'good'.* finite"),
    "matrices": ({"good": [[1.0]]}, VectorFileError, r"'good' is \[\[1.0\]\]"),
    "KeyedVectors with NaN": (keyed_vectors([[1, np.nan], [1, 2]]), SkembedError, "'good'.*finite"),
    "another language": (
        {"gut": [1.0]},
        NoVectorsFoundError,
        r"None of the 4 words \(.*good.*\) has a vector .* another language, .*lookup='fallback'",
    ),
    "another case": (
        keyed_vectors([[1, 2], [3, 4]]),
        NoVectorsFoundError,
        r"None of the 4 words \(.*GOOD.*lookup='fallback'",
    ),
}


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_vectors_in_memory(kind, embedded, sequences):
    vectors, error, words = BAD_VECTORS[kind]
    X = sequences
    if kind == "another case":
        upper = KerasTokenizerTransformer(lower=False)
        X = upper.fit_transform([text.upper() for text in TEXTS])
    assert_refuses(embedded, (X,), error, words, sequences, vectors=vectors)


@pytest.mark.parametrize(
    "without_words",
    [
        HashingTokenizerTransformer(50).transform(TEXTS),
        HashingTokenizerTransformer(50).transform(TEXTS).padded(3),
        [[2, 3]],
        np.array([[2, 3]]),
    ],
    ids=["hashed", "hashed and padded", "lists", "array"],
)
def test_vectors_for_ids_without_words(without_words, embedded, sequences):
    words = r"come without a vocabulary \(from HashingTokenizerTransformer, .*: use KerasTokenizer"
    assert_refuses(embedded, (without_words,), NotSequencesError, words, sequences)
    with pytest.raises(NotSequencesError, match=words):
        embedded.transform(without_words)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"no_such": 1}, "unexpected parameter 'no_such'. Expected one of architecture, "),
        ({"model__units": 1}, "unexpected parameter 'model__units'"),
    ],
)
def test_parameters_that_do_not_exist(params, words):
    with pytest.raises(TypeError, match=words):
        KerasTextClassifier(**params)
    with pytest.raises((TypeError, ValueError), match=next(iter(params)).partition("__")[0]):
        KerasTextClassifier().set_params(**params)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"optimizer__no_such": 1}, "no_such"),
        ({"optimizer__learning_rate": "fast"}, "learning_rate"),
        ({"callbacks__patience": 3}, "callbacks"),
    ],
)
def test_routed_parameters_that_lead_nowhere(params, words, trained, sequences):
    assert_refuses(
        trained, (sequences, LABELS), (ValueError, TypeError), words, sequences, **params
    )
