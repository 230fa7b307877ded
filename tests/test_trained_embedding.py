import logging
import os
import pickle
import subprocess
import sys
import tarfile

import gensim
import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors, Word2Vec
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
    TokenSequences,
    TrainedEmbeddingMatrix,
)
from skembed.errors import (
    EmptyVocabularyError,
    NotEnoughMemoryError,
    NotSequencesError,
    VocabularyMismatchError,
)
from skembed.trained_embedding import _count_buckets

ALGORITHMS = ["word2vec", "fasttext"]
TEXTS = [
    "good work and a joy to read",
    "poor work and a pain to read",
    "very good",
    "very poor",
] * 3


def step(algorithm="word2vec", **params):
    return TrainedEmbeddingMatrix(
        algorithm, **{"vector_size": 8, "epochs": 2, "random_state": 0, **params}
    )


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer(min_count=4).fit_transform([*TEXTS, "not known"])


def in_sentences(texts):
    cleaned = TextCleaner(keep_line_breaks=True).transform(texts)
    return KerasTokenizerTransformer(filters="").fit_transform(cleaned)


def words_of(sequences):
    """The documents as lists of words, without padding and the unknown word."""
    vocabulary = sequences.vocabulary
    return [
        [vocabulary.word(id) for id in row if id not in (0, vocabulary.oov_id)]
        for row in sequences.to_lists()
    ]


def seed_of(random_state):
    return np.random.RandomState(random_state).randint(np.iinfo(np.int32).max)


def by_hand(algorithm, sentences, **params):
    settings = {"vector_size": 8, "epochs": 2, "min_count": 1, "workers": 1, **params}
    return {"word2vec": Word2Vec, "fasttext": FastText}[algorithm](
        sentences, seed=seed_of(0), **settings
    ).wv


@pytest.mark.parametrize("params", [{}, {"sg": 1, "window": 2, "negative": 3, "epochs": 3}])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_vectors_are_those_that_gensim_learns(algorithm, params, sequences):
    fitted = step(algorithm, **params).fit(sequences)
    extra = {"bucket": _count_buckets(fitted.vocabulary_)} if algorithm == "fasttext" else {}
    expected = by_hand(algorithm, words_of(sequences), **params, **extra)
    assert fitted.vector_size_ == 8
    assert fitted.matrix_.dtype == np.float32
    assert not fitted.matrix_[:2].any()  # padding, and the unknown word
    for word in fitted.vocabulary_:
        assert np.array_equal(fitted.matrix_[fitted.vocabulary_[word]], expected[word]), word
    assert fitted.coverage_.word_fraction == 1
    assert fitted.coverage_.token_fraction < 1  # those of the unknown word


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_training_puts_words_of_one_kind_together(algorithm):
    generator = np.random.default_rng(0)
    kinds = [[f"{kind}{i}" for i in range(40)] for kind in ("animal", "vehicle")]
    texts = [" ".join(generator.choice(kinds[i % 2], 10)) for i in range(400)]
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    keyed = step(algorithm, sg=1, epochs=10).fit(sequences).keyed_vectors_
    assert type(keyed) is KeyedVectors
    assert {word for word, _ in keyed.most_similar("animal7", topn=39)} < {*kinds[0]}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_fit_repeats_and_another_seed_gives_another(algorithm, sequences):
    once = step(algorithm).fit(sequences)
    assert np.array_equal(clone(once).fit(sequences).matrix_, once.matrix_)
    other = step(algorithm, random_state=1).fit(sequences)
    assert not np.array_equal(other.matrix_, once.matrix_)
    copy = pickle.loads(pickle.dumps(once))
    assert copy.transform(sequences) == once.transform(sequences)


