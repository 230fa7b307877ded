import json
import re
import subprocess
import sys
import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError

from benchmarks.linear_text import colliding_words
from skembed import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed.errors import EmptyVocabularyError, IdRangeError, TokenizerFormatError
from skembed.tokenization import splitting
from skembed.vocabulary import HashBuckets

has_tensorflow = find_spec("tensorflow") is not None
beside_keras = pytest.mark.skipif(not has_tensorflow, reason="TensorFlow has Keras's Tokenizer")
if has_tensorflow:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow's own, at import
        from tensorflow.keras.preprocessing.text import (
            Tokenizer,
            hashing_trick,
            tokenizer_from_json,
        )

# Words of 1 to 40 bytes in several scripts, white space that Python's split() takes for a
# separator and Keras's does not, characters that change under lower(), lone surrogates.
WORDS = [
    "a",
    "A",
    "ab",
    "Ünïcode",
    "internationalisation",
    "x" * 40,
    "ΣΑΣ",
    "İ",
    "中文",
    "😀😀😀😀😀",
]
JOINTS = [
    " ",
    "  ",
    ", ",
    "\t",
    "\n",
    "\r",
    "\xa0",
    "\u3000",
    "\x85",
    "\x00",
    "\ud800",
    "-",
    "é",
    "",
]
texts = st.lists(
    st.lists(st.sampled_from(WORDS + JOINTS), max_size=12).map("".join) | st.text(max_size=20),
    min_size=1,
    max_size=6,
)
settings_of_both = st.fixed_dictionaries(
    {
        "num_words": st.none() | st.integers(3, 8),
        "lower": st.booleans(),
        "split": st.sampled_from([" ", ",", "  ", "ab", "é", "\xa0"]),
        "char_level": st.booleans(),
        "oov_token": st.sampled_from([None, "[UNK]", "a", "ab"]),
        "filters": st.sampled_from([splitting.FILTERS, "", "abé", ". \x00"]),
    }
).map(lambda chosen: chosen | (UNUSED if chosen["char_level"] else {}))
UNUSED = {"split": " ", "filters": splitting.FILTERS}  # for single characters


def for_keras(texts, parameters):
    """The texts without the line breaks that Keras takes for parts of words."""
    if parameters["split"] != " " or parameters["char_level"] or "\n" in parameters["filters"]:
        return texts
    return [re.sub(r"\n(?=[^ ])|(?<=[^ ])\n", " ", text) for text in texts]


@beside_keras
@pytest.mark.filterwarnings("ignore::skembed.errors.UnsplitTextWarning")
@settings(max_examples=400, deadline=None)
@given(texts, texts, settings_of_both)
def test_ids_equal_those_of_keras(train, test, parameters):
    """If a space separates words, Keras is told that all white space does."""
    further = splitting.FURTHER_FILTERS if parameters["split"] == " " else ""
    reference = Tokenizer(**parameters | {"filters": parameters["filters"] + further})
    train, test = for_keras(train, parameters), for_keras(test, parameters)
    reference.fit_on_texts(train)
    tokenizer = KerasTokenizerTransformer(**parameters)
    if not reference.word_counts:
        with pytest.raises(EmptyVocabularyError):
            tokenizer.fit(train)
        return
    assert tokenizer.fit_transform(train).to_lists() == reference.texts_to_sequences(train)
    assert tokenizer.transform(test).to_lists() == reference.texts_to_sequences(test)
    assert tokenizer.word_index_ == reference.word_index
    assert tokenizer.index_word_ == reference.index_word
    assert tokenizer.word_counts_ == reference.word_counts
    assert tokenizer.document_count_ == reference.document_count

    in_keras = tokenizer_from_json(tokenizer.to_keras_json())
    assert in_keras.texts_to_sequences(test) == reference.texts_to_sequences(test)
    for mode in ("tfidf", "count"):
        expected = reference.texts_to_matrix(test, mode=mode)
        assert np.array_equal(in_keras.texts_to_matrix(test, mode=mode), expected)
    saved, of_keras = json.loads(tokenizer.to_keras_json()), json.loads(reference.to_json())
    assert saved.keys() == of_keras.keys()
    assert saved["class_name"] == of_keras["class_name"]
    back = KerasTokenizerTransformer.from_keras_json(reference.to_json())
    assert back.get_params() == tokenizer.get_params()
    assert back.transform(test) == tokenizer.transform(test)
    assert back.to_keras_json() == tokenizer.to_keras_json()


