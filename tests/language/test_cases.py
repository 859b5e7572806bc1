"""Cases: `when`, `if` and `each` from right to left, and the values that tell cases apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document
from translator import Catalog, Translator, check, contract
from translator.errors import TranslationError

STRINGS = {"type": "array", "items": STRING}
ITEMS = {
    "type": "array",
    "items": {"type": "object", "required": ["id"], "properties": {"id": STRING}},
}


def translate_all(catalog: Catalog, source: str, target: str, event: Any) -> list[dict[str, Any]]:
    """Translate an event, with the losses too: both must write the same."""
    translator = Translator(source, target, catalog=catalog)
    outputs: list[dict[str, Any]] = translator.translate_all(event)
    assert translator.translate_with_losses(event).events == outputs
    return outputs


ACTIONS = {"type": "string", "enum": ["see", "buy", "hide"]}


@pytest.fixture
def orders(tmp_path: Path) -> Catalog:
    """Formats whose left has an event for each product seen, and one event for an order."""
    left = {"event": {"type": "string", "enum": ["seen", "bought"]}, "id": STRING, "ids": STRINGS}
    right = {"action": ACTIONS, "items": ITEMS, "page": STRING}
    mapping = """
rows:
  what happened:
    exact:
      - [{event: seen}, {action: see}]
      - [{event: bought}, {action: buy}]
    refuse: [{from: {action: hide}, because: left hides nothing}]
cases:
  one product: {when: {event: seen}, each: items, if: page, fields: {id: "items[].id"}}
  products: {when: {event: bought}, fields: {"ids[]": "items[].id"}}
fields: {}
"""
    specs = {"l": event_schema(left, ["event"]), "r": event_schema(right, ["action"])}
    return small_catalog(tmp_path, specs, l__r=mapping)


def test_a_case_writes_only_events_that_its_when_allows(orders: Catalog) -> None:
    """From right to left, the next case is tried if the event would not satisfy `when`."""
    items = [{"id": "A"}, {"id": "B"}]
    event = {"action": "buy", "items": items, "page": "p"}
    assert translate_all(orders, "r", "l", event) == [{"event": "bought", "ids": ["A", "B"]}]
    event = {"action": "see", "items": items, "page": "p"}
    seen = [{"event": "seen", "id": "A"}, {"event": "seen", "id": "B"}]
    assert translate_all(orders, "r", "l", event) == seen


def test_if_and_each_must_both_hold(orders: Catalog) -> None:
    """With `if` beside `each`, a case needs the field and an element of the list."""
    with pytest.raises(TranslationError, match="no-item"):
        translate_all(orders, "r", "l", {"action": "see", "items": [{"id": "A"}]})


def test_an_event_that_no_when_allows_is_refused(tmp_path: Path) -> None:
    """If rows write what no case allows, the event has no equivalent."""
    left = {"event": {"type": "string", "enum": ["seen", "bought"]}}
    mapping = """
fields: {event: {is: action, values: {seen: see, bought: buy}}}
cases:
  seen: {when: {event: seen}, fields: {}}
"""
    right = {"action": {"type": "string", "enum": ["see", "buy"]}}
    specs = {"l": event_schema(left, ["event"]), "r": event_schema(right, ["action"])}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    assert translate_all(catalog, "r", "l", {"action": "see"}) == [{"event": "seen"}]
    with pytest.raises(TranslationError, match="writes an event that its"):
        translate_all(catalog, "r", "l", {"action": "buy"})


TAGGED = """
cases:
  groups: {when: {what: group}, if: groups, fields: {"ids[]": "groups[]"}}
  items: {when: {what: item}, fields: {"ids[]": "items[].id"}}
"""


def test_a_case_writes_the_value_that_identifies_it(tmp_path: Path) -> None:
    """A field with one value in `when` is written where no rule writes it."""
    left = {"what": {"type": "string", "enum": ["group", "item"]}, "ids": STRINGS}
    right = {"groups": STRINGS, "items": ITEMS}
    catalog = small_catalog(
        tmp_path, {"l": event_schema(left, ["what"]), "r": event_schema(right)}, l__r=TAGGED
    )
    mapping_findings = [each for each in check(catalog) if each.location.file.endswith(".yaml")]
    assert not any("l--r" in finding.location.file for finding in mapping_findings)
    for event in ({"what": "group", "ids": ["g"]}, {"what": "item", "ids": ["A"]}):
        (there,) = translate_all(catalog, "l", "r", event)
        assert translate_all(catalog, "r", "l", there) == [event]


def test_a_rule_takes_precedence_over_the_value_that_identifies_a_case(tmp_path: Path) -> None:
    """The value of `when` fills a field only if the rule that writes it has no value."""
    mapping = """
cases:
  groups: {when: {what: group}, fields: {what: {is: kind, values: {group: g, item: i}}}}
