"""Networks of one form are traced once; a reused one learns what a new one would."""

import copy
import gc
import weakref

import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import KerasTextClassifier, KerasTokenizerTransformer
from skembed.networks import ARCHITECTURES
from skembed.networks.architectures import average
from skembed.networks.fast import model_pool, tensorflow_engine, training_call

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="networks are lent on TensorFlow alone"
)


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    """An empty pool in place of the pool of the process."""
    pool = model_pool.ModelPool()
    monkeypatch.setattr(tensorflow_engine, "POOL", pool)
    return pool


@pytest.fixture
def idle(pool):
    """The networks in the pool."""
    return pool.idle


@pytest.fixture
def traces(monkeypatch):
    """The traces of training steps."""
    steps, train_step = [], keras.Model.train_step

    def counted(self, data):
        steps.append(self.name)
        return train_step(self, data)

    monkeypatch.setattr(keras.Model, "train_step", counted)
    return steps


def documents(width=12):
    ids = np.random.RandomState(0).randint(1, 30, (40, width))
    return ids, ids[:, 0] % 3


def small(architecture="average", **params):
    settings = {"embedding_dim": 4, "epochs": 1, **params}
    return KerasTextClassifier(architecture=architecture, **settings)


def learned(classifier, ids):
    history = [classifier.history_[name] for name in sorted(classifier.history_)]
    weights = classifier._network.model.get_weights()
    return [*weights, *history, classifier.predict_proba(ids), classifier.predict_proba(ids[:3])]


@pytest.mark.parametrize(
    ("architecture", "width"), [*((name, 12) for name in sorted(ARCHITECTURES)), ("cnn", 220)]
)
def test_a_borrowed_network_learns_what_a_new_one_would(architecture, width, traces):
    """Equal to the last bit, also after other networks of its form were trained."""
    ids, labels = documents(width)
    params = {"dropout": 0.3, "class_weight": "balanced", "early_stopping": True, "batch_size": 16}
    if "cnn" in architecture:
        params |= {"kernel_size": 3, "filters": 5}
    classifier = small(architecture, random_state=0, **params)
    expected = learned(classifier.fit(ids, labels), ids)
    other = small(architecture, random_state=1, optimizer__learning_rate=0.1, **params)
    del classifier
    assert not np.array_equal(learned(other.fit(ids[::-1], labels), ids)[0], expected[0])
    del other
    classifier = small(architecture, random_state=0, **params)
    for now, then in zip(learned(classifier.fit(ids, labels), ids), expected, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(traces) == 1


def test_prediction_is_traced_for_all_shapes_with_the_first_network_of_a_form(monkeypatch):
    traces, predict_step = [], keras.Model.predict_step
    monkeypatch.setattr(
        keras.Model, "predict_step", lambda *args: traces.append(1) or predict_step(*args)
    )
    ids, labels = documents()
    for places in (slice(None), slice(30), slice(5)):
        small(random_state=0).fit(ids, labels).predict(ids[places])
    assert len(traces) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "nadam", "lazy_adam"])
