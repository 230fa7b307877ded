"""Bring documents into the form that a network needs."""

from dataclasses import replace

from skembed.errors import ArchitectureError, IdRangeError
from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.spec import NetworkFacts, NetworkSpec
from skembed.sequences import TokenSequences
from skembed.table_checks import Documents, check_numbers_as_fitted

__all__ = ["rows_for"]


def rows_for(spec: NetworkSpec, documents: Documents) -> Documents:
    """Return documents in a network's input form: unpadded if it ignores padding.

    Parameters
    ----------
    spec : NetworkSpec
        What the network was built from.
    documents : TokenSequences or TokenTable
        The documents; the texts of a table in the order of ``fit``.

    Raises
    ------
    IdRangeError
        If an id exceeds the range seen in fit.
    ArchitectureError
        If the network needs sequences of one length, and these have another.
    MixedColumnsError
        If the numbers of a table are not those seen in fit.
    """
    facts = spec.facts
    if isinstance(documents, TokenSequences):
        return _rows(documents, facts, spec.ignores_padding, "")
    check_numbers_as_fitted(documents, facts.n_numbers, facts.number_names)
    return replace(
        documents,
        texts={
            name: _rows(text, facts.parts[name], _ignores_padding(spec, name), f"Text {name!r}: ")
            for name, text in documents.texts.items()
        },
    )


def _ignores_padding(spec: NetworkSpec, name: str) -> bool:
    if not spec.named:
        return spec.ignores_padding
    architecture, _ = spec.settings["architectures"][name]
    return getattr(ARCHITECTURES[architecture], "ignores_padding", False)


def _rows(
    sequences: TokenSequences, facts: NetworkFacts, ignores_padding: bool, where: str
) -> TokenSequences:
    if sequences.ids.max(initial=0) >= facts.n_ids:
        raise IdRangeError(
            f"{where}Expected ids below {facts.n_ids}, as seen in fit; got {sequences.ids.max()}. "
            "Use the tokenizer that this classifier was fitted with."
        )
    if ignores_padding:
        return sequences.stripped()
    if sequences.width != facts.length:
        raise ArchitectureError(
            f"{where}This network was fitted on documents of {facts.length} ids; these have "
            f"{'no common length' if sequences.width is None else sequences.width}. Use the "
            "PadSequences step that it was fitted with."
        )
    return sequences
