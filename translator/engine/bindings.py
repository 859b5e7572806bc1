"""Check what a caller gives a translation: params, opt-ins, crosswalks and other arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from translator.compiler.options import Options
from translator.engine.plan import BindingSpec, ParamTarget
from translator.errors import TranslationError
from translator.runtime.formats import is_common_rfc3339
from translator.runtime.values import copy_known

if TYPE_CHECKING:
    from translator.crosswalk import Crosswalk

CrosswalkLike: TypeAlias = "Iterable[Mapping[str, str]] | Crosswalk"
"""A crosswalk: rows with an ID for each format, or a `Crosswalk`."""

Params: TypeAlias = Mapping[str, Any]
"""Values for params by name; a value of None counts as not given."""

_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "x-violations"})

_STRING_KEYWORDS = _ANNOTATIONS | {
    "type", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum",
}  # fmt: skip
"""Keywords of string schemas that `_string_test` understands, or that never apply."""

_ARGUMENT_CODES = {
    "source": "unknown-format",
    "target": "unknown-format",
    "allow": "unknown-opt-in",
    "accept": "unknown-path",
    "crosswalks": "invalid-crosswalk",
    "a crosswalk": "invalid-crosswalk",
    "a crosswalk's name": "invalid-crosswalk",
}


def check_type(name: str, value: object, *types: type | None) -> None:
    """Raise `TranslationError` unless an argument has one of `types`; None among them allows None.

    A string or bytes is not accepted as an `Iterable`.
    """
    if value is None and None in types:
        return
    accepted = tuple(kind for kind in types if kind is not None)
    if not isinstance(value, accepted) or (Iterable in accepted and isinstance(value, str | bytes)):
        expected = " or ".join(kind.__name__ for kind in accepted)
        code = _ARGUMENT_CODES.get(name, "invalid-param")
        message = f"{name} must be of type {expected}, not {type(value).__name__}"
        raise TranslationError(code, "$", message)


def check_strings(name: str, value: Iterable[str]) -> tuple[str, ...]:
    """Return the strings of an argument that is a single one or several."""
    strings = (value,) if isinstance(value, str) else value
    check_type(name, strings, Iterable)
    strings = tuple(strings)
    for string in strings:
        check_type(name, string, str)
    return strings


def opt_in_names(allow: Iterable[str] | None) -> list[str]:
    """Return the opt-ins that a caller named, sorted."""
    return sorted(set(check_strings("allow", () if allow is None else allow)))


def unknown_name(
    kind: str, name: str, known: Collection[str], source: str, target: str
) -> TranslationError:
    """Return the error for a name that no mapping on the route declares."""
    from translator.errors import did_you_mean

    suggestion = did_you_mean(name, known)
    hint = f"; {suggestion}" if suggestion else ""
    names = ", ".join(sorted(known)) or "none"
    message = f"there is no {kind} {name!r} between {source} and {target}{hint} (known: {names})"
    return TranslationError(f"unknown-{kind}", "$", message)


class ParamChecker:
    """Check values of a route's params against the schemas of all fields that they fill."""

    def __init__(self, spec: BindingSpec) -> None:
        self._spec = spec
        self._checks: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any]]] = {}

    def check(self, params: Params) -> dict[str, Any]:
        """Return the values as emitted code takes them, without those that are None.

        Raises `TranslationError` (`unknown-param`, `invalid-param`).
        """
        if params.__class__ is not dict:
            check_type("params", params, Mapping)
        values: dict[str, Any] = {}
        for name, value in params.items():
            try:
                accepts, check = self._checks[name]
            except KeyError:
                accepts, check = self._checks[name] = self._build_checks(name)
            if accepts(value):
                values[name] = value
            elif value is not None:
                values[name] = check(value)
        return values

    def _build_checks(self, name: str) -> tuple[Callable[[Any], bool], Callable[[Any], Any]]:
        """Build a fast test that only accepts, and a check that converts or raises."""
        check_type("a param's name", name, str)
        if name not in self._spec.params:
            raise unknown_name("param", name, self._spec.params, *self._spec.formats)
        targets, is_zone = self._spec.params[name], name in self._spec.zone_params
        read = _build_reader(targets)

        def check(value: Any) -> Any:
            try:
                value = read(value)
                return _check_timezone(value) if is_zone else value
            except (ValueError, TypeError, RecursionError) as error:
                message = f"the param {name!r}: {error}"
                raise TranslationError("invalid-param", "$", message) from None

        if not targets or is_zone:
            return _accept_nothing, check
        first, *others = [_string_test(target.schema) for target in targets]
        if not others:
            return first, check
        return (lambda value: first(value) and all(test(value) for test in others)), check


def _accept_nothing(_: Any) -> bool:
    return False


