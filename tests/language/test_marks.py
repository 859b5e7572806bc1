"""Marks of specs: rules relate sums to sums, and identifiers to those of the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import check

NUMBER = {"type": "number"}
SUM = {**NUMBER, "x-sum": True}
USER, VISITOR, EVENT = ({**STRING, "x-id": kind} for kind in ("user", "visitor", "event"))
COUNTED = {**EVENT, "x-sum": True}
TOKEN = {**STRING, "x-token": True}
CODES = {"sum-mixed", "id-mixed", "token-mixed"}


def objects(**fields: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": fields}}


def properties(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


LEFT = {
    "total": SUM,
    "name": STRING,
    "user": USER,
    "visitor": VISITOR,
    "event": EVENT,
    "query": TOKEN,
    "lines": objects(price=NUMBER, query=TOKEN),
    "who": properties(id=VISITOR),
    "kind": STRING,
}
ANYTHING: dict[str, Any] = {"type": "object", "additionalProperties": True}
RIGHT = {
    "total": SUM,
    "amount": NUMBER,
    "label": STRING,
    "user": USER,
    "event": COUNTED,
    "query": TOKEN,
    "items": objects(price=NUMBER, word=STRING),
    "who": properties(id=USER),
    "carried": properties(l=ANYTHING, other=ANYTHING),
}


def found(folder: Path, mapping: str) -> list[tuple[str, str]]:
    """Return the findings about marks in a mapping: codes and messages."""
    specs = {"l": event_schema(LEFT), "r": event_schema(RIGHT)}
    text = f"version: 2\nbetween: [l, r]\n{mapping}"
    findings = check(small_catalog(folder, specs, l__r=text))
    return [(each.code, each.message) for each in findings if each.code in CODES]


MIXED = {
    "total: user": (
        "sum-mixed",
        "`total` of l counts once in an event, but `user` of r identifies",
    ),
    "total: query": ("sum-mixed", "`query` of r is a token"),
    'total: "items[].price"': ("sum-mixed", "`items[].price` of r is in each element of a list"),
    '"lines[].price": total': ("sum-mixed", "`total` of r counts once in an event"),
    "total: event": ("sum-mixed", "`event` of r identifies an event"),
    "visitor: user": ("id-mixed", "`visitor` of l identifies a visitor, but `user` of r a user"),
    "name: {is: label, else: [{is: user}]}": None,
    "visitor: {is: label, else: [{is: user}]}": ("id-mixed", "`visitor` of l"),
    "visitor: {is: label, else: [{is: user, approximate: guest, because: b}]}": None,
    "visitor: {is: label, else: [{is: user, opt_in: guest, because: b}]}": None,
    "who: who": ("id-mixed", "`who.id` of l identifies a visitor, but `who.id` of r a user"),
    "query: label": ("token-mixed", "`query` of l is a token"),
    "query: query": ("token-mixed", "`query` of l is a token"),
    "query: carried.l.query": None,
    "query: carried.other.query": ("token-mixed", "`carried.other.query` of r gets it"),
    "name: query": ("token-mixed", "`query` of r is a token"),
    '"lines[].query": "items[].word"': ("token-mixed", "`lines[].query` of l is a token"),
    '"lines[].query": "carried.l.queries[]"': None,
    '"lines[]": "carried.l.lines[]"': None,
    '"lines[]": "items[]"': ("token-mixed", "`lines[].query` of l is a token"),
    "total: total": None,
    "total: amount": None,
    "total: carried.l.total": None,
    "event: event": None,
    "user: user": None,
    "user: label": None,
}


@pytest.mark.parametrize("rule", MIXED)
def test_fields_that_a_rule_relates(rule: str, tmp_path: Path) -> None:
    """A rule between fields with different marks is reported once for each mark."""
    findings = dict(found(tmp_path, f"fields:\n  {rule}\n"))
    expected = MIXED[rule]
    if expected is None:
        assert findings == {}
    else:
        code, message = expected
        assert message in findings[code]


def test_fields_that_a_row_relates(tmp_path: Path) -> None:
    """A variable of a row relates two fields."""
    row = "[{kind: a, visitor: $v}, {label: a, user: $v}]"
    assert [code for code, _ in found(tmp_path, f"rows: {{one: {{exact: [{row}]}}}}\n")] == [
        "id-mixed"
    ]


def test_an_amount_of_each_event(tmp_path: Path) -> None:
    """Where each element is an event, a price of an element is no sum of the event either."""
    mapping = 'each: "items[]"\nfields: {total: "items[].price"}\n'
    assert [code for code, _ in found(tmp_path, mapping)] == ["sum-mixed"]
