"""Vectors in memory: KeyedVectors, models, mappings, frames and encoders; subwords."""

import numpy as np
import pytest
from gensim.models.fasttext import save_facebook_model
from helpers import VECTORS_IN_MEMORY, fasttext_model

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix, load_word_vectors


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(["good work", "poor work job"])


@pytest.mark.parametrize("kind", VECTORS_IN_MEMORY)
def test_vectors_in_memory(kind, sequences, tmp_path):
    source = VECTORS_IN_MEMORY[kind](tmp_path)
    step = PretrainedEmbeddingMatrix(source).fit(sequences)
    for word in ("good", "work"):
        vectors = getattr(source, "wv", source)
        expected = (
            vectors.encode([word])[0]
            if kind == "encoder"
            else vectors.loc[word]
            if kind == "frame"
            else vectors[word]
        )
        row = step.matrix_[step.vocabulary_[word]]
        assert row.tolist() == np.asarray(expected, np.float32).tolist()
    assert step.coverage_.n_found == {"mapping": 2, "frame": 2}.get(kind, 4)
    assert not step.matrix_[0].any()
    if kind == "mapped":
        assert isinstance(source.vectors, np.memmap)
        assert step.vectors is source


@pytest.mark.parametrize("from_file", [True, False])
def test_subwords_of_a_fasttext_model(from_file, tmp_path):
    model = source = fasttext_model()
    if from_file:
        source = tmp_path / "model.bin"
        save_facebook_model(model, str(source))
    unseen = KerasTokenizerTransformer().fit_transform(["good good goodness workable"])
    step = PretrainedEmbeddingMatrix(source, oov="subword").fit(unseen)
    for word in ("good", "goodness", "workable"):
        np.testing.assert_array_equal(step.matrix_[step.vocabulary_[word]], model.wv[word])
    assert not step.matrix_[:2].any()
    assert step.coverage_.missing == ("goodness", "workable")


def test_subwords_of_a_word_with_half_an_emoji():
    model = fasttext_model()
    unseen = KerasTokenizerTransformer().fit_transform(
        ["good good good goodness\ud83d goodness\ufffd"]
    )
    step = PretrainedEmbeddingMatrix(model, oov="subword").fit(unseen)
    rows = step.matrix_[[step.vocabulary_[f"goodness{end}"] for end in ("\ud83d", "\ufffd")]]
    assert rows[0].any()
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("settings", [{"max_n": 0}, {"bucket": 0}])
@pytest.mark.parametrize("from_file", [True, False])
def test_a_fasttext_model_without_subwords_serves_like_any_other_source(
    from_file, settings, tmp_path
):
    model = source = fasttext_model(**settings)
    if from_file:
        source = tmp_path / "model.bin"
        save_facebook_model(model, str(source))
        assert load_word_vectors(source).index_to_key == model.wv.index_to_key
    unseen = KerasTokenizerTransformer().fit_transform(["good work goodness"])
    step = PretrainedEmbeddingMatrix(source, oov="subword").fit(unseen)
    table = {word: model.wv[word] for word in model.wv.index_to_key}
    of_words = PretrainedEmbeddingMatrix(table, oov="subword").fit(unseen)
    assert np.array_equal(step.matrix_, of_words.matrix_)
    assert step.matrix_[step.vocabulary_["goodness"]].any()
    assert step.coverage_.missing == ("goodness",)
