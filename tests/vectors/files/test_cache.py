"""The cache of word-vector files: it saves work, and damage to it does no harm."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from skembed import (
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    load_word_vectors,
    save_word_vectors,
)
from skembed.errors import VectorFileError
from skembed.vectors.files import cache, read, select_rows
from skembed.vectors.files.checksums import load_arrays, save_arrays

SIZE = 5
WORDS = [f"word{i}" for i in range(40)]
TABLE = dict(zip(WORDS, np.random.RandomState(0).normal(size=(40, SIZE)).round(4)))
FIRST, NEXT = WORDS[5:15], WORDS[10:20]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A separate data home for each test."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def write(path, format="glove", packed=False):
    save_word_vectors(TABLE, path, format=format)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return path


@pytest.fixture(params=["glove", "glove in gz", "word2vec-binary", "word2vec-binary in gz"])
def source(request, tmp_path):
    format, _, packed = request.param.partition(" in ")
    return write(tmp_path / "vectors", format, bool(packed))


@pytest.fixture
def work(monkeypatch):
    """The rows that were parsed, and how often a complete file was read."""
    done = {"parsed": [], "through": 0}
    parse, read_and_index = select_rows.parse_rows, read.read_and_index

    def counted_parse(rows, *args):
        result = parse(rows, *args)
        done["parsed"] += [word.decode() for word in result.words]
        return result

    def counted_read(*args):
        done["through"] += 1
        return read_and_index(*args)

    monkeypatch.setattr(select_rows, "parse_rows", counted_parse)
    monkeypatch.setattr(read, "read_and_index", counted_read)
    return done


def vectors_in(path, words=None, **reading):
    vectors = load_word_vectors(path, words, **reading)
    return {word: vectors[word].tolist() for word in vectors.index_to_key}


def expected(words):
    return {word: TABLE[word].astype(np.float32).tolist() for word in words}


def forget():
    """Empty the cache in memory, as in a new process."""
    cache._open_cache.cache_clear()


def kept(home):
    return [path for path in home.rglob("*") if path.is_file()]


def test_a_second_read_parses_nothing_and_the_next_fold_only_what_is_new(source, work):
    assert vectors_in(source, FIRST) == expected(FIRST)
    assert work == {"parsed": FIRST, "through": 1}
    for again in (FIRST, FIRST[2:4], [*FIRST, "nowhere"]):
        assert vectors_in(source, again) == expected(word for word in again if word in TABLE)
    assert work == {"parsed": FIRST, "through": 1}
    assert vectors_in(source, NEXT) == expected(NEXT)
    assert work == {"parsed": WORDS[5:20], "through": 1}
    assert vectors_in(source, [*FIRST, *NEXT[5:]]) == expected(WORDS[5:20])
    assert work == {"parsed": WORDS[5:20], "through": 1}
    assert vectors_in(source) == expected(WORDS)
    assert sorted(work["parsed"]) == sorted(WORDS)
    assert work["through"] == 1


def test_the_first_row_is_kept_by_a_later_read_too(source, work):
    for words in (FIRST, WORDS[:3], WORDS[:3]):
        assert vectors_in(source, words) == expected(words)
    assert work == {"parsed": [*FIRST, *WORDS[:3]], "through": 1}


def test_words_with_spaces_are_kept(tmp_path, work):
    path = tmp_path / "vectors"
    path.write_text("a 1 2\nNew York 3 4\nb 5 6\n")
    for _ in range(2):
        assert vectors_in(path, ["New York", "b"]) == {"New York": [3, 4], "b": [5, 6]}
    assert work == {"parsed": ["New York", "b"], "through": 1}


def test_of_what_is_kept_only_a_damaged_row_is_parsed_again(source, work, home):
    vectors_in(source, FIRST)
    (values,) = home.rglob("*.float32")
    damaged = bytearray(values.read_bytes())
    damaged[-1] ^= 1
    values.write_bytes(damaged)
    assert vectors_in(source, FIRST) == expected(FIRST)
    assert work == {"parsed": [*FIRST, FIRST[-1]], "through": 1}


def test_what_was_kept_is_found_from_the_disk(source, work):
    vectors_in(source, FIRST)
    forget()
    assert vectors_in(source, NEXT) == expected(NEXT)
    assert work == {"parsed": WORDS[5:20], "through": 1}


def test_estimators_share_what_is_kept(source, work):
    for words in (FIRST, NEXT, FIRST):
        sequences = KerasTokenizerTransformer().fit_transform([" ".join(words)])
        step = PretrainedEmbeddingMatrix(source).fit(sequences)
        assert step.matrix_[step.vocabulary_[words[0]]].tolist() == expected(words)[words[0]]
    assert work == {"parsed": WORDS[5:20], "through": 1}


@pytest.mark.parametrize(
    "words", [["x" * 16 + "1"], ["twice"]], ids=["same-first-letters", "repeated"]
)
@pytest.mark.filterwarnings("ignore::skembed.errors.VectorFileWarning")
def test_rows_that_only_looked_wanted_are_not_parsed_again(words, work, tmp_path):
    path = tmp_path / "v"
    path.write_text("".join(f"{'x' * 16}{i} {i}\n" for i in range(5)) + "twice 1\ntwice 2\n")
    before = vectors_in(path, words)
    vectors_in(path, words)
    del work["parsed"][:]
    assert vectors_in(path, words) == before
    assert work == {"parsed": [], "through": 1}


NEW_PROCESS = """
import json, sys
from skembed import load_word_vectors
from skembed.vectors.files import read, select_rows
path, must_be_there, *words = sys.argv[1:]
if must_be_there == "kept":
    read.read_and_index = None
    parse = select_rows.parse_rows
    select_rows.parse_rows = lambda rows, *args: parse([*rows][:0], *args)
