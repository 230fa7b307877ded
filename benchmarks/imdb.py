"""The IMDB reviews that the benchmarks read."""

import os
import tarfile
from pathlib import Path


def imdb_reviews() -> list[str]:
    """Return the 25,000 training reviews of the Large Movie Review Dataset."""
    path = Path(os.environ.get("SKEMBED_DATA", "."), "aclImdb_v1.tar.gz")
    if not path.is_file():
        raise SystemExit(
            "Set SKEMBED_DATA to a folder that holds aclImdb_v1.tar.gz (Large Movie Review Dataset "
            f"of Maas et al.); {path.parent.resolve()} does not."
        )
    folders = "aclImdb/train/neg/", "aclImdb/train/pos/"
    with tarfile.open(path) as archive:
        return [
            archive.extractfile(member).read().decode()
            for member in archive
            if member.name.startswith(folders) and member.name.endswith(".txt")
        ]