@beside_keras
@pytest.mark.parametrize("chunk", [1, 50, 10**9])
def test_ids_do_not_depend_on_how_the_text_is_cut(feedback, monkeypatch, chunk):
    comments, _ = feedback
    reference = Tokenizer(oov_token="[UNK]")
    reference.fit_on_texts(comments)
    monkeypatch.setattr(splitting, "_CHUNK_BYTES", chunk)
    sequences = KerasTokenizerTransformer().fit_transform(comments)
    assert sequences.to_lists() == reference.texts_to_sequences(comments)


WHITE_SPACES = [*filter(str.isspace, map(chr, range(sys.maxunicode + 1)))]


def test_words_cannot_be_chosen_for_one_hash(monkeypatch):
    """Pandas compares each word of one hash with all others."""
    words = colliding_words()
    assert len(words) > 5000
    n_hashes = []

    def factorize(values):
        hashes = (values >> np.uint64(33)) ^ values ^ (values << np.uint64(11))
        n_hashes.append(len(np.unique(hashes.astype(np.uint32))))
        return original(values)

    original = pd.factorize
    monkeypatch.setattr(splitting.pd, "factorize", factorize)
    tokenizer = KerasTokenizerTransformer(lower=False).fit([" ".join(words)])
    assert n_hashes[0] > 0.9 * len(words)
    assert [*tokenizer.vocabulary_] == words


@beside_keras
@pytest.mark.parametrize("filters", [splitting.FILTERS, "", "x"])
@pytest.mark.parametrize("space", [*WHITE_SPACES, "\r\n", "\r\n ", " \r\n\t", "\n\n"])
def test_white_space_separates_words(space, filters):
    words = ["good", "bad", "good", "poor"]
    texts = [space.join(words), f"{space}good{space}"]
    tokenizer = KerasTokenizerTransformer(filters=filters)
    assert tokenizer.fit_transform(texts).to_lists() == [[2, 3, 2, 4], [2]]
    hashed = HashingTokenizerTransformer(50, filters=filters)
    assert hashed.transform(texts) == hashed.transform([" ".join(words), "good"])
    in_keras = tokenizer_from_json(tokenizer.to_keras_json())
    if "\n" not in space or "\n" in filters:
        assert in_keras.texts_to_sequences(texts) == tokenizer.transform(texts).to_lists()


@pytest.mark.parametrize("space", ["\r", "\xa0", "\u3000"])
def test_another_separator_than_a_space_is_the_only_one(space):
    text = f"good{space}food|bad"
    assert [*KerasTokenizerTransformer(split="|").fit([text]).vocabulary_] == [
        f"good{space}food",
        "bad",
    ]


def test_a_line_break_between_spaces_is_a_word_unless_it_is_filtered():
    texts = ["a \n b\nc \n", "\n", "d\t\n\te\r\n f"]
    tokenizer = KerasTokenizerTransformer(filters="").fit(texts)
    assert tokenizer.word_counts_ == {"\n": 3, "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}
    assert "\n" not in KerasTokenizerTransformer().fit(texts).vocabulary_


def test_rare_words_are_unknown():
    tokenizer = KerasTokenizerTransformer(min_count=2)
    assert tokenizer.fit_transform(["b a a", "b c"]).to_lists() == [[2, 3, 3], [2, 1]]
    assert list(tokenizer.vocabulary_) == ["b", "a"]
    assert tokenizer.word_counts_ == {"b": 2, "a": 2}
    left_out = KerasTokenizerTransformer(min_count=2, oov_token=None)
    sequences = left_out.fit_transform(["b a a", "x b c", "c"])
    assert sequences.to_lists() == [[1, 2, 2], [1, 3], [3]]
    assert (sequences.lengths.tolist(), sequences[0].tolist()) == ([3, 2, 1], [1, 2, 2])


def test_the_vocabulary_of_the_sequences_ends_at_num_words():
    tokenizer = KerasTokenizerTransformer(num_words=3).fit(["a a a b b c"])
    assert tokenizer.word_index_ == {"[UNK]": 1, "a": 2, "b": 3, "c": 4}
    assert list(tokenizer.vocabulary_) == ["a"]
    assert tokenizer.transform(["a b c d"]).vocabulary is tokenizer.vocabulary_


def test_words_come_back():
    tokenizer = KerasTokenizerTransformer(min_count=2)
    sequences = tokenizer.fit_transform(["Well done", "well, DONE; unique!"])
    expected = ["well done", "well done [UNK]"]
    for given_ids in (
        sequences,
        sequences.padded(5),
        sequences.to_lists(),
        sequences.padded(5).to_lists(),
    ):
        assert tokenizer.inverse_transform(given_ids).tolist() == expected
    assert tokenizer.inverse_transform(np.asarray(sequences.padded(9, "post"))).tolist() == expected
    characters = KerasTokenizerTransformer(char_level=True)
    sequences = characters.fit_transform(["Well done"])
    assert characters.inverse_transform(sequences).tolist() == ["well done"]
    with pytest.raises(IdRangeError, match="No word has the id 9"):
        tokenizer.inverse_transform([[9]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "JSONDecodeError"),
        ("[1]", "TypeError"),
        ('{"config": {}}', "KeyError: 'num_words'"),
        ("[" * 100_000, "RecursionError"),
    ],
)
def test_what_keras_did_not_save_does_not_load(text, message):
    with pytest.raises(TokenizerFormatError, match=rf"to_json\(\) returns.*{message}"):
        KerasTokenizerTransformer.from_keras_json(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("word_index", "0.5"),
        ("word_index", "[1]"),
        ("word_counts", '{"a": 1e999}'),
        ("word_counts", f'{{"a": {10**30}, "b": 1}}'),
        ("document_count", []),
    ],
)
def test_tables_of_another_kind_do_not_load(name, value):
    saved = json.loads(KerasTokenizerTransformer().fit(["a b"]).to_keras_json())
    saved["config"][name] = value
    with pytest.raises(TokenizerFormatError, match=r"to_json\(\) returns.*Error"):
        KerasTokenizerTransformer.from_keras_json(json.dumps(saved))


