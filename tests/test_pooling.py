import pickle
import subprocess
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.utils import Bunch

from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TokenSequences,
)
from skembed.embedding_matrix import EmbeddingMatrix
from skembed.errors import NotSequencesError, VocabularyMismatchError

POOLINGS = ["mean", "max", "sum", "tfidf"]
WORDS = [f"w{i}" for i in range(60)]


def random_texts(n_documents, longest=40):
    generator = np.random.default_rng(0)
    weights = 1 / np.arange(1, 61)
    return [
        " ".join(generator.choice(WORDS, generator.integers(longest), p=weights / weights.sum()))
        for _ in range(n_documents)
    ]


def embedded(texts, dim=5):
    """Sequences in which every tenth word has no vector."""
    generator = np.random.default_rng(1)
    vectors = {word: generator.normal(size=dim) for i, word in enumerate(WORDS) if i % 10}
    return make_pipeline(
        KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(vectors)
    ).fit_transform(texts)


@pytest.fixture(scope="module")
def texts():
    return random_texts(2500)  # three blocks


@pytest.fixture(scope="module")
def sequences(texts):
    return embedded(texts)


def counted(sequences):
    """The ids and vectors of the tokens that count, document by document."""
    values = sequences.embedding.values.astype(np.float64)
    for row in np.split(sequences.ids, sequences.offsets[1:-1]):
        ids = row[values[row].any(axis=1)]
        yield ids, values[ids]


def one_by_one(pooling, sequences, idf):
    pool = {
        "mean": lambda ids, vectors: vectors.mean(axis=0),
        "max": lambda ids, vectors: vectors.max(axis=0),
        "sum": lambda ids, vectors: vectors.sum(axis=0),
        "tfidf": lambda ids, vectors: np.average(vectors, axis=0, weights=idf[ids]),
    }[pooling]
    dim = sequences.embedding.values.shape[1]
    rows = [pool(*both) if len(both[0]) else np.zeros(dim) for both in counted(sequences)]
    return np.array(rows)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_equals_pooling_one_by_one(pooling, sequences):
    vectorizer = EmbeddingVectorizer(pooling)
    pooled = vectorizer.fit_transform(sequences)
    assert type(pooled) is np.ndarray
    assert (pooled.shape, pooled.dtype) == ((2500, 5), np.float32)
    expected = one_by_one(pooling, sequences, getattr(vectorizer, "idf_", None))
    np.testing.assert_allclose(pooled, expected, rtol=1e-4, atol=1e-5)
    assert np.array_equal(vectorizer.transform(sequences), pooled)


