"""KerasTextClassifier on tables: texts and numbers in one network."""

import pickle
from dataclasses import replace

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    EmbeddingMatrix,
    KerasTextClassifier,
    TokenSequences,
    TokenTable,
    Vocabulary,
    export_projector,
)
from skembed.errors import (
    ArchitectureError,
    IdRangeError,
    MixedColumnsError,
    NotSequencesError,
    RandomVectorsWarning,
    VectorSourceError,
    VocabularyMismatchError,
)
from skembed.networks import embed_ids, ignores_padding, probabilities
from skembed.networks.runtime.keras_import import keras
from skembed.networks.training import engines
from skembed.networks.training.keras_engine import KerasEngine

N, WORDS = 96, Vocabulary([f"word{i}" for i in range(29)])
QUICK = {
    "architecture": "average",
    "embedding_dim": 4,
    "epochs": 1,
    "batch_size": 32,
    "random_state": 0,
}


def text(longest, seed, vocabulary=None, n_words=30, shortest=1):
    random = np.random.RandomState(seed)
    lengths = random.randint(shortest, longest + 1, N)
    return TokenSequences.from_lists(
        [random.randint(1, n_words, n).tolist() for n in lengths], vocabulary
    )


def matrix(seed, dim=4):
    values = np.random.RandomState(seed).randn(30, dim).astype(np.float32)
    values[0] = 0
    return EmbeddingMatrix(values)


@pytest.fixture(scope="module")
def table():
    numbers = np.random.RandomState(5).randn(N, 2)
    texts = {
        "the title": text(5, 1, WORDS),
        "body": text(25, 2, WORDS),
        "kind": text(1, 3, None, 4),
    }
    return TokenTable(texts, numbers, ["price", "age"])


LABELS = np.arange(N) % 3


@pytest.fixture(scope="module")
def fitted(table):
    return KerasTextClassifier(**QUICK).fit(table, LABELS)


def in_frozen(table, name="body", seed=4):
    """The table with word vectors for one text."""
    texts = dict(table.texts)
    texts[name] = texts[name].with_embedding(matrix(seed))
    return TokenTable(texts, table.numbers, table.number_names)


# What it learns.


def test_only_all_columns_together_give_the_label_away():
    random = np.random.RandomState(0)
    bits = random.randint(0, 2, (600, 3))
    noise = [random.randint(3, 20, 6).tolist() for _ in bits]
    titles = TokenSequences.from_lists([[1 + bit] for bit in bits[:, 0]])
    bodies = TokenSequences.from_lists([[1 + b, *more] for b, more in zip(bits[:, 1], noise)])
    table = TokenTable({"title": titles, "body": bodies}, 2.0 * bits[:, 2:] - 1, ["price"])
    majority = (bits.sum(axis=1) >= 2).astype(int)

    def score(columns):
        classifier = KerasTextClassifier(
            architecture="average", embedding_dim=8, epochs=15, random_state=0, hidden_units=8
        ).set_params(optimizer__learning_rate=0.02)
        return classifier.fit(columns[:400], majority[:400]).score(columns[400:], majority[400:])

    assert score(table) > 0.97
    assert score(TokenTable(table.texts)) < 0.9
    assert score(TokenTable({"title": titles}, table.numbers)) < 0.9
    assert score(TokenTable({"body": bodies}, table.numbers)) < 0.9


# What stays as for one text.


def test_predictions_do_not_depend_on_padding_order_or_batches(fitted, table):
    probabilities = fitted.predict_proba(table)
    assert np.array_equal(fitted.predict_proba(table), probabilities)
    assert np.array_equal(fitted.predict_proba(table[::-1]), probabilities[::-1])
    np.testing.assert_allclose(fitted.predict_proba(table[[7]])[0], probabilities[7], atol=1e-6)
    padded = {name: sequences.padded(40) for name, sequences in table.texts.items()}
    others = TokenTable(dict(reversed(padded.items())), csr_array(table.numbers))
    np.testing.assert_allclose(fitted.predict_proba(others), probabilities, atol=1e-6)


def test_equal_fits_are_equal_to_the_last_bit(fitted, table):
    again = KerasTextClassifier(**QUICK).fit(table, LABELS)
    assert np.array_equal(again.predict_proba(table), fitted.predict_proba(table))
    assert joblib.hash(again) == joblib.hash(fitted)


