"""Networks that do not fit the data, training that diverges, and parameters that do not exist."""

import copy

import keras
import numpy as np
import pytest
from helpers import FEW_LABELS, FEW_TEXTS, assert_refuses, quick_classifier
from sklearn.base import clone

from skembed import KerasTextClassifier, KerasTokenizerTransformer, networks
from skembed.errors import (
    ArchitectureError,
    TargetError,
    TrainingDivergedError,
    VocabularyMismatchError,
)


@pytest.fixture(scope="module")
def trained_on_rows(sequences):
    rows = sequences.padded(4)
    return quick_classifier(architecture="flatten").fit(rows, FEW_LABELS), rows


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


RAGGED = r"needs documents of one length, and these .* unpadded: put PadSequences\(\) before"
BAD_NETWORKS = {
    "flatten, ragged": (False, {"architecture": "flatten"}, RAGGED),
    "cnn_flatten, ragged": (False, {"architecture": "cnn_flatten"}, RAGGED),
    "kernel longer than rows": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": 9},
        "these have 4 ids, and kernel_size=9. Raise maxlen in PadSequences or lower kernel_size",
    ),
    "kernel as long as rows": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": 4},
        "these have 4 ids, and kernel_size=4. Raise maxlen",
    ),
    "several kernels": (
        True,
        {"architecture": "cnn_flatten", "kernel_size": (2, 3)},
        r"no parallel convolutions, so kernel_size .* an int; got \(2, 3\)\. .*'cnn'",
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
    with pytest.raises(ArchitectureError, match=r"'one_network' .* same network .* a new network"):
        clone(fitted).fit(ids, labels)


@pytest.mark.parametrize("kind", BAD_NETWORKS)
def test_networks(kind, trained, sequences):
    padded, params, words = BAD_NETWORKS[kind]
    X = sequences.padded(4) if padded else sequences
    assert_refuses(trained, (X, FEW_LABELS), ArchitectureError, words, sequences, **params)


def test_dimension_that_contradicts_the_vectors(trained, embedded, sequences):
    words = "embedding_dim=4, but the given vectors have dimension 2. Leave embedding_dim=None"
    X = embedded.transform(sequences)
    assert_refuses(trained, (X, FEW_LABELS), ArchitectureError, words, sequences)


@pytest.mark.parametrize("width", [3, 5])
def test_rows_of_another_width(width, trained_on_rows, sequences):
    fitted, _ = trained_on_rows
    for rows in (sequences.padded(width), np.asarray(sequences.padded(width))):
        words = f"fitted on documents of 4 ids; these have {width}. Use the PadSequences step"
        with pytest.raises(ArchitectureError, match=words):
            fitted.predict(rows)
    with pytest.raises(ArchitectureError, match="these have no common length"):
        fitted.predict(sequences)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # of the rate, with JAX
@pytest.mark.parametrize("epochs", [5, 1])
def test_training_that_diverges(epochs, trained, sequences):
    # The rate makes the weights infinite in the first epoch. With large finite weights, the order
    # in which a processor adds would decide whether an output is NaN.
    assert_refuses(
        trained,
        (sequences, FEW_LABELS),
        TrainingDivergedError,
        r"Lower optimizer__learning_rate, or set optimizer__clipnorm=1\.0",
        sequences,
        hidden_units=16,
        epochs=epochs,
        optimizer__learning_rate=1e39,
    )


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # of the rate, with JAX
def test_training_that_diverges_is_told_by_the_error_alone(sequences, capfd):
    with pytest.raises(
        TrainingDivergedError,
        match=r"after epoch \d the loss is .* and the network.s outputs are not finite",
    ):
        quick_classifier(hidden_units=4, epochs=3, optimizer__learning_rate=1e39).fit(
            sequences, FEW_LABELS
        )
    assert capfd.readouterr().out == ""


def test_training_that_goes_on_and_diverges(sequences):
    fitted = quick_classifier(warm_start=True, epochs=5, hidden_units=4, optimizer="sgd").fit(
        sequences, FEW_LABELS
    )
    before, history = fitted.predict_proba(sequences), copy.deepcopy(fitted.history_)
    with pytest.raises(TrainingDivergedError, match="Lower optimizer__learning_rate"):
        fitted.fit(sequences, FEW_LABELS, sample_weight=np.full(12, 1e30))
    np.testing.assert_array_equal(fitted.predict_proba(sequences), before)
    assert fitted.history_ == history


def test_training_that_goes_on_with_something_else(sequences):
    fitted = quick_classifier(warm_start=True).fit(sequences, FEW_LABELS)
    before = fitted.predict_proba(sequences)
    with pytest.raises(
        TargetError, match=r"classes \['no', 'yes'\]; .* classes \['a', 'b'\]\. Call"
    ):
        fitted.fit(sequences, ["a", "b"] * 6)
    other = KerasTokenizerTransformer().fit_transform([f"other {text}" for text in FEW_TEXTS])
    with pytest.raises(VocabularyMismatchError, match="another vocabulary"):
        fitted.fit(other, FEW_LABELS)
    np.testing.assert_array_equal(fitted.predict_proba(sequences), before)


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
        trained, (sequences, FEW_LABELS), (ValueError, TypeError), words, sequences, **params
    )
