import bz2
import csv
import gzip
import io
import lzma
import sys

import gensim
import numpy as np
import pytest
from gensim.models import KeyedVectors
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    export_projector,
    load_word_vectors,
    save_word_vectors,
)
from skembed.errors import CoverageWarning, NoVectorsFoundError, VectorFileWarning

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
    with pytest.warns(VectorFileWarning, match="1 duplicate row.* for words such as 'good'"):
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


STEMS = {
    "walking": [1.0, 0.0, 0.0],
    "walked": [1.0, 0.2, 0.0],
    "walker": [0.9, 0.1, 0.0],
    "painting": [0.0, 1.0, 0.0],
    "painted": [0.0, 1.0, 0.2],
    "paint": [0.1, 0.9, 0.0],
}


@pytest.fixture(scope="module")
def with_stems():
    text = " ".join(STEMS) + " walks paints zzzz q"
    return KerasTokenizerTransformer().fit_transform([text])


def test_missing_words_made_of_their_ngrams(with_stems):
    step = PretrainedEmbeddingMatrix(STEMS, oov="subword").fit(with_stems)
    rows = {word: step.matrix_[id] for word, id in step.vocabulary_.items()}
    for word, vector in STEMS.items():
        assert np.array_equal(rows[word], np.float32(vector))
    assert rows["walks"].argmax() == 0
    assert rows["paints"].argmax() == 1
    assert not rows["zzzz"].any()  # no n-gram of it is known
    assert not rows["q"].any()
    assert not step.matrix_[:2].any()  # padding, and the unknown word
    assert step.coverage_.missing == ("walks", "paints", "zzzz", "q")
    assert np.array_equal(clone(step).fit(with_stems).matrix_, step.matrix_)


def test_the_ngram_average_is_that_of_a_plain_loop(with_stems):
    def ngrams(word):
        word = f"<{word}>"
        return {word[i : i + n] for n in range(3, 7) for i in range(len(word) - n + 1)}

    step = PretrainedEmbeddingMatrix(STEMS, oov="subword").fit(with_stems)
    averages = []
    for ngram in ngrams("walks"):
        holders = [vector for word, vector in STEMS.items() if ngram in ngrams(word)]
        if holders:
            averages.append(np.mean(holders, axis=0))
    expected = np.mean(averages, axis=0)
    np.testing.assert_allclose(step.matrix_[step.vocabulary_["walks"]], expected, rtol=1e-5)


def test_ngrams_where_no_word_is_missing():
    sequences = KerasTokenizerTransformer().fit_transform([" ".join(STEMS)])
    step = PretrainedEmbeddingMatrix(STEMS, oov="subword").fit(sequences)
    assert step.coverage_.missing == ()
    assert not step.matrix_[:2].any()


@pytest.mark.parametrize("oov_token", ["[UNK]", None])
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("lookup", ["exact", "fallback"])
@pytest.mark.parametrize("oov", ["zeros", "normal", "mean", "subword"])
def test_padding_is_zero_whatever_is_chosen(oov, lookup, normalize, oov_token):
    sequences = KerasTokenizerTransformer(oov_token=oov_token).fit_transform(TEXTS)
    step = PretrainedEmbeddingMatrix(
        VECTORS, oov=oov, lookup=lookup, normalize=normalize, random_state=0
    ).fit(sequences)
    assert not step.matrix_[0].any()
    assert np.isfinite(step.matrix_).all()
    assert step.matrix_.dtype == np.float32


@pytest.mark.parametrize(
    ("has", "finds"),
    [
        (["paRis", "paris", "Paris", "PARIS"], "paRis"),
        (["paris", "Paris", "PARIS"], "paris"),
        (["Paris", "PARIS"], "Paris"),
        (["PARIS"], "PARIS"),
    ],
)
@pytest.mark.parametrize("from_file", [True, False])
def test_fallback_prefers_the_nearest_spelling(has, finds, from_file, tmp_path):
    sequences = KerasTokenizerTransformer(lower=False).fit_transform(["paRis"])
    vectors = source = {word: [float(i), 1.0] for i, word in enumerate(has, 1)}
    if from_file:
        source = tmp_path / "v"
        source.write_text("".join(f"{word} {x} {y}\n" for word, (x, y) in vectors.items()))
    step = PretrainedEmbeddingMatrix(source, lookup="fallback").fit(sequences)
    assert step.matrix_[-1].tolist() == vectors[finds]
    assert step.coverage_.token_fraction == 1


def test_few_tokens_with_a_vector_are_warned_of():
    below = KerasTokenizerTransformer().fit_transform(["good bad worse"])
    with pytest.warns(CoverageWarning, match=r"1 of 3 words .* 33\.3% of all tokens.*language"):
        step = PretrainedEmbeddingMatrix({"good": [1.0]}).fit(below)
    assert step.coverage_.missing == ("bad", "worse")


@pytest.mark.parametrize("text", ["good bad", "good good bad worse", "good good bad"])
def test_half_of_the_tokens_is_enough(text):
    sequences = KerasTokenizerTransformer().fit_transform([text])
    PretrainedEmbeddingMatrix({"good": [1.0]}).fit(sequences)  # a warning would be an error


def test_the_most_frequent_missing_words_come_first():
    text = "good " * 50 + "rare often often often some some"
    sequences = KerasTokenizerTransformer().fit_transform([text])
    coverage = PretrainedEmbeddingMatrix({"good": [1.0]}).fit(sequences).coverage_
    assert coverage.missing == ("often", "some", "rare")
    assert str(coverage).endswith("most frequent without: often, some, rare")


