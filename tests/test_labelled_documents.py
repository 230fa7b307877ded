"""Validation data: given by the user, or set aside from the training data."""

import numpy as np
import pytest
from helpers import classifier

from skembed import KerasTokenizerTransformer
from skembed.errors import ArchitectureError, TargetError, VocabularyMismatchError


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


def test_validation_data_in_parts(data):
    sequences, labels = data
    weights = np.r_[np.ones(40), 2 * np.ones(40)]
    one, parts = classifier(epochs=1), classifier(epochs=1)
    one.fit(sequences, labels, validation_data=(sequences, labels, weights))
    parts.fit(sequences, labels, X_val=sequences, y_val=labels, sample_weight_val=weights)
    assert one.history_ == parts.history_
    bad = [
        ({"X_val": sequences}, "got only X_val"),
        ({"y_val": labels}, "got only y_val"),
        ({"sample_weight_val": weights}, "got only sample_weight_val"),
        ({"X_val": sequences, "y_val": labels, "validation_data": (sequences, labels)}, "not both"),
        ({"validation_data": (sequences, sequences)}, "labels .* are sequences .*X_val and y_val"),
    ]
    for given, words in bad:
        with pytest.raises(TargetError, match=words):
            classifier().fit(sequences, labels, **given)


def test_bad_validation_data(data):
    sequences, labels = data
    other = KerasTokenizerTransformer().fit_transform(["other words"] * 80)
    bad = [
        (3, TargetError, r"a tuple \(X, y\) or \(X, y, sample_weight\); got int"),
        ((sequences,), TargetError, "got tuple of 1"),
        ((sequences, labels[1:]), TargetError, "80 documents and 79 labels"),
        ((sequences, ["new"] * 80), TargetError, r"of the classes .*got labels of \['new'"),
        ((other, labels), VocabularyMismatchError, "another vocabulary"),
        ((sequences, labels, -np.ones(80)), TargetError, "finite, non-negative number"),
    ]
    for given, error, words in bad:
        network = classifier()
        with pytest.raises(error, match=words):
            network.fit(sequences, labels, validation_data=given)
        assert not hasattr(network, "classes_")
    with pytest.raises(ArchitectureError, match="fitted on documents of 40 ids; these have 41"):
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
