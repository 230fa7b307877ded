"""Training beyond a plain fit: in parts, with other documents, interrupted, followed."""

import gc
import os
import pickle
import signal
import weakref
from collections import Counter
from typing import ClassVar

import keras
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.callback import ScoringMonitor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TokenSequences,
)
from skembed.errors import (
    ArchitectureError,
    IdRangeError,
    TargetError,
    TrainingDivergedError,
    VocabularyMismatchError,
)
from skembed.networks import ARCHITECTURES
from skembed.networks.batches import ShuffledBatches
from skembed.networks.fast import max_over_time, training_call


@pytest.fixture(scope="module")
def data(feedback):
    texts, labels = feedback
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    return PadSequences(40).fit_transform(sequences), labels


@pytest.fixture(scope="module")
def several(feedback):
    """Three labels a document: whether it is positive, and of two words which it has."""
    texts, labels = feedback
    words = [[word in text.lower() for word in ("and", "but")] for text in texts]
    return np.c_[labels == "positive", words].astype(int)


def classifier(**parameters):
    defaults = {"architecture": "average", "embedding_dim": 4, "epochs": 2, "random_state": 0}
    return KerasTextClassifier(**{**defaults, **parameters})


def test_a_large_network_is_gone_before_the_next_is_built():
    sequences = TokenSequences.from_lists([[1, 2**18], [2, 3]])
    first = classifier(embedding_dim=32, epochs=1).fit(sequences, [0, 1])
    network = weakref.ref(first.model_)
    gc.disable()
    try:
        del first
        assert network() is not None  # in circles, which nobody but the collector finds
        classifier(embedding_dim=32, epochs=1).fit(sequences, [0, 1])
        assert network() is None
    finally:
        gc.enable()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="the others keep what they took")
def test_what_a_small_network_held_on_a_card_is_given_back_too(monkeypatch):
    import torch

    sequences = TokenSequences.from_lists([[1], [2, 3]])
    first = classifier(epochs=1).fit(sequences, [0, 1])
    network = weakref.ref(first.model_)
    alive_when_emptied = []  # there need be no card: PyTorch is asked whether there is one
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(
        torch.cuda, "empty_cache", lambda: alive_when_emptied.append(network() is not None)
    )
    gc.disable()
    try:
        del first
        classifier(epochs=1).fit(sequences, [0, 1])
    finally:
        gc.enable()
    assert alive_when_emptied == [False]


# --- in parts


@pytest.mark.parametrize("hashed", [False, True])
def test_partial_fit_learns_what_comes(feedback, hashed):
    texts, labels = feedback
    tokenizer = HashingTokenizerTransformer(500) if hashed else KerasTokenizerTransformer()
    tokenizer.fit(texts)
    network = classifier(embedding_dim=16, optimizer__learning_rate=0.05)
    for _ in range(12):
        for part in np.array_split(np.argsort(labels), 4):  # each part is of one class
            network.partial_fit(
                tokenizer.transform(texts[part]), labels[part], ["negative", "positive"]
            )
    assert network.n_epochs_ == len(network.history_["loss"]) == 48
    assert network.classes_.tolist() == ["negative", "positive"]
    assert network.score(tokenizer.transform(texts), labels) > 0.9


def test_partial_fit_of_everything_is_an_epoch_of_fit(data):
    sequences, labels = data
    fitted = classifier(epochs=1).fit(sequences, labels)
    part = classifier(epochs=7).partial_fit(sequences, labels, classes=np.unique(labels))
    assert part.history_ == fitted.history_
    assert np.array_equal(part.predict_proba(sequences), fitted.predict_proba(sequences))
    assert part.partial_fit(sequences, labels).n_epochs_ == 2
    assert not np.array_equal(part.predict_proba(sequences), fitted.predict_proba(sequences))


def test_partial_fit_goes_on_after_fit_and_after_loading(data):
    sequences, labels = data
    one = classifier(warm_start=True).fit(sequences, labels)
    two = pickle.loads(pickle.dumps(one))
    for network in (one, two):
        network.partial_fit(sequences[:30], labels[:30])
    assert one.n_epochs_ == two.n_epochs_ == 3
    assert np.array_equal(one.predict_proba(sequences), two.predict_proba(sequences))


