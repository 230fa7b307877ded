"""The state of a process that no test, and no call of skembed, may change.

Random numbers may be drawn from the global generators, since ``random_state=None`` means that; the
generators may not be seeded. A look imports nothing: what belongs to a module counts once the
module is imported.
"""

import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress

#: Variables that are set once, when Keras or a package is imported, unless the user has set them.
SET_ON_IMPORT = {
    "CUBLAS_WORKSPACE_CONFIG",
    "ENABLE_RUNTIME_UPTIME_TELEMETRY",
    "HDF5_PLUGIN_PATH",
    "NPROC",
    "TF2_BEHAVIOR",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TPU_ML_PLATFORM",
    "TPU_ML_PLATFORM_VERSION",
    "TPU_SKIP_MDS_QUERY",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
}
_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGABRT, signal.SIGFPE, signal.SIGSEGV]
_SIGNALS += [
    getattr(signal, name)
    for name in ("SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1")
    if hasattr(signal, name)
]
_MOST_DRAWN = 2_000_000
_TEMPORARY = os.path.realpath(tempfile.gettempdir())


def snapshot():
    """Return the state as values that can be compared, by name."""
    state = {
        "random": Twister.of(random),
        "working folder": os.getcwd(),
        # Packages set filters of their own warnings when they are imported, which may be in a test.
        "warnings.filters": [f for f in warnings.filters if f[2].__module__ == "builtins"],
        "locale": locale.setlocale(locale.LC_ALL),
        "standard streams": (sys.stdin, sys.stdout, sys.stderr),
        "hooks": (sys.excepthook, sys.displayhook, threading.excepthook),
        "sys.path": [*sys.path],
        "limits of Python": (sys.getrecursionlimit(), sys.getswitchinterval()),
        "garbage collection": (gc.isenabled(), gc.get_threshold()),
        "timeout of sockets": socket.getdefaulttimeout(),
        "signals": {number.name: signal.getsignal(number) for number in _SIGNALS},
        "threads": _threads(),
        "open temporary files": _open_temporary_files(),
        "environment": {
            name: value
            for name, value in os.environ.items()
            if name not in SET_ON_IMPORT and name != "PYTEST_CURRENT_TEST"
        },
    }
    state |= {f"logger {name}": _settings(logger) for name, logger in _loggers()}
    for name, look in _OF_MODULES.items():
        module = sys.modules.get(name)
        if module is not None:
            with suppress(AttributeError):  # another thread is importing it
                state |= {f"{name}: {what}": value for what, value in look(module).items()}
    return state


def changes(before, after):
    """Return a line for each value that has changed; a value that is new has not."""
    for thread in after["threads"] - before["threads"]:
        thread.join(timeout=2)  # one that was told to end
    after["threads"] = {thread for thread in after["threads"] if thread.is_alive()}
    before["threads"] = {thread for thread in before["threads"] if thread.is_alive()}
    return [
        f"{name}: {_shown(before[name], after[name])}"
        for name in before
        if name in after and before[name] != after[name]
    ]


@contextmanager
def seeds_restored():
    """Restore the global generators of Python, NumPy, Keras and the backend."""
    import keras
    import numpy as np

    states = random.getstate(), np.random.get_state()
    attributes, name = keras.src.backend.common.global_state, "global_seed_generator"
    of_keras = attributes.get_global_attribute(name)
    tensorflow = sys.modules.get("tensorflow.python.eager.context")
    context, torch = tensorflow and tensorflow.context(), sys.modules.get("torch")
    of_tensorflow = context and (context._seed, getattr(context, "_rng", None))
    of_torch = torch and torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        attributes.set_global_attribute(name, of_keras)
        if context is not None:
            context._set_global_seed(None)
            context._seed, context._rng = of_tensorflow
        if torch is not None:
            torch.set_rng_state(of_torch)


