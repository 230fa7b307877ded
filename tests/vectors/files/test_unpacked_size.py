from skembed.errors import VectorFileError
from skembed.vectors.files.unpacked_size import max_unpacked_bytes, unpacks_to_too_much


def test_a_larger_file_may_unpack_to_more():
    assert max_unpacked_bytes(0) == max_unpacked_bytes(1_000) == 2**24
    assert max_unpacked_bytes(2**30) == 30 * 2**30
    limits = [max_unpacked_bytes(2**i) for i in range(40)]
    assert limits == sorted(limits)


def test_the_error_says_how_much_it_is(tmp_path):
    path = tmp_path / "v.gz"
    path.write_bytes(b"x" * 1_000)
    error = unpacks_to_too_much(path, 20_000)
    assert isinstance(error, VectorFileError)
    assert str(error) == (
        f"{path} unpacks to more than 20,000 bytes, 20 times its size, as no word vectors do: if "
        "you trust it, decompress it and pass the result."
    )
