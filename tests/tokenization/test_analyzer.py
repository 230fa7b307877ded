"""Documents split by a function of the user, and documents that are lists of tokens."""

import functools
import pickle
import re
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    NgramVectorizer,
    PadSequences,
    TextCleaner,
    make_text_classifier,
)
from skembed._characters import CHINESE_JAPANESE, SOUTHEAST_ASIAN, UNSPACED
from skembed.errors import (
    DocumentsError,
    TokenizerFormatError,
    UnsplitTextWarning,
    VocabularyMismatchError,
)

TOKENIZERS = [KerasTokenizerTransformer, HashingTokenizerTransformer]
BOTH = pytest.mark.parametrize("tokenizer", TOKENIZERS)
ALL = pytest.mark.parametrize("estimator", [*TOKENIZERS, NgramVectorizer])
TEXTS = ["very|Good New York", "very|very|bad"]
TOKENS = [["very", "Good New York"], ["very", "very", "bad"]]


def at_bars(text):
    return text.split("|")


def same(one, other):
    return one == other if hasattr(one, "to_lists") else (one != other).nnz == 0


def results(estimator, X):
    return estimator.fit_transform(X), estimator.transform(X[::-1])


ANALYZERS = {
    "function": at_bars,
    "lambda": lambda text: text.split("|"),
    "partial": functools.partial(re.split, r"\|"),
    "bound method": re.compile(r"\|").split,
    "generator": lambda text: (word for word in text.split("|")),
    "array": lambda text: np.array(text.split("|")),
    "tuple": lambda text: (*text.split("|"),),
}


@ALL
@pytest.mark.parametrize("kind", ANALYZERS)
def test_an_analyzer_gives_what_lists_of_its_tokens_give(estimator, kind):
    of_text = results(estimator(analyzer=ANALYZERS[kind]), TEXTS)
    of_tokens = results(estimator(), TOKENS)
    for one, other in zip(of_text, of_tokens):
        if estimator is HashingTokenizerTransformer:
            assert one.to_lists() == other.to_lists()
        else:
            assert same(one, other)


def test_ids_and_words_of_tokens():
    tokenizer = KerasTokenizerTransformer(analyzer=at_bars)
    assert tokenizer.fit_transform(TEXTS).to_lists() == [[2, 3], [2, 2, 4]]
    assert [*tokenizer.vocabulary_] == ["very", "good new york", "bad"]
    assert tokenizer.document_count_ == 2
    assert [*tokenizer.set_params(lower=False).fit(TEXTS).vocabulary_][1] == "Good New York"
    assert KerasTokenizerTransformer().fit([[], ["a"]]).transform([[], ["b"]]).to_lists() == [
        [],
        [1],
    ]


def test_batches_of_tokens():
    whole = KerasTokenizerTransformer().fit(TOKENS)
    stream = KerasTokenizerTransformer()
    for tokens in TOKENS:
        stream = stream.partial_fit([tokens])
    assert stream.transform(TOKENS) == whole.transform(TOKENS)


def test_a_vocabulary_learned_from_text_reads_tokens():
    tokenizer = KerasTokenizerTransformer().fit(["not good", "good"])
    assert tokenizer.transform([["good", "not"]]).to_lists() == [[2, 3]]
    vectorizer = NgramVectorizer().fit(["not good", "good"])
    assert same(vectorizer.transform([["not", "good"]]), vectorizer.transform(["not good"]))
    vectorizer.fit([["not", "good"], ["good"]])
    assert same(vectorizer.transform([["not", "good"]]), vectorizer.transform(["not good"]))


def test_an_analyzer_of_lists_of_tokens_reads_them():
    tokenizer = KerasTokenizerTransformer(analyzer=lambda tokens: tokens[::-1])
    assert tokenizer.fit_transform([["a", "b"]]).to_lists() == [[2, 3]]
    assert [*tokenizer.vocabulary_] == ["b", "a"]


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("lowercase", [True, False])
def test_ngrams_of_tokens_are_those_of_scikit_learn(ngram_range, lowercase):
    params = {"ngram_range": ngram_range, "lowercase": lowercase}
    ours = NgramVectorizer(min_df=1, analyzer=at_bars, **params)
    theirs = CountVectorizer(tokenizer=at_bars, token_pattern=None, **params)
    assert same(ours.fit_transform(TEXTS), theirs.fit_transform(TEXTS))
    assert ours.vocabulary_ == theirs.vocabulary_


def test_documents_of_tokens_are_as_long_as_their_text():
    words = ["word"] * 90
    for document in (words, " ".join(words)):
        assert NgramVectorizer().fit([document] * 2).min_df_ == 2
        assert NgramVectorizer().fit([document[:10]] * 2).min_df_ == 1


