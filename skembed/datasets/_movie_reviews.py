"""The movie review polarity data set v2.0 of Pang and Lee."""

import os
import re
from typing import Any, Literal

from sklearn.utils._param_validation import validate_params

from skembed.datasets._review_archives import ReviewArchive
from skembed.datasets._reviews import PARAMETER_RULES, as_bunch, fetch_texts

__all__ = ["fetch_movie_reviews"]

# Digest: ARCHIVE_SHA256 in doc/tutorial/text_analytics/data/movie_reviews/fetch_data.py of
# github.com/scikit-learn/scikit-learn; src/movie_review_polarity.rs of the crate
# dataset-ml 0.4.0 has the same digest.
MOVIE_REVIEWS = ReviewArchive(
    url="https://www.cs.cornell.edu/people/pabo/movie-review-data/review_polarity.tar.gz",
    max_bytes=1 << 23,
    sha256="fc0dccc2671af5db3c5d8f81f77a1ebfec953ecdd422334062df61ede36b2179",
    pattern=re.compile(
        r"txt_sentoken/(?P<label>neg|pos)/cv(?P<number>(?:[0-8]|(?P<test>9))[0-9]{2})_[0-9]+\.txt"
    ),
    example="txt_sentoken/neg/cv000_29416.txt",
    n_reviews=(900, 100),
)


@validate_params(PARAMETER_RULES, prefer_skip_nested_validation=True)
def fetch_movie_reviews(
    *,
    subset: Literal["train", "test", "all"] = "train",
    archive: str | os.PathLike[str] | None = None,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = False,
) -> Any:
    """Load 2,000 movie reviews, half positive and half negative, downloading on first use.

    The polarity data set v2.0 of Pang and Lee [1]_: film reviews from a newsgroup, in lower
    case, tokenized with spaces, one sentence per line.

    The download (3 MB) is checked against its published digest and for 1,000 reviews of each
    class; a download that fails the checks is deleted. The texts are cached in one file in the
    data home, so that later calls need no network. A damaged cache file is created again.
    Concurrent processes share one download.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The part to load. Reviews ``cv000`` to ``cv899`` of each class are the training part,
        ``cv900`` to ``cv999`` the test part.
    archive : str or path-like, default=None
        Path of a local ``review_polarity.tar.gz``. Each call reads it, without using the
        network or the data home, and leaves it unchanged. All checks except that of the
        digest apply, so a repacked archive is accepted.
    data_home : str or path-like, default=None
        Data folder; the texts are stored in its subfolder ``skembed``. By default, the data
        home of scikit-learn: the environment variable SCIKIT_LEARN_DATA, or
        ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error if the data are not cached, instead of downloading them.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Return ``data`` and ``target`` as pandas Series, and set ``frame`` in the Bunch.
    n_retries : int, default=3
        Number of retries if the connection breaks or the server is busy.
    delay : float, default=1.0
        Seconds between retries.
    verbose : bool, default=False
        Log to the logger ``skembed.datasets`` and show a progress bar if rich is installed
        (``pip install rich``).

    Returns
    -------
    data : Bunch
        With ``data``, the reviews, and ``filenames``, their names in the archive: arrays of
        ``str``, shape (n,), dtype object; ``target``, the classes, shape (n,), dtype int64,
        0 for negative and 1 for positive; ``target_names``, ``["neg", "pos"]``; ``frame``, a
        DataFrame with the columns ``text`` and ``target`` (None unless `as_frame` is True);
        and ``DESCR``, the description. n is 1,800, 200 or 2,000. Reviews are sorted by part
        (train first), class (negative first) and number.
    (data, target) : tuple
        If `return_X_y` is True.

    Raises
    ------
    ArchiveError
        If `archive` does not exist, or is truncated, altered or a different archive: a
        ``ValueError``.
    DownloadError
        If the texts are not cached and cannot be downloaded, or the download fails its
        checks: an ``OSError``.

    See Also
    --------
    fetch_imdb : 50,000 reviews.

    References
    ----------
    .. [1] B. Pang and L. Lee, "A Sentimental Education: Sentiment Analysis Using
           Subjectivity Summarization Based on Minimum Cuts", ACL 2004,
           https://www.cs.cornell.edu/people/pabo/movie-review-data/

    Examples
    --------
    >>> from skembed.datasets import fetch_movie_reviews
    >>> reviews = fetch_movie_reviews(subset="all")  # doctest: +SKIP

    The download (3 MB) is skipped here. Without a cached copy and without the network:

    >>> fetch_movie_reviews(download_if_missing=False)
    Traceback (most recent call last):
    skembed.errors.DownloadError: ...review_polarity.npy does not exist. Call with
    download_if_missing=True, or get https://www.cs.cornell.edu/.../review_polarity.tar.gz
    on another machine and pass its path as archive.
    """
    texts = fetch_texts(
        MOVIE_REVIEWS,
        archive=archive,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
        verbose=verbose,
    )
    return as_bunch(
        texts,
        MOVIE_REVIEWS,
        subset=subset,
        return_X_y=return_X_y,
        as_frame=as_frame,
        description="movie_reviews.md",
    )
