"""Fields whose names hold characters that paths give a meaning to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Translator, check
from translator.errors import TranslationError
from translator.paths import format_path

NAMES = [
    "a|b",
    "c,d",
    "|",
    ",",
    "[]",
    "{}",
    "{key}",
    "{value}",
    "e.f",
    "g h",
    "end ",
    "\\",
    "''",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_names_a_field(tmp_path: Path, name: str) -> None:
    """A rule may name the field on either side, as an alternative, and inside other fields."""
    nested = {"type": "object", "properties": {name: STRING}}
    properties: dict[str, Any] = {
        name: STRING,
        "list": {"type": "array", "items": nested},
        "spare": STRING,
    }
    path = format_path((name,)).replace("'", "''")
    mapping = f"""\
fields:
  '{path} | spare': '{path}'
  'list[].{path}': 'list[].{path}'
lost: {{r: {{spare: the first is written}}}}
"""
    specs = {"l": event_schema(properties), "r": event_schema(properties)}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    assert check(catalog, "l") == []
    event = {name: "1", "list": [{name: "2"}, {name: "3"}]}
    assert Translator("l", "r", catalog=catalog).translate(event) == event
    assert Translator("r", "l", catalog=catalog).translate(event) == event
    assert Translator("l", "r", catalog=catalog).translate({"spare": "4"}) == {name: "4"}


@pytest.mark.parametrize("name", NAMES)
def test_every_section_names_a_field(tmp_path: Path, name: str) -> None:
    """Rows, cases, params, constants, templates, lost fields and `accept` name it alike."""
    kinds = {"type": "string", "enum": ["x", "y"]}
    left: dict[str, Any] = {
        "in": {"type": "object", "properties": {name: kinds}, "required": [name]}
    }
    left |= {"out": {"type": "object", "properties": {name: STRING}}, "shop": STRING}
    right: dict[str, Any] = {
        "kind": kinds,
        "constant": {"type": "object", "properties": {name: STRING}},
    }
    right |= {"pair": STRING, "param": {"type": "object", "properties": {name: STRING}}}
    path = format_path((name,)).replace("'", "''")
    mapping = f"""\
params: {{given: {{fills: 'param.{path}', to: r, about: a value}}}}
rows:
  kinds:
    exact:
      - [{{'in.{path}': x}}, {{kind: x}}]
      - [{{'in.{path}': y}}, {{kind: y}}]
cases:
  x:
    when: {{'in.{path}': x}}
    fields:
      'first.{path}, second': {{is: pair, as: {{template: '{{first.{path}}}:{{second}}'}}}}
  other: {{fields: {{}}}}
constants: {{r: {{'constant.{path}': fixed}}}}
lost:
  l: {{'out.{path}': no use, shop: no use}}
  r: {{'param.{path}': it is given}}
"""
    left |= {"first": {"type": "object", "properties": {name: STRING}}, "second": STRING}
    specs = {"l": event_schema(left, ["in"]), "r": event_schema(right, ["kind"])}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    event = {"in": {name: "x"}, "first": {name: "1"}, "second": "2", "out": {name: "3"}}
    translated = {"kind": "x", "pair": "1:2", "constant": {name: "fixed"}, "param": {name: "p"}}
    translator = Translator("l", "r", params={"given": "p"}, catalog=catalog)
    assert translator.translate(event) == translated
    back = Translator("r", "l", catalog=catalog).translate({"kind": "x", "pair": "1:2"})
    assert back == {"in": {name: "x"}, "first": {name: "1"}, "second": "2"}
    strict = partial(Translator, "l", "r", params={"given": "p"}, strict=True, catalog=catalog)
    with pytest.raises(TranslationError, match="would-lose"):
        strict().translate(event)
    accept = [f"out.{format_path((name,))}"]
    assert strict(accept=accept).translate(event) == translated