def test_a_loaded_classifier_predicts_the_same(fitted, table):
    loaded = pickle.loads(pickle.dumps(fitted))
    assert loaded._network.n_parameters == fitted._network.n_parameters
    assert np.array_equal(loaded.predict_proba(table), fitted.predict_proba(table))


def test_given_vectors_are_stored_once(table):
    vectors = in_frozen(in_frozen(table), "the title", 6)
    settings = QUICK | {"embedding_dim": 300, "embedding_trainable": False, "hidden_units": 0}
    wide = {
        name: sequences if sequences.embedding is None else sequences.with_embedding(matrix(i, 300))
        for i, (name, sequences) in enumerate(vectors.texts.items())
    }
    classifier = KerasTextClassifier(**settings).fit(TokenTable(wide), LABELS)
    weights = {name: sequences.embedding for name, sequences in wide.items()}
    both = pickle.dumps((weights, classifier))
    assert len(both) < len(pickle.dumps(weights)) + 20_000
    loaded = pickle.loads(both)[1]
    for name in ("the title", "body"):
        assert np.array_equal(loaded.embedding_weights_[name], weights[name].values)
    assert np.array_equal(
        loaded.predict_proba(TokenTable(wide)), classifier.predict_proba(TokenTable(wide))
    )


def test_training_continues(table):
    settings = QUICK | {"early_stopping": True, "class_weight": "balanced"}
    classifier = KerasTextClassifier(**settings, warm_start=True).fit(table, LABELS)
    classifier = pickle.loads(pickle.dumps(classifier)).fit(table, LABELS)
    assert classifier.n_epochs_ == 2
    with pytest.raises(InvalidParameterError, match="text__body__hidden_units=3 has no effect"):
        classifier.set_params(text__body__hidden_units=3).fit(table, LABELS)
    streamed = KerasTextClassifier(**QUICK)
    for rows in (slice(0, 48), slice(48, None)):
        streamed.partial_fit(table[rows], LABELS[rows], classes=[0, 1, 2])
    assert streamed.n_epochs_ == 2


def test_validation_and_multilabel_targets_and_weights(table):
    labels = np.random.RandomState(0).randint(0, 2, (N, 3))
    classifier = KerasTextClassifier(**QUICK, optimizer="lazy_adam")
    classifier.fit(table, labels, sample_weight=np.arange(N), validation_data=(table, labels))
    assert classifier.predict(table).shape == labels.shape
    assert "val_loss" in classifier.history_
    other = TokenTable(table.texts | {"body": text(25, 2, Vocabulary(["other"]), 2)}, table.numbers)
    with pytest.raises(VocabularyMismatchError, match="Text 'body': These sequences"):
        classifier.fit(table, labels, validation_data=(other, labels))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"architecture": "cnn", "filters": 3},
        {"text__body__architecture": "lstm", "text__body__hidden_units": 3},
    ],
    ids=str,
)
def test_engines_agree(table, settings, monkeypatch):
    settings = QUICK | {"dropout": 0.0, "epochs": 2, "numbers_units": 3} | settings
    fast = KerasTextClassifier(**settings).fit(table, LABELS, validation_data=(table, LABELS))
    monkeypatch.setattr(engines, "ENGINES", [KerasEngine()])
    plain = KerasTextClassifier(**settings).fit(table, LABELS, validation_data=(table, LABELS))
    np.testing.assert_allclose(fast.predict_proba(table), plain.predict_proba(table), atol=1e-5)
    for name, values in plain.history_.items():
        np.testing.assert_allclose(fast.history_[name], values, atol=1e-5)


def test_a_search_over_settings_of_texts(table):
    grid = {"text__body__hidden_units": [0, 2], "text__body__architecture": [None, "average"]}
    search = GridSearchCV(KerasTextClassifier(**QUICK), grid, cv=2).fit(table, LABELS)
    sizes = [params["text__body__hidden_units"] for params in search.cv_results_["params"]]
    assert sorted(sizes) == [0, 0, 2, 2]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


# Settings of texts.


def layer_sizes(classifier):
    return {
        layer.name: layer.units for layer in classifier.model_.layers if hasattr(layer, "units")
    }


