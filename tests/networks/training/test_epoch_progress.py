"""Epochs as tasks of scikit-learn's callbacks."""

from collections import Counter

import numpy as np
from helpers import classifier
from sklearn.callback import ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import KerasTokenizerTransformer


class Names:
    """Record the names of the tasks that scikit-learn reports to callbacks."""

    max_propagation_depth = None

    def __init__(self):
        self.begun, self.ended = [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context):
        self.ended.append(context.task_name)


def test_epochs_are_named_with_loss_and_score(data):
    sequences, labels = data
    names = Names()
    network = classifier(early_stopping=True).set_callbacks(names).fit(sequences, labels)
    h = network.history_
    expected = [
        f"epoch: loss {h['loss'][i]:.4f}, accuracy {h['accuracy'][i]:.4f}, "
        f"val_loss {h['val_loss'][i]:.4f}, val_accuracy {h['val_accuracy'][i]:.4f}"
        for i in range(2)
    ]
    epochs = [name for name in names.begun if name.startswith("epoch")]
    assert epochs == expected
    assert Counter(names.begun) == Counter(names.ended)


def test_scores_of_every_epoch_of_a_search(feedback):
    texts, labels = feedback
    pipeline = make_pipeline(KerasTokenizerTransformer(), classifier())
    monitor = ScoringMonitor(scoring="accuracy")
    pipeline[-1].set_callbacks(monitor)
    grid = {"kerastextclassifier__optimizer__learning_rate": [0.001, 0.1]}
    GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(texts, labels)
    scores = [row["accuracy"] for log in monitor.get_logs(select="all") for row in log.data]
    assert len(scores) == 2 * (2 * 2 + 1)
    assert all(0 <= score <= 1 for score in scores)


class LooksAtTheNetwork(Names):
    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if fitted_estimator is not None:
            self.ended.append(fitted_estimator.model_.count_params())


def test_a_callback_of_scikit_learn_looks_at_the_network_after_each_epoch(data):
    looks = LooksAtTheNetwork()
    fitted = classifier(batch_size=3).set_callbacks(looks).fit(*data)
    unseen = classifier(batch_size=3).fit(*data)
    assert fitted._network.model.steps_per_execution == 1  # from the end of the training on
    assert looks.ended == [fitted.model_.count_params()] * 2
    assert np.array_equal(fitted.predict_proba(data[0]), unseen.predict_proba(data[0]))
