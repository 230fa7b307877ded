"""Reading the result: what a search tried, what it costs, and how a training went."""

from skembed.inspection.costs import with_costs
from skembed.inspection.search_display import SearchDisplay
from skembed.inspection.table import search_table
from skembed.inspection.training_curves import TrainingCurvesDisplay

__all__ = ["SearchDisplay", "TrainingCurvesDisplay", "search_table", "with_costs"]
