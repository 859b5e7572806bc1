"""What a caller gives a translation: params, opt-ins and crosswalks, known on its way.

Params: what a caller supplies because events do not say it, and what its values must be.

What callers give: arguments of a wrong type and names that do not exist are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from translator.compiler.options import Options
from translator.compiler.source import constant_name
from translator.engine.plan import BindingSpec, ParamTarget
from translator.errors import TranslationError

if TYPE_CHECKING:
    from translator.crosswalk import Crosswalk


def argument(name: str, value: object, *kinds: type | None) -> None:
    """Refuse an argument of another type than it may have; None among `kinds` allows None."""
    if value is None and None in kinds:
        return
    wanted = tuple(kind for kind in kinds if kind is not None)
    if not isinstance(value, wanted) or (Iterable in wanted and isinstance(value, str | bytes)):
        listed = " or ".join(kind.__name__ for kind in wanted)
        code = _ARGUMENT_CODES.get(name, "invalid-param")
        message = f"{name} must be of type {listed}, not {type(value).__name__}"
        raise TranslationError(code, "$", message)


_ARGUMENT_CODES = {
    "source": "unknown-format",
    "target": "unknown-format",
    "allow": "unknown-opt-in",
    "accept": "unknown-path",
    "crosswalks": "invalid-crosswalk",
    "a crosswalk": "invalid-crosswalk",
}


def names_of(allow: Iterable[str] | None) -> set[str]:
    """The opt-ins that a caller named: one, or several."""
    names = {allow} if isinstance(allow, str) else () if allow is None else allow
    argument("allow", names, Iterable)
    for name in names:
        argument("allow", name, str)
    return set(names)


def unknown(
    what: str, name: str, known: Iterable[str], source: str, target: str
) -> TranslationError:
    """The error for a name that no mapping on the way has; it lists those there are."""
    from translator.errors import did_you_mean

    names = sorted(known)
    listed = ", ".join(names) or "none"
    near = did_you_mean(str(name), names) if names else ""
    hint = f"; {near}" if near.startswith("did") else ""
    return TranslationError(
        f"unknown-{what}",
        "$",
        f"there is no {what} {name!r} between {source} and {target}{hint} (known: {listed})",
    )


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
    from translator.validation.schemas import problem_finder

    judge = problem_finder(place.schema)

    def check(value: Any) -> Any:
        try:
            if isinstance(value, str) and not place.is_string:
                from translator.runtime import numbers

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
    from translator.runtime import times

    try:
        return times.load_timezone(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {error}") from None


Rows: TypeAlias = "Iterable[Mapping[str, str]] | Crosswalk"
"""A crosswalk: rows with an id for each format, or a `Crosswalk`."""


class Given(NamedTuple):
    """What was given, as the emitter asks for it, and the constants that its code refers to.

    `known` are the params there are, `params` those given, `tables` the crosswalks given.
    """

    options: Options
    constants: Mapping[str, object]
    known: Params
    params: Mapping[str, Any]
    tables: Mapping[str, Crosswalk]


def given(
    known: BindingSpec,
    params: Mapping[str, Any],
    crosswalks: Mapping[str, Rows],
    allow: Iterable[str] | None,
    *,
    validate: bool = True,
    guard: bool = True,
) -> Given:
    """What a caller gives a translation, where `known` may be given. Raises `TranslationError`."""
    constants: dict[str, object] = {"PARAMS": {}}
    checked = Params(known)
    names = {name: name for name in checked.names(params)}
    constants |= checked.constants(params)
    allowed = _opt_ins(known, allow)
    tables = dict(_crosswalks(known, crosswalks))
    for name, table in tables.items():
        constants[constant_name("CROSSWALK", name)] = table.between(name, *known.formats)
    options = Options(names, tuple(sorted(tables)), allowed, validate, guarded=guard)
    return Given(options, constants, checked, dict(params), tables)


def _opt_ins(known: BindingSpec, allow: Iterable[str] | None) -> frozenset[str]:
    names = names_of(allow)
    for name in sorted(names):
        if name not in known.opt_ins:
            raise unknown("opt-in", name, known.opt_ins, *known.formats)
    return frozenset(names)


def _crosswalks(
    known: BindingSpec, crosswalks: Mapping[str, Rows]
) -> Iterator[tuple[str, Crosswalk]]:
    if not crosswalks:
        return
    from translator.crosswalk import Crosswalk, to_crosswalk

    for name, rows in crosswalks.items():
        if name not in known.crosswalks:
            raise unknown("crosswalk", name, known.crosswalks, *known.formats)
        argument("a crosswalk", rows, Crosswalk, Iterable)
        yield name, to_crosswalk(rows)