@pytest.mark.parametrize("side", ["pre", "post"])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_never_counts(pooling, side, sequences):
    vectorizer = EmbeddingVectorizer(pooling).fit(sequences)
    expected = vectorizer.transform(sequences)
    padded = sequences.padded(50, side)
    stored = TokenSequences.from_array(padded.to_array(), sequences.vocabulary)
    stored = stored.with_embedding(sequences.embedding)
    for same in (padded, stored):
        np.testing.assert_allclose(vectorizer.transform(same), expected, rtol=1e-5, atol=1e-6)
        refitted = clone(vectorizer).fit(same)
        np.testing.assert_allclose(refitted.transform(sequences), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_documents_without_a_vector_are_zeros(pooling):
    vectors = PretrainedEmbeddingMatrix({"bad": [-1.0, -2.0], "worse": [-3.0, -1.0]})
    sequences = KerasTokenizerTransformer().fit_transform(["bad worse", "", "other", "other bad"])
    pooled = EmbeddingVectorizer(pooling).fit_transform(vectors.fit_transform(sequences))
    assert pooled[1:3].tolist() == [[0, 0], [0, 0]]
    assert pooled[3].tolist() == [-1, -2]  # the word without a vector does not count
    if pooling == "max":
        assert pooled[0].tolist() == [-1, -1]


def test_unknown_words_count_if_they_have_a_vector():
    tokenizer = KerasTokenizerTransformer().fit(["good"])
    embed = PretrainedEmbeddingMatrix({"good": [3.0]}, oov="mean")
    vectorizer = EmbeddingVectorizer("sum")
    steps = make_pipeline(tokenizer, embed, vectorizer).fit(["good"])
    assert steps.transform(["good unknown"]).tolist() == [[6.0]]


def test_tfidf_weighs_as_scikit_learn_does(texts, sequences):
    pooled = EmbeddingVectorizer("tfidf").fit(sequences)
    tfidf = TfidfVectorizer(analyzer=str.split, norm=None).fit(texts[:1000])
    vectorizer = EmbeddingVectorizer("tfidf").fit(sequences[:1000])
    vocabulary, values = sequences.vocabulary, sequences.embedding.values
    words = tfidf.get_feature_names_out()
    ids = [vocabulary[word] for word in words]
    np.testing.assert_allclose(vectorizer.idf_[ids], tfidf.idf_)
    assert vectorizer.idf_.shape == (vocabulary.n_ids,)
    assert not np.allclose(vectorizer.idf_, pooled.idf_)
    weights = tfidf.transform(texts).toarray() * values[ids].any(axis=1)
    totals = weights.sum(axis=1, keepdims=True)
    expected = weights @ values[ids] / np.where(totals, totals, 1)
    np.testing.assert_allclose(vectorizer.transform(sequences), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_document_alone_and_a_very_long_one(pooling, sequences):
    vectorizer = EmbeddingVectorizer(pooling).fit(sequences)
    together = vectorizer.transform(sequences[:20])
    alone = np.concatenate([vectorizer.transform(sequences[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, together, rtol=1e-6)
    long = TokenSequences.from_lists([np.tile(sequences.ids, 2)], sequences.vocabulary)
    long = long.with_embedding(sequences.embedding)
    expected = one_by_one(pooling, long, getattr(vectorizer, "idf_", None))
    np.testing.assert_allclose(vectorizer.transform(long), expected, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_nothing_that_came_in_is_changed(pooling, sequences):
    ids, values = sequences.ids.copy(), sequences.embedding.values.copy()
    EmbeddingVectorizer(pooling).fit_transform(sequences)
    assert np.array_equal(sequences.ids, ids)
    assert np.array_equal(sequences.embedding.values, values)


def test_frames_and_names(sequences):
    vectorizer = EmbeddingVectorizer().fit(sequences)
    names = [f"embeddingvectorizer{i}" for i in range(5)]
    assert vectorizer.get_feature_names_out().tolist() == names
    plain = vectorizer.transform(sequences)
    frame = vectorizer.set_output(transform="pandas").transform(sequences)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == names
    assert np.array_equal(frame.to_numpy(), plain)
    assert type(vectorizer.set_output(transform="default").transform(sequences)) is np.ndarray
    with pytest.raises(NotFittedError):
        EmbeddingVectorizer().get_feature_names_out()


def test_frames_of_polars(sequences):
    polars = pytest.importorskip("polars")
    frame = EmbeddingVectorizer().set_output(transform="polars").fit_transform(sequences)
    assert isinstance(frame, polars.DataFrame)
    assert frame.columns[0] == "embeddingvectorizer0"


def test_names_through_a_pipeline_and_a_union(texts):
    vectors = {word: np.arange(3.0) + i for i, word in enumerate(WORDS)}
    steps = make_pipeline(
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(vectors),
        make_union(EmbeddingVectorizer("mean"), EmbeddingVectorizer("max")),
    ).set_output(transform="pandas")
    frame = steps.fit_transform(texts[:5])
    assert frame.shape == (5, 6)
    assert frame.columns.tolist() == steps.get_feature_names_out().tolist()


@pytest.fixture(scope="module")
def classified(feedback):
    texts, labels = feedback
    words = [word for word, _ in Counter(" ".join(texts).split()).most_common(200)]
    vectors = {word: np.sin(np.arange(4) + 10.0 * i) for i, word in enumerate(words)}
    pipeline = make_pipeline(
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(vectors),
        PadSequences(50),
        EmbeddingVectorizer(),
        LogisticRegression(),
    )
    return Bunch(pipeline=pipeline, texts=texts, labels=labels)


def test_searched_cloned_pickled(classified):
    search = GridSearchCV(
        classified.pipeline, {"embeddingvectorizer__pooling": POOLINGS}, cv=2, error_score="raise"
    ).fit(classified.texts, classified.labels)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_
    again = clone(best).fit(classified.texts, classified.labels)
    expected = best.predict_proba(classified.texts)
    assert np.array_equal(again.predict_proba(classified.texts), expected)
    copy = pickle.loads(pickle.dumps(best))
    assert np.array_equal(copy.predict_proba(classified.texts), expected)


@pytest.mark.filterwarnings("ignore:Persisting input arguments took")  # on a busy machine
def test_two_processes_and_a_cache(classified, tmp_path):
    pipeline = clone(classified.pipeline)
    alone = cross_val_score(pipeline, classified.texts, classified.labels, cv=2)
    pipeline.set_params(memory=str(tmp_path))
    for n_jobs in (2, 1):
        scores = cross_val_score(
            pipeline, classified.texts, classified.labels, cv=2, n_jobs=n_jobs, error_score="raise"
        )
        assert scores.tolist() == alone.tolist()
    assert [*tmp_path.rglob("output.pkl")]


def test_sequences_without_vectors(sequences):
    ids_alone = [
        KerasTokenizerTransformer().fit_transform(["good"]),
        HashingTokenizerTransformer(9).transform(["good"]),
        [[1, 2]],
        np.array([[1, 2]]),
    ]
    fitted = EmbeddingVectorizer().fit(sequences)
    for X in ids_alone:
        for use in (EmbeddingVectorizer().fit, fitted.transform):
            with pytest.raises(
                NotSequencesError, match=r"put PretrainedEmbeddingMatrix or TrainedEmbeddingMatrix"
            ):
                use(X)
    hashed = HashingTokenizerTransformer(3).transform(["good"])
    hashed = hashed.with_embedding(EmbeddingMatrix(np.ones((3, 2), np.float32)))
    with pytest.raises(NotSequencesError, match="without a vocabulary"):
        EmbeddingVectorizer().fit(hashed)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_sequences_that_do_not_fit(pooling, sequences):
    fitted = EmbeddingVectorizer(pooling).fit(sequences)
    before = fitted.transform(sequences)
    other = embedded(["w1 w2"])
    with pytest.raises(VocabularyMismatchError, match=r"another vocabulary .*use the tokenizer"):
        fitted.transform(other)
    wider = np.ones((sequences.n_ids, 7), np.float32)
    wider = sequences.with_embedding(EmbeddingMatrix(wider))
    with pytest.raises(
        VocabularyMismatchError, match="have 7 dimensions, but those seen in fit had 5"
    ):
        fitted.transform(wider)
    assert np.array_equal(fitted.transform(sequences), before)


def test_fewer_vectors_than_ids(sequences):
    few = sequences.with_embedding(EmbeddingMatrix(sequences.embedding.values[:9]))
    with pytest.raises(NotSequencesError, match=r"a vector for each of \d+ ids, but got 9 vectors"):
        EmbeddingVectorizer().fit(few)
    fitted = EmbeddingVectorizer().fit(sequences)
    with pytest.raises(NotSequencesError, match=r"a vector for each of \d+ ids, but got 9 vectors"):
        fitted.transform(few)


def test_another_pooling_than_in_fit(sequences):
    fitted = EmbeddingVectorizer().fit(sequences).set_params(pooling="tfidf")
    with pytest.raises(NotFittedError):
        fitted.transform(sequences)


def test_loads_neither_keras_nor_gensim():
    program = """
import sys
from skembed import EmbeddingVectorizer, KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed import TrainedEmbeddingMatrix
ids = KerasTokenizerTransformer().fit_transform(["well done", "not done"])
EmbeddingVectorizer().fit_transform(PretrainedEmbeddingMatrix({"done": [1.0]}).fit_transform(ids))
TrainedEmbeddingMatrix()
print([m for m in ("keras", "tensorflow", "scikeras", "gensim") if m in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "[]\n"