def test_the_words_found_as_keyed_vectors(sequences):
    step = PretrainedEmbeddingMatrix(VECTORS, oov="mean").fit(sequences)
    keyed = step.keyed_vectors_
    assert isinstance(keyed, KeyedVectors)
    assert set(keyed.index_to_key) == {"the", "good", "naïve"}
    assert keyed["good"].tolist() == np.float32(VECTORS["good"]).tolist()
    assert keyed.most_similar("good", topn=1)[0][0] in {"the", "naïve"}
    with pytest.raises(NotFittedError):
        clone(step).keyed_vectors_  # noqa: B018


@pytest.fixture(scope="module")
def pipeline():
    texts, labels = ["good work", "very good work", "poor work", 'very "poor'] * 3, [1, 1, 0, 0] * 3
    return make_pipeline(
        KerasTokenizerTransformer(filters=""),
        KerasTextClassifier(
            architecture="average", embedding_dim=3, epochs=1, optimizer="sgd", random_state=0
        ),
    ).fit(texts, labels)


def test_what_a_classifier_learned_as_keyed_vectors(pipeline):
    classifier = pipeline[-1]
    keyed = classifier.keyed_vectors_
    assert set(keyed.index_to_key) == set(classifier.vocabulary_)
    for word, id in classifier.vocabulary_.items():
        assert np.array_equal(keyed[word], classifier.embedding_weights_[id])
    similar = keyed.most_similar("good", topn=2)
    assert len(similar) == 2
    cosines = [cosine for _, cosine in similar]
    assert cosines == sorted(cosines, reverse=True)


@pytest.mark.parametrize("what", ["pipeline", "classifier", "matrix"])
def test_export_for_the_projector_is_read_back(what, pipeline, sequences, tmp_path):
    source = {
        "pipeline": pipeline,
        "classifier": pipeline[-1],
        "matrix": PretrainedEmbeddingMatrix(VECTORS).fit(sequences),
    }[what]
    folder = tmp_path / "new" / "projector"
    vecs, meta = export_projector(source, folder)
    assert {vecs, meta} == {folder / "vecs.tsv", folder / "meta.tsv"} == {*folder.iterdir()}
    tables = []
    for path in (vecs, meta):
        with path.open(encoding="utf-8", newline="") as file:
            tables.append([*csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)])
    keyed = (pipeline[-1] if what == "pipeline" else source).keyed_vectors_
    assert tables[1] == [[word] for word in keyed.index_to_key]
    assert np.array_equal(np.array(tables[0], np.float32), keyed.vectors)


def test_what_is_not_fitted_has_nothing_to_export(tmp_path):
    for estimator in (PretrainedEmbeddingMatrix(VECTORS), KerasTextClassifier()):
        with pytest.raises(NotFittedError):
            export_projector(estimator, tmp_path / "projector")
        with pytest.raises(NotFittedError):
            save_word_vectors(estimator, tmp_path / "vectors")
    assert [*tmp_path.iterdir()] == []


def test_a_classifiers_words_as_a_text_file(pipeline, tmp_path):
    save_word_vectors(pipeline[-1], tmp_path / "v")
    vectors = load_word_vectors(tmp_path / "v")
    keyed = pipeline[-1].keyed_vectors_
    assert vectors.index_to_key == keyed.index_to_key
    assert np.array_equal(vectors.vectors, keyed.vectors)


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("screen", "verbose", "is_drawn"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_slow_reads_draw_a_bar_on_a_screen(
    screen, verbose, is_drawn, pack, sequences, tmp_path, monkeypatch
):
    pytest.importorskip("rich")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("skembed._progress._DELAY_SECONDS", 0)
    stream = Screen() if screen else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    path = glove(tmp_path / "vectors.txt")
    path.write_bytes(pack(path.read_bytes() * 1000))
    with pytest.warns(VectorFileWarning):
        PretrainedEmbeddingMatrix(path, verbose=verbose, cache=False).fit(sequences)
    assert ("vectors.txt" in stream.getvalue()) == is_drawn
    assert is_drawn or stream.getvalue() == ""


def test_fast_reads_draw_nothing(sequences, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stderr", Screen())
    PretrainedEmbeddingMatrix(glove(tmp_path / "v")).fit(sequences)
    assert sys.stderr.getvalue() == ""


def test_without_rich_nothing_is_drawn(sequences, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr("sys.stderr", Screen())
    monkeypatch.setattr("skembed._progress._DELAY_SECONDS", 0)
    PretrainedEmbeddingMatrix(glove(tmp_path / "v"), cache=False).fit(sequences)
    assert sys.stderr.getvalue() == ""


@pytest.mark.parametrize("oov", ["mean", "normal", "subword"])
@pytest.mark.parametrize("normalize", [True, False])
def test_sums_of_large_vectors_do_not_overflow(oov, normalize):
    largest = float(np.finfo(np.float32).max)
    vectors = {"good": [largest, 0.0], "goods": [largest, 0.0], "poor": [largest, 0.0]}
    sequences = KerasTokenizerTransformer().fit_transform(["good goods poor goodness"])
    step = PretrainedEmbeddingMatrix(vectors, oov=oov, normalize=normalize, random_state=0)
    matrix = step.fit(sequences).matrix_
    expected = [1.0 if normalize else largest, 0.0]
    for word in ("good", "goods", "poor", "goodness"):
        np.testing.assert_allclose(matrix[step.vocabulary_[word]], expected, rtol=1e-6)


def test_the_error_for_no_vectors_names_the_file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("gut 1 2\n")
    sequences = KerasTokenizerTransformer().fit_transform(["good work"])
    with pytest.raises(NoVectorsFoundError, match=r"has a vector in .*vectors\.txt\. Is it for"):
        PretrainedEmbeddingMatrix(path).fit(sequences)