@pytest.mark.parametrize(
    ("name", "value"),
    [("split", ""), ("num_words", "a"), ("filters", None), ("lower", None), ("oov_token", 5)],
)
def test_a_tokenizer_with_impossible_settings_does_not_load(name, value):
    saved = json.loads(KerasTokenizerTransformer().fit(["a b"]).to_keras_json())
    saved["config"][name] = value
    with pytest.raises(TokenizerFormatError, match=f"{name!r} parameter"):
        KerasTokenizerTransformer.from_keras_json(json.dumps(saved))


def test_only_a_space_stands_for_all_white_space_in_the_json():
    for split, filters in ((" ", "." + splitting.FURTHER_FILTERS), ("|", ".")):
        tokenizer = KerasTokenizerTransformer(filters=".", split=split).fit(["a b"])
        assert json.loads(tokenizer.to_keras_json())["config"]["filters"] == filters


def test_words_that_no_document_counts_load():
    saved = json.loads(KerasTokenizerTransformer().fit(["a b b"]).to_keras_json())
    saved["config"]["word_docs"] = json.dumps({"b": 1})
    tokenizer = KerasTokenizerTransformer.from_keras_json(json.dumps(saved))
    assert tokenizer.word_counts_ == {"b": 2, "a": 1}
    saved = json.loads(tokenizer.to_keras_json())["config"]
    assert json.loads(saved["word_docs"]) == {"b": 1, "a": 0}


def test_ids_with_gaps_do_not_load():
    saved = json.loads(KerasTokenizerTransformer().fit(["a b"]).to_keras_json())
    saved["config"]["word_index"] = json.dumps({"[UNK]": 1, "a": 2, "b": 7})
    with pytest.raises(TokenizerFormatError, match="not consecutive from 2"):
        KerasTokenizerTransformer.from_keras_json(json.dumps(saved))


@beside_keras
def test_hashed_ids_equal_those_of_keras(feedback):
    comments, _ = feedback
    for n_buckets in (3, 50, 10_000):
        expected = [hashing_trick(text, n_buckets, hash_function="md5") for text in comments]
        sequences = HashingTokenizerTransformer(n_buckets).transform(comments)
        assert sequences.to_lists() == expected
        assert sequences.n_ids == n_buckets
        assert (
            sequences.vocabulary
            == HashingTokenizerTransformer(n_buckets).transform(["a"]).vocabulary
        )


def test_hashed_sequences_know_how_they_were_made():
    tokenizer = HashingTokenizerTransformer(50, filters="x", lower=False, split="|")
    sequences = tokenizer.transform(["axb|c"])
    assert sequences.vocabulary == HashBuckets(50, "x", False, "|", None)
    assert sequences.lengths == 3
    assert HashingTokenizerTransformer(50).transform(["a \ud800"]).lengths == 2
    assert tokenizer._summary() == "nothing to learn: 50 buckets"


