"""Text classification with Keras networks."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils._param_validation import Interval, InvalidParameterError, Options, StrOptions

from skembed._fit_task import CallbackSupport
from skembed._training_only import TrainingOnly
from skembed.labelled_documents import (
    check_documents_and_labels,
    check_validation_data,
    one_validation_set,
)
from skembed.network_training import train_network
from skembed.networks import ARCHITECTURES
from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.scikeras_bridge import ScikerasClassifier
from skembed.setting_checks import check_unfreezing
from skembed.targets import ScoreMixin, check_classes
from skembed.trained_network import TrainedNetworkMixin

__all__ = ["KerasTextClassifier"]

_MAX_SIZE = 2**31 - 1  # of a layer: no backend makes a larger one


class KerasTextClassifier(
    TrainedNetworkMixin,
    TrainingOnly,
    ScoreMixin,
    CallbackSupport,
    ScikerasClassifier,
):
    """Classify sequences of word ids, or tables of them beside numbers, with a Keras network.

    Use this classifier as the last step of a pipeline, after a tokenizer. Networks that need
    sequences of one length also need :class:`PadSequences`. After
    :class:`PretrainedEmbeddingMatrix`, the network starts from pretrained word vectors; otherwise
    it learns them from scratch.

    Parameters
    ----------
    architecture : str or callable, default="cnn"
        The network architecture. :mod:`skembed.networks.architectures` has the sources and the
        default settings.

        - ``"cnn"``: parallel convolutions, each with max-over-time pooling [1]_;
        - ``"multichannel_cnn"``: the same on a frozen and a trainable copy of the word vectors;
        - ``"stacked_cnn"``: three convolutions in sequence with max pooling, then a dense layer;
        - ``"average"``: the mean of the word vectors, then a dense layer;
        - ``"lstm"``, ``"bilstm"``, ``"gru"``: the final state of one recurrent layer or of two;
        - ``"cnn_flatten"``: a convolution, max pooling of size 2, flattening, then a dense layer;
        - ``"flatten"``: the concatenated word vectors;
        - a function ``build(facts, **settings)`` that returns a ``keras.Model`` whose outputs are
          probabilities. A compiled model keeps its optimizer, loss and metrics, so these must
          not be set here.

        ``"cnn_flatten"`` and ``"flatten"`` need sequences of one length. The others accept
        documents of any length, and their predictions do not depend on padding.
    embedding_dim : int, default=None
        Dimension of the word vectors. None: 100, or the dimension of the pretrained vectors.
    embedding_trainable : bool, default=True
        Whether the word vectors are trained; for ``"multichannel_cnn"``, those of the tuned copy.
        If False and no vectors are given, random ones stay as they are, with a warning.
    unfreeze_after : int, default=None
        Number of epochs for which the word vectors stay frozen, less than `epochs`. Then the
        optimizer state is reset and they are trained, too. None: they are trained from the start.
    filters : int, default=None
        Number of filters of each convolution. None: the default of the architecture.
    kernel_size : int or tuple of int, default=None
        Window length in words; a tuple gives one convolution per size. None: as for `filters`.
    hidden_units : int, default=None
        Number of units of the dense layer before the output layer, 0 for no such layer; for
        recurrent networks, the size of the state. None: as for `filters`.
    dropout : float in [0, 1), default=None
        Dropout rate. None: as for `filters`.
    numbers_units : int, default=0
        Number of units of a dense layer on the numbers of a table, 0 for no such layer.
    optimizer : str, keras.optimizers.Optimizer or class of these, default="adam"
        The optimizer. Set the parameters of a name or class as ``optimizer__learning_rate`` and so
        on. An instance is copied. ``"lazy_adam"`` is a variant of Adam for large vocabularies that
        updates only the vectors of the words in the batch; on backends other than TensorFlow it is
        plain Adam.
    loss : str, keras.losses.Loss, class of these, or function, default=None
        The loss, such as ``"binary_focal_crossentropy"``. None: cross-entropy. Two classes and
        multilabel targets have sigmoid outputs, for the ``binary`` losses; otherwise there is one
        output per class, for the ``categorical`` losses and the ``sparse_categorical`` ones. In
        a search, Keras copies an instance of your own class if that is registered with
        ``keras.saving.register_keras_serializable``; a class or a function needs nothing.
    metrics : str, keras.metrics.Metric, class of these, function, or list of these, default=None
        What is computed after each epoch besides the loss, by the name that callbacks can monitor,
        such as ``["accuracy", "auc"]``. None: accuracy.
    batch_size : int, default=32
        Number of documents per training batch.
    epochs : int, default=10
        Maximum number of passes over the documents.
    early_stopping : bool, default=False
        Whether to stop once the loss on validation documents (``validation_data``, otherwise a
        part of the training documents) has not improved for `n_iter_no_change` epochs, and to
        restore the weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        Fraction of the training documents to use for validation, stratified by class unless
        targets are multilabel. Only used with early stopping and without ``validation_data``.
    n_iter_no_change : int, default=3
        Number of epochs without a lower validation loss after which training stops. Only used
        with early stopping.
    class_weight : dict, "balanced" or None, default=None
        Class weights. For multilabel targets, only None and "balanced" are allowed.
    callbacks : keras.callbacks.Callback, class of these, or list of either, default=None
        Keras callbacks. Instances are copied. Set the parameters of a class as
        ``callbacks__patience``, or as ``callbacks__0__patience`` if it is in a list. What they
        monitor must be the loss or one of the metrics, or be logged by an earlier callback.
    random_state : int, RandomState instance or None, default=None
        Controls weight initialization, shuffling, dropout and the choice of validation documents.
        Pass an int for reproducible results. On one CPU with the same number of threads, they are
        bit-identical. Workers (``n_jobs=2``) have fewer threads than a single process, with which
        convolutional networks get other last bits; ``OMP_NUM_THREADS=1`` makes them equal. On a
        graphics card, PyTorch then uses kernels that repeat; JAX does if the environment variable
        ``XLA_FLAGS`` contains ``--xla_gpu_deterministic_ops=true`` when Python starts.
    warm_start : bool, default=False
        Whether ``fit`` continues training the fitted network. The network and its optimizer are
        kept, and a change of the parameters they were built with is an error. The optimizer, its
        state and the callbacks are pickled too, so loading the classifier needs their classes.
    verbose : int or "auto", default=0
        Keras verbosity in training: 0 for silent, 1 for a progress bar, 2 for one line per epoch.
    **routed
        Parameters of a named optimizer or optimizer class (``optimizer__...``), of callback classes
        (``callbacks__...``), of a function passed as `architecture` (``architecture__...``), and
        of single texts of a table (``text__title__filters``); see Notes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels; for multilabel targets, the columns' names in a DataFrame, or indices.
    n_classes_ : int
        Number of classes.
    history_ : dict of str to list of float
        Loss and metrics per epoch, and what callbacks log; the ``val_...`` entries are those on the
        validation documents. A metric with one value per class has an array per epoch.
    n_epochs_ : int
        Number of epochs trained, including those after the best one.
    training_time_ : float
        Wall-clock seconds of the last training; NaN after loading, so equal fits pickle equally.
    model_ : keras.Model
        The trained network; compiled unless its optimizer, loss or a metric was not saved.
    vocabulary_ : Vocabulary, HashBuckets or None
        The vocabulary of the training sequences; None if they had none.
    embedding_weights_ : ndarray of shape (n_ids, embedding_dim), dtype float32
        The word vectors; the row index is the word id. For a table, this, `vocabulary_` and
        `keyed_vectors_` are a dict by text.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words and their vectors, for ``most_similar``, :func:`save_word_vectors` and
        :func:`export_projector`. Created on each access.

    See Also
    --------
    PretrainedEmbeddingMatrix : Initialize the network with pretrained word vectors.

    Notes
    -----
    Each text of a :class:`TokenTable` goes through a network of its own; their features and the
    numbers, which should be scaled, are joined before the output layer. `architecture`,
    `embedding_dim`, `filters`, `kernel_size`, `hidden_units` and `dropout` hold for all texts that
    have a use for them; ``text__<name>__filters`` and so on hold for one. A text with at most one
    token in each document, such as a category, is its word vector, unless it has an architecture
    of its own. `embedding_trainable` and `unfreeze_after` hold for the texts that come with word
    vectors, if any does. Texts with the same vocabulary and matrix, not only equal ones, share one
    embedding layer. A function as `architecture` gets facts with ``parts`` by name, and inputs have
    the names ``facts.input_names``.

    A fitted classifier pickles without Keras objects, so any backend and device can load it. A
    loaded one lacks objects given as optimizer, loss, metrics or callbacks; to fit it again, set
    them first.

    References
    ----------
    .. [1] Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014.

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

    _for_training = ("callbacks", "loss", "metrics", "optimizer")
    _functions = ("architecture",)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "architecture": [StrOptions(set(ARCHITECTURES)), callable],
        "embedding_dim": [Interval(Integral, 1, _MAX_SIZE, closed="both"), None],
        "embedding_trainable": ["boolean", Options(Integral, {0, 1})],
        "unfreeze_after": [Interval(Integral, 1, None, closed="left"), None],
        "filters": [Interval(Integral, 1, _MAX_SIZE, closed="both"), None],
        "kernel_size": [Interval(Integral, 1, _MAX_SIZE, closed="both"), tuple, list, None],
        "hidden_units": [Interval(Integral, 0, _MAX_SIZE, closed="both"), None],
        "dropout": [Interval(Real, 0, 1, closed="left"), None],
        "numbers_units": [Interval(Integral, 0, _MAX_SIZE, closed="both")],
        "optimizer": [str, keras.optimizers.Optimizer, type],
        "loss": [str, callable, None],
        "metrics": [str, callable, list, tuple, None],
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
        embedding_trainable: bool = True,
        unfreeze_after: int | None = None,
        filters: int | None = None,
        kernel_size: int | tuple[int, ...] | None = None,
        hidden_units: int | None = None,
        dropout: float | None = None,
        numbers_units: int = 0,
        optimizer: Any = "adam",
        loss: Any = None,
        metrics: Any = None,
        batch_size: int = 32,
        epochs: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 3,
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
        self.unfreeze_after = unfreeze_after
        self.filters = filters
        self.kernel_size = kernel_size
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.numbers_units = numbers_units
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
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
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation_data: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train the network.

        Ctrl-C ends training with a warning and keeps what was learned; in a search it is raised.

        Parameters
        ----------
        X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
            Documents as sequences of word ids. In arrays, zeros at either end are padding.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Class labels, or a multilabel indicator matrix, also a DataFrame with names of labels.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents. Documents with weight zero are not used.
        validation_data : tuple (X, y) or (X, y, sample_weight), default=None
            Documents on which to validate the network after each epoch. Their ids must come from
            the same tokenizer.
        X_val, y_val, sample_weight_val : default=None
            The parts of `validation_data`, one by one. ``Pipeline(..., transform_input=["X_val"])``
            passes `X_val` through the steps before this one.

        Returns
        -------
        KerasTextClassifier
            The fitted classifier.

        Raises
        ------
        InvalidParameterError
            If a parameter has a wrong value or would have no effect, or if a callback monitors
            what is not logged.
        NotSequencesError, IdRangeError
            If `X` does not hold valid sequences of ids.
        EmptyVocabularyError
            If no document contains a word.
        VocabularyMismatchError
            If validation documents, or documents to continue with, have another vocabulary.
        TargetError
            If `y` or the weights do not match `X`, or if there is only one class.
        ArchitectureError
            If the network cannot be built for these data and parameters.
        NotEnoughMemoryError
            If the network or its training does not fit into memory.
        TrainingDivergedError
            If the loss becomes NaN or infinite. The fitted state is left unchanged.
        """
        self._validate_params()
        check_unfreezing(self, None if self.warm_start else self.epochs)
        continued = self.warm_start and hasattr(self, "_network")
        documents = check_documents_and_labels(X, y, sample_weight, self.class_weight)
        documents = documents.in_order_of(self.classes_) if continued else documents
        validation_data = one_validation_set(validation_data, X_val, y_val, sample_weight_val)
        validation = check_validation_data(validation_data, documents)
        context = self._init_callback_context(max_subtasks=self.epochs)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        task = {"context": context, "X": X, "y": y}
        self.__dict__ |= train_network(
            self, documents, validation, continued=continued, epochs=self.epochs, task=task
        )
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train the network for one epoch on a batch of documents.

        Every call must use the same mapping of words to ids: use a fitted tokenizer or a hashing
        tokenizer. The optimizer state is pickled only with ``warm_start=True``.

        Parameters
        ----------
        X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
            Documents as sequences of word ids.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Class labels, or a multilabel indicator matrix.
        classes : array-like of shape (n_classes,), default=None
            All classes of all calls; for multilabel targets, the names or indices of the columns.
            Required in the first call.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents.

        Returns
        -------
        KerasTextClassifier
            The fitted classifier.

        Raises
        ------
        SkembedError
            As in :meth:`fit`, and if `classes` is missing in the first call or differs from that
            of an earlier call.
        """
        self._validate_params()
        if self.early_stopping or self.class_weight == "balanced":
            raise InvalidParameterError(
                "early_stopping=True and class_weight='balanced' need all documents: use fit, "
                "since partial_fit gets only a part of them."
            )
        check_unfreezing(self)
        known = check_classes(classes, getattr(self, "classes_", None))
        documents = check_documents_and_labels(X, y, sample_weight, self.class_weight, known)
        continued = hasattr(self, "_network")
        self.__dict__ |= train_network(self, documents, continued=continued, epochs=1)
        return self
