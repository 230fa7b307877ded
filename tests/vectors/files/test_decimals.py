"""Decimal numbers in text are read as Python reads them."""

import numpy as np
import pytest
from helpers import forty_examples
from hypothesis import given, settings
from hypothesis import strategies as st

from skembed.vectors.files import decimals
from skembed.vectors.files.decimals import parse_decimals

ODD_NUMBERS = """0 -0.0 +1.5 .5 5. 1_0 nan -nan infinity -inf 0x10 1e5 1e400 1e-400 3.5e38 - . 1..2
--1 1.2.3 1.-2 9.99999999999999 1.234567890123456 0.00000000000001 1.a2345678 1.1234567a
1.12345678a 1.: 1./ 9007199254740993 0.1_5 1.12345678/ ٣.٤ 1.5f"""
digits = st.text("0123456789", max_size=20)
numbers = st.one_of(
    st.builds("{}{:d}.{}".format, st.sampled_from(["", "-"]), st.integers(0, 9), digits),
    st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), digits, digits),
    st.builds("{}e{:d}".format, digits, st.integers(-330, 330)),
    st.builds("1.{}".format, st.text("0123456789/:a", max_size=16)),
    st.floats().map(repr),
    st.sampled_from(["", *ODD_NUMBERS.split()]),
)


def by_float(rows):
    try:
        values = [[float(number.encode()) for number in row] for row in rows]
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return np.array(values).astype(np.float32)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
@settings(forty_examples, max_examples=500)
def test_decimals_are_read_as_python_reads_them(rows):
    parsed = parse_decimals([" ".join(["w", *row]).encode() for row in rows], len(rows[0]))
    expected = by_float(rows)
    assert (parsed is None) == (expected is None)
    if expected is not None:
        is_nan = np.isnan(expected)
        assert np.isnan(parsed[is_nan]).all()
        assert np.array_equal(parsed.view(np.uint32)[~is_nan], expected.view(np.uint32)[~is_nan])


@pytest.mark.parametrize("line", [b"w 1.5\t2.5 3.5", b"w 1.5 2.5\t3.5", b"w\t1.5 2.5 3.5"])
def test_numbers_are_separated_by_single_spaces_only(line):
    assert parse_decimals([line], 3) is None


def test_a_sign_after_the_nine_is_no_digit_before_the_point():
    assert parse_decimals([b"w :.5"], 1) is None


def test_random_decimals_of_every_length():
    random = np.random.RandomState(0)
    for digits in range(1, 18):
        row = [f"{x:.{digits}f}" for x in random.uniform(-9.99, 9.99, 500)]
        parsed = parse_decimals([" ".join(["w", *row]).encode()], len(row))
        assert np.array_equal(parsed, by_float([row]))


def test_common_numbers_are_not_parsed_one_by_one(monkeypatch):
    row = ["0.1", "-9.87654321", "1.2345678", "0.12345678901234", "-0.00000"]
    expected = by_float([row, row])
    monkeypatch.setattr(decimals, "float", None, raising=False)
    parsed = parse_decimals([" ".join(["w", *row]).encode()] * 2, len(row))
    assert np.array_equal(parsed.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("lines", [[b"a 1", b"b 2 3 4"], [b"a 1 2 3", b"b 1"], [b"a  1 2"]])
def test_lines_of_another_form_are_not_decimals(lines):
    assert parse_decimals(lines, 2) is None
