"""The settings of each text of a table: general ones, and its own as ``text__<name>__...``."""

from typing import Any

from sklearn.utils._param_validation import (
    InvalidParameterError,
    StrOptions,
    validate_parameter_constraints,
)

from skembed.errors import ArchitectureError
from skembed.networks import ARCHITECTURES
from skembed.networks.architectures import NETWORK_PARAMETERS, takes

__all__ = ["PART_PARAMETERS", "check_no_parts", "own_settings", "part_architectures"]

#: What can be set for one text of a table.
PART_PARAMETERS = ("architecture", "embedding_dim", "embedding_trainable", *NETWORK_PARAMETERS)

Settings = dict[str, dict[str, Any]]


def check_no_parts(classifier: Any) -> None:
    """Check that nothing is set for the parts of a table, since the documents are one text.

    Raises
    ------
    InvalidParameterError
        If something is.
    """
    for name, value in classifier._routed_to("text").items():
        raise InvalidParameterError(
            f"text__{name}={value!r} has no effect: the documents are one text, not a table. Set "
            f"{name.rpartition('__')[2]} instead."
        )
    if classifier.numbers_units:
        raise InvalidParameterError(
            f"numbers_units={classifier.numbers_units} has no effect: the documents come without "
            "numbers. Leave numbers_units=0."
        )


def own_settings(classifier: Any, names: list[str]) -> Settings:
    """Return what was set for each text of a table by itself.

    Parameters
    ----------
    classifier : KerasTextClassifier
        Its parameters ``text__<name>__<parameter>``; None is the same as not set.
    names : list of str
        The names of the texts.

    Raises
    ------
    InvalidParameterError
        If there is no text or no setting of such a name, or if the value is wrong.
    """
    own: Settings = {name: {} for name in names}
    for key, value in classifier._routed_to("text").items():
        text = max((name for name in names if key.startswith(f"{name}__")), key=len, default=None)
        if text is None:
            raise InvalidParameterError(
                f"text__{key}={value!r} has no effect: the table has no such text. Its texts are "
                f"{', '.join(map(repr, names))}, and their settings text__{names[0]}__filters and "
                "so on."
            )
        setting = key.removeprefix(f"{text}__")
        if setting not in PART_PARAMETERS:
            raise InvalidParameterError(
                f"text__{key}={value!r} has no effect: a text of a table has no setting "
                f"{setting!r}. It has {', '.join(PART_PARAMETERS)}."
            )
        constraint = [*classifier._parameter_constraints[setting], None]
        if setting == "architecture":  # a function builds the network of the whole table
            constraint = [StrOptions({*ARCHITECTURES}), None]
        validate_parameter_constraints(
            {f"text__{key}": constraint}, {f"text__{key}": value}, type(classifier).__name__
        )
        if value is not None:
            own[text][setting] = value
    return own


def part_architectures(
    classifier: Any, own: Settings, few_tokens: set[str]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the architecture of each text of a table and its settings.

    A general setting, such as ``filters``, holds for every text whose architecture takes it, and
    the text's own setting comes first. A text of single tokens, such as a category, needs no
    windows and no order: without an architecture of its own it is its word vector, and general
    settings are not meant for it.

    Parameters
    ----------
    classifier : KerasTextClassifier
        Its general parameters.
    own : dict of str to dict
        From `own_settings`.
    few_tokens : set of str
        The texts with at most one token per document.

    Raises
    ------
    ArchitectureError
        If a setting has no effect.
    """
    given = {name: getattr(classifier, name) for name in NETWORK_PARAMETERS}
    general = {name: value for name, value in given.items() if value is not None}
    unused, chosen = {*general}, {}
    for text, settings in own.items():
        is_category = text in few_tokens and "architecture" not in settings
        architecture = settings.get(
            "architecture", "average" if is_category else classifier.architecture
        )
        build = ARCHITECTURES[architecture]
        of_text = {name: settings[name] for name in NETWORK_PARAMETERS if name in settings}
        for name, value in of_text.items():
            if not takes(build, name):
                raise ArchitectureError(
                    f"text__{text}__{name}={value!r} has no effect: the architecture of text "
                    f"{text!r} is {architecture!r}, which has no parameter {name!r}. Do not set "
                    f"it, or set text__{text}__architecture."
                )
        start = {name: value for name, value in general.items() if takes(build, name)}
        start = {"hidden_units": 0} if is_category else start
        unused -= start.keys() - of_text.keys()
        chosen[text] = architecture, start | of_text
    for name in sorted(unused):
        raise ArchitectureError(
            f"{name}={general[name]!r} has no effect: no text of the table uses it. Their "
            f"architectures are {', '.join(f'{text}: {of!r}' for text, (of, _) in chosen.items())}."
        )
    return chosen
