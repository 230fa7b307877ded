"""Damaged files of word vectors, in every format and packing, against slow readers."""

# ruff: noqa: PT017 - these cases run in a process without pytest

import base64
import bz2
import gzip
import io
import lzma
import struct
import tempfile
import warnings
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
from fuzz.files.mutations import mutate
from fuzz.files.reference import Reference

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix, load_word_vectors
from skembed.errors import NoVectorsFoundError, VectorFileError, VectorFileWarning

N, SIZE = 40, 3
WORDS = [
    *(f"word{i}" for i in range(N - 12)),
    *(
        "naïve",
        "日本",
        "the",
        "The",
        "a\xa0b",
        "</s>",
        "3",
        ".",
        "x" * 40,
        "New York",
        ". . .",
        "é",
    ),
]
VALUES = np.random.RandomState(0).normal(size=(N, SIZE)).astype(np.float32)
VALUES[0] = -0.0, 1e-45, 3.4028235e38
SINGLE = [word for word in WORDS if " " not in word]
ROWS = [*zip(WORDS, VALUES)]
MAX_SHOWN = 700  # bytes of a file in a message


def text(separator=" ", inner=" ", end="\n", header=b"", rows=ROWS):
    lines = (f"{word}{separator}{inner.join(map(str, row.tolist()))}{end}" for word, row in rows)
    return header + "".join(lines).encode()


def binary(end=b""):
    rows = [row for row in ROWS if row[0] in SINGLE]
    header = b"%d %d\n" % (len(rows), SIZE)
    return header + b"".join(b"%b %b" % (w.encode(), v.tobytes()) + end for w, v in rows)


def fasttext(**settings):
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    settings = {"vector_size": SIZE, "min_count": 1, "epochs": 1, "bucket": 30, **settings}
    model = FastText([SINGLE] * 2, workers=1, seed=0, **settings)
    with tempfile.TemporaryDirectory() as folder:
        save_facebook_model(model, f"{folder}/model")
        return Path(folder, "model").read_bytes()


