import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed import TokenSequences
from skembed.labelled_documents import LabelledDocuments
from skembed.networks import batches, inputs
from skembed.networks.batches import DistinctDocuments, FixedBatches, ShuffledBatches
from skembed.networks.inputs import id_array, width_of
from skembed.networks.runtime.keras_internals import KnownShapes
from skembed.targets import Target

lengths = st.lists(st.integers(0, 9), min_size=1, max_size=40)


def documents(lengths):
    """Row i is the id i + 1, `lengths[i]` times."""
    return TokenSequences.from_lists([[i + 1] * n for i, n in enumerate(lengths)])


def labelled(sequences, weights=None):
    """All of one class: the batches get their targets apart from the labels."""
    return LabelledDocuments(
        sequences, Target(np.arange(2), np.zeros(len(sequences), int)), weights
    )


def tokens(ids):
    return {row[0]: len(row) for row in ([t for t in r if t] for r in ids.tolist()) if row}


@given(lengths, st.integers(1, 7), st.sampled_from([None, 9]), st.booleans())
def test_every_document_once_an_epoch_with_its_label(lengths, batch_size, width, shuffled):
    sequences = documents(lengths)
    sequences = sequences if width is None else sequences.padded(width)
    target = np.arange(len(lengths))
    weights = (target / 7).astype(np.float32)
    kind = ShuffledBatches if shuffled else FixedBatches
    more = (np.random.RandomState(0),) if shuffled else ()
    batches = kind(labelled(sequences, weights), target, batch_size, *more)
    for _ in range(2):
        seen = []
        for i in range(len(batches)):
            ids, labels, label_weights = batches[i]
            seen.extend(labels.tolist())
            assert tokens(ids) == {label + 1: lengths[label] for label in labels if lengths[label]}
            assert np.array_equal(label_weights, weights[labels])
            longest = max(1, *(lengths[label] for label in labels), 1)
            assert len(ids) == len(labels)
            if width is None:  # rounded up, on JAX in larger steps
                assert longest <= ids.shape[1] < 1.5 * longest + 1
            else:
                assert ids.shape[1] == width
        assert sorted(seen) == target.tolist()
        if shuffled:
            batches.shuffle()


def test_the_order_is_new_in_every_epoch():
    sequences = documents(np.resize([3, 50], 200))
    batches = ShuffledBatches(labelled(sequences), np.arange(200), 10, np.random.RandomState(0))
    epochs = [np.concatenate([batches[i][1] for i in range(len(batches))])]
    batches.shuffle()
    epochs.append(np.concatenate([batches[i][1] for i in range(len(batches))]))
    assert not np.array_equal(*epochs)
    short_first = [np.mean(epoch[:100] % 2) for epoch in epochs]
    assert all(0.1 < share < 0.9 for share in short_first)  # short and long documents are mixed


def test_documents_meet_others_of_their_length():
    lengths = np.random.RandomState(0).geometric(0.01, 2000)
    batches = ShuffledBatches(
        labelled(documents(lengths)), np.zeros(2000), 32, np.random.RandomState(0)
    )
    cells = sum(batches[i][0].size for i in range(len(batches)))
    assert cells < 1.5 * lengths.sum()  # 7 times as many if padded to the longest


def test_documents_meet_others_in_every_epoch():
    batches = ShuffledBatches(
        labelled(documents(range(100, 150))), np.arange(50), 5, np.random.RandomState(0)
    )
    epochs = []
    for _ in range(2):
        epochs.append({frozenset(batches[i][1].tolist()) for i in range(len(batches))})
        batches.shuffle()
    assert epochs[0] != epochs[1]


def test_documents_meet_any_other_if_asked():
    lengths = np.resize([1, 100], 200)
    batches = ShuffledBatches(
        labelled(documents(lengths)),
        lengths,
        10,
        np.random.RandomState(0),
        similar=False,
    )
    for _ in range(2):
        met = [batches[i][1] for i in range(len(batches))]
        assert sorted(np.concatenate(met)) == sorted(lengths)
        assert all(len(set(of_a_batch)) == 2 for of_a_batch in met)
        batches.shuffle()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its pipeline")