def test_general_settings_hold_unless_a_text_has_its_own(table):
    classifier = KerasTextClassifier(
        **QUICK | {"embedding_dim": 3}, hidden_units=5, numbers_units=2, text__body__hidden_units=7
    ).set_params(**{"text__the title__embedding_dim": 6})
    classifier.fit(table, LABELS)
    sizes = layer_sizes(classifier)
    assert sorted(sizes.values()) == [2, 3, 5, 7]  # of numbers, outputs, title and body
    assert not any(name.startswith("kind") for name in sizes)  # a category is its vector
    shapes = {name: vectors.shape for name, vectors in classifier.embedding_weights_.items()}
    assert shapes == {"the title": (30, 6), "body": (30, 3), "kind": (4, 3)}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"text__boby__filters": 3}, InvalidParameterError, "no such text. Its texts are 'the ti"),
        ({"text__body__epochs": 3}, InvalidParameterError, "no setting 'epochs'. It has"),
        ({"text__body__dropout": 2.0}, InvalidParameterError, "'text__body__dropout' parameter"),
        ({"text__body__architecture": len}, InvalidParameterError, "text__body__architecture"),
        ({"text__body__filters": 3}, ArchitectureError, "text 'body' is 'average', which has no"),
        ({"filters": 3}, ArchitectureError, "filters=3 has no effect: no text of the table"),
        ({"architecture__x": 3}, InvalidParameterError, "architecture__x=3 has no effect"),
        ({"architecture": "flatten"}, ArchitectureError, "Text 'the title': architecture='flat"),
        ({"unfreeze_after": 1, "epochs": 1}, InvalidParameterError, "no effect with epochs=1"),
    ],
    ids=str,
)
def test_a_setting_without_effect_is_refused(table, settings, error, message):
    with pytest.raises(error, match=message):
        KerasTextClassifier(**QUICK | settings).fit(table, LABELS)


def test_settings_of_tables_are_refused_elsewhere(table):
    body = table.texts["body"]
    with pytest.raises(InvalidParameterError, match="numbers_units=3 has no effect"):
        KerasTextClassifier(**QUICK, numbers_units=3).fit(body, LABELS)
    with pytest.raises(InvalidParameterError, match="the table has no numbers"):
        KerasTextClassifier(**QUICK, numbers_units=3).fit(TokenTable({"body": body}), LABELS)
    with pytest.raises(InvalidParameterError, match="one text, not a table"):
        KerasTextClassifier(**QUICK, text__body__dropout=0.1).fit(body, LABELS)


def test_texts_with_one_vocabulary_share_an_embedding(fitted, table):
    same, other = (
        [fitted.embedding_weights_[name] for name in names]
        for names in (("the title", "body"), ("kind", "body"))
    )
    assert np.array_equal(*same)
    assert len({vectors.shape for vectors in other}) == 2
    embeddings = [x for x in fitted.model_.layers if isinstance(x, keras.layers.Embedding)]
    assert len(embeddings) == 2
    copy = replace(table.texts["body"], vocabulary=Vocabulary(WORDS.words))
    apart = TokenTable(table.texts | {"body": copy}, table.numbers)  # equal, but not the same
    weights = KerasTextClassifier(**QUICK).fit(apart, LABELS).embedding_weights_
    assert not np.array_equal(weights["the title"], weights["body"])


def test_freezing_is_for_the_texts_with_vectors(table):
    vectors, settings = in_frozen(table), QUICK | {"embedding_dim": None, "epochs": 2}
    frozen = KerasTextClassifier(**settings, embedding_trainable=False).fit(vectors, LABELS)
    assert np.array_equal(frozen.embedding_weights_["body"], vectors.texts["body"].embedding.values)
    names = {layer.name: layer.trainable for layer in frozen.model_.layers}
    assert (names["body__embedding"], names["kind__embedding"]) == (False, True)
    later = KerasTextClassifier(**settings, unfreeze_after=1).fit(vectors, LABELS)
    assert not np.array_equal(
        later.embedding_weights_["body"], vectors.texts["body"].embedding.values
    )
    with pytest.warns(RandomVectorsWarning, match="of 'kind' are random and frozen"):
        KerasTextClassifier(**settings, text__kind__embedding_trainable=False).fit(vectors, LABELS)


