"""Unknown words get the source's own vector for them, where it has one or ``oov`` names one."""

import gzip

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from helpers import LengthEncoder, fasttext_model
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    EmbeddingVectorizer,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    make_text_classifier,
    save_word_vectors,
)
from skembed.errors import NotSequencesError, NoVectorsFoundError

TABLE = {
    "good": [1.0, 2.0],
    "work": [3.0, -4.0],
    "<unk>": [0.6, 0.8],
    "UNK": [-0.8, 0.6],
    "zeros": [5.0, 5.0],
}
TEXTS = ["good work absent good", "work work rare rare"]


def keyed_vectors(table):
    vectors = KeyedVectors(2)
    vectors.add_vectors([*table], np.array([*table.values()], np.float32))
    return vectors


def written(format):
    def make(folder, table):
        save_word_vectors(table, folder / "v", format=format)
        return folder / "v"

    return make


def compressed(folder, table):
    path = written("glove")(folder, table)
    path.write_bytes(gzip.compress(path.read_bytes()))
    return path


def tabs(folder, table):
    path = written("word2vec")(folder, table)
    path.write_bytes(path.read_bytes().replace(b" ", b"\t"))
    return str(path)


def npz(folder, table):
    np.savez(folder / "v.npz", words=np.array([*table]), vectors=np.array([*table.values()]))
    return folder / "v.npz"


def npy(folder, table):
    np.save(folder / "v.npy", np.array([*table.values()]))
    (folder / "v.txt").write_text("\n".join(table))
    return folder / "v.npy"


SOURCES = {
    "GloVe": written("glove"),
    "word2vec": written("word2vec"),
    "word2vec binary": written("word2vec-binary"),
    "gz": compressed,
    "tabs": tabs,
    "npz": npz,
    "npy": npy,
    "KeyedVectors": lambda folder, table: keyed_vectors(table),
    "mapping": lambda folder, table: table,
    "frame": lambda folder, table: pd.DataFrame(table).T,
}
every_source = pytest.mark.parametrize("source", SOURCES)
COMPUTED = ["zeros", "normal", "mean", "subword"]


def sequences(oov_token="<unk>", texts=TEXTS, **settings):
    tokenizer = KerasTokenizerTransformer(oov_token=oov_token, min_count=2, **settings)
    return tokenizer.fit_transform(texts)


def without(*words):
    return {word: row for word, row in TABLE.items() if word not in words}


def rows_of(step):
    """The vectors of the ids, by word; None is padding."""
    vocabulary = step.vocabulary_
    names = [None, *([] if vocabulary.oov_token is None else [vocabulary.oov_token])]
    return dict(zip([*names, *vocabulary.words], step.matrix_.tolist()))


def is_close(row, expected):
    return np.allclose(row, expected, rtol=1e-6)


@every_source
@pytest.mark.parametrize("keeps", [True, False])
def test_the_row_of_the_oov_token_is_the_vector_of_its_id(source, keeps, tmp_path):
    step = PretrainedEmbeddingMatrix(SOURCES[source](tmp_path, TABLE), cache=keeps)
    for _ in range(2):
        rows = rows_of(step.fit(sequences()))
        assert rows[None] == rows["rare"] == [0, 0]  # a missing word is filled as before
        assert is_close(rows["<unk>"], TABLE["<unk>"])
        assert (rows["good"], rows["work"]) == (TABLE["good"], TABLE["work"])
        coverage = step.coverage_
        assert (coverage.n_words, coverage.n_found, coverage.missing) == (3, 2, ("rare",))
        assert coverage.token_fraction == 5 / 8
        assert set(step.keyed_vectors_.index_to_key) == {"good", "work"}
        step = clone(step)


