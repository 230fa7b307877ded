"""The page of word vectors: time to write it, its size, and how smoothly a browser moves it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, seconds
from skembed import TokenSequences, Vocabulary, export_projector
from tests.browser import chromium

N_WORDS, DIM, N_SECONDS = 20_000, 300, 4
WINDOWS = {
    "1280 × 800": (1280, 800, 1),
    "2560 × 1440, fine": (2560, 1440, 2),
    "phone": (390, 844, 3),
}

# Drags the picture by some pixels in each frame, and counts the frames that are drawn.
DRAG = f"""
new Promise(done => {{
  const canvas = document.getElementById("canvas"), start = performance.now();
  const put = CanvasRenderingContext2D.prototype.putImageData;
  let drawn = 0, x = 100;
  CanvasRenderingContext2D.prototype.putImageData = function (...all) {{
    drawn++;
    return put.apply(this, all);
  }};
  canvas.setPointerCapture = () => {{}};
  const send = type => canvas.dispatchEvent(new PointerEvent(
    type, {{ pointerId: 1, clientX: x += 2, clientY: 200, buttons: 1, bubbles: true }}));
  send("pointerdown");
  const next = () => {{
    send("pointermove");
    if (performance.now() - start < {1000 * N_SECONDS}) return requestAnimationFrame(next);
    send("pointerup");
    CanvasRenderingContext2D.prototype.putImageData = put;
    done(1000 * drawn / (performance.now() - start));
  }};
  next();
}})
"""


def export(folder):
    """Write a page of random vectors, whose words lean to two classes."""
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(N_WORDS)]
    vectors = dict(zip(words, rng.normal(size=(N_WORDS, DIM)).astype(np.float32)))
    y = rng.integers(0, 2, 2000)
    ids = 1 + (rng.pareto(0.6, (2000, 200)) + 40 * y[:, None]).astype(int) % N_WORDS
    documents = TokenSequences.from_array(ids, Vocabulary(words))
    return lambda: export_projector(vectors, folder, html=True, documents=documents, y=y)


def measure():
    """A page of 20,000 words with 300 dimensions, in headless Chromium without a graphics card."""
    with TemporaryDirectory() as folder, chromium() as page:
        path = Path(folder) / "words.html"
        yield Figure("writing it", seconds(export(folder)))
        yield Figure("its size", path.stat().st_size / 1e6, "MB", at_most=5)
        page.shape(1280, 800)
        yield Figure("opening it", seconds(page.open, path), at_most=2)
        for window, (width, height, scale) in WINDOWS.items():
            page.shape(width, height, scale=scale)
            for name, button in (("2-D", "flat"), ("3-D", "deep")):
                page.open(path)
                page.run(f"document.getElementById('{button}').click()")
                what = f"frames a second, {name}, {window}"
                yield Figure(what, page.run(DRAG), "1/s", at_least=30)
