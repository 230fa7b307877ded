"""The windows of words with which a convolution and max-over-time pooling answer."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from skembed.networks.architectures.convolutional import cnn, multichannel_cnn
from skembed.networks.spec import NetworkSpec

__all__ = ["MaxOverTime", "WindowActivations"]

Floats = npt.NDArray[np.float32]

_STEPS = 32
_NUMBERS_PER_GATHER = 2**23


def _first_convolutions(model: keras.Model) -> list[keras.layers.Conv1D]:
    """Return the convolutions whose input is made of word vectors, not of other convolutions."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv1D):
            before = keras.Model(model.inputs, layer.input).layers
            if not any(isinstance(other, keras.layers.Conv1D) for other in before):
                found.append(layer)
    return found


@dataclass(frozen=True)
class _Answers:
    """What each filter answers to the documents of a batch.

    Attributes
    ----------
    products : ndarray of shape (n_documents, n_filters, size)
        The largest product of the filter with a window centred on a word, by word of the window.
    places : ndarray of int of shape (n_documents, n_filters, size)
        The positions of these words; from -size to width + size.
    bias : ndarray of shape (n_filters,)
        The biases.
    """

    products: Floats
    places: npt.NDArray[np.int64]
    bias: Floats

    def maxima(self, scale: np.float32) -> Floats:
        """Return the maximum of each filter if all vectors are multiplied by a scale."""
        return np.asarray(np.maximum(scale * self.products.sum(axis=2) + self.bias, 0))


class MaxOverTime:
    """Integrated gradients of ``"cnn"`` and ``"multichannel_cnn"`` without numerical integration.

    While all vectors of a document grow from zero in proportion, the best window of a filter
    stays the same, so its maximum is the ReLU of a straight line. Each ReLU, of a maximum or of
    a hidden unit, depends on one number, and its mean slope over a step is the quotient of its
    differences. The contributions therefore add up exactly, for any number of steps.

    Parameters
    ----------
    model : keras.Model
        A network that one of the two functions built.
    """

    def __init__(self, model: keras.Model) -> None:
        self._convolutions = _first_convolutions(model)
        inputs = {id(x.input): x.input for x in self._convolutions}
        (vectors,) = inputs.values()
        self._embed = keras.Model(model.inputs, vectors)
        dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        self._dense = [layer.get_weights() for layer in dense]

    @staticmethod
    def supports(spec: NetworkSpec) -> bool:
        """Tell whether a network was built by one of the two functions."""
        return spec.build in (cnn, multichannel_cnn)

    def contributions(
        self, ids: npt.NDArray[np.int32], contrasts: Floats
    ) -> tuple[npt.NDArray[np.float64], Floats, Floats]:
        """Return the contributions of words to scores.

        Parameters
        ----------
        ids : ndarray of shape (n_documents, width)
            Word ids, 0 for padding.
        contrasts : ndarray of shape (n_documents, n_scores, n_outputs)
            A score is the sum of the logits, each multiplied by its contrast.

        Returns
        -------
        contributions : ndarray of shape (n_documents, width, n_scores), dtype float64
            The contributions. Those of padding are zero.
        base, scores : ndarray of shape (n_documents, n_scores)
            The scores for vectors of zeros, and for those of the words.
        """
        answers = self._answers(ids)
        edges = np.linspace(0, 1, 2 if len(self._dense) == 1 else _STEPS + 1, dtype=np.float32)
        has_words = (ids != 0).any(axis=1, keepdims=True)  # otherwise the maxima are zero
        maxima = [
            np.concatenate([answer.maxima(t) for answer in answers], axis=1) * has_words
            for t in edges
        ]
        base, scores = (
            np.einsum("ncl,nl->nc", contrasts, self._logits(m)) for m in (maxima[0], maxima[-1])
        )
        effects = sum(
            self._mean_slopes(before, after, contrasts) * (after - before)[:, np.newaxis]
            for before, after in pairwise(maxima)
        )
        return self._spread(effects, answers, ids.shape[1]), base, scores

    def _answers(self, ids: npt.NDArray[np.int32]) -> list[_Answers]:
        vectors = ops.cast(self._embed([ids], training=False), "float32")
        is_word = (ids != 0)[..., np.newaxis]
        found = []
        for convolution in self._convolutions:
            kernel, bias = convolution.get_weights()
            products = ops.conv(vectors, kernel, padding="same", data_format="channels_last")
            products = ops.where(is_word, products, -np.inf)
            centres = ops.convert_to_numpy(ops.argmax(products, axis=1))
            places = centres[..., np.newaxis] - (len(kernel) - 1) // 2 + np.arange(len(kernel))
            by_word = _products(_array(vectors), places, kernel)
            found.append(_Answers(by_word, places, bias))
        return found

    def _logits(self, maxima: Floats) -> Floats:
        x = maxima
        for kernel, bias in self._dense[:-1]:
            x = np.maximum(x @ kernel + bias, 0)
        kernel, bias = self._dense[-1]
        return np.asarray(x @ kernel + bias)

    def _mean_slopes(self, before: Floats, after: Floats, contrasts: Floats) -> Floats:
        """Return the mean slopes of scores by maxima, (n_documents, n_scores, n_filters)."""
        slopes = contrasts @ self._dense[-1][0].T
        for kernel, bias in self._dense[-2::-1]:  # at most one hidden layer
            start, end = before @ kernel + bias, after @ kernel + bias
            rise = np.maximum(end, 0) - np.maximum(start, 0)
            level = (start > 0).astype(np.float32)
            share = np.divide(rise, end - start, out=level, where=end != start)
            slopes = (slopes * share[:, np.newaxis]) @ kernel.T
        return np.asarray(slopes)

    def _spread(self, effects: Any, answers: list[_Answers], width: int) -> npt.NDArray[np.float64]:
        """Divide the effects of maxima among the words of their windows."""
        n, n_scores, _ = effects.shape
        margin = max(answer.places.shape[2] for answer in answers)
        spread = np.zeros((n, n_scores, width + 2 * margin))
        rows, columns = np.arange(n)[:, None, None, None], np.arange(n_scores)[:, None, None]
        first = 0
        for answer in answers:
            of_filters = effects[:, :, first : first + len(answer.bias)]
            first += len(answer.bias)
            products, total = answer.products, answer.products.sum(axis=2, keepdims=True)
            shares = np.divide(products, total, out=np.zeros_like(products), where=total != 0)
            values = of_filters[..., np.newaxis] * shares[:, np.newaxis]
            np.add.at(spread, (rows, columns, answer.places[:, np.newaxis] + margin), values)
        return spread[:, :, margin : margin + width].transpose(0, 2, 1)


