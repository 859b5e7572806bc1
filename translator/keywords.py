"""The words of JSON Schema 2020-12 as OpenAPI 3.1 has them: keywords, dialects, types, formats."""

from __future__ import annotations

from collections.abc import Callable

KEYWORDS = frozenset((
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema",
    "$vocabulary", "additionalProperties", "allOf", "anyOf", "const", "contains",
    "contentEncoding", "contentMediaType", "contentSchema", "default", "dependentRequired",
    "dependentSchemas", "deprecated", "description", "discriminator", "else", "enum",
    "example", "examples", "exclusiveMaximum", "exclusiveMinimum", "externalDocs", "format",
    "if", "items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum",
    "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not",
    "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "propertyNames",
    "readOnly", "required", "then", "title", "type", "unevaluatedItems",
    "unevaluatedProperties", "uniqueItems", "writeOnly", "xml",
))  # fmt: skip
"""The keywords of JSON Schema 2020-12 and those that OpenAPI 3.1 adds."""

DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://spec.openapis.org/oas/3.1/dialect/base",
)
"""What `$schema` may name: JSON Schema 2020-12, and what OpenAPI 3.1 makes of it."""

TYPES = frozenset(["array", "boolean", "integer", "null", "number", "object", "string"])
"""The types that `type` may name."""

FORMATS = frozenset((
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4",
    "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time",
    "uri", "uri-reference", "uri-template", "uuid",
))  # fmt: skip
"""The formats of JSON Schema 2020-12: the ones that a validator checks."""


def has_type(value: object, type_name: str) -> bool:
    """Whether a value of JSON is of the type `kind`, one of `TYPES`."""
    match type_name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            is_integral = isinstance(value, int) or (
                isinstance(value, float) and value.is_integer()
            )
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and (is_integral or type_name == "number")
        case "string":
            return isinstance(value, str)
    return isinstance(value, list if type_name == "array" else dict)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_string_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_type(value: object) -> bool:
    return _is_string(value) or _is_string_list(value)


VALUE_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "$ref": (_is_string, "a string"),
    "enum": (_is_list, "a list"),
    "examples": (_is_list, "a list"),
    "exclusiveMaximum": (_is_number, "a number"),
    "exclusiveMinimum": (_is_number, "a number"),
    "format": (_is_string, "a string"),
    "maxLength": (_is_number, "a number"),
    "maxProperties": (_is_number, "a number"),
    "maximum": (_is_number, "a number"),
    "minLength": (_is_number, "a number"),
    "minProperties": (_is_number, "a number"),
    "minimum": (_is_number, "a number"),
    "pattern": (_is_string, "a string"),
    "required": (_is_string_list, "a list of names"),
    "type": (_is_type, "the name of a type, or a list of such names"),
    "x-violations": (lambda value: isinstance(value, dict), "an object of texts"),
}
"""What the keywords hold that shapes and validators are made from."""
