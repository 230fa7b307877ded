"""A report on a fitted pipeline, for those who decide whether it is used."""

from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils._param_validation import Interval, InvalidParameterError, validate_params
from sklearn.utils.validation import check_is_fitted

from skembed._whole_file import whole_file
from skembed.errors import NotRecordedError
from skembed.inspection.report.calibration import Calibration, calibration_section
from skembed.inspection.report.confusion import confusion_section
from skembed.inspection.report.documents import documents_section
from skembed.inspection.report.mistakes import mistakes_section
from skembed.inspection.report.origin import loading_section, origin_section
from skembed.inspection.report.page import report_page
from skembed.inspection.report.predicted import Predictions
from skembed.inspection.report.scores import Scores, interval_text, score_section
from skembed.inspection.report.searched import search_section
from skembed.inspection.report.size_and_speed import Costs, cost_section, duration
from skembed.inspection.report.training import Training
from skembed.inspection.report.words import words_section

__all__ = ["model_report"]


@validate_params(
    {
        "path": [str, PathLike],
        "title": [str, None],
        "n_mistakes": [Interval(Integral, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def model_report(
    search_or_pipeline: Any,
    X_test: Any,
    y_test: Any,
    path: str | PathLike[str],
    *,
    X_train: Any = None,
    y_train: Any = None,
    title: str | None = None,
    n_mistakes: int = 10,
) -> Path:
    """Write a report on a fitted pipeline as one HTML file, to be mailed and read anywhere.

    The file needs no network and no JavaScript, and fits desktops, phones and paper. It has

    - accuracy with Wilson's 95 % interval [1]_, macro-averaged F1 with a bootstrap interval,
      precision, recall and F1 by class, beside the share of the most frequent class;
    - the confusion matrix; with more than ten classes, the most confused pairs first; for
      several labels per document, the wrong decisions by label;
    - calibration: how often predictions are right, by their probability, and the expected
      calibration error [2]_ with ten bins;
    - the mistakes of which the model was most certain, explained word by word;
    - the words that speak most for each class;
    - numbers and lengths of documents, and the words without a vector;
    - the candidates of the search;
    - size, speed, how to load it, parameters, seeds and versions.

    Parameters
    ----------
    search_or_pipeline : Pipeline, or a search with ``best_estimator_``
        A fitted pipeline from text to classes. It is used as it is.
    X_test : list, tuple, ndarray or Series of str, or of lists of str
        Documents that the pipeline did not learn from. Some of them are shown in the report.
    y_test : array-like of shape (n_documents,) or (n_documents, n_labels)
        Their labels, as for ``fit``.
    path : str or path-like
        The file to write, such as ``"report.html"``. An existing file is replaced.
    X_train, y_train : as `X_test` and `y_test`, default=None
        The documents that the pipeline learned from, to count them, and to say how many of the
        test documents are among them.
    title : str, default=None
        The heading of the report. None: "Report on a text classifier".
    n_mistakes : int, default=10
        The number of mistakes to show. 0 for a report without any texts of documents.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotFittedError
        If the pipeline or the search is not fitted.
    NotRecordedError
        If the search has no ``best_estimator_``, because ``refit=False``.
    DocumentsError
        If `X_test` or `X_train` is not a column of text or of lists of tokens.
    TargetError
        If `y_test` or `y_train` does not hold a known label for each document, or if the pipeline
        is no classifier.
    InvalidParameterError
        If a parameter has another type, or one of `X_train` and `y_train` comes alone.
    OSError
        If the file cannot be written.

    See Also
    --------
    explain : Explain single predictions.
    telling_words : The words that speak most for each class.
    search_table : The candidates of a search.

    Notes
    -----
    Speed is measured while the report is made. Words that speak for a class are found in 500 of
    the test documents, at most, drawn with a fixed seed.

    References
    ----------
    .. [1] Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
       of the American Statistical Association 22, 1927.
    .. [2] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.model_selection import train_test_split
    >>> from skembed import make_text_classifier
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import model_report
    >>> X, X_test, y, y_test = train_test_split(*load_feedback(return_X_y=True), random_state=0)
    >>> model = make_text_classifier(random_state=0).fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     path = model_report(model, X_test, y_test, Path(folder, "report.html"))
    ...     print(path.name, "Accuracy" in path.read_text(encoding="utf-8"))
    report.html True
    """
    path = _writable(path)
    if (X_train is None) != (y_train is None):
        raise InvalidParameterError("model_report needs both X_train and y_train, or neither.")
    estimator = _fitted(search_or_pipeline)
    predictions = Predictions.of(estimator, X_test, y_test)
    training = None if X_train is None else Training.of(X_train, y_train, predictions)
    scores, calibration = Scores.of(predictions), Calibration.of(predictions)
    costs = Costs.of(estimator, predictions)
    sections = [
        score_section(predictions, scores),
        confusion_section(predictions),
        calibration_section(predictions, calibration),
        mistakes_section(estimator, predictions, n_mistakes) if n_mistakes else None,
        words_section(estimator, predictions),
        documents_section(estimator, predictions, training),
        search_section(search_or_pipeline),
        cost_section(search_or_pipeline, estimator, predictions, costs),
        loading_section(search_or_pipeline, estimator),
        origin_section(search_or_pipeline, estimator),
    ]
    page = report_page(
        title or "Report on a text classifier",
        _figures(predictions, scores, calibration, costs),
        [section for section in sections if section is not None],
    )
    with whole_file(path) as part:
        part.write_text(page, encoding="utf-8", errors="replace")
    return path


def _writable(path: str | PathLike[str]) -> Path:
    """Check the path before the work."""
    found = Path(path)
    if found.is_dir():
        raise IsADirectoryError(f"Expected the path of a file to write, got a folder: {found}")
    if not found.parent.is_dir():
        raise FileNotFoundError(f"There is no folder to write {found} to: create it first.")
    return found


def _fitted(given: Any) -> Any:
    check_is_fitted(given)
    if hasattr(given, "cv_results_") and not hasattr(given, "best_estimator_"):
        raise NotRecordedError(
            f"{type(given).__name__} has no best_estimator_, because refit=False: fit it with "
            "refit=True, or fit a pipeline with the best parameters and pass that."
        )
    return getattr(given, "best_estimator_", given)


def _figures(
    predictions: Predictions, scores: Scores, calibration: Calibration | None, costs: Costs
) -> list[tuple[str, str, str]]:
    kind = "set of labels" if predictions.multilabel else "class"
    figures = [
        (
            f"{scores.accuracy:.1%}",
            "Accuracy",
            f"{interval_text(scores.accuracy_interval)} (95% interval); {scores.baseline:.1%} by "
            f"always saying the most frequent {kind}",
        ),
        (
            f"{len(predictions.texts):,}",
            "Test documents",
            f"{len(predictions.classes):,} {'labels' if predictions.multilabel else 'classes'}",
        ),
    ]
    if calibration is not None:
        comment = "mean distance of claimed and true shares of right predictions; 0 is best"
        figures.append((f"{calibration.error:.3f}", "Calibration error", comment))
    figures.append((duration(costs.one), "One prediction", "time for one document"))
    figures.append((costs.size, "Size", "of the saved pipeline"))
    return figures
