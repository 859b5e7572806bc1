"""Lists: elements without fields, and rules that choose among several lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator

INTEGER = {"type": "integer"}
STRINGS = {"type": "array", "items": STRING}


def list_of(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    items = {"type": "object", "required": [*required], "properties": properties}
    return {"type": "array", "items": items}


def translate(catalog: Catalog, source: str, target: str, event: Any) -> Any:
    """Translate an event, with the losses too: both must write the same."""
    translator = Translator(source, target, catalog=catalog)
    output = translator.translate(event)
    assert translator.translate_with_losses(event).events == [output]
    return output


EMPTY = 'fields: {"ids[]": "items[].id", "data[].n": "items[].n"}\n'


@pytest.mark.parametrize("required", [[], ["data"]])
def test_a_list_without_any_field_is_omitted(tmp_path: Path, required: list[str]) -> None:
    """A list whose elements would all be empty is written only if the spec requires it."""
    left = event_schema({"ids": STRINGS, "data": list_of({"n": INTEGER})}, required)
    right = event_schema({"items": list_of({"id": STRING, "n": INTEGER}, "id")})
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=EMPTY)
    items = [{"id": "a"}, {"id": "b"}]
    written = translate(catalog, "r", "l", {"items": items})
    assert written == {"ids": ["a", "b"], **({"data": [{}, {}]} if required else {})}
    items[1]["n"] = 2  # type: ignore[assignment]
    written = translate(catalog, "r", "l", {"items": items})
    assert written == {"ids": ["a", "b"], "data": [{}, {"n": 2}]}


def test_an_omitted_list_is_reported_as_lost(tmp_path: Path) -> None:
    """Elements of the source that are empty themselves are lost."""
    schema = event_schema({"data": list_of({"n": INTEGER})})
    mapping = 'fields: {"data[].n": "data[].n"}\n'
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=mapping)
    result = Translator("l", "r", catalog=catalog).translate_with_losses({"data": [{}]})
    assert result.events == [{}]
    assert [(loss.kind, loss.path) for loss in result.losses] == [("lost", "$.data[0]")]
