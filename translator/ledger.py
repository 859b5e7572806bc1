"""The closed ledger: the members a mapping says nothing of, and reasons that have become stale.

In each direction every member of the source is read by a rule, or lost with a reason. What is not
was not thought of. A param or an opt-in reads nothing: they do not account for a member; nor does
a rule of one case for what another case leaves out. Values are the question of `vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from translator.checker import Side
from translator.diagnostics import Diagnostic, did_you_mean
from translator.inverse import DirectedCase, directed
from translator.nodes import Lost, Mapping, Same, Table
from translator.paths import EACH, FREE, VALUE, Path, show_path
from translator.shapes import ListOf, Object, Shape, Union
from translator.vocabulary import vocabulary


def ledger(mapping: Mapping, left: Object | Union, right: Object | Union) -> list[Diagnostic]:
    """What a mapping says nothing of, and reasons that have become stale."""
    sides = (Side.of(mapping.left, left), Side.of(mapping.right, right))
    found = [
        *_members(mapping, sides),
        *_reasons(mapping),
        *vocabulary(mapping, sides),
    ]
    return sorted(found, key=lambda one: (one.location.line, one.location.column, one.message))


def leaves(shape: Shape, above: Path = ()) -> Iterator[Path]:
    """The members of an event that hold values of their own, and not only other members.

    `shape` is of one variant of the events, or of a part of it.
    """
    match shape:
        case Object(members=members, free=free) if members or free is not None:
            for name, one in members.items():
                yield from leaves(one.shape, (*above, name))
            if free is not None:
                yield from leaves(free, (*above, FREE, VALUE))
        case ListOf(items=items):
            yield from leaves(items, (*above, EACH))
        case _:
            yield above


@dataclass(frozen=True, slots=True)
class _Read:
    """A member that is read, and where it is copied to if it is copied as it is."""

    path: Path
    copied: Path | None = None

    def accounts(self, leaf: Path, target: Side) -> bool:
        """Whether a leaf of the source gets to the target by this reading."""
        if self.path[: len(leaf)] == leaf:
            return True
        if leaf[: len(self.path)] != self.path:
            return False
        return self.copied is None or bool(target.at((*self.copied, *leaf[len(self.path) :])))


def _members(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for to_left in (False, True):
        top = mapping.named_at[1 if to_left else 0]
        source, target = (sides[1], sides[0]) if to_left else sides
        every = list(dict.fromkeys(leaf for shape in source.shapes for leaf in leaves(shape)))
        reads = list(_reads(mapping, to_left=to_left))
        lost = [one for one in mapping.lost if one.on_left != to_left]
        # On the way right a case is told by the event: each of them has to read every member.
        # On the way left a case is what of the event is taken: one of them has to.
        several = [[one for case in reads for one in case]] if to_left else reads
        mapped = {
            leaf
            for leaf in every
            if all(any(one.accounts(leaf, target) for one in case) for case in several)
        }
        for leaf in every:
            if leaf not in mapped and not any(_covers(one, leaf) for one in lost):
                message = f"nothing is said of {show_path(leaf)} of {source.format}"
                hint = f"map it, or give the reason under lost: {source.format}:"
                yield Diagnostic("unaccounted-member", top, message, hint)
        yield from _stale(lost, source, every, mapped)


def _covers(lost: Lost, leaf: Path) -> bool:
    return leaf[: len(lost.path)] == lost.path or lost.path[: len(leaf)] == leaf


def _stale(
    lost: list[Lost], source: Side, every: list[Path], mapped: set[Path]
) -> Iterator[Diagnostic]:
    for one in lost:
        if not source.at(one.path):
            message = f"{source.format} has no {show_path(one.path)} to lose"
            near = did_you_mean(one.path[-1], source.names(one.path[:-1]))
            hint = near if near.startswith("did") else "remove it"
            yield Diagnostic("stale-reason", one.location, message, hint)
            continue
        if all(leaf in mapped for leaf in every if _covers(one, leaf)):
            message = f"{show_path(one.path)} of {source.format} is mapped, and not lost"
            yield Diagnostic("stale-reason", one.location, message, "remove it")


# --- what is read ---------------------------------------------------------------------------------


def _reads(mapping: Mapping, *, to_left: bool) -> Iterator[list[_Read]]:
    """What each case reads of the source in one direction."""
    shared = [*_explained(mapping, to_left=to_left)]
    shared += [_Read(one.path) for one in mapping.constants if one.on_left != to_left]
    for table in mapping.tables:
        shared += _columns(table, to_left=to_left)
    if mapping.carries is not None:
        shared.append(_Read(mapping.carries.carried if to_left else mapping.carries.slot))
    for case in directed(mapping, to_left=to_left).cases:
        yield [*shared, *_moved(case)]


def _moved(case: DirectedCase) -> Iterator[_Read]:
    for move in case.moves:
        for source in move.sources:
            if source.kind != "opt-in":
                copied = move.targets[0] if isinstance(source.codec, Same) else None
                for path in source.paths:
                    yield _Read(path, copied)


def _columns(table: Table, *, to_left: bool) -> Iterator[_Read]:
    for pair in table.pairs:
        if pair.kind == "exact" or (pair.kind == "approximate" and pair.to_left == to_left):
            for path, _ in pair.right if to_left else pair.left:
                yield _Read(path)


def _explained(mapping: Mapping, *, to_left: bool) -> Iterator[_Read]:
    """What a rule without an inverse names, in the direction that it says it does not hold in."""
    for rule in mapping.all_fields():
        if rule.only == ("right" if to_left else "left") and rule.because:
            for path in rule.right if to_left else rule.left:
                yield _Read(path)


def _reasons(mapping: Mapping) -> Iterator[Diagnostic]:
    for rule in mapping.all_fields():
        if rule.only is not None and not rule.because:
            to = mapping.left if rule.only == "left" else mapping.right
            message = f"a rule that holds on the way to {to} only says why: 'because'"
            hint = f"add because: why nothing leads back from {to}"
            yield Diagnostic("no-reason", rule.location, message, hint)
