"""Read and write the JSON format of Keras's ``Tokenizer``."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skembed.errors import TokenizerFormatError
from skembed.tokenization.counted_words import CountedWords
from skembed.tokenization.splitting import FILTERS, FURTHER_FILTERS
from skembed.vocabulary import Vocabulary

__all__ = ["SETTINGS", "parse_json", "read_settings", "read_words", "to_json"]

#: Parameters shared with Keras's tokenizer.
SETTINGS = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
#: What Keras saves with ``char_level=True``, but does not use.
_UNUSED = {"filters": FILTERS, "split": " "}
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # JSON makes one character of it


def to_json(settings: dict[str, Any], index: dict[str, int], counted: CountedWords) -> str:
    """Return a tokenizer as JSON.

    Parameters
    ----------
    settings : dict
        The values of `SETTINGS`.
    index : dict of str to int
        The id of every word and of the unknown token.
    counted : CountedWords
        The words and their counts.

    Raises
    ------
    TokenizerFormatError
        If a word or a setting has two halves of a surrogate pair beside each other.
    """
    for text in (*index, *settings.values()):
        if isinstance(text, str) and _SURROGATE_PAIR.search(text):
            raise TokenizerFormatError(
                f"JSON cannot hold {text!r:.100}, whose halves of a surrogate pair would become "
                "one character: join them in the documents with text.encode('utf-16', "
                "'surrogatepass').decode('utf-16', 'replace'), or save with joblib.dump."
            )
    words = counted.all_words
    documents_with = dict(zip(words, counted.document_counts.tolist()))
    tables = {
        "word_counts": dict(zip(words, counted.counts.tolist())),
        "word_docs": documents_with,
        "index_docs": {index[word]: n for word, n in documents_with.items()},
        "index_word": {id: word for word, id in index.items()},
        "word_index": index,
    }
    further = FURTHER_FILTERS if settings["split"] == " " else ""
    config = {
        **settings,
        "filters": settings["filters"] + further,
        "document_count": counted.n_documents,
        **{name: json.dumps(table) for name, table in tables.items()},
    }
    return json.dumps({"class_name": "Tokenizer", "config": config})


@contextmanager
def parse_json(text: str) -> Iterator[Any]:
    """Yield the parsed ``config``; convert errors in the block to `TokenizerFormatError`."""
    try:
        yield json.loads(text)["config"]
    except TokenizerFormatError:
        raise
    except Exception as error:  # such as a RecursionError for many nested brackets
        raise TokenizerFormatError(
            "Expected the JSON that Keras's Tokenizer.to_json() returns, but reading it "
            f"failed with {type(error).__name__}: {error!s:.200}."
        ) from error


def read_settings(config: Any) -> dict[str, Any]:
    """Return the values of `SETTINGS` from a Keras config."""
    settings = {name: config[name] for name in SETTINGS}
    settings["num_words"] = settings["num_words"] or None  # Keras uses 0 for all words
    if settings["char_level"] is True:
        return settings | _UNUSED
    if isinstance(filters := settings["filters"], str):
        filters = filters.removesuffix(FURTHER_FILTERS)
        if settings["lower"]:  # capitals are without effect
            filters = "".join([c for c in filters if c == c.lower()])
    return settings | {"filters": filters}


def read_words(config: Any, counted: CountedWords) -> CountedWords:
    """Add the words of a Keras config to an empty `counted`.

    Raises
    ------
    TokenizerFormatError
        If the ids in the JSON differ from those that the word counts imply.
    """
    tables = ("word_index", "word_counts", "word_docs")
    index, counts, documents_with = (json.loads(config[name]) for name in tables)
    words = sorted(counts, key=index.__getitem__)
    counted.add_counts(
        words,
        np.asarray([counts[word] for word in words], np.int64),
        np.asarray([documents_with.get(word, 0) for word in words], np.int64),
        int(config["document_count"]),
    )
    vocabulary = Vocabulary(words, counted.oov_token)
    if dict(vocabulary) != {word: index[word] for word in words}:
        raise TokenizerFormatError(
            "The ids in this tokenizer's word_index are not consecutive from "
            f"{vocabulary.first_id}, unlike those that Keras saves: save the tokenizer again."
        )
    if words and counted.all_words != vocabulary:
        raise TokenizerFormatError(
            "The ids in this tokenizer's word_index are not ordered by decreasing word_counts, "
            "unlike those that Keras saves: save the tokenizer again."
        )
    return counted
