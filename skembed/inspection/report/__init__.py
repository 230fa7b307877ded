"""The page of ``model_report``: a module for each of its sections, and one for the page."""
