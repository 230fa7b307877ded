"""The engine for JAX; this folder can be deleted without a change of results."""
