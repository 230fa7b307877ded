"""Download public word vectors."""

import errno
import os
from numbers import Integral, Real
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from skembed._whole_file import whole_file
from skembed.datasets._download import (
    BLOCK_BYTES,
    fetch_file,
    locked,
    progress,
    reject,
)
from skembed.errors import DownloadError

__all__ = ["fetch_word_vectors"]


class Archive(NamedTuple):
    """URL of a zip archive, a size it does not reach, and its published SHA-256 digest, if any."""

    url: str
    max_bytes: int
    sha256: str | None = None


class WordVectors(NamedTuple):
    """A text file in an archive: member name, vector dimension and published row count."""

    archive: Archive
    member: str
    vector_size: int
    n_rows: int | None = None


# URLs and dimensions: https://nlp.stanford.edu/projects/glove/
# Digests: CHECKSUMS_GLOVE in torchtext/experimental/vectors.py of github.com/pytorch/text; the
# same are in src/glove.jl of github.com/JuliaText/Embeddings.jl. None is published for 2024.
# Row counts: num_records in list.json of github.com/piskvorky/gensim-data, whose files were
# converted from these. For the other files, Stanford publishes only rounded numbers.
# Member names of 2024: Stanford does not list them; several public projects that extract these
# archives use the same names.
_STANFORD = "https://nlp.stanford.edu/data"
_6B = Archive(
    f"{_STANFORD}/glove.6B.zip",
    1 << 30,
    "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
)
_42B = Archive(
    f"{_STANFORD}/glove.42B.300d.zip",
    2 << 30,
    "03d5d7fa28e58762ace4b85fb71fe86a345ef0b5ff39f5390c14869da0fc1970",
)
_840B = Archive(
    f"{_STANFORD}/glove.840B.300d.zip",
    3 << 30,
    "c06db255e65095393609f19a4cfca20bf3a71e20cc53e892aafa490347e3849f",
)
_TWITTER = Archive(
    f"{_STANFORD}/glove.twitter.27B.zip",
    2 << 30,
    "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c",
)
WORD_VECTORS = {
    "glove.6B.50d": WordVectors(_6B, "glove.6B.50d.txt", 50, 400_000),
    "glove.6B.100d": WordVectors(_6B, "glove.6B.100d.txt", 100, 400_000),
    "glove.6B.200d": WordVectors(_6B, "glove.6B.200d.txt", 200, 400_000),
    "glove.6B.300d": WordVectors(_6B, "glove.6B.300d.txt", 300, 400_000),
    "glove.42B.300d": WordVectors(_42B, "glove.42B.300d.txt", 300),
    "glove.840B.300d": WordVectors(_840B, "glove.840B.300d.txt", 300),
    "glove.twitter.27B.25d": WordVectors(_TWITTER, "glove.twitter.27B.25d.txt", 25, 1_193_514),
    "glove.twitter.27B.50d": WordVectors(_TWITTER, "glove.twitter.27B.50d.txt", 50, 1_193_514),
    "glove.twitter.27B.100d": WordVectors(_TWITTER, "glove.twitter.27B.100d.txt", 100, 1_193_514),
    "glove.twitter.27B.200d": WordVectors(_TWITTER, "glove.twitter.27B.200d.txt", 200, 1_193_514),
    "glove.2024.wikigiga.50d": WordVectors(
        Archive(f"{_STANFORD}/wordvecs/glove.2024.wikigiga.50d.zip", 1 << 29),
        "wiki_giga_2024_50_MFT20_vectors_seed_123_alpha_0.75_eta_0.075_combined.txt",
        50,
    ),
    "glove.2024.wikigiga.100d": WordVectors(
        Archive(f"{_STANFORD}/wordvecs/glove.2024.wikigiga.100d.zip", 1 << 30),
        "wiki_giga_2024_100_MFT20_vectors_seed_2024_alpha_0.75_eta_0.05.050_combined.txt",
        100,
    ),
    "glove.2024.wikigiga.200d": WordVectors(
        Archive(f"{_STANFORD}/wordvecs/glove.2024.wikigiga.200d.zip", 2 << 30),
        "wiki_giga_2024_200_MFT20_vectors_seed_2024_alpha_0.75_eta_0.05_combined.txt",
        200,
    ),
    "glove.2024.wikigiga.300d": WordVectors(
        Archive(f"{_STANFORD}/wordvecs/glove.2024.wikigiga.300d.zip", 2 << 30),
        "wiki_giga_2024_300_MFT20_vectors_seed_2024_alpha_0.75_eta_0.05_combined.txt",
        300,
    ),
    "glove.2024.dolma.300d": WordVectors(
        Archive(f"{_STANFORD}/wordvecs/glove.2024.dolma.300d.zip", 2 << 30),
        "dolma_300_2024_1.2M.100_combined.txt",
        300,
    ),
}

