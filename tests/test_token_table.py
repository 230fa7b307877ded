"""Tables of token sequences and numbers: rows, hashes, pickles, and what is refused."""

import copy
import pickle
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

from skembed import EmbeddingMatrix, TokenSequences, TokenTable, Vocabulary
from skembed.errors import MixedColumnsError

WORDS = Vocabulary(["good", "poor"], "[UNK]")
TITLES = TokenSequences.from_lists([[2], [3, 3], [], [1]], WORDS)
BODIES = TokenSequences.from_lists([[1, 2], [3], [4], [2, 2, 2]])
NUMBERS = [[1.0, 0.0], [0.0, 0.0], [0.0, 5.0], [7.0, 0.0]]


def table(numbers=NUMBERS):
    names = () if numbers is None else ["price", "stars"]
    return TokenTable({"title": TITLES, "body": BODIES.padded(2)}, numbers, names)


# Slices, pickles, hashes and equality, as those of lists

documents = st.lists(st.integers(1, 9), max_size=4)
rows = st.tuples(documents, documents, st.lists(st.integers(-2, 2), min_size=2, max_size=2))
tables_as_lists = st.lists(rows, min_size=1, max_size=6)
kinds = st.sampled_from([None, "dense", "sparse"])


def as_table(listed, kind):
    titles, bodies, numbers = (list(column) for column in zip(*listed))
    texts = {
        "title": TokenSequences.from_lists(titles),
        "body": TokenSequences.from_lists(bodies, Vocabulary("abcdefghi")).padded(2, "post"),
    }
    forms = {None: lambda n: None, "dense": np.array, "sparse": sparse.coo_array}
    return TokenTable(texts, forms[kind](numbers), [] if kind is None else ["x", "y"])


def as_lists(made):
    numbers = made.numbers
    if numbers is not None:
        numbers = numbers.toarray() if sparse.issparse(numbers) else numbers
        assert numbers.dtype == np.float32
        numbers = numbers.tolist()
    return [made.texts[name].to_lists() for name in ("title", "body")], numbers


def has_no_empty_array(made):
    arrays = [text.ids for text in made.texts.values()]
    if sparse.issparse(made.numbers):
        arrays.append(made.numbers.data)
    return all(map(len, arrays))


@settings(max_examples=150, deadline=None)
@given(tables_as_lists, tables_as_lists, kinds, st.data())
def test_rows_hashes_and_pickles_are_those_of_lists(listed, others, kind, data):
    made = as_table(listed, kind)
    n = len(listed)
    assert (len(made), made.shape) == (n, (n,))
    chosen = data.draw(st.lists(st.integers(-n, n - 1), min_size=1))
    bounds = st.none() | st.integers(-n - 1, n + 1)
    some = slice(data.draw(bounds), data.draw(bounds), data.draw(st.sampled_from([1, -1, 2])))
    mask = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    for key, kept in (
        (chosen, [listed[i] for i in chosen]),
        (np.array(chosen), [listed[i] for i in chosen]),
        (some, listed[some]),
        (np.array(mask), [row for row, is_in in zip(listed, mask) if is_in]),
    ):
        for part in (made[key], made[key, ...]):
            assert len(part) == len(kept)
            if kept:
                expected = as_table(kept, kind)
                assert as_lists(part) == as_lists(expected)
                assert part.number_names == made.number_names
    twin = as_table(listed, kind)
    assert twin == made
    assert joblib.hash(twin) == joblib.hash(made)
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
        assert again == made
        if has_no_empty_array(made):  # NumPy changes the strides of one in a pickle
            assert joblib.hash(again) == joblib.hash(made)
        assert as_lists(again) == as_lists(made)
    other = as_table(others, kind)
    is_same = as_lists(other) == as_lists(made)
    # A vocabulary has as many ids in both, but ids without one are counted.
    is_same &= other.texts["title"].n_ids == made.texts["title"].n_ids
    assert (other == made) == is_same
    assert (joblib.hash(other) == joblib.hash(made)) == is_same


def test_every_part_is_compared_and_hashed():
    changed = [
        table(),
        table(None),
        table(sparse.csr_array(NUMBERS)),
        table(np.array(NUMBERS) + 1),
        TokenTable({"title": TITLES, "body": BODIES.padded(2)}, NUMBERS),
        TokenTable({"title": TITLES, "body": BODIES.padded(2)}, NUMBERS, ["price", "size"]),
        TokenTable({"body": BODIES.padded(2), "title": TITLES}, NUMBERS, ["price", "stars"]),
        TokenTable({"heading": TITLES, "body": BODIES.padded(2)}, NUMBERS, ["price", "stars"]),
        TokenTable({"title": TITLES, "body": BODIES}, NUMBERS, ["price", "stars"]),
        TokenTable({"title": TITLES}, NUMBERS, ["price", "stars"]),
    ]
    for i, one in enumerate(changed):
        assert [one == other for other in changed] == [i == j for j in range(len(changed))]
    assert len({*map(joblib.hash, changed)}) == len(changed)
    assert table() != "a table"


