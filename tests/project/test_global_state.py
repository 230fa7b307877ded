"""What the fixture of every test notices: a change of each kind of global state."""

import logging
import os
import random
import signal
import sys
import threading
import warnings
from contextlib import contextmanager

import keras
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn
from global_state import changes, snapshot


@contextmanager
def waiting_thread():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    yield
    done.set()
    thread.join()


@contextmanager
def seeded_keras():
    attributes = keras.src.backend.common.global_state
    before = attributes.get_global_attribute("global_seed_generator")
    attributes.set_global_attribute("global_seed_generator", keras.random.SeedGenerator(0))
    yield
    attributes.set_global_attribute("global_seed_generator", before)


@contextmanager
def figure():
    yield plt.figure()
    plt.close()


@contextmanager
def numpy_seeded():
    before = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(before)


@contextmanager
def set_and_reset(get, change, value):
    before = get()
    change(value)
    yield
    change(before)


def seeded_python(monkeypatch, tmp_path):
    return set_and_reset(random.getstate, random.setstate, random.Random(0).getstate())


CHANGES = {
    "random": seeded_python,
    "numpy: random": lambda patch, folder: numpy_seeded(),
    "numpy: errors": lambda patch, folder: np.errstate(divide="raise"),
    "numpy: print options": lambda patch, folder: np.printoptions(precision=2),
    "keras: generator": lambda patch, folder: seeded_keras(),
    "keras: floatx": lambda patch, folder: set_and_reset(
        keras.config.floatx, keras.config.set_floatx, "float16"
    ),
    "keras: dtype policy": lambda patch, folder: set_and_reset(
        keras.config.dtype_policy, keras.config.set_dtype_policy, "mixed_bfloat16"
    ),
    "keras: image data format": lambda patch, folder: set_and_reset(
        keras.config.image_data_format, keras.config.set_image_data_format, "channels_first"
    ),
    "keras: custom objects": lambda patch, folder: patch.setitem(
        keras.saving.get_custom_objects(), "new", print
    ),
    "environment": lambda patch, folder: patch.setenv("SKEMBED_TRY", "1"),
    "working folder": lambda patch, folder: patch.chdir(folder),
    "sys.path": lambda patch, folder: patch.syspath_prepend(str(folder)),
    "standard streams": lambda patch, folder: patch.setattr(sys, "stderr", None),
    "hooks": lambda patch, folder: patch.setattr(sys, "excepthook", print),
    "logger root": lambda patch, folder: patch.setattr(logging.root, "level", 5),
    "warnings.filters": lambda patch, folder: warnings.simplefilter("ignore"),
    "sklearn: config": lambda patch, folder: sklearn.config_context(transform_output="pandas"),
    "signals": lambda patch, folder: set_and_reset(
        lambda: signal.getsignal(signal.SIGINT),
        lambda handler: signal.signal(signal.SIGINT, handler),
        lambda number, frame: None,
    ),
    "threads": lambda patch, folder: waiting_thread(),
    "open temporary files": lambda patch, folder: (folder / "file").open("w"),
    "matplotlib: parameters": lambda patch, folder: mpl.rc_context({"font.size": 3}),
    "matplotlib.pyplot: figures": lambda patch, folder: figure(),
    "limits of Python": lambda patch, folder: set_and_reset(
        sys.getrecursionlimit, sys.setrecursionlimit, 5000
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_noticed(name, monkeypatch, tmp_path):
    keras.random.uniform((2,))  # Keras then has its generator
    before = snapshot()
    with warnings.catch_warnings(), monkeypatch.context() as patch:
        change = CHANGES[name](patch, tmp_path)
        if change is None:
            found = changes(before, snapshot())
        else:
            with change:
                found = changes(before, snapshot())
    assert any(line.startswith(f"{name}: ") for line in found), found
    assert not changes(before, snapshot())


def test_drawing_is_no_change():
    before = snapshot()
    random.random()
    np.random.normal(size=5000)
    keras.random.uniform((2,))
    assert not changes(before, snapshot())


def test_a_value_is_shown_before_and_after(monkeypatch):
    monkeypatch.setenv("SKEMBED_TRY", "1")
    before = snapshot()
    with monkeypatch.context() as patch:
        patch.setenv("SKEMBED_TRY", "2")
        (line,) = changes(before, snapshot())
    assert line == "environment: {'SKEMBED_TRY': '1'} became {'SKEMBED_TRY': '2'}"
    assert os.environ["SKEMBED_TRY"] == "1"
