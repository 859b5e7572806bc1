"""One direction of a mapping: each rule turned into moves from the source to the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from translator.diagnostics import Location
from translator.nodes import (
    NOTHING,
    Also,
    Alternative,
    Carries,
    Case,
    Codec,
    Constant,
    Field,
    Kind,
    Mapping,
    Nothing,
    Plain,
    Record,
    Same,
    Table,
    Template,
)
from translator.paths import EACH, Path


@dataclass(frozen=True, slots=True)
class Source:
    """Where a move reads: members of the source (several for a template), or a param.

    `kind`, `name` and `because` say how good the source is; `unless` names a member of the target
    that must be absent for this source to count. One that `skips` passes over what the target
    cannot take, and the next one counts.
    """

    paths: tuple[Path, ...]
    codec: Codec
    location: Location
    kind: Kind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    unless: Path | None = None
    param: str = ""
    skips: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What is written to a member of the target (to several, for a template that is split).

    The first of `sources` that is present counts; `default` where none is.
    """

    targets: tuple[Path, ...]
    sources: tuple[Source, ...]
    location: Location
    id: str | None = None
    default: Plain | Nothing = NOTHING


@dataclass(frozen=True, slots=True)
class DirectedCase:
    """A case seen in one direction. `each` is the list (on the right) it has one event for."""

    name: str
    moves: tuple[Move, ...]
    when: Record
    present: Path | None
    each: Path | None


@dataclass(frozen=True, slots=True)
class Directed:
    """A mapping in one direction: from `source` to `target`."""

    mapping: Mapping
    to_left: bool
    cases: tuple[DirectedCase, ...]

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.mapping.right if self.to_left else self.mapping.left

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.mapping.left if self.to_left else self.mapping.right

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of rows."""
        return self.mapping.tables

    @property
    def carries(self) -> Carries | None:
        """The slot of the left for carried values, if it has one."""
        return self.mapping.carries

    def constants(self, *, written: bool) -> Iterator[Constant]:
        """The constants of the side that is written, or of the one that is read."""
        for one in self.mapping.constants:
            if one.on_left == (self.to_left == written):
                yield one

    def because_lost(self, path: Path) -> str:
        """The reason the mapping gives for losing `path` of the source, or the empty string."""
        best = ""
        length = -1
        for one in self.mapping.lost:
            covers = path[: len(one.path)] == one.path
            if one.on_left != self.to_left and covers and len(one.path) > length:
                best, length = one.because, len(one.path)
        return best


def directed(mapping: Mapping, *, to_left: bool) -> Directed:
    """`mapping` read towards its left format, or towards its right one."""
    side = "left" if to_left else "right"
    cases = tuple(
        _case(mapping, case, to_left=to_left) for case in mapping.cases if case.only in (None, side)
    )
    return Directed(mapping, to_left, cases)


def _case(mapping: Mapping, case: Case, *, to_left: bool) -> DirectedCase:
    moves = [
        move
        for rule in case.fields + mapping.fields
        if rule.only in (None, "left" if to_left else "right")
        for move in (_to_left(rule) if to_left else _to_right(rule))
    ]
    for param in mapping.params:
        if param.fills is None or param.to_left != to_left:
            continue
        given = Source((), Same(), param.location, param=param.name)
        for index, move in enumerate(moves):
            if move.targets == (param.fills,):
                moves[index] = _filled(move, given)
                break
        else:
            moves.append(Move((param.fills,), (given,), param.location))
    each = None if case.each is None else (*case.each, EACH)
    return DirectedCase(case.name, tuple(moves), case.when, case.present, each)


def _filled(move: Move, given: Source) -> Move:
    exact = sum(1 for source in move.sources if source.kind == "exact")
    return replace(move, sources=(*move.sources[:exact], given, *move.sources[exact:]))


def _to_right(rule: Field) -> Iterator[Move]:
    if isinstance(rule.codec, Template):
        source = Source(rule.left, rule.codec, rule.location, id=rule.id)
        yield Move(rule.right[:1], (source,), rule.location, rule.id)
        return
    yield _right_move(rule, rule.right[0], rule.codec)
    for also in rule.also:
        yield _right_move(rule, also.path, also.codec)


def _right_move(rule: Field, target: Path, codec: Codec) -> Move:
    sources = tuple(Source((path,), codec, rule.location, id=rule.id) for path in rule.left)
    return Move((target,), sources, rule.location, rule.id, default=rule.default)


def _to_left(rule: Field) -> Iterator[Move]:
    if isinstance(rule.codec, Template):
        yield Move(rule.left, tuple(_mains(rule)), rule.location, rule.id)
        return
    first = list(_mains(rule))
    others = [_also(one) for one in rule.also]
    alternatives = sorted(map(_alternative, rule.alternatives), key=lambda s: s.kind != "exact")
    sources = (*first, *others, *alternatives)
    yield Move(rule.left[:1], sources, rule.location, rule.id)


def _mains(rule: Field) -> Iterator[Source]:
    for path in rule.right:
        yield Source((path,), rule.codec, rule.location, id=rule.id, skips=rule.skip_unfit)


def _also(one: Also) -> Source:
    return Source((one.path,), one.codec, one.location)


def _alternative(one: Alternative) -> Source:
    return Source(
        (one.path,),
        one.codec,
        one.location,
        one.kind,
        one.name,
        one.because,
        one.id,
        one.unless,
    )
