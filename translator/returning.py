"""What comes back of a member that goes to another format and returns: two translations as one.

A translation there and one back are composed member by member, from the entries that the compiler
recorded: first the forms that they may take together, then what becomes of a leaf in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from translator.arriving import (
    AS_IT_WAS,
    TIMES,
    Came,
    is_constant,
    is_crossed,
    is_mapped,
    is_taken,
    named,
    possible,
    returning,
    takes,
    values_of,
)
from translator.fitting import fits
from translator.kinds import Kind
from translator.known import Known, below
from translator.origins import Entry
from translator.paths import Path, show_path
from translator.selectors import OTHER
from translator.shapes import Member, Object, Scalar, Shape
from translator.times import is_rfc3339
from translator.variants import Made

Fate = Literal["equal", "normalised", "replaced", "absent", "unknown"]

_DATE_TIME = Scalar(frozenset({"string"}), format="date-time")


@dataclass(frozen=True, slots=True)
class Form:
    """One form that a translation may take, and what has to hold for it to be this one."""

    made: Made
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """One form of the way there, and a kind with one form of the way back that can follow it.

    `conditions` are what has to hold of the event for it to be these forms, `told` what has to be
    written for it to be this kind.
    """

    there: Made
    kind: Kind
    back: Made | None
    conditions: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


# --- the forms it may take ------------------------------------------------------------------------


def forms(kind: Kind, known: Known) -> list[Form]:
    """The forms that a translation may take, given what is known of the event."""

    def states(entry: Entry) -> list[Came | None]:
        return possible(entry, known)

    def is_certain(entry: Entry) -> bool:
        """Whether there surely is something to write."""
        return any(is_taken(entry, Came(one.paths, one.uses), known, ()) for one in entry.origins)

    return _forms(kind, states, is_certain)


def _back_forms(kind: Kind, there: Made, known: Known) -> list[Form]:
    """The same of the way back, given what was written on the way there."""

    def states(entry: Entry) -> list[Came | None]:
        return returning(entry, (), there, known)

    return _forms(kind, states, lambda entry: None not in states(entry))


def _forms(
    kind: Kind,
    states: Callable[[Entry], list[Came | None]],
    is_certain: Callable[[Entry], bool],
) -> list[Form]:
    taken: list[Form] = []
    passed: tuple[str, ...] = ()
    for made in kind.made:
        needed = [one for one in made.entries if _is_required(made, one)]
        if any(states(one) == [None] for one in needed):
            continue
        unsure = [one for one in needed if not is_certain(one)]
        names = dict.fromkeys(name for one in unsure for name in _read_by(states(one)))
        there = tuple(f"{name} is there" for name in names)
        taken.append(Form(made, (*passed, *there)))
        if not unsure:
            break
        passed += (f"{' or '.join(names)} is absent",) if names else ()
    return taken


def _read_by(states: Iterable[Came | None]) -> Iterator[str]:
    for came in states:
        if came is not None and came.paths:
            yield named(came.paths)


def _is_required(made: Made, entry: Entry) -> bool:
    shape: Shape = made.shape
    for name in entry.target:
        member: Member | None = shape.members.get(name) if isinstance(shape, Object) else None
        if member is None or not member.required:
            return False
        shape = member.shape
    return True


def rounds(kind: Kind, backs: Sequence[Kind], known: Known) -> Iterator[Round]:
    """Every way there and back that an event of the kind may take."""
    for there in forms(kind, known):
        written: dict[Path, _Standing] = {}
        for one in backs:
            for at in one.choice:
                if at not in written:
                    written[at] = _standing(at, there.made, known)
                if not _may_be(one.choice[at], written[at]):
                    break
            else:
                told = [_told(at, one.choice[at], written[at]) for at in one.choice]
                asked = tuple(filter(None, told))
                if not one.made:
                    yield Round(there.made, one, None, there.conditions, asked)
                for back in _back_forms(one, there.made, known):
                    conditions = (*there.conditions, *back.conditions)
                    yield Round(there.made, one, back.made, conditions, asked)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What may stand at a path of what was written: nothing, or these; None is any value."""

    absent: bool
    values: tuple[Sequence[Any] | None, ...]


def _standing(path: Path, there: Made, known: Known) -> _Standing:
    entries = [one for one in there.entries if below(one.target, path) is not None]
    states = [(one, came) for one in entries for came in possible(one, known)]
    return _Standing(
        not states or any(came is None for _, came in states),
        tuple(values_of(entry, came, known) for entry, came in states if came is not None),
    )


def _may_be(value: Any, standing: _Standing) -> bool:
    """Whether what was written may have a value at a deciding member."""
    if value is None:
        return standing.absent
    if isinstance(value, OTHER):
        return any(
            listed is None or any(one not in value.than for one in listed)
            for listed in standing.values
        )
    return any(listed is None or value in listed for listed in standing.values)


def _told(path: Path, value: Any, standing: _Standing) -> str:
    """What has to be written at a deciding member, where that is not sure."""
    shown = show_path(path)
    if value is None:
        return f"{shown} is not written" if standing.values else ""
    if isinstance(value, OTHER):
        return f"{shown} is written as none of {', '.join(sorted(map(repr, value.than)))}"
    sure = not standing.absent and all(tuple(one or ()) == (value,) for one in standing.values)
    return "" if sure else f"{shown} is written as {value!r}"


# --- what becomes of a leaf ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may become of a leaf: its fate, and what stands there (`came`, or a `constant`)."""

    fate: Fate
    came: Came | None = None
    constant: tuple[Any, ...] = ()


def outcomes(leaf: Path, one: Round, known: Known) -> list[Outcome]:
    """What may become of a leaf on one way there and back."""
    if one.back is None:
        return []
    may: list[Outcome] = []
    for entry in sorted(one.back.entries, key=lambda each: -len(each.target)):
        rest = below(entry.target, leaf)
        if rest is not None:
            states = returning(entry, rest, one.there, known)
            may += [_outcome(leaf, entry, rest, came, known) for came in states if came is not None]
            if None not in states:
                return may
    return [*may, Outcome("absent")]


def _outcome(leaf: Path, entry: Entry, rest: Path, came: Came, known: Known) -> Outcome:
    if is_constant(entry) and not rest:
        assert isinstance(entry.shape, Scalar)
        values = known.values(leaf)
        if values is not None and entry.shape.enum is not None:
            same = all(value == entry.shape.enum[0] for value in values)
            return Outcome("equal" if same else "replaced", came, entry.shape.enum)
        return Outcome("unknown", came, entry.shape.enum or ())
    if leaf not in came.paths:
        return Outcome("replaced", came)
    return Outcome(_spelling(leaf, entry, rest, came, known), came)


def _spelling(leaf: Path, entry: Entry, rest: Path, came: Came, known: Known) -> Fate:
    """Whether what comes back is spelled as it was."""
    rules = {use.how for use in came.uses} - {"values"}
    if is_mapped(came) or is_crossed(came):
        return "unknown"
    if "crosswalk" in rules:
        return "equal"
    if rules - AS_IT_WAS - TIMES and not came.joined:
        return "normalised"
    values = known.values(leaf)
    if rest or not isinstance(entry.wanted, Scalar):
        return "equal"
    if values is None:
        shape = known.shape(leaf)
        wanted = _DATE_TIME if rules & TIMES else entry.wanted
        return "equal" if shape is not None and fits(shape, wanted) else "normalised"
    if rules & TIMES:
        spelled = all(isinstance(one, str) and is_rfc3339(one) for one in values)
        return "equal" if spelled else "normalised"
    return "equal" if all(takes(entry.wanted, one) for one in values) else "normalised"