@every_source
@pytest.mark.parametrize("oov_token", ["<unk>", "[UNK]", None])
@pytest.mark.parametrize("keeps", [True, False])
def test_a_row_named_by_oov_serves_every_unknown_word(source, oov_token, keeps, tmp_path):
    made = SOURCES[source](tmp_path, TABLE)
    for name in ("UNK", "<unk>", "good"):
        step = PretrainedEmbeddingMatrix(made, oov=name, cache=keeps).fit(sequences(oov_token))
        rows = rows_of(step)
        assert rows[None] == [0, 0]
        assert is_close(rows["rare"], TABLE[name])
        assert oov_token is None or is_close(rows[oov_token], TABLE[name])
        assert (rows["good"], rows["work"]) == (TABLE["good"], TABLE["work"])
        assert step.coverage_.missing == ("rare",)
        assert step.coverage_.token_fraction == 5 / (8 if oov_token else 7)


@every_source
def test_a_name_that_the_source_lacks_is_refused_with_the_remedy(source, tmp_path):
    made = SOURCES[source](tmp_path, without("UNK"))
    for name in ("UNK", "Good", "", "subwords"):
        step = PretrainedEmbeddingMatrix(made, oov=name)
        for _ in range(2):
            with pytest.raises(
                InvalidParameterError,
                match=rf"'oov' .*'zeros', 'normal', .*Got '{name}', which the source does not "
                r"have: pass the word .*'<unk>'",
            ):
                step.fit(sequences())
        assert not hasattr(step, "vocabulary_")


@pytest.mark.parametrize("lookup", ["exact", "fallback"])
@pytest.mark.parametrize("oov", COMPUTED)
def test_nothing_changes_where_no_such_row_exists(oov, lookup):
    params = {"oov": oov, "lookup": lookup, "random_state": 0}
    step = PretrainedEmbeddingMatrix(without("<unk>"), **params).fit(sequences())
    other = PretrainedEmbeddingMatrix(TABLE, **params).fit(sequences("[OOV]"))
    assert np.array_equal(step.matrix_, other.matrix_)
    found = np.array([TABLE["good"], TABLE["work"]], np.float32)
    if oov == "mean":
        assert step.matrix_[1].tolist() == found.mean(axis=0).tolist()
    if oov == "normal":
        normal = np.random.RandomState(0).normal(found.mean(axis=0), found.std(axis=0), (2, 2))
        missing = [1, step.vocabulary_["rare"]]
        assert np.array_equal(step.matrix_[missing], normal.astype(np.float32))


@pytest.mark.parametrize("oov", COMPUTED)
def test_the_token_has_its_row_and_the_found_words_give_the_rest(oov):
    step = PretrainedEmbeddingMatrix(TABLE, oov=oov, random_state=0).fit(sequences())
    assert is_close(step.matrix_[1], TABLE["<unk>"])
    if oov == "mean":
        assert rows_of(step)["rare"] == np.mean([TABLE["good"], TABLE["work"]], axis=0).tolist()


def test_the_four_documented_values_are_never_names():
    step = PretrainedEmbeddingMatrix(TABLE, oov="zeros").fit(sequences())
    assert rows_of(step)["rare"] == [0, 0]
    by_token = PretrainedEmbeddingMatrix(TABLE).fit(sequences("zeros"))
    assert rows_of(by_token)["zeros"] == TABLE["zeros"]


def test_the_token_is_looked_up_like_a_word():
    table = {"good": [1.0, 2.0], "work": [2.0, 3.0], "<UNK>": [3.0, 4.0]}
    for lookup, expected in (("exact", [0, 0]), ("fallback", [3, 4])):
        step = PretrainedEmbeddingMatrix(table, lookup=lookup).fit(sequences())
        assert rows_of(step)["<unk>"] == expected
    fallback = PretrainedEmbeddingMatrix(table, lookup="fallback", oov="<unk>").fit(sequences())
    assert rows_of(fallback)["rare"] == rows_of(fallback)["<unk>"] == [3, 4]


def test_the_rows_for_unknown_words_are_normalized_too():
    table = {**TABLE, "<unk>": [3.0, 4.0]}
    for oov in ("zeros", "<unk>"):
        step = PretrainedEmbeddingMatrix(table, oov=oov, normalize=True).fit(sequences())
        assert is_close(step.matrix_[1], [0.6, 0.8])


