"""Documents in batches: partial_fit of the tokenizer and of the classifier."""

import gc
import pickle
import re
import tracemalloc
import weakref
from itertools import chain

import joblib
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)
from skembed.errors import DocumentsError, EmptyVocabularyError
from skembed.networks.architectures import average

documents = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "dd", "E", "[UNK]", "x" * 20]), max_size=6).map(
        " ".join
    ),
    min_size=1,
    max_size=8,
)
parameters = st.fixed_dictionaries(
    {
        "num_words": st.none() | st.integers(3, 6),
        "min_count": st.integers(1, 3),
        "oov_token": st.sampled_from([None, "[UNK]", "a"]),
        "char_level": st.booleans(),
    }
)


@settings(deadline=None)
@given(documents, st.sets(st.integers(1, 7)), parameters)
def test_counted_in_batches_words_are_numbered_as_counted_at_once(texts, cuts, parameters):
    batches = [texts[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 8]) if texts[a:b]]
    assert [*chain.from_iterable(batches)] == texts
    in_batches = KerasTokenizerTransformer(**parameters)
    for batch in batches:
        in_batches = pickle.loads(pickle.dumps(in_batches.partial_fit(batch)))
    at_once = KerasTokenizerTransformer(**parameters)
    try:
        at_once.fit(texts)
    except EmptyVocabularyError as error:
        with pytest.raises(EmptyVocabularyError, match=re.escape(str(error))):
            in_batches.transform(texts)
        return
    assert in_batches.transform(texts) == at_once.transform(texts)
    assert [*in_batches.word_index_.items()] == [*at_once.word_index_.items()]
    assert [*in_batches.word_counts_.items()] == [*at_once.word_counts_.items()]
    assert in_batches.to_keras_json() == at_once.to_keras_json()


def test_between_batches_ids_are_of_the_words_so_far():
    tokenizer = KerasTokenizerTransformer().partial_fit(["a a b"])
    first = tokenizer.transform(["a b c"])
    assert first.to_lists() == [[2, 3, 1]]
    tokenizer.partial_fit(["c c c"])
    assert tokenizer.transform(["a b c"]).to_lists() == [[3, 4, 2]]
    assert list(first.vocabulary) == ["a", "b"]  # earlier output is unchanged


def test_the_words_of_one_fit_are_forgotten_by_the_next():
    tokenizer = KerasTokenizerTransformer().fit(["a b"]).partial_fit(["b"])
    assert tokenizer.word_counts_ == {"b": 2, "a": 1}
    assert tokenizer.document_count_ == 2
    assert tokenizer.fit(["c"]).word_counts_ == {"c": 1}


def test_parameters_of_the_vocabulary_stay_those_of_the_first_batch():
    tokenizer = KerasTokenizerTransformer(num_words=3).partial_fit(["a a b"])
    tokenizer.set_params(num_words=None, oov_token=None).partial_fit(["b"])
    assert tokenizer.transform(["a b"]).to_lists() == [[2, 1]]


def test_a_batch_that_fails_is_not_counted():
    tokenizer = KerasTokenizerTransformer()
    with pytest.raises(DocumentsError):
        tokenizer.partial_fit([None])
    with pytest.raises(NotFittedError):
        tokenizer.transform(["a"])
    tokenizer.partial_fit(["a"])
    with pytest.raises(DocumentsError):
        tokenizer.partial_fit(["b", None])
    assert tokenizer.word_counts_ == {"a": 1}


def test_a_batch_may_hold_no_word():
    tokenizer = KerasTokenizerTransformer().partial_fit(["", "!"])
    with pytest.raises(EmptyVocabularyError, match="in 2 documents with 0 tokens"):
        tokenizer.transform(["a"])
    assert tokenizer.partial_fit(["a"]).transform(["a"]).to_lists() == [[2]]


def test_counting_goes_on_where_a_tokenizer_of_keras_stopped():
    saved = KerasTokenizerTransformer().fit(["a b b"]).to_keras_json()
    tokenizer = KerasTokenizerTransformer.from_keras_json(saved).partial_fit(["a a c"])
    assert tokenizer.word_counts_ == {"a": 3, "b": 2, "c": 1}
    assert tokenizer.document_count_ == 2


