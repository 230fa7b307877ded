"""The weights of a vote minimize the stated loss, also where data are few or odd."""

import warnings

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import InvalidParameterError

from skembed import NaiveBayesScaler, OneVsRestLogisticRegression, WeightedVotingClassifier
from skembed.errors import TargetError
from skembed.targets import check_target
from skembed.voting.folds import make_folds
from skembed.voting.parts import fit_part, score_fold
from skembed.voting.weights import Evaluation

X, CODES = make_classification(
    90, 6, n_informative=4, n_classes=3, n_clusters_per_class=1, flip_y=0.2, random_state=0
)
X = abs(X)
Y = np.array(["ham", "news", "spam"])[CODES]
LABELS = make_multilabel_classification(90, 6, n_classes=3, random_state=0)[1]
WEIGHTS = np.random.default_rng(0).integers(0, 4, 90)


def parts():
    return [("bayes", GaussianNB()), ("linear", OneVsRestLogisticRegression(C=0.1))]


def vote(some=None, **params):
    return WeightedVotingClassifier(some or parts(), **{"random_state": 0, **params})


def unseen_probabilities(part):
    """Probabilities of each document by a part that was not fitted on it."""
    folds = make_folds(check_target(Y, len(Y)), 5, 0)
    return cross_val_predict(part, X, CODES, cv=folds, method="predict_proba")


@pytest.mark.parametrize("prior", [0, 1, 100.0])
def test_no_other_weights_have_a_smaller_loss(prior):
    unseen = [unseen_probabilities(part).clip(1e-7) for _, part in parts()]

    def stated_loss(*weights):
        product = unseen[0] ** weights[0] * unseen[1] ** weights[1]
        of_truth = product[np.arange(90), CODES] / product.sum(axis=1)
        return -np.log(of_truth).sum() + prior / 2 * sum((np.array(weights) - 0.5) ** 2)

    first, second = vote(prior=prior).fit(X, Y).weights_.values()
    grid = [0, *np.linspace(0, 2, 9), *np.linspace(-0.02, 0.02, 5) + first]
    others = [0, *np.linspace(0, 2, 9), *np.linspace(-0.02, 0.02, 5) + second]
    least = min(stated_loss(a, b) for a in grid for b in others if min(a, b) >= 0)
    assert stated_loss(first, second) == pytest.approx(least, abs=1e-4)


def test_a_strong_prior_makes_weights_equal():
    assert [*vote(prior=1e9).fit(X, Y).weights_.values()] == pytest.approx([0.5, 0.5], abs=1e-4)


def evaluation_of(y, sample_weight=None, n_folds=3):
    target = check_target(y, len(y))
    folds = make_folds(target, n_folds, 0)
    scores = [
        score_fold(part, X[: len(y)], target.codes, None, *fold, len(target.classes))
        for fold in folds
        for _, part in parts()
    ]
    return Evaluation.of(folds, scores, target, sample_weight)


@pytest.mark.parametrize("y", [Y, Y == "ham", LABELS], ids=["three", "two", "multilabel"])
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["equal", "weighted"])
def test_gradient(y, sample_weight):
    evaluation = evaluation_of(y, sample_weight)
    for weights in ([0.5, 0.5], [0.0, 1.3], [2.0, 0.1]):
        expected = approx_fprime(np.array(weights), lambda w: evaluation.loss(w)[0], 1e-6)
        np.testing.assert_allclose(evaluation.loss(np.array(weights))[1], expected, rtol=1e-3)


def test_losses_are_those_of_cross_validation():
    found = vote().fit(X, Y).losses_
    for name, part in parts():
        of_truth = unseen_probabilities(part)[np.arange(90), CODES]
        assert found[name] == pytest.approx(-np.log(of_truth).mean())


