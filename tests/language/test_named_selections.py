"""Named selections: elements of a list that the branches of its spec tell apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check, contract
from translator.errors import TranslationError

Json = Any
MakeCatalog = Callable[..., Catalog]

NUMBER = {"type": "number"}
STRINGS = {"type": "array", "items": STRING}
OBJECT = {"type": "object", "additionalProperties": True}
NAMES = "cart|page|product|step"


def branch(name: str, data: Json, *required: str) -> Json:
    """An entity, in all versions 1-*."""
    schema = {"type": "string", "pattern": f"^acme/{name}/1-[0-9]+$"}
    fields = event_schema(data, list(required), additionalProperties=False)
    return event_schema({"schema": schema, "data": fields}, ["schema", "data"])


def entities(*branches: Json) -> Json:
    others = {"type": "string", "not": {"pattern": f"^acme/({NAMES})/1-[0-9]+$"}}
    other = event_schema({"schema": others, "data": OBJECT}, ["schema", "data"])
    return {"type": "array", "items": {"anyOf": [*branches, other]}}


PRODUCT = branch("product", {"id": STRING, "price": NUMBER, "size": STRING}, "id")
CART = branch("cart", {"id": STRING, "total": NUMBER}, "total")
STEP = branch("step", {"step": NUMBER, "name": STRING})
PAGE = branch("page", {"kind": STRING, "title": STRING}, "kind")
LEFT = {
    "what": {"type": "string", "enum": ["view", "step"]},
    "entities": entities(PRODUCT, CART, STEP, PAGE),
}
ITEMS = {"type": "array", "items": event_schema({"id": STRING, "price": NUMBER}, ["id"])}
CARRIED = event_schema(
    {
        "cart": OBJECT,
        "step": OBJECT,
        "number": NUMBER,
        "page": OBJECT,
        "others": {"type": "array", "items": OBJECT},
    }
)
RIGHT = {
    "action": {"type": "string", "enum": ["view", "begin", "step"]},
    "items": ITEMS,
    "cart": STRING,
    "title": STRING,
    "carried": CARRIED,
}
SPECS = {"l": event_schema(LEFT, ["what"]), "r": event_schema(RIGHT, ["action"])}
SELECTIONS = """
selections:
  entities: {by: schema, write: "acme/{name}/1-0", many: [product], only: [cart, step, page]}
"""
MAPPING = f"""{SELECTIONS}
rows:
  what:
    exact:
      - [{{what: view}}, {{action: view}}]
      - [{{what: step, "entities[step].data.step": $others}}, {{action: step}}]
    approximate:
      - to: r
        rows: [[{{what: step, "entities[step].data.step": 1}}, {{action: begin}}]]
        because: the first step begins
      - to: l
        rows: [[{{what: step, "entities[step].data.step": 1}}, {{action: begin}}]]
        because: the first step begins
    refuse:
      - {{to: r, from: {{what: step}}, because: the step is missing}}
fields:
  "entities[product].data.id": "items[].id"
  "entities[product].data.price": "items[].price"
  "entities[cart].data.id": cart
  "entities[cart].data{{*}}": carried.cart
  "entities[step].data.step": carried.number
  "entities[step].data{{*}}": carried.step
  "entities[page].data.title": title
  "entities[page].data{{*}}": carried.page
  "entities[*]": "carried.others[]"
incomplete:
  l: {{"entities[cart]": a cart needs its total, "entities[page]": a page needs its kind}}
lost:
  l: {{"entities[product].data.size": r has no size}}
  r:
    l has no such fields:
      - "carried.cart{{value}}"
      - "carried.page{{value}}"
      - "carried.step{{value}}"
      - "carried.others[]{{value}}"
