"""Formats of a few fields, each with a rule that once did not hold for them.

Whatever is written is valid, what cannot be written is refused or reported by `check`, and the
proof of a pair agrees with its translations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.tools.independent_validator import format_checker, identical
from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document
from translator import Catalog, TranslationError, Translator, check, contract, prove

INTEGER = {"type": "integer"}
LETTERS = {"type": "string", "enum": ["a", "b"]}
OPEN = {"type": "object", "additionalProperties": True}
STRINGS = {"type": "object", "additionalProperties": STRING}
FREE = {**STRINGS, "properties": {"own": INTEGER}}
NULLABLE = {"type": ["string", "null"]}


def list_of(items: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **keywords}


PAIRS = list_of(event_schema({"k": STRING, "v": STRING}, ["k", "v"]))
FREE_KEYS = """
fields: {"a[].k": "m{key}", "a[].v": "m{value}"}
lost: {r: {m.own: the left has none}}
"""
REFUSED = "unmappable-value"


@dataclass
class Case:
    """Two formats and their mapping; `findings` are the codes that `check` reports.

    `outcomes` are the source, an event, and what it becomes or the code and path of its refusal.
    """

    left: dict[str, Any]
    right: dict[str, Any]
    mapping: str
    outcomes: list[tuple[str, dict[str, Any], Any]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    verdict: str = ""
    required: list[str] = field(default_factory=list)

    def catalog(self, folder: Path) -> Catalog:
        formats = {"l": self.left, "r": self.right}
        specs = {name: event_schema(fields, self.required) for name, fields in formats.items()}
        return small_catalog(folder, specs, l__r=self.mapping)


CASES = {
    "an enum beside a const allows only the const": Case(
        {"v": LETTERS},
        {"w": {**LETTERS, "const": "a"}},
        "fields: {v: w}",
        [("l", {"v": "a"}, {"w": "a"}), ("l", {"v": "b"}, (REFUSED, "$.v"))],
        ["unaccounted-value"],
    ),
    "an enum beside a length allows only values of that length": Case(
        {"v": {"enum": ["a", "bb"]}},
        {"w": {"enum": ["a", "bb"], "maxLength": 1}},
        "fields: {v: w}",
        [("l", {"v": "a"}, {"w": "a"}), ("l", {"v": "bb"}, (REFUSED, "$.v"))],
        ["unaccounted-value"],
    ),
    "x-written narrows what is written, though not what is read": Case(
        {"v": LETTERS},
        {"w": {**LETTERS, "x-written": {"const": "a"}}},
        "fields: {v: w}",
        [
            ("l", {"v": "a"}, {"w": "a"}),
            ("l", {"v": "b"}, (REFUSED, "$.v")),
            ("r", {"w": "b"}, {"v": "b"}),
        ],
        verdict="guarded",
    ),
    "a field with an enum behind allOf or oneOf is checked as one with an enum": Case(
        {"k": {"allOf": [LETTERS]}, "n": {"oneOf": [LETTERS, {"type": "null"}]}},
        {"q": STRING, "m": STRING},
        'fields: {k: {is: q, values: {a: "1", bX: "2"}}, n: {is: m, values: {a: "1", bX: "2"}}}',
        findings=["unknown-value", "unknown-value", "unaccounted-value", "unaccounted-value"],
    ),
    "a free key never has the name of a field beside it": Case(
        {"a": PAIRS},
        {"m": FREE},
        FREE_KEYS,
        [
            ("l", {"a": [{"k": "own", "v": "1"}]}, (REFUSED, "$.a[0].k")),
            ("l", {"a": [{"k": "x", "v": "1"}]}, {"m": {"x": "1"}}),
            ("r", {"m": {"x": "1", "own": 2}}, {"a": [{"k": "x", "v": "1"}]}),
        ],
        verdict="guarded",
    ),
    "a conversion that may pass a string on checks that it is a date-time": Case(
        {"at": {"type": ["string", "integer"]}},
        {"time": {"type": "string", "format": "date-time"}},
        "fields: {at: {is: time, as: {date-time: {or: epoch-seconds}}}}",
        [
            ("l", {"at": "noon"}, (REFUSED, "$.at")),
            ("l", {"at": "1714564800"}, (REFUSED, "$.at")),
            ("l", {"at": "2024-05-01T12:00:00Z"}, {"time": "2024-05-01T12:00:00Z"}),
            ("l", {"at": 1714564800}, {"time": "2024-05-01T12:00:00Z"}),
        ],
        verdict="guarded",
    ),
    "a numeric string in a field that takes both returns as a string": Case(
        {"p": STRING},
        {"price": {"type": ["string", "number"]}},
        "fields: {p: {is: price, as: numeric-string}}",
        [("l", {"p": "9.5"}, {"price": 9.5}), ("r", {"price": 9.5}, {"p": "9.5"})],
        verdict="guarded",
    ),
    "an empty element of a list is validated as any other": Case(
        {"items": list_of(event_schema({"id": STRING, "other": STRING}))},
        {"lines": list_of(event_schema({"id": STRING, "n": INTEGER}, minProperties=1))},
        'fields: {"items[].id": "lines[].id"}\n'
        'lost: {l: {"items[].other": x}, r: {"lines[].n": x}}',
        [
            ("l", {"items": [{"id": "A"}]}, {"lines": [{"id": "A"}]}),
            ("l", {"items": [{"id": "A"}, {"other": "x"}]}, (REFUSED, "$")),
        ],
        verdict="guarded",
    ),
    "null is kept where the target requires the field and allows null": Case(
        {"id": STRING, "ref": NULLABLE},
        {"id": STRING, "ref": NULLABLE},
        "fields: {id: id, ref: ref}",
        [("l", {"ref": None}, {"ref": None}), ("l", {"ref": "r"}, {"ref": "r"})],
        required=["ref"],
    ),
    "null under a free key is absent where the target does not allow it": Case(
        {"props": {"type": "object", "additionalProperties": NULLABLE}},
        {"more": STRINGS},
        'fields: {"props{key}": "more{key}", "props{value}": "more{value}"}',
        [("l", {"props": {"a": "1", "b": None}}, {"more": {"a": "1"}})],
    ),
    "the number of elements of a list is checked where the type does not prove it": Case(
        {"a": list_of(STRING)},
        {"b": list_of(event_schema({"x": STRING}), minItems=2)},
        'fields: {"a[]": "b[].x"}',
        [
            ("l", {"a": ["1"]}, (REFUSED, "$")),
            ("l", {"a": ["1", "2"]}, {"b": [{"x": "1"}, {"x": "2"}]}),
        ],
        verdict="guarded",
    ),
    "bounds of a list need no check on the way to a list without bounds": Case(
        {"ids": list_of(STRING, minItems=1, maxItems=3, uniqueItems=True)},
        {"ids": list_of(STRING)},
        'fields: {"ids[]": "ids[]"}',
        [("l", {"ids": ["a"]}, {"ids": ["a"]}), ("r", {"ids": []}, (REFUSED, "$"))],
        verdict="proved",
    ),
    "a const without a type says its type itself": Case(
        {"k": {"const": "x"}, "id": STRING},
        {"k": {"const": "x"}, "id": STRING},
        "fields: {k: k, id: id}",
        [("l", {"k": "x", "id": "1"}, {"k": "x", "id": "1"})],
        verdict="proved",
    ),
    "an open object is copied with all its keys": Case(
        {"props": OPEN},
        {"more": {"type": "object", "additionalProperties": {"type": ["string", "number"]}}},
        "fields: {props: more}",
        [
            ("l", {"props": {"a": "red", "b": 2}}, {"more": {"a": "red", "b": 2}}),
            ("l", {"props": {"a": [{}]}}, (REFUSED, "$.props")),
        ],
        verdict="guarded",
    ),
    "a boolean in a template returns as a boolean": Case(
        {"a": {"type": "boolean"}, "b": STRING},
        {"w": STRING},
        'fields: {"a, b": {is: w, as: {template: "{a}:{b}"}}}',
        [
            ("l", {"a": True, "b": "x"}, {"w": "true:x"}),
            ("r", {"w": "true:x"}, {"a": True, "b": "x"}),
        ],
    ),
    "two lists can be written from one": Case(
        {"ids": list_of(STRING), "contents": list_of(event_schema({"id": STRING}))},
        {"items": list_of(event_schema({"id": STRING}, ["id"]))},
        """fields:
  "contents[].id": "items[].id"
  "ids[]": {is: "items[].id", to: l, because: the contents name them}
