"""
Text beside other columns: one network, two stacked models, and the default for tables
======================================================================================

To which of twenty newsgroups was a message posted? A post is a row of a table: two texts, its
subject line and its body, and five other columns. These are the length of the post, its number of
lines and of quoted lines, whether it is a reply, and the top-level domain of its sender, such as
``edu``. The rows of the result are models of the texts alone, of the other columns alone, and of
both: one network, two stacked models (the network of the texts and a classifier of the other
columns), and the default of skembed.

The posts are split by date. Their texts have neither headers nor footers nor quotes, which would
give the group away: of the header, the table has the subject without ``Re:`` and the domain, but no
address, name or organization. A subject line is known when a post arrives, and it is repeated
within a thread: the script prints how many of the test subjects also occur in training.

Times are processor seconds of ``fit``, sizes those of ``joblib.dump``. The spread is the standard
deviation over the seeds. The difference of the network and stacking is printed with its standard
error over the test rows, each of which both models classify. Run it as ``python
examples/text_beside_columns.py --full --data FOLDER``; ``--every 3`` takes a third of the posts. As
the other columns of posts say little, ``--on sentences`` takes sentences on films with two made-up
columns that say more. The small setting needs no data: the topic of comments.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
import pandas as pd
from experiment import newsgroups, parse_arguments, seeds, sentences, show
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer
from threadpoolctl import threadpool_limits

from skembed import (
    CategoryTokenizer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    TextColumnTransformer,
    make_text_classifier,
)
from skembed.datasets import load_feedback


@dataclass(frozen=True)
class Table:
    """A table in two parts, and what its columns hold."""

    train: pd.DataFrame
    test: pd.DataFrame
    y_train: np.ndarray
    y_test: np.ndarray
    texts: list[str]
    numbers: list[str]
    categories: list[str]


# %%
# The table of posts. Quotes and footers are left out of the text as in scikit-learn, which returns
# the same posts, in the same order, with and without them.


def read_posts(full: bool, data: Path | None, every: int) -> Table:
    parts = []
    for subset in ("train", "test"):
        posts, groups = newsgroups(full, data, subset, raw=True)
        bodies, _ = newsgroups(full, data, subset)
        columns = [describe_post(*both) for both in zip(posts, bodies, strict=True)]
        parts.append((pd.DataFrame(columns)[::every], groups[::every]))
    (train, y_train), (test, y_test) = parts
    numbers, categories = ["length", "lines", "quoted"], ["reply", "domain"]
    return Table(train, test, y_train, y_test, ["subject", "body"], numbers, categories)


def describe_post(post: str, body: str) -> dict[str, Any]:
    header, _, text = post.partition("\n\n")
    lines = text.splitlines()
    subject = re.search(r"^Subject:(.*)", header, re.MULTILINE)
    domain = re.search(r"^From:.*@[\w.-]*\.([a-z]+)", header, re.MULTILINE | re.IGNORECASE)
    title = subject[1].strip() if subject else ""
    return {
        "subject": re.sub(r"^(re:\s*)+", "", title, flags=re.IGNORECASE),
        "body": body,
        "length": len(text),
        "lines": len(lines),
        "quoted": sum(line.startswith((">", "|", ":")) for line in lines),
        "reply": title.lower().startswith("re:"),
        "domain": domain[1].lower() if domain else None,
    }


# %%
# A table that is made up in part: is a sentence on a film an opinion? The number is one standard
# deviation higher for opinions, and the category is right in seven of ten rows.


def read_sentences(full: bool, data: Path | None, every: int) -> Table:
    texts, labels = sentences(full, data)
    random = np.random.default_rng(0)
    is_opinion = np.array(labels) == "subjective"
    agrees = random.random(len(labels)) < 0.7
    frame = pd.DataFrame(
        {
            "sentence": texts,
            "number": random.normal(is_opinion),
            "category": np.where(is_opinion == agrees, "forum", "encyclopedia"),
        }
    )
    rows = random.permutation(len(labels))[::every]
    train, test = rows[::2], rows[1::2]
    y = np.array(labels)
    columns = ["sentence"], ["number"], ["category"]
    return Table(frame.iloc[train], frame.iloc[test], y[train], y[test], *columns)


def read_comments() -> Table:
    frame = load_feedback(as_frame=True).frame
    frame = frame.assign(length=frame["text"].str.len(), commas=frame["text"].str.count(","))
    train, test = frame[::2], frame[1::2]
    y_train, y_test = train["topic"].to_numpy(), test["topic"].to_numpy()
    return Table(train, test, y_train, y_test, ["text"], ["length", "commas"], ["sentiment"])


# %%
# The models. A network reads the texts alone, or the numbers and categories beside them.


def make_network(table: Table, columns: list[str], seed: int, full: bool) -> Pipeline:
    numbers = [name for name in table.numbers if name in columns]
    transformers = [
        *((x, KerasTokenizerTransformer(min_count=2), x) for x in table.texts),
        *((x, CategoryTokenizer(min_count=2), x) for x in table.categories if x in columns),
        *[("scaled", QuantileTransformer(n_quantiles=100, output_distribution="normal"), numbers)]
        * bool(numbers),
    ]
    classify = KerasTextClassifier(
        architecture="average",
        hidden_units=0,
        optimizer="lazy_adam",
        optimizer__learning_rate=0.005,
        dropout=0.7,
        numbers_units=8 if numbers else 0,
        epochs=30 if full else 2,
        early_stopping=full,
        n_iter_no_change=2,
        random_state=seed,
    )
    few_values = {f"text__{x}__embedding_dim": 8 for x in table.categories if x in columns}
    classify.set_params(**few_values)
    return Pipeline([("columns", TextColumnTransformer(transformers)), ("classify", classify)])


def make_columns_classifier(table: Table, seed: int, full: bool) -> Pipeline:
    columns = ColumnTransformer(
        [
            ("numbers", "passthrough", table.numbers),
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False, max_categories=20),
                table.categories,
            ),
        ]
    )
    trees = HistGradientBoostingClassifier(max_iter=40 if full else 5, random_state=seed)
    return make_pipeline(columns, trees)


def make_models(table: Table, seed: int, full: bool) -> Iterator[tuple[str, Any]]:
    every_column = [*table.texts, *table.numbers, *table.categories]
    of_texts = make_network(table, table.texts, seed, full)
    of_others = make_columns_classifier(table, seed, full)
    yield "texts: default", make_text_classifier(texts=table.texts, random_state=seed)
    yield "texts: network", of_texts
    yield "other columns: boosted trees", of_others
    yield (
        "all: default",
        make_text_classifier(
            texts=table.texts,
            numbers=table.numbers,
            categories=table.categories,
            random_state=seed,
        ),
    )
    yield "all: one network", make_network(table, every_column, seed, full)
    parts = [("texts", of_texts), ("others", of_others)]
    yield "all: stacking", StackingClassifier(parts, LogisticRegression(max_iter=1000))


# %%
# Accuracy, time and size of each.


def measure_model(model: Any, table: Table) -> tuple[dict[str, float], np.ndarray]:
    with threadpool_limits(1):  # otherwise threads that wait for each other count as work
        start = time.process_time()
        model.fit(table.train, table.y_train)
        seconds = time.process_time() - start
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.joblib")
        joblib.dump(model, path)
        megabytes = path.stat().st_size / 1e6
    is_right = model.predict(table.test) == table.y_test
    return {"accuracy": is_right.mean(), "fit, s": seconds, "MB": megabytes}, is_right


def main(full: bool, data: Path | None, on: str = "posts", every: int = 1) -> pd.DataFrame:
    read = {"posts": read_posts, "sentences": read_sentences}[on]
    table = read(full, data, every) if full or data else read_comments()
    print(f"{len(table.train):,} training and {len(table.test):,} test rows")
    if "subject" in table.texts:
        known = table.test["subject"].isin(table.train["subject"]).mean()
        print(f"{known:.0%} of the test subjects also occur in training")
    measured: dict[str, list[dict[str, float]]] = {}
    rows_right: dict[str, list[np.ndarray]] = {}
    for seed in seeds(full):
        for name, model in make_models(table, seed, full):
            figures, is_right = measure_model(model, table)
            measured.setdefault(name, []).append(figures)
            rows_right.setdefault(name, []).append(is_right)
    one, stacked = (np.mean(rows_right[f"all: {x}"], axis=0) for x in ("one network", "stacking"))
    error = (one - stacked).std() / len(one) ** 0.5
    print(f"one network - stacking: {np.mean(one - stacked):+.4f}, standard error {error:.4f}")
    rows = {}
    for name, found in measured.items():
        runs = pd.DataFrame(found)
        spread = runs["accuracy"].std() if len(runs) > 1 else 0.0
        rows[name] = {**runs.mean(), "spread": spread}
    return pd.DataFrame(rows).T[["accuracy", "spread", "fit, s", "MB"]].round(3)


if __name__ == "__main__":
    options = {
        "on": {"choices": ["posts", "sentences"], "default": "posts", "help": "the table"},
        "every": {"type": int, "default": 1, "help": "use only every Nth row", "metavar": "N"},
    }
    found = main(**parse_arguments(main, **options)).rename_axis("model").reset_index()
    show(found, kind="barh", x="model", y="accuracy", xlabel="accuracy", ylabel="")
