"""The engine for JAX on a graphics card; this folder can be deleted without a change of results."""