def test_a_useless_part_is_not_heard():
    noise = FunctionTransformer(lambda X: np.sin(1e4 * X))
    useless = make_pipeline(noise, DecisionTreeClassifier(random_state=0))
    fitted = vote([*parts(), ("useless", useless)]).fit(X, Y)
    assert fitted.weights_["useless"] < 0.05
    assert fitted.losses_["useless"] > 2 * fitted.losses_["linear"]


def test_parts_with_a_small_share_are_left_out():
    free = vote().fit(X, Y)
    spread = {
        name: free.weights_[name] * np.log(unseen_probabilities(part).clip(1e-7)).std(axis=0).mean()
        for name, part in parts()
    }
    share = {name: value / sum(spread.values()) for name, value in spread.items()}
    smaller, larger = sorted(share, key=share.get)
    assert share[smaller] > 0.02
    assert vote(min_share=share[smaller] - 0.01).fit(X, Y).weights_ == free.weights_
    for min_share in (share[smaller] + 0.01, 0.99):  # one part always stays
        fitted = vote(min_share=min_share).fit(X, Y)
        alone = vote([part for part in parts() if part[0] == larger]).fit(X, Y)
        assert fitted.weights_ == {smaller: 0.0, larger: pytest.approx(alone.weights_[larger])}
        assert [*fitted.named_estimators_] == [larger]
        assert len(fitted.estimators_) == 1
        np.testing.assert_allclose(fitted.predict_proba(X), alone.predict_proba(X))
        assert [*fitted.losses_] == [*free.losses_]


def test_probabilities_are_the_weighted_product():
    fitted = vote().fit(X, Y)
    product = np.prod(
        [
            fitted.named_estimators_[name].predict_proba(X).clip(1e-7) ** weight
            for name, weight in fitted.weights_.items()
        ],
        axis=0,
    )
    expected = product / product.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(X), expected, rtol=1e-5)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), fitted.predict_proba(X))
    assert fitted.predict(X).tolist() == fitted.classes_[expected.argmax(axis=1)].tolist()


@pytest.mark.parametrize("n_rare", [1, 2, 3])
def test_classes_may_be_rarer_than_folds(n_rare):
    y = np.where(np.arange(90) < n_rare, "rare", np.where(Y == "ham", "ham", "spam"))
    fitted = vote([("bayes", GaussianNB(var_smoothing=0.1)), *parts()[1:]]).fit(X, y)
    assert fitted.classes_.tolist() == ["ham", "rare", "spam"]
    assert np.isfinite([*fitted.weights_.values(), *fitted.losses_.values()]).all()
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1)


def test_documents_of_a_class_unknown_to_their_fold_are_left_out():
    y = np.where(np.arange(90) < 1, "rare", Y)
    evaluation = evaluation_of(y)
    known = (evaluation.mass > 0).ravel()
    assert (~known).sum() == 1
    assert (evaluation.codes[~known] == check_target(y, 90).codes[0]).all()
    assert evaluation.mass.sum() == pytest.approx(89)


def test_labels_unknown_to_a_fold_are_left_out():
    once = np.column_stack([LABELS, np.arange(90) == 0])  # only one fold may know the last label
    evaluation = evaluation_of(once)
    assert (evaluation.mass[:, 3] == 0).sum() == 30
    weights = [vote().fit(X, labels).weights_ for labels in (LABELS, once)]
    assert weights[0] == pytest.approx(weights[1], abs=0.2)


@pytest.mark.parametrize("y", [["a", "b"], ["a", "b", "c"], [[0, 1], [1, 0]]])
def test_a_document_per_class_leaves_equal_weights(y):
    same = LogisticRegression()
    fitted = vote([("one", same), ("other", same)]).fit(X[: len(y)], y)
    assert fitted.weights_ == {"one": 0.5, "other": 0.5}
    assert fitted.predict(X[: len(y)]).tolist() == y
    if np.ndim(y) == 1:
        assert np.isnan([*fitted.losses_.values()]).all()


