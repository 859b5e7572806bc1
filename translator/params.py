"""Params: what a caller supplies because events do not say it, and what its values must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from translator.arguments import argument, unknown
from translator.code import constant_name
from translator.errors import TranslationError
from translator.plan import BindingSpec, ParamTarget

Check = Callable[[Any], Any]
"""Gives the value as emitted code gets it; raises `TranslationError` (`invalid-param`)."""


class Params:
    """The params of a route, each with the checks of all places that it fills."""

    def __init__(self, known: BindingSpec) -> None:
        self._known = known
        self._checks: dict[str, list[Check]] = {}

    def names(self, given: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params that are given, None being as good as nothing.

        Raises `TranslationError` (`unknown-param`, `invalid-param`).
        """
        for name in given:
            argument("a param's name", name, str)
            if name not in self._known.params:
                raise unknown("param", name, self._known.params, *self._known.formats)
        return frozenset(name for name, value in given.items() if value is not None)

    def constants(self, given: Mapping[str, Any]) -> dict[str, object]:
        """The constants of emitted code that hold these params. Raises `TranslationError`."""
        found: dict[str, object] = {}
        for name in given:
            value = given[name]
            if value is None:
                continue
            if name not in self._checks:
                places = self._known.params[name]
                self._checks[name] = [_fitting(name, place) for place in places]
            for check in self._checks[name]:
                value = check(value)
            if not isinstance(value, str | int | float | bool):
                raise TranslationError(
                    "invalid-param", "$", f"the param {name!r} is a single value"
                )
            found[constant_name("PARAM", name)] = value
            if name in self._known.zone_params:
                found[constant_name("ZONE", name)] = _zone(name, value)
        return found


def _fitting(name: str, place: ParamTarget) -> Check:
    """The check that a value fits a place that it fills."""
    from translator.worded import problem_finder

    judge = problem_finder(place.schema)

    def check(value: Any) -> Any:
        try:
            if isinstance(value, str) and not place.is_string:
                from translator import numbers

                value = numbers.string_to_number(value)
        except ValueError as error:
            raise TranslationError("invalid-param", "$", f"param {name!r}: {error}") from None
        try:
            problem = judge(value)
        except (ValueError, UnicodeEncodeError) as error:
            problem = str(error)
        if problem is not None:
            raise TranslationError("invalid-param", "$", f"the param {name!r}: {problem}")
        return value

    return check


def _zone(name: str, value: Any) -> object:
    from translator import times

    try:
        return times.load_timezone(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {error}") from None
