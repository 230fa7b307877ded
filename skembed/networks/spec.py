"""The specification of a network: its build function and arguments."""

import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed._pickles import FORMAT, Lasting, lasting_name, portable, restore, restores_state
from skembed.embedding_matrix import EmbeddingMatrix
from skembed.errors import ArchitectureError
from skembed.networks.shared_embeddings import one_network
from skembed.sequences import TokenSequences

__all__ = ["NetworkFacts", "NetworkSpec", "ignores_padding"]

_LEARNED_DIM = 100

_BUILT: weakref.WeakSet[keras.Model] = weakref.WeakSet()


def ignores_padding(build: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    """Declare that a network's predictions do not depend on padding.

    The network is then given batches of documents of similar length, each padded after the
    last word to the longest document of the batch. Its input must accept any length:
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


def _function(build: Any) -> Any:
    return _function(build.func) if isinstance(build, functools.partial) else build


@dataclass(frozen=True)
class NetworkFacts(Lasting):
    """What ``fit`` knows about the data and the word vectors before it builds a network.

    Attributes
    ----------
    n_ids : int
        Ids range from 0, which is padding, to ``n_ids - 1``.
    length : int or None
        The length of all sequences; None if they are unpadded.
    n_classes : int
        The number of classes, or of labels for multilabel targets.
    embedding_dim : int
        Dimension of the word vectors.
    embedding_trainable : bool
        Whether the word vectors are trained from the start.
    embedding : EmbeddingMatrix or None
        The initial word vectors; None for random initialization.
    multilabel : bool
        Whether the targets are multilabel: any number of labels per document.
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
        """Create the facts from training documents; given vectors determine the dimension.

        Parameters
        ----------
        sequences : TokenSequences
            The documents, optionally with word vectors.
        n_classes : int
            The number of classes or labels.
        multilabel : bool
            Whether the targets are multilabel.
        embedding_dim : int or None
            Dimension of the word vectors; None for that of the given vectors, or else 100.
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
                    f"embedding_dim={embedding_dim}, but the given vectors have dimension {dim}. "
                    "Leave embedding_dim=None when vectors are given."
                )
        n_ids, width = sequences.n_ids, sequences.width
        return cls(n_ids, width, n_classes, dim, trainable, sequences.embedding, multilabel)

    @property
    def embedding_matrix(self) -> npt.NDArray[np.float32] | None:
        """The initial word vectors, of shape (n_ids, embedding_dim), or None."""
        return None if self.embedding is None else self.embedding.values

    @property
    def matrices(self) -> dict[str | None, npt.NDArray[np.float32]]:
        """The initial word vectors, by text for a table; empty if there are none."""
        return {} if self.embedding is None else {None: self.embedding.values}

    @property
    def n_vector_components(self) -> int:
        """The number of components of all word vectors."""
        return self.n_ids * self.embedding_dim

    def embedding_name(self, frozen: bool = False) -> str:
        """Return the name of the embedding layer, or of its frozen copy.

        Parameters
        ----------
        frozen : bool, default=False
            Whether the name of the frozen copy is asked for.

        Returns
        -------
        str
            The name.
        """
        return "frozen_embedding" if frozen else "embedding"

    @property
    def shares_embedding(self) -> bool:
        """Whether an embedding layer of the same name may serve several texts."""
        return False

    def with_trained_vectors(self, trainable: bool) -> "NetworkFacts":
        """Return the facts with the word vectors trained, or not.

        Parameters
        ----------
        trainable : bool
            Whether the word vectors are trained.

        Returns
        -------
        NetworkFacts
            The facts.
        """
        return replace(self, embedding_trainable=trainable)

    def without_matrices(self, but: set[Any]) -> "NetworkFacts":
        """Return the facts without initial word vectors.

        Parameters
        ----------
        but : set
            The keys of `matrices` to keep.

        Returns
        -------
        NetworkFacts
            The facts.
        """
        return self if but else replace(self, embedding=None)

    def check_inputs(self, architecture: str, model: keras.Model) -> None:
        """Do nothing: the network of one text may have any input.

        Parameters
        ----------
        architecture : str
            The name of the network.
        model : keras.Model
            The network.
        """

    @property
    def n_outputs(self) -> int:
        """1 for two classes (the probability of the second), otherwise ``n_classes``."""
        return 1 if self.n_classes == 2 and not self.multilabel else self.n_classes

    def fixed_length(self, architecture: str) -> int:
        """Return the length of all sequences, for a network that needs a fixed one.

        Parameters
        ----------
        architecture : str
            The name of the network, for the error message.

        Returns
        -------
        int
            The length.

        Raises
        ------
        ArchitectureError
            If the documents are unpadded.
        """
        if self.length is None:
            raise ArchitectureError(
                f"architecture={architecture!r} needs documents of one length, and these are "
                "unpadded: put PadSequences() before this step, or choose 'cnn' or 'average'."
            )
        return self.length


@dataclass(frozen=True)
class NetworkSpec(Lasting):
    """A function that builds a network, and its arguments.

    Attributes
    ----------
    build : callable
        Called as ``build(facts, **settings)``; returns a ``keras.Model``.
    facts : NetworkFacts or TableFacts
        The properties of the training data.
    settings : dict
        The classifier's network parameters that were set.
    named : bool
        Whether the function is a built-in architecture.
    """

    build: Callable[..., keras.Model]
    facts: Any
    settings: dict[str, Any]
    named: bool = False

    @property
    def ignores_padding(self) -> bool:
        """Whether the build function is marked with `ignores_padding`."""
        return getattr(_function(self.build), "ignores_padding", False)

    def without_vectors(self, but: set[Any]) -> "NetworkSpec":
        """Return the spec without initial word vectors, where they can be left out.

        Built-in architectures do not need them; a user-defined one may.

        Parameters
        ----------
        but : set of (str or None)
            The texts whose vectors are needed; None for the only one.
        """
        if not self.named:
            return self
        return replace(self, facts=self.facts.without_matrices(but))

    def network(self) -> keras.Model:
        """Build the network with newly initialized weights.

        Raises
        ------
        ArchitectureError
            If the function does not return a new ``keras.Model`` with the right number of
            outputs.
        """
        with one_network():
            model = self.build(self.facts, **self.settings)
        name = getattr(self.build, "__name__", repr(self.build))
        if not isinstance(model, keras.Model):
            raise ArchitectureError(
                f"The architecture {name!r} returned {type(model).__name__}; expected a "
                "functional or sequential keras.Model."
            )
        if model in _BUILT:
            raise ArchitectureError(
                f"The architecture {name!r} returned the same network as in an earlier call. It "
                "must build a new network in each call."
            )
        _BUILT.add(model)
        self.facts.check_inputs(name, model)
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
        return vars(self) | {"build": lasting_name(self.build) or portable(self.build)}

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        build = state["build"]
        found = restore(build, FORMAT) if isinstance(build, str) else build
        vars(self).update(state | {"build": found})
