"""Bad documents and ids are refused; documents without a known word have a defined result."""

import keras
import numpy as np
import pandas as pd
import pytest
from helpers import FEW_LABELS, FEW_TEXTS, assert_refuses, output, quick_classifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
)
from skembed.errors import (
    DocumentsError,
    EmptyVocabularyError,
    IdRangeError,
    NotSequencesError,
    VocabularyMismatchError,
)

MISSING = r'drop missing documents, or replace them, as in series\.fillna\(""\)'
NOT_TEXT = {
    "bare str": ("good work", r"got a bare str; for one document pass \[text\]"),
    "bare bytes": (b"good work", r"got a bare bytes; for one document pass \[text\]"),
    "None itself": (None, "Expected a list, tuple, array or Series of str, got NoneType"),
    "a number": (3, "Expected a list, tuple, array or Series of str, got int"),
    "a dict": ({"good": 1}, "Expected a list, tuple, array or Series of str, got dict"),
    "empty list": ([], "Expected at least one document, got none"),
    "empty Series": (pd.Series([], dtype=object), "Expected at least one document, got none"),
    "None": (["good", None], rf"Document 1 is NoneType \(None\), expected str: {MISSING}"),
    "NaN": (["good", float("nan")], rf"Document 1 is float \(nan\), expected str: {MISSING}"),
    "pd.NA": (["good", pd.NA], rf"Document 1 is NAType \(<NA>\), expected str: {MISSING}"),
    "pd.NaT": (["good", pd.NaT], rf"Document 1 is NaTType \(NaT\), expected str: {MISSING}"),
    "str Series": (pd.Series(["good", None]), rf"Document 1 is .*, expected str: {MISSING}"),
    "string Series": (
        pd.Series(["good", None], dtype="string"),
        rf"Document 1 is .*, expected str: {MISSING}",
    ),
    "numbers": (["good", 3], r"Document 1 is int \(3\), expected str: .*(astype\(str\)|str\()"),
    "array of numbers": (np.array([3, 4]), r"Document 0 is int \(3\), expected str"),
    "bytes": (["good", b"poor"], r"Document 1 is bytes \(b'poor'\), expected str: .*decode\("),
    "array of bytes": (np.array([b"poor"]), r"Document 0 is bytes .* expected str: .*decode\("),
    "sets of words": ([{"good"}], r"Document 0 is set \(.*\), expected str: .*join"),
    "two columns": (
        pd.DataFrame({"text": ["good"], "author": ["A"]}),
        r'one column of documents, got shape \(1, 2\); pick the text column .*frame\["text"\]',
    ),
    "masked": (
        np.ma.array(["good", "poor"], mask=[False, True]),
        rf"Document 1 is NoneType .*: {MISSING}",
    ),
    "array of one text": (np.array("good"), r"got shape \(\).* for one document, pass \[text\]"),
    "sequences": (TokenSequences.from_lists([[2, 3]]), "Expected text, got TokenSequences"),
}


@pytest.mark.parametrize("kind", NOT_TEXT)
@pytest.mark.parametrize(
    "name", ["TextCleaner", "KerasTokenizerTransformer", "HashingTokenizerTransformer"]
)
def test_documents_that_are_no_text(name, kind, of_text):
    documents, words = NOT_TEXT[kind]
    assert_refuses(of_text[name], (documents,), DocumentsError, words, FEW_TEXTS)
    with pytest.raises(DocumentsError, match=words):
        of_text[name].transform(documents)


