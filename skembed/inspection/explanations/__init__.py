"""Explanations of predictions: what each word adds to the score of a class."""
