"""Damaged JSON of Keras's tokenizer gives a tokenizer with its ids, or a typed error."""

# ruff: noqa: PT017 - these cases run in a process without pytest

import json
from functools import cache

from fuzz.files.mutations import EXTREMES, mutate

from skembed import KerasTokenizerTransformer
from skembed.errors import SkembedError

TEXTS = ["The good, the bad", "naïve 日本 good word7", "a b c a"]
VALUES = [
    *EXTREMES,
    *(None, True, False, "", "x", " ", [], {}, [1], {"a": 1}, 0.5, 1e308, float("nan")),
    *("\0", "\ud800", "1", -0.0, 10**400, [[]] * 3, {"": {}}, "[" * 5000, '{"a": 1}', "null"),
    *("NaN", "[1]"),
]  # fmt: skip


@cache
def good(number):
    settings = [{}, {"num_words": 5}, {"char_level": True}, {"oov_token": None}, {"split": "_"}]
    return KerasTokenizerTransformer(**settings[number]).fit(TEXTS).to_keras_json()


def change_value(config, random):
    """Replace, add or delete a value of the config or of one of its tables."""
    tables = [n for n, value in config.items() if isinstance(value, str) and value[:1] == "{"]
    if random.random() < 0.5 and tables:
        name = random.choice(tables)
        table = json.loads(config[name])
        change_item(table, random)
        config[name] = json.dumps(table)
    else:
        change_item(config, random)


def change_item(table, random):
    way = random.choice(["replace", "replace", "delete", "add", "swap"])
    keys = list(table) or ["x"]
    key = random.choice(keys)
    if way == "delete":
        table.pop(key, None)
    elif way == "add":
        table[random.choice(["new", "", "\0", "a b", "x" * 3000])] = random.choice(VALUES)
    elif way == "swap":
        other = random.choice(keys)
        table[key], table[other] = table.get(other), table.get(key)
    else:
        table[key] = random.choice(VALUES)


def damaged(random):
    text = good(random.randrange(5))
    way = random.choice(["bytes", "config", "config", "config", "nested"])
    if way == "bytes":
        return mutate(text.encode(), random, [good(1).encode()]).decode("utf-8", "surrogateescape")
    if way == "nested":
        depth = random.choice([10, 1000, 100_000])
        return random.choice(["[" * depth, '{"config":' * depth, text.replace("{", "{" * depth, 1)])
    parsed = json.loads(text)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        if random.random() < 0.05:
            change_item(parsed, random)
        elif isinstance(parsed.get("config"), dict):
            change_value(parsed["config"], random)
    return json.dumps(parsed)


def try_json(group, random, index, folder):
    text = damaged(random) if index else good(0)
    try:
        tokenizer = KerasTokenizerTransformer.from_keras_json(text)
        ids = tokenizer.transform(TEXTS)
    except SkembedError:
        assert index
        return
    except ValueError as error:  # a parameter outside its documented values
        assert type(error).__name__ == "InvalidParameterError", error
        assert index
        return
    config = json.loads(text)["config"]
    expected = json.loads(config["word_index"])
    assert {word: expected[word] for word in tokenizer.vocabulary_} == dict(tokenizer.vocabulary_)
    assert all(id in expected.values() for row in ids.to_lists() for id in row)
    again = KerasTokenizerTransformer.from_keras_json(tokenizer.to_keras_json())
    assert again.transform(TEXTS) == ids


GROUPS = ["tokenizer JSON"]
