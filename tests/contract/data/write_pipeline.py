"""Write the fixture of this version's pickle format: a small fitted pipeline and what it predicts.

Run it once for each new format, with the version to be released, and never again for an old one:

    python tests/contract/data/write_pipeline.py
"""

import json
from pathlib import Path

import joblib
from sklearn.pipeline import make_pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)
from skembed._pickles import FORMAT

TEXTS = ["Good, good work!", "A very good essay", "Poor work.", "A very poor essay"] * 4
LABELS = ["yes", "yes", "no", "no"] * 4
VECTORS = {"good": [1.0, 0.5, 0.0], "poor": [-1.0, 0.0, 0.5], "work": [0.25, 0.5, 0.75]}


def main():
    pipeline = make_pipeline(
        TextCleaner(stop_words=["a"]),
        KerasTokenizerTransformer(),
        PadSequences(maxlen=4),
        PretrainedEmbeddingMatrix(VECTORS, oov="mean"),
        KerasTextClassifier(
            architecture="average",
            hidden_units=4,
            epochs=5,
            optimizer__learning_rate=0.1,
            random_state=0,
        ),
    ).fit(TEXTS, LABELS)
    path = Path(__file__).with_name(f"pipeline-format-{FORMAT}.joblib")
    joblib.dump(pipeline, path)
    texts = [*TEXTS[:4], "good or poor", ""]
    probabilities = pipeline.predict_proba(texts).tolist()
    classes = pipeline.classes_.tolist()
    expected = {"classes": classes, "texts": texts, "probabilities": probabilities}
    path.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
