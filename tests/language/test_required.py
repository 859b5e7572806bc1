"""Required fields of optional objects and lists matter only where these are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check, prove
from translator.errors import TranslationError

ACCOUNT = {"type": "object", "required": ["page"], "properties": {"page": STRING}}


def list_of(*required: str) -> dict[str, Any]:
    properties = dict.fromkeys(("id", "kind", "unit"), STRING)
    items = {"type": "object", "required": [*required], "properties": properties}
    return {"type": "array", "items": items}


def codes(catalog: Catalog) -> list[str]:
    findings = [each.code for each in check(catalog) if "l--r.yaml" in each.location.file]
    return [code for code in findings if code not in ("unaccounted-member", "never-applies")]


def test_an_optional_object_stays_optional_in_each_of_several_events(tmp_path: Path) -> None:
    """What an optional object requires is required only of events that have the object."""
    mapping = 'each: items\nfields: {sku: "items[].id", account.page: page}\n'
    specs = {
        "l": event_schema({"sku": STRING, "account": ACCOUNT}, ["sku"]),
        "r": event_schema({"items": list_of("id"), "page": STRING}),
    }
    translator = Translator("r", "l", catalog=small_catalog(tmp_path, specs, l__r=mapping))
    assert translator.translate({"items": [{"id": "A"}]}) == {"sku": "A"}
    event = {"items": [{"id": "A"}], "page": "p"}
    assert translator.translate(event) == {"sku": "A", "account": {"page": "p"}}


@pytest.mark.parametrize(
    ("rule", "without", "with_it"),
    [
        ('"data[].id": "items[].id"', {"k": "K", "items": []}, {"items": [{"id": "A"}]}),
        ("account.unit: unit", {"k": "K"}, {"unit": "U"}),
    ],
)
def test_a_required_field_that_no_rule_writes_refuses_only_events_that_need_it(
    tmp_path: Path, rule: str, without: dict[str, Any], with_it: dict[str, Any]
) -> None:
    """Events without the object or the elements are translated; `check` reports the field."""
    account = {**ACCOUNT, "properties": {"page": STRING, "unit": STRING}}
    left = {"k": STRING, "data": list_of("id", "kind"), "account": account}
    right = {"k": STRING, "items": list_of("id"), "unit": STRING}
    specs = {"l": event_schema(left), "r": event_schema(right)}
    catalog = small_catalog(tmp_path, specs, l__r=f"fields:\n  k: k\n  {rule}\n")
    assert codes(catalog) == ["required-unwritten"]
    translator = Translator("r", "l", catalog=catalog)
    assert translator.translate({"k": "K"}) == {"k": "K"}
    assert translator.translate(without)["k"] == "K"
    with pytest.raises(TranslationError, match="the event has no value for it"):
        translator.translate(with_it)
    assert prove(catalog, "r", "l").verdict == "guarded"