"""
    left = {"what": {"type": "string", "enum": ["group", "item"]}}
    right = {"kind": {"type": "string", "enum": ["g", "i"]}}
    catalog = small_catalog(
        tmp_path, {"l": event_schema(left), "r": event_schema(right)}, l__r=mapping
    )
    assert translate_all(catalog, "r", "l", {}) == [{"what": "group"}]
    assert translate_all(catalog, "r", "l", {"kind": "g"}) == [{"what": "group"}]
    with pytest.raises(TranslationError, match="no-equivalent"):
        translate_all(catalog, "r", "l", {"kind": "i"})


def test_a_case_decides_the_variant_of_the_target(tmp_path: Path) -> None:
    """The value of `when` may be the discriminator of the left."""
    variants: dict[str, Any] = {
        name: event_schema({"what": {"type": "string", "const": name}, "ids": STRINGS}, ["what"])
        for name in ("group", "item")
    }
    refs = {name: f"#/components/schemas/{name}" for name in variants}
    union: dict[str, Any] = {
        "oneOf": [{"$ref": pointer} for pointer in refs.values()],
        "discriminator": {"propertyName": "what", "mapping": refs},
    }
    right = event_schema({"groups": STRINGS, "items": ITEMS})
    catalog = small_catalog(
        tmp_path, {"l": spec_document(union, variants), "r": right}, l__r=TAGGED
    )
    groups, items = {"groups": ["g"]}, {"items": [{"id": "A"}]}
    assert translate_all(catalog, "r", "l", groups) == [{"what": "group", "ids": ["g"]}]
    assert translate_all(catalog, "r", "l", items) == [{"what": "item", "ids": ["A"]}]


def test_if_names_a_list_in_a_format_that_is_reached_through_another(tmp_path: Path) -> None:
    """`if` holds for lists and objects of the hub, whatever mapping writes them."""
    left = {"ids": STRINGS, "facets": STRINGS}
    mapping = """
cases:
  items: {if: items, fields: {"ids[]": "items[].id"}}
  facets: {if: facets, fields: {"facets[]": "facets[].id"}}
"""
    catalog = small_catalog(tmp_path, {"l": event_schema(left)}, l=mapping)
    event = {"type": "click", "product_ids": ["A"]}
    assert translate_all(catalog, "miso", "l", event) == [{"ids": ["A"]}]


def test_an_object_is_copied_whole_although_a_case_reads_a_field_of_it(tmp_path: Path) -> None:
    """A field that decides the case does not hide the others of its object."""
    kind = {"type": "string", "enum": ["a", "b"]}
    item = {"type": "object", "properties": {"kind": kind, "name": STRING}}
    mapping = "fields: {o: o}\ncases: {a: {when: {o.kind: a}}, other: {}}\n"
    specs = {"l": event_schema({"o": item}), "r": event_schema({"o": item})}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    event = {"o": {"kind": "a", "name": "N"}}
    assert translate_all(catalog, "l", "r", event) == [event]
    assert translate_all(catalog, "r", "l", event) == [event]


OBJECT = {"type": "object", "properties": {"kind": {"type": "string", "enum": ["a", "b"]}}}


@pytest.mark.parametrize(
    ("when", "event", "is_some"),
    [
        ("{ids: $any}", {"ids": ["A"]}, True),
        ("{ids: $any}", {"ids": []}, True),
        ("{ids: $any}", {"o": {}}, False),
        ("{ids: null}", {"ids": ["A"]}, False),
        ("{ids: null}", {}, True),
        ("{o: $any}", {"o": {}}, True),
        ("{o: $any}", {"ids": ["A"]}, False),
        ("{o: $any, o.kind: a}", {"o": {"kind": "a"}}, True),
        ("{o: $any, o.kind: null}", {"o": {}}, True),
        ("{o: $any, o.kind: null}", {}, False),
        ("{name: $any}", {"name": ""}, True),
        ("{name: $any}", {"ids": ["A"]}, False),
    ],
)
def test_when_decides_by_the_presence_of_any_field(
    tmp_path: Path, when: str, event: dict[str, Any], is_some: bool
) -> None:
    """A variable in `when` matches a value, list or object that is present; null an absent one."""
    left = {"ids": STRINGS, "o": OBJECT, "name": STRING, "id": STRING}
    mapping = f"""
fields: {{"ids[]": "ids[]"}}
cases:
  some: {{when: {when}, fields: {{id: some}}}}
  none: {{fields: {{id: none}}}}
"""
    right = event_schema({"ids": STRINGS, "some": STRING, "none": STRING})
    catalog = small_catalog(tmp_path, {"l": event_schema(left), "r": right}, l__r=mapping)
    (output,) = translate_all(catalog, "l", "r", {"id": "X", **event})
    assert ("some" in output, "none" in output) == (is_some, not is_some)
    predicted = contract(catalog, "l", "r").predict({"id": "X", **event})
    assert not predicted.refused
