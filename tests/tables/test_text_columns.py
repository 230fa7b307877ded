"""Columns of a table for one network: parts, shared vocabularies, and what is refused."""

import io
import pickle
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.callback import ProgressBar
from sklearn.compose import make_column_selector
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)
from sklearn.utils._param_validation import InvalidParameterError

import skembed
from skembed import (
    CategoryTokenizer,
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    NgramVectorizer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TextColumnTransformer,
    TokenTable,
    TrainedEmbeddingMatrix,
    make_text_column_transformer,
)
from skembed.errors import (
    ColumnError,
    DocumentsError,
    MixedColumnsError,
    NotSavedError,
    SkembedError,
    VocabularyMismatchError,
)

TABLE = pd.DataFrame(
    {
        "title": ["Good food", "Poor service", "good!", "Bad food, poor food"] * 3,
        "body": ["very good food indeed", "bad", "good as ever", "never again"] * 3,
        "city": ["New York", "Rome", None, "Rome"] * 3,
        "price": [30.0, 10.0, 3.5, 4.0] * 3,
        "stars": [5, 1, 4, 2] * 3,
    },
    index=pd.Index(list("lkjihgfedcba"), name="row"),
)
LABELS = ["yes", "no", "yes", "no"] * 3
WORDS = ["good", "poor", "food", "bad", "very", "indeed", "as", "ever", "never", "service"]
VECTORS = dict(zip(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), 2))))


def text(maxlen=None, vectors=VECTORS, **tokenizing):
    return Pipeline(
        [
            ("clean", TextCleaner()),
            ("tokenize", KerasTokenizerTransformer(**tokenizing)),
            ("pad", PadSequences(maxlen)),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
        ]
    )


def columns(**params):
    transformers = [
        ("title", text(2), "title"),
        ("body", text(), ["body"]),
        ("city", CategoryTokenizer(), "city"),
        ("price", StandardScaler(), ["price"]),
        ("stars", OneHotEncoder(handle_unknown="ignore"), ["stars"]),
    ]
    return TextColumnTransformer(transformers, **params)


def shared(**params):
    return columns(shared_vocabulary=["body", "title"], **params)


def in_numbers(table):
    """Rows of numbers for a classifier: which ids occur in each text, and the numbers."""
    parts = [
        np.stack([np.bincount(row, minlength=x.n_ids)[:9] for row in x.stripped()])
        for x in (x.padded(9) for x in table.texts.values() if x.n_ids >= 9)
    ]
    numbers = table.numbers
    return np.hstack([*parts, numbers.toarray() if sparse.issparse(numbers) else numbers])


def model(**params):
    steps = [("columns", columns()), ("flat", FunctionTransformer(in_numbers))]
    return Pipeline([*steps, ("clf", LogisticRegression())]).set_params(**params)


# Parts


def test_each_part_is_what_its_transformer_makes():
    fitted = columns()
    table = fitted.fit_transform(TABLE, LABELS)
    assert [*table.texts] == ["title", "body", "city"]
    assert table.texts["title"] == text(2).fit_transform(TABLE["title"])
    assert table.texts["body"] == text().fit_transform(TABLE["body"])
    assert table.texts["city"] == CategoryTokenizer().fit_transform(TABLE["city"])
    assert table.texts["title"].vocabulary != table.texts["body"].vocabulary
    scaled = StandardScaler().fit_transform(TABLE[["price"]])
    hot = OneHotEncoder(sparse_output=False).fit_transform(TABLE[["stars"]])
    np.testing.assert_array_equal(table.numbers, np.hstack([scaled, hot]).astype(np.float32))
    assert table.number_names == ("price__price", *(f"stars__stars_{i}" for i in (1, 2, 4, 5)))
    assert fitted.get_feature_names_out().tolist() == ["title", "body", "city", *table.number_names]
    assert table.index.equals(TABLE.index)
    assert fitted.output_indices_["title"] == slice(0, 0)
    assert fitted.output_indices_["stars"] == slice(1, 5)
    assert fitted.feature_names_in_.tolist() == [*TABLE.columns]
    assert fitted["city"] is fitted.named_transformers_["city"]
    assert fitted.n_features_in_ == 5


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("make", [columns, shared])
def test_fit_transform_is_fit_and_transform(make, n_jobs):
    expected = make().fit_transform(TABLE)
    fitted = make(n_jobs=n_jobs).fit(TABLE)
    assert make(n_jobs=n_jobs).fit_transform(TABLE) == expected
    for twin in (fitted, pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(TABLE)):
        found = twin.transform(TABLE)
        assert found == expected
        assert joblib.hash(found) == joblib.hash(expected)
        assert twin.transform(TABLE[5:6]) == expected[5:6]


