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


def test_unknown_words_get_what_is_asked_for():
    vocabulary = Vocabulary(["a", "b"], "[UNK]")
    assert (vocabulary.get("b"), vocabulary.get("c"), vocabulary.get("c", 7)) == (3, None, 7)
    assert vocabulary.ids_of(["b", "c", "a", "c"], unknown=-1) == [3, -1, 2, -1]
    with pytest.raises(KeyError, match="c"):
        vocabulary["c"]


@given(words, st.none() | st.just("b") | st.text(), st.integers(-2, 12))
def test_the_head_holds_the_words_of_the_lowest_ids(words, oov_token, n_ids):
    vocabulary = Vocabulary(words, oov_token)
    head = vocabulary.head(n_ids)
    assert dict(head) == {word: id for word, id in vocabulary.items() if id < n_ids}
    assert (head.oov_token, head.oov_id) == (oov_token, vocabulary.oov_id)
    if words:  # nothing is copied if nothing is dropped
        assert (head is vocabulary) == (len(head) == len(words))


def test_a_token_that_is_a_word_keeps_its_id_when_the_word_is_cut_off():
    head = Vocabulary(["a", "b", "c"], oov_token="c").head(3)
    assert (head.words, head.oov_id, head.word(4), head.n_ids) == (("a",), 4, "c", 5)


def test_vocabularies_of_other_words_have_other_hashes():
    assert len({hash(Vocabulary(words)) for words in ("ab", "ba", "abc")}) == 3
    assert hash(Vocabulary("ab")) != hash(Vocabulary("ab", "[UNK]"))


def test_prints_the_first_words():
    assert repr(Vocabulary("ab")) == "Vocabulary(2 words: 'a', 'b'; oov_token=None)"
    assert repr(Vocabulary("abc", "?")) == "Vocabulary(3 words: 'a', 'b', 'c'; oov_token='?')"
    assert repr(Vocabulary("abcd")) == "Vocabulary(4 words: 'a', 'b', 'c', …; oov_token=None)"


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
