"""Benchmark of single requests: one review, and twenty short sentences, through a pipeline."""

import numpy as np
from sklearn.pipeline import Pipeline

from benchmarks.figures import Figure, median, seconds
from benchmarks.reviews import data_folder, movie_reviews
from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)

N_WORDS, MAXLEN, N_SENTENCES = 300, 400, 20


def fit_pipeline(texts, labels):
    vectors = data_folder() / "vectors" / "glove.6B.50d.part.txt"
    pipeline = Pipeline(
        [
            ("clean", TextCleaner(strip_html=True)),
            ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
            ("pad", PadSequences(MAXLEN)),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
            ("classify", KerasTextClassifier(filters=100, epochs=1, random_state=0)),
        ]
    )
    return pipeline.fit(texts, labels)


def compile_network(model, *shape):
    """Return the network as a function of padded ids, compiled by TensorFlow without Keras."""
    import tensorflow as tf

    signature = [tf.TensorSpec(shape, tf.int32)]
    compiled = tf.function(lambda ids: model(ids, training=False), input_signature=signature)
    return lambda ids: compiled(ids).numpy()


def copy_of(model):
    """Return a copy with functions of its own, so that no rival uses ours."""
    import keras

    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    return copied


def short_sentences(texts):
    """Return sentences of 5 to 15 words; the reviews have a sentence on each line."""
    lines = [line for text in texts for line in text.splitlines()]
    return [line for line in lines if 5 <= len(line.split()) <= 15]


def measure_milliseconds(requests, *runs, n_warm=20):
    """Return the median of each run; each request is sent to all of them, one after another."""
    times = [[seconds(run, request) for run in runs] for request in requests]
    return [1000 * median(of_run) for of_run in zip(*times[n_warm:])]


def measure():
    """A review of 300 words, and short sentences, through a fitted pipeline."""
    texts, labels = movie_reviews("train")
    test_texts, _ = movie_reviews("test")
    pipeline = fit_pipeline(texts[::4], labels[::4])
    prepare, model = pipeline[:-1], copy_of(pipeline["classify"].model_)
    alone = compile_network(model, 1, MAXLEN)
    first_words = [text.split()[:N_WORDS] for text in [*texts[1::4], *test_texts]]
    reviews = [[" ".join(words)] for words in first_words if len(words) == N_WORDS]
    rows = {review[0]: prepare.transform(review).to_array() for review in reviews}

    def run_network(review):
        return alone(rows[review[0]])

    def predict_with_keras(review):
        return model.predict(prepare.transform(review).to_array(), verbose=0)

    assert np.allclose(pipeline.predict_proba(reviews[0])[:, 1:], predict_with_keras(reviews[0]))
    runs = pipeline.predict, run_network, prepare.transform
    ours, network, text_steps = measure_milliseconds(reviews, *runs)
    (keras,) = measure_milliseconds(reviews[:60], predict_with_keras)
    what = f"a review of {N_WORDS} words"
    yield Figure(what, ours, "ms", at_most=3)
    yield Figure(what, ours, "ms", "compiled network alone", network, at_most=2)
    yield Figure(what, ours, "ms", "through Model.predict", keras, at_least=20)
    yield Figure(
        "  its text steps", text_steps, "ms", "compiled network alone", network, at_most=0.5
    )
    sentences = short_sentences(test_texts)
    starts = range(0, len(sentences) - N_SENTENCES, N_SENTENCES)
    requests = 3 * [sentences[start : start + N_SENTENCES] for start in starts]
    one, twenty = measure_milliseconds(
        requests, lambda request: pipeline.predict(request[:1]), pipeline.predict
    )
    what = f"{N_SENTENCES} short sentences"
    yield Figure(what, twenty, "ms", "one of them", one, at_most=1.5)
    ids = [prepare[:2].transform(request) for request in requests]
    padded = [x.padded(x.lengths.max()).to_array() for x in ids]
    alone = compile_network(model, None, None)
    one, twenty = measure_milliseconds(padded, lambda rows: alone(rows[:1]), alone)
    yield Figure("  compiled network alone", twenty, "ms", "one of them", one)