def test_an_optimizer_begins_anew_in_a_borrowed_network(optimizer, traces):
    ids, labels = documents()
    expected = learned(small(optimizer=optimizer, random_state=0).fit(ids, labels), ids)
    small(optimizer=optimizer, random_state=1, optimizer__learning_rate=0.3).fit(ids, labels)
    again = learned(small(optimizer=optimizer, random_state=0).fit(ids, labels), ids)
    for now, then in zip(again, expected, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(traces) == 1


@pytest.fixture
def all_traces(monkeypatch):
    """The traces of steps of training, validation and prediction."""
    steps = []

    def count(name):
        step = getattr(keras.Model, name)
        monkeypatch.setattr(
            keras.Model, name, lambda *args: steps.append(name) or step(*args), raising=True
        )

    for name in ("train_step", "test_step", "predict_step"):
        count(name)
    return steps


@pytest.mark.parametrize("architecture", ["average", "cnn", "lstm"])
def test_the_second_fold_of_a_search_traces_nothing(architecture, feedback, all_traces):
    """Another vocabulary, and candidates that differ in values, use the graphs of the first."""
    grid = {
        "kerastextclassifier__optimizer__learning_rate": [0.001, 0.01],
        "kerastextclassifier__dropout": [0.2, 0.3],
        "kerastextclassifier__random_state": [0, 1],
        "kerastextclassifier__class_weight": [None, "balanced"],
    }
    classifier = small(architecture, early_stopping=True, metrics=["accuracy", "auc"])
    pipeline = make_pipeline(KerasTokenizerTransformer(), classifier)
    vocabularies, fit = [], KerasTextClassifier.fit

    def noted(self, X, y, **params):
        vocabularies.append(X.n_ids)
        return fit(self, X, y, **params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KerasTextClassifier, "fit", noted)
        GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(*feedback)
    assert len(set(vocabularies)) == 4  # of the folds, and of all documents
    assert sorted(all_traces) == ["predict_step", "test_step", "train_step"]


def test_a_search_scores_the_same_with_and_without_the_pool(feedback, traces, pool):
    grid = {
        "kerastextclassifier__optimizer__learning_rate": [0.001, 0.1],
        "kerastextclassifier__dropout": [0.1, 0.7],
    }

    def scores():
        pipeline = make_pipeline(KerasTokenizerTransformer(), small(random_state=0))
        search = GridSearchCV(pipeline, grid, cv=2, scoring="neg_log_loss", refit=False)
        traces.clear()
        return search.fit(*feedback).cv_results_, len(traces)

    with_traced, n_traces = scores()
    assert n_traces == 1
    pool.max_models = 0
    pool.idle.clear()
    without, n_traces = scores()
    assert n_traces == 8
    for fold in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(with_traced[fold], without[fold])


@pytest.mark.parametrize("optimizer", ["adam", "lazy_adam", "sgd", "rmsprop", "adafactor"])
@pytest.mark.parametrize("clip", [{}, {"optimizer__clipnorm": 0.1}])
def test_a_network_of_another_vocabulary_learns_what_a_new_one_would(optimizer, clip, traces):
    ids, labels = documents()
    params = {"optimizer": optimizer, "random_state": 0, **clip}
    expected = learned(small(**params).fit(ids % 20, labels), ids % 20)
    small(**params).fit(ids, labels)
    classifier = small(**params).fit(ids % 20, labels)
    for now, then in zip(learned(classifier, ids % 20), expected, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(traces) == 1
    assert classifier.model_.get_layer("embedding").get_config()["input_dim"] == 20


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("optimizer", ["adam", "lazy_adam"])
def test_networks_of_half_precision_are_shared_too(policy, optimizer, traces):
    ids, labels = documents()
    before, params = keras.config.dtype_policy(), {"random_state": 0, "optimizer": optimizer}
    try:
        keras.config.set_dtype_policy(policy)
        expected = learned(small(**params).fit(ids % 20, labels), ids % 20)
        small(**params).fit(ids, labels)
        again = learned(small(**params).fit(ids % 20, labels), ids % 20)
    finally:
        keras.config.set_dtype_policy(before)
    for now, then in zip(again, expected, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(traces) == 1


@pytest.mark.parametrize("optimizer", ["adam", "adafactor", "lazy_adam"])
def test_other_variables_may_have_as_many_rows_as_there_are_words(optimizer, monkeypatch, traces):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)  # as for long documents
    ids, labels = documents()
    params = {"kernel_size": 5, "filters": 5, "optimizer": optimizer, "random_state": 0}
    few = ids % 5
    expected = learned(small("cnn", **params).fit(few, labels), few)
    small("cnn", **params).fit(ids, labels)
    for now, then in zip(learned(small("cnn", **params).fit(few, labels), few), expected):
        np.testing.assert_array_equal(now, then)
    assert len(traces) == 1


def test_a_network_from_the_pool_is_saved_and_exported_with_its_own_settings(tmp_path):
    ids, labels = documents()
    small(random_state=0, dropout=0.2).fit(ids, labels)
    settings = {"random_state": 1, "dropout": 0.4, "optimizer__learning_rate": 0.25}
    classifier = small(**settings).fit(ids % 20, labels)
    expected = classifier.predict_proba(ids % 20)
    classifier.model_.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded.predict(ids % 20, verbose=0), expected)
    assert loaded.get_layer("dropout").rate == 0.4
    assert loaded.optimizer.learning_rate == 0.25
    assert loaded.get_layer("embedding").embeddings.shape == (20, 4)
    loaded.fit(ids % 20, labels, verbose=0)
    classifier.model_.export(tmp_path / "exported", verbose=False)
    exported = keras.layers.TFSMLayer(tmp_path / "exported", call_endpoint="serve")
    np.testing.assert_allclose(exported((ids % 20).astype(np.int32)), expected, atol=1e-6)


@pytest.mark.filterwarnings("ignore:The word vectors are random and frozen")
def test_what_shapes_a_graph_is_not_shared(traces):
    ids, labels = documents()
    some = [
        {},
        {"hidden_units": 3},
        {"dropout": 0.0},
        {"optimizer__clipnorm": 1.0},
        {"embedding_trainable": False},
    ]
    for params in some:
        small(**{"dropout": 0.5, **params}).fit(ids, labels)
    for width in (12, 6):
        small("cnn_flatten", kernel_size=2).fit(ids[:, :width], labels)
    assert len(traces) == 7


def test_documents_of_any_length_share_a_graph(traces):
    ids, labels = documents()
    for width in (12, 6, 1):
        small().fit(ids[:, :width], labels)
    assert len(traces) == 1


def test_a_network_that_a_user_holds_is_never_taken():
    ids, labels = documents()
    model = small(random_state=0).fit(ids, labels).model_
    weights = model.get_weights()
    assert small(random_state=1).fit(ids, labels).model_ is not model
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)


