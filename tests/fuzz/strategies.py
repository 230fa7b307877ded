"""What the fuzz tests draw: nasty text, containers of documents, junk, parameters.

Everything drawn is plain data, so that its ``repr`` makes it again; functions, containers and what
has no such ``repr`` are drawn by name.
"""

from numbers import Integral

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import Interval, InvalidParameterError, Options, StrOptions

from skembed.errors import SkembedError

#: What an estimator may raise: its message says what came.
TYPED = (SkembedError, InvalidParameterError, NotFittedError)

PIECES = [
    *("a", "A", "the", "good", "don't", "İ", "ΣΑΣ", "Straße", "ŉ", "ünïcode", "x" * 17, "v" * 300),
    *(
        "中文",
        "日本",
        "ประเทศ",
        "नमस्ते",
        "שלום",
        "مرحبا",
        "\u202eabc\u202c",
        "\u200f",
        "\u2066a\u2069",
    ),
    *(
        "😀",
        "👩\u200d👧",
        "🇩🇪",
        "👍🏽",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e007f",
        "\ue000",
        "\U0010ffff",
    ),
    *(
        "e\u0301",
        "\u0301",
        "a" + "\u0300" * 40,
        "\u0f71\u0f72" * 20,
        "가",
        "ﬁ",
        "Ａ",
        "²",
        "ͅ",
        "\ufeff",
    ),
    *("\x00", "\x1b[31m", "\x7f", "\ud800", "\udfff\ud83d", "\ufffe", "\uffff", "[UNK]", "<pad>"),
    *("<b>", "</b", "<", ">", "<!--", "-->", "<!-- a -->", "<a href='>'>", "<script>a<b</script>"),
    *(
        "&amp;",
        "&#99999999999;",
        "&#x110000;",
        "&#0;",
        "&lt;b&gt;",
        "&",
        "&notanentity",
        "<![CDATA[x]]>",
    ),
    *("’", "'", "''", "-", "!", "¿", "_", "$", "\\", '"', "%s", "{0}", "\u2028", "\u2029", "\x85"),
    *(
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        " \n ",
        "\n\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\xa0",
        "\u3000",
        "\u200b",
    ),
]
any_character = st.characters(codec=None) | st.characters(categories=["Cs", "Mn", "Zs", "Cc", "So"])
words = st.sampled_from(PIECES) | st.text(any_character, max_size=6)
texts = st.lists(words, max_size=10).map("".join)
corpora = st.lists(texts, min_size=1, max_size=7)
plain_words = st.sampled_from(["good", "poor", "work", "essay", "Good", "naïve", "日本", "a", "b"])
tokens = st.lists(words, max_size=6)

JUNK = {
    "None": None,
    "NaN": float("nan"),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "infinity": float("inf"),
    "bytes": b"good",
    "int": 3,
    "huge": 2**70,
    "beyond floats": 10**400,
    "negative": -1,
    "float": 2.5,
    "numpy float": np.float64(1.5),
    "bool": True,
    "complex": 1j,
    "list": ["good"],
    "empty list": [],
    "nested": [["good"]],
    "set": {"good"},
    "dict": {"good": 1},
    "array": np.zeros((2, 2)),
    "0-d": np.array("good"),
    "class": str,
    "object": object(),
    "date": pd.Timestamp("2026-01-01"),
}
junk = st.sampled_from([*JUNK])


def _odd_index(values):
    return [f"row {i % 2}" for i in range(len(values))]


#: Containers of documents, from a list of str.
CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "object array": lambda texts: np.array([*texts, None], object)[:-1],
    "column": lambda texts: np.array([*texts, None], object)[:-1].reshape(-1, 1),
    "read-only": lambda texts: _read_only(np.array([*texts, None], object)[:-1]),
    "reversed view": lambda texts: np.array([None, *texts[::-1]], object)[:0:-1],
    "str array": lambda texts: np.array(texts, str),
    "Series": lambda texts: pd.Series(texts, _odd_index(texts), dtype=object),
    "frame": lambda texts: pd.DataFrame({"text": pd.Series(texts, dtype=object)}),
    "category": lambda texts: pd.Series(pd.Categorical(np.array([*texts, None], object)[:-1])),
    "masked": lambda texts: np.ma.array(np.array([*texts, None], object)[:-1]),
}
containers = st.sampled_from([*CONTAINERS])


def _read_only(array):
    array.flags.writeable = False
    return array


def documents_in(X):
    """Return the documents of a container as a list."""
    return np.asarray(X, object).ravel().tolist() if hasattr(X, "shape") else [*X]


#: Functions that parameters take, by name.
def halves(document):
    return document.split() if isinstance(document, str) else document


def nothing(document):
    return []


FUNCTIONS = {"letters": list, "halves": halves, "nothing": nothing}


def made(estimator_class, params):
    """Return an estimator, with functions in place of their names."""
    functions = {"analyzer"} & params.keys()
    named = {name: FUNCTIONS.get(params[name], params[name]) for name in functions}
    return estimator_class(**params | named)


def outcome(call, *args, **kwargs):
    """Return the result of a call, or the typed error that it raised.

    Any other error is a failure.
    """
    try:
        return call(*args, **kwargs)
    except TYPED as error:
        found = error
    assert str(found).strip()
    return found


def failed(result):
    return isinstance(result, Exception)


def parameters(estimator_class, **others):
    """Return a strategy of some parameters of an estimator, within its constraints.

    Parameters
    ----------
    estimator_class : type
        The estimator.
    **others
        Strategies for parameters whose constraints do not say what makes sense.
    """
    constraints = estimator_class._parameter_constraints
    drawn = {
        name: others[name] if name in others else st.one_of(*map(_allowed, allowed))
        for name, allowed in constraints.items()
        if others.get(name, st) is not None
    }
    return st.fixed_dictionaries({}, optional=drawn)


def _allowed(constraint):
    if constraint is None:
        return st.none()
    if isinstance(constraint, StrOptions | Options):
        return st.sampled_from(sorted(constraint.options))
    if isinstance(constraint, Interval):
        return _in_interval(constraint)
    return {
        "boolean": st.booleans(),
        "random_state": st.none() | st.integers(0, 2**32 - 1),
        str: st.text(any_character, max_size=4) | st.sampled_from(PIECES),
        callable: st.sampled_from([*FUNCTIONS]),
    }[constraint]


def _in_interval(interval):
    low, high, closed = interval.left, interval.right, interval.closed
    if interval.type is Integral:
        low = -3 if low is None else low + (closed in ("right", "neither"))
        high = 2**70 if high is None else high - (closed in ("left", "neither"))
        near = st.integers(low, min(high, low + 6))
        return near | near | near | st.integers(low, high)
    return st.floats(
        low,
        high,
        exclude_min=closed in ("right", "neither") and low is not None,
        exclude_max=closed in ("left", "neither") and high is not None,
        allow_nan=False,
        allow_infinity=False,
    )
