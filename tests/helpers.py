"""Helpers of several test files: a failing server, archives, word vectors, estimators."""

import copy
import gzip
import hashlib
import inspect
import io
import re
import socket
import tarfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from scipy.sparse import issparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.utils import get_tags

import skembed
from skembed.datasets import _imdb, _movie_reviews, fetch_imdb, fetch_movie_reviews

# A local server that fails in chosen ways.


@dataclass
class Answer:
    """How the server answers one request; by default without a failure."""

    status: int = 200
    cut: int | None = None  # bytes of the body until the connection breaks
    length: int | None = None  # Content-Length, if not the true one
    ranges: bool = True  # whether Range is understood
    if_range: bool = True  # and If-Range
    stalls: bool = False  # stops sending, and leaves the connection open
    location: str | None = None  # where it redirects to
    endless: bool = False  # sends the body again and again, without a length
    drips: bool = False  # sends a byte now and then, without a length
    drips_header: bool = False  # sends a byte of a header now and then
    trailer: bool = False  # sends headers without an end behind the body, in a chunk


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.requests.append(asked)
        how = server.script.pop(0) if server.script else server.otherwise
        if how.status != 200:
            self.send_error(how.status)
            return
        if how.drips_header:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nName: ")
            self.send_for_ever(b"x", 0.01)
            return
        if how.location is not None:
            self.send_response(302)
            self.send_header("Location", how.location)
            self.end_headers()
            self.send_for_ever(server.body if how.endless else b"", 0)
            return
        if how.trailer:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            self.wfile.write(head + b"%x\r\n%b\r\n0\r\n" % (len(server.body), server.body))
            self.send_for_ever(b"Name: value\r\n", 0)
            return
        if how.endless or how.drips:
            self.send_response(200)
            self.end_headers()
            self.send_for_ever(server.body if how.endless else b"P", 0.01 * how.drips)
            return
        start = 0
        if asked and how.ranges:
            mark = self.headers["If-Range"]
            if not how.if_range or mark in (server.headers.get("ETag"), server.date):
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if start > len(server.body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            last = len(server.body) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        body = server.body[start:]
        self.send_header("Content-Length", str(len(body) if how.length is None else how.length))
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: how.cut])
        if how.stalls:
            server.may_go_on.wait(300)

    def send_for_ever(self, data, pause):
        with suppress(ConnectionError):  # the client gave up
            while data:
                self.wfile.write(data)
                if pause and self.server.may_go_on.wait(pause):
                    return

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every answer
    date = "Wed, 21 Oct 2015 07:28:00 GMT"

    def __init__(self, body):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.headers = {"ETag": '"1"'}
        self.script = []  # answers to the next requests
        self.otherwise = Answer()  # and to all later requests
        self.requests = []  # the Range header of each
        self.may_go_on = threading.Event()


@contextmanager
def serving(body):
    """Serve one file under every address."""
    with Server(body) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.may_go_on.set()
            server.shutdown()
            thread.join()


def unused_port():
    """A port where no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]


# Small archives of reviews with the layout of the published ones.


def tar_member(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def packed_tar(*contents, **header):
    """A gzip-compressed tar archive of files, given as bytes, and of other members."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **header) as archive:
        for content in contents:
            for name, data in content.items():
                if isinstance(data, tarfile.TarInfo):
                    archive.addfile(data)
                    continue
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return gzip.compress(file.getvalue(), compresslevel=1, mtime=0)  # always the same bytes


def tar_folders(*names):
    return {name: tar_member(name, tarfile.DIRTYPE) for name in names}


class SmallDataSet(NamedTuple):
    """A small copy of a published data set: its fetch function and the files of its archive."""

    fetch: object
    module: object
    name: str
    archive: str
    n_reviews: tuple
    reviews: dict  # in the order of the archive, not that of the result
    others: dict

    @property
    def good(self):
        return packed_tar(self.others, self.reviews)

    @property
    def first(self):
        return next(iter(self.reviews))


