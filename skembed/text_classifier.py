"""The recommended pipeline, from raw text to class labels."""

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skembed.embedding import PretrainedEmbeddingMatrix
from skembed.ngrams import (
    ComplementNB,
    NaiveBayesScaler,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    TfidfTransformer,
)
from skembed.pooling import EmbeddingVectorizer
from skembed.tokenization import KerasTokenizerTransformer
from skembed.voting import WeightedVotingClassifier

__all__ = ["make_text_classifier"]


def make_text_classifier(
    vectors: Any = None,
    *,
    class_weight: Any = None,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Pipeline:
    """Make the recommended pipeline, from raw text to class labels.

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

    Every step is an ordinary estimator that can be searched, replaced or dropped, as in
    ``set_params(vote__bayes="drop")``.

    Parameters
    ----------
    vectors : str, path, KeyedVectors, mapping, DataFrame or encoder, default=None
        Word vectors, as for :class:`PretrainedEmbeddingMatrix`.
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

    See Also
    --------
    KerasTextClassifier : Neural networks, which can be added to the vote.

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
    """
    settings = {"class_weight": class_weight, "n_jobs": n_jobs, "random_state": random_state}
    if vectors is None:
        return _ngrams(**settings)
    embedding = _pipeline(
        [
            ("tokenize", KerasTokenizerTransformer()),
            ("embed", PretrainedEmbeddingMatrix(vectors, lookup="fallback")),
            ("pool", EmbeddingVectorizer("tfidf")),
            ("scale", StandardScaler()),
            ("classify", _linear(C=0.01)),
        ]
    )
    parts = [("ngrams", _ngrams(random_state=random_state)), ("embedding", embedding)]
    return Pipeline([("vote", WeightedVotingClassifier(parts, cv=3, min_share=0.15, **settings))])


def _ngrams(**settings: Any) -> Pipeline:
    parts = [
        ("tfidf", _linear()),
        ("ratio", _pipeline([("scale", NaiveBayesScaler()), ("classify", _linear())])),
        ("bayes", ComplementNB(alpha=0.1)),
    ]
    return _pipeline(
        [
            ("count", NgramVectorizer()),
            ("tfidf", TfidfTransformer(sublinear_tf=True)),
            ("vote", WeightedVotingClassifier(parts, **settings)),
        ]
    )


def _pipeline(steps: list[tuple[str, Any]]) -> Pipeline:
    """Return a pipeline whose steps pass on arrays, also where data frames are the default."""
    return Pipeline(steps).set_output(transform="default")


def _linear(C: float = 10) -> OneVsRestLogisticRegression:
    return OneVsRestLogisticRegression(C=C, tol=0.01)
