"""Build, train and store Keras networks for text, reproducibly."""

from skembed.networks.runtime import keras_import  # noqa: F401  # must come first

# isort: split
from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.architectures.layers import embed_ids, probabilities
from skembed.networks.spec import NetworkFacts, ignores_padding
from skembed.networks.table_facts import TableFacts

__all__ = [
    "ARCHITECTURES",
    "NetworkFacts",
    "TableFacts",
    "embed_ids",
    "ignores_padding",
    "probabilities",
]

#: Former name of `embed_ids`.
embed = embed_ids
