"""Damaged pickles of skembed: what they name and hold is known, or a typed error says so."""

# ruff: noqa: PT017 - these cases run in a process without pytest

import io
import pickle
from functools import cache

from fuzz.files.mutations import EXTREMES, mutate

from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    NaiveBayesScaler,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)
from skembed._lasting_names import PLACES
from skembed._pickles import FORMAT, restore
from skembed.errors import SkembedError

TEXTS = ["good work", "very good essay", "poor work", "very poor essay"]
LABELS = ["yes", "yes", "no", "no"]
VALUES = [
    *EXTREMES,
    None,
    True,
    "",
    "x" * 3000,
    b"\0",
    [],
    {},
    (),
    [[1]],
    {"a": {}},
    0.5,
    {1: 2},
    object,
]
NOT_CALLED = {
    "eval",
    "exec",
    "open",
    "compile",
    "__import__",
    "input",
    "breakpoint",
    "exit",
    "quit",
}


@cache
def fitted():
    """Everything public that no network has to be trained for, and what they learned."""
    cleaner, tokenizer = TextCleaner(), KerasTokenizerTransformer()
    ids = tokenizer.fit_transform(TEXTS)
    embedding = PretrainedEmbeddingMatrix(
        {"good": [1.0, 2.0], "poor": [0.0, 1.0], "work": [1.0, 1.0]}
    )
    embedded = embedding.fit_transform(ids)
    counts = NgramVectorizer().fit(TEXTS)
    scaler = NaiveBayesScaler().fit(counts.transform(TEXTS), LABELS)
    linear = OneVsRestLogisticRegression().fit(counts.transform(TEXTS), LABELS)
    hashing = HashingTokenizerTransformer(20)
    steps = [cleaner, tokenizer, embedding, counts, scaler, linear, hashing]
    steps += [PadSequences(3).fit(ids), EmbeddingVectorizer("tfidf").fit(embedded)]
    steps += [KerasTextClassifier(epochs=2, optimizer="sgd")]
    data = [ids, embedded, tokenizer.vocabulary_, embedding.coverage_, tokenizer._counted]
    return [*steps, *data]


class Changed:
    """Pickles as what `restore` is to return, with a state."""

    def __init__(self, args, state):
        self.reduced = (restore, args, *state)

    def __reduce__(self):
        return self.reduced


def change_state(state, random):
    if random.random() < 0.3 or not state:
        return random.choice(VALUES)
    if isinstance(state, dict):
        state = dict(state)
        name = random.choice([*state])
        if random.random() < 0.4:
            del state[name]
        else:
            state[random.choice([name, "new", "_new_"])] = random.choice(VALUES)
        return state
    if isinstance(state, tuple):
        parts = [*state]
        parts[random.randrange(len(parts))] = random.choice(VALUES)
        return tuple(parts[: random.choice([len(parts), len(parts) - 1])])
    return random.choice(VALUES)


def try_reduced(random, index):
    """Change the name, the format, the arguments or the state of one object."""
    things = fitted()
    thing, other = random.choice(things), random.choice(things)
    _, (name, number, *args), *state = thing.__reduce_ex__(4)
    state = [part for part in state if part is not None][:1]
    change = random.choice(["name", "format", "args", "state", "state", "other state"])
    if not index:
        change = ""
    if change == "name":
        name = random.choice([*PLACES, *VALUES, "TextCleaner2", "os.system"])
    elif change == "format":
        number = random.choice(VALUES)
    elif change == "args":
        args = random.sample(VALUES, random.randint(0, 4))
    elif change == "state" and state:
        state = [change_state(state[0], random)]
    elif change == "other state":
        state = [part for part in other.__reduce_ex__(4)[2:] if part is not None][:1]
    try:
        loaded = pickle.loads(pickle.dumps(Changed((name, number, *args), state)))
    except SkembedError as error:
        assert index, error
        return
    except (AttributeError, TypeError, pickle.UnpicklingError):
        # Pickle itself, for what has no __setstate__.
        assert change in ("state", "other state", "name")
        assert not hasattr(type(thing), "__setstate__") or change == "name"
        return
    assert not isinstance(number, bool) or number == FORMAT
    assert type(name) is str
    assert loaded is not None


class Careful(pickle.Unpickler):
    """An unpickler that a damaged pickle cannot make call anything dangerous."""

    def find_class(self, module, name):
        packages = "skembed", "sklearn", "numpy", "scipy", "collections", "copyreg", "builtins"
        if module.split(".")[0] not in packages or name in NOT_CALLED:
            raise pickle.UnpicklingError(name)
        return super().find_class(module, name)


def try_bytes(random):
    """Pickle may raise anything; it must end, and neither crash nor take all memory."""
    content = pickle.dumps(random.choice(fitted()), random.choice([2, 4, 5]))
    other = pickle.dumps(random.choice(fitted()), 4)
    try:
        loaded = Careful(io.BytesIO(mutate(content, random, [other]))).load()
        repr(loaded)
    except Exception as error:
        assert not isinstance(error, AssertionError)


def try_pickle(group, random, index, folder):
    if random.random() < 0.6 or not index:
        try_reduced(random, index)
    else:
        try_bytes(random)


GROUPS = ["pickles"]