TOKENS = {
    "lists": [["good", "work"]],
    "arrays": [np.array(["good", "work"])],
    "Series": pd.Series([("good", "work"), ()]),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_cleaner_refuses_tokens(kind, of_text):
    words = "Document 0 is .*, expected str: join .* tokenizers and NgramVectorizer .* lists of"
    assert_refuses(of_text["TextCleaner"], (TOKENS[kind],), DocumentsError, words, FEW_TEXTS)


NOT_TOKENS = {
    "ids": ([[2, 3]], r"Document 0 is list with int \(2\) in it, expected a list of tokens"),
    "mixed": ([["good"], ["work", None]], r"Document 1 is list with NoneType \(None\) in it"),
    "text first": (["good", ["work"]], r"Document 0 is str \('good'\), but others are lists"),
    "text later": ([["work"], "good"], r"Document 1 is str \('good'\), but others are lists"),
    "missing": ([["work"], None], r"Document 1 is NoneType .* \[\] for a document without tokens"),
    "sentences": ([[["good"], ["work"]]], "Document 0 is list with list .* in it"),
    "table": (np.array([["good", "work"]]), r"got shape \(1, 2\).* tokens .*X.tolist\(\)"),
}


@pytest.mark.parametrize("kind", NOT_TOKENS)
@pytest.mark.parametrize("name", ["KerasTokenizerTransformer", "HashingTokenizerTransformer"])
def test_documents_that_are_no_tokens(name, kind, of_text):
    documents, words = NOT_TOKENS[kind]
    assert_refuses(of_text[name], (documents,), DocumentsError, words, FEW_TEXTS)
    with pytest.raises(DocumentsError, match=words):
        of_text[name].transform(documents)


NOT_SEQUENCES = {
    "bare str": ("good work", "Expected documents as rows of integer ids"),
    "None": (None, "Expected documents as rows of integer ids"),
    "no documents": ([], "Expected at least one document, got none"),
    "array of none": (np.zeros((0, 3), int), "Expected documents as rows .* 0 sample"),
    "text": (["good work"], "document 0 is 'good work'. Convert text to ids with KerasTok"),
    "array of text": (np.array([["good"]]), "Expected documents as rows of integer ids"),
    "table of digits": (pd.DataFrame([["2", "3"]]), "rows of integer ids.* it contains text"),
    "array of digits": (np.array([["2"]], object), "rows of integer ids.* it contains text"),
    "None among them": ([[2], None], "document 1 is None"),
    "arrays of one id": ([np.array(2)], "Expected one list of ids per document; document 0 is"),
    "one row": ([2, 3], "Expected one list of ids per document; document 0 is 2"),
    "1-D": (np.array([2, 3]), "Expected documents as rows of integer ids.* 2D"),
    "3-D": (np.ones((2, 2, 2), int), "Expected documents as rows of integer ids"),
    "words in lists": ([["good", "work"]], "Expected integer ids.*KerasTokenizerTransformer"),
    "fractions": (np.array([[0.5, 2.0]]), "Expected integer ids, got dtype float"),
    "fractions in lists": ([[0.5, 2]], "Expected integer ids, got dtype float"),
    "NaN": (np.array([[np.nan, 2.0]]), "Expected documents as rows of integer ids.*NaN"),
    "None as an id": ([[2, None]], "Expected integer ids"),
    "lists in lists": ([[[2], [3]]], "Expected"),
    "mixed depth": ([[2, [3]]], "Expected"),
    "huge": ([[2**70]], "Expected integer ids"),
}


@pytest.mark.parametrize("kind", NOT_SEQUENCES)
@pytest.mark.parametrize("name", ["PadSequences", "KerasTextClassifier"])
def test_sequences_that_are_none(name, kind, of_sequences, sequences):
    rows, words = NOT_SEQUENCES[kind]
    labels = ["yes", "no"] * len(FEW_LABELS)
    fit_args = (rows, labels[: len(rows) if hasattr(rows, "__len__") else 2])
    assert_refuses(of_sequences[name], fit_args, NotSequencesError, words, sequences)
    with pytest.raises(NotSequencesError, match=words):
        output(of_sequences[name], rows)


@pytest.mark.parametrize("rows", [[[2, -3], [1]], np.array([[2, -3], [1, 1]])])
def test_negative_ids(rows, of_sequences, sequences):
    for estimator in of_sequences.values():
        words = r"(?i)negative.* ids must be 0 or more, got -3"
        assert_refuses(estimator, (rows, ["yes", "no"]), IdRangeError, words, sequences)
        with pytest.raises(IdRangeError, match=words):
            output(estimator, rows)


def test_ids_beyond_the_vocabulary(sequences, trained):
    with pytest.raises(
        IdRangeError, match=r"Expected ids below 6, .* got 99: use the vocabulary that the ids"
    ):
        TokenSequences.from_lists([[2, 99]], sequences.vocabulary)
    tokenizer = KerasTokenizerTransformer().fit(FEW_TEXTS)
    with pytest.raises(IdRangeError, match=r"No word has the id 99.* from 2 to 5"):
        tokenizer.inverse_transform([[2, 99]])
    for ids in ([[2, 99]], np.array([[2, 99]])):
        for method in (trained.predict, trained.predict_proba):
            with pytest.raises(IdRangeError, match=r"Expected ids below 6.*got 99.*tokenizer"):
                method(ids)
    with pytest.raises(IdRangeError, match=r"Expected ids below 6, .* got 99: use the vocabulary"):
        PadSequences(9, value=99).fit(sequences)


def test_sequences_of_another_vocabulary(trained, embedded):
    words = (
        r"another vocabulary \(Vocabulary\(1 words: 'other'.*than those seen in fit "
        r"\(Vocabulary\(4 words: .*use the tokenizer that this .* was fitted with"
    )
    other = KerasTokenizerTransformer().fit_transform(["other"])
    for use in (trained.predict, trained.predict_proba, embedded.transform):
        with pytest.raises(VocabularyMismatchError, match=words):
            use(other)
    with pytest.raises(VocabularyMismatchError, match=words):
        trained.score(other, ["yes"])


def test_vocabulary_with_the_same_words_in_another_order(trained):
    other = KerasTokenizerTransformer().fit_transform(["very very very poor poor good work"])
    assert len(other.vocabulary) == len(trained.vocabulary_)
    with pytest.raises(VocabularyMismatchError, match="another vocabulary"):
        trained.predict(other)


@pytest.mark.parametrize(
    "maxlen",
    [0, -1, 2**31, 2**70, 0.0, 1.0, 1.5, "long", float("nan")],
    ids=lambda maxlen: repr(maxlen),
)
def test_length_of_nothing(maxlen, of_sequences, sequences):
    words = rf"'maxlen' parameter of PadSequences must be an int in the range \[1.*Got {maxlen!r}"
    assert_refuses(
        of_sequences["PadSequences"],
        (sequences,),
        InvalidParameterError,
        words,
        sequences,
        maxlen=maxlen,
    )


def test_rows_of_nothing_but_empty_documents_are_those_of_keras():
    padded = PadSequences().fit_transform([[], []])
    assert np.asarray(padded).shape == keras.utils.pad_sequences([[], []]).shape == (2, 0)
    assert PadSequences(0.5).fit_transform([[], []]).to_lists() == [[0], [0]]


def test_all_documents_empty_after_cleaning(trained, sequences):
    cleaner = TextCleaner(vocabulary=["zebra"])
    for tokenizer in (KerasTokenizerTransformer(), KerasTokenizerTransformer(char_level=True)):
        pipeline = make_pipeline(cleaner, tokenizer, quick_classifier())
        with pytest.raises(EmptyVocabularyError, match=r"12 documents with 0 tokens: check the cl"):
            pipeline.fit(FEW_TEXTS, FEW_LABELS)
        with pytest.raises(NotFittedError):
            tokenizer.transform(FEW_TEXTS)
    hashed = make_pipeline(cleaner, HashingTokenizerTransformer()).fit_transform(FEW_TEXTS)
    for empty in (hashed, hashed.padded(3), np.zeros((12, 3), int)):
        words = "None of the 12 documents contains a word: check the cleaning and the tokenizer"
        assert_refuses(trained, (empty, FEW_LABELS), EmptyVocabularyError, words, sequences)


def test_words_too_rare():
    with pytest.raises(EmptyVocabularyError, match=r"No word occurs 99 times .* min_count"):
        KerasTokenizerTransformer(min_count=99).fit(FEW_TEXTS)


@pytest.mark.parametrize("oov_token", ["[UNK]", None])
@pytest.mark.parametrize("architecture", ["average", "cnn", "flatten"])
def test_document_without_a_known_word_has_a_defined_result(architecture, oov_token):
    pipeline = make_pipeline(
        TextCleaner(),
        KerasTokenizerTransformer(oov_token=oov_token),
        PadSequences(4),
        PretrainedEmbeddingMatrix({"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.0, 0.5]}),
        quick_classifier(architecture=architecture, embedding_dim=None, embedding_trainable=False),
    ).fit(FEW_TEXTS, FEW_LABELS)
    usual = pipeline.predict_proba(FEW_TEXTS)
    unknown, empty = ["zebra", "zebra yak ibex"], ["", "?!"]
    probabilities = pipeline.predict_proba([*unknown, *empty])
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert set(pipeline.predict([*unknown, *empty])) <= {"yes", "no"}
    # Without an unknown token, unknown words are dropped, so such a document is empty.
    groups = [unknown, empty] if oov_token else [[*unknown, *empty]]
    for group in groups:
        alike = pipeline.predict_proba(group)
        np.testing.assert_allclose(alike, np.repeat(alike[:1], len(group), axis=0), rtol=1e-5)
    np.testing.assert_allclose(pipeline.predict_proba(empty), probabilities[2:], rtol=1e-5)
    np.testing.assert_allclose(pipeline.predict_proba([*FEW_TEXTS, *empty])[:-2], usual, rtol=1e-5)


def test_hashed_documents_without_a_word():
    hashed = HashingTokenizerTransformer(50).transform(["?!", "good", ""])
    assert hashed.lengths.tolist() == [0, 1, 0]
