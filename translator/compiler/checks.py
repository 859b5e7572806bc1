"""Run-time checks: what must be tested of a value before it is written, where it is not proved.

Values that are written as they are: those that need nothing at all, and those only checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from translator.compiler.source import DATE_TIME_TEST, TYPE_TESTS, Block, ConstantPool
from translator.compiler.symbols import Value
from translator.language.direction import DirectedMapping, Source
from translator.language.nodes import Codec, DateTime, Identity, Iso8601
from translator.schema.types import (
    RawSchema,
    Scalar,
    ScalarValue,
    SchemaType,
    is_subtype,
    min_string_length,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that must hold, as Python with the value's name in it, and what it says.

    `problem` names the variable that holds what is wrong, where only the test can tell.
    """

    test: str
    requirement: str
    problem: str = ""


def required_checks(
    source_type: SchemaType, target_type: SchemaType, name: str, pool: ConstantPool
) -> list[Check]:
    """The checks that make a value of `source`, held in the variable `name`, one of `target`.

    None are needed where the shapes prove it.
    """
    if is_subtype(source_type, target_type):
        return []
    if isinstance(source_type, Scalar) and isinstance(target_type, Scalar):
        return _scalar_checks(source_type, target_type, name, pool)
    if isinstance(target_type, Scalar):
        return _scalar_checks(None, target_type, name, pool)
    schema: Any = getattr(target_type, "schema", {})
    validator = pool.intern("problem_of", f"problem_finder({schema!r})")
    return [Check(f"(problem := {validator}({name})) is None", "", "problem")]


def emit_filter(
    name: str,
    source_type: SchemaType,
    target_type: SchemaType,
    block: Block,
    pool: ConstantPool,
    optional: bool,
) -> None:
    """Emit what makes the variable `name` None where its value is none of `target`."""
    tests = [check.test for check in required_checks(source_type, target_type, name, pool)]
    test = tests[0] if len(tests) == 1 else " and ".join(f"({check})" for check in tests)
    present = f"{name} is not None and " if optional else ""
    with block.nest(f"if {present}not ({test}):") as inner:
        inner.add(f"{name} = None")


def _scalar_checks(
    source_type: Scalar | None, target_type: Scalar, name: str, pool: ConstantPool
) -> list[Check]:
    if target_type.enum is not None:
        listed = ", ".join(map(repr, target_type.enum))
        test = enum_test(target_type.enum, name, pool)
        return [Check(test, f"must be one of {listed}" if len(listed) < 200 else "is not listed")]
    checks: list[Check] = []
    source_types = source_type.types if source_type is not None else frozenset()
    accepted_types = (
        {*target_type.types, "integer"} if "number" in target_type.types else set(target_type.types)
    )
    if not source_types or not source_types <= accepted_types:
        tests = [TYPE_TESTS[json_type].format(name) for json_type in sorted(target_type.types)]
        type_names = " or ".join(sorted(target_type.types))
        checks.append(Check(" or ".join(tests), f"must be of type {type_names}"))
    is_mixed = len(target_type.types) > 1

    def if_type(json_type: str, test: str) -> str:
        return f"not {TYPE_TESTS[json_type].format(name)} or {test}" if is_mixed else test

    if "string" in target_type.types:
        string_source = (
            Scalar(frozenset({"string"}))
            if source_type is None or "string" not in source_types
            else source_type
        )
        for check in _string_checks(string_source, target_type, name, pool):
            checks.append(Check(if_type("string", check.test), check.requirement))
    if target_type.types & {"integer", "number"}:
        for check in _range_checks(source_type, target_type, name):
            checks.append(Check(if_type("number", check.test), check.requirement))
    return checks


def enum_test(values: tuple[ScalarValue, ...], name: str, pool: ConstantPool) -> str:
    """The test that the variable `name` holds one of the values of an enum, as JSON has it."""
    if all(isinstance(value, str) for value in values):
        return f"{name} in {pool.intern('allowed', repr(values))}"
    return f"is_one_of({name}, {pool.intern('allowed', repr(list(values)))})"


def _string_checks(
    source_type: Scalar, target_type: Scalar, name: str, pool: ConstantPool
) -> list[Check]:
    checks: list[Check] = []
    if min_string_length(source_type) < target_type.min_length:
        min_length = target_type.min_length
        test = name if min_length == 1 else f"len({name}) >= {min_length}"
        checks.append(
            Check(test, f"must have at least {min_length} character{'s' * (min_length > 1)}")
        )
    max_length = target_type.max_length
    if max_length is not None and (
        source_type.max_length is None or source_type.max_length > max_length
    ):
        checks.append(
            Check(f"len({name}) <= {max_length}", f"must have at most {max_length} characters")
        )
    if target_type.format and source_type.format != target_type.format:
        if target_type.format == "uuid":
            checks.append(Check(f"is_uuid({name})", "must be a UUID (8-4-4-4-12 hex digits)"))
        elif target_type.format == "date-time":
            checks.append(Check(DATE_TIME_TEST.format(name), "must be an RFC 3339 date-time"))
        else:
            schema = {"type": "string", "format": target_type.format}
            validator = pool.intern("problem_of", f"problem_finder({schema!r})")
            checks.append(Check(f"{validator}({name}) is None", f"must be a {target_type.format}"))
    return checks