def _string_test(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Build a fast test that accepts only valid ASCII strings; it may reject valid values."""
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if schema.get("type") != "string":
        return _accept_nothing
    if "enum" in schema and schema.keys() <= {"type", "enum", *_ANNOTATIONS}:
        enum = frozenset(value for value in schema["enum"] if isinstance(value, str))
        return lambda value: value.__class__ is str and value in enum
    if not schema.keys() <= _STRING_KEYWORDS:
        return _accept_nothing
    match schema.get("format"):
        case None:
            return lambda value: (
                value.__class__ is str and value.isascii() and shortest <= len(value) <= longest
            )
        case "date-time" if shortest <= len("2024-05-01T12:00:00Z") and longest == math.inf:
            return lambda value: value.__class__ is str and is_common_rfc3339(value)
        case _:
            return _accept_nothing


def _build_reader(targets: Sequence[ParamTarget]) -> Callable[[Any], Any]:
    """Build a function that returns a value as all the fields take it, or raises ValueError.

    A string that is not valid is also tried as the JSON that it may be: `7`, `true`, `["a"]`.
    """
    from translator.validation.schemas import problem_finder

    finders = [problem_finder(target.schema) for target in targets]
    takes_strings = not targets or any(target.is_string for target in targets)

    def find_problem(value: Any) -> str | None:
        if not targets and not isinstance(value, str | int | float | bool):
            return "must be a single value"
        return next(filter(None, (finder(value) for finder in finders)), None)

    def parse(value: Any) -> Any:
        return _parse_json(value) if isinstance(value, str) else None

    def read(value: Any) -> Any:
        if not takes_strings and (parsed := parse(value)) is not None:
            value = parsed
        if (problem := find_problem(value)) is None:
            return copy_known(value)
        if (parsed := parse(value)) is not None and find_problem(parsed) is None:
            return parsed
        raise ValueError(problem)

    return read


def _parse_json(string: str) -> Any:
    """Return the value of a string that is JSON in its usual spelling; None for other strings."""
    import msgspec

    from translator.runtime.numbers import string_to_scalar

    try:
        is_nested = string.startswith(("[", "{"))
        return msgspec.json.decode(string) if is_nested else string_to_scalar(string)
    except (ValueError, RecursionError):
        return None


def _check_timezone(value: Any) -> Any:
    from translator.runtime.times import load_timezone

    load_timezone(value if isinstance(value, str) else repr(value))
    return value


class Defaults(NamedTuple):
    """Arguments that apply only to routes that have them; explicit ones take precedence.

    `crosswalks` are functions that load the tables.
    """

    params: Params
    crosswalks: Mapping[str, Callable[[], CrosswalkLike]]
    allow: Collection[str]


def add_defaults(
    spec: BindingSpec,
    defaults: Defaults,
    params: Params,
    crosswalks: Mapping[str, CrosswalkLike],
    allow: list[str],
) -> tuple[Params, Mapping[str, CrosswalkLike], list[str]]:
    """Add the defaults that the route has to the arguments of the caller."""
    values = {name: value for name, value in defaults.params.items() if name in spec.params}
    tables = {
        name: load()
        for name, load in defaults.crosswalks.items()
        if name in spec.crosswalks and name not in crosswalks
    }
    opt_ins = [name for name in defaults.allow if name in spec.opt_ins]
    return {**values, **params}, {**tables, **crosswalks}, [*allow, *opt_ins]


class Bindings(NamedTuple):
    """Checked opt-ins and crosswalks, as compiler options and as constants of emitted code."""

    options: Options
    constants: Mapping[str, object]


def bind(
    spec: BindingSpec,
    crosswalks: Mapping[str, CrosswalkLike],
    allow: Iterable[str] | None,
    *,
    validate: bool = True,
    guard: bool = True,
) -> Bindings:
    """Check opt-ins and crosswalks against what a route accepts. Raises `TranslationError`."""
    opt_ins = opt_in_names(allow)
    for name in opt_ins:
        if name not in spec.opt_ins:
            raise unknown_name("opt-in", name, spec.opt_ins, *spec.formats)
    constants: dict[str, object] = {}
    for name, rows in crosswalks.items():
        from translator.compiler.blocks import constant_name
        from translator.crosswalk import Crosswalk, to_crosswalk

        if name not in spec.crosswalks:
            raise unknown_name("crosswalk", name, spec.crosswalks, *spec.formats)
        check_type("a crosswalk", rows, Crosswalk, Iterable)
        table = to_crosswalk(rows).between(name, *spec.formats)
        constants[constant_name("CROSSWALK", name)] = table
    names, opt_in_set = tuple(sorted(crosswalks)), frozenset(opt_ins)
    options = Options(crosswalks=names, opt_ins=opt_in_set, validated=validate, guarded=guard)
    return Bindings(options, constants)
