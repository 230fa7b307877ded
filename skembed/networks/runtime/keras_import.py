"""Import Keras without TensorFlow's start-up messages, and limit its threads and memory."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keras"]


@contextmanager
def _messages_held_back() -> Iterator[None]:
    """Suppress what TensorFlow's C++ code writes to stderr during the import.

    TensorFlow 2.21 writes there before it reads TF_CPP_MIN_LOG_LEVEL (TensorFlow issue
    100442). Nothing is suppressed if the user has set that variable. If the import fails,
    the messages are shown.
    """
    if "keras" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            del os.environ["TF_CPP_MIN_LOG_LEVEL"]


with _messages_held_back():  # scikeras imports TensorFlow on every backend
    import keras

    from skembed.networks.runtime.threads_and_memory import take_a_share

    take_a_share()
