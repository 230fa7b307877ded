"""Run jobs in processes that are killed, or that find no room on the disk.

``python -m fuzz.faults.jobs`` imports the package once, and forks a process for each job that it
reads as a line of JSON. The process works in a folder and may be disturbed:

* ``["seconds", s, signal]``: it gets a signal after some time,
* ``["events", n, signal]``: at its n-th operation on a file in the folder,
* ``["bytes", n, signal]``: when one of its files grows beyond n bytes,
* ``["limit", n]``: its files cannot grow beyond n bytes.
"""

import hashlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

TEXTS = ["good work and more", "very good work", "poor work", "very poor, not much"] * 6
LABELS = ["yes", "yes", "no", "no"] * 6
WORDS = ["good", "work", "poor", "very", "not", "much"]
_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate")
_END_SECONDS = 300  # on a busy machine: workers may still have to start before they end


def many_vectors():
    """Ten thousand vectors of four numbers."""
    words = WORDS + [f"word{i}" for i in range(10_000)]
    return {word: [0.125 * i, -1.0, 0.5, i % 7] for i, word in enumerate(words)}


def _digest(*arrays):
    return hashlib.sha256(b"".join(map(bytes, arrays))).hexdigest()


def _pipeline(folder, last, **how):
    from sklearn.pipeline import Pipeline

    import skembed

    steps = [
        ("tokenize", skembed.KerasTokenizerTransformer()),
        ("pad", skembed.PadSequences()),
        ("embed", skembed.PretrainedEmbeddingMatrix(folder / "vectors.gz")),
    ]
    return Pipeline([*steps, *last], **how)


def fit(folder):
    """Fit a network and save the pipeline."""
    import joblib

    import skembed

    network = skembed.KerasTextClassifier(
        architecture="average", epochs=3, hidden_units=0, random_state=0
    )
    fitted = _pipeline(folder, [("classify", network)]).fit(TEXTS, LABELS)
    joblib.dump(fitted, folder / "fitted.joblib")
    return _digest(fitted.predict_proba(TEXTS))


def search(folder, n_jobs=1):
    """Search with a memory for the steps."""
    from joblib import Memory, parallel_config
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    import skembed

    last = [("pool", skembed.EmbeddingVectorizer()), ("classify", LogisticRegression())]
    pipeline = _pipeline(folder, last, memory=Memory(folder / "memory", verbose=0))
    grid = {"classify__C": [0.1, 1.0], "pad__maxlen": [2, None]}
    found = GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, error_score="raise")
    with parallel_config("loky", idle_worker_timeout=2):  # joblib's default is five minutes
        found.fit(TEXTS, LABELS)
    return _digest(found.cv_results_["mean_test_score"], found.predict_proba(TEXTS))


def search_in_two_processes(folder):
    """The same in worker processes."""
    return search(folder, n_jobs=2)


def cache(folder):
    """Read a compressed file, whose index, rows and plain copy are kept."""
    from skembed import load_word_vectors

    found = load_word_vectors(folder / "vectors.gz", [f"word{i}" for i in range(0, 9000, 3)])
    return _digest(found.vectors, " ".join(found.index_to_key).encode())


def download(folder):
    """Fetch word vectors from a local server."""
    from skembed.datasets import fetch_word_vectors
    from skembed.datasets._word_vectors import WORD_VECTORS, Archive

    url, sha256 = json.loads((folder / "published").read_text())
    name = "glove.6B.50d"
    facts = WORD_VECTORS[name]._replace(archive=Archive(url, 1 << 24, sha256), n_rows=None)
    WORD_VECTORS[name] = facts
    path = fetch_word_vectors(name, data_home=folder / "home", n_retries=1, delay=0.001)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save(folder):
    """Save word vectors."""
    from skembed import save_word_vectors

    save_word_vectors(many_vectors(), folder / "saved")
    return hashlib.sha256((folder / "saved").read_bytes()).hexdigest()


def save_projector(folder):
    """Save word vectors as a page."""
    import skembed

    ids = skembed.KerasTokenizerTransformer().fit_transform(TEXTS)
    step = skembed.PretrainedEmbeddingMatrix(many_vectors()).fit(ids)
    skembed.export_projector(step, folder / "projector")
    return _digest_of_files(folder / "projector")


def save_report(folder):
    """Save a report on a pipeline."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from skembed import NgramVectorizer
    from skembed.inspection import model_report

    fitted = make_pipeline(NgramVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)
    model_report(fitted, TEXTS, LABELS, path=folder / "report.html")
    page = (folder / "report.html").read_text()
    return page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")


def _digest_of_files(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


JOBS = {
    job.__name__: job
    for job in (
        *(fit, search, search_in_two_processes, cache, download, save, save_projector),
        save_report,
    )
}


# --- the process that forks


def _child(job, folder, disturbance, answer):
    os.setpgid(0, 0)
    devnull = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(devnull, descriptor)
    os.environ["SCIKIT_LEARN_DATA"] = str(folder / "home")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    what, n, name = [*disturbance, None, None, None][:3]
    n_events = 0

    def count(event, arguments):
        nonlocal n_events
        if event in _EVENTS and str(arguments[0]).startswith(str(folder)):
            n_events += 1
            if what == "events" and n_events == n:
                os.kill(os.getpid(), signal.Signals[name])

    sys.addaudithook(count)
    if what in ("bytes", "limit"):
        import resource  # not on Windows

        if what == "bytes":
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))
    try:
        found = {"result": JOBS[job](folder), "n_events": n_events}
    except BaseException as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        found = {"error": f"{type(error).__name__}: {error}", "types": names}
    os.write(answer, json.dumps(found).encode())
    os._exit(0)


def _run(job, folder, disturbance):
    readable, writable = os.pipe()
    began, used = time.monotonic(), _used()
    child = os.fork()
    if child == 0:
        _child(job, Path(folder), disturbance, writable)
    os.close(writable)
    timer = threading.Timer(1e6, print)
    if disturbance and disturbance[0] == "seconds":
        number = signal.Signals[disturbance[2]]
        timer = threading.Timer(disturbance[1], os.kill, (child, number))
    timer.daemon = True
    timer.start()
    with os.fdopen(readable, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    found = json.loads(said) if said else {}
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return found | {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - began,
        "used": _used() - used,
        "n_bytes": max((path.stat().st_size for path in files), default=0),
        "is_alone": _is_alone(child),
    }


def _used():
    """Seconds of processor time of the processes that have ended."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _is_alone(group):
    """Whether all processes of a group end; those of a dead parent may take a moment."""
    until = time.monotonic() + _END_SECONDS
    while _members(group):
        if time.monotonic() > until:
            os.killpg(group, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True


def _members(group):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has ended
            continue
        if int(of_group) == group and state != "Z":
            found.append(path.parent.name)
    return found


def _serve():
    from skembed import export_projector  # noqa: F401

    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    for line in sys.stdin:
        print(json.dumps(_run(*json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
