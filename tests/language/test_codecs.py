"""Codecs of version 2 from end to end: translated both ways, reported, refused and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, TranslationError, Translator, check, contract, explain, prove

NUMBER = {"type": "number"}
INTEGER = {"type": "integer"}
TIME = {"type": "string", "format": "date-time"}
TEXTS = {"type": "array", "items": STRING}
ANY_NUMBER = {"type": ["string", "number"]}
FREE = {"type": "object", "additionalProperties": STRING}
LISTS = {"type": "object", "additionalProperties": TEXTS}
PAIR = {
    "type": "object",
    "properties": {"k": STRING, "v": STRING},
    "required": ["k", "v"],
    "additionalProperties": False,
}
URL = {"type": "string", "pattern": "^https:"}
ITEMS = {
    "type": "array",
    "items": {"type": "object", "properties": {"id": STRING, "groups": TEXTS}},
}
Case = tuple[dict[str, Any], dict[str, Any], str]
NAMES = {
    "micros": ({"type": "integer"}, TIME, "{epoch: {unit: microseconds}}"),
    "seconds": ({"type": "number"}, TIME, "{epoch: {unit: seconds, fraction: true}}"),
    "cut": ({"type": "integer"}, TIME, "{epoch: {unit: milliseconds, finer: cut}}"),
    "plain": (TIME, TIME, "{date-time: {plain: true}}"),
    "iso": (STRING, TIME, "{iso-8601: {zone: zone, plain: true}}"),
    "lasted": (STRING, {"type": "number", "minimum": 0}, "duration"),
    "price": (ANY_NUMBER, NUMBER, "number"),
    "rating": (ANY_NUMBER, NUMBER, "{number: {write: string}}"),
    "session": (ANY_NUMBER, STRING, "string"),
    "index": (INTEGER, {"type": "integer", "minimum": 1}, "{shift: 1}"),
    "currency": (STRING, {"type": "string", "pattern": "^[A-Z]{3}$"}, "upper-case"),
    "kind": (STRING, STRING, "lower-case"),
    "urn": (STRING, STRING, '{prefix: "urn:"}'),
    "url": (URL, STRING, "{prefix: {param: site}}"),
    "path": (STRING, TEXTS, "{split: {at: /}}"),
    "label": (STRING, TEXTS, "{split: {at: {param: at}, without: last, name: narrowest}}"),
    "extra": (STRING, FREE, "json"),
    "filters": ({"type": "array", "items": PAIR}, LISTS, "{pairs: {key: k, value: v}}"),
    "rank": (ANY_NUMBER, NUMBER, "[number, {shift: 1}]"),
    "code": (STRING, TEXTS, '[{prefix: "x:"}, upper-case, {split: {at: "-"}}]'),
}  # fmt: skip
"""Fields of both sides, and the codec between them."""

PARAMS = "params: {zone: the zone, site: the site, at: the separator}\n"


def mapping_of(names: dict[str, tuple[Any, Any, str]], **keys: str) -> str:
    rules = (
        f"  {name}: {{is: {name}, as: {codec}{keys.get(name, '')}}}\n"
        for name, (_, _, codec) in names.items()
    )
    return f"version: 2\n{PARAMS}fields:\n" + "".join(rules)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Two formats with a field for each codec; the formats `u` skip values that do not fit."""
    left = {name: types[0] for name, types in NAMES.items()}
    right = {name: types[1] for name, types in NAMES.items()}
    specs = {"l": event_schema(left), "r": event_schema(right)}
    specs |= {"ul": event_schema(left), "ur": event_schema(right)}
    skips = dict.fromkeys(NAMES, ", unfit: skip")
    folder = tmp_path_factory.mktemp("codecs")
    mappings = {"l__r": mapping_of(NAMES), "ul__ur": mapping_of(NAMES, **skips)}
    return small_catalog(folder, specs, **mappings)