class Twister:
    """A Mersenne twister; it equals one that numbers were drawn from since."""

    def __init__(self, key, place):
        self.key, self.place = tuple(key), place

    @classmethod
    def of(cls, generator):
        """Return the twister of a generator of Python."""
        *key, place = generator.getstate()[1]
        return cls(key, place)

    def __eq__(self, later):
        if later is None:
            return False
        if (self.key, self.place) == (later.key, later.place):
            return True
        drawing = random.Random()
        drawing.setstate((3, (*self.key, self.place), None))
        for _ in range(_MOST_DRAWN // len(self.key)):
            if Twister.of(drawing).key == later.key:
                return True
            drawing.getrandbits(32 * len(self.key))  # renews the key
        return False

    def __repr__(self):
        return f"a generator {self.key[:2]}, {self.place}"


def _shown(before, after):
    if isinstance(before, dict):
        names = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
        before, after = ({n: state.get(n) for n in sorted(names)} for state in (before, after))
    elif isinstance(before, set):
        before, after = before - after, after - before
    return f"{before!r:.200} became {after!r:.200}"


def _threads():
    """Return the threads that Python waits for at its end; joblib keeps one with its workers."""
    found = {thread for thread in threading.enumerate() if not thread.daemon}
    return {thread for thread in found if thread.name != "ExecutorManagerThread"}


def _open_temporary_files():
    """Return the paths of open files in the folder for temporary files, where /proc shows them."""
    paths = set()
    with suppress(OSError):
        for number in os.listdir("/proc/self/fd"):
            with suppress(OSError):  # closed meanwhile
                paths.add(os.readlink(f"/proc/self/fd/{number}"))
    # The cache of word vectors keeps maps of the files that it read last, the fuzz tests keep their
    # notes open, and scikit-learn's checks leave files to the garbage collector. An environment
    # may be in the folder, too, with the fonts of Matplotlib.
    kept = ("/skembed/", "/skembed-fuzz-", "/sklearn_testing_", "/site-packages/")
    return {p for p in paths if p.startswith(_TEMPORARY) and not any(k in p for k in kept)}


def _loggers():
    yield "root", logging.root
    for name, logger in [*logging.root.manager.loggerDict.items()]:
        if isinstance(logger, logging.Logger) and name != "absl":  # TensorFlow sets its level
            yield name, logger


def _settings(logger):
    return (
        logger.level,
        logger.disabled,
        logger.propagate,
        [*logger.handlers],
        [*logger.filters],
    )


def _of_numpy(numpy):
    _, key, place, *_ = numpy.random.get_state()
    return {
        "random": Twister(key.tolist(), place),
        "errors": numpy.geterr(),
        "print options": numpy.get_printoptions(),
    }


def _of_keras(keras):
    config, attributes = keras.config, keras.src.backend.common.global_state
    of_seeds = attributes.get_global_attribute("global_seed_generator")
    return ({} if of_seeds is None else {"generator": of_seeds}) | {
        "backend": config.backend(),
        "floatx": config.floatx(),
        "epsilon": config.epsilon(),
        "image data format": config.image_data_format(),
        "dtype policy": config.dtype_policy().name,
        "interactive logging": config.is_interactive_logging_enabled(),
        "traceback filtering": config.is_traceback_filtering_enabled(),
        "custom objects": {*keras.saving.get_custom_objects()},
    }


def _of_tensorflow(context):
    generator = getattr(context.context(), "_rng", None)
    return {
        "seed": context.global_seed(),
        "random": generator and Twister.of(generator),
    }


def _of_torch(torch):
    return {
        "seed": torch.initial_seed(),
        "default dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
    }


def _of_matplotlib(matplotlib):
    parameters = dict.copy(matplotlib.rcParams)
    for name in ("backend", "backend_fallback"):  # chosen at the first figure
        parameters.pop(name)
    return {"parameters": parameters}


_OF_MODULES = {
    "numpy": _of_numpy,
    "sklearn": lambda sklearn: {"config": sklearn.get_config()},
    "keras": _of_keras,
    "tensorflow.python.eager.context": _of_tensorflow,
    "tensorflow.python.framework.config": lambda config: {
        "deterministic": config.is_op_determinism_enabled()
    },
    "jax": lambda jax: {"config": dict(jax.config.values)},
    "torch": _of_torch,
    "matplotlib": _of_matplotlib,
    "matplotlib.pyplot": lambda pyplot: {"figures": pyplot.get_fignums()},
}
