"""What survives on the way to another format and back: kind by kind, leaf by leaf.

Nobody writes a contract: it is derived from the mappings, by composing what the compiler recorded
of both ways. A leaf comes back as it was (`exact`) or in another spelling (`normalised`), depends
on the rest of the event or on its value (`conditional`), is `changed` to something else, or `lost`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from translator.catalog import Catalog
from translator.kinds import Kind, Refusal, kinds
from translator.known import Given, Specified, below, found
from translator.ledger import leaves as leaves_of
from translator.losses import lost_at, members
from translator.origins import Use
from translator.paths import Path, show_path
from translator.returning import (
    Fate,
    Outcome,
    Round,
    forms,
    outcomes,
    rounds,
)
from translator.runtime import leaves
from translator.selectors import OTHER, Step
from translator.shapes import Object, Union, event_shape

Status = Literal["exact", "normalised", "conditional", "changed", "lost"]
Return = Literal["same kind", "another kind", "refused there", "refused on the way back"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Where a leaf is lost: on the way `there` or `back`, in which step, and why.

    `step` is the two formats of that step, as in `one -> other`; `rule` is where one rule is
    to blame, as `file:line:column`, or empty.
    """

    way: Literal["there", "back"]
    step: str
    because: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What becomes of one leaf of the events of a kind.

    `conditions` are what has to hold for a `conditional` one to come back, `instead` what stands in
    its place where it does not: values, params, or members of the event.
    """

    path: str
    status: Status
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of one kind of event. `comes_back` lists how it may return.

    `params` are those whose value may stand in what comes back, `opt_ins` those without which it
    is refused on either way. `spread` are the lists of which each element returns on its own.
    """

    kind: str
    comes_back: tuple[Return, ...]
    leaves: tuple[Leaf, ...] = ()
    refused: str = ""
    params: tuple[str, ...] = ()
    opt_ins: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foretold:
    """What becomes of one leaf of an event: its JSON path, and what may stand there `instead`.

    One that is `replaced` may be absent too; in place of one that is `absent` stands nothing.
    """

    path: str
    fate: Fate
    instead: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What comes back of an event that makes the way there and back.

    Events that are `refused` for their kind do not; others may still be refused for a value.
    `spread` are the lists, as paths, of which each element returns in an event of its own.
    """

    kind: str
    refused: str = ""
    leaves: tuple[Foretold, ...] = ()
    spread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What survives from `ways[0][0]` along the first of the `ways`, and back along the second."""

    ways: tuple[tuple[str, ...], tuple[str, ...]]
    given: tuple[str, ...]
    promises: tuple[Promise, ...]
    shape: Object | Union
    there: tuple[Kind, ...]
    back: tuple[Kind, ...]

    def predict(self, event: Any) -> Prediction:
        """What comes back of an event, which is valid. Raises `ValueError` for no known kind."""
        for kind in self.there:
            if _is_of(event, kind):
                return _predicted(self, kind, event)
        raise ValueError("the event is of no kind that its spec knows")


def contract(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
) -> Contract:
    """What survives from `source` to `target` and back.

    `params` names those taken as given, by default all; `allow` the opt-ins, by default none.
    Crosswalks are taken as not given. Raises as `Catalog.steps` does.
    """
    allow = tuple(allow)
    listed = None if params is None else tuple(params)
    there = tuple(kinds(catalog, source, target, params=listed, allow=allow))
    back = tuple(kinds(catalog, target, source, params=listed, allow=allow))
    steps = (catalog.steps(source, target), catalog.steps(target, source))
    known = {one.name for way in steps for step in way for one in step.directed.mapping.params}
    shape = event_shape(catalog.spec(source), writing=False)
    promises = tuple(_promise(kind, back, shape, steps) for kind in there)
    ways = (tuple(catalog.way(source, target)), tuple(catalog.way(target, source)))
    given = tuple(sorted(known if listed is None else known & set(listed)))
    return Contract(ways, given, promises, shape, there, back)


# --- what is promised of a kind -------------------------------------------------------------------

Steps = tuple[Sequence[Step], Sequence[Step]]


