"""Checksummed file format for named texts."""

from pathlib import Path

import numpy as np

__all__ = ["load_texts", "save_texts"]

_FORMAT = 1  # files with another number are created again


def save_texts(path: Path, texts: dict[str, str]) -> None:
    """Write texts and their names to a file, atomically.

    Names must not end in a NUL character.
    """
    from skembed.vectors.files.checksums import save_arrays  # not needed to import datasets

    contents = [text.encode() for text in texts.values()]
    arrays = {
        "names": np.array([name.encode() for name in texts], dtype=np.bytes_),
        "ends": np.cumsum([len(content) for content in contents], dtype=np.int64),
        "contents": np.frombuffer(b"".join(contents), dtype=np.uint8),
    }
    save_arrays(path, arrays, _FORMAT)


def load_texts(path: Path) -> dict[str, str] | None:
    """Load texts by name, in the order they were saved.

    Returns
    -------
    dict of str to str, or None
        None if the file does not exist or fails its checksum.
    """
    from skembed.vectors.files.checksums import DamagedError, load_arrays

    try:
        arrays = load_arrays(path, _FORMAT)
        names, ends = arrays["names"].tolist(), arrays["ends"].tolist()
        contents = arrays["contents"].tobytes()
        return {
            name.decode(): contents[start:end].decode()
            for name, start, end in zip(names, [0, *ends], ends)
        }
    except (DamagedError, AttributeError, KeyError, TypeError, ValueError):
        return None