def test_multilabel():
    fitted = vote().fit(X, LABELS)
    probabilities = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert probabilities.shape == (90, 3)
    np.testing.assert_array_equal(fitted.predict(X), probabilities > 0.5)
    odds = sum(
        fitted.weights_[name] * np.log(label.predict_proba(X)[:, 1] / label.predict_proba(X)[:, 0])
        for name, (label, *_) in fitted.named_estimators_.items()
    )
    np.testing.assert_allclose(probabilities[:, 0], 1 / (1 + np.exp(-odds)), rtol=1e-4)


@pytest.mark.parametrize("prior", [1, 1e9])
def test_labels_of_all_documents_or_none_are_certain(prior):
    labels = np.column_stack([LABELS, np.ones(90, int), np.zeros(90, int)])
    probabilities = vote(prior=prior).fit(X, labels).predict_proba(X)
    assert probabilities[:, 3].min() > 1 - 1e-6
    assert probabilities[:, 4].max() < 1e-6
    np.testing.assert_allclose(
        probabilities[:, :3], vote(prior=prior).fit(X, LABELS).predict_proba(X), atol=0.02
    )


def test_a_weight_is_about_a_number_of_copies():
    # Not exactly: the weights have a mean of 1, and a copy may be on the other side of a fold.
    fitted = vote().fit(X, Y, sample_weight=WEIGHTS)
    copied = vote().fit(X.repeat(WEIGHTS, 0), Y.repeat(WEIGHTS))
    assert fitted.weights_ == pytest.approx(copied.weights_, abs=0.2)
    np.testing.assert_allclose(fitted.predict_proba(X), copied.predict_proba(X), atol=0.1)


@pytest.mark.parametrize("y", [Y, LABELS], ids=["three", "multilabel"])
def test_documents_without_weight_do_not_count(y):
    kept = WEIGHTS > 0
    ones = np.ones(kept.sum())
    left_out = vote().fit(X, y, sample_weight=kept)
    absent = vote().fit(X[kept], y[kept], sample_weight=ones)
    assert left_out.weights_ == absent.weights_
    np.testing.assert_array_equal(left_out.predict_proba(X), absent.predict_proba(X))


def test_a_class_without_weight_stays_a_class():
    fitted = vote().fit(X, Y, sample_weight=Y != "news")
    assert fitted.classes_.tolist() == ["ham", "news", "spam"]
    assert set(fitted.predict(X)) == {"ham", "spam"}


def test_class_weights_are_weights_of_documents():
    weighted = vote(class_weight={"ham": 2, "news": 1, "spam": 0.5}).fit(X, Y)
    same = vote().fit(X, Y, sample_weight=np.array([2, 1, 0.5])[CODES])
    np.testing.assert_array_equal(weighted.predict_proba(X), same.predict_proba(X))


def test_balanced_classes():
    kept = (Y == "ham") | (Y == "spam") & (np.arange(90) % 4 == 0)
    plain, balanced = (
        vote(class_weight=how).fit(X[kept], Y[kept]).predict_proba(X)[:, 1]
        for how in (None, "balanced")
    )
    assert balanced.mean() > plain.mean() + 0.1
    vote(class_weight="balanced").fit(X, LABELS)


def test_a_dropped_part_is_as_none():
    fitted = vote([*parts(), ("unused", "drop")]).fit(X, Y)
    assert [*fitted.weights_] == ["bayes", "linear"]
    np.testing.assert_array_equal(fitted.predict_proba(X), vote().fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["equal", "weighted"])
def test_votes_within_votes_and_searches(sample_weight):
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2)
    outer = vote([("inner", vote()), ("search", search)], cv=2, prior=1e9)  # equal weights
    outer.fit(X, Y, sample_weight)
    assert [*outer.named_estimators_["inner"].weights_] == ["bayes", "linear"]
    np.testing.assert_allclose(outer.predict_proba(X).sum(axis=1), 1)


