"""Scopes: events about all elements of a list, about each, or about runs of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check
from translator.errors import Diagnostic, TranslationError

STRINGS = {"type": "array", "items": STRING}


def strings(at_most: int) -> dict[str, Any]:
    return {**STRINGS, "maxItems": at_most}


def objects(**fields: Any) -> dict[str, Any]:
    return {"type": "array", "items": event_schema(fields, ["id"])}


NUMBER = {"type": "number"}
ITEMS = objects(id=STRING, price=NUMBER, **{"tags": STRINGS})
FACETS = objects(kind={"type": "string", "enum": ["filter", "tag"]}, id=STRING)
RIGHT = {
    "action": {"type": "string", "enum": ["see", "buy", "stay"]},
    "items": ITEMS,
    "facets": FACETS,
    "total": {"type": "number", "x-sum": True},
    "tokens": STRINGS,
    "user": STRING,
}
LEFT = {
    "event": {"type": "string", "enum": ["seen", "bought", "stayed"]},
    "ids": strings(2),
    "filters": strings(2),
    "prices": {"type": "array", "items": NUMBER},
    "lines": objects(id=STRING, token=STRING),
    "total": NUMBER,
    "user": STRING,
}


def catalog_of(folder: Path, mapping: str, left: Any = None, right: Any = None) -> Catalog:
    specs = {
        "l": event_schema(left or LEFT, ["event"]),
        "r": event_schema(right or RIGHT, ["action"]),
    }
    return small_catalog(folder, specs, l__r="version: 2\nbetween: [l, r]\n" + mapping)


def to_left(catalog: Catalog, event: Any) -> list[dict[str, Any]]:
    """Translate an event to the left in all ways; they must agree."""
    translator = Translator("r", "l", catalog=catalog)
    outputs: list[dict[str, Any]] = translator.translate_all(event)
    assert translator.translate_with_losses(event).events == outputs
    return outputs


def refusal(catalog: Catalog, event: Any, **arguments: Any) -> str:
    with pytest.raises(TranslationError) as caught:
        Translator("r", "l", catalog=catalog, **arguments).translate_all(event)
    return caught.value.code


def findings(catalog: Catalog, *codes: str) -> list[Diagnostic]:
    return [
        each
        for each in check(catalog)
        if "l--r" in each.location.file and (not codes or each.code in codes)
    ]


ROWS = """
rows:
  what happened:
    exact:
      - [{event: seen}, {action: see}]
      - [{event: bought}, {action: buy}]
      - [{event: stayed}, {action: stay}]
"""

ALL = f"""
{ROWS}
cases:
  products: {{when: {{event: [seen, bought]}}, all: "items[]"}}
  page: {{}}
fields:
  "ids[]": "items[].id"
  user: user
"""


def test_all_elements_are_in_one_event(tmp_path: Path) -> None:
    """With `all`, one event is about the whole list."""
    catalog = catalog_of(tmp_path, ALL)
    items = [{"id": "A"}, {"id": "B"}]
    assert to_left(catalog, {"action": "see", "items": items, "user": "u"}) == [
        {"event": "seen", "ids": ["A", "B"], "user": "u"}
    ]
    assert to_left(catalog, {"action": "stay"}) == [{"event": "stayed"}]
    event = {"event": "seen", "ids": ["A", "B"]}
    (there,) = Translator("l", "r", catalog=catalog).translate_all(event)
    assert there == {"action": "see", "items": items}
    assert to_left(catalog, there) == [event]


@pytest.mark.parametrize("items", [None, []])
def test_without_an_element_there_is_no_event(tmp_path: Path, items: Any) -> None:
    """An event of an earlier case does not slip into a later one."""
    event = {"action": "see", "user": "u"} | ({} if items is None else {"items": items})
    assert refusal(catalog_of(tmp_path, ALL), event) == "no-item"


RUNS = f"""
{ROWS}
cases:
  products:
    each: {{list: "items[]", at_most: 2}}
    fields:
      "ids[]": "items[].id"
      "prices[]": "items[].price"
      "lines[].id": "items[].id"
      "lines[].token": "tokens[]"
      total: {{is: total, once: true}}
