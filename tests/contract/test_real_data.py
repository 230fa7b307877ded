"""Published figures and the complete pipeline, on the movie reviews of Pang and Lee."""

import subprocess
import sys

import joblib
import numpy as np
import pytest
from gensim.models import KeyedVectors
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    load_word_vectors,
)
from skembed.datasets import fetch_movie_reviews

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reviews(shared_data):
    """The 2,000 reviews; the training reviews come first."""
    return fetch_movie_reviews(subset="all", archive=shared_data / "review_polarity.tar.gz")


def test_vocabulary_of_the_training_reviews(reviews, shared_data):
    training = reviews.data[:1800]
    stop_words = (shared_data / "nltk_stopwords_english.txt").read_text().split()
    stop_words = [word for word in stop_words if "'" not in word]  # deleted before
    cleaner = TextCleaner(
        strip_punctuation="delete", alphabetic_only=True, stop_words=stop_words, min_token_length=2
    )
    cleaned = cleaner.fit_transform(training)
    assert len(KerasTokenizerTransformer().fit(cleaned).vocabulary_) == 44_276
    frequent = KerasTokenizerTransformer(min_count=2, oov_token=None)
    sequences = frequent.fit_transform(cleaned)
    assert len(frequent.vocabulary_) == 25_767
    assert PadSequences().fit(sequences).maxlen_ == 1_317


@pytest.mark.parametrize(
    ("name", "lookup", "token_fraction"),
    [
        ("glove.6B.50d.part.txt", "exact", 0.79),
        ("GoogleNews.300d.part.txt.gz", "exact", 0.71),
        ("GoogleNews.300d.part.txt.gz", "fallback", 0.77),
    ],
)
def test_coverage_of_real_vectors(reviews, shared_data, name, lookup, token_fraction):
    sequences = KerasTokenizerTransformer().fit_transform(reviews.data)
    step = PretrainedEmbeddingMatrix(shared_data / "vectors" / name, lookup=lookup).fit(sequences)
    assert step.coverage_.token_fraction == pytest.approx(token_fraction, abs=0.006)


def test_real_vectors_are_read_as_they_stand(shared_data):
    path = shared_data / "vectors" / "glove.6B.50d.part.txt"
    sequences = KerasTokenizerTransformer().fit_transform(["the movie"])
    step = PretrainedEmbeddingMatrix(path).fit(sequences)
    the = step.matrix_[step.vocabulary_["the"]]
    assert the[:4].tolist() == np.array([0.418, 0.24968, -0.41242, 0.1217], np.float32).tolist()


def test_the_google_news_part_is_read_as_gensim_reads_it(shared_data):
    path = shared_data / "vectors" / "GoogleNews.300d.part.txt.gz"
    expected = KeyedVectors.load_word2vec_format(str(path), binary=False)
    for cache in (False, True, True):
        vectors = load_word_vectors(path, cache=cache)
        assert vectors.index_to_key == expected.index_to_key
        assert np.array_equal(vectors.vectors, expected.vectors)
    some = expected.index_to_key[::7]
    assert np.array_equal(load_word_vectors(path, some).vectors, expected.vectors[::7])
    assert [word for word, _ in vectors.most_similar("good", topn=3)] == [
        "great",
        "bad",
        "terrific",
    ]
    assert not {"a", "of", "to", "and"} & {*vectors.index_to_key}


def test_the_glove_part_is_read_as_a_plain_loop_reads_it(shared_data):
    path = shared_data / "vectors" / "glove.6B.50d.part.txt"
    lines = [line.split(" ") for line in path.read_text(encoding="utf-8").splitlines()]
    for cache in (False, True, True):
        vectors = load_word_vectors(path, cache=cache)
        assert vectors.index_to_key == [word for word, *_ in lines]
        assert np.array_equal(vectors.vectors, np.array([line[1:] for line in lines], np.float32))
    assert vectors.vectors.shape == (7_849, 50)


def test_the_five_steps_searched_saved_and_loaded_elsewhere(reviews, shared_data, tmp_path):
    texts, labels = reviews.data, reviews.target
    some = slice(None, None, 8)
    vectors = shared_data / "vectors" / "glove.6B.50d.part.txt"
    pipe = Pipeline(
        [
            ("clean", TextCleaner(stop_words="english")),
            ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
            ("pad", PadSequences(maxlen=100)),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
            ("clf", KerasTextClassifier(filters=8, kernel_size=5, epochs=1, random_state=0)),
        ]
    )
    given = {
        "embed": [PretrainedEmbeddingMatrix(vectors)],
        "clf__embedding_trainable": [False, True],
    }
    windows = {"clf__kernel_size": [5, (3, 4, 5)]}
    search = GridSearchCV(
        pipe,
        [windows | given, windows | {"embed": ["passthrough"]}],
        cv=3,
        error_score="raise",
    ).fit(texts[some], labels[some])
    assert len(search.cv_results_["params"]) == 6
    path = tmp_path / "model.joblib"
    joblib.dump(search.best_estimator_, path)
    program = (
        "import sys, joblib; model = joblib.load(sys.argv[1]);"
        "print(repr(model.predict_proba([sys.argv[2]]).tolist()), model.predict([sys.argv[2]])[0])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, path, texts[0]], capture_output=True, text=True, check=True
    )
    best = search.best_estimator_
    probabilities = best.predict_proba(texts[:1]).tolist()
    assert run.stdout.strip() == f"{probabilities!r} {best.predict(texts[:1])[0]}"