SITE = {"site": "https://x/", "at": " > ", "zone": "Europe/Berlin"}
TRANSLATED: list[tuple[str, Any, Any, Any, dict[str, str]]] = [
    ("micros", 1714564800250000, "2024-05-01T12:00:00.250Z", ..., {}),
    ("micros", 1714564800000001, "2024-05-01T12:00:00.000001Z", ..., {}),
    ("micros", -1, "1969-12-31T23:59:59.999999Z", ..., {}),
    ("seconds", 1714564800.25, "2024-05-01T12:00:00.25Z", ..., {}),
    ("seconds", 1714564800, "2024-05-01T12:00:00Z", ..., {}),
    ("seconds", -0.25, "1969-12-31T23:59:59.75Z", ..., {}),
    ("cut", 1714564800123, "2024-05-01T12:00:00.123Z", ..., {}),
    ("plain", "2024-05-01t12:00:00z", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z", {}),
    ("iso", "20240501T1200", "2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00+02:00", SITE),
    ("lasted", "PT1M30.5S", 90.5, "PT90.5S", {}),
    ("price", "9.99", 9.99, 9.99, {}),
    ("price", 9.99, 9.99, 9.99, {}),
    ("rating", 4.5, 4.5, "4.5", {}),
    ("rating", "1000.00", 1000, "1000", {}),
    ("session", 5, "5", "5", {}),
    ("session", "a", "a", "a", {}),
    ("index", 0, 1, 0, {}),
    ("currency", "usd", "USD", "USD", {}),
    ("kind", "Dog", "dog", "dog", {}),
    ("urn", "urn:a", "a", "urn:a", {}),
    ("url", "https://x/A", "A", "https://x/A", SITE),
    ("url", "https://x/A", "https://x/A", "https://x/A", {}),
    ("path", "Woman/Shoes", ["Woman", "Shoes"], "Woman/Shoes", {}),
    ("label", "Woman > Shoes", ["Woman", "Shoes"], "Woman > Shoes", SITE),
    ("label", "Woman > Shoes", ["Woman > Shoes"], "Woman > Shoes", {}),
    ("extra", '{ "a": "1" }', {"a": "1"}, '{"a":"1"}', {}),
    ("filters", [{"k": "s", "v": "L"}], {"s": ["L"]}, [{"k": "s", "v": "L"}], {}),
    ("rank", "2", 3, 2, {}),
    ("code", "x:a-b", ["A", "B"], "x:A-B", {}),
]


@pytest.mark.parametrize(("name", "left", "right", "back", "params"), TRANSLATED)
@pytest.mark.parametrize("prefix", ["", "u"])
def test_a_value_is_converted_both_ways(
    catalog: Catalog,
    prefix: str,
    name: str,
    left: Any,
    right: Any,
    back: Any,
    params: dict[str, str],
) -> None:
    """A codec converts a value to the right, and its inverse converts it back."""
    there = Translator(f"{prefix}l", f"{prefix}r", catalog=catalog)
    home = Translator(f"{prefix}r", f"{prefix}l", catalog=catalog)
    assert there.translate({name: left}, params) == {name: right}
    expected = {name: left if back is ... else back}
    assert home.translate({name: right}, params) == expected
    for translator, event, output in (
        (there, {name: left}, {name: right}),
        (home, {name: right}, expected),
    ):
        result = translator.translate_with_losses(event, params)
        assert result.events == [output]
        assert {loss.kind for loss in result.losses} <= {"normalised"}


REFUSED: list[tuple[str, bool, Any, dict[str, str]]] = [
    ("micros", True, 10**18, {}),
    ("micros", False, "2024-05-01T12:00:00.1234567Z", {}),
    ("seconds", True, 1e18, {}),
    ("seconds", False, "2024-05-01T12:00:00.123456789Z", {}),
    ("cut", False, "2016-12-31T23:59:60Z", {}),
    ("plain", True, "2016-12-31T23:59:60Z", {}),
    ("plain", False, "2016-12-31T23:59:60Z", {}),
    ("iso", True, "2016-12-31T23:59:60Z", {}),
    ("iso", False, "2016-12-31T23:59:60Z", {}),
    ("lasted", True, "P1Y", {}),
    ("lasted", False, 0.001, {}),
    ("price", True, "1,000", {}),
    ("rank", True, "1e3", {}),
    ("index", True, -5, {}),
    ("currency", True, "us", {}),
    ("kind", False, "Dog", {}),
    ("urn", True, "url:a", {}),
    ("urn", True, "urn:", {}),
    ("url", True, "https://y/A", SITE),
    ("path", True, "a//b", {}),
    ("path", False, ["a/b"], {}),
    ("path", False, ["a", ""], {}),
    ("extra", True, "[1]", {}),
    ("extra", True, "{", {}),
    ("filters", False, {"a": []}, {}),
    ("code", True, "y:a", {}),
]


@pytest.mark.parametrize(("name", "to_right", "value", "params"), REFUSED)
def test_a_value_outside_the_domain_is_refused_or_lost(
    catalog: Catalog, name: str, to_right: bool, value: Any, params: dict[str, str]
) -> None:
    """The event is refused; with `unfit: skip`, the field is left out and reported as lost."""
    source, target = ("l", "r") if to_right else ("r", "l")
    with pytest.raises(TranslationError) as refusal:
        Translator(source, target, catalog=catalog).translate({name: value}, params)
    assert refusal.value.code == "unmappable-value"
    assert refusal.value.path == f"$.{name}"
    translator = Translator(f"u{source}", f"u{target}", catalog=catalog)
    assert translator.translate({name: value}, params) == {}
    result = translator.translate_with_losses({name: value}, params)
    assert result.events == [{}]
    assert {loss.kind for loss in result.losses} == {"lost"}


def test_a_value_that_needs_its_prefix_asks_for_the_param(catalog: Catalog) -> None:
    """Without the prefix, an id that is no IRI is refused for want of the param."""
    with pytest.raises(TranslationError, match="'site'") as refusal:
        Translator("r", "l", catalog=catalog).translate({"url": "A"})
    assert refusal.value.code == "missing-param"


@pytest.mark.parametrize("value", ["", 5, ["a"]])
def test_a_prefix_is_a_string(catalog: Catalog, value: Any) -> None:
    """A param that is a prefix or a separator must be a string that is not empty."""
    with pytest.raises(TranslationError) as refusal:
        Translator("l", "r", catalog=catalog).translate({"url": "A"}, {"site": value})
    assert refusal.value.code == "invalid-param"


def test_an_empty_list_is_not_written(catalog: Catalog) -> None:
    """A list without strings joins to nothing."""
    translator = Translator("r", "l", catalog=catalog)
    assert translator.translate({"path": [], "label": [], "code": []}) == {}


@pytest.mark.parametrize(
    ("event", "output", "because"),
    [
        ({"cut": "2024-05-01T12:00:00.1239Z"}, {"cut": 1714564800123}, "cut to milliseconds"),
        ({"cut": "1969-12-31T23:59:59.9999Z"}, {"cut": -1}, "cut to milliseconds"),
        ({"label": ["Woman", "Shoes"]}, {"label": "Shoes"}, "narrowest"),
    ],
)
def test_an_approximation_is_reported(
    catalog: Catalog, event: dict[str, Any], output: dict[str, Any], because: str
) -> None:
    """What is cut or left out is reported as approximated, and refused in strict mode."""
    translator = Translator("r", "l", catalog=catalog)
    result = translator.translate_with_losses(event)
    assert result.events == [output]
    (loss,) = result.losses
    assert (loss.kind, loss.because) == ("approximated", because)
    with pytest.raises(TranslationError) as refusal:
        Translator("r", "l", catalog=catalog, strict=True).translate(event)
    assert refusal.value.code == "would-lose"


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("l", {"extra": '{"a":"1"}'}),
        ("l", {"filters": [{"k": "a", "v": "1"}]}),
        ("r", {"extra": {"a": "1"}}),
        ("r", {"filters": {"a": ["1", "2"]}}),
    ],
)
def test_what_comes_back_as_it_was_is_not_reported(
    catalog: Catalog, source: str, event: dict[str, Any]
) -> None:
    """JSON and pairs are normalised only if they come back in another spelling or order."""
    target = "r" if source == "l" else "l"
    assert Translator(source, target, catalog=catalog).translate_with_losses(event).losses == []


