"""What all fetchers of reviews share: the way from an address or an archive to a Bunch."""

import os
from collections.abc import Iterable
from importlib.resources import files
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions

from skembed.datasets._download import fetch_file, locked, logger, reject
from skembed.datasets._review_archives import (
    LABELS,
    PARTS,
    FlawError,
    ReviewArchive,
    check_counts,
    read_reviews,
)
from skembed.datasets._texts_file import load_texts, save_texts
from skembed.errors import ArchiveError, ArchiveNotFoundError, DownloadError

__all__ = ["PARAMETER_RULES", "as_bunch", "fetch_texts"]

PARAMETER_RULES = {
    "subset": [StrOptions({"train", "test", "all"})],
    "archive": [str, os.PathLike, None],
    "data_home": [str, os.PathLike, None],
    "download_if_missing": ["boolean"],
    "return_X_y": ["boolean"],
    "as_frame": ["boolean"],
    "n_retries": [Interval(Integral, 1, None, closed="left")],
    "delay": [Interval(Real, 0.0, None, closed="neither")],
    "verbose": ["boolean"],
}


def fetch_texts(
    source: ReviewArchive,
    *,
    archive: str | os.PathLike[str] | None,
    data_home: str | os.PathLike[str] | None,
    download_if_missing: bool,
    n_retries: int,
    delay: float,
    verbose: bool,
) -> dict[str, str]:
    """Return all reviews by name: from an archive that the user has, or from the data home.

    What was downloaded stays in the data home as one file of texts.

    Raises
    ------
    ArchiveError
        If the user's archive is not what it should be.
    DownloadError
        If the reviews are neither here nor to be had.
    """
    if archive is not None:
        return _read_given(Path(archive).expanduser(), source, verbose)
    from sklearn.datasets import get_data_home  # takes half a second

    packed = Path(get_data_home(data_home)) / "skembed" / source.url.rpartition("/")[2]
    kept = packed.with_name(packed.name.replace(".tar.gz", ".npy"))
    texts = _read_kept(kept, source)
    if texts is not None:
        return texts
    if not (download_if_missing or packed.exists()):
        raise DownloadError(
            f"{kept} is {'damaged' if kept.exists() else 'not there'}. Call with "
            f"download_if_missing=True, or bring {source.url} from elsewhere and pass its path "
            "as archive."
        )
    packed.parent.mkdir(exist_ok=True)
    with locked(packed):
        texts = _read_kept(kept, source)
        if texts is not None:  # somebody else was faster
            return texts
        if verbose and kept.exists():
            logger.warning("%s is damaged, and made anew.", kept)
        fetch_file(
            source.url,
            packed,
            sha256=source.sha256,
            n_retries=n_retries,
            delay=delay,
            verbose=verbose,
        )
        texts = _read_fetched(packed, source, verbose)
        save_texts(kept, texts)
        packed.unlink()
    return texts


def as_bunch(
    texts: dict[str, str],
    source: ReviewArchive,
    *,
    subset: str,
    return_X_y: bool,
    as_frame: bool,
    description: str,
) -> Any:
    """Return the reviews of a part in the form of scikit-learn's data sets.

    Parameters
    ----------
    texts : dict of str to str
        All reviews by name.
    source : ReviewArchive
        What the names mean.
    subset : {"train", "test", "all"}
        Which of them are wanted.
    return_X_y, as_frame : bool
        As in scikit-learn.
    description : str
        The name of the file that becomes ``DESCR``.

    Returns
    -------
    Bunch, or tuple of data and target
        The reviews for training before those for testing, each class by class.
    """
    wanted = PARTS if subset == "all" else [subset]
    placed = ((source.place(name), name) for name in texts)
    places = sorted((place, name) for place, name in placed if place and PARTS[place[0]] in wanted)
    data: Any = _objects(texts[name] for _, name in places)
    target: Any = np.array([place.label for place, _ in places], dtype=np.int64)
    frame = None
    if as_frame:
        frame = pd.DataFrame({"text": pd.Series(data, dtype=object), "target": target})
        data, target = frame["text"], frame["target"]
    if return_X_y:
        return data, target
    folder = files("skembed.datasets") / "data"
    return Bunch(
        data=data,
        target=target,
        filenames=_objects(name for _, name in places),
        target_names=[*LABELS],
        frame=frame,
        DESCR=(folder / description).read_text(encoding="utf-8"),
    )


def _objects(texts: Iterable[str]) -> npt.NDArray[np.object_]:
    return np.array([*texts], dtype=object)


def _read_given(path: Path, source: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read an archive of the user, which stays as it is."""
    if not path.exists():
        raise ArchiveNotFoundError(f"There is no {path}.")
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder; pass the packed archive, {_name(source)}.")
    try:
        return read_reviews(path, source, verbose)
    except FlawError as error:
        raise ArchiveError(
            f"{path} {error}. Pass {_name(source)} as {source.url} has it, or pass no archive to "
            "have it downloaded."
        ) from error


def _read_fetched(path: Path, source: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read an archive of ours, which is deleted if it is not what it should be."""
    try:
        return read_reviews(path, source, verbose)
    except FlawError as error:
        reject(path, source.url, str(error))


def _read_kept(path: Path, source: ReviewArchive) -> dict[str, str] | None:
    """Read what an earlier call has kept, if it is there and whole."""
    texts = load_texts(path)
    try:
        check_counts(texts or {}, source)
    except FlawError:
        return None
    return texts


def _name(source: ReviewArchive) -> str:
    return source.url.rpartition("/")[2]
