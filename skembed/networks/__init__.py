"""Keras networks for text: how they are built, fed, stored and told to repeat."""

from skembed.networks.runtime import seeded  # first: it imports keras quietly

# isort: split
from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.blueprint import Blueprint, NetworkFacts, ignores_padding
from skembed.networks.layers import embed, probabilities

__all__ = [
    "ARCHITECTURES",
    "Blueprint",
    "NetworkFacts",
    "embed",
    "ignores_padding",
    "probabilities",
    "seeded",
]
