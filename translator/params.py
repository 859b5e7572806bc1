"""Params: what a caller supplies because events do not say it, and what its values must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from translator import numbers, times
from translator.arguments import argument, unknown
from translator.code import constant_name
from translator.errors import TranslationError
from translator.inverse import Directed
from translator.nodes import Iso8601
from translator.paths import Path
from translator.selectors import Step
from translator.shapes import Object, Scalar, Union, shape_at
from translator.validation import schema_judge

Check = Callable[[Any], Any]
"""Gives the value as emitted code gets it; raises `TranslationError` (`invalid-param`)."""


class Params:
    """The params of a route, each with the checks of all places that it fills."""

    def __init__(self, steps: Sequence[Step], source: str, target: str) -> None:
        self._steps = steps
        self._ends = source, target
        self._known = {one.name for step in steps for one in step.directed.mapping.params}
        self._zones = {
            rule.codec.zone
            for step in steps
            for rule in step.directed.mapping.all_fields()
            if isinstance(rule.codec, Iso8601)
        }
        self._checks: dict[str, list[Check]] = {}

    def names(self, given: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params that are given, None being as good as nothing.

        Raises `TranslationError` (`unknown-param`, `invalid-param`).
        """
        for name in given:
            argument("a param's name", name, str)
            if name not in self._known:
                raise unknown("param", name, self._known, *self._ends)
        return frozenset(name for name, value in given.items() if value is not None)

    def constants(self, given: Mapping[str, Any]) -> dict[str, object]:
        """The constants of emitted code that hold these params. Raises `TranslationError`."""
        found: dict[str, object] = {}
        for name in given:
            value = given[name]
            if value is None:
                continue
            if name not in self._checks:
                self._checks[name] = list(self._checks_of(name))
            for check in self._checks[name]:
                value = check(value)
            if not isinstance(value, str | int | float | bool):
                raise TranslationError(
                    "invalid-param", "$", f"the param {name!r} is a single value"
                )
            found[constant_name("PARAM", name)] = value
            if name in self._zones:
                found[constant_name("ZONE", name)] = _zone(name, value)
        return found

    def _checks_of(self, name: str) -> Iterator[Check]:
        for step in self._steps:
            hop = step.directed
            for param in hop.mapping.params:
                fills = param.fills
                if param.name == name and fills is not None and param.to_left == hop.to_left:
                    yield from _fitting(name, step.target, fills, hop)
            for rule in hop.mapping.all_fields():
                for index, param_name in getattr(rule.codec, "params", ()):
                    if param_name == name and hop.to_left:
                        yield from _fitting(name, step.target, rule.left[index], hop)


def _fitting(name: str, target: Object | Union, path: Path, hop: Directed) -> Iterator[Check]:
    """The check that a value fits the place it fills; none where that is no scalar."""
    variants = target.variants.values() if isinstance(target, Union) else (target,)
    shape = next((found for one in variants if (found := shape_at(one, path)) is not None), None)
    if not isinstance(shape, Scalar):
        return
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
    judge = schema_judge(schema)
    textual = "string" in shape.types

    def check(value: Any) -> Any:
        try:
            if isinstance(value, str) and not textual:
                value = numbers.text_to_number(value)
        except ValueError as error:
            raise TranslationError("invalid-param", "$", f"param {name!r}: {error}") from None
        try:
            problem = judge(value)
        except (ValueError, UnicodeEncodeError) as error:
            problem = str(error)
        if problem is not None:
            raise TranslationError("invalid-param", "$", f"the param {name!r}: {problem}")
        return value

    yield check


def _zone(name: str, value: Any) -> object:
    try:
        return times.zone(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {error}") from None
