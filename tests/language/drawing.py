"""Events drawn from the small specs of this folder, with the texts that a mapping is about."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from tests.language.formats import Json

SCHEMAS = "#/components/schemas/"
TEXTS = (
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
    """Valid events of a spec, and some that are not: bounds are not kept."""
    return _drawn(document, document["components"]["schemas"]["Event"], words)


def words_of(mapping: str) -> tuple[str, ...]:
    """The words of a mapping's text, which its values and rows are among."""
    return tuple(sorted(set(re.findall(r"[\w-]+", mapping))))


def _drawn(document: Json, schema: Any, words: tuple[str, ...]) -> st.SearchStrategy[Json]:
    if schema is True:
        return st.sampled_from([None, 1, "x", [1, None], {"y": None}])
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return _drawn(document, document["components"]["schemas"][name], words)
    if "oneOf" in schema:
        return st.one_of([_drawn(document, one, words) for one in schema["oneOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    types = schema["type"]
    kinds = [types] if isinstance(types, str) else types
    return st.one_of([_of_kind(document, kind, schema, words) for kind in kinds])


def _of_kind(
    document: Json, kind: str, schema: Json, words: tuple[str, ...]
) -> st.SearchStrategy[Json]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.sampled_from([one for one in NUMBERS if one == int(one)])
        case "number":
            return st.sampled_from(NUMBERS)
        case "string":
            if schema.get("format") == "date-time":
                return st.sampled_from(MOMENTS)
            return st.sampled_from(TEXTS) | st.sampled_from(words)
        case "array":
            return st.lists(_drawn(document, schema["items"], words), max_size=3)
    members = {
        name: _drawn(document, one, words) for name, one in schema.get("properties", {}).items()
    }
    required = {name: members[name] for name in schema.get("required", ())}
    optional = {name: one for name, one in members.items() if name not in required}
    known = st.fixed_dictionaries(required, optional=optional)
    others = schema.get("additionalProperties", True)
    if others is False:
        return known
    free = st.dictionaries(
        st.sampled_from(("a", "b", "A", "", "x-plain.colour", "x-plain.size")),
        _drawn(document, others, words),
        max_size=3,
    )
    return st.builds(lambda one, other: {**other, **one}, known, free)
