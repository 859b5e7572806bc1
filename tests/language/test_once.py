"""`once`: values that several events of the left must not repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check, contract, explain
from translator.errors import TranslationError

INTEGER = {"type": "integer"}
SUM = {"type": "integer", "x-sum": True}
PAGE = {"type": "object", "properties": {"url": STRING, "depth": INTEGER}, "required": ["url"]}
ITEMS = {
    "type": "array",
    "items": {"type": "object", "required": ["id"], "properties": {"id": STRING}},
}
TAGS = {"type": "array", "items": STRING}
MAPPING = """
each: items
fields:
  sku: "items[].id"
  total: {is: total, once: true, because: a total cannot be divided}
  page: {is: page, once: true}
  "tags[]": {is: "tags[]", once: true}
  city, country: {is: place, as: {template: "{city}/{country}"}, once: true}
"""
LEFT = {"sku": STRING, "total": INTEGER, "page": PAGE, "tags": TAGS}
LEFT |= {"city": STRING, "country": STRING}
RIGHT = {"items": ITEMS, "total": SUM, "page": PAGE, "tags": TAGS, "place": STRING}
VALUES = {"total": 5, "page": {"url": "u"}, "tags": ["t"], "place": "Lima/Peru"}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Formats whose left has an event for each item of the right."""
    specs = {"l": event_schema(LEFT, ["sku"]), "r": event_schema(RIGHT, ["items"])}
    return small_catalog(tmp_path, specs, l__r=MAPPING)


def event_of(*ids: str, **values: Any) -> dict[str, Any]:
    return {"items": [{"id": item_id} for item_id in ids], **values}


def mapping_findings(catalog: Catalog) -> list[str]:
    return [each.code for each in check(catalog) if "l--r.yaml" in each.location.file]


def test_a_value_is_written_where_one_event_results(catalog: Catalog) -> None:
    """`once` changes nothing for an event that becomes one event."""
    translator = Translator("r", "l", catalog=catalog)
    written = {"sku": "A", "total": 5, "page": {"url": "u"}, "tags": ["t"]}
    written |= {"city": "Lima", "country": "Peru"}
    assert translator.translate(event_of("A", **VALUES)) == written
    assert Translator("l", "r", catalog=catalog).translate(written) == event_of("A", **VALUES)
    assert mapping_findings(catalog) == []


def test_a_value_is_lost_where_several_events_result(catalog: Catalog) -> None:
    """Every value of a rule with `once` is reported as lost, with the reason of its rule."""
    translator = Translator("r", "l", catalog=catalog)
    event = event_of("A", "B", **VALUES)
    assert translator.translate_all(event) == [{"sku": "A"}, {"sku": "B"}]
    result = translator.translate_with_losses(event)
    assert result.events == [{"sku": "A"}, {"sku": "B"}]
    reason = "it is written only where one event results"
    assert [(loss.kind, loss.path, loss.because) for loss in result.losses] == [
        ("lost", "$.total", "a total cannot be divided"),
        ("lost", "$.page.url", reason),
        ("lost", "$.tags[0]", reason),
        ("lost", "$.place", reason),
    ]
    strict = Translator("r", "l", catalog=catalog, strict=True)
    assert strict.translate(event_of("A", **VALUES))["total"] == 5
    with pytest.raises(TranslationError, match="would-lose"):
        strict.translate_all(event)


def test_an_absent_value_is_no_loss(catalog: Catalog) -> None:
    """Where the event has no such value, nothing is lost."""
    strict = Translator("r", "l", catalog=catalog, strict=True)
    assert strict.translate_all(event_of("A", "B")) == [{"sku": "A"}, {"sku": "B"}]


