"""The loss and the metrics that a user chooses, for each kind of targets."""

import keras
import numpy as np
import pytest
from helpers import classifier
from sklearn.base import clone
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks import embed_ids

IDS = np.random.RandomState(0).randint(1, 30, (60, 8))
TARGETS = {
    "binary": np.where(IDS[:, 0] > 15, "yes", "no"),
    "multiclass": np.array(["a", "b", "c"])[IDS[:, 0] % 3],
    "multilabel": np.column_stack([IDS[:, 0] > 15, IDS[:, 1] > 10, IDS[:, 2] % 2]).astype(int),
}
every_target = pytest.mark.parametrize("kind", TARGETS)


def validated(kind, **params):
    """A fit that logs its metrics on the training documents, with the final weights."""
    network = classifier(**{"epochs": 5, "optimizer__learning_rate": 0.02, **params})
    return network.fit(IDS, TARGETS[kind], validation_data=(IDS, TARGETS[kind]))


def indicators(kind, fitted):
    y = TARGETS[kind]
    return y if kind == "multilabel" else (y[:, np.newaxis] == fitted.classes_).astype(int)


@every_target
@pytest.mark.parametrize(("name", "logged"), [("accuracy", "accuracy"), ("acc", "acc")])
def test_accuracy_by_name_fits_the_targets(kind, name, logged):
    fitted = validated(kind, metrics=[name, "auc"], loss="crossentropy")
    assert set(fitted.history_) == {
        f"{v}{n}" for v in ("", "val_") for n in ("loss", logged, "auc")
    }
    truth, predicted = TARGETS[kind], fitted.predict(IDS)
    share = np.mean(truth == predicted)  # of labels, for multilabel targets
    assert fitted.history_[f"val_{logged}"][-1] == pytest.approx(share)
    assert kind == "multilabel" or share == accuracy_score(truth, predicted)


@every_target
def test_auc_is_that_of_scikit_learn(kind):
    fine = keras.metrics.AUC(num_thresholds=5000, name="area")
    fitted = validated(kind, metrics=fine)
    truth, scores = indicators(kind, fitted), fitted.predict_proba(IDS)
    if kind == "binary":
        truth, scores = truth[:, 1], scores[:, 1]
    expected = roc_auc_score(truth.ravel(), scores.ravel())
    assert fitted.history_["val_area"][-1] == pytest.approx(expected, abs=2e-3)


@every_target
@pytest.mark.parametrize("average", ["macro", "micro", None])
def test_f1_is_that_of_scikit_learn(kind, average):
    threshold = None if kind == "multiclass" else 0.5
    fitted = validated(kind, metrics=[keras.metrics.F1Score(average, threshold)])
    truth, predicted = indicators(kind, fitted), fitted.predict(IDS)
    if kind != "multilabel":
        predicted = (predicted[:, np.newaxis] == fitted.classes_).astype(int)
    if kind == "binary":
        truth, predicted = truth[:, 1:], predicted[:, 1:]
    expected = [
        f1_score(truth[:, i], predicted[:, i], zero_division=0) for i in range(truth.shape[1])
    ]
    if average == "micro":
        expected = f1_score(truth.ravel(), predicted.ravel())
    elif average == "macro":
        expected = np.mean(expected)
    found = fitted.history_["val_f1_score"]
    assert len(found) == fitted.n_epochs_ == 5
    assert isinstance(found[-1], np.ndarray if average is None else float)
    np.testing.assert_allclose(found[-1], expected, atol=1e-6)


LOSSES = {
    "binary": ["binary_focal_crossentropy", keras.losses.BinaryCrossentropy(label_smoothing=0.1)],
    "multiclass": [
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
        keras.losses.CategoricalFocalCrossentropy(gamma=1.0),
        keras.losses.SparseCategoricalCrossentropy,
    ],
    "multilabel": [keras.losses.BinaryFocalCrossentropy(gamma=3.0), "bce"],
}


