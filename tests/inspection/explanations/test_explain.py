"""Explanations of predictions: what contributions add up to, and where they stand."""

import warnings

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    NgramVectorizer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    WeightedVotingClassifier,
    make_text_classifier,
)
from skembed.datasets import load_feedback
from skembed.errors import DocumentsError, ExplanationError, ExplanationWarning
from skembed.inspection import Explanations, explain
from skembed.inspection.explanations import integrated_gradients as integration
from skembed.networks import ARCHITECTURES, embed_ids, ignores_padding, probabilities

TEXTS = ["A <b>good</b> essay &amp; very clear!", "bad, bad work", "zzz qqq", ""]


@pytest.fixture(scope="module")
def comments():
    """Texts, and three targets: two classes, four classes, several labels."""
    data = load_feedback()
    chosen = slice(None, None, 6)
    sentiment, topic = data.sentiment[chosen], data.topic[chosen]
    labels = np.stack([sentiment == "positive", *(topic == t for t in sorted({*topic}))], axis=1)
    return data.data[chosen], {"two": sentiment, "four": topic, "labels": labels.astype(int)}


@pytest.fixture(scope="module")
def vectors(comments):
    draw = np.random.default_rng(0)
    words = sorted({word for text in comments[0] for word in text.lower().split()})
    return {word: draw.normal(size=12) for word in [*words, "good", "bad"]}


def network(architecture="cnn", *before, **settings):
    settings = {"epochs": 2, "embedding_dim": 8, "optimizer__learning_rate": 0.02} | settings
    classifier = KerasTextClassifier(architecture=architecture, random_state=0, **settings)
    return make_pipeline(
        TextCleaner(strip_html=True), KerasTokenizerTransformer(), *before, classifier
    )


def log_scores(pipeline, texts, target):
    """The scores that are explained, from the probabilities of the pipeline."""
    p = pipeline.predict_proba(texts).astype(np.float64)
    if target == "labels":
        return np.log(p) - np.log1p(-p)
    logs = pipeline.predict_log_proba(texts)
    return logs - logs[:, ::-1] if logs.shape[1] == 2 else logs - logs.mean(axis=1, keepdims=True)


def check_sums(explanations, tolerance):
    for e in explanations:
        bound = tolerance * np.maximum(1, np.abs(e.scores - e.base))
        assert (np.abs(e.remainder) <= bound).all()
        assert (
            e.contributions.shape
            == (len(e.tokens), len(e.classes))
            == (len(e.offsets), len(e.base))
        )
        np.testing.assert_allclose(e.by_word().contributions.sum(0), e.contributions.sum(0))


def linear_pipelines(vectors):
    text = [TextCleaner(strip_html=True), KerasTokenizerTransformer()]
    pooled = {
        pooling: make_pipeline(
            *text,
            PadSequences(6),
            PretrainedEmbeddingMatrix(vectors),
            EmbeddingVectorizer(pooling),
            StandardScaler(),
            LogisticRegression(),
        )
        for pooling in ("mean", "max", "sum", "tfidf")
    }
    return pooled | {
        "default": make_text_classifier(random_state=0),
        "default with vectors": make_text_classifier(vectors, random_state=0),
        "tfidf": make_pipeline(TfidfVectorizer(ngram_range=(1, 3)), LogisticRegression()),
        "bayes": make_pipeline(CountVectorizer(stop_words="english"), MultinomialNB()),
        "lsa": make_pipeline(
            TfidfVectorizer(), TruncatedSVD(5, random_state=0), LogisticRegression()
        ),
        "pairs only": make_pipeline(NgramVectorizer(ngram_range=(2, 2)), LogisticRegression()),
    }