def test_columns_are_chosen_as_in_scikit_learn():
    numeric = make_column_selector(dtype_include="number")
    chosen = TextColumnTransformer(
        [
            ("title", KerasTokenizerTransformer(), lambda table: [table.columns[0]]),
            ("body", KerasTokenizerTransformer(), [False, True, False, False, False]),
            ("numbers", "passthrough", numeric),
            ("none", StandardScaler(), []),
            ("again", MinMaxScaler(), slice(3, 4)),
        ]
    )
    table = chosen.fit_transform(TABLE)
    assert [*table.texts] == ["title", "body"]
    assert table.number_names == ("numbers__price", "numbers__stars", "again__price")
    assert table.numbers[:, 1].tolist() == TABLE["stars"].tolist()
    left = TextColumnTransformer(
        [("city", "drop", "city"), ("numbers", "passthrough", ["price", "stars"]),
         ("title", CategoryTokenizer(), "title")],
        remainder=KerasTokenizerTransformer(),
    )  # fmt: skip
    assert [*left.fit_transform(TABLE).texts] == ["title", "remainder"]
    assert left.transform(TABLE) == left.transform(TABLE[TABLE.columns[::-1]])


@pytest.mark.parametrize("library", ["polars"])
def test_tables_of_other_libraries(library):
    module = pytest.importorskip(library)
    table = module.DataFrame(TABLE.astype(object).where(TABLE.notna(), None).to_dict("list"))
    fitted = columns().fit(table)
    expected = columns().fit_transform(TABLE)
    assert fitted.transform(table) == fitted.transform(TABLE) == expected
    assert columns().fit(TABLE).transform(table[:, ::-1]) == expected
    with pytest.raises(ColumnError, match="lacks column 'price'"):
        fitted.transform(table.drop("price"))
    with pytest.raises(ColumnError, match="'price' holds text"):
        fitted.transform(table.with_columns(module.lit("x").alias("price")))


def test_names_are_made_as_in_scikit_learn():
    plain = columns(verbose_feature_names_out=False).fit(TABLE)
    assert plain.get_feature_names_out()[3:5].tolist() == ["price", "stars_1"]
    other = columns(verbose_feature_names_out="{feature_name} of {transformer_name}").fit(TABLE)
    assert other.get_feature_names_out()[3] == "price of price"
    made = make_text_column_transformer(
        (text(), "title"), (text(), "body"), ("passthrough", ["price"]), remainder="drop"
    )
    assert [*made.fit_transform(TABLE).texts] == ["pipeline-1", "pipeline-2"]
    log = FunctionTransformer(np.log1p)
    unnamed = TextColumnTransformer(
        [("city", CategoryTokenizer(), "city"), ("log", log, ["price", "stars"])]
    )
    assert unnamed.fit(TABLE).get_feature_names_out().tolist() == ["city", "log__log0", "log__log1"]


def test_sparse_numbers_stay_sparse():
    rows = 3000
    wide = pd.DataFrame({"title": ["good"] * rows, "user": [f"u{i}" for i in range(rows)]})
    wide["price"] = 1.0
    transformers = [
        ("title", KerasTokenizerTransformer(), "title"),
        ("user", OneHotEncoder(), ["user"]),
        ("price", "passthrough", ["price"]),
    ]
    made = TextColumnTransformer(transformers)
    tracemalloc.start()
    try:
        table = made.fit_transform(wide)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.sparse_output_
    assert table.numbers.shape == (rows, rows + 1)
    assert table.numbers.nnz == 2 * rows
    assert table.numbers.dtype == np.float32
    assert peak < rows * rows * 4 / 4
    assert made.transform(wide[:7]) == table[:7]
    dense = made.set_params(sparse_threshold=0).fit_transform(wide[:20])
    assert type(dense.numbers) is np.ndarray


