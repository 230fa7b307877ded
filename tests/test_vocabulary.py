import pickle

import joblib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed import Vocabulary
from skembed.errors import IdRangeError

words = st.lists(st.text(), unique=True)


@given(words, st.none() | st.just("[UNK]") | st.text())
def test_ids_and_words_are_each_others_inverse(words, oov_token):
    vocabulary = Vocabulary(words, oov_token)
    assert list(vocabulary) == words
    assert len(vocabulary) == len(words)
    assert [vocabulary.word(vocabulary[word]) for word in words] == words
    assert all(0 < id < vocabulary.n_ids for id in vocabulary.values())


@given(words, st.none() | st.text(), st.integers(0, 12))
def test_pickles_and_hashes_by_content(words, oov_token, n_ids):
    vocabulary = Vocabulary(words, oov_token).head(n_ids)
    copy = pickle.loads(pickle.dumps(vocabulary))
    assert copy == vocabulary
    assert copy.oov_id == vocabulary.oov_id
    assert hash(copy) == hash(vocabulary)
    assert joblib.hash(copy) == joblib.hash(vocabulary)
    other = Vocabulary([*vocabulary.words, "another\x00word"], vocabulary.oov_token)
    assert other != vocabulary
    assert joblib.hash(other) != joblib.hash(vocabulary)


def test_the_unknown_token_is_no_word():
    vocabulary = Vocabulary(["a", "b"], "[UNK]")
    assert (vocabulary["a"], vocabulary.oov_id, vocabulary.word(1)) == (2, 1, "[UNK]")
    assert "[UNK]" not in vocabulary
    assert Vocabulary(["a", "b"]).oov_id is None


@pytest.mark.parametrize("id", [-1, 0, 4, 99])
def test_an_id_without_word_is_an_error(id):
    with pytest.raises(IdRangeError, match=f"No word has the id {id}: .* from 2 to 3"):
        Vocabulary(["a", "b"], "[UNK]").word(id)


def test_words_are_distinct():
    with pytest.raises(ValueError, match="'b' is given twice"):
        Vocabulary(["a", "b", "b"])


def test_is_read_only():
    with pytest.raises(TypeError):
        Vocabulary(["a"])["b"] = 2