_MAX_LINE_BYTES = 1 << 16


@validate_params(
    {
        "name": [StrOptions(set(WORD_VECTORS))],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
        "n_retries": [Interval(Integral, 1, None, closed="left")],
        "delay": [Interval(Real, 0.0, None, closed="neither")],
        "verbose": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_word_vectors(
    name: str = "glove.6B.100d",
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = False,
) -> Path:
    """Download public GloVe word vectors on first use and return the path of the text file.

    =====================================  ======  ==========  ========================
    Name                                   Words   Download    Trained on
    =====================================  ======  ==========  ========================
    glove.6B.{50,100,200,300}d             0.4 M   0.8 GB      Wikipedia 2014, Gigaword
    glove.42B.300d                         1.9 M   1.8 GB      Common Crawl
    glove.840B.300d                        2.2 M   2.0 GB      Common Crawl, cased
    glove.twitter.27B.{25,50,100,200}d     1.2 M   1.4 GB      Twitter
    glove.2024.wikigiga.{50,100,200,300}d  1.2 M   0.3-1.6 GB  Wikipedia 2024, Gigaword
    glove.2024.dolma.300d                  1.2 M   1.6 GB      Dolma
    =====================================  ======  ==========  ========================

    Later calls use the stored file and need no network. An interrupted download is resumed.
    The download is checked against its published digest, if there is one, and its rows for
    the right dimension; a file that fails the checks is deleted. Files are written
    atomically, also when several processes call at the same time.

    Parameters
    ----------
    name : str, default="glove.6B.100d"
        Name of the vectors; its last part is their dimension.
    data_home : str or path-like, default=None
        Data folder; the files are stored in its subfolder ``skembed``. By default, the data
        home of scikit-learn: the environment variable SCIKIT_LEARN_DATA, or
        ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error if the file is missing, instead of downloading it.
    n_retries : int, default=3
        Number of retries if the connection breaks or the server is busy.
    delay : float, default=1.0
        Seconds between retries.
    verbose : bool, default=False
        Log to the logger ``skembed.datasets`` and show a progress bar if rich is installed
        (``pip install rich``).

    Returns
    -------
    pathlib.Path
        Path of a text file in GloVe format, for ``PretrainedEmbeddingMatrix(path)``.

    Raises
    ------
    DownloadError
        If the file is missing and cannot be downloaded, or fails its checks: an ``OSError``.

    See Also
    --------
    skembed.PretrainedEmbeddingMatrix : Look up these vectors for a vocabulary.

    Notes
    -----
    Some archives contain vectors of several dimensions. Such an archive is kept until all its
    files are extracted, so that another dimension needs no new download; you may delete it to
    free disk space. Other archives are deleted after extraction.

    On a machine without network access, copy the archive into the folder, or the text file,
    named ``{name}.txt``.

    References
    ----------
    .. [1] J. Pennington, R. Socher and C. D. Manning, "GloVe: Global Vectors for Word
           Representation", EMNLP 2014, https://nlp.stanford.edu/projects/glove/
    .. [2] R. Carlson, J. Bauer and C. D. Manning, "A New Pair of GloVes", 2025,
           https://arxiv.org/abs/2507.18103

    Examples
    --------
    >>> from skembed.datasets import fetch_word_vectors
    >>> path = fetch_word_vectors("glove.6B.100d")  # doctest: +SKIP

    The download (0.8 GB) is skipped here. With a file that was copied by hand:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as data_home:
    ...     file = Path(data_home, "skembed", "glove.6B.50d.txt")
    ...     file.parent.mkdir()
    ...     n_bytes = file.write_bytes(b"the" + 50 * b" 0.1")
    ...     fetch_word_vectors("glove.6B.50d", data_home=data_home) == file
    True
    """
    from sklearn.datasets import get_data_home  # takes half a second

    vectors = WORD_VECTORS[name]
    url = vectors.archive.url
    folder = Path(get_data_home(data_home)) / "skembed"
    path, archive = folder / f"{name}.txt", folder / url.rpartition("/")[2]
    if not path.exists():
        if not (download_if_missing or archive.exists()):
            raise DownloadError(
                f"{path} does not exist. Call with download_if_missing=True, or get {url} on "
                f"another machine and save it as {archive}"
            )
        folder.mkdir(exist_ok=True)
        with locked(archive):
            if not path.exists():  # another process may have extracted it in the meantime
                fetch_file(
                    url,
                    archive,
                    max_bytes=vectors.archive.max_bytes,
                    sha256=vectors.archive.sha256,
                    n_retries=n_retries,
                    delay=delay,
                    verbose=verbose,
                )
                _extract(archive, vectors, path, verbose)
                _delete_if_extracted(archive, vectors.archive)
    if problem := _find_problem(path, vectors.vector_size):
        reject(path, url, problem)
    return path


def _extract(archive: Path, vectors: WordVectors, path: Path, verbose: bool) -> None:
    """Extract one member of an archive to a path, atomically and with checks."""
    url, member = vectors.archive.url, vectors.member
    with whole_file(path) as part:
        try:
            n_rows = _copy_member(archive, member, part, f"Unpacking {path.name}", verbose)
        except KeyError:
            reject(archive, url, f"contains no {member}")
        except Exception as error:  # zipfile raises many types of errors for a corrupt archive
            # EINVAL comes from seeking to an invalid position in a corrupt archive; other
            # OSErrors, such as a full disk, are not the archive's fault.
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise
            reject(archive, url, f"is truncated or corrupt ({error})")
        if problem := _find_problem(part, vectors.vector_size):
            reject(archive, url, f"contains {member}, which {problem}")
        if vectors.n_rows not in (None, n_rows):
            reject(archive, url, f"contains {member} with {n_rows} rows, expected {vectors.n_rows}")


def _copy_member(archive: Path, member: str, path: Path, what: str, verbose: bool) -> int:
    """Copy an archive member to a path and return its number of lines."""
    from skembed.vectors.files.unpacked_size import (
        max_unpacked_bytes,
    )  # not needed to import datasets

    limit = max_unpacked_bytes(archive.stat().st_size)
    n_rows, block = 0, b"\n"
    with (
        ZipFile(archive) as zipped,
        zipped.open(member) as source,
        path.open("wb") as file,
        progress(what, 0, zipped.getinfo(member).file_size, verbose) as advance,
    ):
        if zipped.getinfo(member).file_size > limit:  # no more than this size is ever read
            raise ValueError(f"{member} unpacks to more than {limit:,} bytes")
        while piece := source.read(BLOCK_BYTES):
            block = piece
            n_rows += block.count(b"\n")
            file.write(block)
            advance(len(block))
    return n_rows + (not block.endswith(b"\n"))


def _find_problem(path: Path, vector_size: int) -> str | None:
    """Return a description of the problem if the first or last row is invalid."""
    from skembed.vectors.files.separators import (
        count_numbers_at_end,
    )  # not needed to import datasets

    with path.open("rb") as file:
        first = file.readline(_MAX_LINE_BYTES)
        file.seek(max(0, path.stat().st_size - _MAX_LINE_BYTES))
        last = file.read().removesuffix(b"\n").rpartition(b"\n")[2]
    for place, row in ("first", first), ("last", last):
        if (n := count_numbers_at_end(row)) != vector_size:
            return f"has {n} numbers in its {place} row, expected {vector_size}"
    return None


def _delete_if_extracted(archive: Path, source: Archive) -> None:
    """Delete an archive once all its files are extracted."""
    names = (name for name, vectors in WORD_VECTORS.items() if vectors.archive == source)
    if all((archive.parent / f"{name}.txt").exists() for name in names):
        archive.unlink()
