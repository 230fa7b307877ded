"""Clean raw text before tokenization."""

import string
import unicodedata
import warnings
from collections.abc import Collection
from numbers import Integral
from typing import Any, ClassVar, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions

from skembed._characters import (
    Form,
    normalize,
    outer_apostrophe,
    without_accents,
)
from skembed._fit_task import CallbackSupport, fit_task
from skembed._html import without_html
from skembed._recent import MIN_CACHED_DOCUMENTS, Recent, fingerprint
from skembed._training_only import TrainingOnly
from skembed._validation import check_documents
from skembed._word_filter import WordFilter, WordList

__all__ = ["TextCleaner"]

_CLEANED_CACHE: Recent[str] = Recent(limit=128 * 2**20)
_CHECKED: WeakKeyDictionary["TextCleaner", dict[str, WordList]] = WeakKeyDictionary()
_ENTRY_OVERHEAD_BYTES = 300  # per cache entry, in addition to its characters


class TextCleaner(
    TrainingOnly,
    CallbackSupport,
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    r"""Normalize the text of documents and filter their words.

    The steps run in the order of the parameters. Words are separated by white space, which is
    what :meth:`str.split` splits at. If a word-level option is set, the remaining words are joined
    by single spaces.

    Parameters
    ----------
    strip_html : bool, default=False
        Replace tags and comments with a space, and entities with their characters. A
        tag starts at a ``<`` directly followed by a letter, or by ``/`` and a letter,
        and ends at the next ``>``.
    normalization : {"NFC", "NFKC"}, default=None
        Bring the text to this Unicode normalization form. ``"NFC"`` makes ``é`` one character,
        however it was typed. ``"NFKC"`` also replaces variants of characters, such as ``ﬁ``,
        ``Ａ`` and ``²``, by the plain ones. If None, the text stays as it is.
    lowercase : bool, default=True
        Convert all letters to lowercase.
    strip_accents : bool, default=False
        Remove accents and all other marks from Latin letters (``é`` becomes ``e``, ``ế`` too).
        Marks on letters of other scripts are parts of these letters and stay, as do letters such as
        ``ø``, ``ı`` and ``đ``, which have no mark in Unicode. Without `normalization`, the
        text is also brought to the form NFKC.
    strip_punctuation : bool or "delete", default=True
        Replace punctuation and ASCII symbols with spaces, so that they separate words
        (``good.Bad`` becomes ``good Bad``). Apostrophes within words stay, as ``'``.
        ``"delete"`` deletes all of them and separates nothing (``goodBad``, ``dont``), as
        published experiments do.
    alphabetic_only : bool, default=False
        Drop words that contain any character other than letters, the marks and joiners that
        belong to them, and apostrophes between them.
    stop_words : {"english"} or collection of str, default=None
        Words to drop, compared after the steps above: once punctuation is deleted,
        ``don't`` is ``dont``. ``fit`` warns of words that these steps change, as they never match.
        ``"english"`` is scikit-learn's list.
    min_token_length : int, default=1
        Drop words with fewer characters.
    vocabulary : collection of str, default=None
        Drop all words that are not in this collection, compared in the same way.
    keep_line_breaks : bool, default=False
        Keep each line break as a separate word ``"\n"``, which no other step drops.
        The words of a line are joined by single spaces and the lines, including empty
        ones, by ``" \n "``. Lines are split by :meth:`str.splitlines`, so a line break at
        the end of a document starts no new line. ``KerasTokenizerTransformer(filters="")``
        keeps this word, and ``TrainedEmbeddingMatrix(sentence_end="\n")`` uses it.

    See Also
    --------
    KerasTokenizerTransformer : The usual next step.

    Notes
    -----
    This transformer is stateless: ``transform`` works without ``fit``. ``fit_transform`` caches the
    cleaned text of a hundred documents or more for later candidates and folds of a search, up to
    128 MB per process.

    References
    ----------
    Nothman, Qin and Yurchak, "Stop Word Lists in Free Open-source Software
    Packages", NLP-OSS 2018, on the contents and the gaps of the English list.

    Examples
    --------
    >>> from skembed import TextCleaner
    >>> TextCleaner(strip_html=True, stop_words="english").transform(
    ...     ["A <b>fine</b> essay, isn't it?"]
    ... )
    array(["fine essay isn't"], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "strip_html": ["boolean"],
        "normalization": [StrOptions({"NFC", "NFKC"}), None],
        "lowercase": ["boolean"],
        "strip_accents": ["boolean"],
        "strip_punctuation": ["boolean", StrOptions({"delete"})],
        "alphabetic_only": ["boolean"],
        "stop_words": [StrOptions({"english"}), Collection, None],
        "min_token_length": [Interval(Integral, 1, None, closed="left")],
        "vocabulary": [Collection, None],
        "keep_line_breaks": ["boolean"],
    }

    def __init__(
        self,
        *,
        strip_html: bool = False,
        normalization: Literal["NFC", "NFKC"] | None = None,
        lowercase: bool = True,
        strip_accents: bool = False,
        strip_punctuation: bool | Literal["delete"] = True,
        alphabetic_only: bool = False,
        stop_words: str | Collection[str] | None = None,
        min_token_length: int = 1,
        vocabulary: Collection[str] | None = None,
        keep_line_breaks: bool = False,
    ) -> None:
        self.strip_html = strip_html
        self.normalization = normalization
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.strip_punctuation = strip_punctuation
        self.alphabetic_only = alphabetic_only
        self.stop_words = stop_words
        self.min_token_length = min_token_length
        self.vocabulary = vocabulary
        self.keep_line_breaks = keep_line_breaks

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Validate the parameters and the documents; nothing is learned.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str; or one text column of shape (n, 1)
            The documents.
        y : None
            Ignored.

        Returns
        -------
        TextCleaner
            This instance.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text.
        """
        self._check_params()
        self._warn_if_never_found()
        check_documents(X)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.object_]:
        """Clean documents.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str; or one text column of shape (n, 1)
            The documents.

        Returns
        -------
        ndarray of str (dtype object), with the shape of `X`
            The cleaned documents.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text.
        """
        return self._clean_documents(X, keep=False)

    @fit_task
    def fit_transform(self, X: Any, y: Any = None) -> npt.NDArray[np.object_]:
        """Clean documents and cache the result for other candidates and folds of a search.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str; or one text column of shape (n, 1)
            The documents.
        y : None
            Ignored.

        Returns
        -------
        ndarray of str (dtype object), with the shape of `X`
            The cleaned documents.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text.
        """
        self._check_params()
        self._warn_if_never_found()
        return self._clean_documents(X, keep=True)

    def _clean_documents(self, X: Any, *, keep: bool) -> npt.NDArray[np.object_]:
        self._check_params()
        documents = check_documents(X)
        is_small = len(documents) < MIN_CACHED_DOCUMENTS
        cleaned = np.empty(len(documents), dtype=object)
        cleaned[:] = self._clean(documents) if is_small else self._clean_cached(documents, keep)
        return cleaned.reshape(getattr(X, "shape", -1))

    def _clean_cached(self, documents: list[str], keep: bool) -> list[str]:
        """Clean only the documents that are not in the cache."""
        settings = self._fingerprint_params()
        found = {text: _CLEANED_CACHE.get((settings, text)) for text in documents}
        new = [text for text, cleaned in found.items() if cleaned is None]
        newly_cleaned = dict(zip(new, self._clean(new)))
        for text, cleaned in newly_cleaned.items() if keep else ():
            _CLEANED_CACHE.keep(
                (settings, text), cleaned, len(text) + len(cleaned) + _ENTRY_OVERHEAD_BYTES
            )
        return [found[text] or newly_cleaned.get(text, "") for text in documents]

    def _fingerprint_params(self) -> bytes:
        """Return a cache key for the class and its parameters."""
        listed = (
            sorted(value) if isinstance(value, Collection) and not isinstance(value, str) else value
            for value in self.get_params().values()
        )
        return fingerprint([type(self).__qualname__, *map(repr, listed)])

    def _clean(self, documents: list[str]) -> list[str]:
        documents = self._normalize(documents)
        if self.keep_line_breaks or self._drops_words():
            documents = self._filter_words(documents)
        return documents

    def _normalize(self, documents: list[str]) -> list[str]:
        """Take the steps that come before words are compared."""
        if self.strip_html:
            documents = [*map(without_html, documents)]
        if self.normalization is not None:
            documents = [normalize(self.normalization, text) for text in documents]
        if self.lowercase:
            documents = [text.lower() for text in documents]
        if self.strip_accents:
            form: Form = "NFKD" if self.normalization is None else "NFD"
            documents = [without_accents(form, text) for text in documents]
            if self.lowercase and form == "NFKD":  # variants of capitals have become capitals
                documents = [text.lower() for text in documents]
        if self.strip_punctuation == "delete":
            documents = [*map(_DELETED.replace_in, documents)]
        elif self.strip_punctuation:
            documents = [_separate_at_punctuation(text) for text in documents]
        return documents

    def _check_params(self) -> None:
        self._validate_new_params()
        self._listed("stop_words")
        self._listed("vocabulary")

    def _listed(self, name: str) -> frozenset[str] | None:
        """Return the words of a parameter, which are checked again only if they have changed."""
        given, known = getattr(self, name), _CHECKED.setdefault(self, {})
        if name not in known or not known[name].is_of(given):
            known[name] = WordList.of(name, given)
        return known[name].words

    def _warn_if_never_found(self) -> None:
        for name in ("stop_words", "vocabulary"):
            words = getattr(self, name)
            if words is not None and not isinstance(words, str):
                self._warn_of_changed(name, frozenset(words))

    def _warn_of_changed(self, name: str, words: frozenset[str]) -> None:
        """Warn of words that are not written as the steps before leave the text."""
        if words.issuperset(self._normalize([" ".join(words)])[0].split()):  # most often
            return
        listed = sorted(words)
        found = dict(zip(listed, self._normalize(listed)))
        lost = [word for word in listed if not words.issuperset(found[word].split())]
        if lost:
            warnings.warn(
                f"{len(lost)} of {len(words)} words in {name!r} are never found, because the steps "
                f"before change them in the text, such as {lost[0]!r} to {found[lost[0]]!r}: write "
                "them as in cleaned text, or leave them out.",
                stacklevel=5,  # skip the decorators
            )

    def _drops_words(self) -> bool:
        return (
            self.alphabetic_only
            or self.stop_words is not None
            or self.min_token_length > 1
            or self.vocabulary is not None
        )

    def _filter_words(self, documents: list[str]) -> list[str]:
        is_word_kept = WordFilter(
            self.min_token_length,
            self.alphabetic_only,
            self._listed("stop_words"),
            self._listed("vocabulary"),
        )

        def filter_words(text: str) -> str:
            return " ".join([word for word in text.split() if is_word_kept[word]])

        if self.keep_line_breaks:
            return [" \n ".join(map(filter_words, text.splitlines())) for text in documents]
        return [*map(filter_words, documents)]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the name of the text column.

        Parameters
        ----------
        input_features : array-like of str of shape (1,), default=None
            The name of the text column; None means ``"text"``.

        Returns
        -------
        ndarray of str of shape (1,)
            The name, unchanged.
        """
        return np.asarray(["text"] if input_features is None else input_features, dtype=object)

    def _summary(self) -> str:
        return "nothing to learn"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


class _Punctuation(dict[int, int | str | None]):
    """A translation table for ``str.translate``, filled lazily per character."""

    def __init__(self, replacement: str | None, **others: str) -> None:
        super().__init__({ord(character): other for character, other in others.items()})
        self.replacement = replacement

    def __missing__(self, code: int) -> int | str | None:
        character = chr(code)
        stripped = character in string.punctuation or unicodedata.category(character)[0] == "P"
        self[code] = self.replacement if stripped else code
        return self[code]

    def replace_in(self, text: str) -> str:
        """Translate a text, faster than ``str.translate`` does if it is not ASCII."""
        if not text.isascii():
            others = [(c, self[ord(c)]) for c in {*text}]
            replaced = [(c, other) for c, other in others if not isinstance(other, int)]
            if len(replaced) <= _MANY_SIGNS:
                for character, other in replaced:
                    text = text.replace(character, other or "")
                return text
        return text.translate(self)


_MANY_SIGNS = 30  # in a text: to replace one after another takes longer
_DELETED = _Punctuation(None)
_SEPARATED = _Punctuation(" ", **{"'": "'", "’": "'"})


def _separate_at_punctuation(text: str) -> str:
    text = _SEPARATED.replace_in(text)
    return outer_apostrophe().sub(" ", text) if "'" in text else text
