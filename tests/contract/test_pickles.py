"""Pickles that last: what they name, their format, and their copies."""

import copy
import json
import pickle
from importlib import import_module
from io import BytesIO
from pathlib import Path
from pkgutil import walk_packages

import cloudpickle
import joblib
import numpy as np
import pytest
from helpers import as_columns, text_columns
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skembed
from skembed import (
    CategoryTokenizer,
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    NaiveBayesScaler,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TextColumnTransformer,
    TokenTable,
    TrainedEmbeddingMatrix,
    _pickles,
    make_text_classifier,
)
from skembed._lasting_names import NAMES, PLACES
from skembed._pickles import FORMAT, Lasting, restore
from skembed.errors import PickleVersionError, SkembedError
from skembed.inspection import make_cost_scorer
from skembed.networks import ARCHITECTURES

TEXTS = ["Good, good work!", "very good essay", "poor work", "very poor essay"] * 4
LABELS = ["yes", "yes", "no", "no"] * 4
VECTORS = {"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.5, 0.5]}
DATA = Path(__file__).parent / "data"


def classifier(**params):
    return KerasTextClassifier(architecture="average", epochs=1, random_state=0, **params)


def of_words(*steps):
    return make_pipeline(TextCleaner(), KerasTokenizerTransformer(), *steps)


def roundtrip(thing):
    return pickle.loads(pickle.dumps(thing))


class MyTokenizer(KerasTokenizerTransformer):
    """What a user derives."""


# What pickles name


class Noting(pickle.Unpickler):
    def __init__(self, pickled):
        super().__init__(BytesIO(pickled))
        self.named = set()

    def find_class(self, module, name):
        self.named.add((module, name))
        return super().find_class(module, name)


def globals_of(thing):
    noting = Noting(pickle.dumps(thing))
    noting.load()
    return noting.named


def get_numbers(table):
    return table.numbers


def a_search():
    return GridSearchCV(
        of_words(classifier()),
        {"kerastextclassifier__hidden_units": [2]},
        scoring=make_cost_scorer("accuracy"),
        refit="score",
        cv=2,
    )


EVERYTHING = {
    "network": lambda: of_words(
        PadSequences(4), PretrainedEmbeddingMatrix(VECTORS), classifier(embedding_trainable=False)
    ),
    "learned": lambda: of_words(classifier()),
    "hashed": lambda: make_pipeline(HashingTokenizerTransformer(20), classifier()),
    "trained": lambda: of_words(TrainedEmbeddingMatrix(vector_size=3), classifier()),
    "pooled": lambda: of_words(
        PretrainedEmbeddingMatrix(VECTORS), EmbeddingVectorizer("tfidf"), LogisticRegression()
    ),
    "function": lambda: of_words(
        KerasTextClassifier(architecture=ARCHITECTURES["average"], epochs=1)
    ),
    "warm_start": lambda: of_words(classifier(warm_start=True)),
    "search": a_search,
    "linear": lambda: make_pipeline(
        NgramVectorizer(), NaiveBayesScaler(), OneVsRestLogisticRegression()
    ),
    "categories": lambda: make_pipeline(CategoryTokenizer(), LogisticRegression()),
    "columns": lambda: make_pipeline(
        FunctionTransformer(as_columns),
        TextColumnTransformer(text_columns(), shared_vocabulary=True),
        FunctionTransformer(get_numbers),
        LogisticRegression(),
    ),
    "vote": lambda: make_text_classifier(VECTORS, random_state=0),
    "table": lambda: make_pipeline(
        FunctionTransformer(as_columns),
        make_text_classifier(texts="title", numbers="words", categories="length", random_state=0),
    ),
}


@pytest.fixture(scope="module")
def fitted():
    return {name: make().fit(TEXTS, LABELS) for name, make in EVERYTHING.items()}


def test_everything_public_is_tried(fitted):
    tried = {
        type(step).__name__
        for made in fitted.values()
        for _, step in getattr(made, "best_estimator_", made).steps
    }
    public = {name for name in skembed.__all__ if hasattr(getattr(skembed, name), "fit")}
    assert public <= tried


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_pickle_names_one_function_of_skembed(fitted, name):
    named = globals_of(fitted[name])
    assert {x for x in named if x[0].startswith("skembed")} == {("skembed._pickles", "restore")}
    assert not {m for m, _ in named if m.startswith(("keras", "tensorflow", "scikeras"))}


@pytest.mark.parametrize("thing", ["ids", "table", "coverage", "vocabulary", "buckets", "scorer"])
def test_data_names_one_function_of_skembed(fitted, thing):
    network = fitted["network"]
    things = {
        "ids": network[:-1].transform(TEXTS),
        "table": TokenTable({"text": network[:-1].transform(TEXTS)}, np.eye(16)),
        "coverage": network[-2].coverage_,
        "vocabulary": network[1].vocabulary_,
        "buckets": fitted["hashed"][0].transform(TEXTS).vocabulary,
        "scorer": make_cost_scorer("accuracy"),
    }
    named = {(m, n) for m, n in globals_of(things[thing]) if m.startswith("skembed")}
    assert named == {("skembed._pickles", "restore")}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architectures_are_stored_by_name(name):
    stored = _pickles.Named.of(ARCHITECTURES[name])
    assert globals_of(stored) == {("skembed._pickles", "restore")}
    assert roundtrip(stored) is ARCHITECTURES[name] is restore(name, FORMAT)


def test_every_lasting_class_has_a_lasting_name():
    for module in walk_packages(skembed.__path__, "skembed."):
        try:
            import_module(module.name)
        except ModuleNotFoundError as error:  # of a backend that is not installed
            if error.name not in ("jax", "tensorflow", "torch"):
                raise

    def all_below(owner):
        return {owner, *(c for sub in owner.__subclasses__() for c in all_below(sub))}

    ours = {c for c in all_below(Lasting) if c.__module__.startswith("skembed.")}
    abstract = {
        "Lasting",
        "PythonParameters",
        "TrainingOnly",
        "SequenceTransformer",
        "EmbeddingStep",
        "SinglePrecisionWeights",
        "WatchedFacts",  # pickled as plain NetworkFacts, and the next as plain PartFacts
        "_WatchedPart",
    }
    bases = {c for c in ours if c.__name__ in abstract}
    for owner in ours - bases:
        assert PLACES[owner.__name__] == f"{owner.__module__}:{owner.__qualname__}"
    classes = {name for name in PLACES if name not in {*ARCHITECTURES, "table"}}
    assert classes - {"SavedPath"} == {owner.__name__ for owner in ours - bases}


# Formats and versions


def test_a_newer_format_says_what_to_do(monkeypatch):
    monkeypatch.setattr(_pickles, "FORMAT", 2)
    pickled = pickle.dumps(TextCleaner())
    monkeypatch.undo()
    with pytest.raises(
        PickleVersionError, match=r"format 2; .*version of skembed that wrote it or a later"
    ):
        pickle.loads(pickled)


def test_an_unknown_class_says_what_to_do(monkeypatch):
    monkeypatch.setitem(NAMES, PLACES["TextCleaner"], "TextPolisher")
    pickled = pickle.dumps(TextCleaner())
    monkeypatch.undo()
    with pytest.raises(PickleVersionError, match="'TextPolisher' in format 1"):
        pickle.loads(pickled)


@pytest.mark.parametrize("format", [0, -1, None, "1", True + 1])
def test_a_foreign_format_is_refused(format):
    with pytest.raises(SkembedError, match="formats 1 to 1"):
        restore("TextCleaner", format)
    with pytest.raises(pickle.UnpicklingError):
        restore("TextCleaner", format)


@pytest.mark.parametrize("name", [None, [], 1, "os.system", "textcleaner"])
def test_a_foreign_name_is_refused(name):
    with pytest.raises(PickleVersionError, match="and the names it knows"):
        restore(name, FORMAT)


@pytest.mark.parametrize(
    ("name", "args"), [("NotSaved", ()), ("SavedPath", ("a", [])), ("NotSaved", ("a", "b", "c"))]
)
def test_foreign_arguments_are_refused(name, args):
    with pytest.raises(PickleVersionError, match=f"creates '{name}' with arguments"):
        restore(name, FORMAT, *args)


STATEFUL = ["TextCleaner", "KerasTokenizerTransformer", "NgramVectorizer", "KerasTextClassifier"]
STATEFUL += ["OneVsRestLogisticRegression", "WeightedVotingClassifier", "Vocabulary"]
STATEFUL += ["CountedWords", "TextNetwork", "NetworkSpec"]


@pytest.mark.parametrize("state", [None, 5, [1], "state", (1, 2), {1: 2}])
@pytest.mark.parametrize("name", STATEFUL)
def test_a_foreign_state_is_refused(name, state):
    restored = restore(name, FORMAT)
    if state == {1: 2} and hasattr(restored, "get_params"):
        return  # estimators of other versions may have other attributes
    with pytest.raises(PickleVersionError, match=f"state of {name} that skembed"):
        restored.__setstate__(state)


def test_what_was_learned_must_be_of_its_kind():
    with pytest.raises(PickleVersionError, match="state of NgramVectorizer that skembed"):
        restore("NgramVectorizer", FORMAT).__setstate__({"vocabulary_": True})


@pytest.mark.parametrize("path", sorted(DATA.glob("*.joblib")), ids=lambda path: path.stem)
# What the fixtures hold of scikit-learn is a Pipeline, a list of steps in all versions.
@pytest.mark.filterwarnings(
    f"ignore::{InconsistentVersionWarning.__module__}.InconsistentVersionWarning"
)
def test_pipelines_of_all_formats_predict(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    pipeline = joblib.load(path)
    assert pipeline.classes_.tolist() == expected["classes"]
    predicted = pipeline.predict_proba(expected["texts"])
    np.testing.assert_allclose(predicted, expected["probabilities"], atol=1e-5)
    assert pipeline[1].word_counts_["good"] == 12
    assert clone(pipeline).fit(["good", "poor"], [0, 1]).predict(["good"]).shape == (1,)


def test_every_format_has_a_pipeline():
    written = {path.stem for path in DATA.glob("*.joblib")}
    assert written == {f"pipeline-format-{number}" for number in range(1, FORMAT + 1)}


# Copies


@pytest.mark.parametrize("name", EVERYTHING)
def test_copies_are_alike(fitted, name):
    made = fitted[name]
    expected = made.predict_proba(TEXTS)
    by_cloudpickle = cloudpickle.loads(cloudpickle.dumps(made))
    for twin in (roundtrip(made), copy.copy(made), copy.deepcopy(made), by_cloudpickle):
        np.testing.assert_array_equal(twin.predict_proba(TEXTS), expected)
    assert repr(clone(roundtrip(made))) == repr(clone(made))
    assert joblib.hash(clone(roundtrip(made))) == joblib.hash(clone(made))


@pytest.mark.parametrize("again", [roundtrip, copy.copy, copy.deepcopy])
def test_a_class_of_a_user_stays_it(again):
    fitted = MyTokenizer().fit(TEXTS)
    twin = again(fitted)
    assert type(twin) is MyTokenizer
    assert twin.transform(TEXTS) == fitted.transform(TEXTS)
    assert (__name__, "MyTokenizer") in {(m, n) for m, n in globals_of(fitted)}


def test_protocols_are_alike(fitted):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        ids = pickle.loads(pickle.dumps(fitted["network"][:-1].transform(TEXTS), protocol))
        assert ids == fitted["network"][:-1].transform(TEXTS)


# skops

# What skops must be told to trust of ours that is not public, and why it cannot be less: the state
# of an estimator holds these objects.
OF_NETWORKS = {"NetworkSpec", "TextNetwork"}
INTERNAL = {
    "network": {"CountedWords", "Coverage", *OF_NETWORKS},
    "learned": {"CountedWords", *OF_NETWORKS},
    "hashed": {"HashBuckets", *OF_NETWORKS},
    "trained": {"CountedWords", "Coverage", *OF_NETWORKS},
    "pooled": {"CountedWords", "Coverage"},
    "function": {"CountedWords", "Named", *OF_NETWORKS},
    "warm_start": {"CountedWords", *OF_NETWORKS},
    "search": {"CountedWords", "CostScorer", *OF_NETWORKS},
    "linear": set(),
    "vote": {"ComplementNB", "TfidfTransformer"},
    "categories": set(),
    "columns": {"CountedWords"},
    "table": {"ComplementNB", "NamedColumns", "NumberBins", "TfidfTransformer"},
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_skops_stores_everything_and_trusts_little(fitted, name):
    io = pytest.importorskip("skops.io")
    stored = io.dumps(fitted[name])
    types = io.get_untrusted_types(data=stored)
    ours = {of.rpartition(".")[2] for of in types if of.startswith("skembed.")}
    assert ours - {*skembed.__all__, *skembed.networks.__all__} == INTERNAL[name]
    loaded = io.loads(stored, trusted=types)
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), fitted[name].predict_proba(TEXTS))


def test_skops_restores_what_only_training_needs(tmp_path):
    io = pytest.importorskip("skops.io")
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 2\nwork 3 4\npoor 5 6\nessay 7 8\nvery 0 1\n")
    made = of_words(PretrainedEmbeddingMatrix(str(path)), EmbeddingVectorizer())
    expected = made.fit_transform(TEXTS)
    stored = io.dumps(made)
    loaded = io.loads(stored, trusted=io.get_untrusted_types(data=stored))
    np.testing.assert_array_equal(loaded.transform(TEXTS), expected)
    assert Path(loaded[2].vectors).name == path.name
