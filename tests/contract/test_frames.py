"""Data frames keep their rows on the way through every transformer, or the request is refused."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    ESSAY_VECTORS,
    ESTIMATOR_STEPS,
    FEW_LABELS,
    FEW_TEXTS,
    classifier,
    public_estimators,
)
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    NaiveBayesScaler,
    NgramVectorizer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
    TokenTable,
)
from skembed.errors import (
    LostVectorsWarning,
    MixedColumnsError,
    NotSequencesError,
    VocabularyMismatchError,
)

ROWS = [7, 3, 3, -1, 100, 2, 5, 0]  # no range, and one label twice
INDEXES = {
    "numbers": pd.Index(ROWS, name="id"),
    "text": pd.Index(list("hgfedcba")),
    "dates": pd.date_range("2020", periods=8)[::-1],
    "levels": pd.MultiIndex.from_product([["x", "y"], range(4)]),
}
TABLES = {
    "Series": lambda index: pd.Series(ESSAY_TEXTS, index=index),
    "DataFrame": lambda index: pd.Series(ESSAY_TEXTS, index=index).to_frame("essay"),
}
# What comes of a request for data frames at the end of the steps that lead to each transformer.
OUTCOMES = {
    "TextCleaner": pd.DataFrame,
    "KerasTokenizerTransformer": TokenSequences,
    "HashingTokenizerTransformer": TokenSequences,
    "CategoryTokenizer": TokenSequences,
    "TextColumnTransformer": TokenTable,
    "PadSequences": TokenSequences,
    "PretrainedEmbeddingMatrix": TokenSequences,
    "TrainedEmbeddingMatrix": TokenSequences,
    "EmbeddingVectorizer": pd.DataFrame,
    "NgramVectorizer": "scipy sparse matrix",
    "NaiveBayesScaler": "scipy sparse matrix",
}


def test_every_transformer_has_an_outcome():
    steps = {name: make()[-1] for name, make in ESTIMATOR_STEPS.items()}
    assert set(steps) == public_estimators()
    assert set(OUTCOMES) == {name for name, step in steps.items() if not is_classifier(step)}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", INDEXES)
@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("everywhere", [False, True])
def test_rows_are_kept(name, kind, table, everywhere):
    index, outcome = INDEXES[kind], OUTCOMES[name]
    X = TABLES[table](index)
    steps = make_pipeline(TextCleaner(), *ESTIMATOR_STEPS[name]())
    if not everywhere:
        steps.set_output(transform="pandas")
    with config_context(transform_output="pandas" if everywhere else "default"):
        if isinstance(outcome, str):
            with pytest.raises(ValueError, match=outcome):
                steps.fit_transform(X, ESSAY_LABELS)
            return
        fitted = steps.fit_transform(X, ESSAY_LABELS)
        later = steps.transform(X.iloc[[5, 1]])
    assert type(fitted) is type(later) is outcome
    assert fitted.index.equals(index)
    assert later.index.equals(index[[5, 1]])
    if outcome is pd.DataFrame:
        assert fitted.columns.tolist() == steps.get_feature_names_out().tolist()


@pytest.mark.parametrize("name", OUTCOMES)
def test_there_is_a_name_for_each_column(name):
    *before, step = ESTIMATOR_STEPS[name]()
    for steps in (before, [*before, PadSequences(4)]):
        if len(steps) > len(before) and OUTCOMES[name] is not TokenSequences:
            continue
        X = ESSAY_TEXTS
        if steps and "Tokenizer" not in name:
            X = make_pipeline(*steps).fit_transform(X, ESSAY_LABELS)
        result = step.fit(X, ESSAY_LABELS).transform(X)
        width = result.shape[1] if len(result.shape) == 2 else 1
        if isinstance(result, TokenTable):
            width = len(result.texts) + result.n_numbers
        assert len(step.get_feature_names_out()) == width


def test_columns_of_ids_become_columns_of_ids():
    ids = pd.DataFrame([[1, 2, 3], [4, 5, 0]], columns=list("abc"), index=["x", "y"])
    padder = PadSequences(2)
    columns = ColumnTransformer([("pad", padder, list("abc"))]).set_output(transform="pandas")
    frame = columns.fit_transform(ids)
    assert frame.index.tolist() == ["x", "y"]
    assert frame.columns.tolist() == ["pad__text0", "pad__text1"]
    assert padder.fit_transform(ids).index.tolist() == ["x", "y"]


def test_scaled_words_of_a_frame_keep_their_rows():
    counts = NgramVectorizer().fit_transform(ESSAY_TEXTS).toarray()
    frame = pd.DataFrame(counts, index=ROWS).add_prefix("word")
    scaled = NaiveBayesScaler().set_output(transform="pandas").fit_transform(frame, ESSAY_LABELS)
    assert scaled.index.tolist() == ROWS
    assert scaled.columns.equals(frame.columns)


def vectors_of_text(*more):
    return make_pipeline(
        TextCleaner(),
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(ESSAY_VECTORS),
        *more,
    )


def test_vectors_are_joined_to_the_right_rows():
    table = pd.DataFrame({"text": ESSAY_TEXTS, "n": range(8)}, index=list("hgfedcba"))
    steps = vectors_of_text(EmbeddingVectorizer()).set_output(transform="pandas")
    joined = table.join(steps.fit_transform(table["text"]))
    expected = vectors_of_text(EmbeddingVectorizer()).fit_transform(ESSAY_TEXTS)
    np.testing.assert_array_equal(joined.iloc[:, 2:], expected)


def test_vectors_stand_beside_other_columns():
    table = pd.DataFrame({"text": ESSAY_TEXTS, "n": range(8)}, index=list("hgfedcba"))
    pooled = make_union(EmbeddingVectorizer("mean"), EmbeddingVectorizer("max"))
    columns = ColumnTransformer(
        [("vectors", vectors_of_text(pooled, StandardScaler()), "text")], remainder="passthrough"
    ).set_output(transform="pandas")
    frame = columns.fit_transform(table)
    assert frame.shape == (8, 7)
    assert frame.index.tolist() == list("hgfedcba")
    assert frame["remainder__n"].tolist() == [*range(8)]


def test_a_cache_serves_no_rows_of_another_table(tmp_path):
    steps = vectors_of_text(PadSequences(4), EmbeddingVectorizer())
    steps.set_params(memory=str(tmp_path)).set_output(transform="pandas")
    for rows in (ROWS, list("hgfedcba"), [*range(8)]):
        texts = pd.Series(ESSAY_TEXTS, index=rows)
        assert steps.fit(texts).transform(texts).index.tolist() == rows
        assert steps.fit_transform(texts).index.tolist() == rows


# Sequences beside other columns


def text_column(name, tokenizer=KerasTokenizerTransformer):
    return name, make_pipeline(tokenizer(), PadSequences(3)), name


TWO_COLUMNS = pd.DataFrame(
    {"title": FEW_TEXTS, "body": FEW_TEXTS[::-1], "n": range(12), "kind": ["x", "y"] * 6}
)
SIDE_BY_SIDE = {
    "two texts": ([text_column("title"), text_column("body")], "drop"),
    "hashed": ([text_column(x, HashingTokenizerTransformer) for x in ("title", "body")], "drop"),
    "text and numbers": ([text_column("title"), ("n", "passthrough", ["n"])], "drop"),
    "the remainder": ([text_column("title"), ("no", "drop", ["body", "kind"])], "passthrough"),
    "text and scaled numbers": ([text_column("title"), ("n", StandardScaler(), ["n"])], "drop"),
    "text and categories": (
        [text_column("title"), ("kind", OneHotEncoder(sparse_output=False), ["kind"])],
        "drop",
    ),
    "sparse categories": ([text_column("title"), ("kind", OneHotEncoder(), ["kind"])], "drop"),
}


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("output", ["default", "pandas"])
@pytest.mark.parametrize("kind", SIDE_BY_SIDE)
def test_sequences_beside_other_columns_are_refused(kind, output, n_jobs):
    transformers, remainder = SIDE_BY_SIDE[kind]
    if kind == "sparse categories" and output == "pandas":
        return  # scikit-learn has no data frames of sparse columns
    columns = ColumnTransformer(transformers, remainder=remainder, n_jobs=n_jobs)
    with pytest.raises(MixedColumnsError, match=r"TextColumnTransformer.*Or join the texts"):
        columns.set_output(transform=output).fit(TWO_COLUMNS, FEW_LABELS)


def test_sparse_columns_do_not_reach_a_network():
    """scikit-learn makes one sparse matrix of ids and counts, which no network takes for ids."""
    columns = ColumnTransformer(
        [text_column("title"), ("count", NgramVectorizer(), "body")], sparse_threshold=1
    )
    pipeline = make_pipeline(columns, classifier())
    with pytest.raises(NotSequencesError, match=r"sparse matrix.*TextColumnTransformer"):
        pipeline.fit(TWO_COLUMNS, FEW_LABELS)


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_unions_of_sequences_are_refused(output):
    ids = KerasTokenizerTransformer()
    union = FeatureUnion([("a", Pipeline([("ids", ids), ("pad", PadSequences(3))])),
                          ("b", Pipeline([("ids", ids), ("pad", PadSequences(2))]))])  # fmt: skip
    with pytest.raises(MixedColumnsError):
        union.set_output(transform=output).fit_transform(FEW_TEXTS)


def two_vocabularies():
    return [
        KerasTokenizerTransformer().fit_transform(texts).padded(2)
        for texts in (["good work"], ["poor essay"])
    ]


NUMBERS = np.ones((1, 2), int)
ONE, OTHER = two_vocabularies()


@pytest.mark.parametrize("other", [ONE, OTHER, NUMBERS], ids=["same", "other", "numbers"])
@pytest.mark.parametrize(
    "join",
    [
        np.hstack,
        np.column_stack,
        lambda parts: np.c_[parts[0], parts[1]],
        np.dstack,
        np.stack,
        np.block,
        lambda parts: np.block([parts]),
        lambda parts: np.concatenate(parts, axis=1),
        lambda parts: np.concatenate(parts, -1),
        lambda parts: np.concatenate(parts, axis=None),
        lambda parts: np.append(*parts, axis=1),
        lambda parts: np.append(*parts),
        lambda parts: np.insert(parts[0], 0, parts[1], axis=1),
    ],
)
def test_numpy_puts_nothing_beside_sequences(join, other):
    for parts in ([ONE, other], [other, ONE]):
        with pytest.raises(MixedColumnsError, match="2 blocks of columns"):
            join(parts)


@pytest.mark.parametrize("join", [np.vstack, np.concatenate, lambda p: np.append(*p, axis=0)])
def test_documents_of_one_vocabulary_are_put_below_each_other(join):
    assert join([ONE, ONE[[0, 0]]]).tolist() == ONE.to_lists() * 3
    assert join([ONE, NUMBERS]).tolist() == [*ONE.to_lists(), [1, 1]]
    with pytest.raises(VocabularyMismatchError, match="one fitted tokenizer"):
        join([ONE, OTHER])


def test_texts_joined_before_the_tokenizer_are_the_way_that_works():
    joined = TWO_COLUMNS["title"] + " " + TWO_COLUMNS["body"]
    pipeline = make_pipeline(KerasTokenizerTransformer(), classifier()).fit(joined, FEW_LABELS)
    assert pipeline.predict(joined).shape == (12,)


def test_vectors_and_counts_beside_numbers_are_the_way_that_works():
    columns = ColumnTransformer(
        [
            ("title", vectors_of_text(EmbeddingVectorizer()), "title"),
            ("body", NgramVectorizer(min_df=1), "body"),
            ("n", StandardScaler(), ["n"]),
        ]
    )
    model = make_pipeline(columns, LogisticRegression()).fit(TWO_COLUMNS, FEW_LABELS)
    assert model.score(TWO_COLUMNS, FEW_LABELS) == 1


def test_an_array_of_sequences_is_an_ordinary_array():
    assert type(np.asarray(ONE)) is type(np.array(ONE)) is type(np.add(ONE, 1)) is np.ndarray
    assert type(ONE.to_array()) is type(np.c_[ONE]) is np.ndarray
    assert np.asarray(ONE, float).dtype == float


# Vectors that would be lost


def test_an_array_without_the_vectors_is_no_surprise():
    steps = vectors_of_text(PadSequences(3))
    sequences = steps.fit_transform(ESSAY_TEXTS)
    with pytest.warns(LostVectorsWarning, match="EmbeddingVectorizer"):
        ids = np.asarray(sequences)
    np.testing.assert_array_equal(ids, sequences.to_array())
    with pytest.warns(LostVectorsWarning):
        make_pipeline(steps, LogisticRegression()).fit(ESSAY_TEXTS, ESSAY_LABELS)
    frame = pd.DataFrame({"text": ESSAY_TEXTS})
    columns = ColumnTransformer([("text", steps, "text")]).set_output(transform="pandas")
    with pytest.warns(LostVectorsWarning, match="ColumnTransformer"):
        columns.fit_transform(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LostVectorsWarning)
        classifier(embedding_dim=None).fit(sequences, ESSAY_LABELS).predict(sequences)
        assert next(iter(sequences)).tolist() == sequences[0].tolist() == sequences.to_lists()[0]


def test_row_labels_are_no_part_of_the_documents():
    plain = KerasTokenizerTransformer().fit_transform(ESSAY_TEXTS)
    labelled = plain.with_index(pd.Index(ROWS))
    assert labelled == plain
    assert labelled.with_index(None).index is None
    assert joblib.hash(labelled) != joblib.hash(plain)  # a cached result keeps its row labels
    loaded = joblib.hash(labelled), labelled[1:].padded(2).filled(0).stripped()[::-1]
    assert loaded[1].index.tolist() == ROWS[:0:-1]
    empty = TokenSequences.from_lists([[], [], []]).with_index(pd.Index(list("abc")))
    assert empty[[2, 0, 1]].index.tolist() == ["c", "a", "b"]
    assert empty[[True, False, True]].index.tolist() == ["a", "c"]
