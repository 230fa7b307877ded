"""Convolutions with max-over-time pooling whose gradient is computed at the maxima only."""

from collections.abc import Callable
from typing import Any

from keras import layers, ops

from skembed.networks.fast.concatenated_batch import BLOCK_POSITIONS, ConcatenatedBatch, concatenate
from skembed.networks.runtime.keras_internals import custom_gradient

__all__ = ["maxima_over_time"]


def maxima_over_time(
    ids: Any, embed: Callable[[Any], Any], convolutions: list[layers.Conv1D]
) -> Any:
    """Return the maximum of each filter over the windows of each document.

    A maximum depends on one window only, yet backends propagate zeros back through all
    the others, which is two thirds of the work of a training step. Here the gradient is
    computed for that window only: the same numbers, summed in another order. Documents
    are concatenated, so only a few windows of padding are computed between them.

    Parameters
    ----------
    ids : tensor of int32 of shape (batch, width)
        Word ids, 0 for padding.
    embed : callable
        Maps ids to word vectors.
    convolutions : list of keras.layers.Conv1D
        Built convolutions with ReLU activation.

    Returns
    -------
    tensor of float32 of shape (batch, n_filters of all convolutions)
        The maxima.
    """
    gap = max(convolution.kernel_size[0] for convolution in convolutions) // 2
    batch = concatenate(ids, gap)
    vectors = ops.squeeze(embed(ops.expand_dims(batch.ids, 0)), 0)
    is_word = ops.cast(ops.not_equal(batch.windows(batch.ids, 1), 0), vectors.dtype)
    is_word = ops.reshape(is_word, (-1, BLOCK_POSITIONS, 1))
    maxima = []
    for convolution in convolutions:
        kernel, bias = map(ops.copy, (convolution.kernel, convolution.bias))  # plain tensors
        maxima.append(_maxima(batch, is_word, vectors, kernel, bias))
    return maxima[0] if len(maxima) == 1 else ops.concatenate(maxima, axis=1)


def _maxima(batch: ConcatenatedBatch, is_word: Any, vectors: Any, kernel: Any, bias: Any) -> Any:
    """Return the maxima of one convolution over windows centred on a word.

    Parameters
    ----------
    batch : ConcatenatedBatch
        The concatenated batch.
    is_word : tensor of float32 of shape (n_blocks, BLOCK_POSITIONS, 1)
        1 for words, 0 otherwise.
    vectors : tensor of float32 of shape (n_positions, dim)
        The vector at each position of the batch.
    kernel, bias : tensor of float32
        The weights of the convolution.
    """
    size, dim, n_filters = kernel.shape

    @custom_gradient
    def maxima(vectors: Any, kernel: Any, bias: Any) -> Any:
        # TensorFlow fuses convolution, bias and ReLU into one operation for images only.
        image, filters = batch.windows(vectors, size)[None, None], ops.expand_dims(kernel, 0)
        windows = ops.relu(ops.conv(image, filters, data_format="channels_last") + bias)
        windows = ops.reshape(windows, (-1, BLOCK_POSITIONS, n_filters)) * is_word
        block_maxima = ops.max(windows, axis=1)
        found = ops.segment_max(block_maxima, batch.documents, sorted=True)

        def gradient(slope: Any) -> tuple[Any, Any, Any]:
            slope = ops.transpose(ops.where(found > 0, slope, 0.0))
            best = _first_best(windows, block_maxima, found, batch.documents)
            positions = ops.expand_dims(best + batch.first_window_start(size), -1)
            positions = positions + ops.arange(size, dtype="int32")
            words = ops.reshape(ops.take(vectors, positions, axis=0), (n_filters, -1, size * dim))
            to_filters = ops.squeeze(ops.matmul(ops.expand_dims(slope, 1), words), 1)
            filters = ops.transpose(ops.reshape(kernel, (size * dim, n_filters)))
            to_words = ops.expand_dims(slope, -1) * ops.expand_dims(filters, 1)
            to_vectors = ops.segment_sum(
                ops.reshape(to_words, (-1, dim)),
                ops.reshape(positions, (-1,)),
                ops.shape(vectors)[0],
            )
            return (
                to_vectors,
                ops.reshape(ops.transpose(to_filters), kernel.shape),
                ops.sum(slope, axis=1),
            )

        return found, gradient

    return maxima(vectors, kernel, bias)


def _first_best(windows: Any, block_maxima: Any, found: Any, documents: Any) -> Any:
    """Return the first window with the maximum, for each filter and document.

    Only the first block that contains the maximum is searched, not all windows; the last
    block if none contains it, because all values are NaN.
    """
    n_blocks, _, n_filters = ops.shape(windows)
    blocks = ops.expand_dims(ops.arange(n_blocks, dtype="int32"), 1)
    is_best = ops.equal(block_maxima, ops.take(found, documents, axis=0))
    # Keras 3.14 has no segment_min.
    best = ops.segment_max(ops.where(is_best, -blocks, 1 - n_blocks), documents, sorted=True)
    first = ops.transpose(-best) * BLOCK_POSITIONS
    cells = ops.expand_dims(first, -1) + ops.arange(BLOCK_POSITIONS, dtype="int32")
    cells = cells * n_filters + ops.reshape(ops.arange(n_filters, dtype="int32"), (-1, 1, 1))
    # The bit patterns of non-negative floats sort like integers, and for integers Keras skips
    # its check for negative zeros.
    candidates = ops.view(ops.take(ops.reshape(windows, (-1,)), cells), "int32")
    return first + ops.argmax(candidates, axis=-1)
