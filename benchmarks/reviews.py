"""The movie reviews that the benchmarks read."""

import os
import tarfile
from pathlib import Path


def data_folder() -> Path:
    """Return the folder with the data sets, named by the environment variable SKEMBED_DATA."""
    folder = Path(os.environ.get("SKEMBED_DATA", "."))
    if not (folder / "review_polarity.tar.gz").is_file():
        raise SystemExit(
            "Set SKEMBED_DATA to a folder that holds review_polarity.tar.gz (polarity data set "
            f"v2.0 of Pang and Lee); {folder.resolve()} does not."
        )
    return folder


def movie_reviews() -> dict[str, str]:
    """Return the 2,000 reviews by file name, cv000_29416.txt and so on, sorted."""
    with tarfile.open(data_folder() / "review_polarity.tar.gz") as archive:
        texts = {
            Path(member.name).name: archive.extractfile(member).read().decode()
            for member in archive
            if "/txt_sentoken/" in f"/{member.name}" and member.name.endswith(".txt")
        }
    return dict(sorted(texts.items()))