def test_classifiers_at_work_share_no_network(idle):
    ids, labels = documents()
    one = small(random_state=0).fit(ids, labels)
    expected = one.predict_proba(ids)
    two = small(random_state=1).fit(ids, labels)
    assert two._network.model is not one._network.model
    np.testing.assert_array_equal(one.predict_proba(ids), expected)
    assert not idle
    one.fit(ids, labels)  # its former network is free now
    assert len(idle) == 1


def test_a_copy_keeps_its_network():
    ids, labels = documents()
    classifier = small(random_state=0, warm_start=True).fit(ids, labels)
    expected, twin = classifier.predict_proba(ids), copy.copy(classifier)
    del classifier
    small(random_state=1).fit(ids, labels)
    np.testing.assert_array_equal(twin.predict_proba(ids), expected)


@pytest.mark.parametrize(
    "params",
    [
        {"architecture": average},
        {"optimizer": keras.optimizers.SGD(0.1)},
        {"optimizer__learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)},
        {"callbacks": keras.callbacks.TerminateOnNaN()},
        {"loss": keras.losses.CategoricalCrossentropy()},
        {"metrics": ["accuracy", keras.metrics.Precision]},
        {"unfreeze_after": 1, "epochs": 2},
    ],
    ids=lambda params: next(iter(params)),
)
@pytest.mark.filterwarnings("ignore:The word vectors are random and frozen")
def test_a_network_with_parts_of_the_user_s_is_not_lent(params, idle):
    small(**params).fit(*documents())
    assert not idle


def test_a_network_that_went_on_training_is_not_lent(idle):
    ids, labels = documents()
    small().fit(ids, labels).partial_fit(ids, labels)
    assert not idle


def test_networks_in_the_pool_hold_no_word_vectors(pool):
    ids, labels = documents()
    for units in (2, 3, 4):
        small(hidden_units=units).fit(ids, labels)
    *waiting, latest = [live.model for live in pool.idle.values()]
    for model in waiting:
        assert [v.shape for v in model_pool._of_words(model)] == [(1, 4)] * 3  # and Adam's
    assert latest.get_weights()[0].any()  # until the next is trained


def test_a_network_that_is_replaced_holds_no_large_values(pool, monkeypatch):
    ids, labels = documents()
    replaced, exchange = [], pool.exchange
    monkeypatch.setattr(
        pool, "exchange", lambda key, live: replaced.append(live.model) or exchange(key, live)
    )
    small().fit(ids, labels)
    classifier = small().fit(ids, labels)
    first, second = replaced
    assert first.get_weights()[0].any()  # the pool had no network for it
    assert not second.get_weights()[0].any()
    assert classifier._network.model.get_weights()[0].any()


def test_the_pool_keeps_few_networks_and_the_latest_of_them(pool, idle):
    ids, labels = documents()
    pool.max_models = 1
    for units in (2, 3, 3, 3, 4):
        small(hidden_units=units).fit(ids, labels)
    assert [live.model.get_layer("dense").units for live in idle.values()] == [3, 4]


def test_one_network_of_a_form_waits(idle):
    """As of the estimators that ``cross_validate(return_estimator=True)`` returned."""
    ids, labels = documents()
    classifiers = [small().fit(ids, labels) for _ in range(3)]
    networks = [weakref.ref(classifier._network.model) for classifier in classifiers]
    del classifiers
    gc.collect()
    kept = [live.model for live in idle.values()]
    assert [network() for network in networks if network() is not None] == kept


def test_networks_in_the_pool_are_small(pool, idle):
    ids, labels = documents()
    pool.max_bytes = 4500
    for units in (3, 300, 4):
        small(hidden_units=units).fit(ids, labels)
    small(hidden_units=5).fit(ids, labels)
    assert [live.model.get_layer("dense").units for live in idle.values()] == [4, 5]
