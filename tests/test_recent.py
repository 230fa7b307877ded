"""Candidates and folds of a search share results, which stay the same."""

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TrainedEmbeddingMatrix,
    cleaning,
    trained_embedding,
)
from skembed._recent import MIN_CACHED_DOCUMENTS, Recent, fingerprint
from skembed.datasets import load_feedback
from skembed.tokenization import splitting
from skembed.vectors import encoders


@pytest.fixture(autouse=True)
def _nothing_is_kept_from_before():
    for kept in (cleaning._CLEANED_CACHE, splitting._SPLIT_CACHE, trained_embedding._LEARNED_CACHE):
        kept.clear()


@pytest.fixture
def calls(monkeypatch):
    """What is computed: the documents cleaned, the corpora split, the trainings."""
    seen = {"cleaned": [], "split": [], "trained": []}

    def watch(owner, name, into, what):
        original = getattr(owner, name)

        def watched(*args):
            seen[into].append(what(*args))
            return original(*args)

        monkeypatch.setattr(owner, name, watched)

    watch(TextCleaner, "_clean", "cleaned", lambda self, documents: documents)
    watch(splitting, "split_words", "split", lambda documents, *_: tuple(documents))
    watch(TrainedEmbeddingMatrix, "_train", "trained", lambda self, *_: self.vector_size)
    return seen


def search(embed, memory=None):
    pipeline = Pipeline(
        [
            ("clean", TextCleaner(stop_words="english")),
            ("tokenize", KerasTokenizerTransformer(min_count=2)),
            ("pad", PadSequences(20)),
            ("embed", embed),
            ("classify", KerasTextClassifier(architecture="average", epochs=1, random_state=0)),
        ],
        memory=memory,
    )
    grid = {"classify__hidden_units": [2, 3], "tokenize__num_words": [100, 200]}
    return GridSearchCV(pipeline, grid, cv=2, error_score="raise")


def scores(searched):
    return [searched.cv_results_[f"split{i}_test_score"].tolist() for i in range(2)]


class Encoder:
    """Makes vectors from letters, and records the words."""

    def __init__(self):
        self.asked = []
        self.factor = 1.0

    def encode(self, words):
        self.asked.append([*words])
        return np.array([[len(w), w.count("e"), self.factor] for w in words]) * self.factor


def test_candidates_and_folds_share_their_text_steps(calls):
    texts, labels = load_feedback(return_X_y=True)
    step = TrainedEmbeddingMatrix(vector_size=5, epochs=1, random_state=0)
    search(step).fit(texts, labels)
    # All texts once, and once more the test part of the first fold, which no fit has seen yet.
    assert sum(map(len, calls["cleaned"])) == 1.5 * len(set(texts))
    # The training parts of two folds, and all texts for the refit; transform splits test parts.
    assert len(calls["split"]) == len(set(calls["split"])) == 3
    # Two folds with two vocabularies each, and the refit.
    assert len(calls["trained"]) == 5


def test_results_are_those_without(tmp_path):
    texts, labels = load_feedback(return_X_y=True)
    step = TrainedEmbeddingMatrix(vector_size=5, epochs=1, random_state=0)
    first = search(step).fit(texts, labels)
    again = search(step).fit(texts, labels)
    assert scores(again) == scores(first)
    stored = search(step, memory=joblib.Memory(tmp_path, verbose=0))
    assert scores(stored.fit(texts, labels)) == scores(first)
    np.testing.assert_array_equal(
        stored.best_estimator_.predict_proba(texts), first.best_estimator_.predict_proba(texts)
    )


def test_a_training_without_a_seed_is_not_shared(calls, feedback):
    sequences = KerasTokenizerTransformer().fit_transform(feedback[0])
    step = TrainedEmbeddingMatrix(vector_size=5, epochs=1)
    assert not np.array_equal(step.fit(sequences).matrix_, step.fit(sequences).matrix_)
    assert len(calls["trained"]) == 2


@pytest.mark.parametrize("change", [{"window": 2}, {"random_state": 1}, {"algorithm": "fasttext"}])
def test_another_training_is_another(calls, feedback, change):
    sequences = KerasTokenizerTransformer().fit_transform(feedback[0])
    step = TrainedEmbeddingMatrix(vector_size=5, epochs=1, random_state=0).fit(sequences)
    step.set_params(**change).fit(sequences)
    step.fit(sequences[::2])
    assert len(calls["trained"]) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"lowercase": False},
        {"normalization": "NFKC"},
        {"stop_words": ["fine"]},
        {"stop_words": {"fine", "work"}},
        {"stop_words": "english"},
        {"vocabulary": ["english"]},
        {"min_token_length": 2},
    ],
)
def test_other_parameters_clean_anew(calls, change):
    texts = [f"A Fine work, number {i}" for i in range(MIN_CACHED_DOCUMENTS)]
    TextCleaner().fit_transform(texts)
    cleaned = TextCleaner(**change).fit_transform(texts)
    assert len(calls["cleaned"]) == 2
    cleaning._CLEANED_CACHE.clear()
    assert cleaned.tolist() == TextCleaner(**change).transform(texts).tolist()