vectors = load_word_vectors(path, words)
print(json.dumps({word: vectors[word].tolist() for word in vectors.index_to_key}))
"""


def start(source, must_be_there, words):
    return subprocess.Popen(
        [sys.executable, "-c", NEW_PROCESS, source, must_be_there, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


def test_processes_build_at_once_and_another_uses_it(tmp_path, home):
    source = write(tmp_path / "vectors", packed=True)
    both = [start(source, "", FIRST), start(source, "", NEXT)]
    assert [answer(process) for process in both] == [expected(FIRST), expected(NEXT)]
    assert not [path for path in kept(home) if path.suffix == ".part"]
    assert answer(start(source, "kept", WORDS[5:20])) == expected(WORDS[5:20])


def test_threads_build_at_once(source, home):
    folds = [WORDS[i : i + 10] for i in range(30)]
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(lambda words: vectors_in(source, words), folds)] == [
            *map(expected, folds)
        ]
    assert not [path for path in kept(home) if path.suffix == ".part"]
    forget()
    assert vectors_in(source) == expected(WORDS)


def test_an_index_that_lost_rows_is_not_believed(tmp_path, home):
    words = [f"word{i}" for i in range(4000)]  # more than zipfile looks ahead
    path = tmp_path / "v"
    path.write_text("".join(f"{word} 1 2\n" for word in words))
    vectors_in(path, ["word1"])
    (index,) = home.rglob("index*")
    content = index.read_bytes()
    index.write_bytes(content.replace(b"(4000,)", b"(2000,)").replace(b"(4001,)", b"(2001,)"))
    forget()
    assert vectors_in(path, ["word3000"]) == {"word3000": [1, 2]}


CHANGES = {
    "a digit": lambda old: old.replace(b"4\n", b"5\n"),
    "same size": lambda old: old.replace(b"word12 ", b"word_1 ").replace(b"word13 ", b"word12 "),
    "longer": lambda old: b"word10 1 2 3 4 5\n" + old.replace(b"word10 ", b"word_10 "),
    "cut": lambda old: old[: old.index(b"word15")],
}


@pytest.mark.parametrize("same_time", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changed_is_noticed(change, packed, same_time, tmp_path):
    pack = (lambda content: gzip.compress(content, 0)) if packed else bytes
    path = write(tmp_path / "vectors")
    old = path.read_bytes()
    path.write_bytes(pack(old))
    before = vectors_in(path, NEXT)
    times = path.stat()
    path.write_bytes(pack(CHANGES[change](old)))
    if same_time:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert vectors_in(path, NEXT) == vectors_in(path, NEXT, cache=False) != before


def test_words_that_were_appended_are_found(tmp_path):
    path = write(tmp_path / "v")
    assert vectors_in(path, FIRST) == expected(FIRST)
    with path.open("ab") as file:
        file.write(b"more 1 2 3 4 5\n")
    assert vectors_in(path, [*FIRST, "more"]) == {**expected(FIRST), "more": [1, 2, 3, 4, 5]}


def test_a_file_that_was_touched_is_read_again(source, work):
    vectors_in(source, FIRST)
    os.utime(source, ns=(1, 1))
    assert vectors_in(source, FIRST) == expected(FIRST)
    assert work["through"] == 2


def test_a_file_of_the_same_name_elsewhere_is_another(tmp_path):
    for i in range(2):
        path = tmp_path / str(i) / "v"
        path.parent.mkdir()
        path.write_text(f"good {i}\n")
        os.utime(path, ns=(1, 1))
    assert [vectors_in(tmp_path / i / "v")["good"] for i in "01"] == [[0], [1]]


def flips(content, masks, most=30):
    step = max(1, len(content) * len(masks) // most)
    for i in range(0, len(content), step):
        for mask in masks:
            yield content[:i] + bytes([content[i] ^ mask]) + content[i + 1 :]


DAMAGES = {
    "gone": lambda content: [None],
    "emptied": lambda content: [b""],
    "cut": lambda content: [content[:n] for n in range(1, len(content), len(content) // 20)],
    "zeros": lambda content: [bytes(len(content))],
    "zeros behind": lambda content: [
        content[:n] + bytes(len(content) - n)
        for n in range(1, len(content), 1 + len(content) // 20)
    ],
    "longer": lambda content: [content + b"\0", content + content],
    "nonsense": lambda content: [b"nonsense", b"\x80\x05nonsense", b"PK\3\4", b"\x93NUMPY"],
    "one bit": lambda content: flips(content, [2], most=60),
    "fewer rows": lambda content: [re.sub(rb"\(([1-9])([0-9])(?=,)", rb"(1\2", content)],
    "another bit": lambda content: flips(content, [1, 4, 32]),
    "a byte": lambda content: flips(content, [255]),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("what", "format"),
    [
        ("index*", "glove"),
        ("rows-*.npy", "glove"),
        ("rows-*.float32", "glove"),
        ("plain*", "glove"),
        ("plain*", "word2vec-binary"),
    ],
)
def test_what_is_damaged_is_never_believed(what, format, damage, tmp_path, home):
    source = write(tmp_path / "vectors", format, packed=True)
    vectors_in(source, FIRST)
    (folder,) = (home / "skembed" / "vectors").iterdir()
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    (bad,) = folder.glob(what)
    for content in DAMAGES[damage](whole[bad]):
        shutil.rmtree(folder)
        folder.mkdir()
        for path, good in whole.items():
            path.write_bytes(good)
        bad.unlink()
        if content is not None:
            bad.write_bytes(content)
        forget()
        for _ in range(2):
            assert vectors_in(source, NEXT) == expected(NEXT)


def write_arrays(path, change):
    arrays = load_arrays(path, cache._version(path.parent))
    arrays = {name: array.copy() for name, array in arrays.items()}
    number, _, source = cache._version(path.parent).partition(" ")
    if change == "older":
        number = int(number) - 1
    elif change == "newer, with other fields":
        number = int(number) + 1
        arrays = {f"{name}_2": array for name, array in arrays.items()}
    elif change == "other fields":
        arrays = {f"{name}_2": array for name, array in arrays.items()}
    elif change == "more fields":
        arrays["more"] = np.zeros(3)
    elif change == "no fields":
        arrays = {}
    save_arrays(path, arrays, f"{number} {source}")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "change", ["older", "newer, with other fields", "other fields", "more fields", "no fields"]
)
@pytest.mark.parametrize("what", ["index.npy", "rows-*.npy"])
def test_a_cache_of_another_version_is_made_again_in_silence(what, change, source, home, capfd):
    vectors_in(source, FIRST)
    (path,) = home.rglob(what)
    write_arrays(path, change)
    forget()
    for _ in range(2):
        assert vectors_in(source, NEXT) == expected(NEXT)
        assert vectors_in(source, FIRST) == expected(FIRST)
        forget()
    if what == "index.npy":
        assert {*load_arrays(path, cache._version(path.parent))} == {
            "keys",
            "starts",
            "header",
            "sums",
        }
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("what", ["index.npy", "rows-*.npy", "rows-*.float32", "plain"])
def test_a_folder_in_place_of_a_file_of_the_cache(what, tmp_path, home):
    source = write(tmp_path / "vectors", packed=True)
    vectors_in(source, FIRST)
    (path,) = home.rglob(what)
    path.unlink()
    path.mkdir()
    for words in (FIRST, NEXT):
        forget()
        assert vectors_in(source, words) == expected(words)
    assert not [path for path in kept(home) if path.suffix == ".part"]


@pytest.mark.parametrize("what", ["index.npy", "rows-*", "plain", "*"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_cache_of_another_file_is_never_believed(what, packed, tmp_path, home):
    """Both files have the same words at the same places, but other numbers."""
    source = write(tmp_path / "vectors", packed=packed)
    other = tmp_path / "others"
    content = "".join(f"{word} {' '.join(map(str, -v))}\n" for word, v in TABLE.items()).encode()
    other.write_bytes(gzip.compress(content) if packed else content)
    for path in (other, source):
        vectors_in(path, FIRST)
    folders = home / "skembed" / "vectors"
    (own,), (foreign,) = folders.glob("vectors-*"), folders.glob("others-*")
    for path in own.glob(what):
        path.unlink()
    for path in foreign.glob(what):
        shutil.copy(path, own)
    for words in (FIRST, NEXT):
        forget()
        assert vectors_in(source, words) == expected(words)


def test_versions_of_the_cache_stand_side_by_side(source, home, work, monkeypatch):
    for version in (1, 2, 1, 2):
        monkeypatch.setattr(cache, "_FORMAT", version)
        forget()
        assert vectors_in(source, FIRST) == expected(FIRST)
    assert work["through"] == 2


def test_an_error_that_was_kept_names_the_file_that_is_read(tmp_path):
    for name in "ab":
        path = tmp_path / name / "v"
        path.parent.mkdir()
        path.write_bytes(b"good 1\ncaf\xe9 2\n")
        os.utime(path, ns=(1, 1))
        vectors_in(path, ["good"], decode_error="replace")
    with pytest.raises(VectorFileError, match="b/v, line 2"):
        vectors_in(tmp_path / "b" / "v", ["good"])


def test_leftovers_do_no_harm(source, home):
    vectors_in(source, FIRST)
    (folder,) = (home / "skembed" / "vectors").iterdir()
    for path in [*folder.iterdir()]:
        path.with_name(f"{path.name}.0123.part").write_bytes(path.read_bytes()[:7])
    (folder / "rows-lonely.float32").write_bytes(b"")
    (folder / "rows-lonelier.npy").write_bytes(b"")
    forget()
    assert vectors_in(source, NEXT) == expected(NEXT)


def test_the_folder_may_be_deleted_at_any_time(source, home):
    vectors_in(source, FIRST)
    shutil.rmtree(home)
    assert vectors_in(source, NEXT) == expected(NEXT)
    assert vectors_in(source, FIRST) == expected(FIRST)


def test_without_cache_nothing_is_written_or_kept(source, home, work):
    for _ in range(2):
        assert vectors_in(source, FIRST, cache=False) == expected(FIRST)
        sequences = KerasTokenizerTransformer().fit_transform([" ".join(FIRST)])
        PretrainedEmbeddingMatrix(source, cache=False).fit(sequences)
    assert work["through"] == 4
    assert not home.exists()


def test_everything_is_beside_the_other_data_sets(source, home, tmp_path):
    vectors_in(source, FIRST)
    assert [path.name for path in home.iterdir()] == ["skembed"]
    assert kept(home)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "vectors"}


def test_the_tilde_in_the_data_home_is_the_users_home(source, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", "~/data")
    vectors_in(source, FIRST)
    assert kept(tmp_path / "user" / "data" / "skembed")


@pytest.mark.parametrize("where", ["a file", "below a file", "a name too long"])
def test_a_folder_that_cannot_be_does_no_harm(where, source, home, monkeypatch):
    home.write_bytes(b"")
    if where != "a file":
        below = home / "below" if where == "below a file" else home.with_name("n" * 300)
        monkeypatch.setenv("SCIKIT_LEARN_DATA", str(below))
    for words in (FIRST, NEXT, None):
        assert vectors_in(source, words) == expected(words or WORDS)
    assert home.read_bytes() == b""


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_with_a_long_name(packed, tmp_path):
    source = write(tmp_path / "v")
    path = tmp_path / ("n" * 250)
    path.write_bytes(gzip.compress(source.read_bytes()) if packed else source.read_bytes())
    for _ in range(2):
        assert vectors_in(path, FIRST) == expected(FIRST)


@pytest.mark.parametrize("bytes_left", [0, 100, 1000])
@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")
def test_a_full_disk_does_no_harm(bytes_left, tmp_path, home):
    source = write(tmp_path / "vectors", packed=True)
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes_left},) * 2)"
    program = NEW_PROCESS.replace("path, must", f"{limit}\npath, must", 1)
    run = subprocess.run(
        [sys.executable, "-B", "-c", program, source, "", *FIRST], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == expected(FIRST)
    assert not [path for path in kept(home) if path.name == "plain" or path.suffix == ".part"]


def test_of_a_compressed_file_there_is_a_plain_copy(tmp_path, home, work, monkeypatch):
    source = write(tmp_path / "vectors", packed=True)
    vectors_in(source, FIRST)
    plain = gzip.decompress(source.read_bytes())
    assert plain in [path.read_bytes() for path in kept(home)]
    shutil.rmtree(home)
    vectors_in(source, NEXT)
    assert plain in [path.read_bytes() for path in kept(home)]
    assert work["through"] == 2


def test_members_of_an_archive_do_not_mix(tmp_path, work):
    path = tmp_path / "v.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "good 1\nbad 2\n")
        archive.writestr("b", "good 3\nbad 4\n")
    for words in (["good"], ["bad"], ["good", "bad"]):
        for member, first in (("a", 1), ("b", 3)):
            values = {"good": [first], "bad": [first + 1]}
            assert vectors_in(path, words, member=member) == {word: values[word] for word in words}
    assert work["through"] == 2


BROKEN = {
    "cut": lambda content: gzip.compress(content)[:-20],
    "wrong sum": lambda content: gzip.compress(content)[:-8] + bytes(8),
    "row too short": lambda content: gzip.compress(content.replace(b"word12 ", b"word12 x")),
    "fewer than promised, and cut": lambda content: gzip.compress(b"41 5\n" + content.rstrip()),
    "not UTF-8": lambda content: gzip.compress(content.replace(b"word39", b"word\xff")),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_of_a_broken_file_nothing_is_kept_that_looks_whole(kind, tmp_path, home):
    path = tmp_path / "v"
    path.write_bytes(BROKEN[kind](write(tmp_path / "w").read_bytes()))
    for _ in range(2):
        with pytest.raises(VectorFileError, match="v"):
            vectors_in(path, NEXT)
        assert kept(home) == []
        forget()


def test_a_bad_row_that_was_not_wanted_at_first_is_named_when_it_is(tmp_path):
    path = tmp_path / "v"
    path.write_text("good 1 2\npoor 3 x\nwork 5 6\n")
    for packed in (bytes, gzip.compress):
        path.write_bytes(packed(b"good 1 2\npoor 3 x\nwork 5 6\n"))
        assert vectors_in(path, ["good"]) == {"good": [1, 2]}
        with pytest.raises(VectorFileError, match=r"/v, line 2: .*'x'.*correct or delete the line"):
            vectors_in(path, ["poor"])
        assert vectors_in(path, ["work"]) == {"work": [5, 6]}


def test_strictness_is_kept_apart(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"good 1\ncaf\xe9 2\n")
    for _ in range(2):
        assert vectors_in(path, ["good"], decode_error="replace") == {"good": [1]}
        with pytest.raises(VectorFileError, match=r"line 2.*not UTF-8.*decode_error='replace'"):
            vectors_in(path, ["good"])
        forget()
