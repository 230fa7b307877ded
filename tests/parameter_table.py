"""What each parameter of each public estimator changes, found by trying it.

``python tests/parameter_table.py`` prints the table. For each parameter, `CASES` has a value to
try, and other parameters where these decide whether it matters. Everything that a user can see of
two fits is compared, one with the value and one without. The tests in
``contract/test_parameter_table.py`` fail for a parameter that has no case or changes nothing.
"""

import contextlib
import io
import os
import sys
import tempfile
import threading
import warnings
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import joblib
import numpy as np
from helpers import LengthEncoder, estimator_data, output, text_columns
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.pipeline import make_pipeline

import skembed
from skembed.errors import SkembedError
from skembed.networks.architectures import average
from skembed.networks.runtime.keras_import import keras
from skembed.trained_embedding import _LEARNED_CACHE
from skembed.vectors import Coverage

TEXTS = [
    "A <b>Good</b>, good work! It's GOOD work.\nClear essay",
    "very good essay, good work and cafe\u0301 work from 2020",
    "Poor work,\na poor essay",
    "a poor essay and it's not good work",
] * 3
LABELS = ["yes", "yes", "no", "no"] * 3
VECTORS = {"good": [1.0, 0.5], "Poor": [-1.0, 0.0], "essay": [0.5, 2.0], "work": [0.0, 1.0]}

FILES = tempfile.TemporaryDirectory(prefix="skembed-parameters-")
TEXT_FILE, LATIN_FILE, ZIP_FILE = (Path(FILES.name, name) for name in ("v.txt", "l.txt", "v.zip"))
TEXT_FILE.write_bytes(b"good 1 0.5\npoor -1 0\nessay 0.5 2\n")
LATIN_FILE.write_bytes(TEXT_FILE.read_bytes() + "café 3 3\n".encode("latin-1"))
with zipfile.ZipFile(ZIP_FILE, "w") as _archive:
    _archive.writestr("a.txt", TEXT_FILE.read_bytes())
    _archive.writestr("b.txt", TEXT_FILE.read_bytes().replace(b"1", b"2"))


def deep_average(facts, *, n_layers=1):
    """A network with a setting of its own."""
    model = average(facts, hidden_units=0)
    x = model.layers[-2].output
    for _ in range(n_layers):
        x = keras.layers.Dense(3, activation="tanh")(x)
    return keras.Model(model.input, skembed.networks.probabilities(x, facts))


def parts(**bayes):
    """Two parts of a vote on raw text."""
    count = skembed.NgramVectorizer(min_df=1)
    return [
        ("counts", make_pipeline(count, MultinomialNB(**bayes))),
        ("words", make_pipeline(count, BernoulliNB())),
    ]


#: Parameters of all fits of an estimator: those that are required, or make fits quick and equal.
USUAL = {
    "HashingTokenizerTransformer": {"n_buckets": 1000},
    "PretrainedEmbeddingMatrix": {"vectors": VECTORS},
    "TrainedEmbeddingMatrix": {"vector_size": 4, "epochs": 2, "random_state": 0},
    "TextColumnTransformer": {"transformers": text_columns()},
    "WeightedVotingClassifier": {"estimators": parts(), "cv": 3, "random_state": 0},
    "KerasTextClassifier": {
        "architecture": "average",
        "embedding_dim": 4,
        "optimizer": "sgd",  # Keras traces Adam for twice as long
        "optimizer__learning_rate": 0.1,
        "epochs": 2,
        "random_state": 0,
    },
}


#: The estimator with the same input, but without word vectors.
INPUT_OF = {"KerasTextClassifier": "PadSequences"}


class Case(NamedTuple):
    """A value to try, and the parameters of both fits besides the usual ones."""

    value: object
    given: dict
    refit: bool  # whether to fit twice


def tried(value, *, refit=False, **given):
    """Return a case. The parameter itself among `given` is the value to compare with."""
    return Case(value, given, refit)


STOPPED = {"early_stopping": True, "validation_fraction": 0.25, "epochs": 3}
CONVOLUTIONS = {"architecture": "cnn", "filters": 2, "kernel_size": 2, "epochs": 1}
STOP = keras.callbacks.EarlyStopping

