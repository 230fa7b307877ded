"""The recommended pipeline, from raw text to class labels."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from skembed.embedding import PretrainedEmbeddingMatrix
from skembed.ngrams import (
    ComplementNB,
    NaiveBayesScaler,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    TfidfTransformer,
)
from skembed.pooling import EmbeddingVectorizer
from skembed.tables import NamedColumns, NumberBins
from skembed.tokenization import KerasTokenizerTransformer
from skembed.voting import WeightedVotingClassifier

__all__ = ["make_text_classifier"]


def make_text_classifier(
    vectors: Any = None,
    *,
    texts: str | list[str] | None = None,
    numbers: str | list[str] | None = None,
    categories: str | list[str] | None = None,
    class_weight: Any = None,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Pipeline:
    """Make the recommended pipeline, from raw text or a table to class labels.

    Words and word pairs are counted, and three linear models vote, with weights that
    cross-validation finds on the training documents:

    - ``"tfidf"``: logistic regression on tf-idf values, the usual strong baseline;
    - ``"ratio"``: logistic regression on words scaled by naive-Bayes log-count ratios [1]_,
      which is better on opinions;
    - ``"bayes"``: complement naive Bayes on tf-idf values [2]_, which is better with few
      documents or many classes.

    With word vectors there is a fourth model, ``"embedding"``: logistic regression on the
    standardized tf-idf-weighted mean of the vectors of a document, which helps most where there
    are few documents. It is left out if its share in the vote is below 0.15: vectors then change
    little, more often for the worse. Only words of the training documents are looked up.

    A table, with `texts` named, has the same vote on more counts: the words of each text column are
    counted by themselves, and the numbers and categories stand beside them as indicators, so that
    a model weighs all columns together. See Notes.

    Every step is an ordinary estimator that can be searched, replaced or dropped, as in
    ``set_params(vote__bayes="drop")``.

    Parameters
    ----------
    vectors : str, path, KeyedVectors, mapping, DataFrame or encoder, default=None
        Word vectors, as for :class:`PretrainedEmbeddingMatrix`.
    texts : str or list of str, default=None
        The names of the text columns, if the input is a table: a data frame or a dict of columns.
        None: the input is one column of text.
    numbers : str or list of str, default=None
        The names of columns of numbers, beside `texts`. Other columns are ignored.
    categories : str or list of str, default=None
        The names of columns of categories, beside `texts`: text that is not split, whole numbers
        or booleans.
    class_weight : dict, "balanced" or None, default=None
        Class weights, as for :class:`WeightedVotingClassifier`.
    n_jobs : int, default=None
        Number of fits to run in parallel.
    random_state : int, RandomState instance or None, default=None
        Controls the folds of the cross-validation. Pass an int for reproducible results.

    Returns
    -------
    Pipeline
        The pipeline, not fitted.

    Raises
    ------
    InvalidParameterError
        If `numbers` or `categories` come without `texts`, or if a name is no str or occurs twice.

    See Also
    --------
    KerasTextClassifier : Neural networks, which can be added to the vote.
    TextColumnTransformer : A table for one network.

    Notes
    -----
    A number becomes one of ten bins of about equally many training rows, so its scale does not
    matter. What is missing is no error: a missing text is empty, a missing number has a bin of its
    own, and a missing category is a category of its own. A category that was not seen in training
    adds nothing. A column that is missing, or holds something else than in training, is a
    ``ColumnError`` with its name.

    The models of the vote are linear: what a column adds to the score of a class does not depend on
    the other columns.

    References
    ----------
    .. [1] Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic
       Classification", ACL 2012.
    .. [2] Rennie et al., "Tackling the Poor Assumptions of Naive Bayes Text Classifiers",
       ICML 2003.

    Examples
    --------
    >>> from skembed import make_text_classifier
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> model = make_text_classifier(random_state=0).fit(texts, ["yes", "yes", "no", "no"])
    >>> model.predict(["good", "poor"])
    array(['yes', 'no'], dtype='<U3')

    A table:

    >>> table = {"review": texts, "stars": [5, 4, None, 1], "city": ["Rome", None, "Bonn", "Rome"]}
    >>> model = make_text_classifier(texts="review", numbers="stars", categories="city")
    >>> model.fit(table, ["yes", "yes", "no", "no"]).predict(table).tolist()
    ['yes', 'yes', 'no', 'no']
    """
    settings = {"class_weight": class_weight, "n_jobs": n_jobs, "random_state": random_state}
    named = _named(texts=texts, numbers=numbers, categories=categories)
    read = [("table", NamedColumns(**named))] if named else []
    if vectors is None:
        return _pipeline([*read, *_ngrams(named, **settings)])
    parts = [
        ("ngrams", _pipeline(_ngrams(named, random_state=random_state))),
        ("embedding", _pipeline(_embedding(named, vectors))),
    ]
    vote = WeightedVotingClassifier(parts, cv=3, min_share=0.15, **settings)
    return Pipeline([*read, ("vote", vote)])


Steps = list[tuple[str, Any]]

# Of an indicator beside the words of a text, whose squares add up to one. With 1, columns that say
# nothing cost 0.2 to 0.4 points of accuracy on reviews; with 0.3, nothing.
_WEIGHT = 0.3


def _named(**columns: str | list[str] | None) -> dict[str, list[str]]:
    """Return the names of each kind of column in a list; none if the input is no table."""
    named = {
        kind: [names] if isinstance(names, str) else [*(names or ())]
        for kind, names in columns.items()
    }
    every = [name for names in named.values() for name in names]
    for name in every:
        if not isinstance(name, str) or every.count(name) > 1:
            what = "occurs twice" if isinstance(name, str) else f"is {type(name).__name__}"
            raise InvalidParameterError(
                f"texts, numbers and categories must be different names of columns, as str or "
                f"lists of str; {name!r} {what}."
            )
    if every and not named["texts"]:
        raise InvalidParameterError(
            f"numbers={columns['numbers']!r} and categories={columns['categories']!r} stand beside "
            "a text: name at least one column in texts. For a table without text, use a classifier "
            "such as scikit-learn's HistGradientBoostingClassifier."
        )
    return named if every else {}


def _ngrams(named: dict[str, list[str]], **settings: Any) -> Steps:
    parts = [
        ("tfidf", _linear()),
        ("ratio", _pipeline([("scale", NaiveBayesScaler()), ("classify", _linear())])),
        ("bayes", ComplementNB(alpha=0.1)),
    ]
    return [*_counts(named), ("vote", WeightedVotingClassifier(parts, **settings))]


def _counts(named: dict[str, list[str]]) -> Steps:
    if not named:
        return [("count", NgramVectorizer()), ("tfidf", TfidfTransformer(sublinear_tf=True))]
    others = {
        "numbers": NumberBins(),
        "categories": OneHotEncoder(handle_unknown="ignore"),
    }
    columns = [(kind, others[kind], named[kind]) for kind in others if named[kind]]
    return _each([(name, _counts({})) for name in named["texts"]], columns)


def _embedding(named: dict[str, list[str]], vectors: Any) -> Steps:
    return [*_pooled(named, vectors), ("scale", StandardScaler()), ("classify", _linear(C=0.01))]


def _pooled(named: dict[str, list[str]], vectors: Any) -> Steps:
    if named:
        return _each([(name, _pooled({}, vectors)) for name in named["texts"]])
    return [
        ("tokenize", KerasTokenizerTransformer()),
        ("embed", PretrainedEmbeddingMatrix(vectors, lookup="fallback")),
        ("pool", EmbeddingVectorizer("tfidf")),
    ]


def _each(texts: list[tuple[str, Steps]], others: Any = ()) -> Steps:
    """Return a step that has steps for each text, and other transformers beside them."""
    of_texts = [
        (f"text_{name.replace('__', '_')}", _pipeline(steps), name) for name, steps in texts
    ]
    weights = {kind: _WEIGHT for kind, *_ in others}
    columns = ColumnTransformer(
        [*of_texts, *others], sparse_threshold=1, transformer_weights=weights or None
    )
    return [("columns", columns)]


def _pipeline(steps: Steps) -> Pipeline:
    """Return a pipeline whose steps pass on arrays, also where data frames are the default."""
    return Pipeline(steps).set_output(transform="default")


def _linear(C: float = 10) -> OneVsRestLogisticRegression:
    return OneVsRestLogisticRegression(C=C, tol=0.01)
