"""Damaged files of word vectors give right vectors or a typed error, in bounded time and memory."""

import pytest
from fuzz.files import vector_files


@pytest.mark.parametrize("group", vector_files.GROUPS)
def test_damaged_files(group, try_files):
    try_files(group, 3)


@pytest.mark.parametrize("group", ["npy", "zip headers"])
def test_damaged_arrays_and_archives(group, try_files):
    try_files(group, 30, 600)


def test_files_that_inflate(try_files):
    try_files("bombs", 2, 40)
