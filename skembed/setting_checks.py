"""Refuse settings of a classifier that would have no effect."""

import warnings
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from skembed.errors import RandomVectorsWarning
from skembed.networks import NetworkFacts
from skembed.networks.architectures import NETWORK_PARAMETERS
from skembed.networks.runtime.keras_import import keras
from skembed.networks.table_facts import TableFacts

__all__ = [
    "built_with",
    "check_compiled_by_user",
    "check_facts_were_read",
    "check_still_built_with",
    "check_unfreezing",
    "warn_of_random_vectors",
]

_OF_THE_NETWORK = {
    *("architecture", "embedding_dim", "embedding_trainable", "numbers_units", "text"),
    *NETWORK_PARAMETERS,
}
_OF_COMPILING = {"optimizer", "loss", "metrics"}


def check_unfreezing(classifier: Any, epochs: int | None = None) -> None:
    """Check that ``unfreeze_after`` leads to training of the word vectors.

    Parameters
    ----------
    classifier : KerasTextClassifier
        The classifier that is going to be fitted.
    epochs : int, default=None
        Number of epochs; None if a later call can train further.

    Raises
    ------
    InvalidParameterError
        If the word vectors would stay frozen.
    """
    n_frozen = classifier.unfreeze_after
    if n_frozen is None:
        return
    if not classifier.embedding_trainable:
        raise InvalidParameterError(
            f"unfreeze_after={n_frozen} has no effect with embedding_trainable=False: set "
            "embedding_trainable=True, or leave unfreeze_after=None."
        )
    if epochs is not None and n_frozen >= epochs:
        raise InvalidParameterError(
            f"unfreeze_after={n_frozen} has no effect with epochs={epochs}: training ends before. "
            "Lower unfreeze_after or raise epochs; to keep the word vectors frozen, set "
            "embedding_trainable=False and unfreeze_after=None."
        )


def built_with(classifier: Any) -> dict[str, Any]:
    """Return the parameters that a network keeps, as plain data; objects are named by class."""
    return {
        name: _as_plain(value)
        for name, value in classifier.get_params(deep=False).items()
        if name.partition("__")[0] in _OF_THE_NETWORK | _OF_COMPILING
    }


def _as_plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_as_plain, value))
    if value is None or isinstance(value, str | int | float):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)


def check_still_built_with(classifier: Any, has_optimizer: bool) -> None:
    """Check that no parameter has changed that the network to be trained further keeps.

    Parameters
    ----------
    classifier : KerasTextClassifier
        The fitted classifier.
    has_optimizer : bool
        Whether the network still has its optimizer, loss and metrics.

    Raises
    ------
    InvalidParameterError
        If such a parameter has changed.
    """
    now = built_with(classifier)
    before = getattr(classifier, "_built_with", now)
    for name in sorted(before.keys() | now.keys()):
        is_kept = has_optimizer or name.partition("__")[0] in _OF_THE_NETWORK
        if is_kept and before.get(name) != now.get(name):
            raise InvalidParameterError(
                f"{name}={now.get(name)!r} has no effect: training continues with the network that "
                f"was built with {name}={before.get(name)!r}. Set it back or, to build a new "
                "network, call fit with warm_start=False."
            )


def check_compiled_by_user(classifier: Any, model: keras.Model) -> None:
    """Check that nothing was set that a network keeps from its own compilation.

    Parameters
    ----------
    classifier : KerasTextClassifier
        The classifier that is being fitted.
    model : keras.Model
        A new network; if it is compiled, the user's function compiled it.

    Raises
    ------
    InvalidParameterError
        If the network is compiled and the optimizer, the loss or the metrics are set.
    """
    if not model.compiled:
        return
    params = classifier.get_params(deep=False)
    is_default = isinstance(classifier.optimizer, str) and classifier.optimizer == "adam"
    ignored = [name for name in ("loss", "metrics") if params[name] is not None]
    ignored += [] if is_default else ["optimizer"]
    ignored += [name for name in params if name.startswith("optimizer__")]
    for name in ignored:
        raise InvalidParameterError(
            f"{name}={params[name]!r} has no effect: architecture returned a compiled network, "
            "which keeps its optimizer, loss and metrics. Return it without compiling it, or do "
            f"not set {name}; what the function itself takes is set as architecture__..."
        )


def check_facts_were_read(classifier: Any, facts: Any) -> None:
    """Check that a user-defined architecture looked at the facts that were set.

    Parameters
    ----------
    classifier : KerasTextClassifier
        The classifier that is being fitted.
    facts : WatchedFacts, or TableFacts with such
        The facts that the function received.

    Raises
    ------
    InvalidParameterError
        If it did not look at word vectors, their dimension, or whether they are trained.
    """
    if not isinstance(facts, TableFacts):
        _check_read(classifier, facts, {*facts.read}, classifier.embedding_dim is not None)
        return
    parts: dict[str, Any] = facts.parts
    read = {name: {*part.read} for name, part in parts.items()}  # before it is read here
    for name, part in parts.items():
        same = [read[n] for n, p in parts.items() if p.embedding_of == part.embedding_of]
        is_dim_set = f"text__{name}__embedding_dim" in classifier.get_params(deep=False) or (
            classifier.embedding_dim is not None and part.embedding is None
        )
        _check_read(classifier, part, set().union(*same), is_dim_set, f"facts.parts[{name!r}]")


def _check_read(
    classifier: Any, facts: Any, read: set[str], is_dim_set: bool, where: str = "facts"
) -> None:
    is_set = {
        "embedding_dim": is_dim_set,
        "embedding_trainable": not facts.embedding_trainable,
        "embedding": facts.embedding is not None,
    }
    for fact in (name for name in is_set if is_set[name] and name not in read):
        raise InvalidParameterError(
            {
                "embedding_dim": f"embedding_dim={facts.embedding_dim} has",
                "embedding_trainable": (
                    f"unfreeze_after={classifier.unfreeze_after} has"
                    if classifier.unfreeze_after is not None
                    else "embedding_trainable=False has"
                ),
                "embedding": "The word vectors of the previous step have",
            }[fact]
            + f" no effect: the architecture does not use {where}.{fact}. Start it with "
            f"skembed.networks.embed_ids(ids, {where}), or do not set this."
        )


def warn_of_random_vectors(facts: NetworkFacts) -> None:
    """Issue a warning if random word vectors are frozen, at least for some epochs.

    Parameters
    ----------
    facts : NetworkFacts or TableFacts
        The facts from which a network with word vectors was built.
    """
    parts = facts.parts if isinstance(facts, TableFacts) else {None: facts}
    random = [
        name
        for name, part in parts.items()
        if part.embedding is None and not part.embedding_trainable
    ]
    if random:
        of_texts = "" if None in random else f" of {', '.join(map(repr, random))}"
        warnings.warn(
            f"The word vectors{of_texts} are random and frozen: the documents come without word "
            "vectors, and embedding_trainable=False or unfreeze_after is set. Put "
            "PretrainedEmbeddingMatrix or "
            "TrainedEmbeddingMatrix before this step, or set embedding_trainable=True and "
            "unfreeze_after=None. To search with and without vectors, pass a list of two grids.",
            RandomVectorsWarning,
            stacklevel=2,
        )