def test_what_a_subclass_cleans_is_its_own(calls):
    class Shorter(TextCleaner):
        def _clean(self, documents):
            return [text[:3] for text in documents]

    texts = [f"some words {i}" for i in range(MIN_CACHED_DOCUMENTS)]
    TextCleaner().fit_transform(texts)
    assert {*Shorter().transform(texts)} == {"som"}


def test_few_documents_are_not_kept(calls):
    texts = [f"A fine work, number {i}" for i in range(MIN_CACHED_DOCUMENTS - 1)]
    for _ in range(2):
        KerasTokenizerTransformer().fit(TextCleaner().fit_transform(texts))
    assert len(calls["cleaned"]) == len(calls["split"]) == 2


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer(), HashingTokenizerTransformer()])
def test_only_fit_keeps(tokenizer):
    texts = [f"A fine work, number {i}" for i in range(MIN_CACHED_DOCUMENTS)]
    tokenizer.fit(texts[:1]).transform(TextCleaner().transform(texts))
    assert not cleaning._CLEANED_CACHE._results
    assert not splitting._SPLIT_CACHE._results
    tokenizer.fit_transform(TextCleaner().fit_transform(texts))
    assert len(cleaning._CLEANED_CACHE._results) == MIN_CACHED_DOCUMENTS
    assert len(splitting._SPLIT_CACHE._results) == 1


def test_documents_that_clean_to_nothing(calls):
    texts = ["...", *(f"number {i}" for i in range(MIN_CACHED_DOCUMENTS))]
    for _ in range(2):
        assert TextCleaner(strip_punctuation="delete").fit_transform(texts)[:2].tolist() == [
            "",
            "number 0",
        ]


def test_what_split_texts_take_is_counted():
    texts = [f"some words {i}" for i in range(MIN_CACHED_DOCUMENTS)]
    found = splitting.split_words_once(texts, "", True, " ")
    of_words = splitting._CACHED_WORD_BYTES * len(found.words)
    taken = found.codes.nbytes + found.lengths.nbytes + of_words
    assert splitting._SPLIT_CACHE._total_bytes == taken


def test_kept_codes_cannot_be_changed():
    codes = splitting.split_words_once(["some words"] * MIN_CACHED_DOCUMENTS, "", True, " ").codes
    with pytest.raises(ValueError, match="read-only"):
        codes[0] = 1


@pytest.mark.filterwarnings("ignore::skembed.errors.CoverageWarning")  # few words are used
def test_an_encoder_is_asked_for_each_word_once():
    texts, labels = load_feedback(return_X_y=True)
    encoder = Encoder()
    search(PretrainedEmbeddingMatrix(encoder)).fit(texts, labels)
    words = [word for asked in encoder.asked for word in asked]
    again = len(words) - len(set(words))
    assert again <= encoders._N_PROBES * (len(encoder.asked) - 1)
    assert len(encoder.asked) == 9


def test_an_encoder_that_has_changed_is_asked_again(feedback):
    sequences = KerasTokenizerTransformer().fit_transform(feedback[0])
    encoder = Encoder()
    step = PretrainedEmbeddingMatrix(encoder)
    before = step.fit(sequences).matrix_
    np.testing.assert_array_equal(step.fit(sequences).matrix_, before)
    encoder.factor = 2.0
    np.testing.assert_array_equal(step.fit(sequences).matrix_[:, :2], 2 * before[:, :2])


def test_an_encoder_that_cannot_be_watched(feedback):
    class Slotted:
        __slots__ = ()
        encode = Encoder.encode
        asked = property(lambda self: [])
        factor = 1.0

    sequences = KerasTokenizerTransformer().fit_transform(feedback[0])
    matrix = PretrainedEmbeddingMatrix(Slotted()).fit(sequences).matrix_
    np.testing.assert_array_equal(
        matrix, PretrainedEmbeddingMatrix(Encoder()).fit(sequences).matrix_
    )


def test_recent_drops_what_was_used_longest_ago():
    recent = Recent(limit=10)
    for key in "abc":
        recent.keep(key, key.upper(), 3)
    assert recent.get("a") == "A"
    recent.keep("d", "D", 3)
    assert [recent.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    recent.keep("a", "large", 8)
    assert [recent.get(key) for key in "abcd"] == ["large", None, None, None]
    recent.keep("too large", "x", 11)
    assert [recent.get(key) for key in ("a", "too large")] == [None, None]
    recent.keep("e", "E", 10)
    assert recent.get("e") == "E"


def test_fingerprints_tell_texts_apart():
    corpora = [[], [""], ["", ""], ["ab"], ["a", "b"], ["b", "a"], ["a\0b"], ["\ud800"]]
    assert len({fingerprint(corpus) for corpus in corpora}) == len(corpora)
