"""Import Keras without TensorFlow's start-up messages, and limit its threads and memory."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec

from skembed.errors import NotInstalledError
from skembed.networks.runtime.garbage import without_collections

__all__ = ["keras"]

_BACKENDS = ("tensorflow", "jax", "torch")  # the packages have the names of the backends

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_SEVERITIES = b"IWEF"  # information, warning, error, fatal: levels 0 to 3
_MESSAGE = re.compile(rb"^(?:\d{4}-.*?: )?([IWEF])(?:\d{4})? ", re.MULTILINE)


@contextmanager
def _messages_held_back() -> Iterator[None]:
    """Hold back what TensorFlow's C++ code writes to stderr during the import.

    TensorFlow 2.21 writes there before it reads TF_CPP_MIN_LOG_LEVEL (TensorFlow issue
    100442). Nothing is shown if the user has not set that variable; otherwise, the messages
    of at least that level, as TensorFlow documents it. If the import fails, all are shown.
    """
    chosen = os.environ.get(_LEVEL)
    level = 3 if chosen is None else int(chosen) if chosen.isdecimal() else 0
    if "keras" in sys.modules or level == 0:
        yield
        return
    try:
        stderr = os.dup(2)
    except OSError:  # a daemon, or pythonw, may have closed it: nothing can be written there
        yield
        return
    os.environ.setdefault(_LEVEL, "3")
    _flush_stderr()
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        shown = b""
        try:
            yield
            _flush_stderr()
            held.seek(0)
            if chosen is not None:
                shown = _keep_from_level(held.read(), level)
        except BaseException:
            held.seek(0)
            shown = held.read()
            raise
        finally:
            os.write(stderr, shown)
            os.dup2(stderr, 2)
            os.close(stderr)
            if chosen is None:
                del os.environ[_LEVEL]


def _flush_stderr() -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # it may be closed
            sys.stderr.flush()


def _keep_from_level(text: bytes, level: int) -> bytes:
    """Return the messages in a text that have at least a level, with all their lines."""
    messages = [*_MESSAGE.finditer(text)]
    ends = [message.start() for message in messages[1:]] + [len(text)]
    return b"".join(
        text[message.start() : end]
        for message, end in zip(messages, ends)
        if _SEVERITIES.index(message[1]) >= level
    )


def _missing(backend: str) -> NotInstalledError:
    others = [name for name in _BACKENDS if name != backend]
    installed = [name for name in others if find_spec(name) is not None]
    start = "start Python with the environment variable KERAS_BACKEND set to"
    choice = (
        f"or {start} a backend that is installed: {', '.join(installed)}."
        if installed
        else f"or install {' or '.join(others)} and {start} its name."
    )
    return NotInstalledError(
        f"Keras is set to use {backend}, which is not installed. "
        f"Install it (pip install {backend}), {choice}"
    )


try:
    with _messages_held_back(), without_collections():
        import keras

        from skembed.networks.runtime.threads_and_memory import take_a_share

        take_a_share()
except ModuleNotFoundError as error:
    if error.name not in _BACKENDS:
        raise
    raise _missing(error.name) from error
