"""Speed-ups for training the built-in networks with TensorFlow, one per module."""
