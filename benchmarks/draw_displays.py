"""Draw the pictures of the README and of the pages on displays and explanations, light and dark.

``python -m benchmarks.draw_displays --data FOLDER [--out FOLDER]``. The folder needs the
archive of the movie reviews, and a part of GloVe in ``vectors/glove.6B.50d.part.txt``.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot, style
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    make_text_classifier,
)
from skembed.datasets import fetch_movie_reviews, load_feedback
from skembed.inspection import (
    CoverageDisplay,
    EmbeddingDisplay,
    ParameterEffectsDisplay,
    SearchDisplay,
    SequenceLengthDisplay,
    TellingWordsDisplay,
    TrainingCurvesDisplay,
    explain,
    make_cost_scorer,
)

_TEXT_AS_TEXT = {"svg.fonttype": "none", "svg.hashsalt": "displays"}


def fit(texts: Any, sentiment: Any, vectors: Any, epochs: int = 20) -> tuple[Any, Any]:
    """Return a fitted pipeline, and a search on every third document.

    The candidates are networks on the mean of word vectors, learned or pretrained.
    """
    network = KerasTextClassifier(
        architecture="average", early_stopping=True, epochs=epochs, random_state=0
    )
    pipeline = Pipeline(
        [
            ("clean", TextCleaner()),
            ("tokenize", KerasTokenizerTransformer(num_words=8000)),
            ("pad", PadSequences(0.9)),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
            ("classify", network),
        ]
    )
    grid = {
        "embed": ["passthrough", PretrainedEmbeddingMatrix(vectors)],
        "classify__hidden_units": [8, 64],
        "classify__optimizer__learning_rate": [0.001, 0.01],
    }
    scoring = make_cost_scorer("accuracy")
    search = GridSearchCV(pipeline, grid, cv=3, scoring=scoring, refit="score")
    return pipeline.fit(texts, sentiment), search.fit(texts[::3], sentiment[::3])


def pictures(
    texts: Any, sentiment: Any, pipeline: Any, search: Any
) -> dict[str, Callable[[], Any]]:
    """Return what draws each picture."""
    embed = pipeline[:-1]
    model = make_text_classifier(random_state=0).fit(texts, sentiment)
    of_comments = make_text_classifier(random_state=0).fit(*load_feedback(return_X_y=True))
    comment = ["not good at all, never again"]
    return {
        "comment": lambda: explain(of_comments, comment)[0].by_word().plot(),
        "explanation": lambda: explain(model, texts[:1])[0].by_word().plot(),
        "class_words": lambda: TellingWordsDisplay.from_estimator(model, texts[::4]),
        "lengths": lambda: SequenceLengthDisplay.from_estimator(pipeline, texts, sentiment),
        "coverage": lambda: CoverageDisplay.from_estimator(pipeline, texts, sentiment),
        "telling_words": lambda: EmbeddingDisplay.from_estimator(embed, texts, sentiment),
        "neighbors": lambda: EmbeddingDisplay.from_neighbors(embed, "funny"),
        "search": lambda: SearchDisplay.from_search(search, cost="n_parameters"),
        "effects": lambda: ParameterEffectsDisplay.from_search(search),
        "curves": lambda: TrainingCurvesDisplay.from_estimator(search.best_estimator_),
    }


def figure_of(drawn: Any) -> Any:
    """Return the figure of a display, or of axes."""
    return getattr(drawn, "figure_", None) or drawn.figure


def draw(drawing: dict[str, Callable[[], Any]], folder: Path) -> None:
    """Write each picture as two files of SVG."""
    for name, display in drawing.items():
        for page, colours in (("light", "default"), ("dark", "dark_background")):
            with style.context([colours, _TEXT_AS_TEXT]):
                figure = figure_of(display())
                path = folder / f"display_{name}_{page}.svg"
                figure.savefig(path, transparent=True, metadata={"Date": None})
                pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.draw_displays", description=__doc__)
    data = os.environ.get("SKEMBED_DATA", ".")
    parser.add_argument("--data", type=Path, default=data, metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=Path("docs"), metavar="FOLDER")
    arguments = parser.parse_args()
    reviews = fetch_movie_reviews(archive=arguments.data / "review_polarity.tar.gz")
    sentiment = np.asarray(reviews.target_names)[reviews.target]
    vectors = arguments.data / "vectors" / "glove.6B.50d.part.txt"
    fitted = fit(reviews.data, sentiment, vectors)
    draw(pictures(reviews.data, sentiment, *fitted), arguments.out)


if __name__ == "__main__":
    main()