# What is refused at prediction.


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.texts["body"], MixedColumnsError, "on a table with the texts 'the title', '"),
        (
            lambda t: TokenTable({"body": t.texts["body"]}, t.numbers),
            MixedColumnsError,
            "this table lacks 'the title', 'kind'",
        ),
        (
            lambda t: TokenTable(t.texts | {"more": t.texts["body"]}, t.numbers),
            MixedColumnsError,
            "this table has 'more' besides",
        ),
        (lambda t: TokenTable(t.texts), MixedColumnsError, r"2 columns of numbers \('price', 'a"),
        (
            lambda t: TokenTable(t.texts, t.numbers, ["age", "price"]),
            MixedColumnsError,
            "in the order 'age', 'price'",
        ),
        (
            lambda t: TokenTable(t.texts, t.numbers, ["price", "year"]),
            MixedColumnsError,
            "without 'age', and with 'year' besides",
        ),
        (
            lambda t: TokenTable(t.texts, np.where(np.eye(N, 2), np.nan, 1), t.number_names),
            NotSequencesError,
            "column 'price' of row 0 is nan",
        ),
        (
            lambda t: TokenTable(t.texts | {"kind": text(1, 3, None, 9)}, t.numbers),
            IdRangeError,
            "Text 'kind': Expected ids below 4",
        ),
        (
            lambda t: TokenTable(t.texts | {"body": text(3, 3, Vocabulary("ab"), 2)}, t.numbers),
            VocabularyMismatchError,
            "Text 'body': These sequences have another vocabulary",
        ),
    ],
)
def test_another_table_is_refused(fitted, table, change, error, message):
    with pytest.raises(error, match=message):
        fitted.predict(change(table))


def test_a_table_is_refused_after_a_fit_on_one_text(table):
    classifier = KerasTextClassifier(**QUICK).fit(table.texts["body"], LABELS)
    with pytest.raises(MixedColumnsError, match="fitted on one text, and these documents are a ta"):
        classifier.predict(table)


# Networks of a user.


@ignores_padding
def own_network(facts, *, units=2, names=None, order=1):
    inputs, features = [], []
    for part in facts.parts.values():
        ids = keras.Input((None,), dtype="int32", name=part.input_name)
        vectors, mask = embed_ids(ids, part)
        inputs.append(ids)
        features.append(keras.ops.sum(vectors * mask, axis=1))
    inputs.append(keras.Input((facts.n_numbers,), name=names or "numbers"))
    features.append(keras.layers.Dense(units)(inputs[-1]))
    x = keras.layers.Concatenate()(features)
    return keras.Model(inputs[::order], probabilities(x, facts))


def test_a_network_of_a_user(table):
    settings = QUICK | {"architecture": own_network}
    classifier = KerasTextClassifier(**settings, architecture__units=3).fit(table, LABELS)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_allclose(
        loaded.predict_proba(table), classifier.predict_proba(table), atol=1e-6
    )
    assert {*classifier.embedding_weights_} == {*table.texts}
    for wrong in ({"architecture__names": "digits"}, {"architecture__order": -1}):
        with pytest.raises(ArchitectureError, match="needs a list of the inputs"):
            KerasTextClassifier(**settings, **wrong).fit(table, LABELS)
    with pytest.raises(InvalidParameterError, match="text__body__hidden_units has no effect"):
        KerasTextClassifier(**settings, text__body__hidden_units=2).fit(table, LABELS)


def test_facts_of_a_text_that_are_not_read_are_refused(table):
    def ignores_body(facts):
        ids = [keras.Input((None,), dtype="int32", name=name) for name in facts.input_names[:-1]]
        numbers = keras.Input((facts.n_numbers,), name="numbers")
        return keras.Model([*ids, numbers], probabilities(numbers, facts))

    settings = QUICK | {"embedding_dim": None, "architecture": ignores_padding(ignores_body)}
    with pytest.raises(
        InvalidParameterError, match=r"does not use facts.parts\['body'\].embedding"
    ):
        KerasTextClassifier(**settings).fit(in_frozen(table), LABELS)


# What shows a network.


def test_vectors_of_one_text_are_asked_for(fitted, tmp_path):
    assert {*fitted.keyed_vectors_} == {"the title", "body"}  # the ids of the other have no words
    with pytest.raises(VectorSourceError, match=r"as classifier.keyed_vectors_\['the title'\]"):
        export_projector(fitted, tmp_path)
    export_projector(fitted.keyed_vectors_["body"], tmp_path)
