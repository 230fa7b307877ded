"""The Large Movie Review Dataset of Maas and others."""

import os
import re
from typing import Any, Literal

from sklearn.utils._param_validation import validate_params

from skembed.datasets._review_archives import ReviewArchive
from skembed.datasets._reviews import PARAMETER_RULES, as_bunch, fetch_texts

__all__ = ["fetch_imdb"]

# Digest: tensorflow_datasets/url_checksums/imdb_reviews.txt of github.com/tensorflow/datasets,
# where it stands beside the size of 84,125,825 bytes.
IMDB = ReviewArchive(
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
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
    verbose: bool = True,
) -> Any:
    """Load 50,000 reviews from the Internet Movie Database; download them once.

    The labelled part of the Large Movie Review Dataset [1]_: as many positive reviews (7 to
    10 stars) as negative ones (1 to 4 stars), with films for testing that do not occur in
    training. The texts are as their writers left them, with ``<br />`` for line breaks. The
    archive's unlabelled reviews are passed over.

    The download (84 MB) must have its published digest and 12,500 reviews of each class in
    each part. One file of texts (67 MB) then stays in the data home for all later calls,
    which need no network; if it is damaged, it is made anew. No trace is left of a download
    that fails its checks. Processes that call at once share one download.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The part of the data set, as published.
    archive : str or path-like, default=None
        An ``aclImdb_v1.tar.gz`` that is on this machine already. Each call reads it anew,
        without the network or the data home, and does not change it. All is checked but the
        digest: the archive may have been packed again, and the unlabelled reviews left out.
    data_home : str or path-like, default=None
        The folder whose folder ``skembed`` keeps the texts; by default that of all data sets
        of scikit-learn (the environment variable SCIKIT_LEARN_DATA, or
        ``~/scikit_learn_data``).
    download_if_missing : bool, default=True
        Whether the network may be used. If not, and nothing is kept, there is an error.
    return_X_y : bool, default=False
        Return only ``(data, target)``.
    as_frame : bool, default=False
        Return a Series each for data and target, and the Bunch with a ``frame``.
    n_retries : int, default=3
        Further attempts after a broken connection or the answer of a busy server.
    delay : float, default=1.0
        Seconds to wait before each.
    verbose : bool, default=True
        Log to the logger ``skembed.datasets``, and show how far a download has come (a bar
        needs rich, ``pip install "skembed[progress]"``).

    Returns
    -------
    data : Bunch
        ``data``, the reviews, and ``filenames``, such as ``aclImdb/train/neg/0_3.txt`` (a
        review with 3 stars): arrays of shape (n,) and dtype object, of ``str``; ``target``,
        int64 (n,), 0 for negative and 1 for positive, the places in ``target_names``, which
        is ``["neg", "pos"]``; ``frame``, with the columns ``text`` and ``target``, or None
        without `as_frame`; ``DESCR``. n is 25,000, or 50,000 for ``"all"``: first the reviews
        for training, in each part first the negative ones, in each class by number.
    (data, target) : tuple
        With `return_X_y`.

    Raises
    ------
    ArchiveError
        If there is no `archive` at that path, or it is cut, altered or another one: a
        ``ValueError``.
    DownloadError
        If there is no whole file of texts and none can be made: an ``OSError``.

    See Also
    --------
    fetch_movie_reviews : 2,000 longer reviews, which take less time.

    References
    ----------
    .. [1] A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts, "Learning Word
           Vectors for Sentiment Analysis", ACL 2011, https://ai.stanford.edu/~amaas/data/sentiment/

    Examples
    --------
    >>> from skembed.datasets import fetch_imdb
    >>> texts, labels = fetch_imdb(return_X_y=True)  # doctest: +SKIP

    To download 84 MB would be too much here; a path that leads nowhere costs nothing:

    >>> fetch_imdb(archive="nowhere/aclImdb_v1.tar.gz")
    Traceback (most recent call last):
    skembed.errors.ArchiveNotFoundError: There is no nowhere/aclImdb_v1.tar.gz.
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
