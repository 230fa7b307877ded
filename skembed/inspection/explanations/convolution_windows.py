"""The windows of words that fire the filters of a convolution most."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils._param_validation import Integral, Interval, validate_params
from sklearn.utils.validation import check_is_fitted

from skembed.errors import ExplanationError
from skembed.inspection.explanations.linear_explanation import read_texts, steps_of
from skembed.inspection.explanations.network_explanation import network_input
from skembed.inspection.explanations.reading import Documents, Terms

__all__ = ["filter_windows"]

_SPARE = 5  # windows kept per wanted one and batch, because some have equal words
_DOCUMENTS_AT_ONCE = 100


@validate_params(
    {"n_windows": [Interval(Integral, 1, None, closed="left")]}, prefer_skip_nested_validation=True
)
def filter_windows(pipeline: Any, texts: Any, *, n_windows: int = 5) -> pd.DataFrame:
    """Return the windows of words that fire each filter of a convolutional network most.

    Only convolutions on word vectors are shown: the windows of later ones are not words.

    Parameters
    ----------
    pipeline : Pipeline, or a search with ``best_estimator_``
        A fitted pipeline that ends in a KerasTextClassifier with a convolution.
    texts : list, tuple, ndarray or Series of str, or of lists of str
        The documents in which to look for windows.
    n_windows : int, default=5
        The number of windows per filter. Windows with the same words are listed once.

    Returns
    -------
    DataFrame
        One row per filter and window, the windows of a filter by falling activation, with the
        columns

        - ``kernel_size``, ``filter``: the length of the window in words, and the number of the
          filter among those of this layer;
        - ``layer``: the name of the layer;
        - ``window``: the words, joined by spaces; padding is left out;
        - ``activation``: the output of the filter. Windows with activation 0 are left out;
        - ``document``, ``start``, ``end``: where the words stand in the raw text, in
          characters; -1 where this is not known.

    Raises
    ------
    ExplanationError
        If the pipeline does not end in a network with a convolution on word vectors.
    DocumentsError
        If `texts` is not a column of text or of lists of tokens.

    See Also
    --------
    explain : What each word adds to the score of a class.

    References
    ----------
    Jacovi, Sar Shalom and Goldberg, "Understanding Convolutional Neural Networks for Text
    Classification", BlackboxNLP 2018.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTextClassifier, KerasTokenizerTransformer
    >>> from skembed.inspection import filter_windows
    >>> network = KerasTextClassifier(filters=2, kernel_size=(2, 3), epochs=1, random_state=0)
    >>> pipeline = make_pipeline(KerasTokenizerTransformer(), network)
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> windows = filter_windows(pipeline.fit(texts, [1, 1, 0, 0]), texts, n_windows=1)
    >>> windows["kernel_size"].unique().tolist()
    [2, 3]
    """
    estimator = getattr(pipeline, "best_estimator_", pipeline)
    check_is_fitted(estimator)
    steps, documents = read_texts(steps_of(estimator), Documents.of(texts))
    network = getattr(steps[-1], "_network", None)
    if network is None:
        raise ExplanationError(
            "filter_windows needs a pipeline that ends in a KerasTextClassifier with a "
            f"convolution; this one ends in {type(steps[-1]).__name__}. For the words of any "
            "pipeline, use telling_words."
        )
    terms, sequences = network_input(steps, documents)
    rows = []
    for layer, size, answers in _largest(network, sequences, n_windows * _SPARE):
        for number, found in enumerate(answers):
            shown: set[str] = set()
            for activation, document, first in found:
                window, start, end = _words(terms[document], first, size)
                if window not in shown and len(shown) < n_windows:
                    shown.add(window)
                    rows.append((size, number, layer, window, activation, document, start, end))
    columns = ["kernel_size", "filter", "layer", "window", "activation", "document", "start", "end"]
    return pd.DataFrame(rows, columns=columns)


def _largest(network: Any, sequences: Any, n_kept: int) -> list[tuple[str, int, list[list[Any]]]]:
    """Return name, size and, for each filter, the largest activations of each convolution.

    Each activation is given as (activation, document, position of the first word).
    """
    from skembed.networks.inputs import id_array
    from skembed.networks.runtime.forks import check_not_forked
    from skembed.networks.text_network import TURNS
    from skembed.networks.window_maxima import WindowActivations

    check_not_forked()
    convolutions = WindowActivations(network.model)
    if not convolutions.layers:
        raise ExplanationError(
            "This network has no keras.layers.Conv1D on word vectors, so no filters to show. For "
            "the words of any pipeline, use telling_words."
        )
    found: list[list[list[Any]]] = [[[] for _ in range(n)] for _, _, n in convolutions.layers]
    order = np.argsort(-sequences.lengths, kind="stable")
    with TURNS:
        for rows in np.split(order, range(_DOCUMENTS_AT_ONCE, len(order), _DOCUMENTS_AT_ONCE)):
            ids = id_array(sequences[rows])
            for of_filters, (values, first) in zip(found, convolutions(ids)):
                _keep_largest(of_filters, values, first, rows, n_kept)
    return [(name, size, each) for (name, size, _), each in zip(convolutions.layers, found)]


def _keep_largest(
    of_filters: list[list[Any]],
    values: npt.NDArray[np.float32],
    first: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    n_kept: int,
) -> None:
    """Add the largest activations (n_documents, n_positions, n_filters) of a batch."""
    flat = values.reshape(-1, values.shape[2])
    best = np.argsort(-flat, axis=0, kind="stable")[:n_kept]
    for k, so_far in enumerate(of_filters):
        places = best[flat[best[:, k], k] > 0, k]
        documents, positions = np.divmod(places, len(first))
        so_far += zip(flat[places, k].tolist(), rows[documents].tolist(), first[positions].tolist())
        so_far.sort(key=lambda window: (-window[0], *window[1:]))
        del so_far[n_kept:]


def _words(terms: Terms, first: int, size: int) -> tuple[str, int, int]:
    """Return the words of a window, with start and end in the raw text."""
    inside = np.flatnonzero((terms.columns >= max(0, first)) & (terms.columns < first + size))
    spans = terms.offsets[inside]
    window = " ".join(terms.names[i] for i in inside)
    if not len(spans) or (spans < 0).any():
        return window, -1, -1
    return window, int(spans[0, 0]), int(spans[-1, 1])
