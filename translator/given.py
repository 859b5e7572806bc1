"""What a caller gives a translation: params, opt-ins and crosswalks, checked against its mappings.

A param has to be one that every place it fills allows; a name has to be known on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator import numbers, times
from translator.arguments import argument, names_of, unknown
from translator.code import constant_name
from translator.crosswalk import Crosswalk, crosswalk
from translator.errors import TranslationError
from translator.inverse import Directed
from translator.nodes import Iso8601, Param
from translator.paths import Path
from translator.selectors import Step
from translator.shapes import Object, Scalar, Shape, Union, shape_at
from translator.validation import schema_judge
from translator.variants import Options

Rows = Iterable[Mapping[str, str]] | Crosswalk
"""A crosswalk: rows with an id for each format, or a `Crosswalk`."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, as the emitter asks for it, and the constants that its code refers to."""

    options: Options
    constants: Mapping[str, object]


def given(
    steps: Sequence[Step],
    params: Mapping[str, Any],
    crosswalks: Mapping[str, Rows],
    allow: Iterable[str] | None,
    *,
    validate: bool = True,
) -> Given:
    """What a caller gives the translation along `steps`. Raises `TranslationError`."""
    ends = (steps[0].directed.source, steps[-1].directed.target)
    constants: dict[str, object] = {"PARAMS": {}}
    names = _params(steps, params, ends, constants)
    allowed = _opt_ins(steps, allow, ends)
    tables = _crosswalks(steps, crosswalks, ends, constants)
    return Given(Options(names, tables, allowed, validate), constants)


def _params(
    steps: Sequence[Step],
    params: Mapping[str, Any],
    ends: tuple[str, str],
    constants: dict[str, object],
) -> dict[str, str]:
    known: dict[str, Param] = {}
    for step in steps:
        for param in step.directed.mapping.params:
            known.setdefault(param.name, param)
    for name in params:
        argument("a param's name", name, str)
        if name not in known:
            raise unknown("param", name, known, *ends)
    names: dict[str, str] = {}
    for name, value in params.items():
        if value is not None:
            constants[constant_name("PARAM", name)] = _checked(steps, name, value, constants)
            names[name] = name
    return names


def _checked(steps: Sequence[Step], name: str, value: Any, constants: dict[str, object]) -> Any:
    """A param's value, once it is one that every place it fills allows."""
    for step in steps:
        hop = step.directed
        for param in hop.mapping.params:
            fills = param.fills
            if param.name == name and fills is not None and param.to_left == hop.to_left:
                value = _fitting(name, value, step.target, fills, hop)
        for rule in hop.mapping.all_fields():
            codec = rule.codec
            if isinstance(codec, Iso8601) and codec.zone == name:
                constants[constant_name("ZONE", name)] = _zone(name, value)
            for index, param_name in getattr(codec, "params", ()):
                if param_name == name and hop.to_left:
                    value = _fitting(name, value, step.target, rule.left[index], hop)
    if not isinstance(value, str | int | float | bool):
        raise TranslationError("invalid-param", "$", f"the param {name!r} is a single value")
    return value


def _fitting(name: str, value: Any, target: Object | Union, path: Path, hop: Directed) -> Any:
    variants = target.variants.values() if isinstance(target, Union) else (target,)
    shapes = [found for one in variants if (found := shape_at(one, path)) is not None]
    shape: Shape | None = shapes[0] if shapes else None
    if not isinstance(shape, Scalar):
        return value
    if isinstance(value, str) and "string" not in shape.types:
        try:
            value = numbers.text_to_number(value)
        except ValueError as error:
            raise TranslationError("invalid-param", "$", f"param {name!r}: {error}") from None
    schema = dict(shape.schema)
    timed = any(
        isinstance(source.codec, Iso8601)
        for case in hop.cases
        for move in case.moves
        if move.targets == (path,)
        for source in move.sources
    )
    if timed and "format" not in schema:
        schema["format"] = "date-time"
    if shape.format == "date-time" or timed:
        schema["type"] = "string"
    try:
        problem = schema_judge(schema)(value)
    except (ValueError, UnicodeEncodeError) as error:
        problem = str(error)
    if problem is not None:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {problem}")
    return value


def _zone(name: str, value: Any) -> object:
    try:
        return times.zone(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {error}") from None


def _opt_ins(
    steps: Sequence[Step], allow: Iterable[str] | None, ends: tuple[str, str]
) -> frozenset[str]:
    names = names_of(allow)
    known = {name for step in steps for name in step.directed.mapping.opt_ins}
    for name in sorted(names):
        if name not in known:
            raise unknown("opt-in", name, known, *ends)
    return frozenset(names)


def _crosswalks(
    steps: Sequence[Step],
    crosswalks: Mapping[str, Rows],
    ends: tuple[str, str],
    constants: dict[str, object],
) -> tuple[str, ...]:
    known = {name for step in steps for name in step.directed.mapping.crosswalks}
    for name, rows in crosswalks.items():
        if name not in known:
            raise unknown("crosswalk", name, known, *ends)
        argument("a crosswalk", rows, Crosswalk, Iterable)
        constants[constant_name("CROSSWALK", name)] = crosswalk(rows).between(name, *ends)
    return tuple(sorted(crosswalks))
