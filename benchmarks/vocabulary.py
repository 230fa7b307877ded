"""The vocabulary of the 1,800 training reviews, beside the published counts.

Cleaned as the reference tutorial does: punctuation deleted, words of letters only, no
NLTK stop words, more than one letter. Run as ``python -m benchmarks.vocabulary``.
"""

from benchmarks.reviews import data_folder, movie_reviews
from skembed import KerasTokenizerTransformer, TextCleaner


def main():
    training, _ = movie_reviews("train")
    stop_words = (data_folder() / "nltk_stopwords_english.txt").read_text().split()
    cleaner = TextCleaner(alphabetic_only=True, stop_words=stop_words, min_token_length=2)
    cleaned = cleaner.fit_transform(training)
    every = KerasTokenizerTransformer().fit(cleaned)
    frequent = KerasTokenizerTransformer(min_count=2, oov_token=None)
    longest = frequent.fit_transform(cleaned).lengths.max()
    print("                       skembed  published")
    print(f"training reviews        {len(training):7,}      1,800")
    print(f"distinct words          {len(every.vocabulary_):7,}     44,276")
    print(f"with min_count=2        {len(frequent.vocabulary_):7,}     25,767")
    print(f"longest review, in them {longest:7,}      1,317")


if __name__ == "__main__":
    main()
