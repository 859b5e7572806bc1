"""Run-time checks for values whose type is not proved to fit, and when none are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from translator.compiler.conversions import ConversionContext, RefusalEmitter
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
    """A Python condition that a value must satisfy, and the requirement in words.

    `problem` names the variable with the message if only the test itself can produce it.
    """

    test: str
    requirement: str
    problem: str = ""


def required_checks(
    source_type: SchemaType, target_type: SchemaType, name: str, pool: ConstantPool
) -> list[Check]:
    """Return the checks that a `source_type` value in variable `name` needs as `target_type`.

    The list is empty if the types prove that every value fits.
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


def emit_checks(
    name: str,
    source_type: SchemaType,
    target_type: SchemaType,
    block: Block,
    pool: ConstantPool,
    refusal: RefusalEmitter,
) -> None:
    """Emit the checks that a value in variable `name` needs, with a refusal for each."""
    null_check = f"{name} is not None and " if refusal.skip_unfit else ""
    for check in required_checks(source_type, target_type, name, pool):
        with block.nest(f"if {null_check}not ({check.test}):") as failure:
            refusal.emit(failure, name, check.requirement, check.problem)


def emit_filter(
    name: str, value: Value, target_type: SchemaType, block: Block, pool: ConstantPool
) -> None:
    """Emit code that sets the variable `name` to None if its value is not of `target_type`."""
    tests = [check.test for check in required_checks(value.type, target_type, name, pool)]
    test = tests[0] if len(tests) == 1 else " and ".join(f"({check})" for check in tests)
    null_check = f"{name} is not None and " if value.optional else ""
    block.add(f"{name} = None", condition=f"{null_check}not ({test})")


def _scalar_checks(
    source_type: Scalar | None, target_type: Scalar, name: str, pool: ConstantPool
) -> list[Check]:
    if target_type.enum is not None:
        listed = ", ".join(map(repr, target_type.enum))
        test = enum_test(target_type.enum, name, pool)
        return [Check(test, f"must be one of {listed}" if len(listed) < 200 else "is not listed")]
    checks: list[Check] = []
    types = target_type.types
    source_types = source_type.types if source_type is not None else frozenset()
    accepted_types = types | {"integer"} if "number" in types else types
    if not source_types or not source_types <= accepted_types:
        tests = [TYPE_TESTS[json_type].format(name) for json_type in sorted(types)]
        checks.append(Check(" or ".join(tests), f"must be of type {' or '.join(sorted(types))}"))
    if "string" in types:
        string_source = Scalar(frozenset({"string"}))
        if source_type is not None and "string" in source_types:
            string_source = source_type
        string_checks = _string_checks(string_source, target_type, name, pool)
        checks += _limit_to_type("string", name, string_checks, target_type)
    if types & {"integer", "number"}:
        range_checks = _range_checks(source_type, target_type, name)
        checks += _limit_to_type("number", name, range_checks, target_type)
    return checks


def _limit_to_type(
    json_type: str, name: str, checks: list[Check], target_type: Scalar
) -> list[Check]:
    """Return checks that apply to values of one JSON type only."""
    if len(target_type.types) == 1:
        return checks
    other_type = f"not {TYPE_TESTS[json_type].format(name)}"
    return [replace(check, test=f"{other_type} or {check.test}") for check in checks]


def enum_test(values: tuple[ScalarValue, ...], name: str, pool: ConstantPool) -> str:
    """Return a test that the variable `name` holds an enum value; true is not 1."""
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
        unit = "character" if min_length == 1 else "characters"
        checks.append(Check(test, f"must have at least {min_length} {unit}"))
    max_length, source_limit = target_type.max_length, source_type.max_length
    if max_length is not None and (source_limit is None or source_limit > max_length):
        requirement = f"must have at most {max_length} characters"
        checks.append(Check(f"len({name}) <= {max_length}", requirement))
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


RANGE_BOUNDS = {
    "minimum": (">=", "at least"),
    "maximum": ("<=", "at most"),
    "above": (">", "more than"),
    "below": ("<", "less than"),
}
"""The bounds of a number: for each attribute of `Scalar` the operator, and what it requires."""


def _range_checks(source_type: Scalar | None, target_type: Scalar, name: str) -> list[Check]:
    checks: list[Check] = []
    for bound, (operator, phrase) in RANGE_BOUNDS.items():
        limit = getattr(target_type, bound)
        if limit is not None and (source_type is None or getattr(source_type, bound) != limit):
            checks.append(Check(f"{name} {operator} {limit!r}", f"must be {phrase} {limit}"))
    return checks


@dataclass(slots=True)
class AssignmentSettings:
    """What decides how values are written: a mapping in one direction, and options.

    `crosswalks` maps the crosswalks to apply to the constants with their tables. With `report`,
    the code notes the outcome of each field.
    """

    directed: DirectedMapping
    context: ConversionContext
    crosswalks: Mapping[str, str]
    report: bool = False

    @property
    def guarded(self) -> bool:
        """Whether values are checked for requirements that only the target has."""
        return self.context.guarded

    def is_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is written without any conversion, check or note."""
        is_reported = self.report and source.kind != "exact"
        if self._uses_crosswalk(source) or source.unless is not None or is_reported:
            return False
        is_unconverted = isinstance(source.codec, Identity) or (
            self._is_identity(source.codec) and is_date_time(value.type)
        )
        if is_unconverted and is_subtype(value.type, target_type):
            return True
        is_unchecked = not self.guarded and not source.skip_unfit and not source.param
        return is_unchecked and self._is_unchanged_scalar(source, value, target_type)

    def is_null_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether an absent value can be written as None; never in code that reports."""
        is_scalar = isinstance(target_type, Scalar) and not self.report
        return is_scalar and self.is_passthrough(source, value, target_type)

    def is_checked_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether an optional value is written unchanged after checks; never in a report."""
        is_eligible = value.optional and not source.skip_unfit and self._is_plain(source)
        return is_eligible and self._is_unchanged_scalar(source, value, target_type)

    def is_filtered_passthrough(
        self, source: Source, value: Value, target_type: SchemaType
    ) -> bool:
        """Whether a value is written unchanged, or skipped if it does not fit."""
        is_scalar_copy = isinstance(source.codec, Identity) and isinstance(value.type, Scalar)
        is_eligible = source.skip_unfit and is_scalar_copy and self._is_plain(source)
        return (
            is_eligible
            and isinstance(target_type, Scalar)
            and not is_subtype(value.type, target_type)
        )

    def _is_plain(self, source: Source) -> bool:
        """Whether a source needs no condition, param, crosswalk or report."""
        needs_more = source.unless is not None or source.param or self.report
        return not needs_more and not self._uses_crosswalk(source)

    def _is_unchanged_scalar(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is neither list nor object, and its codec does not change it."""
        is_scalar = isinstance(value.type, Scalar | RawSchema) and isinstance(target_type, Scalar)
        return is_scalar and self._is_identity(source.codec)

    def _is_identity(self, codec: Codec) -> bool:
        """Whether a codec returns its input in this direction."""
        match codec:
            case Identity():
                return True
            case Iso8601():
                return self.directed.to_left
            case DateTime(epoch=epoch):
                return self.directed.to_left or not epoch
        return False

    def _uses_crosswalk(self, source: Source) -> bool:
        return source.id is not None and source.id in self.crosswalks


def is_date_time(schema_type: SchemaType) -> bool:
    """Whether values of a type are proved to be date-times."""
    return (
        isinstance(schema_type, Scalar)
        and schema_type.format == "date-time"
        and schema_type.types == {"string"}
    )
