"""Damage to the bytes of a file, drawn from a generator of random numbers."""

import re
import struct

EXTREMES = [0, -1, 1, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**63 - 1]
NUMBERS = [
    *(b"%d" % number for number in EXTREMES),
    *(b"nan", b"inf", b"-inf", b"1e39", b"-1e400", b"1e-400", b"-0", b"1_0", b"0x1", b"1,5", b""),
    *(b"9" * 40, b"1" * 5000, b"0" * 300 + b"1", b"\xd9\xa1", b"+.5e+00", b"0.10000000149011612"),
]
# fmt: off
PIECES = [
    b"\0", b"\n", b"\r", b"\r\n", b"\n\n\n", b" ", b"  ", b"\t", b"\x0b", b"\x0c", b"\x1c", b"\x85",
    b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe",
    b",", b";", b"|", b'"', b"'", b"[", b"{", b"(" * 3000, b"\\", b"PK\3\4", b"PK\1\2", b"\x1f\x8b",
    b"word7", b"word7 ", b"\nword7 1 2 3", b"good", b"2 3\n", b"a b c ", b"x" * 5000,
    b"\n" * 70_000,
]
# fmt: on


def place(content, random):
    """A place in the content: often near an end, where headers are."""
    n = len(content)
    if not n:
        return 0
    return random.choice(
        [
            random.randrange(n),
            random.randrange(min(n, 100)),
            random.randrange(min(n, 30)),
            n - 1 - random.randrange(min(n, 100)),
        ]
    )


def flip(content, random):
    at = place(content, random)
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def insert(content, random):
    at = place(content, random)
    piece = random.choice([random.choice(PIECES), random.randbytes(random.choice([1, 2, 4, 50]))])
    return content[:at] + piece + content[at:]


def delete(content, random):
    at = place(content, random)
    return content[:at] + content[at + random.choice([1, 1, 2, 3, 4, 8, 17, 100, 1000]) :]


def overwrite(content, random):
    at = place(content, random)
    n = min(random.choice([1, 2, 4, 8, 100]), len(content) - at)
    new = random.choice([bytes(n), b"\xff" * n, random.randbytes(n), b" " * n])
    return content[:at] + new + content[at + n :]


def repeat(content, random):
    at = place(content, random)
    length = random.choice([1, 8, 100, 1000, len(content)])
    return content[:at] + content[at : at + length] * random.choice([2, 3, 20]) + content[at:]


def truncate(content, random):
    return content[: place(content, random)]


def drop_start(content, random):
    return content[place(content, random) :]


def swap(content, random):
    """Exchange two parts."""
    a, b, c = sorted(place(content, random) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def replace_number(content, random):
    """Replace a number written in decimal digits by an extreme one."""
    head = content[: 1 << 16]
    found = [*re.finditer(rb"-?[0-9.]+", head[:200] if random.random() < 0.3 else head)]
    if not found:
        return flip(content, random)
    chosen = random.choice(found)
    return content[: chosen.start()] + random.choice(NUMBERS) + content[chosen.end() :]


def replace_integer(content, random):
    """Overwrite bytes by an extreme integer or float, as headers hold them."""
    at = place(content, random)
    format = random.choice("bhiqfd")
    number = random.choice([*EXTREMES, random.getrandbits(20)])
    if format in "fd":
        number = random.choice([float("nan"), float("inf"), -1.0, 3e38])
    else:
        bits = 8 * struct.calcsize(format)
        number = (number + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
    new = struct.pack(random.choice("<<<>") + format, number)
    return content[:at] + new + content[at + len(new) :]


MUTATIONS = [
    *(flip, flip, flip, insert, insert, delete, overwrite, repeat, truncate, truncate, drop_start),
    *(swap, replace_number, replace_number, replace_integer, replace_integer),
]


def splice(content, other, random):
    """The beginning of one file and the end of another."""
    return content[: place(content, random)] + other[place(other, random) :]


def mutate(content, random, others=()):
    """One change, sometimes more; with `others`, sometimes a splice with another file."""
    for _ in range(random.choice([1, 1, 1, 1, 2, 4])):
        if not content:
            break
        if others and random.random() < 0.08:
            content = splice(content, random.choice(others), random)
        else:
            content = random.choice(MUTATIONS)(content, random)
    return content
