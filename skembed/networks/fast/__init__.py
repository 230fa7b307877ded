"""Faster training of the package's own networks with TensorFlow; each file one acceleration."""
