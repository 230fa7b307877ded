"""The JSON in which Keras saves its ``Tokenizer``."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from skembed.errors import TokenizerFormatError
from skembed.tokenization.counted_words import CountedWords
from skembed.vocabulary import Vocabulary

__all__ = ["SETTINGS", "read_settings", "read_words", "reading", "written"]

#: Parameters that Keras's tokenizer has too.
SETTINGS = ("num_words", "filters", "lower", "split", "char_level", "oov_token")


def written(settings: dict[str, Any], index: dict[str, int], counted: CountedWords) -> str:
    """Return the JSON of a tokenizer.

    Parameters
    ----------
    settings : dict
        The values of `SETTINGS`.
    index : dict of str to int
        The id of every word and of the unknown token.
    counted : CountedWords
        The words.
    """
    words = counted.all_words
    documents_with = dict(zip(words, counted.document_counts.tolist()))
    tables = {
        "word_counts": dict(zip(words, counted.counts.tolist())),
        "word_docs": documents_with,
        "index_docs": {index[word]: n for word, n in documents_with.items()},
        "index_word": {id: word for word, id in index.items()},
        "word_index": index,
    }
    config = {
        **settings,
        "document_count": counted.n_documents,
        **{name: json.dumps(table) for name, table in tables.items()},
    }
    return json.dumps({"class_name": "Tokenizer", "config": config})


@contextmanager
def reading(text: str) -> Iterator[Any]:
    """Give what a JSON holds; whatever is wrong with that becomes a `TokenizerFormatError`."""
    try:
        yield json.loads(text)["config"]
    except TokenizerFormatError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise TokenizerFormatError(
            "Expected the JSON that Keras's Tokenizer.to_json() returns; reading it failed "
            f"with {type(error).__name__}: {error}."
        ) from error


def read_settings(config: Any) -> dict[str, Any]:
    """Return the values of `SETTINGS`."""
    settings = {name: config[name] for name in SETTINGS}
    return settings | {"num_words": settings["num_words"] or None}  # 0 is all, in Keras


def read_words(config: Any, counted: CountedWords) -> CountedWords:
    """Add the words to those counted so far, which are none.

    Raises
    ------
    TokenizerFormatError
        If the words then have other ids than in the JSON.
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
            f"{vocabulary.first_id}, as Keras makes them; was it edited by hand?"
        )
    if words and counted.all_words != vocabulary:
        raise TokenizerFormatError(
            "The ids in this tokenizer's word_index do not go from the most frequent word in "
            "its word_counts down, as Keras makes them; was it edited by hand?"
        )
    return counted
