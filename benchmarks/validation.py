"""Validate events against the shipped specs with jsonschema-rs, formats included.

A union is validated by its discriminator, as the translator does it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs

from benchmarks.events import Event
from benchmarks.processes import ROOT

Validate = Callable[[Event], object]
"""A function that raises if an event is invalid."""

Function = Callable[[Event], Any]


def compile_validator(name: str) -> Validate:
    """Return a function that validates events of a shipped format."""
    document = json.loads((ROOT / "specs" / f"{name}.json").read_bytes())
    components = document["components"]

    def compile_schema(pointer: str) -> Validate:
        schema: dict[str, Any] = {"$ref": pointer, "components": components}
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate

    pointer = document["x-event"]
    discriminator = components["schemas"][pointer.rpartition("/")[2]].get("discriminator")
    if discriminator is None:
        return compile_schema(pointer)
    field = discriminator["propertyName"]
    validators = {
        value: compile_schema(pointer) for value, pointer in discriminator["mapping"].items()
    }

    def validate(event: Event) -> object:
        return validators[event[field]](event)

    return validate


def validated(source: Validate, translate: Function, target: Validate) -> Function:
    """Return a function that validates an event, translates it, and validates the result."""

    def run(event: Event) -> Any:
        source(event)
        output = translate(event)
        for translated in output if isinstance(output, list) else (output,):
            target(translated)
        return output

    return run
