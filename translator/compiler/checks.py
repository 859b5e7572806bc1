"""Run-time checks for values whose type is not proved to fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from translator.compiler.blocks import DATE_TIME_TEST, TYPE_TESTS, ConstantPool
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.symbols import STRING, Scope, Value
from translator.memo import replace
from translator.paths import Path
from translator.schema.types import Scalar, ScalarValue, SchemaType
from translator.validation.subtypes import is_subtype, min_string_length, schema_of

UNKNOWN = Scalar(frozenset())
"""The type of a value about which nothing is known."""

COLLECTIONS = {"date-time": "date_times", "uuid": "uuids"}
"""The lists in which code that `collects` collects strings of a format."""

_FORMAT_TEXTS = {"iri": "must be an absolute IRI", "uri": "must be an absolute URI"}
"""What a format requires, in words."""

_RANGE_BOUNDS = {
    "minimum": (">=", "at least"),
    "maximum": ("<=", "at most"),
    "above": (">", "more than"),
    "below": ("<", "less than"),
}
"""The bounds of a number: for each attribute of `Scalar` the operator, and what it requires."""


@dataclass(frozen=True, slots=True)
class Check:
    """A Python condition that a value must satisfy, and the requirement in words.

    `problem` names the variable with the message if only the test itself can produce it. `format`
    is set if the check is only that a string has a format of `COLLECTIONS`, `lengths` if it is only
    that a string has at least and at most so many characters.
    """

    test: str
    requirement: str
    problem: str = ""
    format: str = ""
    lengths: tuple[int, int | None] | None = None


def required_checks(
    source_type: SchemaType, target_type: SchemaType, name: str, pool: ConstantPool
) -> list[Check]:
    """Return the checks that a `source_type` value in variable `name` needs as `target_type`.

    The list is empty if the types prove that every value fits.
    """
    if is_subtype(source_type, target_type):
        return []
    source = source_type if isinstance(source_type, Scalar) else UNKNOWN
    checks: list[Check] = []
    if isinstance(target_type, Scalar):
        checks += _scalar_checks(source, target_type, name, pool)
        has_formatted_enum = target_type.enum is not None and target_type.format
        if target_type.constraints <= source.constraints and not has_formatted_enum:
            return checks
    schema: Any = schema_of(target_type)
    validator = pool.intern("problem_of", f"problem_finder({schema!r})")
    return [*checks, Check(f"(problem := {validator}({name})) is None", "", "problem")]


def emit_checks(
    name: str,
    types: tuple[SchemaType, SchemaType],
    scope: Scope,
    refusal: RefusalEmitter,
    event_field: Path | None = None,
) -> None:
    """Emit the checks, with refusals, that a value of the first type needs as the second.

    If the value is a field of the event, code that `collects` leaves its length to the decoder.
    """
    null_check = f"{name} is not None and " if refusal.skip_unfit else ""
    for check in required_checks(*types, name, scope.pool):
        if scope.options.collects and check.format and not refusal.skip_unfit:
            scope.block.add(f"{COLLECTIONS[check.format]}.append({name})")
            continue
        if scope.options.collects and event_field is not None and check.lengths is not None:
            scope.require_lengths(event_field, *check.lengths)
            continue
        with scope.block.nest(f"if {null_check}not ({check.test}):") as failure:
            refusal.emit(failure, name, check.requirement, check.problem)


def emit_filter(name: str, value: Value, target_type: SchemaType, scope: Scope) -> None:
    """Emit code that sets the variable `name` to None if its value is not of `target_type`."""
    tests = [check.test for check in required_checks(value.type, target_type, name, scope.pool)]
    test = tests[0] if len(tests) == 1 else " and ".join(f"({check})" for check in tests)
    null_check = f"{name} is not None and " if value.optional else ""
    scope.block.add(f"{name} = None", condition=f"{null_check}not ({test})")


def _scalar_checks(
    source: Scalar, target: Scalar, name: str, pool: ConstantPool
) -> Iterator[Check]:
    types = target.types
    if target.enum is not None:
        listed = ", ".join(map(repr, target.enum))
        requirement = f"must be one of {listed}" if len(listed) < 200 else "is not listed"
        yield Check(enum_test(target.enum, name, pool), requirement)
        return
    accepted_types = types | {"integer"} if "number" in types else types
    if not source.types or not source.types <= accepted_types:
        test = " or ".join(TYPE_TESTS[json_type].format(name) for json_type in sorted(types))
        yield Check(test, f"must be of type {' or '.join(sorted(types))}")
    checks: list[tuple[str, Check]] = []
    if "string" in types:
        string_source = source if "string" in source.types else STRING
        checks += (("string", check) for check in string_checks(string_source, target, name, pool))
    if types & {"integer", "number"}:
        checks += (("number", check) for check in range_checks(source, target, name))
    for json_type, check in checks:
        if len(types) > 1:
            other_type = f"not {TYPE_TESTS[json_type].format(name)}"
            check = replace(check, test=f"{other_type} or {check.test}")
        yield check


def enum_test(values: tuple[ScalarValue, ...], name: str, pool: ConstantPool) -> str:
    """Return a test that the variable `name` holds an enum value; true is not 1."""
    if all(isinstance(value, str) for value in values):
        return f"{name} in {pool.intern('allowed', repr(values))}"
    return f"is_one_of({name}, {pool.intern('allowed', repr(list(values)))})"


def string_checks(source: Scalar, target: Scalar, name: str, pool: ConstantPool) -> Iterator[Check]:
    """Yield the checks of the length and format of a string."""
    min_length, max_length = target.min_length, target.max_length
    if min_string_length(source) < min_length:
        test = name if min_length == 1 else f"len({name}) >= {min_length}"
        unit = "character" if min_length == 1 else "characters"
        requirement = f"must have at least {min_length} {unit}"
        yield Check(test, requirement, lengths=(min_length, None))
    if max_length is not None and (source.max_length is None or source.max_length > max_length):
        requirement = f"must have at most {max_length} characters"
        yield Check(f"len({name}) <= {max_length}", requirement, lengths=(0, max_length))
    if target.format in ("", source.format):
        return
    if target.format == "uuid":
        test, requirement = f"is_uuid({name})", "must be a UUID (8-4-4-4-12 hex digits)"
        yield Check(test, requirement, format="uuid")
    elif target.format == "date-time":
        test, requirement = DATE_TIME_TEST.format(name), "must be an RFC 3339 date-time"
        yield Check(test, requirement, format="date-time")
    else:
        schema = {"type": "string", "format": target.format}
        validator = pool.intern("problem_of", f"problem_finder({schema!r})")
        yield Check(
            f"{validator}({name}) is None",
            _FORMAT_TEXTS.get(target.format, f"must be a {target.format}"),
        )


def range_checks(source: Scalar, target: Scalar, name: str) -> Iterator[Check]:
    """Yield the checks of the bounds of a number."""
    for bound, (operator, phrase) in _RANGE_BOUNDS.items():
        limit = getattr(target, bound)
        if limit not in (None, getattr(source, bound)):
            yield Check(f"{name} {operator} {limit!r}", f"must be {phrase} {limit}")