@pytest.mark.parametrize(("kind", "loss"), [(k, loss) for k in LOSSES for loss in LOSSES[k]])
def test_a_loss_is_what_keras_computes(kind, loss):
    fitted = validated(kind, loss=loss)
    outputs = fitted.model_.predict_on_batch(IDS)
    truth = indicators(kind, fitted).astype(np.float32)
    given = keras.losses.get(loss)
    if kind == "binary":
        truth = truth[:, 1:]
    elif "sparse" in str(loss).lower():
        truth = truth.argmax(axis=1)
    expected = float(np.mean(keras.ops.convert_to_numpy(given(truth, outputs))))
    assert fitted.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


def brier(target, output):
    return keras.ops.mean(keras.ops.square(target - output), axis=-1)


def test_a_function_is_a_loss_and_a_metric():
    fitted = validated("binary", loss=brier, metrics=[brier, "mse"])
    expected = brier_score_loss(TARGETS["binary"] == "yes", fitted.predict_proba(IDS)[:, 1])
    for name in ("val_loss", "val_brier", "val_mse"):
        assert fitted.history_[name][-1] == pytest.approx(expected, rel=1e-5)


@every_target
def test_the_default_is_cross_entropy_and_accuracy_to_the_bit(kind):
    default = validated(kind)
    loss = "sparse_categorical_crossentropy" if kind == "multiclass" else "binary_crossentropy"
    chosen = validated(kind, loss=loss, metrics=["accuracy"])
    assert default.history_["loss"] == chosen.history_["loss"]
    assert np.array_equal(default.predict_proba(IDS), chosen.predict_proba(IDS))


def test_metrics_that_take_columns_do_not_change_the_training():
    default = validated("multiclass")
    with_columns = validated("multiclass", metrics=["accuracy", "auc"])
    for name in ("loss", "val_loss", "accuracy"):
        assert with_columns.history_[name] == pytest.approx(default.history_[name], rel=1e-5)
    expected = log_loss(TARGETS["multiclass"], default.predict_proba(IDS))
    assert default.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-5)


def test_two_softmax_outputs_for_two_classes():
    def two_outputs(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.layers.GlobalMaxPooling1D()(embed_ids(ids, facts)[0])
        return keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))

    fitted = validated(
        "binary",
        architecture=two_outputs,
        loss="categorical_focal_crossentropy",
        metrics=[keras.metrics.F1Score("macro"), "accuracy"],
    )
    truth, predicted = TARGETS["binary"], fitted.predict(IDS)
    expected = f1_score(truth, predicted, average="macro")
    assert fitted.history_["val_f1_score"][-1] == pytest.approx(expected)
    with pytest.raises(InvalidParameterError, match="loss: BinaryCrossentropy needs sigmoid"):
        validated("binary", architecture=two_outputs, loss=keras.losses.BinaryCrossentropy())