def test_parallel_fits_are_the_same():
    fitted, parallel = (vote(n_jobs=n_jobs).fit(X, Y, WEIGHTS) for n_jobs in (1, 2))
    assert fitted.weights_ == pytest.approx(parallel.weights_, rel=1e-9)
    np.testing.assert_allclose(fitted.predict_proba(X), parallel.predict_proba(X), rtol=1e-9)


def test_documents_may_be_sorted_by_class():
    order = np.argsort(Y, kind="stable")
    fitted = vote().fit(X[order], Y[order])
    assert fitted.score(X, Y) > 0.6
    assert fitted.losses_ == pytest.approx(vote().fit(X, Y).losses_, abs=0.2)


def test_parameters_of_parts_are_searched():
    pipeline = make_pipeline(MaxAbsScaler(), vote([("bayes", MultinomialNB()), *parts()[1:]]))
    grid = {
        "weightedvotingclassifier__bayes__alpha": [0.1, 1],
        "weightedvotingclassifier__linear": ["drop", GaussianNB()],
        "weightedvotingclassifier__cv": [np.int64(2)],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 4
    assert np.ptp(search.cv_results_["mean_test_score"]) > 0


def test_the_given_parts_are_never_fitted():
    given = vote()
    given.fit(X, Y)
    assert not any(hasattr(part, "classes_") for _, part in given.estimators)
    twin = clone(given)
    assert twin.get_params()["linear__C"] == 0.1
    assert twin.get_params()["linear"] is not given.get_params()["linear"]


def test_weights_reach_every_step_of_a_part():
    part = make_pipeline(NaiveBayesScaler(), OneVsRestLogisticRegression())
    fitted = fit_part(part, X, CODES, WEIGHTS.astype(float))
    scaler = NaiveBayesScaler().fit(X, CODES, WEIGHTS)
    linear = OneVsRestLogisticRegression().fit(scaler.transform(X), CODES, WEIGHTS)
    np.testing.assert_array_equal(fitted[0].scale_, scaler.scale_)
    np.testing.assert_array_equal(fitted[1].coef_, linear.coef_)


def test_parts_that_cannot_vote():
    with pytest.raises(InvalidParameterError, match=r"'lone' is Perceptron\(\).*no predict_proba"):
        vote([("lone", Perceptron())]).fit(X, Y)


@pytest.mark.parametrize(
    "part", [KNeighborsClassifier(), make_pipeline(NaiveBayesScaler(), KNeighborsClassifier())]
)
def test_parts_that_take_no_weights(part):
    some = [*parts(), ("near", part)]
    with pytest.raises(TargetError, match=r"(?s)'near'.*accepts no sample_weight"):
        vote(some).fit(X, Y, sample_weight=WEIGHTS)
    with pytest.raises(TargetError, match=r"(?s)'near'.*accepts no sample_weight"):
        vote(some, class_weight="balanced").fit(X, Y)
    vote(some).fit(X, Y)


def test_warnings_of_rare_classes_are_not_shown():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vote([("bayes", GaussianNB())]).fit(X[:9], ["a", "b"] * 4 + ["c"])


class Tasks:
    """A callback that counts the tasks of a vote, in this process."""

    def __init__(self):
        self.begun, self.ended = [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.task_name, context.max_subtasks))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.task_name, context.max_subtasks))


def test_each_fit_of_a_part_is_a_task():
    tasks = Tasks()
    parts = [("one", LogisticRegression()), ("two", LogisticRegression(C=0.1))]
    vote = WeightedVotingClassifier(parts, cv=2, random_state=0).set_callbacks(tasks)
    vote.fit(np.eye(2).repeat(9, axis=0), [0] * 9 + [1] * 9)
    folds = [(f"{name}, fold {i}", 0) for i in (1, 2) for name in ("one", "two")]
    fits = [(name, 0) for name in vote.named_estimators_]
    assert tasks.begun == [("fit", 6), *folds, *fits]
    assert sorted(tasks.ended) == sorted(tasks.begun)
