"""Several labels per document."""

import pickle

import numpy as np
import pytest
from helpers import classifier
from scipy.sparse import csr_array
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score

from skembed.errors import TargetError


@pytest.fixture(scope="module")
def several(feedback):
    """Three labels per document: whether it is positive, and whether it has each of two words."""
    texts, labels = feedback
    words = [[word in text.lower() for word in ("and", "but")] for text in texts]
    return np.c_[labels == "positive", words].astype(int)


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
    with pytest.raises(TargetError, match="class_weight must be None or 'balanced'"):
        classifier(class_weight={0: 1.0, 1: 2.0, 2: 1.0}).fit(sequences, several)
    one_label = classifier(warm_start=True).fit(sequences, (labels == "positive").astype(int))
    with pytest.raises(TargetError, match=r"fitted on classes .* continue on multilabel targets"):
        one_label.fit(sequences, several)
    in_parts = classifier().partial_fit(sequences, several, classes=[0, 1, 2])
    with pytest.raises(TargetError, match=r"targets \[0, 1, 2\]; .* continue on classes"):
        in_parts.partial_fit(sequences, several.sum(axis=1) % 3)
