"""Programs that print skembed's figures, each with its rival in the same run."""
