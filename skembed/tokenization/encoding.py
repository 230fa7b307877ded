"""Encode split documents as token sequences."""

import numpy as np

from skembed.sequences import TokenSequences
from skembed.tokenization.splitting import SplitDocuments
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["DROPPED", "encode"]

#: In place of the id of a word that is left out.
DROPPED = -1


def encode(
    documents: SplitDocuments,
    ids_of_words: list[int],
    vocabulary: Vocabulary | HashBuckets,
) -> TokenSequences:
    """Replace words with their ids; drop words whose id is `DROPPED`."""
    ids = np.array(ids_of_words, np.int32)[documents.codes]
    offsets = np.zeros(len(documents.lengths) + 1, np.int64)
    np.cumsum(documents.lengths, out=offsets[1:])
    if DROPPED in ids_of_words:
        kept = ids != DROPPED
        ids, offsets = ids[kept], np.concatenate([[0], np.cumsum(kept)])[offsets]
    return TokenSequences(ids, offsets, vocabulary)
