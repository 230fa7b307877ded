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


def imdb(part: str) -> tuple[list[str], list[str]]:
    """Return the 25,000 labelled reviews of "train" or "test", and their labels."""
    path = data_folder() / "aclImdb_v1.tar.gz"
    if not path.is_file():
        raise SystemExit(f"{path} is missing: the Large Movie Review Dataset of Maas et al.")
    texts, labels = [], []
    with tarfile.open(path) as archive:
        for member in archive:
            _, *folders, name = Path(member.name).parts if member.isfile() else ("", "")
            if folders in ([part, "neg"], [part, "pos"]) and name.endswith(".txt"):
                texts.append(archive.extractfile(member).read().decode())
                labels.append(folders[1])
    return texts, labels


def movie_reviews() -> dict[str, str]:
    """Return the 2,000 reviews by file name, cv000_29416.txt and so on, sorted."""
    with tarfile.open(data_folder() / "review_polarity.tar.gz") as archive:
        texts = {
            Path(member.name).name: archive.extractfile(member).read().decode()
            for member in archive
            if "/txt_sentoken/" in f"/{member.name}" and member.name.endswith(".txt")
        }
    return dict(sorted(texts.items()))


def sentiments() -> dict[str, str]:
    """Return "neg" or "pos" by file name, in the order of `movie_reviews`."""
    with tarfile.open(data_folder() / "review_polarity.tar.gz") as archive:
        paths = [Path(member.name) for member in archive if member.name.endswith(".txt")]
    return dict(sorted((path.name, path.parent.name) for path in paths))
