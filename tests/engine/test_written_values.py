"""Whatever is written is valid for its field: one case for each way in which a value gets there."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import TranslationError, Translator, check, prove

LETTERS = {"type": "string", "enum": ["a", "b"]}
NULLABLE = {"type": ["string", "null"]}
INTEGER = {"type": "integer"}
PAIRS = {
    "type": "array",
    "items": event_schema({"k": STRING, "v": STRING}, ["k", "v"]),
}
KEYED = {
    "type": "object",
    "properties": {"n": INTEGER},
    "additionalProperties": STRING,
}


class Case(NamedTuple):
    """An event of one format, and what becomes of it: the output, or the path refused."""

    rule: str
    left: Any
    right: Any
    mapping: str
    event: Any
    output: Any = None
    refused: str = ""
    to_left: bool = False
    invalid: bool = False


CASES = [
    Case(
        "an enum beside a const allows the const only",
        event_schema({"v": LETTERS}),
        event_schema({"w": {**LETTERS, "const": "a"}}),
        "fields: {v: w}",
        {"v": "b"},
        refused="$.v",
    ),
    Case(
        "x-written narrows an enum",
        event_schema({"v": LETTERS}),
        event_schema({"w": {**LETTERS, "x-written": {"const": "a"}}}),
        "fields: {v: w}",
        {"v": "b"},
        refused="$.v",
    ),
    Case(
        "a pattern is checked where the source has none",
        event_schema({"v": STRING}),
        event_schema({"w": {"type": "string", "pattern": "^[a-z]+$"}}),
        "fields: {v: w}",
        {"v": "A"},
        refused="$.v",
    ),
    Case(
        "true is not one of the values of an enum with 1",
        event_schema({"v": {"type": ["boolean", "integer"]}}),
        event_schema({"w": {"enum": [1, 2]}}),
        "fields: {v: w}",
        {"v": True},
        refused="$.v",
    ),
    Case(
        "an inclusive bound does not prove an exclusive one",
        event_schema({"v": {"type": "number", "minimum": 0}}),
        event_schema({"w": {"type": "number", "exclusiveMinimum": 0}}),
        "fields: {v: w}",
        {"v": 0},
        refused="$.v",
    ),
    Case(
        "a key that appears twice does not replace a value",
        event_schema({"a": PAIRS}),
        event_schema({"m": {"type": "object", "additionalProperties": STRING}}),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}"}',
        {"a": [{"k": "x", "v": "1"}, {"k": "x", "v": "2"}]},
        refused="$.a[1].k",
    ),
    Case(
        "the name of a free key is validated",
        event_schema({"a": PAIRS}),
        event_schema(
            {
                "m": {
                    "type": "object",
                    "additionalProperties": STRING,
                    "propertyNames": {"pattern": "^[a-z]$"},
                }
            }
        ),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}"}',
        {"a": [{"k": "long", "v": "1"}]},
        refused="$.a[0].k",
    ),
    Case(
        "null is not written to a required field that does not allow it",
        event_schema({"v": NULLABLE}, ["v"]),
        event_schema({"w": STRING}, ["w"]),
        "fields: {v: w}",
        {"v": None},
        refused="$.v",
    ),
    Case(
        "a free key cannot make up for a field that is required",
        event_schema({"a": PAIRS}),
        event_schema({"m": {**KEYED, "required": ["n"]}}),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}"}',
        {"a": [{"k": "x", "v": "1"}]},
        refused="$",
    ),
    Case(
        "a free key does not replace a named field",
        event_schema({"a": PAIRS}),
        event_schema({"m": KEYED}),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}"}',
        {"a": [{"k": "n", "v": "text"}]},
        refused="$.a[0].k",
    ),
    Case(
        "free keys are those that the spec does not name",
        event_schema({"a": PAIRS}),
        event_schema({"m": KEYED}),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}"}\nlost: {r: {m.n: not needed}}',
        {"m": {"n": 1, "x": "text"}},
        {"a": [{"k": "x", "v": "text"}]},
        to_left=True,
    ),
    Case(
        "free keys are written beside named fields",
        event_schema({"a": PAIRS, "n": INTEGER}),
        event_schema({"m": KEYED}),
        'fields: {"a[].k": "m{key}", "a[].v": "m{value}", n: m.n}',
        {"a": [{"k": "x", "v": "text"}], "n": 1},
        {"m": {"x": "text", "n": 1}},
    ),
    Case(
        "null is written to a required field that allows it",
        event_schema({"v": NULLABLE}, ["v"]),
        event_schema({"w": NULLABLE}, ["w"]),
        "fields: {v: w}",
        {"v": None},
        {"w": None},
    ),
    Case(
        "an absent value is not written as null",
        event_schema({"v": NULLABLE}),
        event_schema({"w": NULLABLE}, ["w"]),
        "fields: {v: w}",
        {},
        refused="$.v",
    ),
    Case(
        "null is omitted from an optional field",
        event_schema({"v": NULLABLE}),
        event_schema({"w": NULLABLE}),
        "fields: {v: w}",
        {"v": None},
        {},
    ),
    Case(
        "null is kept in an optional field on request",
        event_schema({"v": NULLABLE}),
        event_schema({"w": NULLABLE}),
        "fields: {v: {is: w, null: keep}}",
        {"v": None},
        {"w": None},
    ),
    Case(
        "null among free keys is passed over",
        event_schema({"m": {"type": "object", "additionalProperties": NULLABLE}}),
        event_schema({"w": {"type": "object", "additionalProperties": STRING}}),
        'fields: {"m{key}": "w{key}", "m{value}": "w{value}"}',
        {"m": {"a": "1", "b": None}},
        {"w": {"a": "1"}},
    ),
    Case(
        "an empty element is validated",
        event_schema({"l": {"type": "array", "items": event_schema({"x": STRING})}}),
        event_schema(
            {"l": {"type": "array", "items": event_schema({"x": STRING}, minProperties=1)}},
            ["l"],
        ),
        'fields: {"l[].x": "l[].x"}',
        {"l": [{}]},
        refused="$",
    ),
    Case(
        "a required object may be empty",
        event_schema({"x": STRING}),
        event_schema({"o": event_schema({"x": STRING})}, ["o"]),
        "fields: {x: o.x}",
        {},
        {"o": {}},
    ),
    Case(
        "a copied open object keeps its keys",
        event_schema({"o": {"type": "object", "additionalProperties": True}}),
        event_schema({"p": {"type": "object"}}),
        "fields: {o: p}",
        {"o": {"color": "red", "size": [1, None]}},
        {"p": {"color": "red", "size": [1, None]}},
    ),
    Case(
        "the only value of an enum is compared",
        event_schema({"k": {"type": "string", "enum": ["a"]}}, ["k"]),
        event_schema({"w": STRING}),
        "rows: {x: {exact: [[{k: a}, {w: red}]]}}",
        {"k": "b"},
        refused="$.k",
        invalid=True,
    ),
    Case(
        "a row writes its value where the rule has none",
        event_schema({"k": LETTERS, "v": STRING}, ["k", "v"]),
        event_schema({"w": LETTERS, "v": STRING}, ["w"]),
        "params: {v: {fills: v, to: l, about: a value}}\n"
        "rows:\n  x:\n    exact: [[{k: a}, {w: a}]]\n"
        "    approximate: [{from: {w: b}, to: {k: b, v: near}, because: it is near}]\n"
        "fields: {v: v}",
        {"w": "b"},
        {"k": "b", "v": "near"},
        to_left=True,
    ),
    Case(
        "an event keeps the value that its row allows",
        event_schema({"k": LETTERS, "v": STRING}, ["k"]),
        event_schema({"w": LETTERS, "v": STRING}, ["w"]),
        "rows:\n  x:\n    exact: [[{k: a}, {w: a}]]\n"
        "    approximate: [{from: {w: b}, to: {k: b, v: near}, because: it is near}]\n"
        "fields: {v: v}",
        {"w": "b", "v": "far"},
        refused="$.v",
        to_left=True,
    ),
    Case(
        "a value of allOf and of oneOf with null has its enum",
        event_schema({"v": {"allOf": [LETTERS]}, "n": {"oneOf": [LETTERS, {"type": "null"}]}}),
        event_schema({"v": LETTERS, "n": LETTERS}),
        "fields: {v: v, n: n}",
        {"v": "a", "n": "b"},
        {"v": "a", "n": "b"},
    ),
    Case(
        "the elements of a list without a type are counted",
        event_schema({"v": {"type": "array", "items": STRING}}),
        event_schema({"w": {"items": STRING, "minItems": 2}}),
        'fields: {"v[]": "w[]"}',
        {"v": ["a"]},
        refused="$",
    ),
    Case(
        "the fields of an object without a type are counted",
        event_schema({"v": STRING}),
        event_schema({"w": {"properties": {"x": STRING, "y": STRING}, "minProperties": 2}}),
        "fields: {v: w.x}",
        {"v": "a"},
        refused="$",
    ),
    Case(
        "a property that `x-written` forbids is not written in elements of any type",
        event_schema({"v": {}}),
        event_schema(
            {
                "w": {
                    "items": {
                        "properties": {"f": {}},
                        "x-written": {"properties": {"f": False}},
                    },
                    "prefixItems": [{}],
                }
            }
        ),
        'fields: {"v[]": "w[].f"}',
        {"v": ["a", "b"]},
        refused="$",
    ),
    Case(
        "nothing is a value that `not: {}` allows",
        event_schema({"v": STRING}),
        event_schema({"w": {"not": {}}, "x": STRING}),
        "fields: {v: x}\nlost: {r: {w: no event has it}}",
        {"w": "a", "x": "b"},
        refused="$.w",
        to_left=True,
        invalid=True,
    ),
]


def translator_of(case: Case, folder: Path) -> Translator:
    catalog = small_catalog(folder, {"l": case.left, "r": case.right}, l__r=case.mapping)
    formats = ("r", "l") if case.to_left else ("l", "r")
    return Translator(*formats, catalog=catalog)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_is_written_is_valid(case: Case, tmp_path: Path) -> None:
    """The output is as expected and valid, or the event is refused at the value at fault."""
    translator = translator_of(case, tmp_path)
    if case.refused:
        with pytest.raises(TranslationError) as refusal:
            translator.translate(case.event)
        assert refusal.value.path == case.refused
        assert (refusal.value.code == "invalid-event") == case.invalid
        return
    output = translator.translate(case.event)
    assert output == case.output
    jsonschema.validate(output, case.left if case.to_left else case.right)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_proof_names_the_refusal(case: Case, tmp_path: Path) -> None:
    """A pair that can refuse a valid event is not proved."""
    catalog = small_catalog(tmp_path, {"l": case.left, "r": case.right}, l__r=case.mapping)
    proof = prove(catalog, *(("r", "l") if case.to_left else ("l", "r")))
    refuses_valid_events = case.refused and not case.invalid
    assert proof.verdict in (("guarded",) if refuses_valid_events else ("guarded", "proved"))


def test_a_constrained_list_is_not_wrong(tmp_path: Path) -> None:
    """A bound on the number of elements is checked, and check and proof agree on it."""
    left = event_schema({"a": {"type": "array", "items": STRING}})
    right = event_schema({"b": {"type": "array", "items": STRING, "minItems": 2}})
    catalog = small_catalog(tmp_path, {"l": left, "r": right}, l__r='fields: {"a[]": "b[]"}')
    assert check(catalog, "l") == []
    assert prove(catalog, "l", "r").verdict == "guarded"
    assert prove(catalog, "r", "l").verdict == "proved"


def test_null_among_free_keys_is_reported(tmp_path: Path) -> None:
    """The null that is passed over is a loss of the event."""
    case = next(case for case in CASES if "among free keys" in case.rule)
    _, losses = translator_of(case, tmp_path).translate_with_losses(case.event)
    assert [(loss.kind, loss.path) for loss in losses] == [("normalised", "$.m.b")]


@pytest.mark.parametrize("forbid", ["x-written", "properties"])
def test_a_forbidden_field_is_no_free_key(tmp_path: Path, forbid: str) -> None:
    """A property that is false is not copied as a free key of an open object, and is lost."""
    box: dict[str, Any] = {
        "type": "object",
        "properties": {"x": STRING},
        "additionalProperties": True,
    }
    narrowed = copy.deepcopy(box)
    if forbid == "x-written":
        narrowed["properties"]["y"] = STRING
        narrowed["x-written"] = {"properties": {"y": False}}
    else:
        narrowed["properties"]["y"] = False
    catalog = small_catalog(
        tmp_path,
        {"left": event_schema({"box": box}), "right": event_schema({"box": narrowed})},
        left__right="fields:\n  box: box\n",
    )
    event = {"box": {"x": "a", "y": "b", "z": "c"}}
    result = Translator("left", "right", catalog=catalog).translate_with_losses(event)
    assert result.events == [{"box": {"x": "a", "z": "c"}}]
    assert [loss.path for loss in result.losses] == ["$.box.y"]


CHOSEN = event_schema({"x": STRING, "y": STRING})


@pytest.mark.parametrize(
    ("event", "losses"),
    [
        ({"a": {"x": "1", "y": "2"}}, []),
        ({"b": {"x": "1", "z": "2"}}, ["$.b.z"]),
        ({"a": {"x": "1"}, "b": {"x": "2"}}, ["$.b.x"]),
    ],
)
def test_losses_are_those_of_the_source_that_is_read(
    tmp_path: Path, event: dict[str, Any], losses: list[str]
) -> None:
    """What one of several sources lacks is not lost where another source is copied."""
    other = event_schema({"x": STRING, "z": STRING})
    catalog = small_catalog(
        tmp_path,
        {"left": event_schema({"w": CHOSEN}), "right": event_schema({"a": CHOSEN, "b": other})},
        left__right="fields:\n  w:\n    is: a\n    or:\n      - {is: b, because: b is near}\n",
    )
    result = Translator("right", "left", catalog=catalog).translate_with_losses(event)
    assert [loss.path for loss in result.losses if loss.kind == "lost"] == losses