def saved(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def gensim_file(ending, **settings):
    """The files of gensim, which are refused: the pickle itself, or the array beside it."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(SIZE)
    vectors.add_vectors(WORDS, VALUES)
    with tempfile.TemporaryDirectory() as folder:
        vectors.save(f"{folder}/vectors.kv", **settings)
        return Path(folder, f"vectors.kv{ending}").read_bytes()


CONTENTS = {
    "glove": text,
    "word2vec": lambda: text(header=b"%d %d\n" % (N, SIZE)),
    "fasttext vec": lambda: text(header=b"%d %d\n" % (N, SIZE), end=" \n"),
    "crlf": lambda: b"\xef\xbb\xbf" + text(end="\r\n"),
    "tabs": lambda: text("\t", "\t"),
    "tab and spaces": lambda: text("\t", " ", header=b"%d %d\n" % (N, SIZE)),
    "commas": lambda: text(",", ","),
    "utf-16": lambda: text().decode().encode("utf-16"),
    "binary": binary,
    "binary of word2vec": lambda: binary(b"\n"),
    "fasttext": fasttext,
    "fasttext without subwords": lambda: fasttext(max_n=0),
    "npz": lambda: saved(np.savez, words=np.array(WORDS), vectors=VALUES),
    "npz compressed": lambda: saved(np.savez_compressed, words=np.array(WORDS), vectors=VALUES),
    "npz of bytes": lambda: saved(np.savez, a=np.array(SINGLE[:7], "S7"), b=np.ones((7, 2))),
    "gensim": lambda: gensim_file(""),
    "gensim with arrays": lambda: gensim_file("", sep_limit=0),
    "gensim array": lambda: gensim_file(".vectors.npy", sep_limit=0),
}
ALWAYS_REFUSED = {"commas", "utf-16", "gensim", "gensim with arrays", "gensim array"}


def zipped(content, random):
    file = io.BytesIO()
    methods = [zipfile.ZIP_DEFLATED] * 3 + [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    with zipfile.ZipFile(file, "w", random.choice(methods)) as archive:
        if random.random() < 0.2:
            archive.mkdir("folder")
            archive.writestr("__MACOSX/._v.txt", b"\0\5\x16\7")
        archive.writestr("folder/v.txt", content)
    return file.getvalue()


PACKINGS = {
    "plain": lambda content, random: content,
    "gz": lambda content, random: gzip.compress(content, random.choice([0, 1, 9]), mtime=0),
    "bz2": lambda content, random: bz2.compress(content, random.choice([1, 9])),
    "xz": lambda content, random: lzma.compress(content, preset=random.choice([0, 1])),
    "zip": zipped,
}
UNPACKED_ONLY = {name for name in CONTENTS if name.startswith(("npz", "gensim"))}
GROUPS = [
    f"{kind} in {packing}"
    for kind in CONTENTS
    for packing in PACKINGS
    if packing == "plain" or kind not in UNPACKED_ONLY
]


@cache
def content_of(kind):
    return CONTENTS[kind]()


def damaged(kind, packing, random):
    """A file damaged before it was packed, after it, or both."""
    content, pack = content_of(kind), PACKINGS[packing]
    others = [content_of(other) for other in random.sample([*CONTENTS], 2)]
    before = packing == "plain" or random.random() < 0.55
    if before:
        content = mutate(content, random, others)
    packed = pack(content, random)
    if not before or (packing != "plain" and random.random() < 0.1):
        packed = mutate(packed, random, [pack(other, random) for other in others])
    return packed


def try_file(group, random, index, folder):
    """Read one damaged file several times; number 0 is the undamaged one."""
    kind, _, packing = group.partition(" in ")
    good = PACKINGS[packing](content_of(kind), random)
    content = damaged(kind, packing, random) if index else good
    path = folder / random.choice(["VECTORS", "my VECTORS.bin", "日本-VECTORS-" + 80 * "é"[:1]])
    path.write_bytes(content)
    try:
        for cached in random.choice([[True, True, True], [False, True], [True, True, False]]):
            try_read(path, content, random, cached, must_work=not (index or kind in ALWAYS_REFUSED))
        try_estimator(path, content, random)
        if kind not in ALWAYS_REFUSED:
            path.write_bytes(good)
            try_read(path, good, random, True, must_work=True)
        left = [file.name for file in folder.rglob("*") if file.name.endswith(".part")]
        assert not left, left
    except Exception as error:
        if len(content) < MAX_SHOWN:
            error.add_note(f"path.write_bytes(base64.b64decode({base64.b64encode(content)}))")
        raise


def draw_words(random):
    if random.random() < 0.4:
        return None
    return random.sample([*WORDS, "absent", "x" * 5000, "a\nb", "\ud800", ""], random.randint(1, 9))


def try_read(path, content, random, cached, must_work):
    words, decode_error = draw_words(random), random.choice(["strict", "replace"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VectorFileWarning)
        try:
            loaded = load_word_vectors(path, words, decode_error=decode_error, cache=cached)
        except (VectorFileError, NoVectorsFoundError) as error:
            assert path.name in str(error), error
            none_wanted = words is not None and not {*words} & {*SINGLE[:7]}
            assert not must_work or none_wanted, error
            return
    found = {word: loaded[word] for word in loaded.index_to_key}
    compare(found, Reference(content, loaded.vector_size), words, decode_error)


def compare(found, expected, words, decode_error):
    assert decode_error == "replace" or expected.is_utf8, "a word is not UTF-8"
    table = expected.table(decode_error, words)
    broken = expected.broken
    if words is not None:
        broken = broken & {word.encode("utf-8", "replace") for word in words}
    assert not broken, f"{broken} should have been refused"
    assert {*found} == {*table}, {*found} ^ {*table}
    assert words is not None or [*found] == [*table]
    for word, vector in found.items():
        assert vector.dtype == np.float32
        if expected.kind == "fasttext":
            np.testing.assert_allclose(vector, table[word], rtol=1e-4, atol=1e-6)
        else:
            assert vector.tobytes() == table[word].tobytes(), (word, vector, table[word])


def try_estimator(path, content, random):
    """Look up the words of documents, with all options of the estimator."""
    lookup, oov = random.choice(["exact", "fallback"]), random.choice(["zeros", "mean", "subword"])
    texts = [" ".join(random.sample(SINGLE, 5)), "the THE Word3 absent"]
    sequences = KerasTokenizerTransformer(lower=False, filters="").fit_transform(texts)
    embedding = PretrainedEmbeddingMatrix(
        path, lookup=lookup, oov=oov, normalize=random.random() < 0.3, decode_error="replace"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            matrix = embedding.fit(sequences).matrix_
        except (VectorFileError, NoVectorsFoundError) as error:
            assert path.name in str(error), error
            return
    assert matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    if embedding.normalize:
        return
    expected = Reference(content, matrix.shape[1])
    for word, vector in expected.table("replace", sequences.vocabulary.words).items():
        found = matrix[sequences.vocabulary[word]]
        np.testing.assert_allclose(found, vector, rtol=1e-4, atol=1e-6)


# NumPy's array with the words in a text file beside it


def try_npy(group, random, index, folder):
    array = saved(lambda file, values: np.save(file, values), values=VALUES)
    listed = "\n".join(WORDS).encode() + random.choice([b"", b"\n"])
    if index and random.random() < 0.6:
        array = mutate(array, random, [content_of("glove"), content_of("npz")])
    elif index:
        listed = mutate(listed, random, [content_of("glove")])
    path = folder / "VECTORS.npy"
    path.write_bytes(array)
    path.with_suffix(".txt").write_bytes(listed)
    words, decode_error = draw_words(random), random.choice(["strict", "replace"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VectorFileWarning)
        try:
            found = load_word_vectors(path, words, decode_error=decode_error)
        except (VectorFileError, NoVectorsFoundError) as error:
            assert "VECTORS" in str(error), error
            assert index or isinstance(error, NoVectorsFoundError), error
            return
    if not array.startswith(b"\x93NUMPY"):  # spliced with another format, which is told by content
        return
    values = np.load(io.BytesIO(array))
    names = listed.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").split(b"\n")
    names = [name.removesuffix(b"\r").decode("utf-8", decode_error) for name in names]
    assert len(names) == len(values)
    for word in found.index_to_key:
        np.testing.assert_array_equal(found[word], values[names.index(word)].astype(np.float32))
    assert {*found.index_to_key} == ({*names} if words is None else {*names} & {*words})


# Files that unpack to far more than they hold


def inflating(random, kind):
    """A small file of 20 MB of rows."""
    row = random.choice(
        [b"word7 0.5 0.5 0.5\n", b"a 1\n", b"\n", b" ", b"\0", b"word" * 30 + b" 1 1\n"]
    )
    start = random.choice([text(), text(), b"999999999 3\n", b"2 3\nword1 1 2 3\n", b"", binary()])
    block, n = row * ((1 << 20) // len(row)), 20
    if kind == "zip":
        return zipped(start + block * n, random)
    pack = PACKINGS[kind]  # the packed blocks follow each other
    return pack(start, random) + pack(block, random) * n


def npz_bomb(random):
    if random.random() < 0.5:
        return saved(np.savez_compressed, words=np.array(["a"]), vectors=np.zeros((1, 9_000_000)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        header = io.BytesIO()
        shape = random.choice([(2**40, 3), (2**62, 2), (3, 2**60), (0, 2**50), (10**9, 3)])
        head = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(header, head)
        archive.writestr("vectors.npy", header.getvalue() + bytes(random.choice([0, 36, 1 << 24])))
        archive.writestr("words.npy", saved(lambda f, a: np.save(f, a), a=np.array(WORDS[:3])))
    return file.getvalue()


def try_bomb(group, random, index, folder):
    kind = random.choice(["gz", "bz2", "xz", "zip", "zip of many members", "npz", "nested"])
    path = folder / "VECTORS"
    if kind == "npz":
        content = npz_bomb(random)
    elif kind == "zip of many members":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for i in range(random.choice([2, 3000])):
                archive.writestr(f"{i}.{random.choice(['txt', 'npy'])}", b"a 1\n")
        content = file.getvalue()
    elif kind == "nested":
        content = gzip.compress(PACKINGS[random.choice(["gz", "bz2", "zip"])](text(), random))
    else:
        content = inflating(random, kind)
    path.write_bytes(content)
    words = random.choice([None, ["word7", "the"]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VectorFileWarning)
            load_word_vectors(path, words, cache=random.random() < 0.7)
    except (VectorFileError, NoVectorsFoundError) as error:
        assert "VECTORS" in str(error), error
    n_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert n_bytes < max(1 << 26, 100 * len(content)), f"{n_bytes >> 20} MB were written"


# Members and headers of zip archives


def patched(content, random):
    """Change a field of the headers of a zip archive: the local one, the central one or the end."""
    fields = {
        b"PK\3\4": ("<HHHHHLLLHH", 4),  # version, flags, method, time, date, CRC, sizes, lengths
        b"PK\1\2": ("<HHHHHHLLLHHHHHLL", 4),
        b"PK\5\6": ("<HHHHLLH", 4),
    }
    for _ in range(random.choice([1, 1, 2])):
        magic = random.choice([*fields])
        layout, skipped = fields[magic]
        places = [i for i in range(len(content)) if content.startswith(magic, i)]
        if not places:
            continue
        at = random.choice(places) + skipped
        if at + struct.calcsize(layout) > len(content):
            continue
        values = [*struct.unpack_from(layout, content, at)]
        i = random.randrange(len(values))
        top = 2**16 if layout[1 + i] == "H" else 2**32
        change = [0, 1, 8, 9, 12, 14, 63, 95, 99, 255, 2**11, 2**16 - 1, 2**31, top - 1]
        values[i] = random.choice([*change, values[i] ^ 1 << random.randrange(16), values[i] + 1])
        values[i] %= top
        end = at + struct.calcsize(layout)
        content = content[:at] + struct.pack(layout, *values) + content[end:]
    return content


NAMES = [
    *("v.txt", "../v.txt", "/etc/v.txt", "C:\\v.txt", "..\\v.txt", "a/../../v", "日本.txt", ""),
    *("\\", "v\0.txt", "v.npy", "v\n.txt", " ", ".", "con", "a" * 60_000, "__MACOSX/v.txt"),
    *("é\u202e.txt",),
]  # fmt: skip


def try_zip(group, random, index, folder):
    file, kinds = io.BytesIO(), set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = b"" if random.random() < 0.8 else b"PK\5\6" + bytes(40)
            for _ in range(random.choice([1, 1, 1, 2, 3])):
                kind = random.choice(["glove", "glove", "binary", "npz", "fasttext"])
                kinds.add(kind)
                info = zipfile.ZipInfo(random.choice(NAMES))
                if random.random() < 0.3:
                    info.extra = random.choice(
                        [
                            b"\1\0\x10\0" + random.randbytes(16),
                            b"\1\0\xff\xff",
                            b"\x75\x70\5\0abcde",
                        ]
                    )
                with suppress(ValueError, IndexError, struct.error):  # zipfile itself refuses it
                    archive.writestr(info, content_of(kind))
    content = file.getvalue()
    if random.random() < 0.8:
        content = patched(content, random)
    path = folder / "VECTORS"
    path.write_bytes(content)
    member = random.choice([None, None, "v.txt", "absent", "", "../v.txt", "日本.txt"])
    for cached in (True, True):
        words, decode_error = draw_words(random), random.choice(["strict", "replace"])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", VectorFileWarning)
                found = load_word_vectors(
                    path, words, member=member, decode_error=decode_error, cache=cached
                )
        except (VectorFileError, NoVectorsFoundError) as error:
            assert "VECTORS" in str(error), error
            continue
        for word in found.index_to_key:
            if found.vector_size == SIZE and content.count(b"PK\3\4") == 1:
                known = dict(ROWS)
                if "fasttext" not in kinds and word in known:
                    assert found[word].tobytes() == known[word].tobytes()