MOVIE_REVIEWS = SmallDataSet(
    fetch_movie_reviews,
    _movie_reviews,
    "MOVIE_REVIEWS",
    "review_polarity.tar.gz",
    (3, 2),
    {
        f"txt_sentoken/{label}/cv{number:03}_{number * 7}.txt": f"{label} , {number} .\n".encode()
        for label in ("pos", "neg")
        for number in (901, 0, 2, 1, 900)
    },
    {"poldata.README.2.0": b"Read me.", **tar_folders("txt_sentoken", "txt_sentoken/neg")},
)
IMDB = SmallDataSet(
    fetch_imdb,
    _imdb,
    "IMDB",
    "aclImdb_v1.tar.gz",
    (3, 2),
    {
        f"aclImdb/{part}/{label}/{number}_{stars}.txt": f"Café<br />{label} {number}".encode()
        for part, numbers in (("test", (0, 1)), ("train", (10, 0, 9)))
        for label, stars in (("pos", 10), ("neg", 3))
        for number in numbers
    },
    {
        **tar_folders("aclImdb", "aclImdb/train/unsup", "aclImdb/test"),
        "aclImdb/README": b"Read me.",
        "aclImdb/imdb.vocab": "café\n".encode(),
        "aclImdb/train/labeledBow.feat": b"9 0:9",
        "aclImdb/train/unsupBow.feat": b"0 0:8",
        "aclImdb/train/urls_neg.txt": b"http://www.imdb.com/title/tt0064354/usercomments",
        "aclImdb/train/unsup/0_0.txt": b"no label",
        "aclImdb/train/unsup/1_0.txt": b"\xff no text",
    },
)
BOTH = pytest.mark.parametrize("data_set", [MOVIE_REVIEWS, IMDB], ids=lambda d: d.name)


def publish_reviews(monkeypatch, data_set, port, **changes):
    facts = getattr(data_set.module, data_set.name)
    changes = {
        "url": f"http://127.0.0.1:{port}/{data_set.archive}",
        "sha256": hashlib.sha256(data_set.good).hexdigest(),
        "n_reviews": data_set.n_reviews,
        **changes,
    }
    monkeypatch.setattr(data_set.module, data_set.name, facts._replace(**changes))


def kept_texts(tmp_path, data_set):
    return tmp_path / "skembed" / data_set.archive.replace(".tar.gz", ".npy")


def names_in(tmp_path):
    return {path.name for path in (tmp_path / "skembed").iterdir()}


def lock_of(data_set):
    return f"{data_set.archive}.lock"


# Word vectors, in memory and as hypothesis draws them.

VECTOR_SIZE = 5
SINGLE_WORDS = ["the", "of", "naïve", "日本", "a\xa0b", "</s>", "3", "x" * 40, "x" * 41, "."]
SPACED_WORDS = [". . .", "at name@domain.com", "to 2 pm", "the of"]  # as glove.840B has
VECTOR_VALUES = np.random.RandomState(0).normal(size=(14, VECTOR_SIZE)).astype(np.float32)
VECTOR_VALUES[0] = [-0.0, 1e-45, 3.4028235e38, 1.1754944e-38, -1.5]
CORPUS = [["good", "work"], ["poor", "work"], ["very", "good", "job"]] * 5


def vectors_of(words):
    return dict(zip(words, VECTOR_VALUES))


def as_dict(vectors):
    return {word: vectors[word] for word in vectors.index_to_key}


def assert_same_vectors(found, expected):
    assert [*found] == [*expected]
    for word, vector in expected.items():
        bits = np.asarray(found[word], np.float32).view(np.uint32)
        assert bits.tolist() == np.asarray(vector, np.float32).view(np.uint32).tolist(), word


forty_examples = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def fasttext_model(max_n=6, seed=0, bucket=50):
    from gensim.models import FastText

    return FastText(
        CORPUS,
        vector_size=VECTOR_SIZE,
        min_count=1,
        bucket=bucket,
        max_n=max_n,
        epochs=1,
        workers=1,
        seed=seed,
    )


class LengthEncoder:
    """An object with ``encode``, like models of sentence-transformers and model2vec."""

    def encode(self, sentences):
        assert isinstance(sentences, list)
        assert all(type(sentence) is str for sentence in sentences)
        return np.array([[len(sentence), ord(sentence[0])] for sentence in sentences], np.float64)


def word2vec_model():
    from gensim.models import Word2Vec

    return Word2Vec(CORPUS, vector_size=VECTOR_SIZE, min_count=1, workers=1, seed=0)


def mapped_vectors(folder):
    """Memory-mapped KeyedVectors."""
    from gensim.models import KeyedVectors

    fasttext_model().wv.save(str(folder / "kv"), sep_limit=0)
    vectors = KeyedVectors.load(str(folder / "kv"), mmap="r")
    assert isinstance(vectors.vectors, np.memmap)
    return vectors


