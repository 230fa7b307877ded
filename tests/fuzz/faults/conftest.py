"""A process that runs jobs in forks of itself, each of which may be disturbed."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from fuzz.faults.jobs import many_vectors
from fuzz.faults.lying_server import serving_lies

from skembed import save_word_vectors

TESTS = Path(__file__).parents[2]
ROWS = b"".join(b"word%d%s\n" % (i, b" 0.5" * 50) for i in range(20_000))


@pytest.fixture(scope="session")
def run():
    """Run a job in a folder, and return what became of it."""
    paths = [str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")]
    server = subprocess.Popen(
        [sys.executable, "-m", "fuzz.faults.jobs"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "no_proxy": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def run(job, folder, disturbance=()):
        server.stdin.write(json.dumps([job, str(folder), [*disturbance]]) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    with server:
        yield run
        server.stdin.close()


@pytest.fixture(scope="session")
def packed_vectors(tmp_path_factory):
    """The bytes of a compressed file of word vectors."""
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    save_word_vectors(many_vectors(), path)
    return gzip.compress(path.read_bytes(), mtime=0)


@pytest.fixture(scope="session")
def published():
    """What a file says about a server: where it has word vectors, and their digest."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("glove.6B.50d.txt", ROWS)
    digest = hashlib.sha256(file.getvalue()).hexdigest()
    with serving_lies(file.getvalue(), ["honest"]) as server:
        yield json.dumps([f"http://127.0.0.1:{server.server_address[1]}/glove.6B.zip", digest])


@pytest.fixture(scope="session")
def fill(packed_vectors, published):
    """Put what the jobs read into a folder."""

    def fill(folder):
        (folder / "published").write_text(published)
        (folder / "vectors.gz").write_bytes(packed_vectors)
        os.utime(folder / "vectors.gz", ns=(1, 1))  # so that its cache has the same name

    return fill


@pytest.fixture
def new_folder(tmp_path, fill):
    """Make a folder with what the jobs read."""

    def make(name):
        folder = tmp_path / name
        folder.mkdir()
        fill(folder)
        return folder

    return make
