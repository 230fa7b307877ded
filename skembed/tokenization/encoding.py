"""Encode split documents as token sequences."""

import numpy as np
import numpy.typing as npt

from skembed.sequences import TokenSequences
from skembed.tokenization.splitting import SplitDocuments
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["encode"]


def encode(
    documents: SplitDocuments,
    ids_of_words: npt.NDArray[np.int32],
    vocabulary: Vocabulary | HashBuckets,
) -> TokenSequences:
    """Replace words with their ids; drop words with a negative id."""
    ids = ids_of_words[documents.codes]
    offsets = np.concatenate([[0], np.cumsum(documents.lengths)])
    if (ids_of_words < 0).any():
        kept = ids >= 0
        ids, offsets = ids[kept], np.concatenate([[0], np.cumsum(kept)])[offsets]
    return TokenSequences(ids, offsets, vocabulary)
