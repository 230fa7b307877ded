"""The Keras text classifier."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils.validation import check_is_fitted

from skembed._validation import check_sequences, check_vocabulary
from skembed.held_out import check_validation_data
from skembed.network_classifier import NetworkClassifier
from skembed.networks import ARCHITECTURES
from skembed.networks.runtime.keras_import import keras
from skembed.targets import check_classes, check_classes_left, check_target, check_weights
from skembed.vectors import keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["KerasTextClassifier"]


class KerasTextClassifier(CallbackSupportMixin, NetworkClassifier):  # type: ignore[misc]
    """Classify sequences of word ids with a Keras network.

    Put it at the end of a pipeline, behind a tokenizer and, for networks that need
    rows of one length, :class:`PadSequences`. With :class:`PretrainedEmbeddingMatrix`
    before it the network starts from those vectors; without, it learns its own.

    Parameters
    ----------
    architecture : str or callable, default="cnn"
        The network.

        - ``"cnn"``: convolutions side by side, each with its maximum over time [1]_;
        - ``"multichannel_cnn"``: the same on a frozen and a tuned copy of the word
          vectors [1]_;
        - ``"stacked_cnn"``: three convolutions, each on the pooled windows of the one
          before, dense [2]_;
        - ``"average"``: the mean of the word vectors, dense [3]_;
        - ``"lstm"``, ``"bilstm"``, ``"gru"``: the last state of a recurrent network, or
          of two that read in both directions [4]_ [5]_ [6]_;
        - ``"cnn_flatten"``: one convolution, a pool that halves, flatten, dense [7]_;
        - ``"flatten"``: all word vectors in a row [7]_;
        - a function ``build(facts, **settings)`` that returns a ``keras.Model`` which
          ends in probabilities: see :mod:`skembed.networks.architectures`. A compiled
          model keeps its optimizer and loss.

        All but ``"cnn_flatten"`` and ``"flatten"``, which need rows of one length, take
        documents of any length, and their predictions do not depend on padding.
    embedding_dim : int, default=None
        Numbers in a word vector. None: 100, or what the given vectors have.
    embedding_trainable : bool or int, default=True
        Whether word vectors are trained. A number: they stay as they are for so many
        epochs, and are then tuned, by an optimizer that begins anew. Of
        ``"multichannel_cnn"`` it speaks of the tuned copy.
    filters : int, default=None
        Filters of each convolution. None: 100 for ``"cnn"`` and ``"multichannel_cnn"``,
        128 for ``"stacked_cnn"``, 32 for ``"cnn_flatten"``.
    kernel_size : int or tuple of int, default=None
        Words in a window; a tuple makes one convolution of each size. None:
        ``(3, 4, 5)`` for ``"cnn"`` and ``"multichannel_cnn"``, 5 for
        ``"stacked_cnn"``, 8 for ``"cnn_flatten"``.
    hidden_units : int, default=None
        Units of a dense layer before the last, 0 for no such layer; of a recurrent
        network the size of its state. None: 16 for ``"average"``, 128 for
        ``"stacked_cnn"``, 10 for ``"cnn_flatten"``, 100 for ``"lstm"`` and ``"gru"``,
        64 each way for ``"bilstm"``, else 0.
    dropout : float in [0, 1), default=None
        Share of features dropped in training. None: 0.5 for ``"cnn"`` and
        ``"multichannel_cnn"``, else 0.
    optimizer : str, keras.optimizers.Optimizer or class of these, default="adam"
        The optimizer. Its parameters are set as ``optimizer__learning_rate`` and so
        on, unless it is an instance, of which a copy is used. ``"lazy_adam"`` is Adam
        that moves only the vectors of words in the batch, for large vocabularies (on
        TensorFlow; elsewhere it is Adam).
    batch_size : int, default=32
        Documents in a training batch.
    epochs : int, default=10
        Passes over the documents, at most.
    early_stopping : bool, default=False
        Whether to set documents aside and stop once the loss on them has not become
        better for `n_iter_no_change` epochs; the best weights are then restored. Where
        ``validation_data`` is passed to ``fit``, it counts, and none are set aside.
    validation_fraction : float in (0, 1), default=0.1
        The share of documents set aside, stratified by class; with several labels a
        document, drawn at random.
    n_iter_no_change : int, default=10
        Epochs without a better loss before training stops early.
    class_weight : dict, "balanced" or None, default=None
        Weights of classes; with several labels a document, None or "balanced".
    callbacks : keras.callbacks.Callback, class of these, or list of either, default=None
        Keras callbacks. Instances are copied; parameters of a class are set as
        ``callbacks__patience``, those in a list as ``callbacks__0__patience``.
    random_state : int, RandomState instance or None, default=None
        Draws the first weights, the order of documents, dropout and the documents set
        aside. An int makes ``fit`` repeat, on a CPU bit for bit.
    warm_start : bool, default=False
        Whether ``fit`` goes on training the fitted network. The network and its
        optimizer stay as they were made, whatever parameters are set meanwhile; the
        state of the optimizer is saved with them.
    verbose : int or "auto", default=0
        What Keras prints in training: 0 nothing, 1 a progress bar, 2 a line an epoch.
    **routed
        Parameters of the optimizer (``optimizer__...``) and of callback classes
        (``callbacks__...``).

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; with several labels a document, the numbers of their columns.
    n_classes_ : int
        Their number.
    history_ : dict of str to list of float
        Loss and accuracy of each epoch, and ``val_...`` of documents set aside or passed
        as ``validation_data``.
    n_epochs_ : int
        Epochs that were trained, those after the best one included.
    training_time_ : float
        Seconds that the network trained in the last ``fit`` or ``partial_fit``, as the
        clock on the wall counts. It is not saved: a fit that repeats makes equal pickles.
    model_ : keras.Model
        The network.
    vocabulary_ : Vocabulary, HashBuckets or None
        What the ids stood for in training; None if they came without.
    embedding_weights_ : ndarray of shape (n_ids, embedding_dim), dtype float32
        The word vectors, row by id.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words and their vectors, for ``most_similar``, :func:`save_word_vectors` and
        :func:`export_projector`; made anew each time.

    See Also
    --------
    PretrainedEmbeddingMatrix : Gives the network word vectors to start from.

    Notes
    -----
    A fitted classifier pickles as the function that builds the network, what it was
    called with, and the weights; no Keras object is in the pickle, so it loads with
    any backend and device.

    References
    ----------
    .. [1] Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014.
    .. [2] Chollet, "Using pre-trained word embeddings in a Keras model", 2016.
    .. [3] Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text
       Classification", ACL 2015.
    .. [4] Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
    .. [5] Graves and Schmidhuber, "Framewise Phoneme Classification with Bidirectional
       LSTM and Other Neural Network Architectures", Neural Networks 2005.
    .. [6] Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
       Statistical Machine Translation", EMNLP 2014.
    .. [7] Brownlee, "Deep Learning for Natural Language Processing", 2017.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTextClassifier, KerasTokenizerTransformer
    >>> pipeline = make_pipeline(
    ...     KerasTokenizerTransformer(),
    ...     KerasTextClassifier(architecture="average", embedding_dim=8, random_state=0,
    ...                         optimizer__learning_rate=0.1),
    ... )
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> pipeline.fit(texts, ["yes", "yes", "no", "no"]).predict(["good", "poor"])
    array(['yes', 'no'], dtype='<U3')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "architecture": [StrOptions(set(ARCHITECTURES)), callable],
        "embedding_dim": [Interval(Integral, 1, None, closed="left"), None],
        "embedding_trainable": ["boolean", Interval(Integral, 1, None, closed="left")],
        "filters": [Interval(Integral, 1, None, closed="left"), None],
        "kernel_size": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "hidden_units": [Interval(Integral, 0, None, closed="left"), None],
        "dropout": [Interval(Real, 0, 1, closed="left"), None],
        "optimizer": [str, keras.optimizers.Optimizer, type],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "callbacks": [keras.callbacks.Callback, type, list, tuple, None],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose", StrOptions({"auto"})],
    }

    def __init__(
        self,
        *,
        architecture: str | Callable[..., keras.Model] = "cnn",
        embedding_dim: int | None = None,
        embedding_trainable: bool | int = True,
        filters: int | None = None,
        kernel_size: int | tuple[int, ...] | None = None,
        hidden_units: int | None = None,
        dropout: float | None = None,
        optimizer: Any = "adam",
        batch_size: int = 32,
        epochs: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        callbacks: Any = None,
        random_state: int | np.random.RandomState | None = None,
        warm_start: bool = False,
        verbose: int | Literal["auto"] = 0,
        **routed: Any,
    ) -> None:
        self.architecture = architecture
        self.embedding_dim = embedding_dim
        self.embedding_trainable = embedding_trainable
        self.filters = filters
        self.kernel_size = kernel_size
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self._set_routed(routed)

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None, validation_data: Any = None) -> Self:
        """Train the network.

        Ctrl-C ends the training with a warning; what was learned by then is kept. In a
        search it is raised: a candidate that is trained in part must not be compared.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids; in arrays, zeros at either end are padding.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Labels of any kind; or indicators, where a document may have several labels.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of documents; those of weight zero are left out.
        validation_data : tuple (X, y) or (X, y, sample_weight), default=None
            Documents, from the same tokenizer, on which the network is validated after
            each epoch.

        Returns
        -------
        KerasTextClassifier
            This instance.

        Raises
        ------
        NotSequencesError, IdRangeError
            If `X` is no sequences of ids.
        EmptyVocabularyError
            If no document holds a word.
        VocabularyMismatchError
            If documents to validate on, or to go on with, have another vocabulary.
        TargetError
            If `y` or the weights do not fit `X`, or there is only one class.
        ArchitectureError
            If the network cannot be built from these data and parameters.
        TrainingDivergedError
            If the loss becomes NaN or infinite. Fitted state is then as before.
        """
        self._validate_params()
        context = self._init_callback_context(max_subtasks=self.epochs)
        sequences = check_sequences(X)
        target = check_target(y, len(sequences))
        weights = check_weights(sample_weight, self.class_weight, target)
        check_classes_left(target, weights)
        held_out = check_validation_data(validation_data, sequences, target)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        self._train(
            sequences,
            target,
            weights,
            goes_on=self.warm_start and hasattr(self, "_network"),
            epochs=self.epochs,
            held_out=held_out,
            task={"context": context, "X": X, "y": y},
        )
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one more epoch, on these documents.

        Ids must mean the same in every call: from a tokenizer that is fitted already, or
        hashed. The state of the optimizer is only saved with ``warm_start=True``.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come, of indicators the numbers of their columns;
            needed in the first call.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of documents.

        Returns
        -------
        KerasTextClassifier
            This instance.

        Raises
        ------
        SkembedError
            As :meth:`fit`; also if `classes` is missing or another than before.
        """
        self._validate_params()
        if self.early_stopping or self.class_weight == "balanced":
            raise InvalidParameterError(
                "partial_fit sees a part of the documents, once: early_stopping=True and "
                "class_weight='balanced' need all of them in fit."
            )
        sequences = check_sequences(X)
        goes_on = hasattr(self, "_network")
        known = check_classes(classes, getattr(self, "classes_", None))
        target = check_target(y, len(sequences), known)
        weights = check_weights(sample_weight, self.class_weight, target)
        self._train(sequences, target, weights, goes_on=goes_on, epochs=1)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float32
            Probabilities; columns in the order of ``classes_``. With several labels a
            document, each for itself; else the rows add up to one.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        VocabularyMismatchError, IdRangeError
            If the ids were made with another vocabulary, or lie beyond it.
        ArchitectureError
            If the network needs rows of the length seen in ``fit``, and they have
            another.
        """
        check_is_fitted(self)
        sequences = check_vocabulary(check_sequences(X), self.vocabulary_)
        outputs = self._network.outputs(sequences)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each document, or all that are probable.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids.

        Returns
        -------
        ndarray of shape (n_documents,) or (n_documents, n_labels)
            Labels, such as ``fit`` was given; or indicators, 1 above a probability of 0.5.

        Raises
        ------
        SkembedError
            As :meth:`predict_proba`.
        """
        probabilities = self.predict_proba(X)
        if self._network.spec.facts.multilabel:
            return (probabilities > 0.5).astype(np.int64)
        labels: npt.NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return labels

    @property
    def model_(self) -> keras.Model:
        """The network, a plain compiled ``keras.Model``."""
        check_is_fitted(self)
        self._compiled(self._network)
        return self._network.shown()

    @property
    def training_time_(self) -> float:
        """Seconds that the last training took."""
        check_is_fitted(self)
        if self._network.training_time is None:
            raise AttributeError(
                "The training time is known where the classifier was trained; it is not saved."
            )
        return self._network.training_time

    @property
    def embedding_weights_(self) -> npt.NDArray[np.float32]:
        """The word vectors of the first ``keras.layers.Embedding`` in the network."""
        check_is_fitted(self)
        if self._network.embedding is None:
            raise AttributeError("This network has no keras.layers.Embedding.")
        return np.asarray(self._network.embedding.get_weights()[0], np.float32)

    @property
    def keyed_vectors_(self) -> Any:
        """The word vectors that the network learned, as a gensim ``KeyedVectors``."""
        check_is_fitted(self)
        if not isinstance(self.vocabulary_, Vocabulary):
            raise AttributeError(
                "The ids that this classifier was fitted on stood for no known words."
            )
        return keyed_vectors(self.vocabulary_, self.embedding_weights_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True  # ids: whole numbers
        tags.input_tags.positive_only = True
        tags.classifier_tags.multi_label = True
        tags.non_deterministic = self.random_state is None
        return tags