@pytest.mark.parametrize("target", ["two", "four"])
@pytest.mark.parametrize("name", [*linear_pipelines({})])
@pytest.mark.filterwarnings("ignore:.*tokens have a vector")
def test_linear_models_are_explained_exactly(comments, vectors, name, target):
    texts, targets = comments
    pipeline = linear_pipelines(vectors)[name].fit(texts, targets[target])
    asked = [*texts[:5], *TEXTS]
    explanations = explain(pipeline, asked, classes="all")
    check_sums(explanations, 1e-4)
    scores = np.array([e.scores for e in explanations])
    np.testing.assert_allclose(scores, log_scores(pipeline, asked, target), atol=1e-5)
    assert {e.method for e in explanations} == {"exact"}
    # The base is the score of a document without words.
    np.testing.assert_allclose(explanations[0].base, scores[-1], atol=1e-6)
    assert all((e.offsets >= 0).all() for e in explanations)


def test_several_labels_per_document(comments):
    texts, targets = comments
    always = np.column_stack([targets["labels"], np.ones(len(texts), int)])
    pipeline = make_text_classifier(random_state=0).fit(texts, always)
    explanations = explain(pipeline, TEXTS, classes="all")
    check_sums(explanations, 1e-6)
    scores = np.array([e.scores for e in explanations])
    np.testing.assert_allclose(
        scores[:, :-1], log_scores(pipeline, TEXTS, "labels")[:, :-1], atol=1e-6
    )
    assert explanations[0].contributions[:, -1].tolist() == [0] * len(explanations[0].tokens)
    assert explanations[0].opposites[0] == "not 0"
    (most_probable,) = explain(pipeline, TEXTS[:1])
    assert most_probable.classes.tolist() == [5]


def test_the_floor_of_the_vote_is_explained_too():
    """Probabilities far below the smallest that a vote takes into account."""
    texts = ["good " * 9, "poor " * 9, "dull " * 9]
    parts = [("bayes", MultinomialNB(alpha=1e-9)), ("linear", LogisticRegression(C=1e6, tol=1e-2))]
    for labels in ([0, 1, 1], [0, 1, 2]):
        vote = WeightedVotingClassifier(parts, random_state=0)
        pipeline = make_pipeline(CountVectorizer(), vote).fit(texts, labels)
        explanations = explain(pipeline, texts, classes="all")
        check_sums(explanations, 1e-2)
        target = "two" if max(labels) == 1 else "four"
        scores = np.array([e.scores for e in explanations])
        np.testing.assert_allclose(scores, log_scores(pipeline, texts, target), atol=1e-6)


OF_SEVERAL = ("average", "cnn", "flatten", "gru")


@pytest.mark.parametrize(
    ("architecture", "target"),
    [
        *((architecture, "two") for architecture in ARCHITECTURES),
        *((architecture, target) for architecture in OF_SEVERAL for target in ("four", "labels")),
    ],
)
def test_contributions_of_networks_add_up(comments, architecture, target):
    texts, targets = comments
    before = [PadSequences(12)] if "flatten" in architecture else []
    pipeline = network(architecture, *before).fit(texts, targets[target])
    explanations = explain(pipeline, [*texts[:3], *TEXTS], classes="all")
    check_sums(explanations, integration.TOLERANCE)
    scores, expected = (
        np.array([e.scores for e in explanations]),
        log_scores(pipeline, [*texts[:3], *TEXTS], target),
    )
    comparable = np.isfinite(expected) & (np.abs(expected) < 8)  # float32 is exact enough
    np.testing.assert_allclose(scores[comparable], expected[comparable], atol=2e-2)
    assert comparable.any()
    assert {e.method for e in explanations} == {"integrated gradients"}
    (by_default,) = explain(pipeline, texts[:1])
    if target == "two":
        assert by_default.classes.tolist() == ["positive"]
    else:
        best = pipeline.predict_proba(texts[:1]).argmax()
        assert by_default.classes.tolist() == [pipeline.classes_[best]]


