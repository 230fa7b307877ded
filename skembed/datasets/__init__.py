"""Data to try things on."""

from skembed.datasets._feedback import load_feedback

__all__ = ["load_feedback"]
