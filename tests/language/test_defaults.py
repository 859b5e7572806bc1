"""Defaults of both sides of a rule."""

from __future__ import annotations

from pathlib import Path

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Translator, check

INTEGER = {"type": "integer"}


def test_each_side_has_a_default_of_its_own(tmp_path: Path) -> None:
    """A map of defaults names the format that each is written to, also within lists."""
    line = {"type": "object", "required": ["id", "n"], "properties": {"id": STRING, "n": INTEGER}}
    item = {"type": "object", "required": ["id"], "properties": {"id": STRING, "n": INTEGER}}
    specs = {
        "l": event_schema({"lines": {"type": "array", "items": line}, "lang": STRING}),
        "r": event_schema({"items": {"type": "array", "items": item}, "lang": STRING}),
    }
    mapping = """
fields:
  "lines[].id": "items[].id"
  "lines[].n": {is: "items[].n", default: {l: 1}}
  lang: {is: lang, default: {l: es, r: en}}
"""
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    assert not [each for each in check(catalog) if "l--r" in each.location.file]
    left, right = (Translator(*pair, catalog=catalog) for pair in (("r", "l"), ("l", "r")))
    written = left.translate({"items": [{"id": "A"}, {"id": "B", "n": 3}]})
    assert written == {"lines": [{"id": "A", "n": 1}, {"id": "B", "n": 3}], "lang": "es"}
    assert right.translate({}) == {"lang": "en"}


def test_a_default_that_the_left_does_not_allow_is_a_finding(tmp_path: Path) -> None:
    """The default of the left is checked against its spec."""
    specs = {"l": event_schema({"n": INTEGER}), "r": event_schema({"n": INTEGER})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {n: {is: n, default: {l: x}}}\n")
    findings = [each.code for each in check(catalog) if "l--r" in each.location.file]
    assert findings == ["unknown-value"]