fields:
  user: user
"""


LINES = '      "lines[].id": "items[].id"\n      "lines[].token": "tokens[]"\n'


def item(number: int) -> dict[str, Any]:
    return {"id": f"i{number}", "price": number}


def test_a_run_of_elements_has_an_event(tmp_path: Path) -> None:
    """With `at_most`, each run of elements becomes an event, in order."""
    catalog = catalog_of(tmp_path, RUNS.replace(LINES, ""))
    event = {"action": "see", "user": "u", "total": 6, "items": [item(1), item(2), item(3)]}
    assert to_left(catalog, event) == [
        {"event": "seen", "user": "u", "ids": ["i1", "i2"], "prices": [1, 2]},
        {"event": "seen", "user": "u", "ids": ["i3"], "prices": [3]},
    ]
    # What counts once is written where one event results, even of several elements.
    event["items"] = [item(1), item(2)]
    one = {"event": "seen", "user": "u", "total": 6, "ids": ["i1", "i2"], "prices": [1, 2]}
    assert to_left(catalog, event) == [one]
    assert refusal(catalog, {"action": "see", "items": []}) == "no-item"


def test_the_path_of_an_element_is_that_in_the_event(tmp_path: Path) -> None:
    """Losses and refusals name the elements of later runs by their indexes in the event."""
    catalog = catalog_of(tmp_path, RUNS.replace(LINES, ""))
    items = [item(1), item(2), {**item(3), "tags": ["t"]}]
    translator = Translator("r", "l", catalog=catalog)
    result = translator.translate_with_losses({"action": "see", "total": 6, "items": items})
    assert {(loss.kind, loss.path) for loss in result.losses} == {
        ("lost", "$.items[2].tags[0]"),
        ("lost", "$.total"),
    }


def test_parallel_lists_are_cut_alike(tmp_path: Path) -> None:
    """A list that is parallel to the elements is cut into the same runs."""
    mapping = RUNS.replace('      "ids[]": "items[].id"\n      "prices[]": "items[].price"\n', "")
    catalog = catalog_of(tmp_path, mapping)
    event = {"action": "see", "items": [{"id": "A"}, {"id": "B"}, {"id": "C"}]}
    event["tokens"] = ["a", "b", "c"]
    assert to_left(catalog, event) == [
        {"event": "seen", "lines": [{"id": "A", "token": "a"}, {"id": "B", "token": "b"}]},
        {"event": "seen", "lines": [{"id": "C", "token": "c"}]},
    ]
    event["tokens"] = ["a", "b"]
    assert refusal(catalog, event) == "unmappable-value"


FILTERS = f"""
{ROWS}
cases:
  products:
    when: {{ids: $present}}
    each: {{list: "items[]", at_most: 2}}
    fields: {{"ids[]": "items[].id"}}
  filters:
    when: {{filters: $present}}
    each: {{list: "facets[kind=filter]", at_most: 2}}
    fields:
      "filters[]": "facets[kind=filter].id"
      total: {{is: total, once: true}}
fields: {{user: user}}
"""


def test_a_scope_may_be_a_selection(tmp_path: Path) -> None:
    """The elements of a scope may be those that a field tells apart."""
    catalog = catalog_of(tmp_path, FILTERS)
    kinds = ["filter", "tag", "filter", "tag", "filter"]
    facets = [{"kind": kind, "id": str(number)} for number, kind in enumerate(kinds)]
    event = {"action": "see", "facets": facets, "total": 5}
    assert to_left(catalog, event) == [
        {"event": "seen", "filters": ["0", "2"]},
        {"event": "seen", "filters": ["4"]},
    ]
    event["facets"] = facets[:3]
    assert to_left(catalog, event) == [{"event": "seen", "filters": ["0", "2"], "total": 5}]
    event["items"] = [{"id": "A"}]
    assert to_left(catalog, event) == [{"event": "seen", "ids": ["A"]}]
    assert refusal(catalog, {"action": "see", "facets": facets[1:2]}) == "no-item"


def test_each_selected_element_has_an_event(tmp_path: Path) -> None:
    """`each` and `once` work with a selection, too."""
    mapping = f"""
{ROWS}
each: "facets[kind=filter]"
fields:
  user: "facets[kind=filter].id"
  total: {{is: total, once: true}}
