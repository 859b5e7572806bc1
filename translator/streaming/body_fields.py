"""Check the fields that a request body has beside its events, such as the key of an account.

No message shows a value, because it may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from translator.errors import did_you_mean
from translator.schema.openapi import Envelope


def parse_body_fields(envelope: Envelope, strings: Mapping[str, str]) -> dict[str, Any]:
    """Turn strings into the values of body fields, in the order of the spec.

    A value is the string itself if the field takes it, and otherwise the JSON in it. Raises
    `ValueError` if a required field is missing, a field is unknown, or a value is invalid.
    """
    names = envelope.own_fields
    for name in strings:
        if name not in names:
            hint = did_you_mean(name, names) or f"known: {', '.join(names) or 'none'}"
            raise ValueError(f"a body has no field {name!r} to supply ({hint})")
    schema = envelope.schema or {}
    if missing := [name for name in schema.get("required", ()) if name in {*names} - {*strings}]:
        raise ValueError(f"a body needs {' and '.join(map(repr, missing))}")
    if envelope.schema is None:
        return {}
    properties, components = schema["properties"], schema["components"]
    values = {
        name: _parse(name, strings[name], properties.get(name, True), components)
        for name in names
        if name in strings
    }
    if keyword := _broken_keyword(schema, {**values, envelope.path[0]: []}):
        raise ValueError(f"the fields {', '.join(values)} together break {keyword!r} in the spec")
    return values


def _parse(name: str, string: str, schema: Any, components: Any) -> Any:
    if isinstance(schema, dict):
        schema = {**schema, "components": components}
    keyword = _broken_keyword(schema, string)
    if not keyword:
        return string
    try:
        value = msgspec.json.decode(string)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        problem = "the value is not JSON" if keyword == "type" else f"the value breaks {keyword!r}"
        raise ValueError(f"{name}: {problem}") from None
    json_keyword = _broken_keyword(schema, value)
    if json_keyword:
        keyword = json_keyword if keyword == "type" else keyword
        raise ValueError(f"{name}: the value breaks {keyword!r} in the spec")
    return value


def _broken_keyword(schema: Any, value: Any) -> str:
    """Return the keyword of a schema that a value breaks; empty if it is valid."""
    import jsonschema_rs

    from translator.validation.schemas import build_validator

    try:
        validator = build_validator(schema)
    except ValueError as error:
        raise ValueError(f"the schema of a body cannot be used: {error}") from None
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return str(error.kind.name)
    except ValueError:  # the value has a lone surrogate
        return "type"
    return ""
