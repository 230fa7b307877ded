"""The vocabulary of the 1,800 training reviews, beside the published counts.

Cleaned as the reference tutorial does: punctuation deleted, words of letters only, no
NLTK stop words, more than one letter.
"""

from benchmarks.figures import Figure
from benchmarks.reviews import data_folder, movie_reviews
from skembed import KerasTokenizerTransformer, TextCleaner


def measure():
    """Words of the cleaned movie reviews, beside the published counts."""
    training, _ = movie_reviews("train")
    stop_words = (data_folder() / "nltk_stopwords_english.txt").read_text().split()
    cleaner = TextCleaner(alphabetic_only=True, stop_words=stop_words, min_token_length=2)
    cleaned = cleaner.fit_transform(training)
    every = KerasTokenizerTransformer().fit(cleaned)
    frequent = KerasTokenizerTransformer(min_count=2, oov_token=None)
    longest = frequent.fit_transform(cleaned).lengths.max()
    counts = {
        "training reviews": (len(training), 1_800),
        "distinct words": (len(every.vocabulary_), 44_276),
        "with min_count=2": (len(frequent.vocabulary_), 25_767),
        "words of the longest review, of these": (longest, 1_317),
    }
    for what, (ours, published) in counts.items():
        yield Figure(what, int(ours), "", "published", published)
    difference = sum(abs(int(ours) - published) for ours, published in counts.values())
    yield Figure("all differences", difference, "", at_most=0)
