"""Damaged files of the cache of word vectors: they cost time, and change no result."""

import gzip
import os
import shutil

from fuzz.files.mutations import mutate
from fuzz.files.vector_files import ROWS, SINGLE, VALUES, WORDS, binary, text

from skembed import load_word_vectors
from skembed.vectors.files import cache

TABLE = dict(ROWS)
FILES = {
    "glove": text(),
    "glove in gz": gzip.compress(text(), mtime=0),
    "binary": binary(),
    "binary in gz": gzip.compress(binary(), mtime=0),
}
OTHER = text(rows=[*zip(WORDS, -VALUES)])  # the same words with other numbers
OTHER_FILES = {"plain": OTHER, "in gz": gzip.compress(OTHER, mtime=0)}


def check(path, random):
    cache._open_cache.cache_clear()
    words = random.choice([None, random.sample(SINGLE, 4)])
    vectors = load_word_vectors(path, words)
    for word in vectors.index_to_key if words is None else words:
        assert vectors[word].tobytes() == TABLE[word].tobytes(), word


def damage(file, others, random):
    """Damage one file of the cache, or put something else in its place."""
    others = [other for other in others if other.is_file()]
    way = random.choice(["mutate"] * 6 + ["gone", "empty", "folder", "link", "other", "other"])
    if way == "mutate":
        content = [other.read_bytes() for other in others]
        file.write_bytes(mutate(file.read_bytes(), random, content))
        return
    others.remove(file)
    file.unlink()
    if way == "empty":
        file.write_bytes(b"")
    elif way == "folder":
        file.mkdir()
    elif way == "link":
        file.symlink_to(random.choice([file, file.with_name("nowhere"), *others]))
    elif way == "other":
        shutil.copy(random.choice(others), file)


def try_cache(group, random, index, folder):
    path, other = folder / "VECTORS", folder / "OTHER"
    kind = group.removeprefix("cache of ")
    path.write_bytes(FILES[kind])
    other.write_bytes(OTHER_FILES["in gz" if kind.endswith("in gz") else "plain"])
    for each in (path, other):
        os.utime(each, ns=(1, 1))
        load_word_vectors(each, random.sample(SINGLE, 9))
        if random.random() < 0.5:
            load_word_vectors(each, random.sample(SINGLE, 5))
    home = folder / "home" / "skembed" / "vectors"
    (own,), (foreign,) = home.glob("VECTORS-*"), home.glob("OTHER-*")
    if index and random.random() < 0.1:
        shutil.rmtree(own)
        shutil.copytree(foreign, own)
    elif index:
        for _ in range(random.choice([1, 1, 2, 3])):
            files = sorted(file for file in own.iterdir() if file.is_file())
            others = sorted(file for file in home.rglob("*") if file.is_file())
            if files:
                damage(random.choice(files), others, random)
    for _ in range(3):
        check(path, random)
    left = [file.name for file in home.rglob("*") if file.name.endswith(".part")]
    assert not left, left


GROUPS = [f"cache of {kind}" for kind in FILES]
