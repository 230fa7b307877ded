"""Damaged archives of data sets, given by path or copied into the data home."""

# ruff: noqa: PT017 - these cases run in a process without pytest

import gzip
import hashlib
import io
import tarfile
import zipfile
from contextlib import suppress
from unittest.mock import patch

import numpy as np
from fuzz.files.mutations import EXTREMES, mutate
from fuzz.files.vector_files import patched
from helpers import IMDB, MOVIE_REVIEWS, packed_tar

from skembed.datasets import _word_vectors, fetch_word_vectors
from skembed.datasets._texts_file import save_texts
from skembed.errors import ArchiveError, DownloadError

NOWHERE = "http://127.0.0.1:9"  # no server listens, so that nothing is downloaded


# Reviews


def damaged_tar(data_set, random):
    content = data_set.good
    way = random.choice(["packed", "unpacked", "unpacked", "header", "header", "members"])
    if way == "packed":
        return mutate(content, random, [IMDB.good, MOVIE_REVIEWS.good])
    plain = gzip.decompress(content)
    if way == "unpacked":
        return gzip.compress(mutate(plain, random, [gzip.decompress(IMDB.good)]), mtime=0)
    if way == "header":
        return gzip.compress(damaged_header(plain, random), mtime=0)
    return packed_tar(data_set.others, data_set.reviews, {odd_name(random): odd_content(random)})


def damaged_header(plain, random):
    """Change a field of the header of a member, with the right checksum."""
    starts = [i for i in range(0, len(plain), 512) if plain[i + 257 : i + 262] == b"ustar"]
    start = random.choice(starts)
    header = bytearray(plain[start : start + 512])
    first, last = random.choice(
        [(0, 100), (100, 108), (124, 136), (136, 148), (156, 157), (157, 257)]
    )
    field = random.choice(
        [
            b"%011o\0" % random.choice([n for n in EXTREMES if n >= 0]),
            b"\x80" + random.choice([0, 1, 2**31, 2**63 - 1]).to_bytes(11, "big"),
            b"\xff" * 12,
            random.choice(b"0123456789gxLKSVD\0").to_bytes(1, "big") * 12,
            random.randbytes(12),
            b"../../x\0",
        ]
    )[: last - first]
    header[first : first + len(field)] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return plain[:start] + bytes(header) + plain[start + 512 :]


def odd_name(random):
    names = [
        "../x",
        "/x",
        "txt_sentoken/neg/cv003_9.txt",
        "a" * 300,
        "x" * 5000,
        "é\udcff",
        "",
        "a//b/",
    ]
    return random.choice(names)


def odd_content(random):
    if random.random() < 0.5:
        member = tarfile.TarInfo(odd_name(random))
        types = [
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.FIFOTYPE,
            tarfile.CHRTYPE,
            tarfile.DIRTYPE,
        ]
        member.type, member.linkname = random.choice(types), "../x"
        return member
    return random.choice([b"", b"\xff", bytes(1 << 17), bytes(1 << 25), b"text"])


def published(data_set, **changes):
    facts = getattr(data_set.module, data_set.name)
    changes = {"n_reviews": data_set.n_reviews, "url": f"{NOWHERE}/{data_set.archive}", **changes}
    return patch.object(data_set.module, data_set.name, facts._replace(**changes))


def check_reviews(data_set, bunch):
    for name, text in zip(bunch.filenames, bunch.data):
        assert name in data_set.reviews or "/" in name
        assert type(text) is str


def try_reviews(group, random, index, folder):
    """An archive given by its path, and the texts cached from it."""
    data_set = random.choice([IMDB, MOVIE_REVIEWS])
    content = damaged_tar(data_set, random) if index else data_set.good
    path = folder / data_set.archive
    path.write_bytes(content)
    with published(data_set):
        try:
            check_reviews(data_set, data_set.fetch(archive=path, data_home=folder, subset="all"))
        except ArchiveError as error:
            assert index, error
            assert path.name in str(error), error
    assert path.read_bytes() == content
    assert [*folder.iterdir()] == [path]
    try_cached_texts(data_set, random, index, folder)


def try_cached_texts(data_set, random, index, folder):
    """The texts cached from an archive: if they are damaged, the archive is read again."""
    home = folder / "skembed"
    home.mkdir()
    kept = home / data_set.archive.replace(".tar.gz", ".npy")
    texts = {name: text.decode() for name, text in data_set.reviews.items()}
    save_texts(kept, texts)
    if index:
        kept.write_bytes(mutate(kept.read_bytes(), random, [data_set.good]))
    with_archive = random.random() < 0.5
    if with_archive:
        (home / data_set.archive).write_bytes(data_set.good)
    with published(data_set, sha256=digest(data_set)):
        try:
            got = data_set.fetch(data_home=folder, subset="all", download_if_missing=False)
        except DownloadError as error:
            assert index, error
            assert not with_archive, error
            assert kept.name in str(error), error
            return
    assert dict(zip(got.filenames, got.data)) == texts
    assert not [file.name for file in home.iterdir() if file.name.endswith(".part")]


def digest(data_set):
    return hashlib.sha256(data_set.good).hexdigest()


# Word vectors

NAME = "glove.2024.wikigiga.50d"  # its digest is not published
ROWS = b"".join(
    b"word%d %s\n" % (i, " ".join(map(str, row)).encode())
    for i, row in enumerate(np.random.RandomState(0).normal(size=(20, 50)).round(3).tolist())
)


def zipped(content, member, random):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as z:
        z.writestr("readme", b"Read me.")
        z.writestr(member, content)
    return file.getvalue()


def try_word_vectors(group, random, index, folder):
    """An archive that was copied into the data home, or the text file of an earlier call."""
    vectors = _word_vectors.WORD_VECTORS[NAME]
    url = f"{NOWHERE}/wiki.zip"
    facts = vectors._replace(archive=vectors.archive._replace(url=url))
    home = folder / "skembed"
    home.mkdir()
    text, archive = home / f"{NAME}.txt", home / "wiki.zip"
    way = random.choice(["archive", "archive", "rows", "text"]) if index else "good"
    content = mutate(ROWS, random) if way in ("rows", "text") else ROWS
    if way == "rows" and random.random() < 0.05:
        content = ROWS + b"\n" * (40 << 20)
    if way == "text":
        text.write_bytes(content)
    else:
        packed = zipped(content, vectors.member, random)
        if way == "archive":
            change = random.choice([mutate, patched])
            packed = change(packed, random)
        archive.write_bytes(packed)
    with patch.dict(_word_vectors.WORD_VECTORS, {NAME: facts}):
        for _ in range(2):
            try:
                path = fetch_word_vectors(NAME, data_home=folder, n_retries=1, delay=1e-3)
            except DownloadError as error:
                assert index, error
                assert "wiki.zip" in str(error) or text.name in str(error), error
                if "deleted" in str(error):
                    assert not (archive.exists() and text.exists()), error
            else:
                rows = path.read_bytes().removesuffix(b"\n").split(b"\n")
                for row in (rows[0], rows[-1]):
                    assert len(row.split(b" ")) >= 51
        text.unlink(missing_ok=True)
        with suppress(OSError):
            archive.unlink()
        archive.write_bytes(zipped(ROWS, vectors.member, random))  # repaired
        assert fetch_word_vectors(NAME, data_home=folder).read_bytes() == ROWS
    assert not [file.name for file in home.iterdir() if file.name.endswith(".part")]


GROUPS = {"reviews": try_reviews, "fetched vectors": try_word_vectors}
