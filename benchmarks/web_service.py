"""Benchmark of the web service of the how-to page: requests to a server in another process."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import joblib
import numpy as np
from sklearn.pipeline import make_pipeline

from benchmarks.figures import Figure, median, seconds
from benchmarks.new_process import start_process
from skembed import KerasTextClassifier, KerasTokenizerTransformer, make_text_classifier
from skembed.datasets import load_feedback

N_REQUESTS, N_CLIENTS, N_TEXTS = 400, 8, 20


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A server with a thread for each request."""

    daemon_threads = True
    request_queue_size = 64


class Silent(WSGIRequestHandler):
    """A handler that writes no log."""

    def log_message(self, *args):
        pass


def serve(path, port):
    """Load a model once, send the port, and answer requests until the process is ended."""
    model = joblib.load(path)
    model.predict(["a first text"])

    def application(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        answer = json.dumps(model.predict(json.loads(body)).tolist()).encode()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [answer]

    with make_server("127.0.0.1", 0, application, ThreadingServer, Silent) as server:
        port.send(server.server_port)
        server.serve_forever()


def ask(port, texts):
    """Send texts to the service and return the labels."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/", json.dumps(texts))
    labels = json.loads(connection.getresponse().read())
    connection.close()
    return labels


def measure_server(path, texts):
    """Return milliseconds of single requests and of texts at once, and requests per second."""
    process, receiver = start_process(serve, path)
    try:
        port = receiver.recv()
        singles = [[text] for text in texts[:N_REQUESTS]]
        assert ask(port, texts[:2]) == joblib.load(path).predict(texts[:2]).tolist()
        one = [1000 * seconds(ask, port, single) for single in singles]
        several = [1000 * seconds(ask, port, texts[i : i + N_TEXTS]) for i in range(40)]
        with ThreadPoolExecutor(N_CLIENTS) as clients:
            start = time.perf_counter()
            list(clients.map(lambda single: ask(port, single), singles))
            rate = len(singles) / (time.perf_counter() - start)
    finally:
        process.kill()
        process.join()
    return one, several, rate


def measure():
    """Comments sent to a web service of the standard library, one model per process."""
    texts, labels = load_feedback(return_X_y=True)
    texts = list(texts)
    network = make_pipeline(
        KerasTokenizerTransformer(), KerasTextClassifier(epochs=2, random_state=0)
    )
    models = {"default": make_text_classifier(random_state=0), '"cnn"': network}
    with TemporaryDirectory() as folder:
        for name, model in models.items():
            path = Path(folder) / "model.joblib"
            joblib.dump(model.fit(texts, labels), path)
            one, several, rate = measure_server(path, texts)
            alone = 1000 * median([seconds(model.predict, [text]) for text in texts[:200]])
            yield Figure(f"{name}: a request", median(one), "ms", "predict alone", alone)
            yield Figure("  95 of 100 within", float(np.quantile(one, 0.95)), "ms")
            yield Figure(f"  {N_TEXTS} comments in one", median(several), "ms")
            yield Figure(f"  {N_CLIENTS} clients at once", rate, "requests/s")
