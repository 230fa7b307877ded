"""Fit several text columns together, so that they share one vocabulary and one matrix."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pickle import PicklingError
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed._ids import offsets_of
from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import list_documents
from skembed.embedding_matrix import EmbeddingMatrix
from skembed.errors import VocabularyMismatchError
from skembed.padding import PadSequences
from skembed.sequences import TokenSequences

__all__ = ["fit_together", "makes_sequences", "share", "steps_of", "texts_that_share"]

#: A list of (name, step) of a pipeline, and an index in it.
Place = tuple[list[tuple[str, Any]], int]


def _places(steps: list[tuple[str, Any]]) -> Iterator[Place]:
    """Yield the place of each step, also of those of pipelines in pipelines."""
    for i, (_, step) in enumerate(steps):
        if isinstance(step, Pipeline):
            yield from _places(step.steps)
        elif step not in (None, "passthrough"):
            yield steps, i


def steps_of(transformer: Any) -> list[Any]:
    """Return the steps of a pipeline in their order, or the transformer itself in a list."""
    return [steps[i][1] for steps, i in _places([("", transformer)])]


def makes_sequences(transformer: Any) -> bool:
    """Tell whether the last step is one that returns ``TokenSequences``."""
    steps = steps_of(transformer)
    return bool(steps) and isinstance(steps[-1], SequenceTransformer)


def texts_that_share(wanted: Any, transformers: Any, entries: Sequence[Any]) -> list[str]:
    """Return the names of the texts that share a vocabulary, at least two or none.

    Parameters
    ----------
    wanted : bool or list of str
        The parameter `shared_vocabulary`.
    transformers : list of (name, transformer, columns)
        All transformers.
    entries : list of (name, transformer, columns, weight)
        Those that are not dropped.

    Raises
    ------
    InvalidParameterError
        If a name is unknown, or not that of a text, or if there is a single name.
    """
    if wanted is False:
        return []
    texts = [name for name, transformer, *_ in entries if makes_sequences(transformer)]
    if wanted is not True:
        known = [name for name, *_ in transformers] + ["remainder"]
        numbers = [name for name, *_ in entries if name not in texts]
        for name in wanted:
            if name not in known or name in numbers:
                raise InvalidParameterError(
                    f"shared_vocabulary names {name!r}, which is "
                    f"{'no text' if name in known else 'no transformer'}: the texts are {texts}."
                )
        if len({*wanted}) < 2:
            raise InvalidParameterError(
                f"shared_vocabulary={wanted!r} must name at least two texts. For none, pass False."
            )
        texts = [name for name in texts if name in wanted]
    return texts if len(texts) > 1 else []


def _is_shared(step: Any) -> bool:
    """Tell whether a step makes ids or vectors; every other one is fitted to its own column."""
    return isinstance(step, SequenceTransformer) and not isinstance(step, PadSequences)


def _check_alike(transformers: Mapping[str, Any]) -> int:
    """Return how many steps are shared, which must have equal settings in all columns."""
    shared = {
        name: [step for step in steps_of(transformer) if _is_shared(step)]
        for name, transformer in transformers.items()
    }
    (first, wanted), *others = shared.items()
    for name, found in others:
        kinds = [[type(step).__name__ for step in steps] for steps in (wanted, found)]
        if kinds[0] != kinds[1]:
            raise InvalidParameterError(
                f"shared_vocabulary: {first!r} and {name!r} have different steps ({kinds[0]} and "
                f"{kinds[1]}), but texts that share a vocabulary are fitted together: give them "
                "the same tokenizer and step of word vectors, or name only the texts that share."
            )
        for mine, theirs in zip(wanted, found):
            settings, other = mine.get_params(), theirs.get_params()
            for key in sorted(settings.keys() | other.keys()):
                if not _is_same(settings.get(key), other.get(key)):
                    raise InvalidParameterError(
                        f"shared_vocabulary: {key} of {type(mine).__name__} is "
                        f"{settings.get(key)!r:.60} for {first!r} and {other.get(key)!r:.60} for "
                        f"{name!r}, but texts that share a vocabulary are fitted together: set it "
                        "alike. Steps that learn no words, such as TextCleaner and PadSequences, "
                        "may differ."
                    )
    return len(wanted)


def _is_same(mine: Any, theirs: Any) -> bool:
    if mine is theirs:
        return True
    if type(mine) is not type(theirs):
        return False
    try:
        return bool(joblib.hash(mine) == joblib.hash(theirs))
    except PicklingError:  # two functions without a name
        return False


def fit_together(
    transformers: Mapping[str, Any], columns: Mapping[str, Any], y: Any
) -> dict[str, tuple[Any, Any]]:
    """Fit transformers of text columns, with one vocabulary and one matrix for all of them.

    The steps that make ids or vectors are fitted once, on the documents of all columns, one
    column after the other. Every other step is fitted to its own column.

    Parameters
    ----------
    transformers : mapping of str to transformer
        The unfitted transformer or pipeline of each text. They are not changed.
    columns : mapping of str to column
        The documents of each text.
    y : array-like or None
        The labels, for the steps that are fitted to their own column.

    Returns
    -------
    dict of str to (output, transformer)
        For each text, what the fitted transformer returns for its column, and the transformer.

    Raises
    ------
    InvalidParameterError
        If the settings of the shared steps differ.
    """
    n_shared = _check_alike(transformers)
    wholes = {name: [("", clone(transformer))] for name, transformer in transformers.items()}
    ways = {name: _places(steps) for name, steps in wholes.items()}
    inputs = dict(columns)
    for _ in range(n_shared):
        places = {name: _fit_own(way, inputs, name, y) for name, way in ways.items()}
        steps, i = next(iter(places.values()))
        fitted = steps[i][1].fit(_below_each_other([*inputs.values()]))
        for name, (steps, i) in places.items():
            steps[i] = (steps[i][0], fitted)
            inputs[name] = fitted.transform(inputs[name])
    for name, way in ways.items():
        _fit_own(way, inputs, name, y)
    return {name: (inputs[name], wholes[name][0][1]) for name in wholes}


def _fit_own(way: Iterator[Place], inputs: dict[str, Any], name: str, y: Any) -> Any:
    """Fit steps to their own column; return the place of the next shared step, if there is one."""
    for steps, i in way:
        step = steps[i][1]
        if _is_shared(step):
            return steps, i
        if hasattr(step, "fit_transform"):
            inputs[name] = step.fit_transform(inputs[name], y)
        else:
            inputs[name] = step.fit(inputs[name], y).transform(inputs[name])
    return None


def _below_each_other(columns: Sequence[Any]) -> Any:
    if not all(isinstance(column, TokenSequences) for column in columns):
        return [*chain.from_iterable(map(list_documents, columns))]
    lengths = np.concatenate([column.lengths for column in columns])
    return replace(
        columns[0],
        ids=np.concatenate([column.ids for column in columns]),
        offsets=offsets_of(lengths),
        width=None,
        index=None,
    )


def share(texts: Mapping[str, TokenSequences]) -> dict[str, TokenSequences]:
    """Let texts refer to one vocabulary and one matrix, of which workers return copies.

    Parameters
    ----------
    texts : mapping of str to TokenSequences
        Texts with equal vocabularies and vectors.

    Returns
    -------
    dict of str to TokenSequences
        The texts, with the objects of the first one.

    Raises
    ------
    VocabularyMismatchError
        If the vocabularies or the vectors differ.
    """
    (first_name, first), *others = texts.items()
    shared = {first_name: first}
    for name, text in others:
        has_same_vectors = EmbeddingMatrix.equal(first.embedding, text.embedding)
        if text.vocabulary != first.vocabulary or not has_same_vectors:
            raise VocabularyMismatchError(
                f"shared_vocabulary: {first_name!r} and {name!r} have different vocabularies or "
                "vectors. Only tokenizers and steps of word vectors of skembed, or of classes "
                "derived from them, can be fitted together."
            )
        shared[name] = replace(text, vocabulary=first.vocabulary, embedding=first.embedding)
    return shared
