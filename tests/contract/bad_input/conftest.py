"""Estimators fitted on good input, which the tests then give bad input.

Each mistake raises a typed error that says what was passed, what was expected and what to do. No
estimator is left half-fitted: an unfitted one stays unfitted, a fitted one predicts as before.
"""

import pytest
from helpers import FEW_LABELS, FEW_TEXTS, quick_classifier

from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(FEW_TEXTS)


@pytest.fixture(scope="module")
def of_text():
    steps = TextCleaner(), KerasTokenizerTransformer(), HashingTokenizerTransformer()
    return {type(step).__name__: step.fit(FEW_TEXTS) for step in steps}


@pytest.fixture(scope="module")
def of_sequences(sequences):
    steps = PadSequences(), quick_classifier()
    return {type(step).__name__: step.fit(sequences, FEW_LABELS) for step in steps}


@pytest.fixture(scope="module")
def trained(of_sequences):
    return of_sequences["KerasTextClassifier"]


@pytest.fixture(scope="module")
def embedded(sequences):
    return PretrainedEmbeddingMatrix(
        {"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.0, 0.5]}
    ).fit(sequences)