# A shared vocabulary


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_shared_texts_are_fitted_together(n_jobs):
    fitted = shared(n_jobs=n_jobs).fit(TABLE)
    title, body = fitted["title"], fitted["body"]
    cleaned = [text for name in ("title", "body") for text in TextCleaner().transform(TABLE[name])]
    together = make_pipeline(KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(VECTORS))
    together.fit(cleaned)
    assert title["tokenize"] is body["tokenize"]
    assert title["embed"] is body["embed"]
    assert title["tokenize"].word_counts_ == together[0].word_counts_
    # The titles are cut to two words before their vectors are looked up.
    assert title["embed"].coverage_.n_words == together[1].coverage_.n_words
    assert (title["pad"].maxlen_, body["pad"].maxlen_) == (2, 4)
    for table in (fitted.transform(TABLE), shared(n_jobs=n_jobs).fit_transform(TABLE)):
        title, body, city = table.texts.values()
        assert title.vocabulary is body.vocabulary is not city.vocabulary
        assert title.embedding is body.embedding
        assert title.vocabulary == together[0].vocabulary_
        assert body.to_lists()[1] == [0, 0, 0, title.vocabulary["bad"]]
    assert pickle.loads(pickle.dumps(fitted))["title"]["embed"] is not None
    alone = columns().fit_transform(TABLE)
    assert alone.texts["title"].vocabulary != alone.texts["body"].vocabulary


def test_what_is_shared_does_not_depend_on_rows_and_names():
    fitted = shared().fit(TABLE)
    order = [3, 0, 2, 1, *range(4, 12)]
    for other in (
        shared().fit(TABLE.iloc[order]),
        shared().set_params(shared_vocabulary=("title", "body")).fit(TABLE[TABLE.columns[::-1]]),
    ):
        found = other["title"]["tokenize"]
        assert found.word_counts_ == fitted["title"]["tokenize"].word_counts_
        assert {*found.vocabulary_} == {*fitted["title"]["tokenize"].vocabulary_}
        assert other["body"]["embed"].coverage_.missing == fitted["body"]["embed"].coverage_.missing


def test_trained_vectors_and_all_texts_are_shared():
    made = TextColumnTransformer(
        [
            ("title", make_pipeline(*pieces(PadSequences(2))), "title"),
            ("body", make_pipeline(*pieces("passthrough", filters=",!")), "body"),
        ],
        shared_vocabulary=True,
    )
    with pytest.raises(InvalidParameterError, match="filters of KerasTokenizerTransformer is"):
        made.fit(TABLE)
    made.set_params(body=make_pipeline(make_pipeline(*pieces(PadSequences(3))), "passthrough"))
    table = made.fit_transform(TABLE)
    title, body = table.texts.values()
    assert title.embedding is body.embedding
    assert (title.width, body.width) == (2, 3)
    assert made["body"].steps[0][1].steps[-1][1] is made["title"][-1]
    assert made.transform(TABLE) == table


def pieces(pad, **tokenizing):
    vectors = TrainedEmbeddingMatrix(vector_size=3, random_state=0)
    return TextCleaner(), KerasTokenizerTransformer(**tokenizing), pad, vectors


@pytest.mark.parametrize("step", [HashingTokenizerTransformer(64), CategoryTokenizer()])
def test_other_tokenizers_are_shared(step):
    made = TextColumnTransformer(
        [("one", step, "city"), ("two", step, ["city"]), ("three", step, "city")],
        shared_vocabulary=["one", "two"],
    )
    table = made.fit_transform(TABLE.assign(city=TABLE["city"].fillna("none")))
    one, two, three = table.texts.values()
    assert one.vocabulary is two.vocabulary is not three.vocabulary
    assert one == two == three
    three = table[::2].texts
    assert three["one"].vocabulary is three["two"].vocabulary


class OwnTokenizer(TransformerMixin, BaseEstimator):
    """A tokenizer of a user."""

    def fit(self, X, y=None):
        self.tokenizer_ = KerasTokenizerTransformer().fit(X)
        return self

    def transform(self, X):
        return PadSequences(2).fit_transform(self.tokenizer_.transform(X))


