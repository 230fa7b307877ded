"""Texts with names, in a file that is read back at once and believed only as it was written."""

from pathlib import Path

import numpy as np

__all__ = ["load_texts", "save_texts"]


def save_texts(path: Path, texts: dict[str, str]) -> None:
    """Write texts and their names into a file that appears once it is whole.

    The names may have no NUL character at their end.
    """
    from skembed.vectors.files.checksums import save_arrays  # not needed to import datasets

    contents = [text.encode() for text in texts.values()]
    arrays = {
        "names": np.array([name.encode() for name in texts], dtype=np.bytes_),
        "ends": np.cumsum([len(content) for content in contents], dtype=np.int64),
        "contents": np.frombuffer(b"".join(contents), dtype=np.uint8),
    }
    save_arrays(path, arrays)


def load_texts(path: Path) -> dict[str, str] | None:
    """Read texts back, by name and in their order.

    Returns
    -------
    dict of str to str, or None
        None if the file is not there, or not as it was written.
    """
    from skembed.vectors.files.checksums import DamagedError, load_arrays

    try:
        arrays = load_arrays(path)
        names, ends = arrays["names"].tolist(), arrays["ends"].tolist()
        contents = arrays["contents"].tobytes()
        return {
            name.decode(): contents[start:end].decode()
            for name, start, end in zip(names, [0, *ends], ends)
        }
    except (DamagedError, AttributeError, KeyError, TypeError, ValueError):
        return None
