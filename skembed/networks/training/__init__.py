"""Training: the loop, what it optimises, and how it is interrupted."""