def _range_checks(source_type: Scalar | None, target_type: Scalar, name: str) -> list[Check]:
    checks: list[Check] = []
    for bound, sign, phrase in (
        ("minimum", ">=", "at least"),
        ("maximum", "<=", "at most"),
        ("above", ">", "more than"),
        ("below", "<", "less than"),
    ):
        limit = getattr(target_type, bound)
        if limit is not None and (source_type is None or getattr(source_type, bound) != limit):
            checks.append(Check(f"{name} {sign} {limit!r}", f"must be {phrase} {limit}"))
    return checks


class AssignmentSettings(Protocol):
    """Whoever makes the moves: the mapping in its direction, and what is asked of the code."""

    @property
    def directed(self) -> DirectedMapping:
        """The mapping in its direction."""

    @property
    def guarded(self) -> bool:
        """Whether values are held to what only the target demands of them."""

    @property
    def crosswalks(self) -> Mapping[str, str]:
        """The constants that hold the tables to use."""

    @property
    def report(self) -> bool:
        """Whether the code notes what becomes of each member."""


def is_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether a value can be written as it is, with nothing to convert, check or note."""
    is_reported = settings.report and source.kind != "exact"
    if _uses_crosswalk(source, settings) or source.unless is not None or is_reported:
        return False
    if isinstance(source.codec, Identity):
        proved = is_subtype(value.type, target_type)
    else:
        proved = _is_identity(source.codec, settings) and _is_date_time(value.type)
        proved = proved and is_subtype(value.type, target_type)
    return proved or (
        _skips_checks(source, settings)
        and _is_unchanged_scalar(value, target_type, source, settings)
    )


def is_null_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether None can be taken as it is where a value is not there; never in a report."""
    is_scalar = isinstance(target_type, Scalar) and not settings.report
    return is_scalar and is_passthrough(source, value, target_type, settings)


def is_checked_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether an optional value is written as it is, once it was checked; never in a report."""
    disqualified = source.skip_unfit or source.unless is not None or source.param or settings.report
    is_eligible = value.optional and not _uses_crosswalk(source, settings) and not disqualified
    return is_eligible and _is_unchanged_scalar(value, target_type, source, settings)


def is_filtered_passthrough(
    source: Source, value: Value, target_type: SchemaType, settings: AssignmentSettings
) -> bool:
    """Whether a value is written as it is or, where it does not fit, passed over."""
    disqualified = source.unless is not None or source.param or settings.report
    is_scalar_copy = isinstance(source.codec, Identity) and isinstance(value.type, Scalar)
    filters = (
        source.skip_unfit
        and isinstance(target_type, Scalar)
        and not is_subtype(value.type, target_type)
    )
    return is_scalar_copy and filters and not disqualified and not _uses_crosswalk(source, settings)


def _skips_checks(source: Source, settings: AssignmentSettings) -> bool:
    """Whether what the target demands of a value is not looked at, and decides nothing either."""
    return not settings.guarded and not source.skip_unfit and not source.param


def _is_unchanged_scalar(
    value: Value, target_type: SchemaType, source: Source, settings: AssignmentSettings
) -> bool:
    """Whether a value is no list and no object, and stays what it is."""
    is_scalar = isinstance(value.type, Scalar | RawSchema) and isinstance(target_type, Scalar)
    return is_scalar and _is_identity(source.codec, settings)


def _is_identity(codec: Codec, settings: AssignmentSettings) -> bool:
    """Whether a codec writes in this direction what it was given."""
    match codec:
        case Identity():
            return True
        case Iso8601():
            return settings.directed.to_left
        case DateTime(epoch=epoch):
            return settings.directed.to_left or not epoch
    return False


def _is_date_time(schema_type: SchemaType) -> bool:
    """Whether a value is proved to be a date-time."""
    return (
        isinstance(schema_type, Scalar)
        and schema_type.format == "date-time"
        and schema_type.types == {"string"}
    )


def _uses_crosswalk(source: Source, settings: AssignmentSettings) -> bool:
    return source.id is not None and source.id in settings.crosswalks