CASES = {
    "TextCleaner": {
        "normalization": tried("NFC"),
        "lowercase": tried(False),
        "strip_accents": tried(True),
        "strip_html": tried(True),
        "strip_punctuation": tried("delete"),
        "alphabetic_only": tried(True),
        "stop_words": tried("english"),
        "min_token_length": tried(3),
        "vocabulary": tried(["good", "poor"]),
        "keep_line_breaks": tried(True),
    },
    "KerasTokenizerTransformer": {
        "num_words": tried(4),
        "min_count": tried(4),
        "filters": tried(""),
        "lower": tried(False),
        "split": tried("o"),
        "char_level": tried(True),
        "oov_token": tried(None),
        "analyzer": tried(list),
    },
    "HashingTokenizerTransformer": {
        "n_buckets": tried(50),
        "filters": tried(""),
        "lower": tried(False),
        "split": tried("o"),
        "analyzer": tried(list),
    },
    "CategoryTokenizer": {"min_count": tried(1, min_count=4)},
    "TextColumnTransformer": {
        "transformers": tried(text_columns(lower=False)),
        "remainder": tried("passthrough"),
        "shared_vocabulary": tried(True),
        "sparse_threshold": tried(0.0),
        "n_jobs": tried(2),
        "transformer_weights": tried({"words": 2.0}),
        "verbose": tried(True),
        "verbose_feature_names_out": tried(False),
    },
    "PadSequences": {
        "maxlen": tried(2),
        "padding": tried("post"),
        "truncating": tried("post", maxlen=2),
        "value": tried(3),
    },
    "PretrainedEmbeddingMatrix": {
        "vectors": tried(LengthEncoder()),
        "oov": tried("mean"),
        "lookup": tried("fallback"),
        "normalize": tried(True),
        "random_state": tried(1, oov="normal", random_state=0),
        "member": tried("b.txt", vectors=ZIP_FILE, member="a.txt"),
        "decode_error": tried("replace", vectors=LATIN_FILE),
        "cache": tried(False, vectors=TEXT_FILE),
        "verbose": tried(True, vectors=TEXT_FILE),
    },
    "TrainedEmbeddingMatrix": {
        "algorithm": tried("fasttext"),
        "vector_size": tried(3),
        "window": tried(1),
        "min_count": tried(4),
        "sg": tried(1),
        "negative": tried(1),
        "epochs": tried(1),
        "workers": tried(2),
        "random_state": tried(1),
        "sentence_end": tried("and"),
    },
    "EmbeddingVectorizer": {"pooling": tried("max")},
    "NgramVectorizer": {
        "ngram_range": tried((1, 1)),
        "min_df": tried(4),
        "lowercase": tried(False),
        "analyzer": tried(list),
    },
    "NaiveBayesScaler": {"alpha": tried(0.1)},
    "OneVsRestLogisticRegression": {"C": tried(0.1), "tol": tried(1.0)},
    "WeightedVotingClassifier": {
        "estimators": tried(parts(alpha=0.1)),
        "cv": tried(2),
        "prior": tried(10.0),
        "min_share": tried(0.9),
        "class_weight": tried({"yes": 3.0, "no": 1.0}),
        "n_jobs": tried(2),
        "random_state": tried(1),
    },
    "KerasTextClassifier": {
        "architecture": tried(deep_average),
        "embedding_dim": tried(3),
        "embedding_trainable": tried(False),
        "unfreeze_after": tried(1),
        "filters": tried(3, **CONVOLUTIONS),
        "kernel_size": tried((1, 2), **CONVOLUTIONS),
        "hidden_units": tried(3),
        "dropout": tried(0.5),
        "numbers_units": tried(3, beside_numbers=True),
        "optimizer": tried("adam"),
        "loss": tried("binary_focal_crossentropy"),
        "metrics": tried(["auc"]),
        "batch_size": tried(4),
        "epochs": tried(1),
        "early_stopping": tried(True, **STOPPED | {"early_stopping": False}),
        "validation_fraction": tried(0.5, **STOPPED),
        # Without a step of any size, the loss never improves.
        "n_iter_no_change": tried(1, **STOPPED, optimizer__learning_rate=0.0),
        "class_weight": tried({"yes": 3.0, "no": 1.0}),
        "callbacks": tried([STOP("loss", min_delta=9.0)], epochs=3),
        "random_state": tried(1),
        "warm_start": tried(True, refit=True),
        "verbose": tried(2),
        "optimizer__learning_rate": tried(0.01),
        "callbacks__patience": tried(
            3, callbacks=STOP, callbacks__monitor="loss", callbacks__min_delta=9.0, epochs=3
        ),
        "architecture__n_layers": tried(2, architecture=deep_average),
        "text__title__hidden_units": tried(3, beside_numbers=True),
    },
}


# What a user can see of a fit.


