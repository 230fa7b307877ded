import pickle

import keras
import numpy as np
import pytest

from skembed import KerasTextClassifier, TokenSequences
from skembed.networks.prediction import outputs_of

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's traces"
)


@pytest.fixture(scope="module")
def fitted(data):
    return KerasTextClassifier(filters=3, epochs=1, random_state=0).fit(*data)


@pytest.fixture
def loaded(fitted):
    return pickle.loads(pickle.dumps(fitted))


def of_length(n, n_documents=1):
    return TokenSequences.from_lists([[2] * n] * n_documents)


def traces(classifier):
    return classifier._network.model.predict_function.experimental_get_tracing_count()


@tensorflow_only
def test_a_loaded_network_is_traced_once_for_all_lengths_and_numbers_of_documents(loaded, data):
    for n in (1, 4, 7, 30):
        loaded.predict(of_length(n))
    loaded.predict(data[0])
    assert traces(loaded) == 1


@tensorflow_only
def test_a_trained_network_is_traced_once(fitted, data):
    fitted.predict(of_length(3))
    fitted.predict(data[0])
    assert traces(fitted) == 1


@pytest.mark.parametrize("architecture", ["cnn", "flatten", "gru"])
def test_outputs_are_those_of_keras(architecture, data):
    settings = {"embedding_dim": 5, "epochs": 1, "random_state": 0}
    classifier = KerasTextClassifier(architecture=architecture, **settings).fit(*data)
    ids, network = data[0].to_array(), classifier._network
    (ours,) = outputs_of(network.live, network.spec.named, [ids])
    elsewhere = tensorflow_only.args[0]  # JAX pads batches to few shapes
    np.testing.assert_allclose(
        ours, network.model.predict_on_batch(ids), rtol=0, atol=1e-6 * elsewhere
    )


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_network_that_a_user_compiles_is_called_as_compiled(loaded, data, eagerly):
    before = loaded.predict_proba(data[0])
    model = loaded.model_
    model.compile(run_eagerly=eagerly)
    np.testing.assert_allclose(loaded.predict_proba(data[0]), before, atol=1e-6)
    assert hasattr(model.predict_function, "get_concrete_function") is not eagerly or (
        keras.backend.backend() != "tensorflow"
    )


def test_new_weights_count_at_once(loaded, data):
    before = loaded.predict_proba(data[0])
    model = loaded.model_
    model.set_weights([0 * weights for weights in model.get_weights()])
    assert not np.allclose(before, 0.5)
    np.testing.assert_array_equal(loaded.predict_proba(data[0]), np.full((80, 2), 0.5))
