"""A ColumnTransformer of scikit-learn whose blocks may be token sequences."""

from copy import copy
from typing import Any, NamedTuple, Self

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import _fit_transform_one
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils._user_interface import _print_elapsed_time
from sklearn.utils.validation import _get_feature_names

from skembed.errors import ColumnError, MixedColumnsError
from skembed.sequences import TokenSequences
from skembed.tables.column_checks import check_text, kinds_of
from skembed.tables.number_columns import as_block, check_numbers, join_numbers
from skembed.tables.shared_vocabulary import (
    fit_together,
    makes_sequences,
    share,
    steps_of,
    texts_that_share,
)
from skembed.token_table import TokenTable

__all__ = ["TextBlocks"]


class TextBlocks(ColumnTransformer):  # type: ignore[misc]
    """Replaces the parts of ``ColumnTransformer`` that stack arrays; a subclass has `fit`."""

    shared_vocabulary: bool | list[str]

    def _entries(self, *, fitted: bool, as_labels: bool = False) -> list[tuple[str, Any, Any, Any]]:
        """Return (name, transformer, columns, weight) of all that are not dropped."""
        return [
            *self._iter(
                fitted=fitted, column_as_labels=as_labels, skip_drop=True, skip_empty_columns=True
            )
        ]

    def _validate_transformers(self) -> None:
        try:
            super()._validate_transformers()
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(
                "transformers must be a list of (name, transformer, columns) with distinct names: "
                f"{error}"
            ) from error

    def _validate_column_callables(self, X: Any) -> None:
        try:
            super()._validate_column_callables(X)
        except ValueError as error:
            names = _get_feature_names(X)
            has = "no names of columns" if names is None else f"the columns {[*map(str, names)]}"
            raise ColumnError(f"{str(error).rstrip('.')}. The table has {has}.") from error

    def _validate_remainder(self, X: Any) -> None:
        super()._validate_remainder(X)
        places = self._transformer_to_input_indices
        used = {i for name, *_ in self._entries(fitted=False) for i in places[name]}
        self._columns_in = kinds_of(X, sorted(used))

    def _call_func_on_transformers(
        self, X: Any, y: Any, func: Any, column_as_labels: bool, routed_params: Any
    ) -> list[Any]:
        is_fit = func is _fit_transform_one
        entries = self._entries(fitted=not is_fit, as_labels=column_as_labels)
        for name, transformer, columns, _ in entries:
            for step in steps_of(transformer)[:1]:
                check_text(name, step, X, columns)
        rest, together = self, dict[str, Any]()
        if is_fit:
            self._check_weights(entries)
            names = texts_that_share(self.shared_vocabulary, self.transformers, entries)
            self._sharing = names
            together = self._fit_together(names, entries, X, y, routed_params)
            rest = self._without(names)
        call = super(TextBlocks, rest)._call_func_on_transformers
        try:
            others = iter(call(X, y, func, column_as_labels, routed_params))
        except ValueError as error:
            if "1D data passed" not in str(error) and "2-dimensional container" not in str(error):
                raise
            raise ColumnError(
                "A transformer of numbers gets a single column without a list: select it in one, "
                f"such as ['price'] instead of 'price'. ({error})"
            ) from error
        results = [together[name] if name in together else next(others) for name, *_ in entries]
        outputs = [result[0] for result in results] if is_fit else results
        blocks = [_block(name, output) for (name, *_), output in zip(entries, outputs)]
        if not any(isinstance(block, _Text) for block in blocks):
            raise MixedColumnsError(
                "No transformer returns token sequences, so there is no text for a network: add "
                "a tokenizer, such as KerasTokenizerTransformer or CategoryTokenizer, or use "
                "ColumnTransformer from sklearn.compose for numbers alone."
            )
        return [(block, made) for block, (_, made) in zip(blocks, results)] if is_fit else blocks

    def _fit_together(
        self, names: list[str], entries: list[Any], X: Any, y: Any, routed: Any
    ) -> dict[str, Any]:
        if not names:
            return {}
        for name in names:
            if any(routed[name].values()):
                raise InvalidParameterError(
                    f"shared_vocabulary: metadata is routed to {name!r}, but texts that share a "
                    "vocabulary are fitted without: leave it out of shared_vocabulary."
                )
        message = self._log_message(", ".join(names), 1, len(entries))
        with _print_elapsed_time(type(self).__name__, message):
            return fit_together(
                {name: made for name, made, *_ in entries if name in names},
                {name: _safe_indexing(X, c, axis=1) for name, _, c, _ in entries if name in names},
                y,
            )

    def _without(self, names: list[str]) -> Self:
        """Return a copy that drops some of its transformers."""
        rest = copy(self)
        kept = [("drop" if name in names else made) for name, made, _ in self.transformers]
        rest.transformers = [(t[0], made, t[2]) for t, made in zip(self.transformers, kept)]
        if "remainder" in names:
            rest._remainder = ("remainder", "drop", self._remainder[2])
        return rest

    def _validate_output(self, result: Any) -> None:
        """Check nothing: the parts of a table are checked where they are made."""

    def _record_output_indices(self, Xs: Any) -> None:
        super()._record_output_indices(Xs)
        entries = self._entries(fitted=True)
        self._texts = [e[0] for e, block in zip(entries, Xs) if isinstance(block, _Text)]
        self._number_names = tuple(ColumnTransformer.get_feature_names_out(self))

    def _get_feature_name_out_for_transformer(self, name: str, trans: Any, names_in: Any) -> Any:
        if name in self._texts:
            return None
        try:
            return super()._get_feature_name_out_for_transformer(name, trans, names_in)
        except AttributeError:  # of a transformer that has no names for what it makes
            made = self.output_indices_[name]
            return [f"{name}{i}" for i in range(made.stop - made.start)]

    def _hstack(self, Xs: Any, *, n_samples: int) -> TokenTable:
        blocks = dict(zip([name for name, *_ in self._entries(fitted=True)], Xs))
        texts = {name: b.sequences for name, b in blocks.items() if isinstance(b, _Text)}
        if self._sharing:
            texts |= share({name: texts[name] for name in self._sharing})
        others = {name: block for name, block in blocks.items() if name not in texts}
        numbers = join_numbers(others, as_sparse=self.sparse_output_)
        if numbers is not None:
            check_numbers(numbers, self._number_names)
        return TokenTable(texts, numbers, self._number_names)

    def _check_weights(self, entries: list[Any]) -> None:
        known = {name for name, *_ in self.transformers} | {"remainder"}
        texts = {name for name, transformer, *_ in entries if makes_sequences(transformer)}
        for name in self.transformer_weights or {}:
            if name not in known or name in texts:
                raise InvalidParameterError(
                    f"transformer_weights has a weight for {name!r}, which is "
                    f"{'a text' if name in texts else 'no transformer'}: only numbers can be "
                    "multiplied."
                )


class _Text(NamedTuple):
    """A text as a block without columns of numbers, as which ColumnTransformer counts it."""

    sequences: TokenSequences

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.sequences), 0


def _block(name: str, output: Any) -> Any:
    if isinstance(output, TokenSequences):
        return _Text(output)
    if isinstance(output, TokenTable):
        raise MixedColumnsError(
            f"The transformer {name!r} returned a TokenTable: list its transformers in this "
            "TextColumnTransformer instead."
        )
    return as_block(name, output)