"""
    catalog = catalog_of(tmp_path, mapping)
    kinds = ["tag", "filter", "filter"]
    facets = [{"kind": kind, "id": str(number)} for number, kind in enumerate(kinds)]
    event = {"action": "see", "facets": facets, "total": 5}
    assert to_left(catalog, event) == [
        {"event": "seen", "user": "1"},
        {"event": "seen", "user": "2"},
    ]
    event["facets"] = facets[:2]
    assert to_left(catalog, event) == [{"event": "seen", "user": "1", "total": 5}]


def test_a_scope_at_the_top_of_the_file_holds_for_all_rules(tmp_path: Path) -> None:
    """Without cases, the scope stands beside `fields`."""
    mapping = f'{ROWS}\nall: "items[]"\nfields: {{"ids[]": "items[].id"}}\n'
    catalog = catalog_of(tmp_path, mapping)
    event = {"action": "see", "items": [{"id": "A"}, {"id": "B"}]}
    assert to_left(catalog, event) == [{"event": "seen", "ids": ["A", "B"]}]
    assert refusal(catalog, {"action": "stay"}) == "no-item"


def test_runs_of_a_list_that_another_mapping_builds(tmp_path: Path) -> None:
    """A list is cut by the list of the event that it comes from."""
    source = {"codes": STRINGS, "more": STRINGS, "kind": {"type": "string", "enum": ["see"]}}
    one = """version: 2
between: [o, r]
rows: {what: {exact: [[{kind: see}, {action: see}]]}}
fields:
  "codes[]": "items[].id"
  "more[]": "facets[kind=filter].id"
"""
    two = "version: 2\nbetween: [l, r]\n" + FILTERS
    specs = {
        "o": event_schema(source, ["kind"]),
        "l": event_schema(LEFT, ["event"]),
        "r": event_schema(RIGHT, ["action"]),
    }
    catalog = small_catalog(tmp_path, specs, o__r=one, l__r=two)
    translator = Translator("o", "l", catalog=catalog)
    for field, target in (("codes", "ids"), ("more", "filters")):
        event = {"kind": "see", field: ["A", "B", "C"]}
        outputs = translator.translate_all(event)
        assert outputs == [
            {"event": "seen", target: ["A", "B"]},
            {"event": "seen", target: ["C"]},
        ]
        assert translator.translate_with_losses(event).events == outputs


def test_a_run_is_not_longer_than_the_lists_that_it_fills(tmp_path: Path) -> None:
    """`at_most` must respect the spec."""
    catalog = catalog_of(tmp_path, FILTERS.replace("at_most: 2", "at_most: 3", 1))
    (finding,) = findings(catalog, "scope-too-large")
    assert "`ids` has at most 2 elements" in finding.message
    assert finding.hint == "write at_most: 2"


def test_only_sums_that_are_repeated_are_found(tmp_path: Path) -> None:
    """A sum in an event about all elements is not repeated; one in each run is."""
    total = '\nfields:\n  "ids[]": "items[].id"\n  total: total\n'
    all_items = catalog_of(tmp_path, f'{ROWS}\nall: "items[]"{total}')
    assert not findings(all_items, "repeated-sum", "once-nothing")
    other = tmp_path / "other"
    other.mkdir()
    runs = catalog_of(other, f'{ROWS}\neach: {{list: "items[]", at_most: 2}}{total}')
    assert [each.code for each in findings(runs, "repeated-sum")] == ["repeated-sum"]


NAMES = """
rows:
  what happened:
    exact:
      - [{event: seen}, {action: see}]
      - [{event: $name}, {action: custom, name: $name}]