def test_a_fit_repeats_in_another_process():
    program = f"""
from skembed import KerasTokenizerTransformer, TrainedEmbeddingMatrix
sequences = KerasTokenizerTransformer().fit_transform({TEXTS!r})
for algorithm in {ALGORITHMS!r}:
    step = TrainedEmbeddingMatrix(algorithm, vector_size=8, random_state=0).fit(sequences)
    print(step.matrix_.tobytes().hex())
"""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    one, other = (process.communicate()[0] for process in running)
    assert one == other
    assert len(one) > 1000


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_nothing_global_is_changed(algorithm, sequences, capfd):
    before = np.random.get_state()[1].tolist(), logging.root.level, logging.root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("gensim", "gensim.models.word2vec")}
    step(algorithm).fit(sequences)
    after = np.random.get_state()[1].tolist(), logging.root.level, logging.root.handlers[:]
    assert after == before
    assert {name: logging.getLogger(name).level for name in levels} == levels
    assert capfd.readouterr() == ("", "")


def test_words_that_are_too_rare():
    texts = ["well argued and well written", "well argued"]
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    fitted = step(min_count=2).fit(sequences)
    assert fitted.coverage_.missing == ("and", "written")
    assert fitted.keyed_vectors_.index_to_key == ["well", "argued"]
    assert [*np.flatnonzero(fitted.matrix_.any(axis=1))] == [2, 3]
    from_subwords = step("fasttext", min_count=2).fit(sequences)
    assert from_subwords.coverage_.missing == ()
    assert from_subwords.matrix_[2:].any(axis=1).all()


def test_words_that_the_documents_lack_have_only_subwords():
    tokenizer = KerasTokenizerTransformer().fit(["argued argues essay"])
    sequences = tokenizer.transform(["argued argued argues"])
    assert step().fit(sequences).coverage_.missing == ("essay",)
    assert step("fasttext").fit(sequences).coverage_.missing == ()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_long_documents_are_used_to_their_end(algorithm):
    # gensim reads 10,000 words of a sentence; later words would keep their initial vectors.
    words = [f"w{i % 40}" for i in range(10_000)] + ["late", "later"] * 400
    sequences = KerasTokenizerTransformer().fit_transform([" ".join(words)])
    fitted = step(algorithm, epochs=1).fit(sequences)
    extra = {"bucket": _count_buckets(fitted.vocabulary_)} if algorithm == "fasttext" else {}
    pieces = by_hand(algorithm, [words[:10_000], words[10_000:]], epochs=1, **extra)
    ignored = by_hand(algorithm, [words], epochs=1, **extra)
    late = fitted.matrix_[fitted.vocabulary_["late"]]
    assert np.array_equal(late, pieces["late"])
    assert not np.allclose(late, ignored["late"], atol=1e-5)


def test_padding_is_left_out_and_stays_away(sequences):
    ragged = step().fit(sequences)
    padded = step().fit(sequences.padded(12))
    assert np.array_equal(padded.matrix_, ragged.matrix_)
    array = TokenSequences.from_array(np.asarray(sequences.padded(12)), sequences.vocabulary)
    assert np.array_equal(step().fit(array).matrix_, ragged.matrix_)


def test_stands_before_or_behind_the_padding(sequences):
    before = make_pipeline(step(), PadSequences(3)).fit(sequences)
    assert np.array_equal(before[0].matrix_, step().fit(sequences).matrix_)
    out = before.transform(sequences)
    assert out.shape == (13, 3)
    assert out.embedding.values is before[0].matrix_
    behind = make_pipeline(PadSequences(3), step()).fit(sequences)
    assert not np.array_equal(behind[1].matrix_, before[0].matrix_)  # less was left to read
    assert behind.transform(sequences).to_lists() == out.to_lists()


