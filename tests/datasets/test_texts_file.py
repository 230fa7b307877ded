"""The file that caches the texts of an archive, if it is damaged."""

import numpy as np
import pytest
from helpers import kept_texts

from skembed.datasets import _texts_file
from skembed.datasets._texts_file import load_texts, save_texts
from skembed.errors import DownloadError
from skembed.vectors.files.checksums import save_arrays


@pytest.mark.parametrize("place", [3, 20, 300, -600, -300, -6, -1])
def test_a_damaged_file_of_texts_is_made_anew(server, fetch, tmp_path, data_set, place):
    whole = fetch(subset="all").data.tolist()
    path = kept_texts(tmp_path, data_set)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(DownloadError, match=r"is damaged\. Call with download_if_missing=True"):
        fetch(download_if_missing=False)
    assert fetch(subset="all").data.tolist() == whole
    assert len(server.requests) == 2
    assert fetch(download_if_missing=False, subset="all").data.tolist() == whole


@pytest.mark.parametrize(
    "change", [b"", b"\x93NUMPY", "cut", "longer", "other", "numbers", "version"]
)
def test_what_is_no_file_of_its_texts(
    server, fetch, tmp_path, data_set, change, caplog, monkeypatch
):
    fetch()
    path = kept_texts(tmp_path, data_set)
    if change == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif change == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif change == "other":
        save_texts(path, {"aclImdb/train/neg/0_3.txt": "another data set"})
    elif change == "numbers":
        arrays = {"names": np.arange(3), "ends": np.arange(3), "contents": np.ones(3)}
        save_arrays(path, arrays, _texts_file._FORMAT)
    elif change == "version":
        texts = load_texts(path)
        with monkeypatch.context() as patch:
            patch.setattr(_texts_file, "_FORMAT", _texts_file._FORMAT + 1)
            save_texts(path, texts)
    else:
        path.write_bytes(change)
    assert len(fetch(verbose=True).data) == 6
    assert "is damaged and will be created again" in caplog.text
    assert len(server.requests) == 2