VECTORS_IN_MEMORY = {
    "KeyedVectors": lambda folder: fasttext_model().wv,
    "mapped": mapped_vectors,
    "FastText": lambda folder: fasttext_model(),
    "mapping": lambda folder: {w: fasttext_model().wv[w].tolist() for w in ("good", "work")},
    "frame": lambda folder: pd.DataFrame({"good": VECTOR_VALUES[1], "work": VECTOR_VALUES[2]}).T,
    "Word2Vec": lambda folder: word2vec_model(),
    "encoder": lambda folder: LengthEncoder(),
}

float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def vector_tables(draw, words, min_rows=1, max_rows=6):
    size = draw(st.integers(1, 4))
    row = st.lists(float32s, min_size=size, max_size=size)
    return draw(st.dictionaries(words, row, min_size=min_rows, max_size=max_rows))


WORD_LETTERS = "aéß字😀.-Zz\xa0\u2028"
single_words = st.text(WORD_LETTERS, min_size=1, max_size=14)


# Checks of estimators on a few texts.

FEW_TEXTS = ["good work", "very good work", "poor work", "very poor"] * 3
FEW_LABELS = ["yes", "yes", "no", "no"] * 3


def classifier(**parameters):
    """A small classifier that trains for two epochs."""
    defaults = {"architecture": "average", "embedding_dim": 4, "epochs": 2, "random_state": 0}
    return skembed.KerasTextClassifier(**{**defaults, **parameters})


def with_random_vectors(sequences):
    """The sequences with random vectors of four numbers."""
    words = sequences.vocabulary.words
    vectors = dict(zip(words, np.random.default_rng(0).normal(size=(len(words), 4))))
    return skembed.PretrainedEmbeddingMatrix(vectors).fit_transform(sequences)


def quick_classifier(**params):
    """A small classifier that trains for one epoch."""
    settings = {
        "architecture": "average",
        "embedding_dim": 4,
        "hidden_units": 0,
        "optimizer": "sgd",  # Keras traces Adam for twice as long
        "epochs": 1,
        "random_state": 0,
    }
    return skembed.KerasTextClassifier(**{**settings, **params})


def output(estimator, X):
    return (estimator.predict_proba if is_classifier(estimator) else estimator.transform)(X)


def same_output(one, other):
    if issparse(one):
        return one.shape == other.shape and (one != other).nnz == 0
    is_of_ids = isinstance(one, skembed.TokenSequences | skembed.TokenTable)
    return one == other if is_of_ids else np.array_equal(one, other)


def assert_refuses(fitted, fit_args, error, words, usual, **params):
    """Fit a clone and a copy of the fitted estimator with bad input; neither may change."""
    before = output(fitted, usual)
    unfitted, refitted = clone(fitted), copy.copy(fitted)
    for estimator in (unfitted, refitted):
        with pytest.raises(error, match=words):
            estimator.set_params(**params).fit(*fit_args)
    if get_tags(fitted).requires_fit:
        with pytest.raises(NotFittedError):
            output(unfitted, usual)
    refitted.set_params(**fitted.get_params(deep=False))
    assert same_output(output(refitted, usual), before)


# Every public estimator, with the data to fit it.

ESSAY_TEXTS = ["Good, good work!", "very good essay", "poor work", "very poor essay"] * 2
ESSAY_LABELS = ["yes", "yes", "no", "no"] * 2
ESSAY_WORDS = ["good", "poor", "work", "essay", "gine", "weak", "text", "draft"]
ESSAY_VECTORS = {word: np.sin(np.arange(3) + 10.0 * i) for i, word in enumerate(ESSAY_WORDS)}


def few_parts():
    """Two parts of a vote that take raw text: one of counts, one of vectors."""
    of_vectors = ESTIMATOR_STEPS["OneVsRestLogisticRegression"]()
    return [
        ("counts", make_pipeline(skembed.NgramVectorizer(min_df=1), MultinomialNB())),
        ("vectors", make_pipeline(*of_vectors)),
    ]


def as_columns(texts):
    """A table of texts, the same texts backwards, the number of their words and their length."""
    column = texts.iloc[:, 0] if isinstance(texts, pd.DataFrame) else pd.Series(texts)
    plain = column.astype(str)
    columns = {
        "title": plain,
        "body": [" ".join(text.split()[::-1]) for text in plain],
        "words": [len(text.split()) for text in plain],
        "length": [len(text) for text in plain],
    }
    return pd.DataFrame(columns, index=column.index)