class WindowActivations:
    """The outputs of the convolutions on word vectors.

    Parameters
    ----------
    model : keras.Model
        The network.

    Attributes
    ----------
    layers : list of (str, int, int)
        Name, kernel size and number of filters of each of these convolutions.
    """

    def __init__(self, model: keras.Model) -> None:
        self._convolutions = _first_convolutions(model)
        self.layers = [(x.name, x.kernel_size[0], x.filters) for x in self._convolutions]
        if self.layers:
            self._model = keras.Model(model.inputs, [x.output for x in self._convolutions])

    def __call__(self, ids: npt.NDArray[np.int32]) -> list[tuple[Floats, npt.NDArray[np.int64]]]:
        """Return activations and positions of first words, for each convolution.

        Parameters
        ----------
        ids : ndarray of shape (n_documents, width)
            Word ids, 0 for padding.

        Returns
        -------
        list of (activations, first)
            ``activations`` has the shape (n_documents, n_positions, n_filters) and is 0 for
            windows whose middle is padding, ``first`` the shape (n_positions,).
        """
        outputs = self._model([ids], training=False)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        found = []
        for layer, output in zip(self._convolutions, outputs):
            size, values = layer.kernel_size[0], _array(output)
            before = {"same": (size - 1) // 2, "causal": size - 1}.get(layer.padding, 0)
            first = np.arange(values.shape[1]) * layer.strides[0] - before
            middle = np.clip(first + (size - 1) // 2, 0, ids.shape[1] - 1)
            found.append((values * (ids[:, middle] != 0)[..., np.newaxis], first))
        return found


def _products(vectors: Floats, places: npt.NDArray[np.int64], kernel: Floats) -> Floats:
    """Return the products of filters with the words of windows, of the shape of `places`."""
    size, dim, n_filters = kernel.shape
    padded = np.pad(vectors, ((0, 0), (size, size), (0, 0)))
    products = np.empty(places.shape, np.float32)
    n_rows = max(1, _NUMBERS_PER_GATHER // (n_filters * dim))
    for start in range(0, len(vectors), n_rows):
        rows = slice(start, start + n_rows)
        documents = np.arange(len(vectors))[rows, np.newaxis]
        for i in range(size):
            words = padded[documents, places[rows, :, i] + size]
            products[rows, :, i] = np.einsum("nfd,df->nf", words, kernel[i])
    return products


def _array(values: Any) -> Floats:
    return np.asarray(ops.convert_to_numpy(values), np.float32)
