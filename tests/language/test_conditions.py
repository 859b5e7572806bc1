"""Conditions of rules and chains: findings, reasons of losses, and what `explain` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, spec_document
from translator import Catalog, Translator, check, contract
from translator.analysis.explain import explain
from translator.report.explain import render_text

KINDS = {"type": "string", "enum": ["rated", "viewed"]}
NUMBER = {"type": "number"}
LEFT = event_schema({"type": KINDS, "value": NUMBER, "q": STRING, "p": STRING}, ["type"])
RIGHT = event_schema(
    {"kind": KINDS, "rating": NUMBER, "revenue": NUMBER, "query": STRING, "place": STRING}, ["kind"]
)


def make_catalog(folder: Path, mapping: str, left: Any = LEFT, right: Any = RIGHT) -> Catalog:
    """Return the catalog of two formats, and a mapping of version 2 between them."""
    for name, schema in (("l", left), ("r", right)):
        (folder / f"{name}.json").write_text(json.dumps(spec_document(schema)), encoding="utf-8")
    text = f"version: 2\nbetween: [l, r]\n{mapping}"
    (folder / "l--r.yaml").write_text(text, encoding="utf-8")
    return Catalog(specs=[folder], mappings=[folder])


def codes(catalog: Catalog) -> list[str]:
    """Return the codes of the findings about the mapping, in order."""
    return [each.code for each in check(catalog) if each.location.file.endswith("l--r.yaml")]


RATED = """
fields:
  type: kind
  value:
    - {when: {type: rated}, is: rating}
    - {is: revenue}
  q: {is: query, when: {type: rated, p: $present}}
  p: {is: place, when: {q: $present}}
"""


def test_the_reason_of_a_loss_is_the_condition(tmp_path: Path) -> None:
    """What a condition keeps from being written is lost, and the condition is the reason."""
    translator = Translator("r", "l", catalog=make_catalog(tmp_path, RATED))
    event = {"kind": "viewed", "rating": 3, "query": "x"}
    result = translator.translate_with_losses(event)
    assert result.events == [{"type": "viewed"}]
    assert {(loss.kind, loss.path, loss.because) for loss in result.losses} == {
        ("lost", "$.query", "it is written only with type rated and p"),
        ("lost", "$.rating", "it is written only with type rated"),
    }
    result = translator.translate_with_losses({"kind": "rated", "revenue": 3})
    reason = "it is written only not with type rated"
    assert [loss.because for loss in result.losses] == [reason]


def test_a_mapping_with_conditions_has_no_findings(tmp_path: Path) -> None:
    """A rule with a condition maps its field, though not in every event."""
    assert codes(make_catalog(tmp_path, RATED)) == []


def test_explain_prints_conditions(tmp_path: Path) -> None:
    """The rule of a written field is printed with its condition."""
    catalog = make_catalog(tmp_path, RATED)
    explanation = explain({"kind": "rated", "rating": 3}, "r", "l", catalog=catalog)
    assert "(only with type rated)" in render_text(explanation)


def test_approximate_values_are_reported(tmp_path: Path) -> None:
    """A value is reported if the chain says that it is approximate."""
    mapping = """
params: {place: where it is}
fields:
  type: kind
  value:
    is: rating
    else:
      - {value: 1, when: {type: rated}, approximate: one, because: one is likely}
      - {value: 0}
  q: query
  p: {is: place, else: [{param: place, approximate: place, because: it may be elsewhere}]}
lost:
  r: {revenue: none}
"""
    catalog = make_catalog(tmp_path, mapping)
    assert codes(catalog) == []
    translator = Translator("r", "l", catalog=catalog, params={"place": "here"})
    result = translator.translate_with_losses({"kind": "rated"})
    assert result.events == [{"type": "rated", "value": 1, "p": "here"}]
    assert {(loss.kind, loss.path, loss.because) for loss in result.losses} == {
        ("approximated", "$", "one is likely"),
        ("approximated", "$", "it may be elsewhere"),
    }
    result = translator.translate_with_losses({"kind": "viewed", "place": "there"})
    assert result.events == [{"type": "viewed", "value": 0, "p": "there"}]
    assert result.losses == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("q: {is: query, when: {type: nothing}}", "unknown-value"),
        ("q: {is: query, when: {nothing: $present}}", "unknown-member"),
        ("q: {is: query, when: [{type: rated}, {kind: $absent, rating: 3, kind: rated}]}", ""),
        ("q: {is: query, else: [{value: a}, {is: place}]}", "chain-order"),
        ("q: {is: query, else: [{param: x}, {is: place, approximate: n, because: y}]}",
         "chain-order"),
        ("q: [{is: query}, {is: place}]", "rule-hidden"),
        ("q: [{when: {p: $present}, is: query}, {when: {p: $present}, is: place}]", "rule-hidden"),
        ("q: [{when: {type: [rated, viewed]}, is: query}, {when: {type: rated}, is: place}]",
         "rule-hidden"),
        ("q: {is: query, when: {p: $absent}}\n  p: {is: place, when: {q: $absent}}",
         "waits-for-itself"),
        ("q: {is: query, when: {p: $present}}\n  p: {is: place, when: {q: $absent}}",
         "waits-for-itself"),
        ("q: {is: query, else: [{value: 3}]}", "unknown-value"),
        ("q: {is: query, else: [{value: [x]}]}", "unknown-value"),
    ],
)  # fmt: skip
def test_mistakes_in_conditions_are_found(tmp_path: Path, fields: str, code: str) -> None:
    """Conditions that never hold, hidden rules, and chains out of order are findings."""
    catalog = make_catalog(tmp_path, f"params: {{x: y}}\nfields:\n  type: kind\n  {fields}\n")
    found = codes(catalog)
    assert code in found if code else found


def test_a_condition_that_no_variant_meets_is_found(tmp_path: Path) -> None:
    """The values that a condition compares must occur together."""
    mapping = """
cases:
  rated: {when: {type: rated}, fields: {q: {is: query, when: {type: viewed}}}}
  viewed: {when: {type: viewed}, fields: {q: query}}
fields: {type: kind, value: rating, p: place}
lost:
  r: {revenue: none}
"""
    assert codes(make_catalog(tmp_path, mapping)) == ["condition-never"]


def test_rows_that_compare_presence_must_be_exhaustive(tmp_path: Path) -> None:
    """With `$present` in a row, it must be said what happens if the field is absent."""
    rows = """
rows:
  what:
    exact:
      - [{type: rated, value: $present}, {kind: rated}]
      - [{type: viewed}, {kind: viewed}]
    MORE
fields: {value: rating, q: query, p: place}
lost:
  r: {revenue: none}
"""
    catalog = make_catalog(tmp_path, rows.replace("MORE", ""))
    (finding,) = check(catalog)
    assert finding.code == "unaccounted-value"
    assert "`type` = 'rated' and `value` absent is not mapped" in finding.message
    refusal = "refuse: [{to: r, from: $others, because: nothing was rated}]"
    assert codes(make_catalog(tmp_path, rows.replace("MORE", refusal))) == []


def test_a_contract_names_the_condition(tmp_path: Path) -> None:
    """A value that only some events keep is promised under the condition of its rule."""
    promises = contract(make_catalog(tmp_path, RATED), "r", "l").promises
    leaves = {leaf.path: leaf for promise in promises for leaf in promise.leaves}
    assert leaves["kind"].status == "exact"
    assert leaves["query"].status == "conditional"
    assert "it is written only with type rated and p" in leaves["query"].conditions
