"""Time of each step of text by the length of its input, for inputs chosen to be hard.

A step takes time proportional to ``length ** exponent``; for each step, the input with the largest
exponent is shown. Inputs of one document repeat a unit, which is named in the table.
"""

import math
import re
import time
import warnings

import numpy as np

from benchmarks.figures import Figure
from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    NgramVectorizer,
    TextCleaner,
)
from skembed.inspection.explanations.raw_offsets import TextChanges, locate_tokens
from skembed.ngrams.tokens import token_pattern


class Located:
    """The places of tokens in the raw text, which an explanation shows."""

    def __init__(self, tokens_of, **changes):
        self.tokens_of, self.changes = tokens_of, TextChanges(**changes)

    def fit_transform(self, documents):
        return [locate_tokens(text, self.tokens_of(text), self.changes) for text in documents]


def words_and_signs(text):
    return re.findall(token_pattern(), text.lower())


def words_that_are_nowhere(text):
    return [f"{word}{i}x" for i, word in enumerate(words_and_signs(text))]


#: Starts of HTML without an end, runs of marks in every order, capital sigmas, whose lower case
#: depends on their neighbours, apostrophes, breaks, and characters that become long.
UNITS = (
    *("<!--", "<!-", "-->", "<!---->", "<a", "<a ", "</", "<", ">", "<!--<a"),
    *("&", "&#", "&#x", "&#9", "9", "&#0", "f", "&ampx", "&abcdefghijklmnopqrstuvwxyzabcdefg"),
    *("\u0301", "\u0301\u0327", "\u0327\u0301", "a\u0301", "\u0301\uff9e", "\uff9f\u0301"),
    *("\U0001d165\u0301", "\U0001e8d0\u0301\u0327", "\u0344\u0327", "\u3099\u0301", "\u0f73\u0301"),
    *("a" + "\u0301" * 29, "\u1161", "\u1100\u1161\u11a8", "\u0958\u093c", "\ufdfa", "\u200d"),
    *("Σ", "Σ'", "\u0301Σ", "aΣ", "İ", "'", "a'", "'\u0301", "’", "!", "_", ".", "\x00", "\xff"),
    *("\n", "\n ", " \n", "\r\n", "\x85", " ", "\xa0", "a", "a ", "é", "é ", "\ud800", "😀"),
    *("<![CDATA[", "]]>", "&lt;", "&amp;lt;", "the ", "<a&b>", "...", "\ufe0f", "\ud55c "),
    *("\u4e00", "\u4e00a", "\u0e01\u0e31", "ab", "aaab", "aaa", "\t", "a\u0301 "),
)
STEPS = {
    "TextCleaner: HTML": TextCleaner(strip_html=True),
    "TextCleaner: NFC": TextCleaner(normalization="NFC"),
    "TextCleaner: NFKC": TextCleaner(normalization="NFKC"),
    "TextCleaner: accents": TextCleaner(strip_accents=True),
    "TextCleaner: accents, NFC": TextCleaner(strip_accents=True, normalization="NFC"),
    "TextCleaner: deleted punctuation": TextCleaner(strip_punctuation="delete"),
    "TextCleaner: letters": TextCleaner(strip_punctuation=False, alphabetic_only=True),
    "TextCleaner: stop words": TextCleaner(strip_punctuation=False, stop_words="english"),
    "TextCleaner: line breaks": TextCleaner(strip_punctuation=False, keep_line_breaks=True),
    "TextCleaner: all": TextCleaner(
        strip_html=True,
        normalization="NFKC",
        strip_accents=True,
        alphabetic_only=True,
        stop_words="english",
        min_token_length=2,
        keep_line_breaks=True,
    ),
    "KerasTokenizerTransformer": KerasTokenizerTransformer(),
    "Keras...: no filters": KerasTokenizerTransformer(filters=""),
    "Keras...: characters": KerasTokenizerTransformer(char_level=True),
    "Keras...: split='aaab'": KerasTokenizerTransformer(filters="'", split="aaab"),
    "Keras...: analyzer=list": KerasTokenizerTransformer(analyzer=list),
    "HashingTokenizerTransformer": HashingTokenizerTransformer(),
    "NgramVectorizer": NgramVectorizer(),
    "NgramVectorizer: as they are": NgramVectorizer(lowercase=False),
    "explain: words and signs": Located(words_and_signs, html=True),
    "explain: words dropped": Located(words_and_signs, keeps_all=False),
    "explain: punctuation deleted": Located(words_and_signs, deletes_punctuation=True),
    "explain: other words": Located(words_that_are_nowhere),
    "explain: other words, dropped": Located(words_that_are_nowhere, keeps_all=False),
}

_N_CHARACTERS, _TIMES = 1 << 15, 8
_MIN_SECONDS = 0.001  # what is faster counts as this long, since its time varies


def colliding_words():
    """Return thousands of words to which pandas gives one hash, ``x >> 33 ^ x ^ x << 11``.

    A word is an integer of eight bytes, here four letters of two bytes. The hash is linear in its
    bits, so words of one hash differ by sums of solutions of a system of linear equations.
    """

    def hash_of(x):
        return (x >> 33 ^ x ^ x << 11) & 0xFFFFFFFF

    eliminated, words = {}, [int.from_bytes("рррр".encode(), "little")]
    for bit in range(64):
        if bit % 16 not in (5, 6, 7, 14, 15):  # these mark letters of two bytes
            bits, value = 1 << bit, hash_of(1 << bit)
            while value.bit_length() in eliminated:
                other, other_bits = eliminated[value.bit_length()]
                value, bits = value ^ other, bits ^ other_bits
            if value:
                eliminated[value.bit_length()] = value, bits
            else:
                words += [word ^ bits for word in words]
    assert len({*map(hash_of, words)}) == 1
    texts = (word.to_bytes(8, "little").decode("utf-8", "ignore") for word in words)
    return [text for text in texts if len(text) == 4 and text.isalpha()]


def exponent(step, unit):
    """Return the exponent with which the time of a step grows as its input becomes longer."""
    short, long = (
        _least_seconds(step, [unit * (n_characters // len(unit)) + " end"])
        for n_characters in (_N_CHARACTERS, _N_CHARACTERS * _TIMES)
    )
    return math.log(long / max(short, _MIN_SECONDS), _TIMES)


def _least_seconds(step, documents):
    return min(_seconds(step, documents) for _ in range(3))


def _seconds(step, documents):
    start = time.process_time()
    step.fit_transform(documents)
    return time.process_time() - start


def measure():
    """Growth of the time of each step of text, for inputs chosen to be hard."""
    warnings.simplefilter("ignore")
    for name, step in STEPS.items():
        step.fit_transform(["warm up"])
        hardest, unit = max((exponent(step, unit), unit) for unit in UNITS)
        yield Figure(f"{name}: {unit.encode('unicode_escape').decode()}", hardest, "", at_most=1.3)
    tokenizer = KerasTokenizerTransformer(lower=False)
    colliding = colliding_words()
    usual = np.random.default_rng(0).choice([*"абвгдежзиклмнопр"], (len(colliding), 4))
    texts = [[" ".join(words)] for words in (colliding, map("".join, usual))]
    ours, theirs = (_least_seconds(tokenizer, documents) for documents in texts)
    yield Figure(f"{len(colliding)} words of one hash", ours, "s", "other words", theirs, at_most=2)
