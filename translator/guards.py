"""Run-time checks: what must be tested of a value before it is written, where it is not proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from translator.code import DATE_TIME_TEST, TYPE_TESTS, Block, ConstantPool
from translator.fitting import is_subtype, min_string_length
from translator.nodes import ScalarValue
from translator.shapes import Scalar, SchemaType


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
