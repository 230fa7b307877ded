"""Shared implementation of the review fetchers: from a URL or an archive to a Bunch."""

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
    CheckError,
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
    """Return all reviews by name, from a local archive, the cache or a download.

    Downloaded reviews are cached in the data home as one file of texts.

    Raises
    ------
    ArchiveError
        If the local archive does not exist or fails its checks.
    DownloadError
        If the reviews are not cached and cannot be downloaded.
    """
    if archive is not None:
        return _read_local_archive(Path(archive).expanduser(), source, verbose)
    from sklearn.datasets import get_data_home  # takes half a second

    packed = Path(get_data_home(data_home)) / "skembed" / source.url.rpartition("/")[2]
    cached = packed.with_name(packed.name.replace(".tar.gz", ".npy"))
    texts = _read_cached(cached, source)
    if texts is not None:
        return texts
    if not (download_if_missing or packed.exists()):
        raise DownloadError(
            f"{cached} {'is damaged' if cached.exists() else 'does not exist'}. Call with "
            f"download_if_missing=True, or get {source.url} on another machine and pass its path "
            "as archive."
        )
    packed.parent.mkdir(exist_ok=True)
    with locked(packed):
        texts = _read_cached(cached, source)
        if texts is not None:  # another process created the file in the meantime
            return texts
        if verbose and cached.exists():
            logger.warning("%s is damaged and will be created again.", cached)
        fetch_file(
            source.url,
            packed,
            max_bytes=source.max_bytes,
            sha256=source.sha256,
            n_retries=n_retries,
            delay=delay,
            verbose=verbose,
        )
        texts = _read_downloaded(packed, source, verbose)
        save_texts(cached, texts)
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
    """Return a subset of the reviews in the format of scikit-learn's data sets.

    Parameters
    ----------
    texts : dict of str to str
        All reviews by member name.
    source : ReviewArchive
        The archive, whose pattern parses the names.
    subset : {"train", "test", "all"}
        The part to return.
    return_X_y, as_frame : bool
        As in scikit-learn.
    description : str
        Name of the file with the contents of ``DESCR``.

    Returns
    -------
    Bunch, or tuple of data and target
        The reviews, sorted by part, class and number.
    """
    parts = PARTS if subset == "all" else [subset]
    keyed = ((source.key(name), name) for name in texts)
    reviews = sorted((key, name) for key, name in keyed if key and PARTS[key.part] in parts)
    data: Any = _object_array(texts[name] for _, name in reviews)
    target: Any = np.array([key.label for key, _ in reviews], dtype=np.int64)
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
        filenames=_object_array(name for _, name in reviews),
        target_names=[*LABELS],
        frame=frame,
        DESCR=(folder / description).read_text(encoding="utf-8"),
    )


def _object_array(texts: Iterable[str]) -> npt.NDArray[np.object_]:
    return np.array([*texts], dtype=object)


def _read_local_archive(path: Path, source: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read an archive given by the user, leaving it unchanged."""
    if not path.exists():
        raise ArchiveNotFoundError(
            f"{path} does not exist. Pass the path of {_archive_name(source)}, or pass no archive "
            "to have it downloaded."
        )
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder; pass the archive itself, {_archive_name(source)}.")
    try:
        return read_reviews(path, source, verbose)
    except CheckError as error:
        raise ArchiveError(
            f"{path} {error}. Pass {_archive_name(source)} as {source.url} provides it, or pass no "
            "archive to have it downloaded."
        ) from error


def _read_downloaded(path: Path, source: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read a downloaded archive, deleting it if it is invalid."""
    try:
        return read_reviews(path, source, verbose)
    except CheckError as error:
        reject(path, source.url, str(error))


def _read_cached(path: Path, source: ReviewArchive) -> dict[str, str] | None:
    """Return the cached texts, or None if they are missing or damaged."""
    texts = load_texts(path)
    try:
        check_counts(texts or {}, source)
    except CheckError:
        return None
    return texts


def _archive_name(source: ReviewArchive) -> str:
    return source.url.rpartition("/")[2]
