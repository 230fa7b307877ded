"""What an installed skembed must do, without its repository: run this file as a program.

It looks for the files that a wheel could lack: data, pages, styles, types.
"""

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import joblib
import numpy as np

import skembed
from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    export_projector,
    make_text_classifier,
)
from skembed.datasets import load_feedback
from skembed.inspection import explain, model_report

IN_ANOTHER_PROCESS = """
import sys, joblib
from numpy.testing import assert_allclose
model, texts, expected = joblib.load(sys.argv[1])
assert_allclose(model.predict_proba(texts), expected, atol=1e-6)
"""


def saved_and_loaded(model, texts, folder):
    path = folder / "model.joblib"
    joblib.dump((model, texts, model.predict_proba(texts)), path)
    subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, str(path)], check=True, cwd=folder)


def main():
    home = Path(skembed.__file__).parent
    assert "site-packages" in home.parts, f"skembed was imported from {home}, not as installed"
    assert files("skembed").joinpath("py.typed").is_file()
    texts, labels = load_feedback(return_X_y=True)
    training, new = slice(0, None, 4), texts[1:9]
    model = make_text_classifier(random_state=0).fit(texts[training], labels[training])
    network = KerasTextClassifier(
        architecture="average", embedding_dim=4, hidden_units=2, epochs=1, random_state=0
    )
    tokenizer = KerasTokenizerTransformer()
    network.fit(tokenizer.fit_transform(texts[training]), labels[training])
    assert np.isfinite(network.predict_proba(tokenizer.transform(new))).all()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        saved_and_loaded(model, new, folder)
        assert "</" in explain(model, new[:2])._repr_html_()
        export_projector(network, folder / "projector", html=True)
        pages = [*folder.glob("projector/*.html")]
        report = folder / "report.html"
        model_report(model, new, labels[1:9], path=report)
        for page in [*pages, report]:
            assert page.read_text(encoding="utf-8").rstrip().endswith("</html>"), page
        assert pages
    print(f"skembed {skembed.__version__} in {home}: all there")


if __name__ == "__main__":
    main()
