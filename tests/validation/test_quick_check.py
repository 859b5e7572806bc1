"""The quick check of the first values never accepts what a compiled validator refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator import Catalog, TranslationError, Translator
from translator.validation import schemas
from translator.validation.events import EventValidator
from translator.validation.quick_check import accepts
from translator.validation.schemas import Prefilters, PrefilterSchema, build_validator

TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]

STRINGS = st.sampled_from(
    ["", "a", "b", "abc", "a\n", "ä", "\ud800", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z\n",
     "2024-02-29T12:00:00Z", "123e4567-e89b-12d3-a456-426614174000"]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, 1, -1, 15, 15.0, 1.5, 2**53, 2**53 + 1, 2**64, 10**400, float("nan"), float("inf")]
)
LEAVES = st.one_of(STRINGS, NUMBERS, st.booleans(), st.none(), st.sampled_from([b"a", (), {1}]))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS | st.just(1), inner),
    max_leaves=8,
)

COUNTS = st.integers(0, 3)
LIMITS = st.sampled_from([0, 1, 1.5, 15, 2**53, 2**64])
PATTERNS = st.sampled_from(["a", "^a$", "^[a-c]+$", "^[a-z][a-z0-9]*$", "^a|b$", r"^(a|\s)$"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
        "enum": st.lists(st.sampled_from(["a", "", 0, True, None, [], {}]), min_size=1),
        "const": st.sampled_from(["a", 1, True, None, []]),
        "not": st.just({"const": "a"}) | inner,
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "properties": st.dictionaries(st.sampled_from("ab"), inner),
        "patternProperties": st.dictionaries(st.just("^a"), inner),
        "additionalProperties": inner,
        "propertyNames": inner,
        "required": st.lists(st.sampled_from("ab"), unique=True),
        "items": inner,
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "uniqueItems": st.booleans(),
        "format": st.sampled_from(["uuid", "date-time", "email"]),
        "pattern": PATTERNS,
        "multipleOf": st.just(2),
        "title": st.just("a title"),
        "$ref": st.just("#/$defs/a"),
    }
    optional |= {f"{bound}{what}": COUNTS for bound in ("min", "max")
                 for what in ("Length", "Items", "Properties")}  # fmt: skip
    limits = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    optional |= dict.fromkeys(limits, LIMITS)
    names = st.lists(st.sampled_from(sorted(optional)), min_size=1, max_size=4, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({n: optional[n] for n in chosen}))


SCHEMAS = st.recursive(st.booleans() | st.just({"type": "string"}), keywords, max_leaves=6)


def is_valid(schema: dict[str, Any], value: Any) -> bool:
    try:
        return bool(build_validator(schema).is_valid(value))
    except (ValueError, UnicodeEncodeError):  # the value is not JSON
        return False


@given(SCHEMAS.filter(lambda schema: isinstance(schema, dict)), VALUES)
def test_it_accepts_no_invalid_value(schema: dict[str, Any], value: Any) -> None:
    """A validator accepts whatever the quick check accepts, for any schema and any value."""
    schema = {**schema, "$defs": {"a": {"type": ["string", "array"]}}}
    if accepts(schema, value):
        assert is_valid(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "pattern": "^[a-z]+$"}, "a\n"),
        ({"type": "string", "pattern": "^(a+)+$"}, "a"),
        ({"type": "string"}, "\ud800"),
        ({"type": "integer"}, True),
        ({"enum": [1]}, True),
        ({"type": "integer", "maximum": 2**53}, 2**53 + 1),
        ({"type": "number"}, float("nan")),
        ({"type": "object"}, {1: 2}),
        ({"type": "object"}, {"a": {"\ud800": 1}}),
        ({"type": "array"}, (1, 2)),
        ({"anyOf": [{"items": {"type": "string"}}, {"type": "array"}]}, [{1, 2}]),
        ({"properties": {"a": False}, "additionalProperties": True}, {"a": 1}),
        ({"additionalProperties": False, "patternProperties": {"^a": {}}}, {"b": 1}),
        ({"unknown": 1}, 1),
        ({"x-unknown": 1, "type": "string"}, 1),
        ({"x-max-bytes": 3}, "éé"),
        ({"$ref": "#/components/schemas/a"}, 1),
    ],
)
def test_it_refuses_what_it_is_not_sure_of(schema: dict[str, Any], value: Any) -> None:
    """Invalid values, those that JSON does not have, and unknown keywords are not accepted."""
    assert not accepts(schema, value)


@pytest.mark.parametrize("name", Catalog().formats())
def test_it_accepts_the_examples(name: str) -> None:
    """The quick check suffices for valid events of the examples, so a validator is rarely needed.

    Exceptions are leap days and numbers such as 15.0.
    """
    catalog = Catalog()
    validator = EventValidator(catalog.spec(name))
    checked = accepted = 0
    for key in catalog.folders.mapping_files():
        mapping = catalog.mapping(key)
        for example in catalog.examples(key) if name in key else ():
            side = example.left if name == mapping.left else example.right
            for event in side or ():
                if not validator.violations(event):
                    value = event[validator.discriminator] if validator.discriminator else ""
                    checked += 1
                    accepted += accepts(validator.prefilter_schemas[value].schema, event)
    assert checked >= accepted > 0.8 * checked


def test_a_validator_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first events, and at the first refused one, a prefilter is compiled."""
    monkeypatch.delitem(sys.modules, "jsonschema_rs", raising=False)
    compiled: list[object] = []
    prefilters = Prefilters({"": PrefilterSchema({"type": "string"}, calls_python=False)})
    prefilters.on_compiled = compiled.append
    accepts_event = prefilters[""]
    for _ in range(schemas.QUICK_CHECKS):
        assert accepts_event("a")
    assert compiled == []
    assert accepts_event("a") and not accepts_event(1)
    assert compiled == [prefilters[""]]


SCRIPT = """
import sys
from translator import Translator, TranslationError
from translator.catalog.discovery import Folders
folders = Folders(cache_dir=sys.argv[1])
outcomes = []
for number in range(30):
    translator = Translator("interaction", "aisquare", catalog=folders)
    event = {"action": "view", "items": [{"id": "ai_note:15", "kind": "ai_note"}]}
    if number % 3 == int(sys.argv[2]):
        event["items"][0]["quantity"] = "many"
    try:
        outcomes.append(str(translator.translate(event)))
    except TranslationError as error:
        outcomes.append(str(error))
print("jsonschema_rs" in sys.modules, outcomes)
"""


@pytest.mark.parametrize("first", range(3))
def test_outcomes_do_not_depend_on_who_validates(first: int, tmp_path: Path) -> None:
    """Events are translated or refused alike, whether the quick check or a validator decides."""

    def outcomes() -> str:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "plans"), str(first)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert outcomes() == outcomes()


def test_a_translator_compiles_its_prefilter_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of events soon uses a compiled prefilter, which is called directly."""
    translator = Translator("cobi", "interaction")
    namespace = translator._program.run.__globals__
    with pytest.raises(TranslationError):
        translator.translate({"schema": "x"})
    assert type(namespace["VALID"]).__name__ == "builtin_function_or_method"