def test_pairs_of_one_key_come_together(catalog: Catalog) -> None:
    """If that changes their order, it is reported."""
    event = {"filters": [{"k": "a", "v": "1"}, {"k": "b", "v": "2"}, {"k": "a", "v": "3"}]}
    result = Translator("l", "r", catalog=catalog).translate_with_losses(event)
    assert result.events == [{"filters": {"a": ["1", "3"], "b": ["2"]}}]
    assert [loss.kind for loss in result.losses] == ["normalised"]


def test_the_mapping_is_proved_and_explained(catalog: Catalog) -> None:
    """The checker, proof, contract and explanation know the codecs."""
    assert [each for each in check(catalog) if each.location.file.endswith("l--r.yaml")] == []
    for source, target in (("l", "r"), ("r", "l")):
        assert prove(catalog, source, target).verdict in ("proved", "guarded")
        leaves = contract(catalog, source, target).promises[0].leaves
        assert not [leaf.path for leaf in leaves if leaf.status == "lost"]
        explanation = explain({"index": 3}, source, target, catalog=catalog)
        assert [use.operation for leaf in explanation.written for use in leaf.uses] == ["shift"]


# --- streams, crosswalks and findings ------------------------------------------------------------

WRITTEN: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("{prefix: 'a\"b:'}", STRING, "x", 'a"b:x'),
    ("{prefix: 'ab:'}", STRING, "x", "ab:x"),
    ("{split: {at: '\"'}}", TEXTS, ["x", "y"], 'x"y'),
    ("{split: {at: /}}", TEXTS, ["x", "y"], "x/y"),
    ("json", FREE, {"a": "b"}, '{"a":"b"}'),
    ("json", STRING, "a", '"a"'),
    ("upper-case", STRING, "A", "A"),
    ("[{prefix: 'a\"b:'}, upper-case]", STRING, "X", 'a"b:X'),
    ("string", STRING, "x", "x"),
    ("duration", NUMBER, 5, "PT5S"),
    ("{number: {write: string}}", NUMBER, 5, "5"),
]


