"""Inspect searches and trainings: result tables, costs, and training curves."""

from skembed.inspection.costs import make_cost_scorer
from skembed.inspection.search_display import SearchDisplay
from skembed.inspection.table import search_table
from skembed.inspection.training_curves import TrainingCurvesDisplay

__all__ = ["SearchDisplay", "TrainingCurvesDisplay", "make_cost_scorer", "search_table"]

#: Alias of the former name.
with_costs = make_cost_scorer
