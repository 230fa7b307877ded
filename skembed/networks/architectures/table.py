"""The network of a table: a network for each text, joined with the numbers."""

from typing import Any

import keras
from keras import layers

from skembed.errors import ArchitectureError
from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.architectures.layers import probabilities
from skembed.networks.runtime.keras_internals import rename
from skembed.networks.table_facts import NUMBERS, PartFacts, TableFacts

__all__ = ["table"]


def table(
    facts: TableFacts,
    *,
    architectures: dict[str, tuple[str, dict[str, Any]]],
    numbers_units: int = 0,
) -> keras.Model:
    """The features of all texts and the numbers, concatenated before the output layer.

    The features of a text are what its architecture passes to its own output layer. The layers
    of all texts stand side by side in one model; their names begin with the name of the text.

    Parameters
    ----------
    facts : TableFacts
        The facts of the texts and numbers.
    architectures : dict of str to (str, dict)
        The architecture of each text and its settings.
    numbers_units : int, default=0
        Number of units of a dense layer on the numbers; 0 for none.
    """
    inputs, features = [], []
    for name, part in facts.parts.items():
        architecture, settings = architectures[name]
        try:
            with keras.name_scope(part.input_name):
                model = ARCHITECTURES[architecture](part, **settings)
        except ArchitectureError as error:
            raise ArchitectureError(f"Text {name!r}: {error}") from error
        features.append(_features(model, part))
        inputs += model.inputs
    if facts.n_numbers:
        numbers = keras.Input((facts.n_numbers,), dtype="float32", name=NUMBERS)
        inputs.append(numbers)
        if numbers_units:
            dense = layers.Dense(numbers_units, activation="relu", name="numbers__dense")
            numbers = dense(numbers)
        features.append(numbers)
    joined = layers.Concatenate(name="features")(features) if len(features) > 1 else features[0]
    outputs = probabilities(joined, facts)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name="table")


def _features(model: keras.Model, part: PartFacts) -> Any:
    """Return what goes into the output layer of a text's network, and name its layers after it."""
    features = model.get_layer("probabilities").input
    shared = {part.embedding_name(), part.embedding_name(frozen=True)}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            rename(layer, part.input_name)
        elif layer.name not in shared:
            rename(layer, f"{part.input_name}__{layer.name}")
    return features
