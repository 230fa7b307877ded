"""The built-in architectures: functions that build a Keras model from facts and settings.

A user-defined architecture has the same signature::

    def my_network(facts, *, filters=64):
        ids = keras.Input((facts.length,), dtype="int32")
        vectors, mask = skembed.networks.embed_ids(ids, facts)
        x = keras.layers.Conv1D(filters, 3, activation="relu")(vectors)
        x = keras.layers.GlobalMaxPooling1D()(x)
        return keras.Model(ids, skembed.networks.probabilities(x, facts))

The function is called with those of the classifier's parameters ``filters``, ``kernel_size``,
``hidden_units`` and ``dropout`` that were set, and with the parameters routed to it, such as
``architecture__n_layers=2``.

=========================== ======= =========== ============ =======
architecture                filters kernel_size hidden_units dropout
=========================== ======= =========== ============ =======
``"average"`` [1]_                              16           0
``"bilstm"`` [2]_                               64 per layer 0
``"cnn"`` [3]_              100     (3, 4, 5)   0            0.5
``"cnn_flatten"`` [4]_      32      8           10           0
``"flatten"`` [4]_                              0            0
``"gru"`` [5]_                                  100          0
``"lstm"`` [6]_                                 100          0
``"multichannel_cnn"`` [3]_ 100     (3, 4, 5)   0            0.5
``"stacked_cnn"`` [7]_      128     5           128          0
=========================== ======= =========== ============ =======

References
----------
.. [1] Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text
   Classification", ACL 2015.
.. [2] Graves and Schmidhuber, "Framewise Phoneme Classification with Bidirectional LSTM and
   Other Neural Network Architectures", Neural Networks 2005.
.. [3] Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014.
.. [4] Brownlee, "Deep Learning for Natural Language Processing", 2017.
.. [5] Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical
   Machine Translation", EMNLP 2014.
.. [6] Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
.. [7] Chollet, "Using pre-trained word embeddings in a Keras model", 2016.
"""

import inspect
from collections.abc import Callable
from typing import Any

import keras

from skembed.errors import ArchitectureError
from skembed.networks.architectures.convolutional import (
    cnn,
    cnn_flatten,
    multichannel_cnn,
    stacked_cnn,
)
from skembed.networks.architectures.dense import average, flatten
from skembed.networks.architectures.recurrent import bilstm, gru, lstm

__all__ = ["ARCHITECTURES", "NETWORK_PARAMETERS", "check_settings"]

#: The architectures by the name that ``KerasTextClassifier(architecture=...)`` takes.
ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "average": average,
    "bilstm": bilstm,
    "cnn": cnn,
    "cnn_flatten": cnn_flatten,
    "flatten": flatten,
    "gru": gru,
    "lstm": lstm,
    "multichannel_cnn": multichannel_cnn,
    "stacked_cnn": stacked_cnn,
}

#: The classifier's network parameters; None selects the default of the architecture.
NETWORK_PARAMETERS = ("filters", "kernel_size", "hidden_units", "dropout")


def check_settings(build: Callable[..., keras.Model], settings: dict[str, Any]) -> None:
    """Raise an error for settings that an architecture does not use.

    Parameters
    ----------
    build : callable
        Builds the network.
    settings : dict
        The settings by name.

    Raises
    ------
    ArchitectureError
        If `build` has no parameter of that name.
    """
    for name, value in settings.items():
        if not _takes(build, name):
            used_by = [repr(other) for other, known in ARCHITECTURES.items() if _takes(known, name)]
            raise ArchitectureError(
                f"{name}={value!r} has no effect: architecture "
                f"{getattr(build, '__name__', repr(build))!r} has no parameter {name!r}. "
                + (f"It is used by {', '.join(used_by)}. " if used_by else "")
                + f"Do not set {name} for this architecture."
            )


def _takes(build: Callable[..., keras.Model], name: str) -> bool:
    parameters = inspect.signature(build).parameters
    return name in parameters or any(p.kind == p.VAR_KEYWORD for p in parameters.values())