def test_a_token_that_is_a_word_of_the_texts_keeps_its_own_id():
    texts = [f"{text} <unk> <unk>" for text in TEXTS]
    found = sequences(texts=texts, filters="")
    step = PretrainedEmbeddingMatrix(TABLE).fit(found)
    id = found.vocabulary.oov_id
    assert id > 1
    assert is_close(step.matrix_[id], TABLE["<unk>"])
    assert step.matrix_[1].tolist() == [0, 0]  # an id that no word has
    assert step.coverage_.n_found == 3


@pytest.mark.parametrize("oov", [*COMPUTED, "UNK"])
def test_a_token_whose_id_is_beyond_the_words(oov):
    found = sequences("work", texts=["good good good good good rare rare work work"], num_words=3)
    assert found.vocabulary.oov_id not in found.vocabulary.values()
    step = PretrainedEmbeddingMatrix(TABLE, oov=oov, random_state=0).fit(found)
    expected = TABLE["UNK" if oov == "UNK" else "work"]
    assert is_close(step.matrix_[found.vocabulary.oov_id], expected)


def test_the_row_for_unknown_words_alone_is_no_vocabulary():
    for oov in ("zeros", "UNK"):
        with pytest.raises(NoVectorsFoundError, match="None of the 1 words"):
            PretrainedEmbeddingMatrix(TABLE, oov=oov).fit(sequences(texts=["gut gut"]))


def test_fasttext_has_rows_for_words_only(tmp_path):
    vectors = fasttext_model().wv
    texts = ["good work job job work good"]
    step = PretrainedEmbeddingMatrix(vectors, oov="very").fit(sequences(texts=[*texts, "x x"]))
    assert np.array_equal(rows_of(step)["x"], vectors["very"].tolist())
    assert not step.matrix_[0].any()
    assert np.array_equal(step.matrix_[1], vectors["very"])
    with pytest.raises(InvalidParameterError, match="'<unk>', which the source does not have"):
        PretrainedEmbeddingMatrix(vectors, oov="<unk>").fit(sequences(texts=texts))


def test_an_encoder_encodes_what_oov_names_and_never_the_token():
    encoder = LengthEncoder()
    step = PretrainedEmbeddingMatrix(encoder).fit(sequences())
    assert rows_of(step)["<unk>"] == [0, 0]
    named = PretrainedEmbeddingMatrix(encoder, oov="[UNK]").fit(sequences())
    assert rows_of(named)["<unk>"] == encoder.encode(["[UNK]"])[0].tolist()
    assert np.array_equal(named.matrix_[2:], step.matrix_[2:])
    assert named.coverage_.missing == ()


def test_unknown_words_of_new_documents_count_in_pooled_vectors():
    pipeline = make_pipeline(
        KerasTokenizerTransformer(oov_token="<unk>"),
        PretrainedEmbeddingMatrix(TABLE),
        EmbeddingVectorizer(),
    ).fit(["good work"])
    assert is_close(pipeline.transform(["unheard"])[0], TABLE["<unk>"])
    classifier = make_text_classifier({**TABLE, "[UNK]": [9.0, 9.0]}, random_state=0)
    classifier.fit(["good work", "poor work"] * 6, [1, 0] * 6)
    assert classifier.predict(["unheard"]).shape == (1,)


@pytest.mark.parametrize("oov", [None, 0, ["<unk>"], b"<unk>"])
def test_names_that_are_no_str(oov):
    with pytest.raises(InvalidParameterError, match=r"'oov' parameter .* 'str'"):
        PretrainedEmbeddingMatrix(TABLE, oov=oov).fit(sequences())


def test_ids_without_words_have_no_unknown_word():
    with pytest.raises(NotSequencesError, match="come without a vocabulary"):
        PretrainedEmbeddingMatrix(TABLE, oov="<unk>").fit([[1, 2]])
