"""Inspect data, word vectors, searches, trainings and predictions: tables, plots, progress."""

from skembed.inspection.class_words import TellingWordsDisplay, telling_words
from skembed.inspection.convolution_windows import filter_windows
from skembed.inspection.costs import make_cost_scorer
from skembed.inspection.coverage_display import CoverageDisplay
from skembed.inspection.coverage_table import coverage_table
from skembed.inspection.embedding_display import EmbeddingDisplay
from skembed.inspection.explanation import Explanation, Explanations
from skembed.inspection.parameter_effects import ParameterEffectsDisplay
from skembed.inspection.predictions import explain
from skembed.inspection.progress import FitProgress
from skembed.inspection.search_display import SearchDisplay
from skembed.inspection.sequence_lengths import SequenceLengthDisplay
from skembed.inspection.table import search_table
from skembed.inspection.training_curves import TrainingCurvesDisplay

__all__ = [
    "CoverageDisplay",
    "EmbeddingDisplay",
    "Explanation",
    "Explanations",
    "FitProgress",
    "ParameterEffectsDisplay",
    "SearchDisplay",
    "SequenceLengthDisplay",
    "TellingWordsDisplay",
    "TrainingCurvesDisplay",
    "coverage_table",
    "explain",
    "filter_windows",
    "make_cost_scorer",
    "search_table",
    "telling_words",
]

#: Alias of the former name.
with_costs = make_cost_scorer
