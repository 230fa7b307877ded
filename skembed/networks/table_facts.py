"""What is known of the texts and the numbers of a table before a network is built."""

import re
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed._pickles import Lasting
from skembed.errors import ArchitectureError
from skembed.networks.runtime.keras_internals import input_layers
from skembed.networks.spec import NetworkFacts

__all__ = ["NUMBERS", "PartFacts", "TableFacts", "input_names"]

#: The name of the input for numbers.
NUMBERS = "numbers"


@dataclass(frozen=True)
class PartFacts(NetworkFacts):
    """The facts of one text of a table, which has the attributes of `NetworkFacts`, too.

    Attributes
    ----------
    input_name : str
        The name of its ``keras.Input``: that of the text, with ``_`` for everything but letters,
        digits and ``_``.
    embedding_of : str
        The input name of the text whose embedding layer it uses: its own, or that of an earlier
        text with the same vocabulary.
    waits : bool
        Whether ``unfreeze_after`` says when its word vectors are trained.
    """

    input_name: str = ""
    embedding_of: str = ""
    waits: bool = False

    def embedding_name(self, frozen: bool = False) -> str:
        """Return the name of the embedding layer, or of its frozen copy."""
        return f"{self.embedding_of}__{super().embedding_name(frozen)}"

    @property
    def shares_embedding(self) -> bool:
        """True: several texts may use one embedding layer."""
        return True


@dataclass(frozen=True)
class TableFacts(Lasting):
    """What ``fit`` knows about a table of texts and numbers before it builds a network.

    Attributes
    ----------
    parts : dict of str to NetworkFacts
        The facts of each text, by its name in the table.
    n_numbers : int
        The number of columns of numbers.
    number_names : tuple of str
        Their names, empty if they have none.
    n_classes : int
        The number of classes, or of labels for multilabel targets.
    multilabel : bool
        Whether the targets are multilabel: any number of labels per document.
    """

    parts: dict[str, PartFacts]
    n_numbers: int
    number_names: tuple[str, ...]
    n_classes: int
    multilabel: bool = False

    @property
    def n_outputs(self) -> int:
        """1 for two classes (the probability of the second), otherwise ``n_classes``."""
        return next(iter(self.parts.values())).n_outputs

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs in their order: those of the texts, then ``"numbers"``."""
        names = [part.input_name for part in self.parts.values()]
        return [*names, NUMBERS] if self.n_numbers else names

    @property
    def embedding_trainable(self) -> bool:
        """Whether no word vectors wait for ``unfreeze_after``."""
        return all(part.embedding_trainable for part in self.parts.values() if part.waits)

    @property
    def n_vector_components(self) -> int:
        """The number of components of all word vectors."""
        layers = {part.embedding_of: part for part in self.parts.values()}
        return sum(part.n_vector_components for part in layers.values())

    @property
    def matrices(self) -> dict[str | None, npt.NDArray[np.float32]]:
        """The initial word vectors by text."""
        return {
            name: part.embedding.values
            for name, part in self.parts.items()
            if part.embedding is not None
        }

    def with_trained_vectors(self, trainable: bool) -> "TableFacts":
        """Return the facts with the word vectors that wait for it trained, or not."""
        return replace(
            self,
            parts={
                name: replace(part, embedding_trainable=trainable) if part.waits else part
                for name, part in self.parts.items()
            },
        )

    def without_matrices(self, but: set[Any]) -> "TableFacts":
        """Return the facts without initial word vectors, but for those of some texts."""
        return replace(
            self,
            parts={
                name: part if name in but else replace(part, embedding=None)
                for name, part in self.parts.items()
            },
        )

    def check_inputs(self, architecture: str, model: keras.Model) -> None:
        """Check that the inputs of a network are those of the table.

        Raises
        ------
        ArchitectureError
            If their names or their order differ, or if there are none.
        """
        names = input_layers(model)
        if names != self.input_names:
            raise ArchitectureError(
                f"The architecture {architecture!r} returned a network with "
                f"{'inputs that are no list' if names is None else f'the inputs {names}'}; this "
                f"table needs a list of the inputs {self.input_names}, in this order: "
                "ids = keras.Input((None,), dtype='int32', name=part.input_name) for each part of "
                "facts.parts.values()"
                + f", then keras.Input((facts.n_numbers,), name={NUMBERS!r})."
                * bool(self.n_numbers)
            )


def input_names(names: list[str]) -> dict[str, str]:
    """Return a name for the input of each text, such as Keras allows, and all different."""
    taken = {NUMBERS}
    of_text = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "text"
        numbered = (f"{plain}_{i}" for i in range(2, len(names) + 2))
        of_text[name] = next(each for each in (plain, *numbered) if each not in taken)
        taken.add(of_text[name])
    return of_text
