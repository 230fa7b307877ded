"""A faster engine for TensorFlow on a CPU. The package works without this folder."""