"""


@pytest.fixture
def make(tmp_path: Path) -> MakeCatalog:
    """Return a function that makes the catalog of two formats and a mapping."""

    def make_catalog(rules: str = MAPPING, specs: Json = SPECS) -> Catalog:
        return small_catalog(tmp_path, specs, l__r=f"version: 2\nbetween: [l, r]\n{rules}")

    return make_catalog


def translate(catalog: Catalog, event: Json, source: str, target: str) -> Json:
    """Translate an event; with losses and as a line of a stream, the output is the same."""
    translator = Translator(source, target, catalog=catalog)
    output = translator.translate(event)
    assert translator.translate_with_losses(event).events == [output]
    for with_losses in (False, True):
        lines = translator.translate_lines(json.dumps(event).encode() + b"\n", losses=with_losses)
        assert json.loads(lines.events) == output, lines.rejects
    return output


def losses(catalog: Catalog, event: Json, source: str, target: str) -> list[str]:
    result = Translator(source, target, catalog=catalog).translate_with_losses(event)
    return [f"{loss.kind} {loss.path}: {loss.because}" for loss in result.losses]


def entity(entity_name: str, version: str = "1-0", **data: Json) -> Json:
    return {"schema": f"acme/{entity_name}/{version}", "data": data}


A, B = entity("product", id="A", price=1.5), entity("product", id="B")
CART_1, OTHER = entity("cart", id="C", total=3), entity("map", x=1)


def test_no_findings(make: MakeCatalog) -> None:
    assert [str(each) for each in check(make())] == []


def test_both_ways(make: MakeCatalog) -> None:
    """The elements are read in any order and written in that of the selections."""
    catalog = make()
    left = {"what": "view", "entities": [A, B, CART_1, entity("page", title="T", kind="k"), OTHER]}
    right = {
        "action": "view",
        "items": [{"id": "A", "price": 1.5}, {"id": "B"}],
        "cart": "C",
        "title": "T",
        "carried": {"cart": {"total": 3}, "page": {"kind": "k"}, "others": [OTHER]},
    }
    assert translate(catalog, left, "l", "r") == right
    assert translate(catalog, right, "r", "l") == left
    mixed = {**left, "entities": [OTHER, CART_1, left["entities"][3], A, B]}
    assert translate(catalog, mixed, "l", "r") == right
    assert losses(catalog, left, "l", "r") == losses(catalog, right, "r", "l") == []


def test_other_versions_are_read(make: MakeCatalog) -> None:
    """An element belongs to the branch that allows the value that is written."""
    event = {"what": "view", "entities": [entity("product", "1-7", id="A")]}
    assert translate(make(), event, "l", "r") == {"action": "view", "items": [{"id": "A"}]}


def test_two_elements_where_one_is_possible(make: MakeCatalog) -> None:
    with pytest.raises(TranslationError, match=r"unmappable-value at \$.entities"):
        translate(make(), {"what": "view", "entities": [CART_1, CART_1]}, "l", "r")


def test_an_incomplete_element_is_left_out(make: MakeCatalog) -> None:
    catalog, event = make(), {"action": "view", "cart": "C", "title": "T"}
    assert translate(catalog, event, "r", "l") == {"what": "view"}
    assert losses(catalog, event, "r", "l") == [
        "lost $.cart: a cart needs its total",
        "lost $.title: a page needs its kind",
    ]


def test_a_value_of_an_element_in_a_row(make: MakeCatalog) -> None:
    catalog = make()
    first = {"what": "step", "entities": [entity("step", step=1)]}
    assert translate(catalog, first, "l", "r") == {
        "action": "begin",
        "carried": {"number": 1},
    }
    assert translate(catalog, {"action": "begin"}, "r", "l") == first
    third = {"what": "step", "entities": [entity("step", step=3, name="pay")]}
    right = {"action": "step", "carried": {"number": 3, "step": {"name": "pay"}}}
    assert translate(catalog, third, "l", "r") == right
    assert translate(catalog, right, "r", "l") == third
    for event in ({"what": "step"}, {"what": "step", "entities": [entity("step", name="x")]}):
        with pytest.raises(TranslationError, match=r"no-equivalent.*the step is missing"):
            translate(catalog, event, "l", "r")
    with pytest.raises(TranslationError, match="unmappable-value"):
        translate(catalog, {"action": "step"}, "r", "l")


def test_what_a_selection_selects_cannot_be_written_as_another(make: MakeCatalog) -> None:
    event = {"action": "view", "carried": {"others": [entity("cart", "1-9", total=1)]}}
    with pytest.raises(TranslationError, match=r"unmappable-value at \$.carried.others\[0\]"):
        translate(make(), event, "r", "l")


def test_the_contract(make: MakeCatalog) -> None:
    for source, target in (("l", "r"), ("r", "l")):
        assert contract(make(), source, target).promises


def findings(catalog: Catalog) -> list[str]:
    return [each.code for each in check(catalog) if each.code.startswith("selection")]


RULE = 'fields: {"entities[product].data.id": "items[].id"}'


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("by: schema, write: acme/shop/1-0, many: [product]", "selection-branch"),
        ("by: name, write: x, many: [product]", "selection-branch"),
        ("by: schema, write: acme/product/1-0, many: [product, cart]", "selection-overlap"),
    ],
)
def test_findings(make: MakeCatalog, options: str, code: str) -> None:
    assert findings(make(f"selections: {{entities: {{{options}}}}}\n{RULE}")) == [code]


def test_branches_that_overlap(make: MakeCatalog) -> None:
    """Another branch may not allow the same values, or an element would not have to be valid."""
    anything = event_schema({"schema": STRING, "data": OBJECT}, ["schema", "data"])
    items = {"type": "array", "items": {"anyOf": [PRODUCT, anything]}}
    specs = {"l": event_schema({"entities": items}), "r": event_schema({"items": ITEMS})}
    rules = "selections: {entities: {by: schema, write: 'acme/{name}/1-0', many: [product]}}\n"
    assert findings(make(rules + RULE, specs)) == ["selection-branch"]


def test_without_branches(make: MakeCatalog) -> None:
    """Without branches, the field has the value that is written."""
    elements = {"type": "array", "items": event_schema({"kind": STRING, "id": STRING})}
    specs = {"l": event_schema({"list": elements}), "r": event_schema({"a": STRING, "b": STRINGS})}
    rules = 'selections: {list: {by: kind, write: "is-{name}", only: [a], many: [b]}}\n'
    catalog = make(rules + 'fields: {"list[a].id": a, "list[b].id": "b[]"}', specs)
    left = {"list": [{"kind": "is-a", "id": "1"}, {"kind": "is-b", "id": "2"}]}
    assert translate(catalog, left, "l", "r") == {"a": "1", "b": ["2"]}
    assert translate(catalog, {"a": "1", "b": ["2"]}, "r", "l") == left


def test_an_unknown_name(make: MakeCatalog) -> None:
    rules = SELECTIONS + 'fields: {"entities[products].data.id": "items[].id"}'
    (finding,) = check(make(rules))
    assert (finding.code, finding.hint) == ("selection-unknown", "did you mean 'product'?")


def test_the_rest_of_an_event(make: MakeCatalog) -> None:
    """`{*}` at the root is what no path names of the whole event."""
    fields = {"id": STRING, "page": event_schema({"url": STRING, "title": STRING}), "note": STRING}
    rest = event_schema({"url": STRING, "more": OBJECT})
    specs = {"l": event_schema(fields, ["id"]), "r": event_schema({"id": STRING, "rest": rest})}
    rules = 'fields: {id: id, page.url: rest.url, "{*}": rest.more}\n'
    rules += 'lost: {r: {"rest.more{value}": l has no such fields}}'
    catalog = make(rules, specs)
    left = {"id": "A", "page": {"url": "u", "title": "t"}, "note": "n"}
    right = {"id": "A", "rest": {"url": "u", "more": {"page": {"title": "t"}, "note": "n"}}}
    assert [str(each) for each in check(catalog)] == []
    assert translate(catalog, left, "l", "r") == right
    assert translate(catalog, right, "r", "l") == left
    assert translate(catalog, {"id": "A"}, "l", "r") == {"id": "A"}
    assert translate(catalog, {"id": "A"}, "r", "l") == {"id": "A"}
    with pytest.raises(TranslationError, match=r"unmappable-value at \$.rest.more.id"):
        translate(catalog, {"id": "A", "rest": {"more": {"id": "B"}}}, "r", "l")
    with pytest.raises(TranslationError, match="unmappable-value"):
        translate(catalog, {"rest": {"more": {"note": "B"}}}, "r", "l")
    assert losses(catalog, left, "l", "r") == losses(catalog, right, "r", "l") == []
