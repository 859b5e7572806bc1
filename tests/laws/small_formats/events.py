"""Draw events from the spec of a small format: typical ones, and ones at the edges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from tests.laws.small_formats.judge import as_written, fits
from tests.laws.small_formats.kinds import COMPONENTS, Json, Schema

STRINGS = (
    "", "x", "xy", "red", "green", "blue", "abcd", "abcde", "12", "15", "-3", "0.5", "007", "1e3",
    "é", "日本語", "𝄞", "a b", "a:b", "red:15", "red:", ":", "x:12", "1:2:3", "Ab", "a\n", "\0",
    " ",
    "2024-05-01T12:00:00Z", "2024-05-01t12:00:00.250z", "2024-05-01T12:00:00-03:00",
    "2016-12-31T23:59:60Z", "20240501T1200-03", "2024-05-01T12:00", "2024-05-01", "2024-02-30",
    "b81d6a90-7e1f-4d52-8f0b-6a9d3c2e1f45",
    "a@b.co", "10.0.0.1", "9" * 30, "1718035200",
    "2024-05-01T12:00:00.5Z", "2024-02-30T12:00:00Z", "null", "true",
)  # fmt: skip
NUMBERS = (
    0, 1, 2, 3, 5, 10, 15, 100, -1, -5, 15.0, 1.0, 0.0, -0.0, 1.5, 0.5, -0.5, 0.25, 99.5, 0.1,
    1718035200, 1718035200.0, 1718035200250, 1718035200.5, 253402300800, -62135596801,
    2**31, 2**53, 2**53 + 1, 2**64, 10**30, -(10**30), 10**400, 1e21, 5e-324,
    1.7976931348623157e308,
)  # fmt: skip
KEYS = ("x", "y", "xy", "k", "a", "b", "é", "", "a.b", "X", "long_key", "red", "12", "__class__")


_DOMAINS: dict[str, list[Json]] = {
    "date-time": ["2024-05-01T12:00:00Z", "2024-05-01t12:00:00.250z", "2024-05-01T12:00:00-03:00"],
    "epoch-seconds": ["2024-05-01T12:00:00Z", 1718035200, 0],
    "epoch-milliseconds": ["2024-05-01T12:00:00.250Z", 1718035200250, 0],
    "iso-8601": ["2024-05-01T12:00:00Z", "20240501T1200-03", "2024-05-01T12:00"],
    "numeric-string": ["15", "0.5", "-3", 15, 1.5],
    "linear": [1, 0.5, 0, 5],
}
"""Values that codecs convert, by the name of the codec."""


def pool_of(*parts: Json) -> list[Json]:
    """Collect the values at the edges of schemas and the literals of mappings."""
    text = json.dumps(parts)
    domains = [values for codec, values in _DOMAINS.items() if f'"{codec}"' in text]
    pool: list[Json] = [value for values in domains for value in values for _ in range(2)]
    for part in parts:
        for keyword, value in _keywords(part):
            match keyword, value:
                case "enum", list():
                    pool += [*value, *map(_twin, value)]
                case (("minLength" | "maxLength"), int()):
                    pool += [("abcdefgh" * 8)[:size] for size in (value - 1, value, value + 1)]
                case (("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum"), _):
                    if not isinstance(value, dict):
                        pool += [value - 1, value, value + 1]
                case "multipleOf", int() | float():
                    pool += [value * 2, value * 3 + 1]
                case "const", _:
                    pool += [value, _twin(value)]
                case _, str() | int() | float():
                    pool.append(value)
    return pool


@lru_cache(maxsize=1024)
def values_of(kind: str) -> tuple[Json, ...]:
    """Return the strings and numbers that are valid for a kind as it is written."""
    schema = as_written(json.loads(kind))
    return tuple(value for value in (*STRINGS, *NUMBERS) if fits(value, schema))


def _keywords(part: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(part, dict):
        for keyword, value in part.items():
            if keyword not in ("type", "format", "pattern", "$ref", "required"):
                yield keyword, value
                yield from _keywords(value)
    elif isinstance(part, list):
        for item in part:
            yield "", item
            yield from _keywords(item)


def _twin(value: Json) -> Json:
    """A value that Python takes for equal, if there is one."""
    match value:
        case bool():
            return int(value)
        case 0 | 1:
            return bool(value)
        case int() if abs(value) < 2**53:
            return float(value)
        case float() if value.is_integer():
            return int(value)
    return value


class Drawer:
    """Draws events of one spec."""

    def __init__(self, document: Json, random: Random, pool: list[Json]) -> None:
        self._schemas = document["components"]["schemas"]
        self._event = {"$ref": document["x-event"]}
        self._random = random
        self._pool = pool or [None]
        self._from_pool = 15

    def event(self) -> Json:
        """Draw an event, which usually is valid."""
        self._from_pool = self._random.choice((5, 15, 70))
        return self._draw(self._event, 0)

    def variant(self, event: Json) -> Json:
        """Copy an event, with one of its fields from another one."""
        other = self.event()
        if not isinstance(event, dict) or not isinstance(other, dict):
            return other
        names = list({**event, **other})
        if not names:
            return other
        name = self._random.choice(names)
        copied = {key: value for key, value in event.items() if key != name}
        return {**copied, name: other[name]} if name in other else copied

    def _chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent

    def _any(self, depth: int) -> Json:
        random = self._random
        match random.randrange(12 if depth < 4 else 9):
            case 0 | 1 | 2:
                return random.choice(STRINGS)
            case 3 | 4:
                return random.choice(NUMBERS)
            case 5:
                return random.choice((True, False))
            case 6:
                return None
            case 7 | 8:
                return random.choice(self._pool)
            case 9 | 10:
                return [self._any(depth + 1) for _ in range(random.randrange(3))]
        return {random.choice(KEYS): self._any(depth + 1) for _ in range(random.randrange(3))}

    def _field(self, schema: Schema, depth: int) -> Json:
        """Draw a value of a field; most are valid."""
        careless = self._chance(3)
        # What a container holds is drawn until it fits, so that drawing it again seldom helps.
        is_container = isinstance(schema, dict) and bool(_NESTED & schema.keys())
        for _ in range(2 if is_container else 11):
            value = self._draw(schema, depth)
            if careless or self._fits(value, schema):
                return value
        return self._draw(schema, depth)

    def _fits(self, value: Json, schema: Schema) -> bool:
        text = json.dumps(schema)
        known = all(name in COMPONENTS for name in self._schemas if f"schemas/{name}" in text)
        return not known or fits(value, schema)

    def _draw(self, schema: Schema, depth: int) -> Json:
        random = self._random
        if not isinstance(schema, dict):
            return self._any(depth)
        schema = self._flatten(schema)
        if "const" in schema and not self._chance(4):
            return _twin(schema["const"]) if self._chance(10) else schema["const"]
        if schema.get("enum") and not self._chance(4):
            value = random.choice(schema["enum"])
            return _twin(value) if self._chance(10) else value
        if depth and not _NESTED & schema.keys() and self._chance(self._from_pool):
            return random.choice(self._pool)
        types = schema.get("type") or _implied_type(schema)
        kind = types if isinstance(types, str) else random.choice(types)
        match kind:
            case "object" if depth < 8:
                return self._object(schema, depth)
            case "array" if depth < 8:
                return self._array(schema, depth)
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return self._number(schema, kind)
            case "boolean":
                return random.choice((True, False))
            case "null":
                return None
        return self._any(depth)

    def _flatten(self, schema: Schema) -> Schema:
        """Merge a schema with its references and with one of its alternatives, roughly."""
        merged = {
            key: value
            for key, value in schema.items()
            if key not in ("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else")
        }
        inner: list[Schema] = list(schema.get("allOf", ()))
        if "$ref" in schema:
            inner.append(self._schemas[schema["$ref"].rpartition("/")[2]])
        inner += [
            self._random.choice(schema[keyword])
            for keyword in ("anyOf", "oneOf")
            if schema.get(keyword)
        ]
        if "if" in schema:
            inner.append(schema.get(self._random.choice(("then", "else")), {}))
        for part in inner:
            if isinstance(part, dict):
                part = self._flatten(part)
                properties = {**part.get("properties", {}), **merged.get("properties", {})}
                required = [*part.get("required", ()), *merged.get("required", ())]
                merged = {**part, **merged, "required": required}
                if properties:
                    merged["properties"] = properties
        return merged

    def _string(self, schema: Schema) -> str:
        random = self._random
        lengths = [schema[key] for key in ("minLength", "maxLength") if key in schema]
        if lengths and self._chance(50):
            return ("abcdéf𝄞h" * 9)[: random.choice(lengths) + random.choice((0, 0, 0, 1, -1))]
        if schema.get("format") == "date-time" and self._chance(70):
            return random.choice([text for text in STRINGS if text[10:11] in ("T", "t")])
        return random.choice(STRINGS)

    def _number(self, schema: Schema, kind: str) -> float:
        random = self._random
        bounds = [
            schema[key]
            for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
            if key in schema
        ]
        value = random.choice(NUMBERS)
        if bounds and self._chance(50):
            value = random.choice(bounds) + random.choice((0, 0, 1, -1, 0.5))
        if "multipleOf" in schema and self._chance(50):
            value = schema["multipleOf"] * random.choice((0, 1, 2, 3))
        if kind == "integer" and self._chance(80) and value == value // 1:
            value = int(value)
        return value

    def _array(self, schema: Schema, depth: int) -> list[Json]:
        random = self._random
        prefix, items = schema.get("prefixItems", []), schema.get("items", True)
        sizes = [0, 1, 1, 2, 2, 3, len(prefix), schema.get("minItems", 1)]
        size = random.choice([*sizes, schema["maxItems"]] if "maxItems" in schema else sizes)
        values = [
            self._field(prefix[index] if index < len(prefix) else items, depth + 1)
            for index in range(size)
        ]
        if "contains" in schema and self._chance(60):
            values.append(self._draw(schema["contains"], depth + 1))
        if values and self._chance(10):
            values.append(values[0])
        return values

    def _object(self, schema: Schema, depth: int) -> dict[str, Json]:
        random = self._random
        required = schema.get("required", ())
        optional = random.choice((0, 50, 70, 90, 100))
        value: dict[str, Json] = {}
        for name, field in schema.get("properties", {}).items():
            if field is not False and (name in required or self._chance(optional)):
                value[name] = self._field(field, depth + 1)
            elif self._chance(2):
                value[name] = self._any(depth + 1)
        if value and self._chance(2):
            del value[random.choice(list(value))]
        additional = schema.get("additionalProperties", True)
        patterns = list(schema.get("patternProperties", {}).values())
        is_map = isinstance(additional, dict) or patterns or "properties" not in schema
        if (is_map and self._chance(85)) or self._chance(15):
            for _ in range(random.randrange(1, 3)):
                inner = random.choice(patterns) if patterns else additional
                if inner is not False:
                    value.setdefault(random.choice(KEYS), self._field(inner, depth + 1))
        return value


_NESTED = frozenset(("properties", "items", "additionalProperties"))


def _implied_type(schema: Schema) -> str:
    for kind, keywords in _IMPLIED.items():
        if any(keyword in schema for keyword in keywords):
            return kind
    return "anything"


_IMPLIED = {
    "object": ("properties", "additionalProperties", "patternProperties", "propertyNames"),
    "array": ("items", "prefixItems", "contains", "uniqueItems", "minItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf"),
}