def test_a_tokenizer_of_a_user():
    own = [("title", OwnTokenizer(), "title"), ("body", OwnTokenizer(), "body")]
    table = TextColumnTransformer(own).fit_transform(TABLE)
    assert table.texts["body"] == OwnTokenizer().fit_transform(TABLE["body"])
    with pytest.raises(InvalidParameterError, match="'title', which is no text"):
        TextColumnTransformer(own, shared_vocabulary=["title", "body"]).fit(TABLE)
    behind = [(name, make_pipeline(made, PadSequences(2)), column) for name, made, column in own]
    with pytest.raises(VocabularyMismatchError, match="of skembed"):
        TextColumnTransformer(behind, shared_vocabulary=True).fit(TABLE)


# In pipelines and searches


def test_everything_can_be_searched():
    grid = [
        {
            "columns__title__tokenize__num_words": [6, None],
            "columns__price": [StandardScaler(), "passthrough"],
            "columns__stars__min_frequency": [None, 2],
        },
        {"columns__city": ["drop", CategoryTokenizer(2)], "columns__remainder": ["drop"]},
        {"columns__shared_vocabulary": [False, ["title", "body"]]},
        *(
            {
                "columns__shared_vocabulary": [["title", "body"]],
                "columns__title__tokenize__num_words": [n],
                "columns__body__tokenize__num_words": [n],
            }
            for n in (7, 8)
        ),
    ]
    search = GridSearchCV(model(), grid, cv=2, error_score="raise").fit(TABLE, LABELS)
    assert len(search.cv_results_["params"]) == 8 + 2 + 2 + 2
    assert search.score(TABLE, LABELS) == 1


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_validation(n_jobs, tmp_path):
    expected = cross_val_score(model(), TABLE, LABELS, cv=3)
    made = model(memory=str(tmp_path), columns__shared_vocabulary=["title", "body"])
    for _ in range(2):
        found = cross_val_score(made, TABLE, LABELS, cv=3, n_jobs=n_jobs, error_score="raise")
        assert found.tolist() == expected.tolist()


def test_memory_knows_the_words_and_saves_work(tmp_path, monkeypatch):
    other = TABLE.replace({"food": "wine"}, regex=True)
    made = model(memory=str(tmp_path))
    for table in (TABLE, other, TABLE):
        cached = clone(made).fit(table, LABELS)
        assert "wine" in cached["columns"]["title"]["tokenize"].vocabulary_ or table is TABLE
    monkeypatch.setattr(KerasTokenizerTransformer, "_learn", lambda *args: pytest.fail("again"))
    clone(made).fit(other, LABELS)


def test_metadata_is_routed():
    weights = np.linspace(1, 9, len(TABLE))
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        made = columns().set_params(price=scaler)
        made.fit(TABLE, LABELS, sample_weight=weights)
        expected = StandardScaler().fit(TABLE[["price"]], sample_weight=weights)
        assert made["price"].mean_ == expected.mean_ != columns().fit(TABLE)["price"].mean_
        made.set_params(shared_vocabulary=["title", "body"]).fit(TABLE, sample_weight=weights)
        assert made["price"].mean_ == expected.mean_
    with pytest.raises(ValueError, match="sample_weight"):
        columns().fit(TABLE, sample_weight=weights)


def test_weights_of_numbers():
    weighted = columns(transformer_weights={"price": 2.0}).fit_transform(TABLE)
    expected = columns().fit_transform(TABLE).numbers * ([2.0] + [1.0] * 4)
    np.testing.assert_allclose(weighted.numbers, expected, rtol=1e-6)


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_the_table_stays_whatever_is_asked(output):
    made = shared()
    assert made.set_output(transform=output) is made
    assert made.fit_transform(TABLE) == shared().fit_transform(TABLE)
    with pytest.raises(ValueError, match="'excel'"):
        made.set_output(transform="excel")


def test_frames_within():
    with config_context(transform_output="pandas"):
        made = shared(sparse_threshold=0).set_params(stars=OrdinalEncoder())
        table = made.fit_transform(TABLE)
    assert isinstance(table, TokenTable)
    assert table == shared().set_params(stars=OrdinalEncoder()).fit_transform(TABLE)


