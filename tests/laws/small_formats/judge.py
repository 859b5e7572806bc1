"""Which events of a small format are valid, decided by jsonschema.

`x-written` is merged here anew, from its description in docs/specs.md.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any

import jsonschema

from tests.laws.small_formats.kinds import COMPONENTS, Json, Schema
from tests.tools.independent_validator import format_checker as shared_formats

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.-]+@{_LABEL}(\.{_LABEL})+")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)

_formats = jsonschema.FormatChecker(formats=())
_formats.checkers = dict(shared_formats.checkers)
_formats.checks("email")(lambda value: not isinstance(value, str) or bool(_EMAIL.fullmatch(value)))
_formats.checks("ipv4")(lambda value: not isinstance(value, str) or bool(_IPV4.fullmatch(value)))


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_in_range(value: Json, bits: int) -> bool:
    return not _is_number(value) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


_formats.checks("int32")(lambda value: _is_in_range(value, 32))
_formats.checks("int64")(lambda value: _is_in_range(value, 64))


def _pattern(_: Any, pattern: str, value: Json, __: Schema) -> Any:
    """Check `pattern` as ECMA-262 reads it: `$` is the very end, not before a newline."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _multiple_of(_: Any, divisor: float, value: Json, __: Schema) -> Any:
    """Check `multipleOf` exactly, where jsonschema overflows."""
    if _is_number(value) and Fraction(str(value)) % Fraction(str(divisor)):
        yield jsonschema.ValidationError(f"{value!r} is not a multiple of {divisor}")


_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple_of}
)


def as_written(schema: Schema) -> Schema:
    """Return a schema with every `x-written` in it merged."""
    if isinstance(schema, list):
        return [as_written(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: as_written(value) for key, value in schema.items() if key != "x-written"}
    override = schema.get("x-written") if isinstance(schema.get("x-written"), dict) else {}
    return _overridden(inner, override or {})


def _overridden(schema: Schema, override: Schema) -> Schema:
    merged = dict(schema)
    for keyword, value in override.items():
        if keyword == "required":
            merged["required"] = [*schema.get("required", ()), *value]
        elif keyword == "properties":
            properties = dict(schema.get("properties", {}))
            for name, inner in value.items():
                base = properties.get(name, {})
                if inner is False or base is False:
                    properties[name] = False
                else:
                    properties[name] = _overridden({} if base is True else base, inner)
            merged["properties"] = properties
        else:
            merged[keyword] = value
    return merged


class Judge:
    """Decides which events of a spec are valid; for output, with `x-written`."""

    def __init__(self, document: Json, *, for_output: bool = False) -> None:
        components = document["components"]
        schema = {"$ref": document["x-event"], "components": components}
        if for_output:
            schema["components"] = {"schemas": as_written(components["schemas"])}
        self._validator = _Validator(schema, format_checker=_formats)

    def is_valid(self, event: Json) -> bool:
        """Whether an event is valid."""
        return bool(self._validator.is_valid(event))

    def error(self, event: Json) -> jsonschema.ValidationError | None:
        """The error of an event that is invalid."""
        errors = self._validator.iter_errors(event)
        error: jsonschema.ValidationError | None = jsonschema.exceptions.best_match(errors)
        return error


@lru_cache(maxsize=4096)
def _kind_validator(schema: str) -> Any:
    whole = {"allOf": [json.loads(schema)], "components": {"schemas": COMPONENTS}}
    return _Validator(whole, format_checker=_formats)


def fits(value: Json, schema: Schema) -> bool:
    """Whether a value is valid for the schema of a field."""
    return bool(_kind_validator(json.dumps(schema)).is_valid(value))
