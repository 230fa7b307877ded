"""Inspect searches, trainings and predictions: tables, costs, curves and explanations."""

from skembed.inspection.costs import make_cost_scorer
from skembed.inspection.explain import explain
from skembed.inspection.explanation import Explanation, Explanations
from skembed.inspection.filter_windows import filter_windows
from skembed.inspection.search_display import SearchDisplay
from skembed.inspection.table import search_table
from skembed.inspection.telling_words import TellingWordsDisplay, telling_words
from skembed.inspection.training_curves import TrainingCurvesDisplay

__all__ = [
    "Explanation",
    "Explanations",
    "SearchDisplay",
    "TellingWordsDisplay",
    "TrainingCurvesDisplay",
    "explain",
    "filter_windows",
    "make_cost_scorer",
    "search_table",
    "telling_words",
]

#: Alias of the former name.
with_costs = make_cost_scorer
