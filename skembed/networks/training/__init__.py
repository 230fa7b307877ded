"""Train networks: the training loop, the loss, the optimizer and callbacks."""