def test_partial_fit_weighs_classes_of_which_a_part_has_one(data):
    sequences, labels = data
    weighted = classifier(class_weight={"negative": 3.0, "positive": 1.0}, dropout=0.0)
    of_one = labels == "negative"
    weighted.partial_fit(sequences[of_one], labels[of_one], classes=["negative", "positive"])
    by_hand = classifier(dropout=0.0).partial_fit(
        sequences[of_one], labels[of_one], ["positive", "negative"], np.full(of_one.sum(), 3.0)
    )
    assert weighted.history_ == by_hand.history_


def test_partial_fit_refuses(data, feedback):
    sequences, labels = data
    network = classifier()
    with pytest.raises(TargetError, match=r"classes, all labels .* needed in the first call"):
        network.partial_fit(sequences, labels)
    with pytest.raises(TargetError, match=r"The classes are \['a', 'b'\]; these labels are of"):
        network.partial_fit(sequences, labels, classes=["a", "b"])
    with pytest.raises(TargetError, match="at least two classes"):
        network.partial_fit(sequences, ["a"] * len(labels), classes=["a"])
    assert not hasattr(network, "classes_")
    network.partial_fit(sequences, labels, classes=np.unique(labels))
    before = network.predict_proba(sequences)
    with pytest.raises(TargetError, match="is not what it was before"):
        network.partial_fit(sequences, labels, classes=["negative", "other", "positive"])
    with pytest.raises(TargetError, match="these labels are of"):
        network.partial_fit(sequences[:2], ["negative", "other"])
    with pytest.raises(VocabularyMismatchError):
        network.partial_fit(KerasTokenizerTransformer().fit_transform(["other"]), ["negative"])
    with pytest.raises(IdRangeError):
        network.partial_fit([[sequences.n_ids]], ["negative"])
    for parameters in ({"early_stopping": True}, {"class_weight": "balanced"}):
        with pytest.raises(ValueError, match="since partial_fit gets only a part"):
            pickle.loads(pickle.dumps(network)).set_params(**parameters).partial_fit(*data)
    assert np.array_equal(network.predict_proba(sequences), before)
    assert network.n_epochs_ == 1


# --- several labels a document


@pytest.mark.parametrize("architecture", ["average", "cnn"])
def test_several_labels_a_document(data, several, architecture):
    sequences, _ = data
    fitted = classifier(
        architecture=architecture, embedding_dim=16, epochs=40, optimizer__learning_rate=0.01
    ).fit(sequences, several)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.n_classes_ == 3
    probabilities = fitted.predict_proba(sequences)
    assert probabilities.shape == several.shape
    predicted = fitted.predict(sequences)
    assert np.array_equal(predicted, (probabilities > 0.5).astype(int))
    assert fitted.score(sequences, several) == accuracy_score(several, predicted) > 0.9
    assert set(fitted.history_) == {"loss", "binary_accuracy"}
    assert fitted.predict(sequences[:1]).shape == (1, 3)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(loaded.predict_proba(sequences), probabilities)


def test_indicators_of_every_kind(data, several):
    import pandas as pd

    sequences, _ = data
    expected = classifier().fit(sequences, several).predict_proba(sequences)
    for y in (several.astype(bool), several.tolist(), csr_array(several), pd.DataFrame(several)):
        assert np.array_equal(classifier().fit(sequences, y).predict_proba(sequences), expected)
    part = classifier().partial_fit(sequences, several, classes=range(3))
    assert part.classes_.tolist() == [0, 1, 2]


def test_several_labels_are_searched_weighted_and_stopped(data, several):
    sequences, labels = data
    scores = cross_val_score(
        classifier(class_weight="balanced", early_stopping=True, validation_fraction=0.3),
        sequences,
        several,
        cv=2,
        scoring="roc_auc",
        error_score="raise",
    )
    assert scores.shape == (2,)
    with pytest.raises(TargetError, match="class_weight is None or 'balanced'"):
        classifier(class_weight={0: 1.0, 1: 2.0, 2: 1.0}).fit(sequences, several)
    one_label = classifier(warm_start=True).fit(sequences, (labels == "positive").astype(int))
    with pytest.raises(TargetError, match=r"fitted on classes .* continue on multilabel targets"):
        one_label.fit(sequences, several)
    in_parts = classifier().partial_fit(sequences, several, classes=[0, 1, 2])
    with pytest.raises(TargetError, match=r"targets \[0, 1, 2\]; .* continue on classes"):
        in_parts.partial_fit(sequences, several.sum(axis=1) % 3)


