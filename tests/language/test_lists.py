"""Lists: elements without fields, and rules that choose among several lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, MappingError, Translator, contract

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


def test_a_list_is_omitted_only_if_its_source_says_more(tmp_path: Path) -> None:
    """Elements that are empty in the source stay; what others have is reported as lost."""
    schema = event_schema({"data": list_of({"n": INTEGER, "m": INTEGER})})
    mapping = 'fields: {"data[].n": "data[].n"}\n'
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r=mapping)
    assert translate(catalog, "l", "r", {"data": [{}]}) == {"data": [{}]}
    event = {"data": [{"m": 1}]}
    assert translate(catalog, "l", "r", event) == {}
    result = Translator("l", "r", catalog=catalog).translate_with_losses(event)
    assert [(loss.kind, loss.path) for loss in result.losses] == [("lost", "$.data[0].m")]


CONTENTS = list_of({"id": STRING, "count": INTEGER})
LISTS = {"ids": STRINGS, "others": STRINGS, "contents": CONTENTS, "counts": STRINGS}


@pytest.mark.parametrize(
    ("rules", "event", "items"),
    [
        ('"ids[] | others[]": "items[].id"', {"others": ["A", "B"]}, [{"id": "A"}, {"id": "B"}]),
        ('"ids[] | others[]": "items[].id"', {"ids": ["A"], "others": ["A", "B"]}, [{"id": "A"}]),
        ('"ids[] | others[]": "items[].id"', {"ids": [], "others": ["A"]}, []),
        ('"ids[] | others[]": "items[].id"', {}, None),
        (
            '"contents[].id | ids[]": "items[].id", "contents[].count": "items[].count"',
            {"contents": [{"id": "A", "count": 2}], "ids": ["B", "C"]},
            [{"id": "A", "count": 2}],
        ),
        (
            '"contents[].id | ids[]": "items[].id", "contents[].count": "items[].count"',
            {"ids": ["B", "C"]},
            [{"id": "B"}, {"id": "C"}],
        ),
        (
            '"contents[].id | ids[]": "items[].id", "counts[]": "items[].name"',
            {"ids": ["B", "C"], "counts": ["1", "2"]},
            [{"id": "B", "name": "1"}, {"id": "C", "name": "2"}],
        ),
    ],
)
def test_a_rule_chooses_the_first_list_that_is_present(
    tmp_path: Path, rules: str, event: dict[str, Any], items: list[dict[str, Any]] | None
) -> None:
    """`a[] | b[]` reads the first list; lists that different rules read are parallel."""
    item = list_of({"id": STRING, "name": STRING, "count": INTEGER})
    specs = {"l": event_schema(LISTS), "r": event_schema({"items": item})}
    catalog = small_catalog(tmp_path, specs, l__r=f"fields: {{{rules}}}\n")
    written = translate(catalog, "l", "r", event)
    assert written.get("items") == items
    first = "ids" if rules.startswith('"ids') else "contents"
    assert {*translate(catalog, "r", "l", {"items": [{"id": "A"}]})} == {first}
    assert contract(catalog, "l", "r").predict(event).refused == ""


def test_a_rule_chooses_among_lists_of_a_format_between(tmp_path: Path) -> None:
    """The list that is chosen may be one that the mapping to the hub writes."""
    mapping = 'fields: {"ids[]": "items[].id | groups[]"}\n'
    catalog = small_catalog(tmp_path, {"l": event_schema({"ids": STRINGS})}, l=mapping)
    event = {"type": "click", "product_ids": ["A"], "product_group_ids": ["G"]}
    assert translate(catalog, "miso", "l", event) == {"ids": ["A"]}
    del event["product_ids"]
    assert translate(catalog, "miso", "l", event) == {"ids": ["G"]}


def test_a_choice_among_lists_within_a_list_is_a_finding(tmp_path: Path) -> None:
    """Each element would have to be asked which of its lists is present."""
    orders = list_of({"a": STRINGS, "b": STRINGS})
    right = event_schema({"orders": list_of({"ids": STRINGS})})
    mapping = 'fields: {"orders[].a[] | orders[].b[]": "orders[].ids[]"}\n'
    specs = {"l": event_schema({"orders": orders}), "r": right}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    with pytest.raises(MappingError, match="undecided"):
        Translator("l", "r", catalog=catalog)
