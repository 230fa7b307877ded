"""Run cases in a child process, and report each that fails, hangs or ends the process."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

TESTS = Path(__file__).parents[2]
WALL_SECONDS = 120  # without a sign of life; a case has ten seconds of processor time
MAX_FAILURES = 5  # of a group, then its other cases are not tried


class BoundedProcess:
    """The child process, started when it is first needed, and again after it ended."""

    def __init__(self):
        self.process = None

    def start(self):
        path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fuzz.files.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, **limits},
        )
        self.answers = SimpleQueue()
        streams = self.answers, self.process.stdout
        threading.Thread(target=self.read, args=streams, daemon=True).start()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def read(self, answers, stream):
        for line in stream:
            answers.put(json.loads(line))
        answers.put(None)

    def answer(self):
        """Return the next answer; None if the process ended or does nothing."""
        try:
            return self.answers.get(timeout=WALL_SECONDS)
        except Empty:
            return None

    def run(self, group, seed, first, last):
        """Try some cases of a group; return the number and the traceback of those that fail."""
        failures = []
        while first < last and len(failures) < MAX_FAILURES:
            if self.process is None:
                self.start()
            request = json.dumps([group, seed, first, last]) + "\n"
            self.process.stdin.write(request.encode())
            self.process.stdin.flush()
            index = first
            while (answer := self.answer()) is not None and answer[0] != "end":
                kind, value = answer
                if kind == "begin":
                    index = value
                else:
                    failures.append((index, value))
                if len(failures) >= MAX_FAILURES:
                    self.stop()
                    return failures
            if answer is not None:
                return failures
            failures.append((index, self.how_it_ended()))
            first = index + 1
        return failures

    def how_it_ended(self):
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.stop()
            return f"no sign of life in {WALL_SECONDS} seconds"
        self.stop()
        if code == -signal.SIGPROF:
            return "more than ten seconds of processor time"
        return f"the process ended with {code}"