@pytest.mark.parametrize(("codec", "schema", "value", "written"), WRITTEN)
def test_lines_are_written_as_events_are(
    tmp_path: Path, codec: str, schema: dict[str, Any], value: Any, written: Any
) -> None:
    """A string that a codec builds is escaped in lines of JSON, too."""
    specs = {
        "l": event_schema({"id": STRING, "v": STRING}, ["id", "v"]),
        "r": event_schema({"id": STRING, "v": schema}, ["id", "v"]),
    }
    mapping = f"version: 2\nfields: {{id: id, v: {{is: v, as: {codec}}}}}\n"
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    translator = Translator("r", "l", catalog=catalog)
    event = {"id": "a", "v": value}
    lines = b"".join([json.dumps(event).encode() + b"\n"] * 3)
    expected = {"id": "a", "v": written}
    assert translator.translate(event) == expected
    assert translator.fast_reader is not None  # compiled for the first lines already
    outputs = translator.translate_lines(lines).events.splitlines()
    assert list(map(json.loads, outputs)) == [expected] * 3


def test_an_id_from_a_crosswalk_has_no_prefix(tmp_path: Path) -> None:
    """A crosswalk supplies whole ids, which get no prefix and lose none."""
    specs = {"l": event_schema({"v": URL}), "r": event_schema({"v": STRING})}
    mapping = "version: 2\nparams: {p: the start}\n"
    mapping += "fields: {v: {is: v, id: items, as: {prefix: {param: p}}}}\n"
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    rows = [{"l": "https://a", "r": "A"}, {"l": "https://x/b", "r": "x"}]
    options: dict[str, Any] = {"catalog": catalog, "crosswalks": {"items": rows}}
    for params in ({}, {"p": "https://x/"}):
        assert Translator("r", "l", **options).translate({"v": "A"}, params) == {"v": "https://a"}
        assert Translator("l", "r", **options).translate({"v": "https://a"}, params) == {"v": "A"}
    with pytest.raises(TranslationError) as refusal:
        Translator("r", "l", **options).translate({"v": "B"})
    assert refusal.value.code == "unmappable-id"


@pytest.mark.parametrize(
    ("left", "right", "codec", "count"),
    [
        (STRING, STRING, "[number, upper-case]", 2),
        (STRING, NUMBER, "[duration, {split: {at: /}}]", 3),
        (NUMBER, STRING, "upper-case", 1),
        (STRING, STRING, "{shift: 1}", 2),
        (STRING, STRING, "{split: {at: /}}", 1),
        (STRING, STRING, "[upper-case, {prefix: a}]", 0),
        (ANY_NUMBER, NUMBER, "[number, {linear: {from: [0, 1], to: [1, 2]}}]", 0),
    ],
)
def test_types_that_do_not_meet_have_a_finding(
    tmp_path: Path, left: dict[str, Any], right: dict[str, Any], codec: str, count: int
) -> None:
    """So have codecs that read or give no value of a field's type."""
    specs = {"l": event_schema({"v": left}), "r": event_schema({"v": right})}
    mapping = f"version: 2\nfields: {{v: {{is: v, as: {codec}}}}}\n"
    findings = check(small_catalog(tmp_path, specs, l__r=mapping))
    found = [each for each in findings if each.code == "codec-domain"]
    assert bool(found) == bool(count)
    assert all(each.hint for each in found)
