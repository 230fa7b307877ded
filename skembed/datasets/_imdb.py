"""The Large Movie Review Dataset (IMDb) of Maas et al."""

import os
import re
from typing import Any, Literal

from sklearn.utils._param_validation import validate_params

from skembed.datasets._review_archives import ReviewArchive
from skembed.datasets._reviews import PARAMETER_RULES, as_bunch, fetch_texts

__all__ = ["fetch_imdb"]

# Digest: tensorflow_datasets/url_checksums/imdb_reviews.txt of github.com/tensorflow/datasets,
# next to the size of 84,125,825 bytes.
IMDB = ReviewArchive(
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    max_bytes=1 << 27,
    sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    pattern=re.compile(
        r"aclImdb/(?:train|(?P<test>test))/(?P<label>neg|pos)/(?P<number>[0-9]{1,5})_[0-9]{1,2}\.txt"
    ),
    example="aclImdb/train/neg/0_3.txt",
    n_reviews=(12_500, 12_500),
)


@validate_params(PARAMETER_RULES, prefer_skip_nested_validation=True)
def fetch_imdb(
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
    """Load 50,000 IMDb movie reviews, downloading them on first use.

    The labelled part of the Large Movie Review Dataset [1]_, with equal numbers of positive
    (7 to 10 stars) and negative reviews (1 to 4 stars). No film occurs in both the training
    and the test part. The texts are unprocessed and contain ``<br />`` for line breaks. The
    unlabelled reviews of the archive are not loaded.

    The download (84 MB) is checked against its published digest and for 12,500 reviews of
    each class in each part; a download that fails the checks is deleted. The texts are cached
    in one file (67 MB) in the data home, so that later calls need no network. A damaged cache
    file is created again. Concurrent processes share one download.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The part of the data set to load, as published.
    archive : str or path-like, default=None
        Path of a local ``aclImdb_v1.tar.gz``. Each call reads it, without using the network
        or the data home, and leaves it unchanged. All checks except that of the digest apply,
        so a repacked archive, with or without the unlabelled reviews, is accepted.
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
        With ``data``, the reviews, and ``filenames``, such as ``aclImdb/train/neg/0_3.txt``
        (a review with 3 stars): arrays of ``str``, shape (n,), dtype object; ``target``, the
        classes, shape (n,), dtype int64, 0 for negative and 1 for positive; ``target_names``,
        ``["neg", "pos"]``; ``frame``, a DataFrame with the columns ``text`` and ``target``
        (None unless `as_frame` is True); and ``DESCR``, the description. n is 25,000, or
        50,000 for ``"all"``. Reviews are sorted by part (train first), class (negative first)
        and number.
    (data, target) : tuple
        If `return_X_y` is True.

    Raises
    ------
    ArchiveError
        If `archive` does not exist, or is truncated, altered or a different archive: a
        ``ValueError``.
    DownloadError
        If the texts are not cached and cannot be downloaded: an ``OSError``.

    See Also
    --------
    fetch_movie_reviews : 2,000 longer reviews; a smaller and faster download.

    References
    ----------
    .. [1] A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts, "Learning Word
           Vectors for Sentiment Analysis", ACL 2011, https://ai.stanford.edu/~amaas/data/sentiment/

    Examples
    --------
    >>> from skembed.datasets import fetch_imdb
    >>> texts, labels = fetch_imdb(return_X_y=True)  # doctest: +SKIP

    The download (84 MB) is skipped here. If the archive does not exist:

    >>> fetch_imdb(archive="nowhere/aclImdb_v1.tar.gz")
    Traceback (most recent call last):
    skembed.errors.ArchiveNotFoundError: nowhere/aclImdb_v1.tar.gz does not exist. ...
    """
    texts = fetch_texts(
        IMDB,
        archive=archive,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
        verbose=verbose,
    )
    return as_bunch(
        texts,
        IMDB,
        subset=subset,
        return_X_y=return_X_y,
        as_frame=as_frame,
        description="imdb.md",
    )
