"""Run-time checks: what must be tested of a value before it is written, where it is not proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from translator.code import DATE_TIME_TEST, TYPE_TESTS, Block, Pool
from translator.fitting import fits, shortest
from translator.nodes import Plain
from translator.shapes import Scalar, Shape


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that must hold, as Python with the value's name in it, and what it says.

    `problem` names the variable that holds what is wrong, where only the test can tell.
    """

    test: str
    demand: str
    problem: str = ""


def checks(source: Shape, target: Shape, name: str, pool: Pool) -> list[Check]:
    """The checks that make a value of `source`, held in the variable `name`, one of `target`.

    None are needed where the shapes prove it.
    """
    if fits(source, target):
        return []
    if isinstance(source, Scalar) and isinstance(target, Scalar):
        return _scalar_checks(source, target, name, pool)
    if isinstance(target, Scalar):
        return _scalar_checks(None, target, name, pool)
    schema: Any = getattr(target, "schema", {})
    judge = pool.constant("problem_of", f"schema_judge({schema!r})")
    return [Check(f"(problem := {judge}({name})) is None", "", "problem")]


def sift(name: str, source: Shape, target: Shape, block: Block, pool: Pool, optional: bool) -> None:
    """Emit what makes the variable `name` None where its value is none of `target`."""
    tests = [one.test for one in checks(source, target, name, pool)]
    test = tests[0] if len(tests) == 1 else " and ".join(f"({one})" for one in tests)
    present = f"{name} is not None and " if optional else ""
    with block.nest(f"if {present}not ({test}):") as inner:
        inner.add(f"{name} = None")


def _scalar_checks(source: Scalar | None, target: Scalar, name: str, pool: Pool) -> list[Check]:
    if target.enum is not None:
        listed = ", ".join(map(repr, target.enum))
        test = enum_test(target.enum, name, pool)
        return [Check(test, f"must be one of {listed}" if len(listed) < 200 else "is not listed")]
    found: list[Check] = []
    known = source.types if source is not None else frozenset()
    wide = {*target.types, "integer"} if "number" in target.types else set(target.types)
    if not known or not known <= wide:
        tests = [TYPE_TESTS[kind].format(name) for kind in sorted(target.types)]
        kinds = " or ".join(sorted(target.types))
        found.append(Check(" or ".join(tests), f"must be of type {kinds}"))
    several = len(target.types) > 1

    def only(kind: str, test: str) -> str:
        return f"not {TYPE_TESTS[kind].format(name)} or {test}" if several else test

    if "string" in target.types:
        bare = Scalar(frozenset({"string"})) if source is None or "string" not in known else source
        for check in _text_checks(bare, target, name, pool):
            found.append(Check(only("string", check.test), check.demand))
    if target.types & {"integer", "number"}:
        for check in _range_checks(source, target, name):
            found.append(Check(only("number", check.test), check.demand))
    return found


def enum_test(values: tuple[Plain, ...], name: str, pool: Pool) -> str:
    """The test that the variable `name` holds one of the values of an enum, as JSON has it."""
    if all(isinstance(one, str) for one in values):
        return f"{name} in {pool.constant('allowed', repr(values))}"
    return f"is_one_of({name}, {pool.constant('allowed', repr(list(values)))})"


def _text_checks(source: Scalar, target: Scalar, name: str, pool: Pool) -> list[Check]:
    found: list[Check] = []
    if shortest(source) < target.min_length:
        low = target.min_length
        test = name if low == 1 else f"len({name}) >= {low}"
        found.append(Check(test, f"must have at least {low} character{'s' * (low > 1)}"))
    top = target.max_length
    if top is not None and (source.max_length is None or source.max_length > top):
        found.append(Check(f"len({name}) <= {top}", f"must have at most {top} characters"))
    if target.format and source.format != target.format:
        if target.format == "uuid":
            found.append(Check(f"is_uuid({name})", "must be a UUID (8-4-4-4-12 hex digits)"))
        elif target.format == "date-time":
            found.append(Check(DATE_TIME_TEST.format(name), "must be an RFC 3339 date-time"))
        else:
            schema = {"type": "string", "format": target.format}
            judge = pool.constant("problem_of", f"schema_judge({schema!r})")
            found.append(Check(f"{judge}({name}) is None", f"must be a {target.format}"))
    return found


def _range_checks(source: Scalar | None, target: Scalar, name: str) -> list[Check]:
    found: list[Check] = []
    for bound, sign, words in (
        ("minimum", ">=", "at least"),
        ("maximum", "<=", "at most"),
        ("above", ">", "more than"),
        ("below", "<", "less than"),
    ):
        limit = getattr(target, bound)
        if limit is not None and (source is None or getattr(source, bound) != limit):
            found.append(Check(f"{name} {sign} {limit!r}", f"must be {words} {limit}"))
    return found
