"""Show how far a search or a training is."""

from skembed.inspection.progress.callback import FitProgress

__all__ = ["FitProgress"]