def test_time_is_told(capsys):
    shared(verbose=True).fit(TABLE)
    told = capsys.readouterr().out
    assert "Processing title, body" in told
    assert "Processing stars" in told


def test_callbacks_follow_it(monkeypatch):
    console = pytest.importorskip("rich.console").Console(width=200, file=io.StringIO())
    monkeypatch.setattr("rich._console", console)
    bar = ProgressBar(max_propagation_depth=None)
    make_pipeline(columns()).set_callbacks(bar).fit(TABLE, LABELS)
    assert "TextColumnTransformer - fit" in console.file.getvalue()


def test_it_shows_what_each_part_learned():
    html = shared()._repr_html_()
    assert "KerasTokenizerTransformer" in html
    html = shared().fit(TABLE)._repr_html_()
    for learned in ("11 words of 24 documents", "4 ids per document", "3 categories"):
        assert learned in html


def test_a_file_holds_what_predictions_need(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 0\nfood 0 1\n")
    made = shared().set_params(title__embed__vectors=str(path), body__embed__vectors=str(path))
    made.set_params(title__embed__cache=False, body__embed__cache=False)
    with pytest.warns(skembed.errors.CoverageWarning):
        made.fit(TABLE)
    pickled = pickle.dumps(made)
    assert str(tmp_path).encode() not in pickled
    assert pickle.loads(pickled).transform(TABLE) == made.transform(TABLE)
    assert str(tmp_path).encode() in pickle.dumps(clone(made))
    encoder = Encoder()
    made.set_params(title__embed__vectors=encoder, body__embed__vectors=encoder).fit(TABLE)
    pickled = pickle.dumps(made)
    assert pickle.loads(pickled).transform(TABLE) == made.transform(TABLE)
    assert b"hundreds of megabytes" not in pickled
    del encoder, made
    loaded = pickle.loads(pickled)
    assert loaded["title"]["embed"].matrix_.any()
    with pytest.raises(NotSavedError):
        loaded.fit(TABLE)


class Encoder:
    """A large model that makes vectors."""

    weights = None

    def __init__(self):
        self.weights = "hundreds of megabytes"

    def encode(self, words):
        return np.array([[len(word), 1.0] for word in words])


def test_columns_that_no_transformer_takes_may_change():
    table = TABLE.assign(notes=[object()] * 12)
    made = columns().fit(table)
    expected = made.transform(table)
    assert made.transform(TABLE) == made.transform(table.assign(notes="none")) == expected


# What is refused


def test_missing_values():
    made = columns()
    with pytest.raises(
        DocumentsError,
        match=r"'title' has no text in 1 of 12 rows, the first at position 2.*fillna",
    ):
        made.fit(TABLE.assign(title=[*TABLE["title"][:2], None, *TABLE["title"][3:]]))
    with pytest.raises(ColumnError, match=r"'price__price' is missing in 1 of 12.*SimpleImputer"):
        made.fit(TABLE.assign(price=[np.nan, *TABLE["price"][1:]]))
    made.fit(TABLE)
    with pytest.raises(DocumentsError, match=r"'body' holds int \(3\) at position 1, but TextCl"):
        made.fit(TABLE.assign(body=["good", 3, *TABLE["body"][2:]]))
    some = TABLE.assign(title=[None, *TABLE["title"][1:]], price=[*TABLE["price"][1:], np.nan])
    with pytest.raises(DocumentsError, match="'title' has no text in 1"):
        made.transform(some)
    fill = SimpleImputer(missing_values=pd.NA, strategy="constant", fill_value="")
    treated = TextColumnTransformer(
        [
            ("title", make_pipeline(fill, KerasTokenizerTransformer()), ["title"]),
            ("price", make_pipeline(SimpleImputer(), StandardScaler()), ["price"]),
        ]
    ).fit(some)
    assert treated.transform(some[:1]).texts["title"].to_lists() == [[]]
    assert treated.transform(some).numbers[-1, 0] == pytest.approx(0, abs=1e-6)
    sparse_numbers = columns().set_params(price="passthrough", sparse_threshold=1.0)
    with pytest.raises(ColumnError, match="'price__price' is missing in 1 of 12 rows, the first at "
                       "position 11"):  # fmt: skip
        sparse_numbers.fit(TABLE.assign(price=some["price"]))
    with pytest.raises(ColumnError, match=r"'price__price' is infinite, or too large.*logarithm"):
        sparse_numbers.fit(TABLE.assign(price=1e300))


CHANGED = {
    "missing": (lambda t: t.drop(columns=["price", "city"]), "lacks columns 'city', 'price'"),
    "renamed": (lambda t: t.rename(columns={"title": "Title"}), "lacks column 'title'.*'Title'"),
    "text is numbers": (lambda t: t.assign(title=3), "'title' holds numbers, but held text"),
    "text is dates": (
        lambda t: t.assign(title=pd.Timestamp("2020")),
        "'title' holds dates or times, but held text",
    ),
    "numbers are text": (lambda t: t.assign(stars="4"), "'stars' holds text, but held numbers"),
    "numbers as objects": (
        lambda t: t.assign(price=np.array(["4"] * 12, object)),
        "'price' holds text, but held numbers in fit.*astype",
    ),
    "both": (lambda t: t.assign(stars="4", city=3), "'city' holds numbers.*'stars' holds text"),
    "no names": (lambda t: t.to_numpy(), "ndarray has no names.*data frame or a dict"),
    "a column": (lambda t: t["title"], "Expected a table.*got Series of shape"),
    "a list": (lambda t: t["title"].tolist(), "Expected a table.*tokenizer without"),
    "one document": (lambda t: t.iloc[0].to_dict(), "'title' of the dict is str.*list of one"),
    "a matrix": (lambda t: {**t, "title": np.ones((12, 2))}, "'title' of the dict is ndarray"),
    "lengths": (lambda t: {**t, "city": ["x"]}, "must be of one length.*'city': 1"),
    "nothing": (lambda t: {}, "dict of columns"),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_other_columns_are_told_before_any_work(kind, monkeypatch):
    change, words = CHANGED[kind]
    made = columns().fit(TABLE)
    monkeypatch.setattr(TextCleaner, "transform", lambda *args: pytest.fail("work"))
    with pytest.raises(ColumnError, match=words):
        made.transform(change(TABLE))


def test_equal_kinds_of_other_types():
    made = columns().fit(TABLE)
    expected = made.transform(TABLE)
    for change in (
        {"stars": "int8"},
        {"stars": float},
        {"stars": object},
        {"title": object, "city": object},
        {"title": "category", "price": "Float64"},
        {"stars": "category"},
    ):
        assert made.transform(TABLE.astype(change)) == expected
    with pytest.raises(NotFittedError):
        columns().transform(TABLE)


def test_arrays_have_columns_by_position():
    array = TABLE.to_numpy()
    made = TextColumnTransformer(
        [("title", KerasTokenizerTransformer(), 0), ("numbers", StandardScaler(), [3, 4])]
    ).fit(array)
    assert made.get_feature_names_out().tolist() == ["title", "numbers__x3", "numbers__x4"]
    assert made.transform(array.tolist()) == made.transform(array)
    with pytest.raises(ColumnError, match="has 4 columns, but had 5 in fit"):
        made.transform(array[:, :4])
    with pytest.raises(ColumnError, match="Column 0 holds numbers, but held text"):
        made.transform(array[:, [3, 1, 2, 3, 4]])


SETTINGS = {
    "no text": (
        {"title": "drop", "body": "drop", "city": "drop"},
        MixedColumnsError,
        "No transformer returns token sequences.*ColumnTransformer from sklearn.compose",
    ),
    "vectors only": (
        {
            "transformers": [
                ("title", make_pipeline(text(), EmbeddingVectorizer()), "title"),
                ("body", NgramVectorizer(min_df=1), "body"),
            ]
        },
        MixedColumnsError,
        "No transformer returns",
    ),
    "nothing": ({"transformers": []}, MixedColumnsError, "No transformer returns"),
    "two columns": (
        {"city": KerasTokenizerTransformer(),
         "transformers": [("city", CategoryTokenizer(), ["city", "title"])]},
        ColumnError,
        r"takes one column of text, but gets 2 columns.*list a transformer for each",
    ),
    "text of numbers": (
        {"transformers": [("stars", KerasTokenizerTransformer(), "stars")]},
        ColumnError,
        r"'stars' holds numbers, but KerasTokenizerTransformer .*CategoryTokenizer.*astype\(str\)",
    ),
    "numbers of text": ({"title": "passthrough"}, ColumnError, "'title' returned Series .*2-D"),
    "numbers of texts": (
        {"body": "passthrough"},
        ColumnError,
        "'body' that the transformer 'body' returned holds no numbers.*OneHotEncoder",
    ),
    "digits in text": (
        {"body": FunctionTransformer(lambda table: np.array([["3"]] * len(table)))},
        ColumnError,
        "Column 0 that the transformer 'body' returned holds no numbers",
    ),
    "dates": (
        {"body": FunctionTransformer(lambda t: t.assign(body=pd.Timestamp("2020")))},
        ColumnError,
        "'body' that the transformer 'body' returned holds no numbers",
    ),
    "a scalar": (
        {"transformers": [("a", CategoryTokenizer(), "city"), ("b", StandardScaler(), "price")]},
        ColumnError,
        r"single column without a list.*\['price'\]",
    ),
    "unknown column": (
        {"transformers": [("titel", CategoryTokenizer(), "titel")]},
        ColumnError,
        "'titel'.*The table has the columns.*'title'",
    ),
    "a table in a table": (
        {"transformers": [("all", columns(), [*TABLE.columns])]},
        MixedColumnsError,
        "'all' returned a TokenTable: list its transformers",
    ),
    "other steps": (
        {"shared_vocabulary": True},
        InvalidParameterError,
        "'title' and 'city' have different steps",
    ),
    "other settings": (
        {"shared_vocabulary": ["title", "body"], "title__tokenize__num_words": 9},
        InvalidParameterError,
        "num_words of KerasTokenizerTransformer is 9 for 'title' and None for 'body'",
    ),
    "other vectors": (
        {"shared_vocabulary": ["title", "body"], "title__embed__oov": "mean"},
        InvalidParameterError,
        "oov of PretrainedEmbeddingMatrix is 'mean' for 'title'",
    ),
    "unknown text": (
        {"shared_vocabulary": ["title", "heading"]},
        InvalidParameterError,
        "'heading', which is no transformer",
    ),
    "one text": ({"shared_vocabulary": ["title"]}, InvalidParameterError, "at least two texts"),
    "shared numbers": (
        {"shared_vocabulary": ["title", "price"]},
        InvalidParameterError,
        "'price', which is no text",
    ),
    "weight of a text": (
        {"transformer_weights": {"title": 2.0}},
        InvalidParameterError,
        "transformer_weights has a weight for 'title', which is a text",
    ),
    "weight of nothing": (
        {"transformer_weights": {"prize": 2.0}},
        InvalidParameterError,
        "'prize', which is no transformer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_that_make_no_sense_are_told(kind):
    params, error, words = SETTINGS[kind]
    transformers = params.get("transformers")
    made = columns() if transformers is None else TextColumnTransformer(transformers)
    made.set_params(**params if transformers is None else {})
    before = {*vars(made)}
    with pytest.raises(error, match=words):
        made.fit(TABLE)
    assert {*vars(made)} == before
    fitted = columns().fit(TABLE)
    state = joblib.hash(fitted)
    with pytest.raises(SkembedError):
        fitted.fit(TABLE.drop(columns="city"))
    assert joblib.hash(fitted) == state


def test_shared_texts_may_be_dropped():
    made = shared().set_params(title="drop")
    table = made.fit_transform(TABLE)
    assert [*table.texts] == ["body", "city"]
    assert table.texts["body"] == text().fit_transform(TABLE["body"])


@pytest.mark.parametrize("n_jobs", [0, 1.5])
def test_numbers_of_processes_that_mean_nothing(n_jobs):
    with pytest.raises(InvalidParameterError, match=f"'n_jobs'.*Got {n_jobs}"):
        shared(n_jobs=n_jobs).fit(TABLE)
