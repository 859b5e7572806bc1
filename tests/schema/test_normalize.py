"""Normalizing a schema keeps the set of valid values."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from translator.schema.normalize import normalize

VALUES: list[Any] = [None, True, False, 0, 1, 2, -3, 1.5, 1.0, "", "a", "ab", "b", [], [1], ["a"]]
VALUES += [["a", "a"], [1, "a", None], {}, {"a": 1}, {"a": "a"}, {"b": None}, {"a": 1, "b": "ab"}]
VALUES += [{"a": {"a": 1}}, {"c": []}, [{}], [[1]]]

NAMED: dict[str, Any] = {
    "N": {"type": "string", "enum": ["a", "ab"]},
    "M": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
}

TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


def schema(random: Random, depth: int) -> Any:
    """Draw a schema of a few keywords."""
    if random.random() < 0.1 or depth == 0:
        return random.choice([True, False, {}, {"type": random.choice(TYPES)}])
    keywords = random.choices(sorted(DRAWN), k=random.randint(1, 3))
    return {keyword: DRAWN[keyword](random, depth - 1) for keyword in keywords}


def several(random: Random, depth: int) -> list[Any]:
    return [schema(random, depth) for _ in range(random.randint(1, 3))]


def by_name(random: Random, depth: int) -> dict[str, Any]:
    return {name: schema(random, depth) for name in random.sample("abc", random.randint(0, 2))}


def number(random: Random, depth: int) -> int | float:
    return random.choice([-3, 0, 0.5, 1, 1.0, 2])


def size(random: Random, depth: int) -> int:
    return random.randint(0, 2)


def names(random: Random, depth: int) -> list[str]:
    return random.sample("abc", random.randint(0, 2))


DRAWN: dict[str, Any] = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), several),
    **dict.fromkeys(("not", "if", "then", "else", "items", "contains", "propertyNames"), schema),
    **dict.fromkeys(("properties", "dependentSchemas", "patternProperties"), by_name),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties"), size),
    **dict.fromkeys(("maxProperties", "minContains", "maxContains"), size),
    "additionalProperties": schema,
    "type": lambda random, depth: random.sample(TYPES, random.randint(1, 3)),
    "enum": lambda random, depth: random.sample(VALUES, random.randint(1, 4)),
    "const": lambda random, depth: random.choice(VALUES),
    "required": names,
    "dependentRequired": lambda random, depth: {"a": names(random, depth)},
    "uniqueItems": lambda random, depth: random.choice([True, False]),
    "pattern": lambda random, depth: random.choice(["a", "^b"]),
    "multipleOf": lambda random, depth: random.choice([1, 2, 0.5]),
    "$ref": lambda random, depth: f"#/components/{random.choice(sorted(NAMED))}",
    "title": lambda random, depth: "a title",
}


@pytest.mark.parametrize("seed", range(20))
def test_the_same_values_are_valid(seed: int) -> None:
    """A schema and its normalized form accept the same values."""
    random = Random(seed)
    document = {"components": NAMED}
    for _ in range(100):
        drawn = schema(random, 3)
        before = jsonschema_rs.Draft202012Validator({"allOf": [drawn], **document})
        targets, normalized = normalize(document, drawn)
        after = jsonschema_rs.Draft202012Validator({"allOf": [normalized]})
        for value in VALUES:
            assert before.is_valid(value) == after.is_valid(value), json.dumps([drawn, normalized])
        assert targets == {"targets": []}
