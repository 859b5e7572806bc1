"""The words of JSON Schema 2020-12 as OpenAPI 3.1 has them: keywords, dialects, types, formats."""

from __future__ import annotations

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


def is_of(value: object, kind: str) -> bool:
    """Whether a value of JSON is of the type `kind`, one of `TYPES`."""
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and (whole or kind == "number")
        case "string":
            return isinstance(value, str)
    return isinstance(value, list if kind == "array" else dict)
