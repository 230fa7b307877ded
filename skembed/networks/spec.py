"""What a network is built from, kept so that it can be built again."""

import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from joblib import wrap_non_picklable_objects

from skembed.errors import ArchitectureError
from skembed.sequences import EmbeddingMatrix, TokenSequences

__all__ = ["NetworkFacts", "NetworkSpec", "ignores_padding", "portable"]

_LEARNED_DIM = 100

_BUILT: weakref.WeakSet[keras.Model] = weakref.WeakSet()


def ignores_padding(build: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    """Declare that a network's predictions do not depend on padding.

    It is then fed batches of documents of similar length, each padded only to its own
    longest, behind the last word; its input must be of any length:
    ``keras.Input((None,), dtype="int32")``.

    Parameters
    ----------
    build : callable
        Builds the network.

    Returns
    -------
    callable
        The same function, marked.
    """
    build.ignores_padding = True  # type: ignore[attr-defined]
    return build


def portable(build: Any) -> Any:
    """Return what to pickle for a function that builds a network.

    pickle stores the name of a function and of its module. Of a function from a
    notebook, or from a script that is run, that is ``__main__``, which is something else
    in the process that loads; so the code of such a function is stored.

    Parameters
    ----------
    build : callable or str
        Builds the network, or names what does.

    Returns
    -------
    object
        The same, or what pickles as the function's code and loads as the function.
    """
    if isinstance(build, str) or getattr(_function(build), "__module__", None) != "__main__":
        return build
    return wrap_non_picklable_objects(build, keep_wrapper=False)


def _function(build: Any) -> Any:
    return _function(build.func) if isinstance(build, functools.partial) else build


@dataclass(frozen=True)
class NetworkFacts:
    """What ``fit`` found out before the network is built.

    Attributes
    ----------
    n_ids : int
        Ids go from 0, padding, to ``n_ids - 1``.
    length : int or None
        The length of all rows; None if documents come unpadded.
    n_classes : int
        The number of classes, or of labels of which a document may have several.
    embedding_dim : int
        Numbers in a word vector.
    embedding_trainable : bool
        Whether the word vectors are trained from the start.
    embedding : EmbeddingMatrix or None
        The word vectors to start from; None if they are to be learned.
    multilabel : bool
        Whether a document may have several labels, or none.
    """

    n_ids: int
    length: int | None
    n_classes: int
    embedding_dim: int
    embedding_trainable: bool
    embedding: EmbeddingMatrix | None = None
    multilabel: bool = False

    @classmethod
    def of(
        cls,
        sequences: TokenSequences,
        n_classes: int,
        multilabel: bool,
        embedding_dim: int | None,
        trainable: bool,
    ) -> "NetworkFacts":
        """Gather the facts of training documents; given vectors decide the dimension.

        Parameters
        ----------
        sequences : TokenSequences
            The documents, perhaps with vectors.
        n_classes : int
            The number of classes, or of labels.
        multilabel : bool
            Whether a document may have several labels.
        embedding_dim : int or None
            Numbers in a word vector; None: 100, or what the given vectors have.
        trainable : bool
            Whether the word vectors are trained from the start.

        Returns
        -------
        NetworkFacts
            The facts.

        Raises
        ------
        ArchitectureError
            If `embedding_dim` contradicts the vectors that came with the documents.
        """
        dim = embedding_dim or _LEARNED_DIM
        if sequences.embedding is not None:
            dim = sequences.embedding.values.shape[1]
            if embedding_dim not in (None, dim):
                raise ArchitectureError(
                    f"embedding_dim={embedding_dim}, but the vectors given have {dim} numbers: "
                    "leave embedding_dim=None where vectors are given."
                )
        n_ids, width = sequences.n_ids, sequences.width
        return cls(n_ids, width, n_classes, dim, trainable, sequences.embedding, multilabel)

    @property
    def embedding_matrix(self) -> npt.NDArray[np.float32] | None:
        """The word vectors to start from, of shape (n_ids, embedding_dim), or None."""
        return None if self.embedding is None else self.embedding.values

    @property
    def n_outputs(self) -> int:
        """1 for two classes (the probability of the second), else ``n_classes``."""
        return 1 if self.n_classes == 2 and not self.multilabel else self.n_classes

    def fixed_length(self, architecture: str) -> int:
        """Return the length of all rows, for a network that needs one.

        Parameters
        ----------
        architecture : str
            Its name, for the message.

        Returns
        -------
        int
            The length.

        Raises
        ------
        ArchitectureError
            If the documents come unpadded.
        """
        if self.length is None:
            raise ArchitectureError(
                f"architecture={architecture!r} needs rows of one length, and these documents are "
                "unpadded: put PadSequences() before this step, or choose 'cnn' or 'average'."
            )
        return self.length


@dataclass(frozen=True)
class NetworkSpec:
    """A function that builds a network, and what it is called with.

    Attributes
    ----------
    build : callable
        Called as ``build(facts, **settings)``; returns a ``keras.Model``.
    facts : NetworkFacts
        What is known of the data.
    settings : dict
        The classifier's network parameters that were set.
    named : bool
        Whether the function is one of skembed's own.
    """

    build: Callable[..., keras.Model]
    facts: NetworkFacts
    settings: dict[str, Any]
    named: bool = False

    @property
    def ignores_padding(self) -> bool:
        """Whether predictions do not depend on padding, as the network declares."""
        return getattr(_function(self.build), "ignores_padding", False)

    def without_vectors(self) -> "NetworkSpec":
        """Leave out the vectors to start from, where the network can be built without.

        Those with a name can; a user's function may count on them.
        """
        if not self.named:
            return self
        return replace(self, facts=replace(self.facts, embedding=None))

    def network(self) -> keras.Model:
        """Build the network, with weights as its initializers draw them.

        Raises
        ------
        ArchitectureError
            If the function does not return a new ``keras.Model`` with as many outputs
            as the classes need.
        """
        model = self.build(self.facts, **self.settings)
        name = getattr(self.build, "__name__", repr(self.build))
        if not isinstance(model, keras.Model):
            raise ArchitectureError(
                f"The architecture {name!r} returned {type(model).__name__}; expected a "
                "functional or sequential keras.Model."
            )
        if model in _BUILT:
            raise ArchitectureError(
                f"The architecture {name!r} returned a network that it returned before, with what "
                "that one has learned: let it build a new one each time."
            )
        _BUILT.add(model)
        if not model.built:
            model.build((None, self.facts.length))
        outputs = [*model.outputs] if getattr(model, "outputs", None) else []
        widths = {self.facts.n_outputs, self.facts.n_classes}
        if len(outputs) != 1 or outputs[0].shape[1:] not in {(width,) for width in widths}:
            raise ArchitectureError(
                f"The architecture {name!r} returned a network with outputs of shape "
                f"{[tuple(output.shape) for output in outputs]}; {self.facts.n_classes} classes "
                f"need one output of {' or '.join(map(str, sorted(widths)))} probabilities, such "
                "as skembed.networks.probabilities(x, facts) adds."
            )
        return model

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"build": portable(self.build)}
