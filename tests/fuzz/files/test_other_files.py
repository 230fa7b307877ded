"""Damaged caches, tokenizers, pickles and archives of data sets."""

import pytest
from fuzz.files import archives, cache_files, pickles, tokenizer_json

GROUPS = [*cache_files.GROUPS, *tokenizer_json.GROUPS, *pickles.GROUPS, *archives.GROUPS]


@pytest.mark.parametrize("group", GROUPS)
def test_damaged_files(group, try_files):
    try_files(group, 8 if "cache" in group else 30)