def test_the_contract_and_the_explanation_name_once(catalog: Catalog) -> None:
    """The value returns if one event results; an explanation shows the rule."""
    (promise,) = contract(catalog, "r", "l").promises
    leaves = {leaf.path: leaf for leaf in promise.leaves}
    assert leaves["items[].id"].status == "exact"
    for path in ("total", "page.url", "page.depth", "tags[]", "place"):
        assert leaves[path].status == "conditional", path
        assert leaves[path].conditions == ("one event results",)
    assert leaves["total"].loss is not None
    assert leaves["total"].loss.because == "a total cannot be divided"
    explanation = explain(event_of("A", total=5), "r", "l", catalog=catalog)
    (total,) = (leaf for leaf in explanation.written if leaf.path == "$.total")
    assert [use.operation for use in total.uses] == ["same", "once"]


@pytest.mark.parametrize("through", ["l", "r"])
def test_a_repeated_sum_is_a_finding(tmp_path: Path, through: str) -> None:
    """`check` reports a rule that repeats what either spec marks as a sum."""
    schemas = {"l": {**LEFT, "total": INTEGER}, "r": {**RIGHT, "total": INTEGER}}
    schemas[through]["total"] = SUM
    mapping = MAPPING.replace("once: true, because: a total cannot be divided", "default: 0")
    specs = {name: event_schema(schema) for name, schema in schemas.items()}
    assert mapping_findings(small_catalog(tmp_path, specs, l__r=mapping)) == ["repeated-sum"]


def test_a_sum_is_marked_beside_a_reference(tmp_path: Path) -> None:
    """`x-sum` beside `$ref`, or in an object that is copied whole, is seen."""
    money = {"$ref": "#/components/schemas/Money", "x-sum": True}
    order = {"type": "object", "properties": {"total": money}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {
            "schemas": {
                "Event": event_schema({"items": ITEMS, "total": money, "order": order}),
                "Money": INTEGER,
            }
        },
    }
    left = event_schema({"sku": STRING, "total": INTEGER, "order": order | {"properties": {}}})
    left["properties"]["order"] = {"type": "object", "properties": {"total": INTEGER}}
    mapping = 'each: items\nfields: {sku: "items[].id", total: total, order: order}\n'
    catalog = small_catalog(tmp_path, {"l": left, "r": document}, l__r=mapping)
    assert mapping_findings(catalog) == ["repeated-sum", "repeated-sum"]


@pytest.mark.parametrize(
    ("rule", "required", "finding"),
    [
        ("total: {is: total, once: true}", ["total"], ["once-required"]),
        ("page.url: {is: page.url, once: true}", [], []),
        ("page.url: {is: page.url, once: true}", ["page"], ["once-required"]),
        ("page.url: {is: page.url, once: true}\n  page.depth: page.depth", [], ["once-required"]),
        ('sku: {is: "items[].id", once: true}', [], ["once-nothing"]),
    ],
)
def test_once_must_have_an_effect_that_the_spec_allows(
    tmp_path: Path, rule: str, required: list[str], finding: list[str]
) -> None:
    """`once` must not omit a required field, nor stand where nothing is repeated."""
    specs = {"l": event_schema(LEFT, required), "r": event_schema(RIGHT)}
    catalog = small_catalog(tmp_path, specs, l__r=f"each: items\nfields:\n  {rule}\n")
    codes = [code for code in mapping_findings(catalog) if code != "unaccounted-member"]
    assert codes == finding


def test_a_value_that_is_lost_is_not_converted(tmp_path: Path) -> None:
    """A value that the left does not take is refused only where it would be written."""
    left = event_schema({"sku": STRING, "code": {"type": "string", "maxLength": 3}}, ["sku"])
    right = event_schema({"items": ITEMS, "code": STRING}, ["items"])
    mapping = """
each: items
fields:
  sku: "items[].id"
  code: {is: code, once: true}
"""
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r=mapping)
    translator = Translator("r", "l", catalog=catalog)
    assert translator.translate_all(event_of("A", "B", code="long")) == [{"sku": "A"}, {"sku": "B"}]
    assert translator.translate_all(event_of("A", code="abc")) == [{"sku": "A", "code": "abc"}]
    with pytest.raises(TranslationError, match="unmappable-value"):
        translator.translate(event_of("A", code="long"))