@pytest.mark.parametrize("settings", [{}, {"hidden_units": 6}, {"kernel_size": (1, 2)}])
@pytest.mark.parametrize("architecture", ["cnn", "multichannel_cnn"])
def test_exact_integral_equals_the_numerical_one(comments, monkeypatch, architecture, settings):
    from skembed.networks.window_maxima import MaxOverTime

    texts, targets = comments
    pipeline = network(architecture, **settings).fit(texts, targets["four"])
    # Of equal windows, the exact integral takes the first, and backends take them in part.
    cleaned = pipeline[0].transform(texts[:6])
    asked = [" ".join(dict.fromkeys(text.split())) for text in cleaned] + [""]
    exact = explain(pipeline, asked, classes="all")
    check_sums(exact, 1e-5)
    monkeypatch.setattr(MaxOverTime, "supports", lambda spec: False)
    monkeypatch.setattr(integration, "TOLERANCE", 1e-3)
    numerical = explain(pipeline, asked, classes="all")
    for one, other in zip(exact, numerical):
        np.testing.assert_allclose(one.contributions, other.contributions, atol=5e-3)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
        np.testing.assert_allclose(one.base, other.base, atol=1e-5)


def test_a_linear_network_agrees_with_occlusion(comments):
    """Without a hidden layer, a sum of vectors loses exactly what a word contributed."""

    @ignores_padding
    def summed(facts):
        ids = keras.Input((None,), dtype="int32")
        vectors, _ = embed_ids(ids, facts)
        total = keras.ops.sum(vectors, axis=1)
        return keras.Model(ids, probabilities(total, facts))

    texts, targets = comments
    pipeline = network(summed).fit(texts, targets["two"])
    text = "good work but bad order"
    (gradients,) = explain(pipeline, [text])
    (left_out,) = explain(pipeline, [text], method="occlusion")
    assert left_out.method == "occlusion"
    assert gradients.tokens.tolist() == left_out.tokens.tolist()
    np.testing.assert_allclose(gradients.contributions, left_out.contributions, atol=1e-3)


def masked(facts):
    return keras.Sequential(
        [
            keras.Input((facts.length,), dtype="int32"),
            layers.Embedding(facts.n_ids, 8, mask_zero=True),
            layers.LSTM(6),
            layers.Dense(2),
            layers.Activation("softmax"),
        ]
    )


def without_embedding(facts):
    ids = keras.Input((facts.length,), dtype="int32")
    return keras.Model(ids, probabilities(keras.ops.cast(ids, "float32") / 100, facts))


def test_networks_of_users(comments):
    texts, targets = comments
    pipeline = network(masked, PadSequences(10), embedding_dim=None)
    pipeline.fit(texts, targets["two"])
    explanations = explain(pipeline, texts[:4])
    check_sums(explanations, integration.TOLERANCE)
    expected = log_scores(pipeline, texts[:4], "two")[:, 1]
    np.testing.assert_allclose([e.scores[0] for e in explanations], expected, atol=1e-3)

    pipeline = network(without_embedding, PadSequences(10), embedding_dim=None)
    pipeline.fit(texts, targets["two"])
    with pytest.raises(ExplanationError, match=r"keras.layers.Embedding.*method='occlusion'"):
        explain(pipeline, texts[:1])
    assert len(explain(pipeline, texts[:1], method="occlusion")[0].tokens) > 0


def test_explaining_leaves_the_network_as_it_was(comments):
    texts, targets = comments
    pipeline = network("stacked_cnn").fit(texts, targets["two"])
    before = pipeline.predict_proba(texts[:9])
    explain(pipeline, texts[:9])
    np.testing.assert_array_equal(pipeline.predict_proba(texts[:9]), before)
    model = pipeline[-1].model_
    assert model.layers[-1].activation is keras.activations.sigmoid
    assert all("call" not in vars(layer) for layer in model.layers)


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("architecture", ["flatten", "average"])
def test_truncated_and_unknown_words_contribute_nothing(
    comments, padding, truncating, architecture
):
    texts, targets = comments
    pad = PadSequences(4, padding=padding, truncating=truncating)
    pipeline = network(architecture, pad)
    pipeline[1].oov_token = None
    pipeline.fit(texts, targets["two"])
    words = ["the", "qqq", "work", "is", "very", "good", "zzz", "order"]
    (explanation,) = explain(pipeline, [" ".join(words)])
    assert explanation.tokens.tolist() == words
    known = [i for i, word in enumerate(words) if word not in ("qqq", "zzz")]
    kept = known[-4:] if truncating == "pre" else known[:4]
    assert np.flatnonzero(explanation.contributions[:, 0]).tolist() == kept
    (short,) = explain(pipeline, ["good qqq order"])
    assert np.flatnonzero(short.contributions[:, 0]).tolist() == [0, 2]


