"""Cache files: what was written is read, and what was damaged is not."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skembed.vectors.files import checksums
from skembed.vectors.files.checksums import (
    ChecksummedCopy,
    ChecksummedFile,
    DamagedError,
    load_arrays,
    save_arrays,
)

ARRAYS = {
    "keys": np.arange(5, dtype=np.uint64),
    "starts": np.arange(6, dtype=np.int64) * 7,
    "header": np.array(["text", "naïve"]),
    "none": np.zeros(0, np.uint32),
    "table": np.ones((2, 3), np.float32),
}


def test_arrays_come_back(tmp_path):
    path = tmp_path / "new folder" / "index.npy"
    save_arrays(path, ARRAYS, 3)
    assert [*path.parent.iterdir()] == [path]
    loaded = load_arrays(path, 3)
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        assert np.array_equal(loaded[name], array)


@pytest.mark.parametrize("version", [2, 4])
def test_arrays_of_another_version_are_not_read(version, tmp_path):
    save_arrays(tmp_path / "a.npy", ARRAYS, version)
    with pytest.raises(DamagedError, match=rf"version \[{version}\], expected 3"):
        load_arrays(tmp_path / "a.npy", 3)


def test_a_changed_or_missing_byte_is_noticed(tmp_path):
    path = tmp_path / "a.npy"
    save_arrays(path, ARRAYS, 3)
    content = path.read_bytes()
    for damaged in (
        *(content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :] for i in range(len(content))),
        *(content[:i] for i in range(0, len(content), 5)),
        content + b"\0",
    ):
        path.write_bytes(damaged)
        try:
            loaded = load_arrays(path, 3)
        except DamagedError:
            continue
        for name, array in ARRAYS.items():  # only blanks of the header differ
            assert np.array_equal(loaded[name], array)
    path.unlink()
    with pytest.raises(DamagedError, match=r"a\.npy"):
        load_arrays(path, 3)


@settings(max_examples=50)
@given(st.data(), st.integers(1, 40), st.binary(max_size=100))
def test_a_copy_is_read_in_parts(tmp_path_factory, data, block_bytes, content):
    path = tmp_path_factory.mktemp("copy") / "plain"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)))))
    starts = data.draw(st.lists(st.integers(0, len(content)), max_size=6))
    lengths = [data.draw(st.integers(0, len(content) - start)) for start in starts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "_BLOCK_BYTES", block_bytes)
        with path.open("wb", buffering=0) as file:
            copy = ChecksummedCopy(file)
            for start, end in zip([0, *cuts], [*cuts, len(content)]):
                copy.write(memoryview(content)[start:end])
            copy.check_whole()
        assert path.read_bytes() == content
        expected = [content[start : start + n] for start, n in zip(starts, lengths)]
        for sums in (copy.sums(), np.zeros(0, np.uint32)):
            with ChecksummedFile(path, sums) as file:
                assert file.read(starts, lengths) == expected
        if content:
            i = data.draw(st.integers(0, len(content) - 1))
            path.write_bytes(content[:i] + bytes([content[i] ^ 4]) + content[i + 1 :])
            with ChecksummedFile(path, copy.sums()) as file:
                for _ in range(2):  # also when asked again
                    with pytest.raises(DamagedError):
                        file.read([i], [1])


@pytest.mark.parametrize("n_bytes", [19, 20, 21, 25])
def test_each_part_of_a_copy_is_read_and_nothing_behind_it(n_bytes, tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "_BLOCK_BYTES", 5)
    content, path = bytes(range(n_bytes)), tmp_path / "plain"
    with path.open("wb") as file:
        copy = ChecksummedCopy(file)
        copy.write(memoryview(content))
    parts = [(i, j) for j in range(1, n_bytes + 1) for i in range(j)]
    starts, lengths = [i for i, _ in parts], [j - i for i, j in parts]
    with ChecksummedFile(path, copy.sums()) as file:
        assert file.read(starts, lengths) == [content[i:j] for i, j in parts]
    path.write_bytes(content + bytes(20))
    for start in range(n_bytes, n_bytes + 20):
        with ChecksummedFile(path, copy.sums()) as file, pytest.raises(DamagedError):
            file.read([start], [1])


def test_a_copy_that_was_not_written_whole_is_none():
    class Full(io.BytesIO):
        name = "plain"

        def write(self, block):
            if self.tell() + len(block) > 10:
                raise OSError(28, "No space left on device")
            return super().write(block)

    file = Full()
    copy = ChecksummedCopy(file)
    copy.write(memoryview(b"12345678"))
    copy.check_whole()
    copy.write(memoryview(b"12345678"))
    copy.write(memoryview(b"1"))  # no hole in the file
    assert file.getvalue() == b"12345678"
    with pytest.raises(DamagedError, match="plain could not be written"):
        copy.check_whole()