def _shape(shape: Object | Union, kind: Kind) -> Object:
    if isinstance(shape, Object):
        return shape
    value = kind.choice[(shape.discriminator,)]
    assert not isinstance(value, OTHER)
    return shape.variants[value]


def _promise(kind: Kind, back: Sequence[Kind], shape: Object | Union, steps: Steps) -> Promise:
    if kind.refused is not None or not kind.made:
        return Promise(kind.label, ("refused there",), refused=_said(kind.refused))
    whole = _shape(shape, kind)
    every = list(rounds(kind, back, Specified(whole, kind.choice, ())))
    returning = [one for one in every if one.back is not None]
    refused = next((_said(one.kind.refused) for one in every if one.back is None), "")
    comes_back: list[Return] = []
    for one in returning:
        same = _is_same(kind, one)
        comes_back.append("same kind" if same else "another kind")
    if refused or not every:
        comes_back.append("refused on the way back")
    found_leaves = tuple(
        _leaf(path, kind, whole, back, steps) for path in _paths(kind, whole, returning)
    )
    opt_ins = dict.fromkeys(
        name for one in (kind, *(each.kind for each in returning)) for name in one.opt_ins
    )
    return Promise(
        kind.label,
        tuple(dict.fromkeys(comes_back)),
        found_leaves if returning else (),
        refused,
        tuple(dict.fromkeys(_params(returning))),
        tuple(opt_ins),
        tuple(map(show_path, _spread(returning))),
    )


def _said(refused: Refusal | None) -> str:
    return refused.message if refused is not None else "no form of it can be written"


def _is_same(kind: Kind, one: Round) -> bool:
    """Whether what comes back is surely of the kind that went."""
    assert one.back is not None
    for path, value in kind.choice.items():
        entry = next((each for each in one.back.entries if each.target == path), None)
        if entry is None:
            if value is not None:
                return False
            continue
        listed = getattr(entry.shape, "enum", None)
        if listed is not None and len(listed) == 1 and listed[0] != value:
            return False
    return True


def _params(returning: Sequence[Round]) -> Iterator[str]:
    for one in returning:
        for made in (one.there, one.back):
            for entry in made.entries if made is not None else ():
                yield from (use.name for o in entry.origins for use in o.uses if use.how == "param")


def _spread(returning: Sequence[Round]) -> tuple[Path, ...]:
    """The lists of which each element goes in an event of its own."""
    lists: dict[Path, None] = {}
    for one in returning:
        for entry in one.there.entries:
            for origin in entry.origins:
                for path in origin.paths:
                    if "[]" in path and "[]" not in entry.target and "{}" not in entry.target:
                        lists[path[: path.index("[]") + 1]] = None
    return tuple(lists)


def _paths(kind: Kind, whole: Object, returning: Sequence[Round]) -> list[Path]:
    """The leaves of the events of a kind: those of its spec, and those that rules name below."""
    every = {path: None for path in leaves_of(whole) if kind.choice.get(path, "") is not None}
    for one in returning:
        for entry in one.there.entries:
            for origin in entry.origins:
                for path in origin.paths:
                    inner = any(below(known, path) for known in every)
                    if inner and kind.choice.get(path, "") is not None:
                        every.setdefault(path)
    return list(every)


def _leaf(path: Path, kind: Kind, whole: Object, back: Sequence[Kind], steps: Steps) -> Leaf:
    known = Specified(whole, kind.choice, path)
    tried = [one for one in rounds(kind, back, known) if one.back is not None]
    may = [outcome for one in tried for outcome in outcomes(path, one, known)]
    fates = {one.fate for one in may}
    instead = tuple(dict.fromkeys(text for one in may for text in _instead(one)))
    shown = show_path(path)
    if not may or fates == {"equal"}:
        return Leaf(shown, "exact" if may else "lost")
    if fates <= {"equal", "normalised"}:
        return Leaf(shown, "normalised")
    loss = _loss(path, may, tried, steps)
    if fates == {"absent"}:
        return Leaf(shown, "lost", loss=loss)
    if fates <= {"absent", "replaced"}:
        return Leaf(shown, "changed", instead=instead, loss=loss)
    conditions = dict.fromkeys(
        text for one in may if one.came is not None for text in one.came.conditions
    )
    return Leaf(shown, "conditional", tuple(conditions), instead, loss)


