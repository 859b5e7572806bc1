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
            for to_left in (False, True):
                yield from looking.pair(pair, ((), ()), f"row of {table.name!r}", to_left)
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
        self, what: str, at: Location, to_left: bool, shows: _Shows
    ) -> Iterator[Diagnostic]:
        """A finding if no example of a direction shows something."""
        if not any(shows(left, right) for left, right in self.both[to_left]):
            to = self.mapping.left if to_left else self.mapping.right
            message = f"no example shows {what} on the way to {to}"
            yield Diagnostic("example-missing", at, message, "add one beside the mapping")

    def case(self, case: Case) -> Iterator[Diagnostic]:
        def shows(left: Json, right: Json) -> bool:
            there = all(path is None or _has(right, path) for path in (case.present, case.each))
            return there and _matches(left, case.when, ())

        for to_left in _ways(case.only):
            yield from self.missing(f"the case {case.name!r}", case.location, to_left, shows)

    def rule(self, rule: Field, case: Case | None) -> Iterator[Diagnostic]:
        """What of a rule no example shows, in the directions in which it and its case hold."""
        ways = [to_left for to_left in _ways(rule.only) if not case or to_left in _ways(case.only)]
        for to_left in ways:
            # The case is told by the event on the way right, and by what there is to say else.
            when: Record = case.when if case and not to_left else ()
            yield from self.places(rule, to_left, when)
            if isinstance(rule.codec, Values):
                for pair in rule.codec.table.pairs:
                    what = f"value of {show_path(rule.left[0])}"
                    yield from self.pair(pair, (rule.left[0], rule.right[0]), what, to_left, when)

    def places(self, rule: Field, to_left: bool, when: Record) -> Iterator[Diagnostic]:
        first = rule.left[0]
        members = rule.left[1:] if isinstance(rule.codec, Template) else rule.left
        ends = [(path, right, rule.location) for path in members for right in rule.right]
        ends += [(first, one.path, one.location) for one in rule.also]
        if to_left:
            ends += [(first, one.path, one.location) for one in rule.alternatives]
        for left, right, at in ends:
            what = f"{show_path(left)} as {show_path(right)}"
            yield from self.missing(what, at, to_left, _both(left, right, when))
        if not isinstance(rule.default, Nothing) and not to_left:
            what = f"{show_path(rule.right[0])} with the default"
            yield from self.missing(what, rule.location, to_left, _fills(rule, rule.default))

    def pair(
        self,
        pair: Pair,
        ends: tuple[Path, Path],
        what: str,
        to_left: bool,
        when: Record = (),
    ) -> Iterator[Diagnostic]:
        """A finding for each value of a row's cells that no example has together with the row."""
        if pair.kind != "exact" and pair.to_left != to_left:
            return
        if not all(_possible(path or ends[0], cell, when) for path, cell in pair.left):
            return
        for on_left, record in ((True, pair.left), (False, pair.right)):
            if pair.kind != "exact" and on_left == to_left:
                continue
            for path, cell in record:
                member = path or ends[0 if on_left else 1]
                for value in _values(cell):
                    said = show_path(member) if value is NOTHING else repr(value)
                    shows = _in_row(pair, ends, when, (on_left, member, value))
                    yield from self.missing(f"{said} in a {what}", pair.location, to_left, shows)

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


def _both(one: Path, other: Path, when: Record) -> _Shows:
    return lambda left, right: _matches(left, when, ()) and _has(left, one) and _has(right, other)


def _fills(rule: Field, default: Json) -> _Shows:
    def shows(left: Json, right: Json) -> bool:
        there = any(_has(left, path) for path in rule.left)
        return not there and any(same(value, default) for value in _at(right, rule.right[0]))

    return shows


def _in_row(
    pair: Pair, ends: tuple[Path, Path], when: Record, cell: tuple[bool, Path, Json]
) -> _Shows:
    on_left, member, value = cell

    def shows(left: Json, right: Json) -> bool:
        there = _at(left if on_left else right, member)
        return (
            _matches(left, when, ())
            and _matches(left, pair.left, ends[0])
            and _matches(right, pair.right, ends[1])
            and any(value is NOTHING or same(one, value) for one in there)
        )

    return shows


def _possible(member: Path, cell: Cell, when: Record) -> bool:
    """Whether a member can have one of a cell's values where its case holds."""
    return all(
        any(same(value, one) for value in cell for one in known)
        for path, known in when
        if path == member and not isinstance(known, Variable) and not isinstance(cell, Variable)
    )


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
