"""Where skembed keeps files of its own."""

import os
from pathlib import Path

__all__ = ["data_folder"]


def data_folder(name: str) -> Path:
    """Return a folder of skembed in scikit-learn's data home; it need not exist.

    Parameters
    ----------
    name : str
        What the folder holds, such as ``"vectors"``.
    """
    # Same as sklearn.datasets.get_data_home(), which takes half a second to import.
    home = Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser()
    return home / "skembed" / name