def test_padding_that_is_a_word_belongs_to_the_base(comments):
    texts, targets = comments
    pipeline = network("flatten", PadSequences(9, value=1)).fit(texts, targets["two"])
    explanations = explain(pipeline, ["good order", ""])
    check_sums(explanations, integration.TOLERANCE)
    assert explanations[1].base == pytest.approx(explanations[1].scores)


def test_hashed_ids_frozen_vectors_and_lists_of_tokens(comments, vectors):
    texts, targets = comments
    classifier = KerasTextClassifier(epochs=2, embedding_trainable=False, random_state=0)
    hashed = make_pipeline(
        HashingTokenizerTransformer(300), KerasTextClassifier(epochs=2, random_state=0)
    )
    frozen = make_pipeline(
        KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(vectors), classifier
    )
    tokens = [text.lower().split() for text in texts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hashed.fit(texts, targets["two"])
        frozen.fit(tokens, targets["two"])
    check_sums(explain(hashed, texts[:4]), integration.TOLERANCE)
    explanations = explain(frozen, [["good", "c'est bad"], []])
    check_sums(explanations, integration.TOLERANCE)
    assert explanations[0].text == "good c'est bad"
    assert explanations[0].offsets.tolist() == [[0, 4], [5, 14]]
    assert len(explanations[1].tokens) == 0


def test_offsets_are_those_of_the_raw_text(comments):
    texts, targets = comments
    cleaner = TextCleaner(strip_html=True, strip_accents=True, stop_words="english")
    pipeline = network("average")
    pipeline.steps[0] = ("textcleaner", cleaner)
    pipeline.fit(texts, targets["two"])
    raw = "<p class='good'>The GOOD caf&eacute;, été 😀 &amp; the good</p>"
    (explanation,) = explain(pipeline, [raw])
    assert [raw[a:b] for a, b in explanation.offsets] == [
        "GOOD",
        "caf&eacute;",
        "été",
        "😀",
        "good",
    ]


def test_an_ngram_is_shared_by_its_words():
    texts = ["not good", "good", "not bad", "bad"]
    pipeline = make_text_classifier(random_state=0).fit(texts, ["no", "yes", "yes", "no"])
    (explanation,) = explain(pipeline, ["not good not"])
    assert explanation.tokens.tolist() == ["not", "not good", "good", "not"]
    by_word = explanation.by_word()
    assert by_word.tokens.tolist() == ["not", "good", "not"]
    alone, pair, good, again = explanation.contributions[:, 0]
    assert alone == again  # of equal terms, each has the same part
    assert by_word.contributions[:, 0].tolist() == [alone + pair / 2, good + pair / 2, again]


def test_searches_nested_pipelines_and_single_classes(comments):
    texts, targets = comments
    inner = Pipeline([("count", CountVectorizer()), ("nothing", "passthrough")])
    pipeline = make_pipeline(inner, LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [1, 10]}, cv=2)
    search.fit(texts, targets["four"])
    (one,) = explain(search, texts[:1], classes="effort")
    (two,) = explain(search, texts[:1], classes=["structure", "effort"])
    assert one.classes.tolist() == ["effort"]
    np.testing.assert_allclose(two.contributions[:, 1], one.contributions[:, 0])


def test_scores_without_probabilities(comments):
    texts, targets = comments
    pipeline = make_pipeline(CountVectorizer(), LinearSVC()).fit(texts, targets["two"])
    (explanation,) = explain(pipeline, texts[:1])
    assert explanation.scores[0] == pytest.approx(pipeline.decision_function(texts[:1])[0])
    check_sums([explanation], 1e-9)
    with pytest.raises(ExplanationError, match="no predict_proba"):
        explain(pipeline, texts[:1], method="occlusion")


