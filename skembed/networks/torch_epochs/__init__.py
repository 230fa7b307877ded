"""Epochs of PyTorch on a graphics card."""
