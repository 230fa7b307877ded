"""Keras networks for text: how they are built, fed, stored and told to repeat."""

from skembed.networks import runtime  # first: it imports keras quietly
from skembed.networks.architectures import ARCHITECTURES, ignores_padding
from skembed.networks.blueprint import Blueprint, NetworkFacts
from skembed.networks.layers import embed, probabilities

__all__ = [
    "ARCHITECTURES",
    "Blueprint",
    "NetworkFacts",
    "embed",
    "ignores_padding",
    "probabilities",
    "runtime",
]
