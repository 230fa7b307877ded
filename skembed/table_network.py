"""Specify the network of a table from the parameters of a classifier."""

from dataclasses import fields
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from skembed.errors import ArchitectureError
from skembed.labelled_documents import LabelledDocuments
from skembed.networks import NetworkFacts
from skembed.networks.architectures import NETWORK_PARAMETERS, merged_settings
from skembed.networks.architectures.table import table
from skembed.networks.spec import NetworkSpec
from skembed.networks.table_facts import PartFacts, TableFacts, input_names
from skembed.part_settings import Settings, own_settings, part_architectures
from skembed.sequences import TokenSequences

__all__ = ["table_spec"]


def table_spec(classifier: Any, documents: LabelledDocuments) -> NetworkSpec:
    """Return what to build the network of a table from.

    Parameters
    ----------
    classifier : KerasTextClassifier
        Its parameters.
    documents : LabelledDocuments
        The training documents, which are a table.

    Raises
    ------
    InvalidParameterError, ArchitectureError
        If a parameter has a wrong value or no effect.
    """
    texts: Any = documents.sequences
    own = own_settings(classifier, [*texts.texts])
    facts = _facts(classifier, documents, own)
    n_units, build = classifier.numbers_units, classifier.architecture
    if n_units and not facts.n_numbers:
        raise InvalidParameterError(
            f"numbers_units={n_units} has no effect: the table has no numbers. Leave "
            "numbers_units=0."
        )
    if not isinstance(build, str):
        _check_left_to_function(own, n_units)
        given = {name: getattr(classifier, name) for name in NETWORK_PARAMETERS}
        settings = {name: value for name, value in given.items() if value is not None}
        settings = merged_settings(build, settings, classifier._routed_to("architecture"))
        return NetworkSpec(build, facts, settings)
    for name, value in classifier._routed_to("architecture").items():
        raise InvalidParameterError(
            f"architecture__{name}={value!r} has no effect: architecture {build!r} has no "
            f"parameter {name!r}. Do not set it, or pass a function that takes it."
        )
    few_tokens = {
        name for name, text in texts.texts.items() if text.stripped().lengths.max(initial=0) <= 1
    }
    architectures = part_architectures(classifier, own, few_tokens)
    settings = {"architectures": architectures, "numbers_units": n_units}
    return NetworkSpec(table, facts, settings, named=True)


def _check_left_to_function(own: Settings, numbers_units: int) -> None:
    """Check that nothing is set that a user's own function decides for itself."""
    left = {"architecture", *NETWORK_PARAMETERS}
    set_here = [
        f"text__{text}__{name}" for text, some in own.items() for name in some if name in left
    ]
    set_here += ["numbers_units"] * bool(numbers_units)
    for name in set_here:
        raise InvalidParameterError(
            f"{name} has no effect: architecture is a function, which builds the network of the "
            "whole table. Pass what it takes as architecture__...."
        )


def _facts(classifier: Any, documents: LabelledDocuments, own: Settings) -> TableFacts:
    target = documents.target
    texts: Any = documents.sequences
    # Vectors that come with the documents can be frozen; others have to be learned.
    given = {name for name, text in texts.texts.items() if text.embedding is not None}
    _check_general_dim_is_used(classifier, own, given)
    names = input_names([*texts.texts])
    parts: dict[str, PartFacts] = {}
    embedding_of: dict[Any, str] = {}
    for name, text in texts.texts.items():
        is_general = name in given or not given
        dim = own[name].get("embedding_dim", None if name in given else classifier.embedding_dim)
        trainable = own[name].get(
            "embedding_trainable", bool(classifier.embedding_trainable) or not is_general
        )
        waits = bool(trainable) and is_general and classifier.unfreeze_after is not None
        try:
            facts = NetworkFacts.of(
                text, len(target.classes), target.multilabel, dim, trainable and not waits
            )
        except ArchitectureError as error:
            raise ArchitectureError(f"Text {name!r}: {error}") from error
        key = *_source(name, text), facts.embedding_dim, facts.embedding_trainable, waits
        parts[name] = PartFacts(
            **{field.name: getattr(facts, field.name) for field in fields(facts)},
            input_name=names[name],
            embedding_of=embedding_of.setdefault(key, names[name]),
            waits=waits,
        )
    if classifier.unfreeze_after is not None and not any(part.waits for part in parts.values()):
        raise InvalidParameterError(
            f"unfreeze_after={classifier.unfreeze_after} has no effect: the word vectors of no "
            "text wait for it. Leave unfreeze_after=None."
        )
    return TableFacts(
        parts, texts.n_numbers, texts.number_names, len(target.classes), target.multilabel
    )


def _source(name: str, text: TokenSequences) -> tuple[Any, ...]:
    """Return what texts have in common that can share an embedding layer."""
    if text.vocabulary is None and text.embedding is None:
        return (name,)  # nothing says what the ids mean
    return id(text.vocabulary), id(text.embedding), text.n_ids


def _check_general_dim_is_used(classifier: Any, own: Settings, given: set[str]) -> None:
    is_used = any("embedding_dim" not in some and name not in given for name, some in own.items())
    if classifier.embedding_dim is not None and not is_used:
        raise InvalidParameterError(
            f"embedding_dim={classifier.embedding_dim} has no effect: each text comes with word "
            "vectors or has an embedding_dim of its own. Leave embedding_dim=None."
        )
