"""What the examples of a mapping leave out: rules, rows and values that none of them shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from translator.diagnostics import Diagnostic, Location
from translator.examples import Example, Json
from translator.nodes import (
    NOTHING,
    Case,
    Cell,
    Field,
    Mapping,
    Nothing,
    Pair,
    Record,
    Template,
    Values,
    Variable,
)
from translator.paths import EACH, FREE, KEY, VALUE, Path, show_path
from translator.shapes import same

CODES: dict[str, str] = {
    "example-missing": "no example shows a rule, row or value, though the mapping has examples",
}
"""The code of each finding of this module, with what it means."""

_Shows = Callable[[Json, Json], bool]


def shown(mapping: Mapping, examples: Sequence[Example]) -> Iterator[Diagnostic]:
    """A finding for each rule, row and value, in each of its directions, that no example shows."""
    looking = _Looking(mapping, examples)
    for case in mapping.cases:
        if case.name:
            yield from looking.case(case)
        for rule in case.fields:
            yield from looking.rule(rule, case)
    for rule in mapping.fields:
        yield from looking.rule(rule, None)
    for table in mapping.tables:
        for pair in table.pairs:
            yield from looking.pair(pair, (), (), f"row of {table.name!r}")
    yield from looking.given()


class _Looking:
    """Looks through the examples, by the direction in which they hold."""

    def __init__(self, mapping: Mapping, examples: Sequence[Example]) -> None:
        self.mapping = mapping
        self.translated = [one for one in examples if not one.refused]
        self.both = {
            to_left: [
                (left, right)
                for one in self.translated
                if one.holds(to_left=to_left)
                for left in one.left or ()
                for right in one.right or ()
            ]
            for to_left in (False, True)
        }

    def missing(
        self, what: str, at: Location, ways: Sequence[bool], shows: _Shows
    ) -> Iterator[Diagnostic]:
        """A finding for each direction in which no example shows something."""
        for to_left in ways:
            if not any(shows(left, right) for left, right in self.both[to_left]):
                to = self.mapping.left if to_left else self.mapping.right
                message = f"no example shows {what} on the way to {to}"
                yield Diagnostic("example-missing", at, message, "add one beside the mapping")

    def case(self, case: Case) -> Iterator[Diagnostic]:
        def shows(left: Json, right: Json) -> bool:
            there = all(path is None or _has(right, path) for path in (case.present, case.each))
            return there and _matches(left, case.when, ())

        yield from self.missing(f"the case {case.name!r}", case.location, _ways(case.only), shows)

    def rule(self, rule: Field, case: Case | None) -> Iterator[Diagnostic]:
        ways = [to_left for to_left in _ways(rule.only) if not case or to_left in _ways(case.only)]
        when: Record = case.when if case else ()

        def within(shows: _Shows) -> _Shows:
            return lambda left, right: _matches(left, when, ()) and shows(left, right)

        joined = isinstance(rule.codec, Template)
        for path in rule.left[1:] if joined else rule.left:
            for other in rule.right:
                both = _both(path, other)
                what = f"{show_path(path)} as {show_path(other)}"
                yield from self.missing(what, rule.location, ways, within(both))
        for also in rule.also:
            what = f"{show_path(rule.left[0])} as {show_path(also.path)}"
            yield from self.missing(
                what, also.location, ways, within(_both(rule.left[0], also.path))
            )
        for one in rule.alternatives:

            def instead(left: Json, right: Json, path: Path = one.path) -> bool:
                return _both(rule.left[0], path)(left, right)

            if True in ways:
                what = f"{show_path(one.path)} instead of {show_path(rule.right[0])}"
                yield from self.missing(what, one.location, (True,), within(instead))
        if not isinstance(rule.default, Nothing) and False in ways:
            default = rule.default

            def fills(left: Json, right: Json) -> bool:
                there = any(_has(left, path) for path in rule.left)
                return not there and any(same(v, default) for v in _at(right, rule.right[0]))

            yield from self.missing(f"the default {default!r}", rule.location, (False,), fills)
        if isinstance(rule.codec, Values):
            for pair in rule.codec.table.pairs:
                what = f"value of {show_path(rule.left[0])}"
                yield from self.pair(pair, rule.left[0], rule.right[0], what, ways, when)

    def pair(
        self,
        pair: Pair,
        left: Path,
        right: Path,
        what: str,
        ways: Sequence[bool] = (False, True),
        when: Record = (),
    ) -> Iterator[Diagnostic]:
        """A finding for each value of a row's cells that no example has together with the row."""
        ways = [one for one in ways if pair.kind == "exact" or one == pair.to_left]
        for on_left, record in ((True, pair.left), (False, pair.right)):
            if pair.kind != "exact" and on_left == pair.to_left:
                continue
            for path, cell in record:
                member = path or (left if on_left else right)
                for value in _values(cell):

                    def shows(
                        one: Json,
                        other: Json,
                        member: Path = member,
                        value: Json = value,
                        on_left: bool = on_left,
                    ) -> bool:
                        there = _at(one if on_left else other, member)
                        return (
                            _matches(one, when, ())
                            and _matches(one, pair.left, left)
                            and _matches(other, pair.right, right)
                            and any(value is NOTHING or same(v, value) for v in there)
                        )

                    said = show_path(member) if value is NOTHING else repr(value)
                    yield from self.missing(f"{said} in a {what}", pair.location, ways, shows)

    def given(self) -> Iterator[Diagnostic]:
        """A finding for each param, opt-in and crosswalk that no example gives."""
        said: dict[str, set[str]] = {"params": set(), "allow": set(), "crosswalks": set()}
        for one in self.translated:
            for key, names in said.items():
                names.update(one.arguments.get(key, ()))
        for param in self.mapping.params:
            if param.name not in said["params"]:
                yield _not_given("param", param.name, param.location)
        top = Location(self.mapping.file, 1, 1)
        for name in self.mapping.opt_ins:
            if name not in said["allow"]:
                yield _not_given("opt-in", name, top)
        for name in self.mapping.crosswalks:
            if name not in said["crosswalks"]:
                yield _not_given("crosswalk", name, top)


def _not_given(what: str, name: str, at: Location) -> Diagnostic:
    message = f"no example gives the {what} {name!r}"
    return Diagnostic("example-missing", at, message, "add one beside the mapping")


def _ways(only: str | None) -> tuple[bool, ...]:
    return (False, True) if only is None else (only == "left",)


def _both(one: Path, other: Path) -> _Shows:
    return lambda left, right: _has(left, one) and _has(right, other)


def _values(cell: Cell) -> Sequence[Json]:
    return (NOTHING,) if isinstance(cell, Variable) else cell


def _matches(event: Json, record: Record, path: Path) -> bool:
    for member, cell in record:
        there = _at(event, member or path)
        if isinstance(cell, Variable):
            if not there:
                return False
        elif not any(same(value, one) for value in there for one in cell):
            return False
    return True


def _has(event: Json, path: Path) -> bool:
    return bool(_at(event, path))


def _at(event: Json, path: Path) -> list[Json]:
    """What an event has at a path, null apart: several values where it goes through lists."""
    found = [event]
    for step in path:
        inner: list[Json] = []
        for one in found:
            if step == EACH:
                inner += one if isinstance(one, list) else []
            elif step == FREE:
                inner.append(one)
            elif step in (KEY, VALUE):
                inner += (
                    (list(one) if step == KEY else one.values()) if isinstance(one, dict) else []
                )
            elif isinstance(one, dict) and step in one:
                inner.append(one[step])
        found = inner
    return [one for one in found if one is not None]