LINES = ["good work\nwell done\n\nvery good", "poor\r\nvery poor", "good", "\n"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_sentences(algorithm):
    sequences = in_sentences(LINES)
    fitted = step(algorithm, sentence_end="\n").fit(sequences)
    sentences = [line.split() for text in LINES for line in text.splitlines() if line]
    extra = {"bucket": _count_buckets(fitted.vocabulary_)} if algorithm == "fasttext" else {}
    expected = by_hand(algorithm, sentences, **extra)
    for word in {word for sentence in sentences for word in sentence}:
        assert np.array_equal(fitted.matrix_[fitted.vocabulary_[word]], expected[word])
    other = step(algorithm, sentence_end=None).fit(sequences)
    assert not np.array_equal(other.matrix_, fitted.matrix_)


def test_ends_of_sentences_are_no_words():
    sequences = in_sentences(LINES)
    fitted = step(sentence_end="\n").fit(sequences)
    end = fitted.vocabulary_["\n"]
    assert not fitted.matrix_[end].any()
    assert (fitted.coverage_.n_words, fitted.coverage_.n_found) == (6, 6)
    assert fitted.coverage_.missing == ()
    assert fitted.coverage_.token_fraction == fitted.coverage_.word_fraction == 1
    assert sorted(fitted.keyed_vectors_.index_to_key) == sorted(
        ["done", "good", "poor", "very", "well", "work"]
    )


@pytest.mark.parametrize("width", [None, 5])
def test_ends_of_sentences_are_not_handed_on(width):
    sequences = in_sentences(LINES)
    if width is not None:
        sequences = sequences.padded(width, "post", "post")
    before = sequences.to_lists()
    fitted = step(sentence_end="\n").fit(sequences)
    out = fitted.transform(sequences)
    assert sequences.to_lists() == before
    assert out.width == width
    assert out.side == sequences.side
    assert out.vocabulary == sequences.vocabulary
    assert out.embedding.values is fitted.matrix_
    end = fitted.vocabulary_["\n"]
    expected = [[id for id in row if id not in (0, end)] for row in before]
    assert [[id for id in row if id] for row in out.to_lists()] == expected
    assert fitted.transform(sequences[:1]).to_lists() == out[:1].to_lists()


def test_ends_of_sentences_alone():
    sequences = in_sentences(["good work\nwell done"])
    fitted = step(sentence_end="\n").fit(sequences)
    end = fitted.vocabulary_["\n"]
    lone = TokenSequences.from_lists([[end], [end, end]], sequences.vocabulary)
    assert fitted.transform(lone).to_lists() == [[], []]
    with pytest.raises(EmptyVocabularyError, match="None of the 3 tokens is a word"):
        step(sentence_end="\n").fit(lone)


def test_the_sentence_end_of_a_fit_stays():
    sequences = in_sentences(LINES)
    fitted = step(sentence_end="\n").fit(sequences)
    before = fitted.transform(sequences)
    fitted.set_params(sentence_end=None)
    assert fitted.transform(sequences) == before
    assert "\n" not in fitted.keyed_vectors_


@pytest.mark.slow
def test_lines_of_the_training_reviews(shared_data):
    with tarfile.open(shared_data / "review_polarity.tar.gz") as archive:
        names = [name for name in archive.getnames() if "txt_sentoken/" in name]
        names = [name for name in names if name.endswith(".txt") and "/cv9" not in name]
        texts = [archive.extractfile(name).read().decode() for name in names]
    stop_words = (shared_data / "nltk_stopwords_english.txt").read_text().split()
    stop_words = [word for word in stop_words if "'" not in word]  # deleted before
    cleaner = TextCleaner(
        strip_punctuation="delete",
        alphabetic_only=True,
        stop_words=stop_words,
        min_token_length=2,
        keep_line_breaks=True,
    )
    tokenizer = KerasTokenizerTransformer(filters="")
    sequences = tokenizer.fit_transform(cleaner.transform(texts))
    assert len(sequences) == 1_800
    # Reviews have line breaks between their lines, and empty lines.
    assert tokenizer.word_counts_["\n"] + 1_800 == 58_109
    assert len(sequences.vocabulary) == 44_276 + 1
    some = step(sentence_end="\n", vector_size=2, epochs=1).fit(sequences[::50])
    assert not np.isin(some.vocabulary_["\n"], some.transform(sequences).ids)


MISTAKES = {
    "no vocabulary": ([[2, 3]], {}, NotSequencesError, "without a vocabulary"),
    "hashed": (HashingTokenizerTransformer(9).transform(TEXTS), {}, NotSequencesError, "Hashing"),
    "unknown alone": (
        KerasTokenizerTransformer().fit(TEXTS).transform(["no such words"]),
        {},
        EmptyVocabularyError,
        "None of the 3 tokens is a word of the vocabulary: train on the documents",
    ),
    "empty documents": (
        KerasTokenizerTransformer().fit(TEXTS).transform(["", ""]),
        {},
        EmptyVocabularyError,
        "None of the 0 tokens",
    ),
    "all too rare": (
        KerasTokenizerTransformer().fit_transform(TEXTS),
        {"min_count": 99},
        EmptyVocabularyError,
        "min_count=99 times in these documents; the most frequent, 'good', occurs 6 times: lower",
    ),
    "a window for which gensim would wait without an end": (
        KerasTokenizerTransformer().fit_transform(TEXTS),
        {"window": 2**31},
        InvalidParameterError,
        r"must be an int in the range \[1, 2147483647\]. Got 2147483648",
    ),
    "as many negative examples": (
        KerasTokenizerTransformer().fit_transform(TEXTS),
        {"negative": 2**31},
        InvalidParameterError,
        r"'negative' parameter .* in the range \[1, 2147483647\]",
    ),
    "no such end": (
        KerasTokenizerTransformer().fit_transform(TEXTS),
        {"sentence_end": "\n"},
        InvalidParameterError,
        r"'\\n' is not among its 10 words.*TextCleaner\(keep_line_breaks=True\)",
    ),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_are_told_before_the_training(kind, algorithm, sequences, monkeypatch):
    X, params, error, words = MISTAKES[kind]
    fitted = step(algorithm).fit(sequences)
    before = fitted.transform(sequences)
    monkeypatch.setattr(gensim.models, "Word2Vec", None)
    monkeypatch.setattr(gensim.models, "FastText", None)
    with pytest.raises(error, match=words):
        step(algorithm, **params).fit(X)
    with pytest.raises(error, match=words):
        fitted.set_params(**params).fit(X)
    assert fitted.transform(sequences) == before


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_vectors_beyond_all_memory(algorithm, sequences, monkeypatch):
    def allocate(sentences, *, vector_size, **settings):
        raise MemoryError("Unable to allocate 48.0 GiB")

    monkeypatch.setattr(gensim.models, "Word2Vec", allocate)
    monkeypatch.setattr(gensim.models, "FastText", allocate)
    with pytest.raises(NotEnoughMemoryError, match=r"8 .* of 9,000 numbers .* lower vector_size"):
        step(algorithm, vector_size=9000).fit(sequences)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_half_an_emoji_is_a_word_without_subwords(algorithm):
    broken = KerasTokenizerTransformer().fit_transform([f"{text} \ud83d" for text in TEXTS])
    fitted = step(algorithm, random_state=0).fit(broken)
    assert fitted.coverage_.missing == (("\ud83d",) if algorithm == "fasttext" else ())
    assert fitted.matrix_[fitted.vocabulary_["good"]].any()
    assert fitted.matrix_[fitted.vocabulary_["\ud83d"]].any() == (algorithm == "word2vec")


def test_sequences_of_another_vocabulary(sequences):
    fitted = step().fit(sequences)
    other = KerasTokenizerTransformer().fit_transform(["other"])
    with pytest.raises(VocabularyMismatchError, match="another vocabulary"):
        fitted.transform(other)


def test_the_unknown_word_that_is_also_in_the_text():
    tokenizer = KerasTokenizerTransformer(oov_token="good")
    sequences = tokenizer.fit_transform(TEXTS)
    fitted = step().fit(sequences)
    assert not fitted.matrix_[fitted.vocabulary_["good"]].any()
    assert fitted.coverage_.missing == ("good",)


def test_the_subwords_of_a_few_words_take_little():
    sequences = KerasTokenizerTransformer().fit_transform(TEXTS)
    ngrams = {
        f"<{word}>"[start : start + n]
        for word in sequences.vocabulary
        for n in (3, 4, 5, 6)
        for start in range(len(word) + 3 - n)
    }
    assert _count_buckets(sequences.vocabulary) == len(ngrams)


def test_learns_from_the_training_fold_alone(feedback):
    texts, sentiments = feedback
    pipeline = make_pipeline(
        KerasTokenizerTransformer(), step(), EmbeddingVectorizer(), LogisticRegression()
    )
    assert cross_val_score(pipeline, texts, sentiments, cv=2, error_score="raise").shape == (2,)
    fitted = clone(pipeline).fit(texts[:40], sentiments[:40])
    assert fitted[1].vocabulary_ == KerasTokenizerTransformer().fit(texts[:40]).vocabulary_