def observe(name, *, refit=False, beside_numbers=False, **params):
    """Fit an estimator and return what can be seen of it, by name.

    Parameters
    ----------
    name : str
        The estimator.
    refit : bool, default=False
        Whether to fit it twice.
    beside_numbers : bool, default=False
        Whether the texts are the column "title" of a table with a number.
    **params
        Its parameters.

    Returns
    -------
    dict of str to object
        The learned attributes and the output, as plain data; the weights of a network; what was
        printed; warnings; threads that were started; files that were written to the data home.
        If the fit fails, only the error.
    """
    X = estimator_data(INPUT_OF.get(name, name), TEXTS)
    if beside_numbers:
        numbers = np.linspace(-1, 1, len(TEXTS))[:, np.newaxis]
        X = skembed.TokenTable({"title": X}, numbers, ["price"])
    estimator = getattr(skembed, name)(**params)
    with watched() as seen:
        try:
            for _ in range(1 + refit):
                estimator.fit(X, LABELS)
            shown = {"output": output(estimator, X)}
            if is_classifier(estimator):
                shown["predictions"] = estimator.predict(X)
        except (SkembedError, ValueError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
    if hasattr(estimator, "_network"):
        model = estimator._network.model  # model_ would prevent the reuse of its graphs
        shown["weights"] = model.get_weights()
        shown["layers"] = [type(layer).__name__ for layer in model.layers]
    for attribute in filter(is_learned, dir(estimator)):
        with contextlib.suppress(AttributeError):  # of those that depend on a parameter
            shown[attribute] = getattr(estimator, attribute)
    plain = {what: as_data(value) for what, value in (shown | seen).items()}
    return {what: value for what, value in plain.items() if value is not None}


def is_learned(attribute):
    is_public = attribute.endswith("_") and not attribute.startswith("_")
    return is_public and attribute not in ("model_", "training_time_")  # seconds always differ


def as_data(value):
    """Return plain data that can be compared, or None for an object with parts of its own."""
    if isinstance(value, skembed.TokenSequences):
        return value.to_lists(), None if value.embedding is None else value.embedding.values
    if isinstance(value, skembed.TokenTable):
        texts = [[name, *map(as_data, (x, x.vocabulary))] for name, x in value.texts.items()]
        return texts, type(value.numbers).__name__, as_data(value.numbers), value.number_names
    if isinstance(value, skembed.Vocabulary):
        return [*value.words], value.n_ids
    if isinstance(value, Coverage):
        return str(value)
    if issparse(value):
        return value.toarray()
    if type(value) in (list, tuple):
        parts_of_it = [*map(as_data, value)]
        return None if any(part is None for part in parts_of_it) else parts_of_it
    if isinstance(value, int | float | str | np.ndarray) or type(value) is dict:
        return value
    return None


@contextlib.contextmanager
def watched():
    """Yield a dict that holds in the end what happened besides the results."""
    _LEARNED_CACHE.clear()  # vectors of an earlier fit would need no training
    started, printed, seen = [], io.StringIO(), {}
    start = threading.Thread.start

    def noted(thread):
        started.append(thread)
        start(thread)

    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        data_home = enter(tempfile.TemporaryDirectory())
        # rich draws on what is no terminal if this variable is set; otherwise after two seconds.
        environment = {"SCIKIT_LEARN_DATA": data_home, "FORCE_COLOR": "1", "TERM": "xterm"}
        enter(mock.patch.dict(os.environ, environment))
        enter(mock.patch("skembed._progress._DELAY_SECONDS", 0))
        enter(mock.patch.object(threading.Thread, "start", noted))
        enter(contextlib.redirect_stdout(printed))
        enter(contextlib.redirect_stderr(printed))
        heard = enter(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        enter(joblib.parallel_config("threading"))
        yield seen
        seen["files"] = sum(path.is_file() for path in Path(data_home).rglob("*"))
        seen["warnings"] = [str(warning.message) for warning in heard]
        seen["threads"] = len(started)
        seen["printed"] = printed.getvalue()


# The table.


class Row(NamedTuple):
    """A parameter, the value tried, and what it changed."""

    estimator: str
    parameter: str
    value: str
    instead_of: str
    given: str
    changed: tuple


@cache
def row(name, parameter):
    """Try one parameter of one estimator."""
    case = CASES[name][parameter]
    base = USUAL.get(name, {}) | case.given
    params = {k: v for k, v in base.items() if k != "beside_numbers"}
    unchanged = getattr(skembed, name)(**params).get_params(deep=False).get(parameter)
    before = seen_with(name, base, case.refit)
    after = seen_with(name, base | {parameter: case.value}, case.refit)
    assert "error" not in after, after["error"]
    given = {k: v for k, v in case.given.items() if k != parameter}
    return Row(
        name,
        parameter,
        shown(case.value),
        shown(unchanged),
        ", ".join(f"{k}={shown(v)}" for k, v in given.items()),
        tuple(differences(before, after)),
    )


_SEEN = {}


def seen_with(name, params, refit):
    """Return what `observe` sees; equal fits are made once."""
    key = name, joblib.hash(params), refit
    if key not in _SEEN:
        _SEEN[key] = observe(name, refit=refit, **params)
    return _SEEN[key]


def differences(before, after):
    """Return the names of what differs, with the values where these are short."""
    if "error" in before:  # nothing else is seen where a fit fails
        before, after = {"error": before["error"].partition(":")[0]}, {}
    for what in sorted(before.keys() | after.keys()):
        old, new = before.get(what), after.get(what)
        if joblib.hash(old) != joblib.hash(new):
            values = f": {old!r} → {new!r}"
            yield what + (values if len(values) <= 30 else "")


def shown(value):
    """Return a value of a parameter as short text."""
    if isinstance(value, Path):
        return value.name
    if isinstance(value, LengthEncoder) or callable(value):
        return getattr(value, "__name__", type(value).__name__)
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def table():
    """Return the whole table in Markdown."""
    columns = ["estimator", "parameter", "value", "instead of", "with", "what changed"]
    lines = [columns, ["---"] * len(columns)]
    for name, cases in CASES.items():
        for parameter in cases:
            one = row(name, parameter)
            lines.append([*one[:-1], "; ".join(one.changed) or "NOTHING"])
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
