"""Inspect data, word vectors, searches, trainings and predictions: tables, plots, progress."""

from skembed.inspection.costs import make_cost_scorer
from skembed.inspection.coverage_table import coverage_table
from skembed.inspection.displays.coverage_display import CoverageDisplay
from skembed.inspection.displays.embedding_display import EmbeddingDisplay
from skembed.inspection.displays.parameter_effects import ParameterEffectsDisplay
from skembed.inspection.displays.search_display import SearchDisplay
from skembed.inspection.displays.sequence_lengths import SequenceLengthDisplay
from skembed.inspection.displays.training_curves import TrainingCurvesDisplay
from skembed.inspection.explanations.class_words import TellingWordsDisplay, telling_words
from skembed.inspection.explanations.convolution_windows import filter_windows
from skembed.inspection.explanations.explanation import Explanation, Explanations
from skembed.inspection.explanations.predictions import explain
from skembed.inspection.progress import FitProgress
from skembed.inspection.report.writing import model_report
from skembed.inspection.table import search_table

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
    "model_report",
    "search_table",
    "telling_words",
]

#: Alias of the former name.
with_costs = make_cost_scorer