def test_tensorflow_is_fed_the_same_batches_and_tunes_nothing():
    lengths = np.resize([1, 100], 50)
    batches = ShuffledBatches(labelled(documents(lengths)), lengths, 8, np.random.RandomState(0))
    dataset = KnownShapes(batches).get_tf_dataset()
    assert dataset.options().autotune.enabled is False
    fed = [*dataset]
    assert len(fed) == len(batches)
    assert [spec.shape.as_list() for spec in dataset.element_spec] == [[None, None], [None]]
    for i, (ids, labels) in enumerate(fed):
        assert np.array_equal(ids, batches[i][0])
        assert np.array_equal(labels, batches[i][1])


@given(st.integers(1, 1 << 20))
def test_widths_are_little_above_the_longest_document(longest):
    width = width_of(longest)
    assert longest <= width < longest + max(1, longest / inputs._WIDTHS_PER_DOUBLING)
    assert width_of(width) == width


def test_widths_are_few():
    assert len({*map(width_of, range(1025, 2049))}) == inputs._WIDTHS_PER_DOUBLING
    assert width_of(0) == width_of(1) == 1  # an array needs a column


@given(lengths)
def test_an_array_of_ragged_documents_has_zeros_behind_them(lengths):
    array = id_array(documents(lengths))
    assert array.dtype == np.int32
    assert array.shape == (len(lengths), width_of(max(lengths)))
    for i, (row, n) in enumerate(zip(array.tolist(), lengths, strict=True)):
        assert row == [i + 1] * n + [0] * (len(row) - n)


def test_documents_of_one_length_are_validated_in_their_order():
    lengths = np.resize([3, 1, 2, 1, 3, 1], 300)
    fixed = FixedBatches(labelled(documents(lengths)), np.arange(300), 64)
    found = [place for i in range(len(fixed)) for place in fixed[i][1].tolist()]
    assert found == sorted(range(300), key=lengths.__getitem__)  # Python sorts stably


@pytest.mark.parametrize(("width", "columns"), [(None, None), (9, 9)])
def test_the_form_says_what_every_batch_has_in_common(width, columns):
    sequences = documents([2, 5, 3])
    sequences = sequences if width is None else sequences.padded(width)
    targets, weights = np.zeros((3, 4), np.float32), np.ones(3)
    form = FixedBatches(labelled(sequences, weights), targets, 2).form
    assert form == [("<i4", columns), ("<f4", 4), ("<f8",)]
    for batch_size in (2, 3):  # two batches, one batch
        assert FixedBatches(labelled(sequences), targets, batch_size).form == form[:2]


def test_closed_batches_hold_no_data():
    closed = FixedBatches(labelled(documents([1, 2])), np.arange(2), 2)
    closed.close()
    assert not vars(closed)


small_documents = st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=12)


@given(small_documents, st.sampled_from([None, 4]), st.randoms(use_true_random=False))
def test_prediction_sees_the_same_batches_in_whatever_order_documents_come(lists, width, random):
    sequences = TokenSequences.from_lists(lists)
    sequences = sequences if width is None else sequences.padded(width)
    order = random.sample(range(len(lists)), len(lists))
    here, there = DistinctDocuments(sequences), DistinctDocuments(sequences[order])
    assert len(here) == len({tuple(ids) for ids in lists})
    assert here.sequences[here.inverse] == sequences
    assert np.array_equal(here.inverse[order], there.inverse)
    for mine, other in zip(here.batches(), there.batches(), strict=True):
        assert np.array_equal(mine, other)


def test_prediction_pads_little_and_takes_many_at_once(monkeypatch):
    monkeypatch.setattr(batches, "_IDS_PER_PREDICTION", 8)
    distinct = DistinctDocuments(documents([1, 4, 2, 8, 1]))
    assert [ids.shape for ids in distinct.batches()] == [(1, 8), (2, 4), (2, 1)]
    one_word_each = DistinctDocuments(documents([1] * 9))
    assert [ids.shape for ids in one_word_each.batches()] == [(8, 1), (1, 1)]


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="others start a batch sooner")
def test_pytorch_on_a_card_predicts_more_at_once(monkeypatch):
    import torch

    distinct = DistinctDocuments(documents(np.arange(1_000, 1_200)))
    n_batches = len([*distinct.batches()])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert len([*distinct.batches()]) <= n_batches / 3