@pytest.mark.parametrize(
    ("tokenizer", "name", "value"),
    [
        (KerasTokenizerTransformer, "filters", "!"),
        (KerasTokenizerTransformer, "split", "|"),
        (KerasTokenizerTransformer, "char_level", True),
        (HashingTokenizerTransformer, "filters", "!"),
        (HashingTokenizerTransformer, "split", "|"),
    ],
)
def test_parameters_of_text_are_refused_for_tokens(tokenizer, name, value):
    params = {name: value}
    with pytest.raises(InvalidParameterError, match=f"{name}=.* no effect with an 'analyzer'"):
        tokenizer(analyzer=at_bars, **params).fit(TEXTS)
    with pytest.raises(DocumentsError, match=f"lists of tokens, on which {name}=.* no effect"):
        tokenizer(**params).fit(TOKENS)


@BOTH
def test_no_filters_is_no_contradiction(tokenizer):
    assert tokenizer(filters="", analyzer=at_bars).fit_transform(TEXTS).shape == (2,)
    assert tokenizer(filters="").fit_transform(TOKENS).shape == (2,)


@ALL
@pytest.mark.parametrize(
    ("analyzer", "words"),
    [
        (str.lower, r"returned str \('very"),
        (lambda text: None, r"returned NoneType \(None\)"),
        (lambda text: [text, 3], r"returned a token of type int \(3\).*token\.text for token"),
    ],
)
def test_an_analyzer_that_returns_no_tokens(estimator, analyzer, words):
    with pytest.raises(InvalidParameterError, match=f"for 'very.*{words}"):
        estimator(analyzer=analyzer).fit(TEXTS)


@ALL
def test_an_analyzer_is_saved_and_cloned(estimator):
    for analyzer in ANALYZERS.values():
        fitted = estimator(analyzer=analyzer).fit(TEXTS)
        assert clone(fitted).analyzer is analyzer or not hasattr(analyzer, "__name__")
        loaded = pickle.loads(pickle.dumps(fitted))
        assert same(loaded.transform(TEXTS), fitted.transform(TEXTS))
        assert same(
            pickle.loads(pickle.dumps(loaded)).fit(TEXTS).transform(TEXTS), fitted.transform(TEXTS)
        )


@ALL
def test_memory_knows_the_code_of_an_analyzer(estimator, tmp_path):
    def columns(analyzer):
        steps = [("text", estimator(analyzer=analyzer)), ("rest", "passthrough")]
        return Pipeline(steps, memory=joblib.Memory(tmp_path, verbose=0)).fit_transform(TEXTS)

    analyzers = [lambda text: text.split("|"), lambda text: text.split(" ")]
    for analyzer in (*analyzers, *analyzers):
        expected = estimator(analyzer=analyzer).fit_transform(TEXTS)
        found = columns(analyzer)
        assert found.shape == expected.shape
        assert same(found, expected)


