"""Draw events of the small specs in this folder, with strings that their mappings use."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from tests.language.formats import Json

SCHEMAS = "#/components/schemas/"
STRINGS = (
    "",
    "a",
    "b",
    "ab",
    "abc",
    "a:b",
    "x-",
    "-y",
    "--",
    "_",
    "a_1",
    "1",
    "01",
    "-2",
    "0.5",
    "1.50",
    "é",
    "a\n",
)
NUMBERS = (0, 1, -1, 2, 3, 5, 7, 1.0, 0.5, -0.25, 4.2, 15.0, 1000, 10**12, 10**20)
MOMENTS = ("1970-01-01T00:00:00Z", "2024-05-01T10:00:00+02:00", "1969-12-31T23:59:59.999Z")


def events(document: Json, words: tuple[str, ...]) -> st.SearchStrategy[Json]:
    """Draw events of a spec; the bounds in the spec are ignored, so some are invalid."""
    return _draw(document, document["components"]["schemas"]["Event"], words)


def words_of(mapping: str) -> tuple[str, ...]:
    """List the words in the YAML of a mapping, which include its values."""
    return tuple(sorted(set(re.findall(r"[\w-]+", mapping))))


def _draw(document: Json, schema: Any, words: tuple[str, ...]) -> st.SearchStrategy[Json]:
    if schema is True:
        return st.sampled_from([None, 1, "x", [1, None], {"y": None}])
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return _draw(document, document["components"]["schemas"][name], words)
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return st.one_of([_draw(document, branch, words) for branch in schema[keyword]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    types = schema["type"]
    type_names = [types] if isinstance(types, str) else types
    return st.one_of([_draw_type(document, name, schema, words) for name in type_names])


def _draw_type(
    document: Json, type_name: str, schema: Json, words: tuple[str, ...]
) -> st.SearchStrategy[Json]:
    match type_name:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.sampled_from([number for number in NUMBERS if number == int(number)])
        case "number":
            return st.sampled_from(NUMBERS)
        case "string":
            if schema.get("format") == "date-time":
                return st.sampled_from(MOMENTS)
            if "pattern" in schema:
                return st.from_regex(schema["pattern"], fullmatch=True)
            return st.sampled_from(STRINGS) | st.sampled_from(words)
        case "array":
            return st.lists(_draw(document, schema["items"], words), max_size=3)
    fields = {
        name: _draw(document, field, words) for name, field in schema.get("properties", {}).items()
    }
    required = {name: fields[name] for name in schema.get("required", ())}
    optional = {name: field for name, field in fields.items() if name not in required}
    declared = st.fixed_dictionaries(required, optional=optional)
    additional = schema.get("additionalProperties", True)
    if additional is False:
        return declared
    undeclared = st.dictionaries(
        st.sampled_from(("a", "b", "A", "", "x-plain.colour", "x-plain.size")),
        _draw(document, additional, words),
        max_size=3,
    )
    return st.builds(lambda fields, others: {**others, **fields}, declared, undeclared)