def text_columns(**tokenizing):
    """Transformers of these columns, without the length."""
    counts = OneHotEncoder(handle_unknown="ignore").set_output(transform="default")  # sparse
    return [
        ("title", skembed.KerasTokenizerTransformer(**tokenizing), "title"),
        ("body", skembed.KerasTokenizerTransformer(**tokenizing), ["body"]),
        ("words", counts, ["words"]),
    ]


# Each estimator with parameters that are not the defaults, after the steps that make its input.
ESTIMATOR_STEPS = {
    "TextCleaner": lambda: [skembed.TextCleaner(strip_accents=True, stop_words=["very", "quite"])],
    "KerasTokenizerTransformer": lambda: [
        skembed.KerasTokenizerTransformer(num_words=5, lower=False)
    ],
    "HashingTokenizerTransformer": lambda: [skembed.HashingTokenizerTransformer(50)],
    "CategoryTokenizer": lambda: [skembed.CategoryTokenizer()],
    "TextColumnTransformer": lambda: [
        FunctionTransformer(as_columns),
        skembed.TextColumnTransformer(
            text_columns(lower=False),
            remainder="passthrough",
            shared_vocabulary=["title", "body"],
            sparse_threshold=0.5,
        ),
    ],
    "PadSequences": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.PadSequences(0.9, padding="post"),
    ],
    "PretrainedEmbeddingMatrix": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.PretrainedEmbeddingMatrix(ESSAY_VECTORS, oov="normal", random_state=0),
    ],
    "TrainedEmbeddingMatrix": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.TrainedEmbeddingMatrix("fasttext", vector_size=4, random_state=0),
    ],
    "EmbeddingVectorizer": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.PretrainedEmbeddingMatrix(ESSAY_VECTORS),
        skembed.EmbeddingVectorizer("tfidf"),
    ],
    "NgramVectorizer": lambda: [skembed.NgramVectorizer(ngram_range=(1, 3), lowercase=False)],
    "NaiveBayesScaler": lambda: [
        skembed.NgramVectorizer(),
        skembed.NaiveBayesScaler(alpha=0.5),
    ],
    "OneVsRestLogisticRegression": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.PretrainedEmbeddingMatrix(ESSAY_VECTORS),
        skembed.EmbeddingVectorizer(),
        skembed.OneVsRestLogisticRegression(C=10.0, tol=0.01),
    ],
    "WeightedVotingClassifier": lambda: [
        skembed.WeightedVotingClassifier(few_parts(), cv=2, prior=0.5, random_state=0)
    ],
    "KerasTextClassifier": lambda: [
        skembed.KerasTokenizerTransformer(),
        skembed.PretrainedEmbeddingMatrix(ESSAY_VECTORS),
        skembed.KerasTextClassifier(
            architecture="average",
            hidden_units=0,
            optimizer="sgd",  # Keras traces Adam for twice as long
            epochs=2,
            callbacks=[],
            random_state=0,
            optimizer__learning_rate=0.5,
        ),
    ],
}

every_estimator = pytest.mark.parametrize("name", ESTIMATOR_STEPS)


def made_estimator(name, **params):
    return ESTIMATOR_STEPS[name]()[-1].set_params(**params)


def estimator_data(name, texts=ESSAY_TEXTS):
    X = texts
    for step in ESTIMATOR_STEPS[name]()[:-1]:
        X = step.fit_transform(X)
    return X


def signature_of(estimator):
    parameters = inspect.signature(type(estimator).__init__).parameters.values()
    return {p.name: p for p in parameters if p.name != "self" and p.kind != p.VAR_KEYWORD}


def public_estimators():
    return {name for name in skembed.__all__ if hasattr(getattr(skembed, name), "fit")}


def estimators_tried(function):
    """The estimators that a test is parametrized with."""
    tried = set()
    for mark in function.pytestmark:
        names, values = mark.args
        if names == "name":
            tried |= {*values}
        elif "name" in names:
            tried |= {value[names.index("name")] for value in values}
    return tried


def assert_tried_on_every_estimator(tests, at_least):
    """Each test that has a parameter ``name`` is run with every public estimator."""
    promises = {
        name: function
        for name, function in tests.items()
        if name.startswith("test_") and "name" in inspect.signature(function).parameters
    }
    assert len(promises) >= at_least
    assert {name: estimators_tried(promises[name]) for name in promises} == dict.fromkeys(
        promises, public_estimators()
    )