# --- documents to validate on


def test_validation_data_is_what_early_stopping_looks_at(data):
    sequences, labels = data
    training, held_out = slice(None, 60), slice(60, None)
    given = (sequences[held_out], labels[held_out])
    fitted = classifier(
        epochs=60, early_stopping=True, n_iter_no_change=2, optimizer__learning_rate=0.05
    ).fit(sequences[training], labels[training], validation_data=given)
    losses = fitted.history_["val_loss"]
    assert fitted.n_epochs_ == len(losses) < 60
    truth = (labels[held_out] == fitted.classes_[1]).astype(int)
    p = fitted.predict_proba(given[0])[np.arange(len(truth)), truth]
    assert -np.log(p).mean() == pytest.approx(min(losses), rel=1e-4)  # the best weights
    plain = classifier(epochs=1).fit(sequences[training], labels[training], None, given)
    alone = classifier(epochs=1).fit(sequences[training], labels[training])
    assert set(plain.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert np.array_equal(plain.predict_proba(sequences), alone.predict_proba(sequences))


def test_weights_of_documents_to_validate_on_count(data):
    sequences, labels = data
    weights = np.r_[np.zeros(40), np.ones(40)]
    with_weights, without = (
        classifier(epochs=1).fit(sequences, labels, validation_data=given).history_["val_loss"]
        for given in ((sequences, labels, weights), (sequences[40:], labels[40:]))
    )
    # Keras divides by the number of documents.
    assert with_weights[0] * 2 == pytest.approx(without[0], rel=0.01)


def test_bad_validation_data(data):
    sequences, labels = data
    other = KerasTokenizerTransformer().fit_transform(["other words"] * 80)
    bad = [
        (3, TargetError, r"a tuple \(X, y\) or \(X, y, sample_weight\); got int"),
        ((sequences,), TargetError, "got tuple of 1"),
        ((sequences, labels[1:]), TargetError, "80 documents and 79 labels"),
        ((sequences, ["new"] * 80), TargetError, r"The classes are .*these labels are of \['new'"),
        ((other, labels), VocabularyMismatchError, "another vocabulary"),
        ((sequences, labels, -np.ones(80)), TargetError, "none below zero"),
    ]
    for given, error, words in bad:
        network = classifier()
        with pytest.raises(error, match=words):
            network.fit(sequences, labels, validation_data=given)
        assert not hasattr(network, "classes_")
    with pytest.raises(ArchitectureError, match="fitted on rows of 40 ids; these have 41"):
        classifier(architecture="flatten").fit(
            sequences, labels, validation_data=(sequences.padded(41), labels)
        )


def test_a_class_too_rare_to_set_aside_is_told(data):
    sequences, labels = data
    rare = np.array([*labels[:-3], "rare", "rare", "rare"])
    with pytest.raises(TargetError, match=r"validation_fraction=0.1 of 80 .* label 'rare'"):
        classifier(early_stopping=True).fit(sequences, rare)
    enough = classifier(early_stopping=True, validation_fraction=0.5, epochs=1)
    assert enough.fit(sequences, rare).n_classes_ == 3


# --- interrupted


@pytest.fixture(autouse=True)
def ctrl_c():
    """Interrupt, as in a shell; what runs in its background is born deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def raise_it():
    raise KeyboardInterrupt


class Interrupting(keras.callbacks.Callback):
    """In the second batch of an epoch."""

    def __init__(self, epoch, interrupt):
        super().__init__()
        self.epoch, self.interrupt = epoch, interrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, 1):
            self.interrupt()


# An epoch that was begun counts, where training ends in order.
@pytest.mark.parametrize(
    ("interrupt", "epoch", "done"),
    [(press_ctrl_c, 0, 1), (press_ctrl_c, 2, 3), (raise_it, 0, 0), (raise_it, 2, 2)],
)
def test_ctrl_c_leaves_a_usable_network(data, interrupt, epoch, done):
    sequences, labels = data
    network = classifier(epochs=9, batch_size=8, callbacks=Interrupting(epoch, interrupt))
    handler = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match=f"interrupted after {done} of 9 epochs.* is fitted"):
        network.fit(sequences, labels)
    assert signal.getsignal(signal.SIGINT) is handler
    assert network.n_epochs_ == len(network.history_["loss"]) == done
    probabilities = network.predict_proba(sequences)
    assert np.isfinite(probabilities).all()
    loaded = pickle.loads(pickle.dumps(network))
    assert np.array_equal(loaded.predict_proba(sequences), probabilities)
    network.set_params(callbacks=None, warm_start=True, epochs=1).fit(sequences, labels)
    assert network.n_epochs_ == done + 1


@pytest.mark.parametrize("interrupt", [press_ctrl_c, raise_it])
def test_ctrl_c_restores_the_best_weights(data, interrupt):
    sequences, labels = data
    stopping = {
        "early_stopping": True,
        "validation_fraction": 0.25,
        "n_iter_no_change": 99,
        "optimizer__learning_rate": 0.3,
    }
    network = classifier(epochs=99, callbacks=Interrupting(15, interrupt), **stopping)
    with pytest.warns(UserWarning, match="interrupted after 1[56] of 99 epochs"):
        network.fit(sequences, labels)
    best = int(np.argmin(network.history_["val_loss"]))
    assert best < 14
    shorter = classifier(epochs=best + 1, **stopping).fit(sequences, labels)
    np.testing.assert_allclose(
        network.predict_proba(sequences), shorter.predict_proba(sequences), atol=1e-6
    )


def test_ctrl_c_before_the_first_batch_ends_training_after_it(data):
    sequences, labels = data

    class Early(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            press_ctrl_c()

    with pytest.warns(UserWarning, match="interrupted after 1 of 9 epochs"):
        classifier(epochs=9, batch_size=8, callbacks=Early).fit(sequences, labels)


# --- frozen for some epochs, and going on


def with_vectors(sequences):
    words = sequences.vocabulary.words
    vectors = dict(zip(words, np.random.default_rng(0).normal(size=(len(words), 4))))
    return PretrainedEmbeddingMatrix(vectors).fit_transform(sequences)


def test_epochs_until_tuning_are_counted_over_fits(data):
    X, labels = with_vectors(data[0]), data[1]
    matrix = X.embedding.values
    network = classifier(unfreeze_after=3, warm_start=True, embedding_dim=None).fit(X, labels)
    assert np.array_equal(network.embedding_weights_, matrix)
    network = pickle.loads(pickle.dumps(network)).partial_fit(X, labels)
    assert np.array_equal(network.embedding_weights_, matrix)
    network.partial_fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, matrix)
    tuned = network.embedding_weights_
    network.fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, tuned)
    assert network.n_epochs_ == 6


def test_a_failure_after_unfreezing_is_undone(data):
    X, labels = with_vectors(data[0]), data[1]
    network = classifier(
        unfreeze_after=2, warm_start=True, optimizer="sgd", hidden_units=4, embedding_dim=None
    ).fit(X, labels)
    before = network.predict_proba(X)
    with pytest.raises(TrainingDivergedError):
        network.fit(X, labels, sample_weight=np.full(len(labels), 1e36))
    assert np.array_equal(network.predict_proba(X), before)
    assert not network.model_.get_layer("embedding").trainable
    network.fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, X.embedding.values)


def test_there_must_be_vectors_to_unfreeze(data):
    def counts(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.ops.cast(ids, "float32") / facts.n_ids
        return keras.Model(ids, keras.layers.Dense(1, activation="sigmoid")(x))

    with pytest.raises(ArchitectureError, match=r"no keras\.layers\.Embedding to unfreeze"):
        classifier(architecture=counts, unfreeze_after=1).fit(*data)


# --- Adam that is lazy


def test_lazy_adam_is_adam_where_every_word_is_seen():
    """Each once: Keras squares the gradients of one word's places one by one on TensorFlow."""
    words, labels = np.arange(1, 9)[:, np.newaxis], np.arange(8) % 2
    lazy, adam = (
        classifier(
            architecture="flatten", optimizer=optimizer, epochs=4, optimizer__learning_rate=0.05
        ).fit(words, labels)
        for optimizer in ("lazy_adam", "adam")
    )
    assert type(lazy.model_.optimizer) is type(adam.model_.optimizer)
    for one, other in zip(lazy.model_.get_weights(), adam.model_.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_lazy_adam_leaves_words_alone_that_a_batch_does_not_hold():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients come as rows on TensorFlow alone")
    documents, labels = np.array([[2, 2, 3], [3, 4, 4]]), [0, 1]
    for optimizer, moves in (("lazy_adam", False), ("adam", True)):
        network = classifier(
            architecture="flatten", optimizer=optimizer, warm_start=True, epochs=1, batch_size=1
        ).partial_fit(documents, labels, [0, 1])
        before = network.embedding_weights_
        network.partial_fit(documents[1:], labels[1:])
        moved = (network.embedding_weights_ != before).any(axis=1)
        assert moved.tolist() == [False, False, moves, True, True]


def test_lazy_adam_stays_lazy_and_is_saved_as_adam(data):
    X, labels = with_vectors(data[0]), data[1]
    network = classifier(
        optimizer="lazy_adam", optimizer__beta_1=0.5, unfreeze_after=1, embedding_dim=None
    ).fit(X, labels)
    for fitted in (network, pickle.loads(pickle.dumps(network))):
        assert fitted.model_.optimizer.beta_1 == 0.5
        assert "update_step" in vars(fitted.model_.optimizer)
    saved, of_adam = (
        keras.optimizers.serialize(optimizer)
        for optimizer in (network.model_.optimizer, keras.optimizers.Adam())
    )
    assert {k: saved[k] for k in ("module", "class_name", "registered_name")} == {
        k: of_adam[k] for k in ("module", "class_name", "registered_name")
    }


def test_lazy_adam_adds_up_the_gradients_of_a_word():
    """A word twice in a document is one word with twice the gradient."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients come as rows on TensorFlow alone")
    network = classifier(
        architecture="average", optimizer="lazy_adam", hidden_units=0, epochs=1, batch_size=2
    ).fit(np.array([[1, 1], [2, 3]]), [0, 1])
    momenta, velocities = (
        np.asarray(v.numpy())
        for v in network.model_.optimizer.variables
        if v.shape == network.embedding_weights_.shape
    )
    np.testing.assert_allclose(velocities, momenta**2 / 0.1**2 * 0.001, rtol=1e-4)
    assert not velocities[0].any()
    assert velocities[1:].all()


# --- followed


class Names:
    """Records the names of tasks that scikit-learn's callbacks are told of."""

    max_propagation_depth = None

    def __init__(self):
        self.begun, self.ended = [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context.task_name)


def test_epochs_are_named_with_loss_and_score(data):
    sequences, labels = data
    names = Names()
    network = classifier(early_stopping=True).set_callbacks(names).fit(sequences, labels)
    h = network.history_
    expected = [
        f"epoch: loss {h['loss'][i]:.4f}, accuracy {h['accuracy'][i]:.4f}, "
        f"val_loss {h['val_loss'][i]:.4f}, val_accuracy {h['val_accuracy'][i]:.4f}"
        for i in range(2)
    ]
    epochs = [name for name in names.begun if name.startswith("epoch")]
    assert epochs == expected
    assert Counter(names.begun) == Counter(names.ended)


def test_scores_of_every_epoch_of_a_search(feedback):
    texts, labels = feedback
    pipeline = make_pipeline(KerasTokenizerTransformer(), classifier())
    monitor = ScoringMonitor(scoring="accuracy")
    pipeline[-1].set_callbacks(monitor)
    grid = {"kerastextclassifier__optimizer__learning_rate": [0.001, 0.1]}
    GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(texts, labels)
    scores = [row["accuracy"] for log in monitor.get_logs(select="all") for row in log.data]
    assert len(scores) == 2 * (2 * 2 + 1)
    assert all(0 <= score <= 1 for score in scores)


# --- precision


def test_mixed_precision_follows_keras(data):
    sequences, labels = data
    policy = keras.config.dtype_policy()
    exact = classifier(architecture="cnn", filters=8).fit(sequences, labels)
    try:
        keras.config.set_dtype_policy("mixed_float16")
        mixed = classifier(architecture="cnn", filters=8).fit(sequences, labels)
        assert {layer.compute_dtype for layer in mixed.model_.layers} == {"float16", "float32"}
        probabilities = mixed.predict_proba(sequences)
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy(policy)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities, exact.predict_proba(sequences), atol=0.02)
    assert mixed.embedding_weights_.dtype == np.float32


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize(
    ("architecture", "kernel_size"),
    [("cnn", (3, 4, 5)), ("cnn", 1), ("cnn", 2), ("multichannel_cnn", (2, 5))],
)
def test_learning_at_the_maxima_alone_is_the_same(
    architecture, kernel_size, trainable, monkeypatch
):
    random = np.random.RandomState(0)
    lists = [random.randint(1, 50, n).tolist() for n in [1, 0, 2, 3, *random.randint(1, 30, 26)]]
    lists += [[0, 5, 0, 0, 6, 0, 7], random.randint(0, 2, 30).tolist()]  # zeros between words
    documents = TokenSequences.from_lists(lists)
    monkeypatch.setattr(  # else padding decides which documents meet in a batch
        "skembed.networks.training.engine.ShuffledBatches",
        lambda *args: ShuffledBatches(*args[:-1]),
    )
    found = []
    for shortest in (0, 1000):
        monkeypatch.setattr(training_call, "_MIN_WORDS", shortest)
        classifier = KerasTextClassifier(
            architecture=architecture,
            kernel_size=kernel_size,
            filters=8,
            embedding_dim=7,
            embedding_trainable=trainable,
            optimizer="sgd",
            optimizer__learning_rate=0.5,
            epochs=5,
            batch_size=8,
            random_state=0,
        ).fit(documents, [0, 1] * 16)
        found.append([classifier.history_["loss"], *classifier.model_.get_weights()])
    for at_maxima, everywhere in zip(*found):
        np.testing.assert_allclose(at_maxima, everywhere, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
def test_only_long_documents_are_learned_at_the_maxima(monkeypatch):
    calls = []
    found = max_over_time._maxima
    monkeypatch.setattr(max_over_time, "_maxima", lambda *args: calls.append(1) or found(*args))
    classifier = KerasTextClassifier(epochs=1, filters=2, embedding_dim=2, random_state=0)

    def n_calls(length):
        del calls[:]
        classifier.fit(np.ones((4, length), int), [0, 1, 0, 1])
        assert "call" not in vars(classifier.model_)
        kinds = [type(layer).__module__ for layer in classifier.model_.layers]
        assert all(kind.startswith("keras.") for kind in kinds)  # it loads without skembed
        return len(calls)

    assert n_calls(20) == 0
    assert n_calls(300) > 0
    classifier.set_params(
        architecture=lambda facts, filters: ARCHITECTURES["cnn"](facts, filters=filters)
    )
    assert n_calls(300) == 0  # who knows what a user's function does with its layers
    classifier.set_params(architecture="cnn")
    monkeypatch.setattr(training_call, "_MAX_GATHERED_VALUES", 32 * 2 * 2 * (3 + 4 + 5) - 1)
    assert n_calls(300) == 0


class AsksWhileItTrains(keras.callbacks.Callback):
    answers: ClassVar[list] = []

    def on_epoch_end(self, epoch, logs=None):
        ids = np.arange(12, dtype="int32").reshape(2, 6)
        answers = [self.model(ids, training=training) for training in (True, False)]
        AsksWhileItTrains.answers.append([keras.ops.convert_to_numpy(x) for x in answers])


def test_a_callback_asks_a_network_that_learns_at_the_maxima(monkeypatch):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    monkeypatch.setattr(AsksWhileItTrains, "answers", [])
    network = KerasTextClassifier(
        filters=4, dropout=0.0, epochs=2, callbacks=AsksWhileItTrains, random_state=0
    )
    network.fit(np.arange(24).reshape(4, 6), [0, 1, 0, 1])
    assert len(AsksWhileItTrains.answers) == 2
    for in_training, else_ in AsksWhileItTrains.answers:
        np.testing.assert_allclose(in_training, else_, rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_learning_at_the_maxima_that_diverges(optimizer, monkeypatch):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    random = np.random.RandomState(0)
    documents = TokenSequences.from_lists([random.randint(1, 9, 20).tolist() for _ in range(8)])
    network = KerasTextClassifier(
        filters=4,
        epochs=5,
        optimizer=optimizer,
        optimizer__learning_rate=1e30,
        batch_size=4,
        random_state=0,
    )
    with pytest.raises(TrainingDivergedError):
        network.fit(documents, [0, 1] * 4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
def test_batches_are_drawn_from_all_documents_where_padding_costs_nothing(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "skembed.networks.training.engine.ShuffledBatches",
        lambda *args: drawn.append(args[-1]) or ShuffledBatches(*args),
    )
    for length in (20, 300):
        ids = TokenSequences.from_lists([[1] * length] * 4)
        KerasTextClassifier(epochs=1, filters=2, random_state=0).fit(ids, [0, 1, 0, 1])
    assert drawn == [True, False]


def test_widths_of_batches_may_differ_in_later_epochs_alone():
    """Keras would take the shape of all batches from the first two of the first epoch."""
    documents = TokenSequences.from_lists([[1] * 400] * 2 + [[2] * 210] * 6)
    network = KerasTextClassifier(filters=2, epochs=10, batch_size=4, random_state=0)
    assert len(network.fit(documents, [0, 1] * 4).history_["loss"]) == 10


# --- Several batches at once


class CountsBatches(keras.callbacks.Callback):
    heard = 0

    def on_train_batch_end(self, batch, logs=None):
        CountsBatches.heard += 1


class NotesBatchesAtOnce(keras.callbacks.Callback):
    noted = None

    def on_epoch_end(self, epoch, logs=None):
        NotesBatchesAtOnce.noted = self.model.steps_per_execution


def test_several_batches_at_once_are_the_same_as_one_by_one(data):
    found = []
    for callbacks in (NotesBatchesAtOnce, [NotesBatchesAtOnce, CountsBatches]):
        fitted = classifier(architecture="cnn", batch_size=3, callbacks=callbacks).fit(*data)
        at_once = isinstance(callbacks, type) and keras.backend.backend() == "tensorflow"
        assert (NotesBatchesAtOnce.noted > 1) == at_once
        found.append([*fitted.history_.values(), *fitted.model_.get_weights()])
    for at_once, one_by_one in zip(*found, strict=True):
        np.testing.assert_array_equal(at_once, one_by_one)


def test_a_callback_hears_of_each_batch_in_a_later_fit_and_on_the_live_network_too(data):
    ids, labels = data
    n_batches = -(-len(labels) // 8)
    fitted = classifier(batch_size=8, warm_start=True, epochs=1).fit(ids, labels)
    CountsBatches.heard = 0
    fitted.set_params(callbacks=CountsBatches).fit(ids, labels)
    assert CountsBatches.heard == n_batches
    fitted = classifier(batch_size=8, epochs=1).fit(ids, labels)
    model = fitted.model_
    assert model.steps_per_execution == 1
    target = (np.asarray(labels) == fitted.classes_[1]).astype(float)[:, None]
    model.fit(np.asarray(ids), target, batch_size=8, callbacks=[CountsBatches()], verbose=0)
    assert CountsBatches.heard == 2 * n_batches


class LooksAtTheNetwork(Names):
    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if fitted_estimator is not None:
            self.ended.append(fitted_estimator.model_.count_params())


def test_a_callback_of_scikit_learn_looks_at_the_network_after_each_epoch(data):
    looks = LooksAtTheNetwork()
    fitted = classifier(batch_size=3).set_callbacks(looks).fit(*data)
    unseen = classifier(batch_size=3).fit(*data)
    assert fitted._network.model.steps_per_execution == 1  # from the end of the training on
    assert looks.ended == [fitted.model_.count_params()] * 2
    assert np.array_equal(fitted.predict_proba(data[0]), unseen.predict_proba(data[0]))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there several at once")
def test_to_look_at_the_network_between_batches_does_not_trace_it_each_time(data):
    ids, labels = data
    fitted = classifier().partial_fit(ids, labels, classes=["negative", "positive"])
    functions = []
    for _ in range(2):
        fitted.model_.summary(print_fn=str)
        fitted.partial_fit(ids, labels)
        functions.append(fitted._network.live.compiled.functions[0])
    assert functions[0] is functions[1]
    assert fitted.model_.train_function is None  # a user's own training makes its own
