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

====================== ==============================
architecture           source
====================== ==============================
``"average"``          Iyyer et al. 2015
``"bilstm"``           Graves and Schmidhuber 2005
``"cnn"``              Kim 2014
``"cnn_flatten"``      Brownlee 2017
``"flatten"``          Brownlee 2017
``"gru"``              Cho et al. 2014
``"lstm"``             Hochreiter and Schmidhuber 1997
``"multichannel_cnn"`` Kim 2014
``"stacked_cnn"``      Chollet 2016
====================== ==============================

- Brownlee, "Deep Learning for Natural Language Processing", 2017.
- Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
  Translation", EMNLP 2014.
- Chollet, "Using pre-trained word embeddings in a Keras model", 2016.
- Graves and Schmidhuber, "Framewise Phoneme Classification with Bidirectional LSTM and Other
  Neural Network Architectures", Neural Networks 2005.
- Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
- Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text Classification",
  ACL 2015.
- Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014.
"""

import inspect
from collections.abc import Callable
from typing import Any

import keras
from sklearn.utils._param_validation import InvalidParameterError

from skembed.errors import ArchitectureError
from skembed.networks.architectures.convolutional import (
    cnn,
    cnn_flatten,
    multichannel_cnn,
    stacked_cnn,
)
from skembed.networks.architectures.dense import average, flatten
from skembed.networks.architectures.recurrent import bilstm, gru, lstm

__all__ = ["ARCHITECTURES", "NETWORK_PARAMETERS", "merged_settings", "takes"]

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


def merged_settings(
    build: Callable[..., keras.Model], settings: dict[str, Any], routed: dict[str, Any]
) -> dict[str, Any]:
    """Return all settings of an architecture; raise an error for those that it does not use.

    Parameters
    ----------
    build : callable
        Builds the network.
    settings : dict
        The network parameters of the classifier that were set, by name.
    routed : dict
        The parameters routed to the architecture, by name.

    Raises
    ------
    ArchitectureError
        If `build` has no parameter of the name of a setting.
    InvalidParameterError
        If it has none of the name of a routed parameter, or if both set the same.
    """
    for name, value in settings.items():
        if not takes(build, name):
            used_by = [repr(other) for other, known in ARCHITECTURES.items() if takes(known, name)]
            raise ArchitectureError(
                f"{name}={value!r} has no effect: architecture {_name(build)} has no parameter "
                f"{name!r}. It is used by {', '.join(used_by)}. Do not set {name} for this "
                "architecture."
            )
    for name, value in routed.items():
        if not takes(build, name):
            raise InvalidParameterError(
                f"architecture__{name}={value!r} has no effect: architecture {_name(build)} has no "
                f"parameter {name!r}. Do not set it, or pass a function that takes it."
            )
        if name in settings:
            raise InvalidParameterError(
                f"{name}={settings[name]!r} has no effect: architecture__{name}={value!r} is set, "
                "too. Set only one of them."
            )
    return settings | routed


def takes(build: Callable[..., keras.Model], name: str) -> bool:
    """Tell whether the function of an architecture has a setting of this name."""
    _facts, *parameters = inspect.signature(build).parameters.values()
    named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return name in named or any(p.kind == p.VAR_KEYWORD for p in parameters)


def _name(build: Callable[..., keras.Model]) -> str:
    return repr(getattr(build, "__name__", None) or build)