MISFITS = [
    ("binary", {"loss": "categorical_crossentropy"}, "loss: categorical_crossentropy needs one"),
    ("binary", {"loss": "sparse_categorical_crossentropy"}, "loss: sparse.*use the binary form"),
    ("binary", {"metrics": ["categorical_accuracy"]}, "metrics: CategoricalAccuracy needs one"),
    ("binary", {"metrics": ["f1_score"]}, r"metrics: F1Score .*set threshold=0\.5"),
    ("multilabel", {"metrics": keras.metrics.F1Score("macro")}, r"F1Score .*set threshold=0\.5"),
    ("multilabel", {"loss": keras.losses.CategoricalFocalCrossentropy}, "loss: .*one per label"),
    ("multiclass", {"loss": "binary_focal_crossentropy"}, "loss: .*use the categorical form"),
    ("multiclass", {"metrics": keras.metrics.BinaryAccuracy()}, "metrics: BinaryAccuracy needs"),
    (
        "multiclass",
        {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        "from_logits=True, but the outputs are probabilities",
    ),
    ("binary", {"metrics": keras.metrics.AUC(from_logits=True)}, "metrics: AUC has from_logits"),
    ("binary", {"metrics": [keras.metrics.Accuracy()]}, "metrics: Accuracy .*use 'accuracy'"),
    (
        "multiclass",
        {"loss": "sparse_categorical_crossentropy", "metrics": [keras.metrics.F1Score("macro")]},
        "sparse_categorical_crossentropy takes the number of the class, and F1Score takes one col",
    ),
]


@pytest.mark.parametrize(("kind", "params", "message"), MISFITS)
def test_what_does_not_fit_the_outputs_is_refused(kind, params, message):
    with pytest.raises(InvalidParameterError, match=message):
        validated(kind, **params)


class Scaled(keras.losses.Loss):
    def __init__(self, scale=1.0, name="scaled"):
        super().__init__(name=name)
        self.scale = scale

    def call(self, y_true, y_pred):
        return self.scale * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class Configured(Scaled):
    def get_config(self):
        return {"scale": self.scale, "name": self.name}


def test_classes_of_a_user(data):
    once, twice = (classifier(loss=loss).fit(*data) for loss in (Scaled, Configured(2.0)))
    assert twice.history_["loss"][0] == pytest.approx(2 * once.history_["loss"][0], rel=1e-3)
    with pytest.raises(
        InvalidParameterError, match=r"loss=.*Scaled\.get_config\(\) .*return scale"
    ):
        classifier(loss=Scaled(2.0)).fit(*data)


def test_given_objects_are_not_changed(data):
    loss, metric = keras.losses.BinaryFocalCrossentropy(), keras.metrics.Precision(name="p")
    network = classifier(loss=loss, metrics=[metric])
    for _ in range(2):
        network.fit(*data)
    assert network.loss is loss
    assert network.metrics == [metric]
    assert not any(keras.ops.convert_to_numpy(v).any() for v in metric.variables)


def test_losses_and_metrics_are_searched(data):
    grid = {"loss": [None, keras.losses.BinaryFocalCrossentropy(gamma=5.0)], "metrics": [["auc"]]}
    search = GridSearchCV(classifier(), grid, cv=2, scoring="roc_auc", error_score="raise")
    assert "auc" in clone(search).fit(*data).best_estimator_.history_


def test_partial_fit_has_the_loss_and_the_metrics(data):
    network = classifier(loss="mse", metrics=["auc"])
    network.partial_fit(*data, classes=["negative", "positive"])
    assert set(network.partial_fit(*data).history_) == {"loss", "auc"}
    assert network.history_["loss"][0] == pytest.approx(0.25, abs=0.01)


def test_a_named_network_is_lent_with_its_metrics():
    from skembed.networks.fast.model_pool import POOL

    if keras.backend.backend() != "tensorflow":
        pytest.skip("only its engine reuses networks")
    POOL.idle.clear()
    params = {"loss": "binary_focal_crossentropy", "metrics": ["accuracy", "auc"]}
    expected = validated("binary", **params).history_
    assert POOL.idle  # the next one is trained with the graphs of this one
    assert validated("binary", **params).history_ == expected


def test_what_cannot_be_computed_is_refused_before_training():
    for kind, params, message in [
        ("binary", {"loss": "ctc"}, "does not fit targets of shape .*Logits"),
        ("multiclass", {"loss": "circle"}, "does not fit targets of shape"),
        ("binary", {"metrics": "mean"}, "does not fit .*sample_weight"),
        ("binary", {"metrics": "MeanIoU"}, "'MeanIoU' cannot be made without .*num_classes"),
        ("binary", {"loss": "kl_divergence"}, "distributions over classes"),
        ("multilabel", {"metrics": "CosineSimilarity"}, "distributions over classes"),
    ]:
        with pytest.raises(InvalidParameterError, match=f"(?s){message}"):
            validated(kind, **params)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX takes the last class instead")
def test_a_class_that_does_not_exist_is_refused_before_training():
    with pytest.raises(InvalidParameterError, match="does not fit"):
        validated("binary", metrics=keras.metrics.Precision(class_id=1))


@every_target
def test_cross_entropy_by_name_fits_the_targets(kind):
    history = validated(kind, metrics=["crossentropy", "ce"]).history_
    for name in ("val_crossentropy", "val_ce"):
        assert history[name][-1] == pytest.approx(history["val_loss"][-1], rel=1e-5)


def test_a_network_that_computes_its_loss_itself():
    class Own(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            assert x is not None
            return super().compute_loss(x, y, y_pred, sample_weight, training)

    def own(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.layers.GlobalMaxPooling1D()(embed_ids(ids, facts)[0])
        return Own(ids, keras.layers.Dense(1, activation="sigmoid")(x))

    assert "auc" in validated("binary", architecture=own, metrics="auc").history_
