"""Combine classifiers, weighted by cross-validation."""

from skembed.voting.weighted_vote import WeightedVotingClassifier

__all__ = ["WeightedVotingClassifier"]
