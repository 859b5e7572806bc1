"""Validators over the shipped specs: each takes a format and gives a function that judges events.

Formats are checked as far as the tool checks them. A union is judged by its discriminator, as the
translator does: through all 26 branches of Miso's, jsonschema takes a millisecond.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

Judge = Callable[[dict[str, Any]], object]


def _schemas(name: str) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """The discriminator of a format's events, and the schema of each of its values."""
    document = json.loads((files("translator.specs") / f"{name}.json").read_bytes())
    components = {"components": document["components"]}
    pointer = document["x-event"]
    schema = document["components"]["schemas"][pointer.rpartition("/")[2]]
    if "discriminator" not in schema:
        return None, {"": {"$ref": pointer, **components}}
    told = schema["discriminator"]
    return told["propertyName"], {
        value: {"$ref": pointer, **components} for value, pointer in told["mapping"].items()
    }


def _by_discriminator(name: str, made: Callable[[dict[str, Any]], Judge]) -> Judge:
    member, schemas = _schemas(name)
    judges = {value: made(schema) for value, schema in schemas.items()}
    if member is None:
        return judges[""]

    def judge(event: dict[str, Any]) -> object:
        return judges[event[member]](event)

    return judge


def _jsonschema_rs(name: str) -> Judge:
    import jsonschema_rs

    def made(schema: dict[str, Any]) -> Judge:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate

    return _by_discriminator(name, made)


def _fastjsonschema(name: str) -> Judge:
    import fastjsonschema

    def made(schema: dict[str, Any]) -> Judge:
        judge: Judge = fastjsonschema.compile(schema)
        return judge

    return _by_discriminator(name, made)


def _jsonschema(name: str) -> Judge:
    import jsonschema

    def made(schema: dict[str, Any]) -> Judge:
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return jsonschema.Draft202012Validator(schema, format_checker=checker).validate

    return _by_discriminator(name, made)


JUDGES: dict[str, Callable[[str], Judge]] = {
    "jsonschema-rs": _jsonschema_rs,
    "fastjsonschema": _fastjsonschema,
    "jsonschema": _jsonschema,
}
