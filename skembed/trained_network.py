"""What a classifier does with its trained network: predict, show and save it."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed.network_training import compile_network
from skembed.networks.runtime.keras_import import keras
from skembed.networks.text_network import TextNetwork
from skembed.table_checks import check_texts_as_fitted, check_token_input
from skembed.vectors import keyed_vectors
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["TrainedNetworkMixin"]


class TrainedNetworkMixin:
    """Mixin for classifiers whose ``fit`` sets ``_network``, ``classes_`` and ``vocabulary_``."""

    _network: TextNetwork
    classes_: npt.NDArray[Any]
    vocabulary_: Vocabulary | HashBuckets | dict[str, Any] | None
    history_: dict[str, list[Any]]
    n_epochs_: int

    def predict_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """Predict class probabilities.

        Parameters
        ----------
        X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
            Documents as sequences of word ids.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float32
            Probabilities, with columns in the order of ``classes_``. Rows sum to one, except for
            multilabel targets, whose probabilities are independent.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        VocabularyMismatchError, IdRangeError
            If the ids come from another vocabulary or are out of range.
        MixedColumnsError
            If a table has other texts or numbers than in ``fit``.
        ArchitectureError
            If the network needs sequences of another length.
        """
        check_is_fitted(self)
        documents = check_texts_as_fitted(check_token_input(X), self.vocabulary_)
        outputs = self._network.outputs(documents)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict_log_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """Predict the logarithms of the class probabilities.

        Parameters
        ----------
        X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
            Documents as sequences of word ids.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float32
            The logarithms, with columns in the order of ``classes_``; ``-inf`` for a probability
            of 0. Errors are those of :meth:`predict_proba`.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict the class of each document, or all its labels for multilabel targets.

        Parameters
        ----------
        X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
            Documents as sequences of word ids.

        Returns
        -------
        ndarray of shape (n_documents,) or (n_documents, n_labels)
            The most probable class labels; or an indicator matrix, with 1 where the probability is
            above 0.5. Errors are those of :meth:`predict_proba`.
        """
        probabilities = self.predict_proba(X)
        if self._network.spec.facts.multilabel:
            return (probabilities > 0.5).astype(np.int64)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    @property
    def model_(self) -> keras.Model:
        """The trained network, compiled unless its optimizer, loss or a metric was not saved."""
        check_is_fitted(self)
        compiled_with = {"optimizer", "loss", "metrics"}
        missing = {name.partition("__")[0] for name in self._not_saved()}  # type: ignore[attr-defined]
        if not missing & compiled_with:
            compile_network(self, self._network)
        return self._network.share_model()

    @property
    def training_time_(self) -> float:
        """Wall-clock seconds of the last training."""
        check_is_fitted(self)
        return self._network.training_time

    @property
    def embedding_weights_(self) -> Any:
        """The word vectors of the first ``keras.layers.Embedding``; for a table, a dict by text."""
        check_is_fitted(self)
        vectors = {
            name: np.asarray(layer.get_weights()[0], np.float32)
            for name, layer in self._network.embeddings.items()
        }
        if not vectors:
            raise AttributeError("This network has no keras.layers.Embedding.")
        return vectors.get(None, vectors)

    @property
    def keyed_vectors_(self) -> Any:
        """The word vectors as gensim ``KeyedVectors``; for a table, a dict by text."""
        check_is_fitted(self)
        if isinstance(self.vocabulary_, dict):
            return {
                name: keyed_vectors(self.vocabulary_[name], vectors)
                for name, vectors in self.embedding_weights_.items()
                if isinstance(self.vocabulary_[name], Vocabulary)
            }
        if not isinstance(self.vocabulary_, Vocabulary):
            raise AttributeError("This classifier was fitted on ids without a known vocabulary.")
        return keyed_vectors(self.vocabulary_, self.embedding_weights_)

    def _summary(self) -> str:
        architecture = self.architecture  # type: ignore[attr-defined]
        name = getattr(architecture, "__name__", str(architecture))
        epochs = f"{self.n_epochs_} epoch" + "s" * (self.n_epochs_ != 1)
        return f"{name}, {epochs}, {self._score()}, {self._network.n_parameters:,} parameters"

    def _score(self) -> str:
        """Return the score of the weights that were kept, on validation documents if any."""
        history, kept = self.history_, -1
        if self.early_stopping and "val_loss" in history:  # type: ignore[attr-defined]
            kept = int(np.argmin(history["val_loss"]))
        single = [name for name, values in history.items() if np.ndim(values[kept]) == 0]
        is_loss = {name: name.endswith("loss") for name in single}
        name = min(single, key=lambda name: (not name.startswith("val_"), is_loss[name]))
        return f"{name} {history[name][kept]:.3f}"

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        if state["warm_start"] and "_network" in state:
            state["_network"] = self._network.with_training_state()
        return state
