"""Tokenizers: convert text to sequences of word ids."""

from skembed.tokenization.categories import CategoryTokenizer
from skembed.tokenization.hashing import HashingTokenizerTransformer
from skembed.tokenization.keras_tokenizer import KerasTokenizerTransformer

__all__ = ["CategoryTokenizer", "HashingTokenizerTransformer", "KerasTokenizerTransformer"]
