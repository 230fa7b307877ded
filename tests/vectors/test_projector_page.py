"""The page of word vectors: what it holds, computed again in another way."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from gensim.models import KeyedVectors
from scipy.stats import chi2_contingency
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    export_projector,
)
from skembed.errors import NotSequencesError, NoVectorsFoundError, TargetError
from skembed.vectors.projector_page.class_leaning import CLEAR
from skembed.vectors.projector_page.page import N_NEIGHBORS, SCRIPTS

HOSTILE = [
    "</script><script>document.title = 'injected'</script>",
    "<!--",
    "<img src=x onerror=\"document.title = 'injected'\">",
    "${document.title = 'injected'}",
    "$style &amp; \u2028\u2029'\"\\`",
    "]]>",
    "",
    " ",
    "tab\tand\nline",
    "\ud800",
    "ﷺ日本🙂",
]


def random_vectors(words, size=8, seed=0):
    return dict(zip(words, np.random.RandomState(seed).normal(size=(len(words), size))))


class Parts(HTMLParser):
    """The elements of a page, with their attributes and texts."""

    def __init__(self, path):
        super().__init__()
        self.found, self.is_inside = [], False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])
        self.is_inside = True

    def handle_endtag(self, tag):
        self.is_inside = False

    def handle_data(self, data):
        if self.is_inside:
            self.found[-1][2] += data

    def of(self, tag):
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


def data_of(path):
    """Return the data of a page, with arrays unpacked."""
    (text,) = [text for attributes, text in Parts(path).of("script") if "id" in attributes]
    data = json.loads(text)
    kinds = {"neighbors": "<i4", "counts": "<i4", "leaning": "<i4"}
    for name in ("points", "neighbors", "cosines", "counts", "leaning", "logOdds", "z"):
        if name in data:
            data[name] = np.frombuffer(base64.b64decode(data[name]), kinds.get(name, "<f4"))
    data["points"] = data["points"].reshape(-1, 3)
    for name in ("neighbors", "cosines"):
        data[name] = data[name].reshape(-1, N_NEIGHBORS)
    return data


@pytest.fixture
def export(tmp_path):
    def run(source, **settings):
        return data_of(export_projector(source, tmp_path, html=True, **settings))

    return run


def test_one_file_in_a_new_folder(tmp_path):
    page = export_projector({"a": [1.0, 2.0]}, tmp_path / "new" / "folder", html=True)
    assert [*(tmp_path / "new" / "folder").iterdir()] == [page]


def test_equal_words_make_equal_files(tmp_path):
    vectors = random_vectors("abcdef")
    pages = [export_projector(vectors, tmp_path / name, html=True) for name in "ab"]
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_neighbours_are_those_of_largest_cosine(size, export):
    vectors = random_vectors([f"w{i}" for i in range(60)], size)
    values = np.array([*vectors.values()])
    data = export(vectors)
    units = values / np.linalg.norm(values, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -2)
    assert data["words"] == [*vectors]
    assert np.allclose(data["cosines"], -np.sort(-cosines)[:, :N_NEIGHBORS], atol=1e-5)
    found = np.take_along_axis(cosines, data["neighbors"], axis=1)
    assert np.allclose(found, data["cosines"], atol=1e-5)
    if size == 50:
        assert np.array_equal(data["neighbors"], np.argsort(-cosines)[:, :N_NEIGHBORS])


def test_vectors_of_zeros_have_no_neighbours(export):
    data = export(
        {"no": [0, 0], "up": [0, 1], "nil": [0, 0], "down": [0, -2], "side": [1e30, 5e29]}
    )
    rows = {word: row[row >= 0].tolist() for word, row in zip(data["words"], data["neighbors"])}
    assert rows == {"no": [], "nil": [], "up": [4, 3], "down": [4, 1], "side": [1, 3]}
    assert np.isfinite(data["points"]).all()


@pytest.mark.parametrize("n_words", [1, 2])
def test_few_words(n_words, export):
    data = export(random_vectors("ab"[:n_words]))
    assert (data["neighbors"] >= 0).sum() == (0 if n_words == 1 else 2)
    assert np.isfinite(data["points"]).all()
    assert np.isfinite(data["shares"]).all()


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_points_are_principal_components_of_directions(size, export):
    vectors = random_vectors([f"w{i}" for i in range(60)], size)
    values = np.array([*vectors.values()])
    values[:, 0] *= 3
    data = export(dict(zip(vectors, values)))
    units = values / np.linalg.norm(values, axis=1, keepdims=True)
    pca = PCA(min(size, 3)).fit(units)
    expected = np.zeros((60, 3))
    expected[:, : min(size, 3)] = pca.transform(units)
    expected /= np.linalg.norm(expected, axis=1).max()
    signs = np.sign((expected * data["points"]).sum(axis=0))
    assert np.allclose(expected * signs, data["points"], atol=1e-5)
    assert np.allclose(data["shares"][: min(size, 3)], pca.explained_variance_ratio_, atol=1e-5)


def test_pages_say_how_many_words_they_leave_out(export):
    vectors = random_vectors([f"w{i}" for i in range(30)])
    data = export(vectors, max_words=20)
    assert data["words"] == [*vectors][:20]
    assert data["available"] == 30
    assert data["neighbors"].max() < 20


def test_number_of_words_without_max_words(tmp_path, monkeypatch):
    monkeypatch.setattr("skembed.vectors.projector.MAX_WORDS_ON_PAGE", 5)
    vectors = random_vectors("abcdefgh")
    assert data_of(export_projector(vectors, tmp_path, html=True))["words"] == [*"abcde"]
    assert export_projector(vectors, tmp_path)[1].read_text().split() == [*"abcdefgh"]


def test_max_words_of_the_projectors_files(tmp_path):
    vecs, meta = export_projector(random_vectors("abc"), tmp_path, max_words=2)
    assert meta.read_text().split() == ["a", "b"]
    assert len(vecs.read_text().splitlines()) == 2


DOCUMENTS = ["good good fine film", "good fine day", "a poor film", "poor poor plot", "a film"] * 9
LABELS = np.array(["pos", "pos", "neg", "neg", "mixed"] * 9)
WORDS = ["never", "plot", "film", "good", "poor", "fine"]


@pytest.fixture
def pipeline():
    steps = [
        ("clean", TextCleaner()),
        ("tokenize", KerasTokenizerTransformer()),
        ("embed", PretrainedEmbeddingMatrix(random_vectors(WORDS))),
    ]
    return Pipeline(steps).fit(DOCUMENTS)


def counts_of(words, chosen):
    return np.array([sum(text.split().count(word) for text in chosen) for word in words])


def test_the_most_frequent_words_of_documents(pipeline, export):
    data = export(pipeline, documents=DOCUMENTS, max_words=4)
    assert sorted(data["words"]) == ["film", "fine", "good", "poor"]
    assert data["counts"].tolist() == counts_of(data["words"], DOCUMENTS).tolist()
    assert data["counts"].tolist() == sorted(data["counts"], reverse=True)
    assert "leaning" not in data


@pytest.mark.parametrize("form", ["pipeline", "sequences", "padded"])
@pytest.mark.parametrize("labels", ["classes", "indicators"])
def test_leaning_is_the_class_of_the_largest_log_odds_ratio(form, labels, pipeline, export):
    source, documents = pipeline, DOCUMENTS
    if form != "pipeline":
        source = random_vectors(WORDS)
        documents = pipeline[:-1].transform(DOCUMENTS)
    if form == "padded":
        documents = documents.padded(7)
    classes = np.unique(LABELS)
    y = LABELS if labels == "classes" else (LABELS[:, None] == classes).astype(int)
    data = export(source, documents=documents, y=y)
    words = data["words"]
    assert data["classes"] == [*classes] if labels == "classes" else ["0", "1", "2"]
    texts = np.array(DOCUMENTS)
    ratios, zs = [], []
    for name in classes:
        inside = counts_of(words, texts[name == LABELS])
        outside = counts_of(words, texts[name != LABELS])
        table = np.array([[inside, inside.sum() - inside], [outside, outside.sum() - outside]])
        smooth = table + 0.5
        ratios.append(np.log(smooth[0, 0] * smooth[1, 1] / smooth[0, 1] / smooth[1, 0]))
        tests = [
            chi2_contingency(table[..., word], correction=False, lambda_="log-likelihood").statistic
            if table[:, 0, word].any()
            else 0
            for word in range(len(words))
        ]
        zs.append(np.sign(ratios[-1]) * np.sqrt(tests))
    best = np.argmax(zs, axis=0)
    rows = np.arange(len(words))
    assert np.allclose(data["z"], np.array(zs)[best, rows], atol=1e-4)
    assert np.allclose(data["logOdds"], np.array(ratios)[best, rows], atol=1e-5)
    clear = data["z"] > CLEAR
    assert data["leaning"].tolist() == np.where(clear, best, -1).tolist()
    leans = {word: data["leaning"][row] for row, word in enumerate(words)}
    assert (leans["good"], leans["poor"]) == (2, 1)
    assert leans.get("never", -1) == -1


def test_words_cannot_become_markup(tmp_path):
    plain = export_projector(random_vectors("abc"), tmp_path / "plain", html=True)
    hostile = export_projector(random_vectors(HOSTILE), tmp_path / "hostile", html=True)
    assert data_of(hostile)["words"] == HOSTILE
    tags = [[tag for tag, _, _ in Parts(path).found] for path in (plain, hostile)]
    assert tags[0] == tags[1]


def test_class_names_cannot_become_markup(pipeline, tmp_path):
    y = np.where(LABELS == "pos", HOSTILE[0], HOSTILE[1])
    page = export_projector(pipeline, tmp_path, html=True, documents=DOCUMENTS, y=y)
    assert data_of(page)["classes"] == sorted(HOSTILE[:2])
    assert len(Parts(page).of("script")) == 2


def test_nothing_is_loaded_and_no_other_script_runs(tmp_path):
    parts = Parts(export_projector(random_vectors("abc"), tmp_path, html=True))
    for _, attributes, _ in parts.found:
        links = [attributes[name] for name in ("src", "href") if name in attributes]
        assert links in ([], ["data:,"])
    (style,) = [text for _, text in parts.of("style")]
    (script,) = [text for attributes, text in parts.of("script") if "id" not in attributes]
    assert not re.search(r"url\(|@import|import\s*\(|fetch\(|https?:", style + script)
    (policy,) = [a["content"] for a, _ in parts.of("meta") if "http-equiv" in a]
    assert policy.startswith("default-src 'none'; ")
    for kind, text in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_every_script_is_on_the_page():
    from importlib.resources import files

    folder = files("skembed.vectors.projector_page") / "browser"
    assert {path.name for path in folder.iterdir()} == {*SCRIPTS, "page.html", "page.css"}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"y": LABELS, "html": True}, InvalidParameterError, "documents=None: pass the documents"),
        ({"documents": DOCUMENTS}, InvalidParameterError, "set html=True"),
        ({"documents": DOCUMENTS, "y": LABELS[1:], "html": True}, TargetError, "45 documents and"),
        ({"max_words": 0}, InvalidParameterError, "max_words"),
        ({"max_words": 2.5, "html": True}, InvalidParameterError, "max_words"),
        ({"html": "yes"}, InvalidParameterError, "html"),
    ],
)
def test_what_cannot_be_exported_is_refused(settings, error, message, pipeline, tmp_path):
    with pytest.raises(error, match=message):
        export_projector(pipeline, tmp_path / "page", **settings)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "documents",
    [DOCUMENTS, [["a", "b"]], HashingTokenizerTransformer(9).fit_transform(DOCUMENTS)],
    ids=["texts", "lists", "hashed"],
)
def test_documents_need_their_vocabulary(documents, tmp_path):
    with pytest.raises(NotSequencesError, match="pass the fitted pipeline"):
        export_projector(random_vectors("ab"), tmp_path / "page", html=True, documents=documents)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("html", [True, False])
def test_vectors_without_words_are_refused(html, tmp_path):
    with pytest.raises(NoVectorsFoundError, match="at least one word"):
        export_projector(KeyedVectors(3), tmp_path / "page", html=html)
    assert [*tmp_path.iterdir()] == []