""",
        [("r", {"items": [{"id": "A"}]}, {"ids": ["A"], "contents": [{"id": "A"}]})],
    ),
}


def outcome(translator: Translator, event: dict[str, Any]) -> Any:
    """Return the translation of an event, or the code and path of its refusal."""
    try:
        return translator.translate(event)
    except TranslationError as refusal:
        return refusal.code, refusal.path


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_holds(rule: str, tmp_path: Path) -> None:
    """The rule of each case holds in `check`, in the proof and in each translation."""
    case = CASES[rule]
    catalog = case.catalog(tmp_path)
    found = [each.code for each in check(catalog, "l") if each.code != "never-applies"]
    assert found == case.findings
    if case.verdict:
        assert prove(catalog, "l", "r").verdict == case.verdict
    for source, event, expected in case.outcomes:
        target = "r" if source == "l" else "l"
        actual = outcome(Translator(source, target, catalog=catalog), event)
        if isinstance(expected, tuple):
            assert actual == expected
        else:
            assert identical(actual, expected)
            schema = catalog.spec(target).event_schema
            jsonschema.Draft202012Validator(schema, format_checker=format_checker).validate(actual)


@pytest.mark.parametrize(
    ("event", "losses"),
    [
        ({"m": {"own": 1}}, [("lost", "$.m.own")]),
        ({"m": {"own": 1, "x": "y"}}, [("lost", "$.m.own")]),
        ({"m": {"own": None}}, [("normalised", "$.m.own")]),
        ({"m": {}}, []),
    ],
)
def test_a_field_beside_free_keys_is_reported_as_lost(
    tmp_path: Path, event: dict[str, Any], losses: list[tuple[str, str]]
) -> None:
    """A field that no rule reads is reported as lost, even if the object has no free key."""
    beside = {**FREE, "properties": {"own": {"type": ["integer", "null"]}}}
    catalog = Case({"a": PAIRS}, {"m": beside}, FREE_KEYS).catalog(tmp_path)
    result = Translator("r", "l", catalog=catalog).translate_with_losses(event)
    assert [(loss.kind, loss.path) for loss in result.losses] == losses
    strict = outcome(Translator("r", "l", catalog=catalog, strict=True), event)
    is_lost = any(kind == "lost" for kind, _ in losses)
    assert strict == (("would-lose", "$.m.own") if is_lost else result.events[0])


def test_a_const_tells_variants_apart(tmp_path: Path) -> None:
    """A const without type decides the variant of an event, in both directions."""
    variants = {
        name: event_schema({"kind": {"const": value}, "id": STRING}, ["kind", "id"])
        for name, value in (("V", "view"), ("W", "buy"))
    }
    refs = {name: f"#/components/schemas/{name}" for name in variants}
    union = {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "kind", "mapping": {"view": refs["V"], "buy": refs["W"]}},
    }
    action = {"type": "string", "enum": ["look", "pay"]}
    right = event_schema({"action": action, "item": STRING}, ["action", "item"])
    rules = "fields:\n  kind: {is: action, values: {view: look, buy: pay}}\n  id: item\n"
    specs = {"l": spec_document(union, variants), "r": right}
    catalog = small_catalog(tmp_path, specs, l__r=rules)
    assert check(catalog, "l") == []
    there, back = Translator("l", "r", catalog=catalog), Translator("r", "l", catalog=catalog)
    for kind, written in (("view", "look"), ("buy", "pay")):
        event = {"kind": kind, "id": "1"}
        assert there.translate(event) == {"action": written, "item": "1"}
        assert back.translate(there.translate(event)) == event
    assert prove(catalog, "l", "r").verdict == "proved"


def test_a_required_object_may_be_empty(tmp_path: Path) -> None:
    """A required object that requires no field is written as an empty object."""
    props = {"type": "object", "properties": {"url": STRING}}
    specs = {
        "l": event_schema({"k": STRING, "props": props}, ["props"]),
        "r": event_schema({"k": STRING, "page": STRING}),
    }
    catalog = small_catalog(tmp_path, specs, l__r="fields: {k: k, props.url: page}")
    assert check(catalog, "l") == []
    translator = Translator("r", "l", catalog=catalog)
    assert translator.translate({"k": "K"}) == {"k": "K", "props": {}}
    assert translator.translate({"page": "u"}) == {"props": {"url": "u"}}


def test_a_copied_open_object_returns_as_the_contract_says(tmp_path: Path) -> None:
    """The contract of a copied open object agrees with its round trip."""
    case = Case({"props": OPEN}, {"more": OPEN}, "fields: {props: more}")
    catalog = case.catalog(tmp_path)
    event = {"props": {"a": {"b": [1]}, "c": "red"}}
    there = Translator("l", "r", catalog=catalog, strict=True).translate(event)
    assert Translator("r", "l", catalog=catalog, strict=True).translate(there) == event
    assert contract(catalog, "l", "r").predict(event).refused == ""


def test_a_name_that_the_spec_forbids_is_found(tmp_path: Path) -> None:
    """`check` reports a rule that writes a key against `propertyNames`."""
    carried = {**STRINGS, "propertyNames": {"pattern": "^[a-z]+$"}}
    specs = {"l": event_schema({"id": STRING}), "r": event_schema({"carried": carried})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {id: carried.my_id}")
    assert "unknown-member" in {each.code for each in check(catalog, "l")}


def test_a_rule_for_the_slot_of_carried_values_does_not_end_carrying(tmp_path: Path) -> None:
    """A rule may write keys of the object in which a mapping carries values."""
    specs = {
        "source": event_schema({"own": STRING, "tags": STRINGS}),
        "interaction": event_schema(
            {"extra": STRINGS, "carried": {"type": "object", "additionalProperties": STRINGS}}
        ),
        "target": event_schema({"slot": STRINGS}),
    }
    catalog = small_catalog(
        tmp_path,
        specs,
        source="""fields:
  own: carried.source.own
  "tags{key}": "extra{key}"
  "tags{value}": "extra{value}"
