"""Explain pipelines whose classifier is linear, or a vote of such pipelines."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import Pipeline

from skembed.errors import ExplanationError
from skembed.inspection.explanations.class_scores import class_contrasts
from skembed.inspection.explanations.linear_contributions import (
    Features,
    LinearModel,
    counted_features,
    pooled_features,
)
from skembed.inspection.explanations.linear_vote import Vote
from skembed.inspection.explanations.reading import OCCLUSION, Documents, Terms, read_counted
from skembed.inspection.explanations.sequence_reading import read_sequences
from skembed.ngrams import NgramVectorizer
from skembed.pooling import EmbeddingVectorizer
from skembed.tokenization import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed.voting import WeightedVotingClassifier
from skembed.voting.parts import log_odds

__all__ = ["Parts", "explain_linear", "read_texts", "steps_of"]

Floats = npt.NDArray[np.float64]
#: Of a document: terms with their contributions (n_terms, n_targets), base and scores.
Parts = tuple[list[tuple[Terms, Floats]], Floats, Floats]

_WAY = np.linspace(0, 1, 65)
_TOKENIZERS = (KerasTokenizerTransformer, HashingTokenizerTransformer)


def steps_of(estimator: Any) -> list[Any]:
    """Return the steps of a pipeline and of pipelines within it, without those left out."""
    if not isinstance(estimator, Pipeline):
        return [estimator]
    kept = [step for _, step in estimator.steps if step is not None and step != "passthrough"]
    return [inner for step in kept for inner in steps_of(step)]


def read_texts(steps: list[Any], documents: Documents) -> tuple[list[Any], Documents]:
    """Take the steps from text to text; return those that are left, and the documents.

    Raises
    ------
    ExplanationError
        If a step before the classifier makes anything else of text.
    """
    readers = (*_TOKENIZERS, NgramVectorizer, CountVectorizer, WeightedVotingClassifier)
    while steps and not isinstance(steps[0], readers):
        step = steps[0]
        if len(steps) == 1 or not hasattr(step, "transform"):
            raise ExplanationError(
                f"Expected a pipeline that starts from text, but {type(step).__name__} got text or "
                f"tokens before any tokenizer or vectorizer. {OCCLUSION}"
            )
        documents = documents.after(step)
        steps = steps[1:]
    return steps, documents


def explain_linear(
    steps: list[Any], documents: Documents, targets: npt.NDArray[np.int64]
) -> list[Parts]:
    """Divide the scores of a linear model among the terms of documents, exactly.

    Parameters
    ----------
    steps : list of estimator
        The fitted steps, from text to a classifier.
    documents : Documents
        The documents that the first step gets.
    targets : ndarray of int of shape (n_documents, n_targets)
        The places of the classes to explain.

    Returns
    -------
    list of Parts
        One per document.

    Raises
    ------
    ExplanationError
        If a step is not one of those whose output is a sum over terms.
    """
    labels = _models_of_labels(steps, documents)
    parts: list[Parts] = []
    for k, model in enumerate(labels):
        of_label = np.where(targets == k, 1.0, 0.0) if len(labels) > 1 else None
        if isinstance(model, float):
            constant = model * (targets == k)
            explained: list[Parts] = [([], score, score) for score in constant]
        else:
            explained = _explain(model, _contrasts(model, targets, of_label))
        parts = explained if k == 0 else [_added(*both) for both in zip(parts, explained)]
    return parts


def _contrasts(model: Any, targets: Any, of_label: Any) -> Floats:
    """Return contrasts of shape (n_documents, n_classes, n_targets)."""
    if of_label is not None:  # log-odds of the label, where it is the one to explain
        return np.stack([-of_label, of_label], axis=1)
    n_classes = model.logs(_WAY[:1]).shape[2]
    return np.asarray(class_contrasts(n_classes, False)[targets].transpose(0, 2, 1))


def _added(one: Parts, other: Parts) -> Parts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _explain(model: Any, contrasts: Floats) -> list[Parts]:
    ends = model.logs(_WAY[[0, -1]])
    base, scores = np.einsum("tdk,dkc->tdc", ends, contrasts)
    model.spread(np.broadcast_to(contrasts, (len(_WAY) - 1, *contrasts.shape)), _WAY)
    found: list[Parts] = []
    for i in range(len(contrasts)):
        by_terms: dict[int, tuple[Terms, Floats]] = {}
        for leaf in _leaves(model):
            terms = leaf.features.terms[i]
            so_far = by_terms.get(id(terms), (terms, 0.0))[1]
            by_terms[id(terms)] = terms, so_far + leaf.contributions(i)
        found.append(([*by_terms.values()], base[i], scores[i]))
    return found


def _leaves(model: Any) -> list[LinearModel]:
    if isinstance(model, LinearModel):
        return [model]
    return [leaf for _, part in model.parts for leaf in _leaves(part)]


def _models_of_labels(steps: list[Any], source: Documents | Features) -> list[Any]:
    """Return a model, or one per label for multilabel targets; log-odds if it is certain."""
    classifier, source = _before_classifier(steps, source)
    if not getattr(classifier, "_multilabel", False):
        return [_model(classifier, source)]
    models: list[Any] = []
    weighted = [(classifier.weights_[n], p) for n, p in classifier.named_estimators_.items()]
    for k in range(len(classifier.classes_)):
        of_label = [(weight, labels[k]) for weight, labels in weighted]
        if isinstance(of_label[0][1], float):
            models.append(float(log_odds(of_label[0][1])))
        else:
            models.append(Vote([(w, _model_of(steps_of(p), source)) for w, p in of_label]))
    return models


def _model_of(steps: list[Any], source: Documents | Features) -> Any:
    return _model(*_before_classifier(steps, source))


def _before_classifier(steps: list[Any], source: Any) -> tuple[Any, Any]:
    """Take all steps but the last; return that and its input."""
    if isinstance(source, Documents):
        steps, source = read_texts(steps, source)
        if isinstance(steps[0], _TOKENIZERS):
            steps, source = _pooled(steps, source)
        elif not isinstance(steps[0], WeightedVotingClassifier):
            counts = steps[0].transform(source.current)
            source = counted_features(read_counted(steps[0], source), counts)
            steps = steps[1:]
    for step in steps[:-1]:
        source = source.after(step)
    return steps[-1], source


def _pooled(steps: list[Any], documents: Documents) -> tuple[list[Any], Features]:
    if hasattr(steps[-1], "_network"):
        raise ExplanationError(f"A network within a vote is not linear. {OCCLUSION}")
    pools = [i for i, step in enumerate(steps) if isinstance(step, EmbeddingVectorizer)]
    if not pools:
        raise ExplanationError(
            f"{type(steps[-1]).__name__} after {type(steps[0]).__name__} is neither a "
            f"KerasTextClassifier, nor is there an EmbeddingVectorizer before it. {OCCLUSION}"
        )
    terms, sequences = read_sequences(steps[0], steps[1 : pools[0]], documents)
    return steps[pools[0] + 1 :], pooled_features(terms, sequences, steps[pools[0]])


def _model(classifier: Any, source: Documents | Features) -> Any:
    if not isinstance(classifier, WeightedVotingClassifier):
        if isinstance(source, Documents):
            raise ExplanationError(f"{type(classifier).__name__} gets text. {OCCLUSION}")
        model = LinearModel(classifier, source)
        return model if model.link == "none" else Vote([(1.0, model)])
    return Vote(
        [
            (classifier.weights_[name], _model_of(steps_of(part), source))
            for name, part in classifier.named_estimators_.items()
        ]
    )