cases:
  listed: {when: {event: [seen, other]}, fields: {"ids[]": "items[].id"}}
  free: {fields: {"names[]": "items[].id"}}
fields: {}
"""


def test_a_name_known_at_run_time_chooses_the_case(tmp_path: Path) -> None:
    """A case does not write an event that its `when` excludes, whenever that is known."""
    left = {"event": STRING, "ids": STRINGS, "names": STRINGS}
    right = {"action": {"type": "string", "enum": ["see", "custom"]}, "name": STRING}
    catalog = catalog_of(tmp_path, NAMES, left, {**right, "items": ITEMS})
    items = [{"id": "A"}]
    for name, field in (("other", "ids"), ("mine", "names")):
        event = {"action": "custom", "name": name, "items": items}
        assert to_left(catalog, event) == [{"event": name, field: ["A"]}]
    assert to_left(catalog, {"action": "see", "items": items}) == [{"event": "seen", "ids": ["A"]}]


def test_a_constant_may_be_a_list_or_a_map(tmp_path: Path) -> None:
    """Constants of lists and maps are written and required like those of single values."""
    left = {"tags": STRINGS, "info": event_schema({"a": STRING, "b": NUMBER}), "id": STRING}
    mapping = """
constants: {l: {tags: [x, y], info: {value: {a: text, b: 1}}}}
fields: {id: user}
"""
    specs = {"l": event_schema(left), "r": event_schema({"user": STRING})}
    text = "version: 2\nbetween: [l, r]\n" + mapping
    catalog = small_catalog(tmp_path, specs, l__r=text)
    assert not [each for each in check(catalog) if "l--r" in each.location.file]
    written = {"tags": ["x", "y"], "info": {"a": "text", "b": 1}, "id": "u"}
    assert to_left(catalog, {"user": "u"}) == [written]
    back = Translator("l", "r", catalog=catalog)
    result = back.translate_with_losses(written)
    assert (result.events, result.losses) == ([{"user": "u"}], [])
    for event in ({**written, "tags": ["x"]}, {**written, "info": {"a": "text"}}):
        with pytest.raises(TranslationError) as caught:
            back.translate(event)
        assert caught.value.code == "unmappable-value"


EITHER = """
params: {visitor: who it is}
fields:
  user: {is: user, id: users}
  visitor:
    is: visitor
    else: [{param: visitor, when: {user: $absent}}]
"""


def test_a_param_can_fill_one_of_several_required_fields(tmp_path: Path) -> None:
    """Where one of several fields is required, a missing param is named."""
    left = event_schema(
        {"user": STRING, "visitor": STRING, "other": STRING},
        anyOf=[{"required": ["user"]}, {"required": ["visitor"]}],
    )
    specs = {"l": left, "r": event_schema({"user": STRING, "visitor": STRING})}
    text = "version: 2\nbetween: [l, r]\n" + EITHER
    catalog = small_catalog(tmp_path, specs, l__r=text)
    assert to_left(catalog, {"user": "u"}) == [{"user": "u"}]
    assert to_left(catalog, {"visitor": "v"}) == [{"visitor": "v"}]
    assert refusal(catalog, {}) == "missing-param"
    given = Translator("r", "l", catalog=catalog, params={"visitor": "p"})
    assert given.translate({}) == {"visitor": "p"}
    other = tmp_path / "other"
    other.mkdir()
    text = "version: 2\nbetween: [l, r]\nfields: {user: user, visitor: visitor}\n"
    without = small_catalog(other, specs, l__r=text)
    with pytest.raises(TranslationError, match="needs user or visitor") as caught:
        Translator("r", "l", catalog=without).translate({})
    assert caught.value.code == "unmappable-value"