def test_wrong_input(comments):
    texts, targets = comments
    pipeline = make_text_classifier(random_state=0)
    with pytest.raises(NotFittedError):
        explain(pipeline, texts)
    pipeline.fit(texts, targets["two"])
    with pytest.raises(DocumentsError, match=r"pass \[text\]"):
        explain(pipeline, "one text")
    with pytest.raises(InvalidParameterError, match=r"'classes' parameter.*'negative', 'positive'"):
        explain(pipeline, texts, classes="neutral")
    with pytest.raises(InvalidParameterError, match="'method' parameter"):
        explain(pipeline, texts, method="shap")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([CountVectorizer(analyzer="char"), LogisticRegression()], "sequences of characters"),
        ([HashingVectorizer(), LogisticRegression()], "HashingVectorizer"),
        ([CountVectorizer(), RandomForestClassifier(3)], "RandomForestClassifier is not a linear"),
        (
            [KerasTokenizerTransformer(), PadSequences(5), LogisticRegression()],
            "EmbeddingVectorizer",
        ),
        (
            [TfidfVectorizer(), TruncatedSVD(3), Normalizer(), LogisticRegression()],
            "Normalizer is not linear",
        ),
        (
            [
                KerasTokenizerTransformer(),
                FunctionTransformer(),
                KerasTextClassifier(architecture="average", epochs=1),
            ],
            "FunctionTransformer between",
        ),
    ],
)
def test_what_cannot_be_explained_names_the_remedy(comments, steps, message):
    texts, targets = comments
    pipeline = make_pipeline(*steps).fit(texts, targets["two"])
    with pytest.raises(ExplanationError, match=rf"{message}(.|\n)*method='occlusion'"):
        explain(pipeline, texts[:2])
    check_sums(explain(pipeline, texts[:1], method="occlusion"), np.inf)


def test_a_network_within_a_vote(comments):
    texts, targets = comments
    pipeline = WeightedVotingClassifier([("network", network("average"))], cv=2, random_state=0)
    pipeline.fit(texts, targets["two"])
    with pytest.raises(ExplanationError, match=r"within a vote.*method='occlusion'"):
        explain(pipeline, texts[:1])


@pytest.mark.filterwarnings("ignore:.*tokens have a vector")
def test_pipelines_that_pass_on_data_frames(comments, vectors):
    texts, targets = comments
    pipeline = linear_pipelines(vectors)["mean"].set_output(transform="pandas")
    pipeline.fit(texts, targets["two"])
    check_sums(explain(pipeline, texts[:3]), 1e-4)


def test_inexact_integrals_are_reported(comments, monkeypatch):
    texts, targets = comments
    pipeline = network("gru").fit(texts, targets["two"])
    monkeypatch.setattr(integration, "_ROUNDS", 0)
    monkeypatch.setattr(integration, "TOLERANCE", 1e-9)
    with pytest.warns(ExplanationWarning, match="5 of 5 documents, such as document 0"):
        explain(pipeline, texts[:5])


def test_a_sequence_of_explanations(comments):
    texts, targets = comments
    pipeline = make_text_classifier(random_state=0).fit(texts, targets["two"])
    explanations = explain(pipeline, texts[:3])
    assert isinstance(explanations[:2], Explanations)
    assert len(explanations[:2]) == 2
    frame = explanations.to_frame()
    assert [*frame.columns] == ["document", "token", "start", "end", "for positive"]
    assert frame["document"].unique().tolist() == [0, 1, 2]
    last = frame[frame["document"] == 2]
    np.testing.assert_array_equal(last["for positive"], explanations[2].contributions[:, 0])
    assert repr(explanations) == "<Explanations of 3 documents>"
    assert repr(explanations[0]).startswith("<Explanation of ")