def test_a_frozen_vocabulary_serves_every_fold(feedback, tmp_path):
    comments, labels = feedback
    tokenizer = KerasTokenizerTransformer()
    for batch in np.array_split(comments, 5):
        tokenizer.partial_fit(batch)
    vocabulary = tokenizer.vocabulary_
    pipeline = make_pipeline(
        TextCleaner(),
        FrozenEstimator(tokenizer),
        PretrainedEmbeddingMatrix({word: [0.5, -0.5] for word in vocabulary}),
        KerasTextClassifier(architecture="average", epochs=1, random_state=0),
    )
    assert clone(pipeline)[1].estimator is tokenizer
    grid = {"kerastextclassifier__embedding_trainable": [True, False]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(comments[:40], labels[:40])
    assert search.best_estimator_[-1].vocabulary_ is vocabulary
    joblib.dump(search, tmp_path / "search.joblib")
    loaded = joblib.load(tmp_path / "search.joblib")
    assert np.array_equal(loaded.predict_proba(comments), search.predict_proba(comments))


def batches_of(comments, labels, tokenizer, n):
    """Yield batches of 16 documents, in cycles over the same comments."""
    for i in range(n):
        places = np.arange(16 * i, 16 * i + 16) % len(comments)
        yield tokenizer.transform(comments[places]), labels[places]


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch runs the layers each time")
def test_no_batch_but_the_first_is_compiled_for(feedback):
    compiled = []

    class Noted(keras.layers.Layer):
        def call(self, x):
            compiled.append(x.shape)  # runs when the backend traces the network, not in each step
            return x

    def noted(facts):
        model = average(facts)
        return keras.Model(model.inputs, Noted()(model.outputs[0]))

    comments, labels = feedback
    steps = make_pipeline(HashingTokenizerTransformer(500), PadSequences(30)).fit(comments)
    classifier = KerasTextClassifier(architecture=noted, random_state=0)
    noticed = []
    for ids, some_labels in batches_of(comments, labels, steps, 6):
        classifier.partial_fit(ids, some_labels, classes=["negative", "positive"])
        noticed.append(len(compiled))
    assert noticed[0] > 0
    assert noticed[1:] == noticed[:-1]


def test_memory_does_not_grow_with_the_number_of_batches(feedback):
    comments, labels = feedback
    tokenizer = KerasTokenizerTransformer().partial_fit(comments)
    vectors = {word: np.ones(64) for word in tokenizer.vocabulary_}
    embed = PretrainedEmbeddingMatrix(vectors).fit(tokenizer.transform(comments))
    classifier = KerasTextClassifier(
        architecture="average", embedding_trainable=False, random_state=0
    )

    def feed(n):
        for ids, some_labels in batches_of(comments, labels, tokenizer, n):
            ids = embed.transform(ids)
            assert ids.embedding.values is embed.matrix_  # attached, not copied
            classifier.partial_fit(ids, some_labels, classes=["negative", "positive"])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        feed(10)
        before, after = feed(5), feed(20)
    finally:
        tracemalloc.stop()
    assert classifier.n_epochs_ == 35
    assert after - before < 20 * embed.matrix_.nbytes / 10  # and what Keras keeps of a fit


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_documents_are_let_go_after_training(feedback, method):
    comments, labels = feedback
    ids = HashingTokenizerTransformer(500).transform(comments)
    kept = weakref.ref(ids.ids.base)
    classifier = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    more = {"validation_data": (ids, labels)} if method == "fit" else {"classes": np.unique(labels)}
    getattr(classifier, method)(ids, labels, **more)
    assert kept() is not None
    del ids, more
    gc.collect()
    assert kept() is None


def test_fit_keeps_no_rare_words():
    texts = ["often often", "often rare"]
    tokenizer = KerasTokenizerTransformer(min_count=2).fit(texts)
    assert [*tokenizer._counted._places] == ["often"]
    tokenizer.partial_fit(["rare rare"])  # counts from here on
    assert tokenizer.word_counts_ == {"often": 3, "rare": 2}
    loaded = pickle.loads(pickle.dumps(tokenizer))
    assert loaded.word_counts_ == tokenizer.word_counts_
    assert loaded.partial_fit(["rare rare"]).word_counts_ == {"rare": 4, "often": 3}
