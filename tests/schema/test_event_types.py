"""The module `events`: TypedDicts of formats, and typed functions."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, ClassVar, Literal, NotRequired, get_type_hints

import pytest

import translator
from translator.schema.event_types import events_source
from translator.schema.spec import Spec


def spec(name: str, event: dict[str, Any]) -> Spec:
    schemas = {"Event": event}
    document = {"x-event": "#/components/schemas/Event", "components": {"schemas": schemas}}
    return Spec(name, document, f"{name}.json")


def events_of(*specs: Spec, imported: tuple[Spec, ...] = ()) -> ModuleType:
    """The module for specs, executed."""
    module = ModuleType("events_under_test")
    sys.modules[module.__name__] = module
    exec(compile(events_source(specs, imported), "events.py", "exec"), module.__dict__)
    return module


class Annotations:
    """Schemas of a field, and what its annotation is."""

    CASES: ClassVar[list[tuple[Any, Any]]] = [
        ({"type": "string"}, str),
        ({"type": "integer"}, int),
        ({"type": ["integer", "number"]}, float),
        ({"type": ["string", "null"]}, str | None),
        ({"type": "null"}, type(None)),
        ({"enum": ["a", 1, True]}, Literal["a", 1, True]),
        ({"enum": ["a", None]}, Literal["a"] | None),
        ({"enum": [1.5, 2.5]}, float),
        ({"const": "a"}, Literal["a"]),
        ({}, Any),
        ({"type": "array"}, list[Any]),
        ({"type": "array", "items": {"type": "boolean"}}, list[bool]),
        ({"type": "object"}, dict[str, Any]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, dict[str, str]),
        ({"type": ["string", "array"], "items": {"type": "integer"}}, str | list[int]),
    ]


@pytest.mark.parametrize(("schema", "annotation"), Annotations.CASES, ids=repr)
def test_annotations(schema: dict[str, Any], annotation: Any) -> None:
    """The annotation of a field is the widest of its schema that type checkers know."""
    event = {"type": "object", "required": ["a"], "properties": {"a": schema, "b": schema}}
    hints = get_type_hints(events_of(spec("acme", event)).AcmeEvent, include_extras=True)
    assert hints == {"a": annotation, "b": NotRequired[annotation]}


def test_names_that_are_no_identifiers() -> None:
    """Fields with any name are fields of a TypedDict, and formats with any name have types."""
    properties = {name: {"type": "string"} for name in ("user-id", "class", "__x", "list", "")}
    module = events_of(spec("2-acme", {"type": "object", "properties": properties}))
    assert get_type_hints(module.Format2AcmeEvent).keys() == properties.keys()


def test_names_that_are_taken() -> None:
    """Types whose names would be the same have a number."""
    inner = {"type": "object", "properties": {"x": {"type": "string"}}}
    other = {"type": "object", "properties": {"y": {"type": "string"}}}
    event = {
        "type": "object",
        "properties": {"a": inner, "b": inner, "c": {"type": "object", "properties": {"a": other}}},
    }
    module = events_of(spec("acme", event), spec("Acme", event))
    hints = get_type_hints(module.AcmeEvent)
    assert hints["a"] is module.AcmeA
    assert hints["b"] is module.AcmeA
    assert get_type_hints(hints["c"])["a"] is module.AcmeA2
    assert module.Format == Literal["Acme", "acme"]


def test_what_is_written_has_a_type_of_its_own_where_it_differs() -> None:
    """`x-written` makes a second type; without a difference there is one."""
    at = {"type": ["integer", "string"], "x-written": {"type": "string"}}
    module = events_of(spec("acme", {"type": "object", "properties": {"at": at}}))
    assert get_type_hints(module.AcmeEvent) == {"at": str | int}
    assert get_type_hints(module.AcmeWrittenEvent) == {"at": str}
    module = events_of(spec("acme", {"type": "object", "properties": {"at": {"type": "string"}}}))
    assert not hasattr(module, "AcmeWrittenEvent")


def test_functions_are_those_of_the_package() -> None:
    """The typed functions are the package's own, so typing costs nothing."""
    module = events_of(spec("acme", {"type": "object", "properties": {"a": {"type": "string"}}}))
    for name in ("translate", "translate_all", "translate_as", "Translator"):
        assert getattr(module, name) is getattr(translator, name)


def test_shipped_formats_are_imported() -> None:
    """The module of a caller's formats has the types of the shipped ones too."""
    goshops = translator.Catalog().spec("goshops")
    own = spec("acme", {"type": "object", "properties": {"a": {"type": "string"}}})
    module = events_of(own, imported=(goshops,))
    assert module.Format == Literal["acme", "goshops"]
    assert module.GoshopsEvent.__module__ == "translator.generated.events"