def test_sparse_numbers_have_one_form():
    zeros = sparse.csr_array(([1.0, 0.0, 2.0, 3.0], ([0, 0, 3, 3], [0, 1, 0, 0])), shape=(4, 2))
    unsorted = sparse.csr_array(([5.0, 1.0], [1, 0], [0, 2, 2, 2, 2]), shape=(4, 2))
    for given_numbers in (zeros, unsorted):
        before = joblib.hash(given_numbers)
        dense = given_numbers.toarray()
        made = table(given_numbers)
        assert joblib.hash(given_numbers) == before
        assert made == table(sparse.coo_array(dense))
        assert joblib.hash(made) == joblib.hash(table(sparse.csc_matrix(dense)))
        assert made.numbers.format == "csr"
        assert made.numbers.data.all()
        assert made.numbers.toarray().tolist() == dense.tolist()
        _ = made.numbers.has_sorted_indices, made == table(), made.numbers.max()
        assert joblib.hash(made) == joblib.hash(table(sparse.csc_matrix(dense)))


def test_nothing_of_a_table_can_be_changed():
    numbers, texts = np.array(NUMBERS, np.float32), {"title": TITLES}
    made = TokenTable(texts, numbers)
    for one in (made, pickle.loads(pickle.dumps(made))):
        with pytest.raises(TypeError):
            one.texts["body"] = BODIES
        with pytest.raises(AttributeError):
            one.numbers = None
        with pytest.raises(ValueError, match="read-only"):
            one.numbers[0, 0] = 3
    texts["body"] = BODIES
    assert [*made.texts] == ["title"]
    assert numbers.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        table(sparse.csr_array(NUMBERS)).numbers.data[0] = 3


def test_what_texts_share_stays_shared():
    embedding = EmbeddingMatrix(np.zeros((5000, 100), np.float32))
    text = TITLES.with_embedding(embedding)
    made = TokenTable({"title": text, "body": text.padded(2), "more": text[::-1]})
    pickled = pickle.dumps(made)
    assert len(pickled) < 1.1 * embedding.values.nbytes
    for one in (made, made[[0]], made[::-1], pickle.loads(pickled), copy.deepcopy(made)):
        title, body, more = one.texts.values()
        assert title.embedding is body.embedding is more.embedding
        assert title.vocabulary is body.vocabulary is more.vocabulary


def test_scikit_learn_indexes_rows():
    made = table().with_index(pd.Index(list("abcd")))
    one, other, some, rest = train_test_split(made, range(4), random_state=0)
    assert [*one.index, *other.index] == [*np.array(list("abcd"))[[*some, *rest]]]
    assert len(resample(made, n_samples=9, random_state=0)) == 9
    assert sys.getsizeof(made[:1].texts["title"].ids) < 200


def test_row_labels_are_no_part_of_the_documents():
    labelled = table().with_index(pd.Index(list("abcd")))
    assert labelled == table()
    assert labelled[1:3].index.tolist() == ["b", "c"]
    assert labelled.with_index(None).index is None
    assert joblib.hash(labelled) != joblib.hash(table())


def test_it_is_shown():
    assert repr(table()) == (
        "<TokenTable of 4 documents: title (4 tokens), body (6 tokens), 2 columns of numbers>"
    )
    assert repr(table(sparse.csr_array(NUMBERS))).endswith("2 columns of sparse numbers>")
    assert repr(TokenTable({"title": TITLES})) == "<TokenTable of 4 documents: title (4 tokens)>"


REFUSED = {
    "no text": (lambda: TokenTable({}, NUMBERS), "at least one text.*LogisticRegression"),
    "no sequences": (lambda: TokenTable({"a": [[1]]}), "text 'a' is list, expected TokenSequences"),
    "rows of texts": (lambda: TokenTable({"a": TITLES, "b": BODIES[1:]}), "'a': 4, 'b': 3"),
    "rows of numbers": (lambda: TokenTable({"a": TITLES}, NUMBERS[1:]), "'a': 4, 'numbers': 3"),
    "names": (lambda: TokenTable({"a": TITLES}, NUMBERS, ["x"]), "1 names for 2 columns"),
    "one dimension": (lambda: TokenTable({"a": TITLES}, [1, 2, 3, 4]), "2-D array, got 1-D"),
    "words": (lambda: TokenTable({"a": TITLES}, [["x"]] * 4), "Expected rows of numbers"),
    "integers": (lambda: TokenTable({"a": TITLES}, [[10**400]] * 4), "numbers: int too large"),
    "an array": (lambda: np.asarray(table()), "EmbeddingVectorizer or NgramVectorizer"),
    "an estimator": (
        lambda: LogisticRegression().fit(table(), [0, 1, 0, 1]),
        "no array: the same id",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_is_refused(kind):
    make, words = REFUSED[kind]
    with pytest.raises(MixedColumnsError, match=words):
        make()


@pytest.mark.parametrize("key", [0, np.int64(1), (0, 1), (slice(None), "title")])
def test_a_table_is_indexed_by_several_rows(key):
    with pytest.raises(IndexError):
        table()[key]
