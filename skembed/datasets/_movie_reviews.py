"""The polarity data set v2.0 of Pang and Lee."""

import os
import re
from typing import Any, Literal

from sklearn.utils._param_validation import validate_params

from skembed.datasets._review_archives import ReviewArchive
from skembed.datasets._reviews import PARAMETER_RULES, as_bunch, fetch_texts

__all__ = ["fetch_movie_reviews"]

# Digest: ARCHIVE_SHA256 in doc/tutorial/text_analytics/data/movie_reviews/fetch_data.py of
# github.com/scikit-learn/scikit-learn; src/movie_review_polarity.rs of the crate
# dataset-ml 0.4.0 has the same.
MOVIE_REVIEWS = ReviewArchive(
    url="https://www.cs.cornell.edu/people/pabo/movie-review-data/review_polarity.tar.gz",
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
    verbose: bool = True,
) -> Any:
    """Load 2,000 movie reviews, half of them positive, half negative; download them once.

    The polarity data set v2.0 of Pang and Lee [1]_: reviews of films from a newsgroup, in
    lower case, with spaces between all words and signs, a sentence a line.

    What is downloaded (3 MB) is checked against its published digest and for 1,000 reviews
    of each class, and kept as one file of texts in the data home. Later calls read that,
    need no network, and make the file anew if it is damaged. Nothing is kept of what fails
    its checks, and several processes may call at once.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Reviews ``cv000`` to ``cv899`` of each class are for training, ``cv900`` to ``cv999``
        for testing.
    archive : str or path-like, default=None
        A ``review_polarity.tar.gz`` that you have. It is read in each call, left as it is,
        and checked for all but its digest, so that one that was packed again will do.
        Neither the network nor the data home is used then.
    data_home : str or path-like, default=None
        The folder for data sets, in whose folder ``skembed`` the reviews are kept. By
        default, as in scikit-learn, what the environment variable SCIKIT_LEARN_DATA names,
        else ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error instead of using the network.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Return pandas objects instead of arrays.
    n_retries : int, default=3
        How often to try again when the connection breaks or the server is busy.
    delay : float, default=1.0
        Seconds between these.
    verbose : bool, default=True
        Draw a progress bar where rich is installed (``pip install "skembed[progress]"``),
        and log to the logger ``skembed.datasets``.

    Returns
    -------
    data : Bunch
        With ``data``, the reviews (n,), of ``str`` (dtype object); ``target``, the classes
        (n,), int64: 0 negative, 1 positive; ``target_names``, ``["neg", "pos"]``;
        ``filenames``, the names in the archive (n,), of ``str`` (dtype object); ``frame``, a
        DataFrame with the columns ``text`` and ``target`` (None unless `as_frame`); and
        ``DESCR``. n is 1,800, 200 or 2,000. Training comes before testing, negative before
        positive, and the numbers of the files ascend.
    (data, target) : tuple
        If `return_X_y`.

    Raises
    ------
    ArchiveError
        If `archive` is not there, or not what it should be: a ``ValueError``.
    DownloadError
        If the reviews are neither here nor to be had, or what arrives is not what it should
        be: an ``OSError``.

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

    That is skipped here, since it downloads 3 MB. Where there is no network:

    >>> fetch_movie_reviews(download_if_missing=False)
    Traceback (most recent call last):
    skembed.errors.DownloadError: ...review_polarity.npy is not there. Call with
    download_if_missing=True, or bring https://www.cs.cornell.edu/.../review_polarity.tar.gz
    from elsewhere and pass its path as archive.
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
