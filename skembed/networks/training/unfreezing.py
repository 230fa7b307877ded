"""Word vectors that are frozen at first, and then tuned."""

import keras

from skembed.errors import ArchitectureError
from skembed.networks.text_network import TextNetwork

__all__ = ["Unfreezing"]


class Unfreezing(keras.callbacks.Callback):  # type: ignore[misc]
    """Let training tune the word vectors from an epoch on.

    The optimizer begins anew there, at the learning rate that it has then: what it had
    gathered belongs to other variables, and the backends keep it in one list.

    Parameters
    ----------
    network : TextNetwork
        The network, compiled, its word vectors frozen.
    epoch : int
        The first epoch that tunes them.

    Raises
    ------
    ArchitectureError
        If the network has no ``keras.layers.Embedding``.
    """

    def __init__(self, network: TextNetwork, epoch: int) -> None:
        super().__init__()
        if network.embedding is None:
            raise ArchitectureError(
                "unfreeze_after is set, and this network has no keras.layers.Embedding to "
                "unfreeze: leave unfreeze_after=None."
            )
        self.network = network
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Unfreeze, if it is time."""
        if epoch == self.epoch:
            self.network.unfreeze()
