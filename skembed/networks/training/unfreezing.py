"""Unfreeze the word vectors during training."""

import keras

from skembed.errors import ArchitectureError
from skembed.networks.text_network import TextNetwork

__all__ = ["Unfreezing"]


class Unfreezing(keras.callbacks.Callback):  # type: ignore[misc]
    """Make the word vectors trainable from a given epoch on.

    The optimizer is replaced by a new one with the current learning rate: backends keep
    its state in one list, which belongs to the previous set of variables.

    Parameters
    ----------
    network : TextNetwork
        The compiled network with frozen word vectors.
    epoch : int
        The first epoch that trains them.

    Raises
    ------
    ArchitectureError
        If the network has no ``keras.layers.Embedding``.
    """

    def __init__(self, network: TextNetwork, epoch: int) -> None:
        super().__init__()
        if network.embedding is None:
            raise ArchitectureError(
                "unfreeze_after is set, but this network has no keras.layers.Embedding: leave "
                "unfreeze_after=None."
            )
        self.network = network
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Unfreeze the word vectors at the given epoch."""
        if epoch == self.epoch:
            self.network.unfreeze()
