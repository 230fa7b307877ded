"""A fitted network is trained further with partial_fit."""

import pickle

import numpy as np
import pytest
from helpers import classifier

from skembed import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed.errors import IdRangeError, TargetError, VocabularyMismatchError


@pytest.mark.parametrize("hashed", [False, True])
def test_partial_fit_learns_what_comes(feedback, hashed):
    texts, labels = feedback
    tokenizer = HashingTokenizerTransformer(500) if hashed else KerasTokenizerTransformer()
    tokenizer.fit(texts)
    network = classifier(embedding_dim=16, optimizer__learning_rate=0.05)
    for _ in range(12):
        for part in np.array_split(np.argsort(labels), 4):  # each part has one class
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
    with pytest.raises(TargetError, match="The first call of partial_fit needs classes"):
        network.partial_fit(sequences, labels)
    with pytest.raises(TargetError, match=r"of the classes \['a', 'b'\], got labels of"):
        network.partial_fit(sequences, labels, classes=["a", "b"])
    with pytest.raises(TargetError, match="at least two classes"):
        network.partial_fit(sequences, ["a"] * len(labels), classes=["a"])
    assert not hasattr(network, "classes_")
    network.partial_fit(sequences, labels, classes=np.unique(labels))
    before = network.predict_proba(sequences)
    with pytest.raises(TargetError, match="differs from the classes of the first call"):
        network.partial_fit(sequences, labels, classes=["negative", "other", "positive"])
    with pytest.raises(TargetError, match="got labels of"):
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