def test_hashed_ids_are_the_same_in_every_process():
    program = (
        "from skembed import HashingTokenizerTransformer as H;"
        "print(H(1000).transform(['the same everywhere']).to_lists())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(
        HashingTokenizerTransformer(1000).transform(["the same everywhere"]).to_lists()
    )


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer, HashingTokenizerTransformer])
def test_text_cannot_part_at_nothing(tokenizer):
    message = rf"'split' parameter of {tokenizer.__name__} .* Got '' instead.*char_level=True"
    with pytest.raises(ValueError, match=message):
        tokenizer(split="").fit(["a"])


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer, HashingTokenizerTransformer])
@pytest.mark.parametrize(
    "params", [{"split": "X"}, {"split": "bX"}, {"filters": "X"}, {"filters": ".İ"}]
)
def test_no_capital_letter_separates_words_in_lower_case(tokenizer, params):
    with pytest.raises(InvalidParameterError, match=r"'[Xİ]'.* in lower case, or set lower=False"):
        tokenizer(**params).fit_transform(["aXbXc"])
    assert tokenizer(lower=False, **params).fit_transform(["aXbXc"]).shape == (1,)
    lowered = {name: value.lower() for name, value in params.items()}
    assert tokenizer(**lowered).fit_transform(["aXbXc aİb"]).lengths >= 2


def test_filters_may_have_letters_of_both_cases():
    assert KerasTokenizerTransformer(filters="Xx").fit_transform(["aXb"]).lengths == 2


@pytest.mark.parametrize("params", [{"split": ","}, {"filters": "b"}])
def test_single_characters_are_neither_split_nor_filtered(params):
    with pytest.raises(InvalidParameterError, match="no effect with char_level=True"):
        KerasTokenizerTransformer(char_level=True, **params).fit(["abc"])


@pytest.mark.parametrize(("num_words", "oov_token"), [(1, "[UNK]"), (2, "[UNK]"), (1, None)])
def test_a_vocabulary_has_words(num_words, oov_token):
    tokenizer = KerasTokenizerTransformer(num_words, oov_token=oov_token)
    with pytest.raises(InvalidParameterError, match=rf"={num_words} keeps no word.*pass [23] or"):
        tokenizer.fit(["a b"])
    fewest = 2 if oov_token is None else 3
    assert [*tokenizer.set_params(num_words=fewest).fit(["a b"]).vocabulary_] == ["a"]


@pytest.mark.parametrize(
    ("params", "unused"),
    [
        ({"filters": "."}, {"filters": ".X"}),
        ({"char_level": True}, {"filters": "bX", "split": "b"}),
    ],
)
def test_what_keras_does_not_use_is_not_loaded(params, unused):
    tokenizer = KerasTokenizerTransformer(**params).fit(["a.bXc"])
    saved = json.loads(tokenizer.to_keras_json())
    saved["config"] |= unused
    loaded = KerasTokenizerTransformer.from_keras_json(json.dumps(saved))
    assert loaded.get_params() == tokenizer.get_params()
    assert loaded.fit_transform(["a.bXc"]) == tokenizer.transform(["a.bXc"])


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer, HashingTokenizerTransformer])
def test_tokenizers_say_that_they_take_text(tokenizer):
    tags = get_tags(tokenizer())
    takes = tags.input_tags
    assert (takes.string, takes.one_d_array, takes.two_d_array) == (True, True, False)
    assert tags.requires_fit == (tokenizer is KerasTokenizerTransformer)


@pytest.mark.parametrize("tokenizer", [KerasTokenizerTransformer, HashingTokenizerTransformer])
def test_row_labels_are_kept(tokenizer):
    texts = pd.Series(["a", "b a"], index=["x", "y"])
    fitted = tokenizer().fit(texts)
    for sequences in (tokenizer().fit_transform(texts), fitted.transform(texts)):
        assert [*sequences.index] == ["x", "y"]


@pytest.mark.parametrize("where", ["word", "filters", "oov_token"])
def test_json_cannot_hold_two_halves_of_a_surrogate_pair(where):
    halves = "\ud83d" + "\ude00"  # not one character, as in text that was cut and joined
    text = f"good {halves}" if where == "word" else "good"
    settings = {} if where == "word" else {where: halves}
    tokenizer = KerasTokenizerTransformer(**settings).fit([text])
    with pytest.raises(TokenizerFormatError, match=r"JSON cannot hold '.*ud83d.*joblib\.dump"):
        tokenizer.to_keras_json()
    single = KerasTokenizerTransformer().fit(["good \ud83d"])
    back = KerasTokenizerTransformer.from_keras_json(single.to_keras_json())
    assert back.word_index_ == single.word_index_
