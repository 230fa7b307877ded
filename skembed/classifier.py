"""The Keras text classifier."""

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skembed._validation import check_sequences
from skembed.errors import (
    EmptyVocabularyError,
    TargetError,
    VocabularyMismatchError,
)
from skembed.networks import ARCHITECTURES, Blueprint, NetworkFacts
from skembed.networks.batching import FixedBatches, LabelledDocuments, ShuffledBatches
from skembed.networks.fitted import FittedNetwork
from skembed.networks.progress import EpochProgress
from skembed.networks.runtime import keras, quiet, seeded
from skembed.networks.scikeras_base import ScikerasClassifier
from skembed.networks.training import (
    check_converged,
    compile_for_outputs,
    set_aside,
    target_for,
)
from skembed.sequences import TokenSequences
from skembed.targets import check_target, check_weights
from skembed.vectors import keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["KerasTextClassifier"]


class KerasTextClassifier(CallbackSupportMixin, ScikerasClassifier):  # type: ignore[misc]
    """Classify sequences of word ids with a Keras network.

    Put it at the end of a pipeline, behind a tokenizer and, for networks that need
    rows of one length, :class:`PadSequences`. With :class:`PretrainedEmbeddingMatrix`
    before it the network starts from those vectors; without, it learns its own.

    Parameters
    ----------
    architecture : {"cnn", "cnn_flatten", "flatten", "average"} or callable, default="cnn"
        The network.

        - ``"cnn"``: convolutions side by side, each with its maximum over time [1]_;
        - ``"cnn_flatten"``: one convolution, a pool that halves, flatten, dense [2]_;
        - ``"flatten"``: all word vectors in a row [2]_;
        - ``"average"``: the mean of the word vectors, dense [3]_;
        - a function ``build(facts, **settings)`` that returns a ``keras.Model`` which
          ends in probabilities: see :mod:`skembed.networks.architectures`. A compiled
          model keeps its optimizer and loss.

        ``"cnn"`` and ``"average"`` take documents of any length, and their predictions
        do not depend on padding; the others need rows of one length.
    embedding_dim : int, default=None
        Numbers in a word vector. None: 100, or what the given vectors have.
    embedding_trainable : bool, default=True
        Whether word vectors are trained; given ones are else left as they are.
    filters : int, default=None
        Filters of each convolution. None: 100 for ``"cnn"``, 32 for
        ``"cnn_flatten"``.
    kernel_size : int or tuple of int, default=None
        Words in a window; a tuple makes one convolution of each size. None:
        ``(3, 4, 5)`` for ``"cnn"``, 8 for ``"cnn_flatten"``.
    hidden_units : int, default=None
        Units of a dense layer before the last; 0 for no such layer. None: 16 for
        ``"average"``, 10 for ``"cnn_flatten"``, else 0.
    dropout : float in [0, 1), default=None
        Share of features dropped in training. None: 0.5 for ``"cnn"``, else 0.
    optimizer : str, keras.optimizers.Optimizer or class of these, default="adam"
        The optimizer. Its parameters are set as ``optimizer__learning_rate`` and so
        on, unless it is an instance, of which a copy is used.
    batch_size : int, default=32
        Documents in a training batch.
    epochs : int, default=10
        Passes over the documents, at most.
    early_stopping : bool, default=False
        Whether to set documents aside and stop once the loss on them has not become
        better for `n_iter_no_change` epochs; the best weights are then restored.
    validation_fraction : float in (0, 1), default=0.1
        The share of documents set aside, stratified by class.
    n_iter_no_change : int, default=10
        Epochs without a better loss before training stops early.
    class_weight : dict, "balanced" or None, default=None
        Weights of classes.
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
        The labels.
    n_classes_ : int
        Their number.
    history_ : dict of str to list of float
        Loss and accuracy of each epoch, and ``val_...`` with early stopping.
    n_epochs_ : int
        Epochs that were trained.
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
    .. [2] Brownlee, "Deep Learning for Natural Language Processing", 2017.
    .. [3] Iyyer et al., "Deep Unordered Composition Rivals Syntactic Methods for Text
       Classification", ACL 2015.

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
        "embedding_trainable": ["boolean"],
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
        embedding_trainable: bool = True,
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

    _network: FittedNetwork
    history_: dict[str, list[float]]

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids; in arrays, zeros at either end are padding.
        y : array-like of shape (n_documents,)
            Labels of any kind.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of documents; those of weight zero are left out.

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
        TargetError
            If `y` or the weights do not fit `X`, or there is only one class.
        ArchitectureError
            If the network cannot be built from these data and parameters.
        TrainingDivergedError
            If the loss becomes NaN or infinite. Fitted state is then as before.
        """
        self._validate_params()
        callbacks = self._new_callbacks()
        context = self._init_callback_context(max_subtasks=self.epochs)
        sequences = check_sequences(X)
        classes, codes = check_target(y, len(sequences))
        weights = check_weights(sample_weight, self.class_weight, y, sequences)
        if not sequences.ids.any():
            raise EmptyVocabularyError(
                f"None of the {len(sequences)} documents holds a word: check the cleaning and the "
                "tokenizer before this step."
            )
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        random_state = np.random.RandomState(
            check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        )
        with seeded(random_state.randint(np.iinfo(np.int32).max)), quiet():
            if self.warm_start and hasattr(self, "_network"):
                self._check_continues(sequences, classes)
                network, history = self._network, self.history_
            else:
                network, history = self._new_network(sequences, classes), {}
            model = self._compiled(network)
            documents = LabelledDocuments(
                network.rows(sequences), target_for(model, codes, len(classes)), weights
            )
            kept = np.arange(len(codes)) if weights is None else np.flatnonzero(weights)
            validation = None
            if self.early_stopping:
                kept, aside = set_aside(kept, codes, self.validation_fraction, random_state)
                validation = FixedBatches(documents[aside], self.batch_size)
            training = ShuffledBatches(documents[kept], self.batch_size, random_state)
            with network.as_before_on_error():
                trained = model.fit(
                    training,
                    epochs=self.epochs,
                    shuffle=False,  # the batches shuffle themselves
                    validation_data=validation,
                    callbacks=[
                        *callbacks,
                        *self._early_stopping(),
                        EpochProgress(self, context),
                    ],
                    verbose=self.verbose,
                ).history
                check_converged(model, documents[kept[: self.batch_size]].ids(), trained)
        self._network = network
        self.classes_ = classes
        self.n_classes_ = len(classes)
        self.vocabulary_ = sequences.vocabulary
        self.history_ = {name: history.get(name, []) + values for name, values in trained.items()}
        self.n_epochs_ = len(self.history_["loss"])
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def _new_network(self, sequences: TokenSequences, classes: npt.NDArray[Any]) -> FittedNetwork:
        facts = NetworkFacts.of(
            sequences, len(classes), self.embedding_dim, self.embedding_trainable
        )
        settings = {
            name: getattr(self, name)
            for name in ("filters", "kernel_size", "hidden_units", "dropout")
            if getattr(self, name) is not None
        }
        chosen = self.architecture
        build = ARCHITECTURES[chosen] if isinstance(chosen, str) else chosen
        blueprint = Blueprint(build, facts, settings)
        model = blueprint.network()
        if isinstance(chosen, str) and self.embedding_trainable:
            # The tuned vectors are among the weights: the first ones need not be kept.
            blueprint = replace(blueprint, facts=replace(facts, embedding=None))
        return FittedNetwork(blueprint, model)

    def _compiled(self, network: FittedNetwork) -> keras.Model:
        """Return the network's model, ready to train."""
        model = network.model
        if not model.compiled:
            compile_for_outputs(model, self._new_optimizer())
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        network.restore_training_state()
        return model

    def _early_stopping(self) -> list[keras.callbacks.Callback]:
        if not self.early_stopping:
            return []
        return [
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=self.n_iter_no_change, restore_best_weights=True
            )
        ]

    def predict_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float32
            Probabilities; columns in the order of ``classes_``.

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
        outputs = self._network.outputs(self._checked(check_sequences(X)))
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each document.

        Parameters
        ----------
        X : TokenSequences, or integer array of shape (n_documents, width)
            Documents as ids.

        Returns
        -------
        ndarray of shape (n_documents,)
            Labels, such as ``fit`` was given.

        Raises
        ------
        SkembedError
            As :meth:`predict_proba`.
        """
        most_probable = self.predict_proba(X).argmax(axis=1)
        labels: npt.NDArray[Any] = self.classes_[most_probable]
        return labels

    @property
    def model_(self) -> keras.Model:
        """The network, a plain compiled ``keras.Model``."""
        check_is_fitted(self)
        return self._compiled(self._network)

    @property
    def embedding_weights_(self) -> npt.NDArray[np.float32]:
        """The word vectors of the first ``keras.layers.Embedding`` in the network."""
        check_is_fitted(self)
        for layer in self._network.model.layers:
            if isinstance(layer, keras.layers.Embedding):
                return np.asarray(layer.get_weights()[0], np.float32)
        raise AttributeError("This network has no keras.layers.Embedding.")

    @property
    def keyed_vectors_(self) -> Any:
        """The word vectors that the network learned, as a gensim ``KeyedVectors``."""
        check_is_fitted(self)
        if not isinstance(self.vocabulary_, Vocabulary):
            raise AttributeError(
                "The ids that this classifier was fitted on stood for no known words."
            )
        return keyed_vectors(self.vocabulary_, self.embedding_weights_)

    def _checked(self, sequences: TokenSequences) -> TokenSequences:
        """Check that the ids stand for what they stood for in training."""
        known, given = self.vocabulary_, sequences.vocabulary
        if known is not None and given is not None and given != known:
            raise VocabularyMismatchError(
                f"These sequences were made with another vocabulary ({given!r}) than the one seen "
                f"in fit ({known!r}): use the tokenizer that this classifier was fitted with."
            )
        return sequences

    def _check_continues(self, sequences: TokenSequences, classes: npt.NDArray[Any]) -> None:
        if not np.array_equal(classes, self.classes_):
            raise TargetError(
                f"warm_start=True goes on with the classes {self.classes_.tolist()}; these are "
                f"{classes.tolist()}. Set warm_start=False to begin anew."
            )
        self._checked(sequences)

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        if self.warm_start and "_network" in state:
            state = {**state, "_network": self._network.with_training_state()}
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True  # ids: whole numbers
        tags.input_tags.positive_only = True
        tags.non_deterministic = self.random_state is None
        return tags