@BOTH
def test_candidates_of_a_search_have_their_own_analyzer(tokenizer):
    texts, labels = ["a b|c", "a|b c"] * 60, ["yes", "no"] * 60  # enough to be cached
    pipeline = make_pipeline(tokenizer(), PadSequences(4), LogisticRegression())
    name = f"{tokenizer.__name__.lower()}__analyzer"
    grid = {name: [None, str.split, at_bars]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(texts, labels)
    for analyzer in grid[name]:
        pipeline.set_params(**{name: analyzer}).fit(texts, labels)
        expected = tokenizer(analyzer=analyzer).fit(texts).transform(texts)
        assert pipeline[0].transform(texts) == expected
    assert search.best_estimator_[0].transform(texts).vocabulary is not None


def test_hashed_ids_of_another_analyzer_are_refused():
    labels = ["yes", "no"]
    one, other = (HashingTokenizerTransformer(50, analyzer=a) for a in (at_bars, str.split))
    classifier = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    classifier.fit(one.transform(TEXTS), labels)
    with pytest.raises(VocabularyMismatchError, match="at_bars"):
        classifier.predict(other.transform(TEXTS))


class Splitter:
    def __call__(self, text):
        return text.split()


@pytest.mark.parametrize(
    ("analyzer", "name"),
    [
        (at_bars, f"{__name__}.at_bars"),
        (functools.partial(at_bars), f"{__name__}.at_bars"),
        (functools.partial(functools.partial(re.split), r"\|"), "re.split"),
        (Splitter(), f"{__name__}.Splitter"),
        (str.split, "None.str.split"),  # methods of str have no module
    ],
)
def test_sequences_of_hashed_ids_know_their_analyzer(analyzer, name):
    sequences = HashingTokenizerTransformer(analyzer=analyzer).transform(["a|b"])
    assert sequences.vocabulary.analyzer == name


def test_the_json_of_keras_holds_no_function():
    tokenizer = KerasTokenizerTransformer(analyzer=at_bars).fit(TEXTS)
    with pytest.raises(TokenizerFormatError, match=r"analyzer=<function at_bars.*joblib\.dump"):
        tokenizer.to_keras_json()
    saved = tokenizer.set_params(analyzer=None).to_keras_json()
    assert KerasTokenizerTransformer.from_keras_json(saved).transform(TOKENS) == (
        tokenizer.transform(TOKENS)
    )


# Text that is not split

UNSPLIT = {
    "Chinese": ["这家餐厅很好吃", "服务太差，再也不来了"],
    "Japanese": ["とても良い映画でした。", "最悪でした"],
    "Thai": ["อาหารอร่อยมาก", "หนังไม่ดีเลย"],
    "Lao": ["ອາຫານແຊບຫຼາຍ", "ບໍ່ດີເລີຍ"],
    "Khmer": ["អាហារឆ្ងាញ់ណាស់", "មិនល្អទេ"],
    "Burmese": ["အစားအစာအရမ်းကောင်းတယ်", "မကောင်းဘူး"],
    "with some English": ["iPhone 15とても良いスマホでした。", "OK、最悪の映画でした"],
}
SPLIT = {
    "Chinese": ["这 家 餐厅 很 好吃", "服务 太 差 ， 再也 不 来 了"],
    "Japanese": ["とても 良い 映画 でし た 。", "最悪 だっ た"],
    "Thai": ["อาหาร อร่อย มาก", "หนัง ไม่ ดี เลย", "มหาวิทยาลัย เชียงใหม่ ดี มาก"],
    "single words": ["猫", "犬", "とり"],
    "English": ["a very unremarkable but internationalised restaurant"],
    "German": ["Donaudampfschifffahrtsgesellschaft über alles"],
    "mostly English": ["The sign said 这家餐厅很好吃 and I went in to have a look at it"],
    "Korean": ["정말 맛있었어요", "다시는안가겠습니다정말로"],
}


@BOTH
@pytest.mark.parametrize("language", UNSPLIT)
def test_unsplit_text_is_warned_of(tokenizer, language):
    texts = UNSPLIT[language]
    fits = ["fit", "fit_transform"]
    if hasattr(tokenizer, "partial_fit"):
        fits.append("partial_fit")
    for fit in fits:
        with pytest.warns(UnsplitTextWarning, match=r"analyzer=.*lists of words"):
            getattr(tokenizer(), fit)(texts)
    with pytest.warns(UnsplitTextWarning):
        tokenizer().fit(TextCleaner().transform(texts))


@pytest.mark.parametrize("letters", [CHINESE_JAPANESE, SOUTHEAST_ASIAN])
def test_every_letter_of_these_scripts_counts(letters):
    for first, last in zip(letters[::3], letters[2::3]):
        for letter in (first, last):
            if letter.split():
                with pytest.warns(UnsplitTextWarning):
                    KerasTokenizerTransformer(lower=False).fit([9 * letter])
        for other in (chr(ord(first) - 1), chr(ord(last) + 1)):
            if not re.match(f"[{UNSPACED}]", other) and other.split():
                KerasTokenizerTransformer(lower=False).fit([9 * other, first])


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        (["東京都"], False),  # three letters per word are a word
        (["東京都庁"], True),
        (["あ"], False),
        (["東" * 20, *"abcdefgh"], True),  # words of other letters do not count as short ones
        (["東" * 10, "ก" * 10, "word"], True),  # neither script is most of the text, both are
        (["東" * 10, "ten letter"], False),  # no more than half
        (["東" * 10, "eleven letter"], False),
    ],
)
def test_most_of_a_text_must_be_phrases(words, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        KerasTokenizerTransformer(split="|").fit(["|".join(words)])
    assert [each.category for each in caught] == [UnsplitTextWarning] * warned


@BOTH
def test_only_fitting_warns_of_unsplit_text(tokenizer):
    assert tokenizer().fit(["a"]).transform(UNSPLIT["Chinese"]).lengths.tolist() == [1, 1]


def test_lone_surrogates_hide_no_unsplit_text():
    with pytest.warns(UnsplitTextWarning):
        KerasTokenizerTransformer().fit(["这家餐厅很好吃\ud800"])


@BOTH
@pytest.mark.parametrize("language", UNSPLIT)
def test_what_the_warning_advises_helps(tokenizer, language):
    texts = UNSPLIT[language]
    tokenizer(analyzer=list).fit(texts).transform(texts)
    tokenizer().fit([[*text] for text in texts])
    if "char_level" in tokenizer().get_params():
        tokenizer(char_level=True).fit(texts)


@BOTH
@pytest.mark.parametrize("language", SPLIT)
def test_split_text_is_not_warned_of(tokenizer, language):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokenizer().fit(SPLIT[language])


def test_the_recommended_pipeline_reads_unsplit_text():
    texts, labels = ["とても良い", "良い映画", "最悪でした", "悪い映画"], ["yes", "yes", "no", "no"]
    model = make_text_classifier(random_state=0).fit(texts * 3, labels * 3)
    assert model.predict(["良い", "悪い"]).tolist() == ["yes", "no"]