""",
        target="""fields: {"slot{key}": "extra{key}", "slot{value}": "extra{value}"}
carries: {of: carried, in: slot, as: "{vendor}_{field}"}
""",
    )
    there = Translator("source", "target", catalog=catalog, strict=True)
    written = there.translate({"own": "x", "tags": {"colour": "red"}})
    assert written == {"slot": {"colour": "red", "source_own": "x"}}
    back = Translator("target", "source", catalog=catalog, strict=True).translate(written)
    assert (back["own"], back["tags"]["colour"]) == ("x", "red")
    clash = {"own": "x", "tags": {"source_own": "y"}}
    assert outcome(there, clash) == (REFUSED, "$.tags")


def test_an_approximate_alternative_of_version_1_has_values(tmp_path: Path) -> None:
    """`approximate` names the approximation; the values beside it are a table of the source."""
    mapping = """\
fields:
  a: {is: b, values: [[x, p]], or: [{is: c, values: [[x, p]], approximate: close, because: near}]}
"""
    specs = {"l": event_schema({"a": STRING}), "r": event_schema({"b": STRING, "c": STRING})}
    catalog = small_catalog(tmp_path, specs, l__r=mapping)
    assert Translator("r", "l", catalog=catalog).translate({"c": "p"}) == {"a": "x"}
