"""Compare the vocabulary of the 1,800 training reviews with the published counts.

The text is cleaned as in the reference tutorial: punctuation is deleted, and only words of at least
two letters that are not stop words of NLTK are kept.
"""

from benchmarks.figures import Figure
from benchmarks.reviews import data_folder, movie_reviews
from skembed import KerasTokenizerTransformer, TextCleaner


def measure():
    """Word counts of the cleaned movie reviews, compared with the published ones."""
    training, _ = movie_reviews("train")
    stop_words = (data_folder() / "nltk_stopwords_english.txt").read_text().split()
    stop_words = [word for word in stop_words if "'" not in word]  # punctuation is deleted before
    cleaner = TextCleaner(
        strip_punctuation="delete", alphabetic_only=True, stop_words=stop_words, min_token_length=2
    )
    cleaned = cleaner.fit_transform(training)
    all_words = KerasTokenizerTransformer().fit(cleaned)
    frequent = KerasTokenizerTransformer(min_count=2, oov_token=None)
    longest = frequent.fit_transform(cleaned).lengths.max()
    counts = {
        "training reviews": (len(training), 1_800),
        "distinct words": (len(all_words.vocabulary_), 44_276),
        "with min_count=2": (len(frequent.vocabulary_), 25_767),
        "longest review, in these words": (longest, 1_317),
    }
    for what, (ours, published) in counts.items():
        yield Figure(what, int(ours), "", "published", published)
    difference = sum(abs(int(ours) - published) for ours, published in counts.values())
    yield Figure("sum of all differences", difference, "", at_most=0)
