"""Find what separates words and numbers in the rows of a text file."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from skembed.errors import VectorFileError

__all__ = [
    "check_separators",
    "count_numbers_at_end",
    "find_problem",
    "find_separator",
    "is_number",
    "row_form",
]

_SEPARATORS = {
    b",": "commas",
    b";": "semicolons",
    b":": "colons",
    b"|": "vertical bars",
    b"=": "equals signs",
    b"\xc2\xa0": "no-break spaces",
}
_ANY_SEPARATOR = re.compile(b"|".join(map(re.escape, [b" ", *_SEPARATORS])))
_ODD_ROWS = {
    re.compile(rb"\r[^\r]"): "the lines end with a carriage return alone: save the file with line "
    "feeds as line ends",
    re.compile(rb"\A "): "the rows start with a blank, which makes their words empty: delete it",
    re.compile(rb"\S  +\S"): "several blanks stand between a word and its numbers: replace them "
    "by single spaces",
    re.compile(rb"[ \t][\[(].*[\])]\Z"): "brackets stand around the numbers: delete the brackets",
    re.compile(rb"\S[ ;]+[-+]?\d*,\d+(?:[ ;]+[-+]?\d*,\d+)+\Z"): "the numbers have decimal commas: "
    "replace these by points",
}
_QUOTED = re.compile(rb"\Ab?(['\"]).+?\1 ")


def row_form(rows: Sequence[bytes]) -> tuple[bool, int]:
    """Return whether tabs separate words and numbers, and the number of numbers per row.

    The most common number counts, so that a few malformed rows do no harm.
    """
    size = _most_common_size(rows)
    if any(b"\t" in row for row in rows):
        size_with_tabs = _most_common_size(_tabs_to_spaces(rows))
        if size_with_tabs > size:
            return True, size_with_tabs
    return False, size


def check_separators(path: Path, rows: Sequence[bytes], first_line: int) -> None:
    """Check that the first rows of a file are separated by single spaces, or by tabs.

    Raises
    ------
    VectorFileError
        If most rows have another separator, blanks in other places, or words in quotes.
    """
    rows = _tabs_to_spaces(rows)
    problem = find_problem(rows)
    if problem is not None:
        example = min(1, len(rows) - 1)  # not the first row, which may be a header of names
        raise VectorFileError(
            f"{path}, line {first_line + example}: {problem}; got {rows[example][:60]!r}."
        )


def find_problem(rows: Sequence[bytes]) -> str | None:
    """Describe what separates the rows instead of single spaces, and what to do; or None."""
    for form, problem in _ODD_ROWS.items():
        if 2 * len([row for row in rows if form.search(row.rstrip())]) > len(rows):
            return problem
    n_quoted = len([row for row in rows if _QUOTED.match(row)])
    if 2 * n_quoted > len(rows) > 1:  # one word may have quotes of its own
        return "the words stand in quotes: delete the quotes"
    separator = find_separator(rows)
    if separator is None:
        return None
    return (
        f"{_SEPARATORS[separator]} stand between the word and its numbers, or in the numbers: "
        f"{_remedy(separator, rows)}"
    )


def _remedy(separator: bytes, rows: Sequence[bytes]) -> str:
    """Return what to do with rows that have another separator than a space."""
    spaced, joined = ([row.replace(separator, new) for row in rows] for new in (b" ", b""))
    if find_problem(spaced) is not None:
        if find_problem(joined) is None:
            return "delete them"
        return "write single spaces instead, and no blanks besides these"
    remedy = "replace them by single spaces"
    if any(b" " in row for row in rows) or len(separator) > 1:
        return remedy
    is_word_row = count_numbers_at_end(spaced[0]) and not spaced[0].startswith(b" ")
    header = None if is_word_row else 0
    return (
        f"{remedy}, or pass a DataFrame, as from pandas.read_csv(path, sep={separator.decode()!r}, "
        f"header={header}, index_col=0, keep_default_na=False)"
    )


def find_separator(rows: Sequence[bytes]) -> bytes | None:
    """Return the separator other than a blank that most rows contain, or None.

    Words may contain such characters, and one row does not show whether it is part of a word
    (as in ``May,1 0.5``), unless the row has no other numbers.
    """
    if len(rows) > 1 and not count_numbers_at_end(rows[0]):
        rows = rows[1:]  # the first row may be a header of names
    for separator in _SEPARATORS:
        found = [row for row in rows if _separates(separator, row)]
        if 2 * len(found) > len(rows) and (len(found) > 1 or not count_numbers_at_end(found[0])):
            return separator
    return None


def _separates(separator: bytes, row: bytes) -> bool:
    """Whether a separator stands between a word and a number; ``1,5`` and ``10:30`` are words."""
    word, _, rest = row.partition(separator)
    number = _ANY_SEPARATOR.split(rest.strip(), maxsplit=1)[0]
    return bool(word.strip()) and not is_number(word) and is_number(number)


def _tabs_to_spaces(rows: Sequence[bytes]) -> list[bytes]:
    return [row.replace(b"\t", b" ") for row in rows]


def _most_common_size(rows: Sequence[bytes]) -> int:
    sizes = Counter(map(count_numbers_at_end, rows))
    return sizes.most_common(1)[0][0] if sizes else 0


def count_numbers_at_end(row: bytes) -> int:
    """Count the numeric fields at the end of a row; the first field is always a word."""
    fields = row.rstrip().split(b" ")[1:]
    return sum(1 for _ in takewhile(is_number, reversed(fields)))


def is_number(field: bytes | str) -> bool:
    """Whether ``float`` can parse a field."""
    try:
        float(field)
    except ValueError:
        return False
    return True
