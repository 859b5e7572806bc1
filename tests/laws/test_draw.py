"""The drawn events cover the specs; otherwise the other laws would prove little."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.tools.arguments import NO_ARGUMENTS, callers, translator
from tests.tools.independent_validator import document, is_date_time
from tests.tools.shipped import FEW_PAIRS, FORMATS, RING, UNREACHABLE
from tests.tools.strategies import Json, events, nearly_events
from tests.tools.strings import HOSTILE
from tests.tools.translation_calls import translation_calls
from translator import TranslationError
from translator.errors import ERROR_CODES

pytestmark = [pytest.mark.laws, pytest.mark.nightly]

OF_CALLERS = frozenset(code for code in ERROR_CODES if code.startswith("unknown-"))
"""Errors about a caller's arguments, raised before any event."""

OF_SETTINGS = frozenset(("invalid-param", "invalid-crosswalk", "invalid-model"))
"""More errors about arguments; other tests cover them."""


def drawn(strategy: Any, count: int) -> list[Any]:
    """Reproducible draws: in eight runs, because the draws of one run are similar."""
    return [value for start in range(8) for value in _run(strategy, -(-count // 8), start)]


def _run(strategy: Any, count: int, start: int) -> list[Any]:
    values: list[Any] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


def variants(name: str) -> tuple[Json, Json]:
    """A format's spec and its discriminator, a dummy one if it has none."""
    spec = document(name)
    schema = spec["components"]["schemas"][spec["x-event"].rpartition("/")[2]]
    return spec, schema.get("discriminator", {"mapping": {"": spec["x-event"]}})


@cache
def all_events(name: str) -> dict[str, list[Json]]:
    """Events of each variant of a format; fewer of variants that share a schema."""
    discriminator = variants(name)[1]
    key, mapping = discriminator.get("propertyName"), discriminator["mapping"]
    shared = Counter(mapping.values())
    return {
        value: drawn(
            events(name, {(key,): value} if key else None),
            max(1500 // len(mapping), 40 // shared[variant]),
        )
        for value, variant in mapping.items()
    }


def facts(spec: Json, schema: Json, value: Json, path: str) -> Iterator[str]:
    """The properties of a value that tests cover: enum values, fields present and absent, types."""
    while "$ref" in schema:
        path = schema["$ref"].rpartition("/")[2]
        schema = spec["components"]["schemas"][path]
    if "enum" in schema:
        yield f"{path} = {value}"
    elif value is None:
        yield f"{path} is null"
    elif isinstance(value, str):
        yield f"{path} is {'a string' if value else 'empty'}"
    elif isinstance(value, list):
        yield f"{path} has {min(len(value), 2)}"
        for element in value:
            if "items" in schema:
                yield from facts(spec, schema["items"], element, f"{path}[]")
    elif isinstance(value, dict):
        for name, field in schema.get("properties", {}).items():
            if name in value:
                yield f"{path}.{name} present"
                yield from facts(spec, field, value[name], f"{path}.{name}")
            else:
                yield f"{path}.{name} absent"
        unknown = value.keys() - schema.get("properties", {}).keys()
        yield f"{path} has {'others' if unknown else 'no others'}"
        if isinstance(schema.get("additionalProperties"), dict):
            for name in sorted(unknown):
                yield from facts(spec, schema["additionalProperties"], value[name], f"{path}.*")
    elif isinstance(value, bool):
        yield f"{path} is {value}"
    else:
        yield f"{path} is {type(value).__name__}"
        if abs(value) >= 2**64:
            yield f"{path} is huge"


def wanted(spec: Json, schema: Json, path: str, seen: set[str]) -> Iterator[str]:
    """The facts of a schema that must be drawn."""
    while "$ref" in schema:
        path = schema["$ref"].rpartition("/")[2]
        if path in seen:
            return
        seen.add(path)
        schema = spec["components"]["schemas"][path]
    types = schema.get("type", ())
    types = (types,) if isinstance(types, str) else types
    if "enum" in schema:
        yield from (f"{path} = {value}" for value in schema["enum"])
        return
    if "const" in schema:
        return
    for kind in types:
        match kind:
            case "null":
                yield f"{path} is null"
            case "string":
                yield f"{path} is a string"
                if not schema.get("minLength") and schema.keys().isdisjoint(("format", "pattern")):
                    yield f"{path} is empty"
            case "boolean":
                yield from (f"{path} is True", f"{path} is False")
            case "integer" | "number":
                yield from (f"{path} is int", f"{path} is float")
                limits = (schema.get(key, math.inf) for key in ("maximum", "exclusiveMaximum"))
                yield from (f"{path} is huge",) if min(limits) > 2**64 else ()
            case "array":
                least = schema.get("minItems", 0)
                yield from (f"{path} has {size}" for size in range(least, 3))
                yield from wanted(spec, schema.get("items", {}), f"{path}[]", seen)
    for name, field in schema.get("properties", {}).items():
        if field is False:
            continue
        yield f"{path}.{name} present"
        if name not in schema.get("required", ()):
            yield f"{path}.{name} absent"
        yield from wanted(spec, field, f"{path}.{name}", seen)
    others = schema.get("additionalProperties", True)
    if "object" in types and others is not False:
        yield f"{path} has others"
        yield from wanted(spec, others if isinstance(others, dict) else {}, f"{path}.*", seen)


EDGES = {
    name: re.compile(pattern)
    for name, pattern in {
        "a leap second": ".*:60.*",
        "the first year": "0001-.*",
        "the last year": "9999-.*",
        "the year before the first": "0000-.*",
        "the last day of February": ".{4}-02-29.*",
        "the largest offset": r".*\+23:59",
        "the smallest offset": ".*-23:59",
        "an unknown offset": ".*-00:00",
        "nine digits of a second": r".*\.[0-9]{9}[^0-9]*.*",
        "more than nine digits": r".*\.[0-9]{10,}.*",
        "a lower-case t": ".*t.*",
        "a lower-case z": ".*z",
    }.items()
}
"""Edge cases of date-times, all of which must be drawn."""


@pytest.mark.parametrize("name", FORMATS)
def test_the_draw_covers_the_spec(name: str) -> None:
    """Each variant and enum value is drawn, and each optional field both present and absent.

    Of a large spec, one rare fact in a hundred may be missing.
    """
    spec, discriminator = variants(name)
    seen: set[str] = set()
    missing: list[str] = []
    all_wanted = 0
    for variant in dict.fromkeys(discriminator["mapping"].values()):
        drawn_facts = {
            fact
            for value, pointer in discriminator["mapping"].items()
            if pointer == variant
            for event in all_events(name)[value]
            for fact in facts(spec, {"$ref": variant}, event, "")
        }
        seen |= drawn_facts
        schema = variant.rpartition("/")[2]
        other_variants = f"{schema}.{discriminator.get('propertyName')} = "
        facts_of_variant = [
            fact
            for fact in wanted(spec, {"$ref": variant}, "", set())
            if fact.startswith(schema) and not fact.startswith(other_variants)
        ]
        all_wanted += len(facts_of_variant)
        missing += [fact for fact in facts_of_variant if fact not in drawn_facts]
    facts_of_spec = set(wanted(spec, {"$ref": spec["x-event"]}, "", set()))
    missing += facts_of_spec - seen
    assert len(missing) <= max(all_wanted, len(facts_of_spec)) / 100, missing


def test_every_refusal_is_drawn() -> None:
    """Each code of a refusal is drawn, and neighbouring pairs translate some events."""
    seen: set[str] = set()
    for source, target in sorted(FEW_PAIRS - UNREACHABLE):
        codes: list[str] = []
        for caller, event in drawn(translation_calls(source, target), 60):
            compiled = translator(source, target, caller)
            codes.append(code_of(compiled.translate_all, event))
            seen.add(code_of(compiled.translate, event))
        assert "" in codes, f"{source} to {target}"
        seen |= set(codes)
    for source, target in sorted(RING):
        lenient = translator(source, target, callers()[0]).translate_all
        strict = translator(source, target, callers()[0], strict=True).translate_all
        without_params = translator(source, target, NO_ARGUMENTS).translate_all
        seen |= {code_of(lenient, event) for event in drawn(nearly_events(source), 20)}
        for event in drawn(events(source), 20):
            seen |= {code_of(strict, event), code_of(without_params, event)}
    assert seen - {""} == set(ERROR_CODES) - OF_CALLERS - OF_SETTINGS


def code_of(translate: Callable[[Json], Any], event: Json) -> str:
    """The code with which an event is refused, or the empty string."""
    try:
        translate(event)
    except TranslationError as error:
        return error.code
    return ""


def test_the_draw_is_hostile() -> None:
    """Every hostile string and every edge case of date-times is in some event."""
    drawn_strings: set[str] = set()
    for name in FORMATS:
        for event in chain.from_iterable(all_events(name).values()):
            drawn_strings |= set(strings(event))
    assert set(HOSTILE.values()) <= drawn_strings
    times = {string for string in drawn_strings if is_date_time(string)}
    missing = [name for name, pattern in EDGES.items() if not any(map(pattern.fullmatch, times))]
    assert not missing


def strings(value: Json) -> Iterator[str]:
    """The strings in a value, including keys."""
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)
