"""Every example runs in its small setting, and the experiments return their rows."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from global_state import seeds_restored

from skembed import NaiveBayesScaler, NgramVectorizer

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
N_ROWS = {
    "imdb_average": 2,
    "kim_2014": 4,
    "movie_reviews_glove": 3,
    "movie_reviews_learned": 1,
    "movie_reviews_word2vec": 2,
    "newsgroups": 7,
    "streamed_reviews": 2,
    "ten_comments": 3,
}
RUN_ELSEWHERE = {
    "feedback_search": "test_readme",
    "card_search": "test_card",
    "cluster_search": "test_cluster",
    "optuna_search": "test_resumed_search",
}


@pytest.fixture(autouse=True)
def _examples_import_each_other(monkeypatch):
    """Imports search the folder of the examples first, as for a script."""
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture(autouse=True)
def _scripts_seed_and_draw():
    """What a script may do to its own process."""
    with seeds_restored():
        yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def run(name, *arguments):
    # Keras 3.15 itself draws this warning of NumPy 2, on JAX and PyTorch (November 2026).
    of_keras = "ignore:__array__ implementation:DeprecationWarning"
    return subprocess.run(
        [sys.executable, "-W", "error", "-W", of_keras, EXAMPLES / f"{name}.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def check(rows, n_rows):
    assert len(rows) == n_rows == len({row.experiment for row in rows})
    for row in rows:
        assert row.published
        assert len(row.scores) == 1
        assert 0 <= row.mean <= 1
        assert row.spread == 0
        assert row.seconds > 0


def test_every_script_is_run():
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert scripts - {"against_tfidf", "experiment", "search_pipeline", "text_networks"} == {
        *N_ROWS,
        *RUN_ELSEWHERE,
        "halving_search",
        "networks_in_the_vote",
        "text_beside_columns",
    }
    for script, test in RUN_ELSEWHERE.items():
        assert script in Path(__file__).with_name(f"{test}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", N_ROWS)
def test_the_small_setting(name, shared_data):
    check(import_module(name).main(full=False, data=shared_data), N_ROWS[name])


@pytest.mark.parametrize("name", sorted({*N_ROWS} - {"ten_comments"}))
def test_without_data_a_script_says_what_to_pass(name):
    with pytest.raises(SystemExit, match=r"Pass --data FOLDER, or set SKEMBED_DATA, with .* in"):
        import_module(name).main(full=name == "streamed_reviews", data=None)


def test_streamed_comments_need_no_data():
    check(import_module("streamed_reviews").main(full=False, data=None), 2)


def test_text_beside_columns(shared_data):
    study = import_module("text_beside_columns")
    for data, on in ((None, "posts"), (shared_data, "posts"), (shared_data, "sentences")):
        found = study.main(full=False, data=data, on=on)
        assert [*found.index] == [
            "texts: default",
            "texts: network",
            "other columns: boosted trees",
            "all: default",
            "all: one network",
            "all: stacking",
        ]
        assert found["accuracy"].between(0, 1).all()
        assert (found[["fit, s", "MB"]] > 0).all(axis=None)
        assert (found["spread"] == 0).all()


def test_against_tfidf_needs_no_data():
    study = import_module("against_tfidf")
    found = study.main(full=False, data=None)
    assert [x.model for x in found] == [x for x in study.MODELS if x not in study.WITH_VECTORS]
    for choice in found:
        assert choice.on == "comments"
        assert len(choice.accuracies) == 2
        assert all(0 <= accuracy <= 1 for accuracy in choice.accuracies)
        assert min(choice.fit_seconds, choice.single_milliseconds, choice.megabytes) > 0
        assert (choice.calibration_error is None) == (choice.model == "TF-IDF, linear SVM")
    assert max(choice.gain for choice in found[:2]) == 0
    assert study.table(found).splitlines()[1].split()[:2] == ["comments", "TF-IDF,"]


def test_against_tfidf_on_every_set(shared_data):
    study = import_module("against_tfidf")
    sets = [name for name in study.SETS if name != "comments"]
    found = study.main(full=False, data=shared_data, on=sets, models=["default with GloVe"])
    assert [(x.on, x.model) for x in found] == [
        (on, model) for on in sets for model in (*study.BASELINES, "default with GloVe")
    ]


def test_how_the_study_pairs_and_calibrates():
    study = import_module("against_tfidf")

    def fit(correct, confidence):
        return study.Fit(np.array(correct), np.array(confidence), 1.0, 1.0, 1.0, 1.0)

    rival = [fit([True, False], [1, 1]), fit([True, True], [1, 1])]
    better = [fit([True, True], [0.9, 0.9]), fit([True, True], [0.8, 0.6])]
    choice = study.make_choice("x", "y", [better, rival], rival)
    assert choice.accuracies == (1, 1, 0.5, 1)
    assert choice.gain == pytest.approx(0.125)  # the folds gain 1/4 and 0, over both seeds
    assert choice.gain_error == pytest.approx(0.125)
    assert choice.calibration_error == pytest.approx((0.2 + 0.25) / 2)
    one_test_set = study.make_choice("x", "y", [better[:1]], rival[:1])
    assert (one_test_set.gain, one_test_set.gain_error) == (0.5, 0.5)


def test_the_command_line_of_against_tfidf(monkeypatch):
    monkeypatch.delenv("SKEMBED_DATA", raising=False)
    script = run("against_tfidf", "--on", "comments", "--models", "only bayes")
    assert script.returncode == 0
    assert len(script.stdout.splitlines()) == 1 + 3
    without_data = run("against_tfidf", "--on", "trec")
    assert (
        "Pass --data FOLDER, or set SKEMBED_DATA, with sentences/TREC.train" in without_data.stderr
    )


def test_networks_in_the_vote_need_no_data():
    study = import_module("networks_in_the_vote")
    found = study.main(full=False, data=None).set_index("model")
    assert {*found.index} == {
        study.SVM,
        "default",
        *study.NETWORKS,
        *(f"default with {name}" for name in study.NETWORKS if name != study.OFFSETS),
    }
    assert found["accuracy"].str[:5].astype(float).between(0, 1).all()
    assert found.loc["default", "to default"] == found.loc[study.SVM, "difference"]


def test_networks_start_at_naive_bayes_and_at_the_default(feedback):
    study = import_module("networks_in_the_vote")
    texts, labels = feedback
    counts = NgramVectorizer().fit_transform(texts)
    ratios = study.naive_bayes_ratios(counts.sign(), np.asarray(labels), None)
    scale = NaiveBayesScaler().fit(counts, labels).scale_
    np.testing.assert_allclose(np.abs(ratios[:, 0] - ratios[:, 1]), scale)
    fitted = study.OffsetClassifier(epochs=1, random_state=0).fit(texts, labels)
    fitted.network_ = fitted._build(fitted.read_[-2].vocabulary_.n_ids)
    by_default = fitted.default_.predict_proba(texts)
    np.testing.assert_allclose(fitted.predict_proba(texts), by_default, rtol=1e-4, atol=1e-6)


def test_ten_comments_need_no_data(capsys):
    check(import_module("ten_comments").main(full=False, data=None), 1)
    assert capsys.readouterr().out.startswith("For the GloVe row, pass --data FOLDER")


def test_ten_comments_are_learned_by_heart():
    comments = import_module("ten_comments")
    fitted = comments.make_hashing_pipeline(seed=0, epochs=50)
    fitted.fit(comments.COMMENTS, comments.IS_POSITIVE)
    assert fitted.score(comments.COMMENTS, comments.IS_POSITIVE) >= 0.9


def test_the_command_line_prints_the_table(monkeypatch):
    monkeypatch.delenv("SKEMBED_DATA", raising=False)
    script = run("ten_comments")
    assert (script.returncode, script.stderr) == (0, "")
    *_, header, row = script.stdout.splitlines()
    assert header.split() == ["experiment", "published", "mean", "spread", "seeds", "seconds"]
    assert row.split()[-6:-4] == ["accuracy", ".90-1.00"]


def test_kim_on_another_set(shared_data):
    rows = import_module("kim_2014").main(full=False, data=shared_data, on="newsgroups")
    check(rows, 4)


def test_halving_trains_fewer_epochs():
    table = import_module("halving_search").main(full=False, data=None)
    assert table["epochs"].tolist() == [2 * (3 * 3 + 9), 2 * (3 * 3 + 6), 2 * 3 * 9]
    assert table["score"].gt(0.6).all()


def test_one_round_of_all_candidates_is_a_grid_search(feedback):
    halving = import_module("halving_search")
    texts, labels = feedback
    folds = [(np.arange(0, 80, 2), np.arange(1, 80, 2))]
    pipeline = import_module("search_pipeline").make_text_pipeline(full=False)
    given = (pipeline, {"pad__maxlen": [3, 9]}, folds)
    in_one_round = halving.halving_with_warm_start(*given, [(2, 3)], texts, labels)
    assert in_one_round == halving.grid_search(*given, 3, texts, labels)
    assert in_one_round[2] == 2 * 3


def test_imdb_draws_its_curves_and_exports_its_vectors(shared_data, tmp_path):
    pytest.importorskip("matplotlib")
    check(import_module("imdb_average").main(full=False, data=shared_data, out=tmp_path), 2)
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    n_words = len((tmp_path / "meta.tsv").read_text(encoding="utf-8").splitlines())
    assert n_words == len((tmp_path / "vecs.tsv").read_text(encoding="utf-8").splitlines()) > 1000
