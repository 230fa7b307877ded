"""Keras networks for text: how they are built, fed, stored and made to repeat."""

from skembed.networks.runtime import keras_import  # noqa: F401  # first: imports keras quietly

# isort: split
from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.architectures.layers import embed_ids, probabilities
from skembed.networks.runtime.seeding import seeded
from skembed.networks.spec import NetworkFacts, NetworkSpec, ignores_padding

__all__ = [
    "ARCHITECTURES",
    "NetworkFacts",
    "NetworkSpec",
    "embed_ids",
    "ignores_padding",
    "probabilities",
    "seeded",
]

#: The earlier name.
embed = embed_ids
