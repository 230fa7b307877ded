"""Every parameter of every estimator changes something that a user can see."""

import pytest
from helpers import every_estimator, made_estimator, public_estimators, signature_of
from parameter_table import CASES, USUAL, differences, observe, row, table, tried


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter) for name, cases in CASES.items() for parameter in cases],
)
def test_every_parameter_changes_something(name, parameter):
    assert row(name, parameter).changed


@every_estimator
def test_equal_fits_look_equal(name):
    params = USUAL.get(name, {})
    assert [*differences(observe(name, **params), observe(name, **params))] == []


@every_estimator
def test_every_parameter_is_tried(name):
    estimator = made_estimator(name)
    routed = {parameter for parameter in CASES[name] if "__" in parameter}
    assert set(CASES[name]) - routed == set(signature_of(estimator))
    destinations = {parameter.partition("__")[0] for parameter in routed}
    assert destinations == {*getattr(estimator, "_routing_prefixes", ())}


def test_every_estimator_is_in_the_table():
    assert set(CASES) == public_estimators()


def test_a_parameter_that_changes_nothing_is_found(monkeypatch):
    monkeypatch.setitem(CASES["PadSequences"], "truncating", tried("post", maxlen=50))
    assert row.__wrapped__("PadSequences", "truncating").changed == ()


def test_a_value_that_is_refused_is_no_change(monkeypatch):
    monkeypatch.setitem(CASES["PadSequences"], "padding", tried("left"))
    with pytest.raises(AssertionError, match="The 'padding' parameter of PadSequences"):
        row.__wrapped__("PadSequences", "padding")


def test_the_table_is_readable(monkeypatch):
    others = [name for name in CASES if name != "PadSequences"]
    for name in others:
        monkeypatch.delitem(CASES, name)
    header, rule, maxlen, *rest = table().splitlines()
    assert header == "| estimator | parameter | value | instead of | with | what changed |"
    assert rule == "|" + " --- |" * 6
    assert maxlen.startswith("| PadSequences | maxlen | 2 | None |  | maxlen_: ")
    assert len(rest) == 3