def _instead(one: Outcome) -> Iterator[str]:
    if one.fate not in ("replaced", "unknown") or one.came is None:
        return
    if one.constant:
        yield repr(one.constant[0])
    elif one.came.paths:
        yield from map(show_path, one.came.paths)
    else:
        yield from (f"param {use.name}" for use in one.came.uses if use.how == "param")


def _loss(path: Path, may: Sequence[Outcome], tried: Sequence[Round], steps: Steps) -> Loss | None:
    """Where a leaf is lost first, and why."""
    blamed = _inexact(may, path)
    if blamed is not None:
        use, way = blamed
        at = steps[0] if way == "there" else steps[1]
        hop = next((s for s in at if s.directed.mapping.file == use.location.file), at[0])
        return Loss(way, _named(hop), use.because, str(use.location))
    onward = dict.fromkeys(
        entry.target
        for one in tried
        for entry in one.there.entries
        for origin in entry.origins
        if any(below(read, path) is not None for read in origin.paths)
    )
    if not onward:
        number, because = lost_at(path, steps[0])
        return Loss("there", _named(steps[0][number]), because)
    for target in onward:
        number, because = lost_at(target, steps[1])
        return Loss("back", _named(steps[1][number]), because)
    return None


def _inexact(may: Sequence[Outcome], path: Path) -> tuple[Use, Literal["there", "back"]] | None:
    for one in may:
        if one.came is None or path not in one.came.paths:
            continue
        for use in one.came.there:
            if use.kind != "exact":
                return use, "there"
        for use in one.came.back:
            if use.kind != "exact":
                return use, "back"
    return None


def _named(step: Step) -> str:
    return f"{step.directed.source} -> {step.directed.target}"


# --- what is foretold of an event -----------------------------------------------------------------


def _is_of(event: Any, kind: Kind) -> bool:
    for path, value in kind.choice.items():
        stands = next((one for one in found(event, path) if one is not None), None)
        if isinstance(value, OTHER):
            if stands is None or stands in value.than:
                return False
        elif stands != value:
            return False
    return True


def _predicted(made: Contract, kind: Kind, event: Any) -> Prediction:
    if kind.refused is not None or not kind.made:
        return Prediction(kind.label, _said(kind.refused))
    known = Given(event, _shape(made.shape, kind))
    every = list(rounds(kind, made.back, known))
    returning = [one for one in every if one.back is not None]
    if not returning:
        refused = next((_said(one.kind.refused) for one in every), "no form of it comes back")
        if not forms(kind, known):
            refused = "no form of it can be written"
        return Prediction(kind.label, refused)
    foretold = tuple(_foretold(path, value, returning, known) for path, value in leaves(event))
    return Prediction(kind.label, "", foretold, tuple(map(show_path, _spread(returning))))


def _is_about(path: Path, one: Round) -> bool:
    """Whether what comes back may have a member at, above or below a path."""
    entries = one.back.entries if one.back is not None else ()
    return any(
        below(each.target, path) is not None or each.target[: len(path)] == path for each in entries
    )


def _foretold(path: str, value: Any, returning: Sequence[Round], known: Given) -> Foretold:
    at = members(path)
    may = [outcome for one in returning for outcome in outcomes(at, one, known)]
    fates = {one.fate for one in may}
    if len(fates) == 1:
        (fate,) = fates
    elif fates <= {"equal", "normalised"}:
        fate = "normalised"
    elif fates <= {"absent", "replaced"}:
        fate = "replaced"
    else:
        fate = "unknown"
    if value in ([], {}) and any(_is_about(at, one) for one in returning):
        fate = "unknown"
    instead = tuple(value for one in may if one.fate == "replaced" for value in one.constant)
    certain = fate == "replaced" and all(one.constant for one in may)
    return Foretold(path, fate, instead if certain else ())
