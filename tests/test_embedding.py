import bz2
import gzip
import lzma

import gensim
import numpy as np
import pytest
from gensim.models import KeyedVectors
from sklearn.base import clone

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed.errors import VectorFileWarning

VECTORS = {
    "the": [0.1, -0.2, 0.3],
    "good": [1.0, 2.0, -3.5e-3],
    "Paris": [7.0, 8.0, 9.0],
    "NATO": [1.0, 0.0, 0.0],
    "naïve": [-1.0, 0.5, 0.25],
    ". . .": [5.0, 5.0, 5.0],
    "a\xa0b": [6.0, 6.0, 6.0],
}
TEXTS = ["the good the bad", "good paris nato naïve"]


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(TEXTS)


def keyed_vectors():
    vectors = KeyedVectors(3)
    vectors.add_vectors([*VECTORS], np.array([*VECTORS.values()], np.float32))
    return vectors


def glove(path):
    lines = [" ".join([word, *map(repr, numbers)]) for word, numbers in VECTORS.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def word2vec(path):
    keyed_vectors().save_word2vec_format(str(path), binary=False)
    return path


def compressed(module):
    def make(path):
        path.write_bytes(module.compress(glove(path).read_bytes()))
        return path

    return make


@pytest.mark.parametrize(
    "make",
    [
        glove,
        word2vec,
        compressed(gzip),
        compressed(bz2),
        compressed(lzma),
        lambda path: str(glove(path)),
        lambda path: VECTORS,
        lambda path: keyed_vectors(),
    ],
    ids=["glove", "word2vec", "gz", "bz2", "xz", "str", "mapping", "keyed-vectors"],
)
def test_every_source_gives_the_same_matrix(make, sequences, tmp_path):
    step = PretrainedEmbeddingMatrix(make(tmp_path / "vectors"))
    out = step.fit_transform(sequences)
    words = step.vocabulary_
    assert step.matrix_.shape == (words.n_ids, 3)
    assert step.matrix_.dtype == np.float32
    assert step.vector_size_ == 3
    for word in words:
        expected = np.array(VECTORS.get(word, [0, 0, 0]), np.float32)
        assert np.array_equal(step.matrix_[words[word]], expected), word
    assert not step.matrix_[:2].any()  # padding, and the unknown word
    assert out.embedding.values is step.matrix_
    assert out.to_lists() == sequences.to_lists()


def test_gensim_models_serve_as_well(sequences):
    corpus = [["good", "the"]] * 20
    model = gensim.models.Word2Vec(corpus, vector_size=3, min_count=1, workers=1, seed=0)
    step = PretrainedEmbeddingMatrix(model).fit(sequences)
    assert np.array_equal(step.matrix_[step.vocabulary_["good"]], model.wv["good"])


def test_words_with_spaces_do_not_stand_in_for_others(tmp_path):
    tokenizer = KerasTokenizerTransformer(filters="", split="|")
    sequences = tokenizer.fit_transform([". . .|.|a\xa0b|a|good"])
    step = PretrainedEmbeddingMatrix(glove(tmp_path / "vectors")).fit(sequences)
    found = {word: step.matrix_[id].tolist() for word, id in step.vocabulary_.items()}
    assert found["."] == found["a"] == [0, 0, 0]
    assert found[". . ."] == [5, 5, 5]
    assert found["a\xa0b"] == [6, 6, 6]


def test_of_repeated_words_the_first_counts(tmp_path, sequences):
    path = tmp_path / "vectors"
    path.write_text("good 1 2\ngood 3 4\nthe 5 6\n")
    with pytest.warns(VectorFileWarning, match="1 more rows for words .* such as 'good'"):
        step = PretrainedEmbeddingMatrix(path).fit(sequences)
    assert step.matrix_[step.vocabulary_["good"]].tolist() == [1, 2]


@pytest.mark.parametrize(
    "content",
    [
        b"<unk> 0 0\nthe 1 2\ngood 3 4\n",
        b"</s> 0 0\nthe 1 2\ngood 3 4\n",
        b"\xef\xbb\xbfthe 1 2\ngood 3 4\n",
        b"\xef\xbb\xbf2 2\nthe 1 2\ngood 3 4\n",
        b"2 2\nthe 1 2\ngood 3 4\n\n",
        b"the 1 2\r\ngood 3 4\r\n",
        b"the 1 2 \ngood 3 4 ",
    ],
    ids=["unk", "end", "BOM", "BOM-header", "blank-end", "CRLF", "trailing-space"],
)
def test_files_of_odd_kinds(tmp_path, sequences, content):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    step = PretrainedEmbeddingMatrix(path).fit(sequences)
    assert step.matrix_[step.vocabulary_["the"]].tolist() == [1, 2]
    assert step.matrix_[step.vocabulary_["good"]].tolist() == [3, 4]


def test_rows_that_are_not_wanted_are_not_parsed(tmp_path, sequences):
    path = tmp_path / "vectors"
    path.write_text("the 1 2\ngood 1 2\nunwanted not a number\nbad 5 6\n")
    step = PretrainedEmbeddingMatrix(path).fit(sequences)
    assert step.coverage_.n_found == 3


def test_fallback_tries_other_cases(sequences):
    exact = PretrainedEmbeddingMatrix(VECTORS).fit(sequences)
    fallback = PretrainedEmbeddingMatrix(VECTORS, lookup="fallback").fit(sequences)
    words = fallback.vocabulary_
    assert not exact.matrix_[words["paris"]].any()
    assert fallback.matrix_[words["paris"]].tolist() == VECTORS["Paris"]
    assert fallback.matrix_[words["nato"]].tolist() == VECTORS["NATO"]


def test_coverage_counts_words_and_tokens(sequences):
    coverage = PretrainedEmbeddingMatrix(VECTORS).fit(sequences).coverage_
    assert (coverage.n_words, coverage.n_found) == (6, 3)
    assert coverage.word_fraction == 3 / 6
    assert coverage.token_fraction == 5 / 8
    assert coverage.missing == ("bad", "paris", "nato")
    assert str(coverage).startswith("3 of 6 words have vectors (50.0%), 62.5% of all tokens")


def test_unknown_tokens_count_as_without_vector():
    sequences = KerasTokenizerTransformer(min_count=2).fit_transform(["good good other"])
    assert PretrainedEmbeddingMatrix(VECTORS).fit(sequences).coverage_.token_fraction == 2 / 3


def test_missing_words_as_the_mean(sequences):
    step = PretrainedEmbeddingMatrix(VECTORS, oov="mean").fit(sequences)
    found = np.array([VECTORS[word] for word in ("the", "good", "naïve")], np.float32)
    for row in (1, step.vocabulary_["bad"]):
        assert np.allclose(step.matrix_[row], found.mean(axis=0))
    assert not step.matrix_[0].any()


def test_missing_words_drawn_like_the_found_ones():
    vectors = {f"w{i}": np.random.default_rng(i).normal([5, -5], [0.1, 3]) for i in range(500)}
    text = " ".join([*vectors] * 5 + [f"missing{i}" for i in range(2000)])
    sequences = KerasTokenizerTransformer().fit_transform([text])
    step = PretrainedEmbeddingMatrix(vectors, oov="normal", random_state=0).fit(sequences)
    drawn = step.matrix_[[step.vocabulary_[word] for word in step.coverage_.missing]]
    found = np.array([*vectors.values()])
    assert np.allclose(drawn.mean(axis=0), found.mean(axis=0), atol=0.3)
    assert np.allclose(drawn.std(axis=0), found.std(axis=0), rtol=0.1)
    assert not step.matrix_[0].any()
    assert np.array_equal(clone(step).fit(sequences).matrix_, step.matrix_)
    other = clone(step).set_params(random_state=1).fit(sequences)
    assert not np.array_equal(other.matrix_, step.matrix_)


def test_vectors_of_length_one(sequences):
    matrix = PretrainedEmbeddingMatrix(VECTORS, normalize=True).fit(sequences).matrix_
    norms = np.linalg.norm(matrix, axis=1)
    assert np.allclose(norms[norms > 0], 1)
    assert not matrix[:2].any()


def test_clones_share_vectors_in_memory():
    vectors = keyed_vectors()
    twin = clone(PretrainedEmbeddingMatrix(vectors, oov="mean", random_state=3))
    assert twin.vectors is vectors
    assert (twin.oov, twin.random_state) == ("mean", 3)


def test_the_matrix_is_read_only(sequences):
    step = PretrainedEmbeddingMatrix(VECTORS).fit(sequences)
    with pytest.raises(ValueError, match="read-only"):
        step.matrix_[0] = 1
