"""What comes back of a member that goes to another format and returns: two translations as one.

A translation there and one back are composed member by member, from the entries that the compiler
recorded: what the way back reads was written on the way there. What is known of the event says
which of a member's origins count: everything, where there is an event, or what its spec says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.fitting import fits
from translator.kinds import Kind
from translator.known import Known, below
from translator.origins import Entry, Origin, Use
from translator.paths import Path, show_path
from translator.selectors import OTHER
from translator.shapes import Member, Object, Opaque, Scalar, Shape, accepts, shape_at
from translator.times import is_rfc3339
from translator.variants import Made

Fate = Literal["equal", "normalised", "replaced", "absent", "unknown"]

AS_IT_WAS = frozenset({"same", "carried", "restored", "row"})
"""The rules that leave a value as it is; a row with a variable does."""

TIMES = frozenset({"date-time", "iso-8601"})
"""The codecs that leave a date-time of RFC 3339 as it is."""

_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_DATE_TIME = Scalar(frozenset({"string"}), format="date-time")


@dataclass(frozen=True, slots=True)
class Came:
    """Where a returned value comes from: members of the event, and the rules there and back.

    `joined` tells that it went as a part of another value. `conditions` are what has to hold.
    """

    paths: tuple[Path, ...] = ()
    there: tuple[Use, ...] = ()
    back: tuple[Use, ...] = ()
    joined: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def uses(self) -> tuple[Use, ...]:
        """All rules on both ways."""
        return self.there + self.back


@dataclass(frozen=True, slots=True)
class Round:
    """One form of the way there, and a kind with one form of the way back that can follow it."""

    there: Made
    kind: Kind
    back: Made | None


def forms(kind: Kind, known: Known) -> list[Made]:
    """The forms that a translation may take, given what is known of the event."""
    taken: list[Made] = []
    for made in kind.made:
        needed = [one for one in made.entries if _is_required(made, one)]
        if any(_possible(one, known) == [None] for one in needed):
            continue
        taken.append(made)
        if all(_is_certain(one, known) for one in needed):
            break
    return taken


def _is_certain(entry: Entry, known: Known) -> bool:
    """Whether there surely is something to write."""
    return any(_is_taken(entry, Came(one.paths, one.uses), known, ()) for one in entry.origins)


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
        for one in backs:
            if not all(_may_be(at, value, there, known) for at, value in one.choice.items()):
                continue
            if not one.made:
                yield Round(there, one, None)
            for back in _back_forms(one, there, known):
                yield Round(there, one, back)


def _back_forms(kind: Kind, there: Made, known: Known) -> list[Made]:
    taken: list[Made] = []
    for made in kind.made:
        needed = [
            _returning(one, (), there, known) for one in made.entries if _is_required(made, one)
        ]
        if any(one == [None] for one in needed):
            continue
        taken.append(made)
        if not any(None in one for one in needed):
            break
    return taken


def _may_be(path: Path, value: Any, there: Made, known: Known) -> bool:
    """Whether what was written may have a value at a deciding member."""
    entries = [one for one in there.entries if below(one.target, path) is not None]
    states = [(one, came) for one in entries for came in _possible(one, known)]
    if value is None:
        return not states or any(came is None for _, came in states)
    for entry, came in states:
        if came is None:
            continue
        listed = _values(entry, came, known)
        if listed is None:
            return True
        if isinstance(value, OTHER):
            if any(one not in value.than for one in listed):
                return True
        elif value in listed:
            return True
    return False


def _values(entry: Entry, came: Came, known: Known) -> Sequence[Any] | None:
    """The values that an entry may write, where they can be told."""
    if _is_constant(entry):
        return entry.shape.enum  # type: ignore[union-attr]
    if len(came.paths) == 1 and {use.how for use in came.uses} <= AS_IT_WAS:
        listed = known.values(came.paths[0])
        if listed is not None:
            return listed
    return entry.shape.enum if isinstance(entry.shape, Scalar) else None


def _is_constant(entry: Entry) -> bool:
    return (
        isinstance(entry.shape, Scalar)
        and entry.shape.enum is not None
        and (len(entry.shape.enum) == 1)
    )


# --- where a value may come from ------------------------------------------------------------------


def _possible(entry: Entry, known: Known, rest: Path = ()) -> list[Came | None]:
    """Where what an entry writes may come from; None stands for nothing being written."""
    possible: list[Came | None] = []
    passed: tuple[str, ...] = ()
    for origin in entry.origins:
        paths = tuple((*one, *rest) for one in origin.paths)
        came = Came(paths, origin.uses, joined=len(paths) > 1, conditions=passed)
        sure = _is_taken(entry, came, known, rest)
        if sure is not False:
            if sure is None and paths and not _is_there(paths, known):
                passed += (f"{_named(paths)} is absent",)
            elif sure is None:
                came = replace(came, conditions=(*passed, f"it fits {show_path(entry.target)}"))
            possible.append(came)
        if sure:
            return possible
    return [*possible, None] if entry.optional or rest or not possible else possible


def _named(paths: Iterable[Path]) -> str:
    return " and ".join(map(show_path, paths))


def _is_there(paths: Sequence[Path], known: Known) -> bool:
    return all(known.present(one) for one in paths)


def _is_taken(entry: Entry, came: Came, known: Known, rest: Path) -> bool | None:
    if not came.paths:
        return True
    present = [known.present(one) for one in came.paths]
    if not any(one is not False for one in present):
        return False
    if False in present or (rest and not _has_place(entry.wanted, rest)):
        return False
    if None in present:
        return None
    return _fits(entry, came, known, rest)


def _has_place(shape: Shape, rest: Path) -> bool:
    for index, _ in enumerate(rest):
        if isinstance(shape_at(shape, rest[:index]), Opaque):
            return True
    return shape_at(shape, rest) is not None


def _fits(entry: Entry, came: Came, known: Known, rest: Path) -> bool | None:
    """Whether a value that is there is written, and not left out for not fitting."""
    if not entry.optional:
        return True
    if any(use.kind == "approximate" for use in came.uses):
        return None
    if not any(use.skips for use in came.uses):
        return True
    if _mapped(came):
        return None
    if rest or len(came.paths) != 1 or not {use.how for use in came.uses} <= AS_IT_WAS:
        return True
    if not isinstance(entry.wanted, Scalar):
        return True
    values = known.values(came.paths[0])
    if values is not None:
        return all(_takes(entry.wanted, one) for one in values)
    shape = known.shape(came.paths[0])
    return True if shape is not None and fits(shape, entry.wanted) else None


def _takes(shape: Scalar, value: Any) -> bool:
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str) or not shape.format:
        return accepts(shape, value)
    formatted = is_rfc3339(value) if shape.format == "date-time" else _UUID.fullmatch(value)
    return bool(formatted) and accepts(replace(shape, format=""), value)


def _mapped(came: Came) -> bool:
    """Whether a value map changed the value, and the way back did not undo it."""
    there = {use.location for use in came.there if use.table is not None and _is_one_to_one(use)}
    back = {use.location for use in came.back if use.table is not None and _is_one_to_one(use)}
    return any(
        use.how == "values" and not _is_identity(use) and use.location not in there & back
        for use in came.uses
    )


def _is_one_to_one(use: Use) -> bool:
    assert use.table is not None
    sides = [(repr(pair.left), repr(pair.right)) for pair in use.table.pairs]
    return all(pair.kind == "exact" for pair in use.table.pairs) and len(sides) == len(
        {left for left, _ in sides}
    ) == len({right for _, right in sides})


def _is_identity(use: Use) -> bool:
    return use.table is not None and all(
        [value for _, value in pair.left] == [value for _, value in pair.right]
        for pair in use.table.pairs
    )


def _returning(entry: Entry, rest: Path, there: Made, known: Known) -> list[Came | None]:
    """Where what an entry of the way back writes may come from in the event."""
    possible: list[Came | None] = []
    for origin in entry.origins:
        states = _read(origin, rest, there, known)
        sure = True
        for came in states:
            if came is None:
                sure = False
                continue
            taken = _fits(entry, came, known, rest) if came.paths else _supplied(entry)
            if rest and not _has_place(entry.wanted, rest):
                taken = False
            if taken is None:
                fit = f"it fits {show_path(entry.target)}"
                came = replace(came, conditions=(*came.conditions, fit))
            if taken is not False:
                possible.append(came)
            sure = sure and bool(taken)
        if sure and states:
            return possible
    return [*possible, None] if entry.optional or rest or not possible else possible


def _supplied(entry: Entry) -> bool | None:
    return None if entry.optional else True


def _read(origin: Origin, rest: Path, there: Made, known: Known) -> list[Came | None]:
    """What an origin of the way back may read, of all that was written on the way there."""
    if not origin.paths:
        return [Came(back=origin.uses)]
    states: list[Came | None] = [Came(back=origin.uses)]
    for path in origin.paths:
        states = [
            _with(one, other) for one in states for other in _written((*path, *rest), there, known)
        ]
    return list(dict.fromkeys(states))


def _with(one: Came | None, other: Came | None) -> Came | None:
    if one is None or other is None:
        return None
    return Came(
        tuple(dict.fromkeys(one.paths + other.paths)),
        tuple(dict.fromkeys(one.there + other.there)),
        one.back,
        one.joined or other.joined,
        tuple(dict.fromkeys(one.conditions + other.conditions)),
    )


def _written(path: Path, there: Made, known: Known) -> list[Came | None]:
    """What may stand at a path of what was written; the entry nearest to it counts."""
    possible: list[Came | None] = []
    for entry in sorted(there.entries, key=lambda one: -len(one.target)):
        rest = below(entry.target, path)
        if rest is not None:
            states = _possible(entry, known, rest)
            possible += [one for one in states if one is not None]
            if None not in states:
                return possible
    return [*possible, None]


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
            states = _returning(entry, rest, one.there, known)
            may += [_outcome(leaf, entry, rest, came, known) for came in states if came is not None]
            if None not in states:
                return may
    return [*may, Outcome("absent")]


def _outcome(leaf: Path, entry: Entry, rest: Path, came: Came, known: Known) -> Outcome:
    if _is_constant(entry) and not rest:
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
    if _mapped(came) or "crosswalk" in rules:
        return "unknown"
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
    return "equal" if all(_takes(entry.wanted, one) for one in values) else "normalised"
