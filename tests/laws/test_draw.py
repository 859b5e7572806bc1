"""What the other laws meet: the draw covers the specs, or their silence would mean nothing."""

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

from tests.tools.arguments import callers, translator
from tests.tools.judging import FORMATS, PAIRS, document, is_date_time
from tests.tools.situations import situations
from tests.tools.strategies import Json, events, nearly_events
from tests.tools.texts import HURTFUL
from translator import TranslationError
from translator.errors import ERROR_CODES

pytestmark = pytest.mark.laws

OF_CALLERS = frozenset(code for code in ERROR_CODES if code.startswith("unknown-"))
"""Refusals of what a caller asks for, before any event is seen."""

OF_SETTINGS = frozenset(("invalid-param", "invalid-crosswalk"))
"""Refusals that other tests see: of what is given, before there is an event."""


def drawn(strategy: Any, number: int) -> list[Any]:
    """So many draws, always the same: in eight runs, since those of one run are much alike."""
    return [value for start in range(8) for value in _run(strategy, -(-number // 8), start)]


def _run(strategy: Any, number: int, start: int) -> list[Any]:
    found: list[Any] = []

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def variants(name: str) -> tuple[Json, Json]:
    """A format's spec, and its discriminator; one that tells nothing apart where it has none."""
    spec = document(name)
    schema = spec["components"]["schemas"][spec["x-event"].rpartition("/")[2]]
    return spec, schema.get("discriminator", {"mapping": {"": spec["x-event"]}})


@cache
def all_events(name: str) -> dict[str, list[Json]]:
    """Events of each variant of a format; fewer where variants have one schema."""
    mapping = variants(name)[1]["mapping"]
    shared = Counter(mapping.values())
    return {
        value: drawn(events(name, value or None), max(1500 // len(mapping), 40 // shared[variant]))
        for value, variant in mapping.items()
    }


def facts(spec: Json, schema: Json, value: Json, path: str) -> Iterator[str]:
    """What can be seen at a value: enum values, members present and absent, kinds of values."""
    while "$ref" in schema:
        path = schema["$ref"].rpartition("/")[2]
        schema = spec["components"]["schemas"][path]
    if "enum" in schema:
        yield f"{path} = {value}"
    elif value is None:
        yield f"{path} is null"
    elif isinstance(value, str):
        yield f"{path} is {'text' if value else 'empty'}"
    elif isinstance(value, list):
        yield f"{path} has {min(len(value), 2)}"
        for element in value:
            if "items" in schema:
                yield from facts(spec, schema["items"], element, f"{path}[]")
    elif isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            if name in value:
                yield f"{path}.{name} present"
                yield from facts(spec, member, value[name], f"{path}.{name}")
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
    """The facts of a schema that have to be seen."""
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
                yield f"{path} is text"
                if not schema.get("minLength") and "format" not in schema:
                    yield f"{path} is empty"
            case "boolean":
                yield from (f"{path} is True", f"{path} is False")
            case "integer" | "number":
                yield from (f"{path} is int", f"{path} is float")
                yield from (f"{path} is huge",) if schema.get("maximum", math.inf) > 2**64 else ()
            case "array":
                yield from (f"{path} has 0", f"{path} has 1", f"{path} has 2")
                yield from wanted(spec, schema.get("items", {}), f"{path}[]", seen)
    for name, member in schema.get("properties", {}).items():
        yield f"{path}.{name} present"
        if name not in schema.get("required", ()):
            yield f"{path}.{name} absent"
        yield from wanted(spec, member, f"{path}.{name}", seen)
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
        "an offset that is not known": ".*-00:00",
        "nine digits of a second": r".*\.[0-9]{9}[^0-9]*.*",
        "more digits than nine": r".*\.[0-9]{10,}.*",
        "a lower-case t": ".*t.*",
        "a lower-case z": ".*z",
    }.items()
}
"""Date-times at the edges, each of which has to be drawn."""


@pytest.mark.parametrize("name", FORMATS)
def test_the_draw_covers_the_spec(name: str) -> None:
    """Each variant, enum value and optional member is drawn, present and absent, and each edge."""
    spec, told_by = variants(name)
    pointer = spec["x-event"]
    seen: set[str] = set()
    missing: list[str] = []
    for variant in dict.fromkeys(told_by["mapping"].values()):
        found: Counter[str] = Counter()
        for value, one in told_by["mapping"].items():
            for event in all_events(name)[value] if one == variant else ():
                found.update(facts(spec, {"$ref": variant}, event, ""))
        seen |= found.keys()
        own = variant.rpartition("/")[2]
        flat = [one for one in wanted(spec, {"$ref": variant}, "", set()) if one.startswith(own)]
        told = f"{own}.{told_by.get('propertyName')} = "
        missing += [one for one in flat if one not in found and not one.startswith(told)]
    missing += [one for one in wanted(spec, {"$ref": pointer}, "", set()) if one not in seen]
    assert not missing


def test_every_refusal_is_drawn() -> None:
    """Each code that an event can be refused with is seen, and so is success, for every pair."""
    seen: Counter[str] = Counter()
    for source, target in PAIRS:
        made = 0
        for caller, event in drawn(situations(source, target), 60):
            try:
                made += bool(translator(source, target, caller).translate_all(event))
            except TranslationError as error:
                seen[error.code] += 1
            seen[refused(translator(source, target, caller).translate, event)] += 1
        assert made >= 3, f"{source} to {target}"
    for source in FORMATS:
        target = next(other for one, other in PAIRS if one == source)
        for event in drawn(nearly_events(source), 20):
            try:
                translator(source, target, callers()[0]).translate_all(event)
            except TranslationError as error:
                seen[error.code] += 1
        strict = translator(source, target, callers()[0], strict=True)
        for event in drawn(events(source), 20):
            seen[refused(strict.translate_all, event)] += 1
    assert set(seen) - {""} == set(ERROR_CODES) - OF_CALLERS - OF_SETTINGS


def refused(translate: Callable[[Json], Any], event: Json) -> str:
    """The code with which an event is refused, or nothing."""
    try:
        translate(event)
    except TranslationError as error:
        return error.code
    return ""


def test_the_draw_hurts() -> None:
    """Every text made to hurt stands in some event, and so do times at the calendar's edges."""
    text: set[str] = set()
    for name in FORMATS:
        for event in chain.from_iterable(all_events(name).values()):
            text |= set(strings(event))
    assert set(HURTFUL.values()) <= text
    times = {one for one in text if is_date_time(one)}
    missing = [name for name, pattern in EDGES.items() if not any(map(pattern.fullmatch, times))]
    assert not missing


def strings(value: Json) -> Iterator[str]:
    """The texts in a value, names of members included."""
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
