"""A process of its own for cases that may hang, crash or take all memory: it is bounded.

It reads requests from its input, one JSON list per line: the name of a group, a seed, and the
first and the last number of the cases. It writes a line before each case, and one with the
traceback of each case that fails. The kernel kills it if a case takes too much processor time.
"""

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random

CPU_SECONDS = 10  # of one case; the kernel ends the process even if it does not return to Python
MEMORY_BYTES = 2 << 30  # beyond that of the process at the start, so that the machine survives
GROWTH_BYTES = 600 << 20  # of the memory in use, during one case: 16 MB of blank lines take 500


def run(case, group, seed, index, folder):
    """Try one case, whose random numbers depend on its group, the seed and its number only."""
    reset_peak()
    before = peak()
    case(group, Random(f"{seed} {group} {index}"), index, folder)
    grown = peak() - before
    assert grown < GROWTH_BYTES, f"the memory grew by {grown >> 20} MB"


def address_space():
    """Return its bytes: several GB where PyTorch is loaded."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def reset_peak():
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak():
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main():
    from fuzz.files.groups import GROUPS

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    limit = address_space() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for line in sys.stdin:
        group, seed, first, last = json.loads(line)
        for index in range(first, last):
            print(json.dumps(["begin", index]), file=answers)
            folder = Path(tempfile.mkdtemp())
            os.environ["SCIKIT_LEARN_DATA"] = str(folder / "home")
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    run(GROUPS[group], group, seed, index, folder)
            except Exception:
                print(json.dumps(["failed", traceback.format_exc()]), file=answers)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                shutil.rmtree(folder, ignore_errors=True)
        print(json.dumps(["end", last]), file=answers)


if __name__ == "__main__":
    main()
