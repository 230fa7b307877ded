"""Words counted in one batch or in several, pickled in between or not."""

import pickle
from collections import Counter

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed import KerasTokenizerTransformer
from skembed.errors import EmptyVocabularyError
from skembed.tokenization.counted_words import CountedWords
from skembed.tokenization.splitting import split_tokens

batches = st.lists(
    st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)


def add(counted, batch):
    return counted.add(split_tokens(batch, lower=False))


def state(counted):
    words = counted.all_words
    return words, counted.counts.tolist(), counted.document_counts.tolist(), counted.n_documents


@given(batches, st.integers(1, 3), st.sampled_from([None, 3, 5]), st.booleans())
def test_counts_are_those_of_a_plain_loop(batches, min_count, num_words, pickled):
    counted = CountedWords(min_count, num_words, "[UNK]")
    for batch in batches:
        counted = add(counted, batch)
        if pickled:
            counted = pickle.loads(pickle.dumps(counted))
    documents = [document for batch in batches for document in batch]
    counts = Counter(word for document in documents for word in document)
    often = [word for word, n in counts.most_common() if n >= min_count]
    assert counted.n_documents == len(documents)
    assert counted.n_words == len(often if num_words is None else often[: num_words - 2])
    if not often:
        with pytest.raises(EmptyVocabularyError, match=f"in {len(documents)} documents"):
            counted.all_words  # noqa: B018
        return
    assert [*counted.all_words] == often
    assert [*counted.vocabulary] == (often if num_words is None else often[: num_words - 2])
    assert counted.counts.tolist() == [counts[word] for word in often]
    within = [sum(word in document for document in documents) for word in often]
    assert counted.document_counts.tolist() == within


@given(batches, batches, st.integers(1, 2), st.booleans())
def test_pruned_counts_go_on_without_rare_words(first, more, min_count, pickled):
    whole = CountedWords(min_count, None, None)
    kept = CountedWords(min_count, None, None)
    for batch in first:
        add(whole, batch)
        add(kept, batch)
    if not whole.n_words:
        return
    kept.prune()
    assert state(kept) == state(whole)
    if pickled:
        kept = pickle.loads(pickle.dumps(kept))
        assert state(kept) == state(whole)
    often = dict(zip(whole.all_words, whole.counts.tolist()))
    for batch in more:
        add(kept, batch)
    counts = Counter(often)
    counts.update(word for batch in more for document in batch for word in document)
    expected = {word: n for word, n in counts.items() if n >= min_count}
    assert dict(zip(kept.all_words, kept.counts.tolist())) == expected


def test_a_pickle_holds_each_word_once():
    words = [f"word {i}" for i in range(5_000)]
    counted = add(CountedWords(1, None, None), [words]).prune()
    once = len(pickle.dumps(words))
    assert len(pickle.dumps((counted, counted.vocabulary))) < once + 3 * 8 * len(words)


def test_the_hash_does_not_depend_on_what_was_asked():
    one, other = (add(CountedWords(1, None, None), [["b", "a", "a"]]) for _ in range(2))
    assert dict(zip(other.all_words, other.counts.tolist())) == {"a": 2, "b": 1}
    assert joblib.hash(one) == joblib.hash(other)


def test_words_of_one_count_are_ranked_by_first_appearance():
    tokenizer = KerasTokenizerTransformer(oov_token=None)
    for batch in (["c b"], ["a b"], ["a d c"]):
        tokenizer.partial_fit(batch)
    assert [*tokenizer.vocabulary_] == ["c", "b", "a", "d"]
    assert np.all(np.diff([*tokenizer.word_counts_.values()]) <= 0)
