"""What survives on the way to another format and back: kind by kind, leaf by leaf.

Nobody writes a contract: it is derived from the mappings, by composing what the compiler recorded
of both ways. A leaf comes back as it was (`exact`) or in another spelling (`normalised`), depends
on the rest of the event or on its value (`conditional`), is `changed` to something else, or `lost`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.arguments import unknown
from translator.catalog import Catalog
from translator.kinds import Kind, Refusal, kinds
from translator.known import Given, Specified, below, found
from translator.ledger import leaves as leaves_of
from translator.losses import UNPLACED, UNREAD, lost_at, members
from translator.origins import Use
from translator.paths import Path, parse_path, show_path
from translator.promised import Foretold, Leaf, Loss, Prediction, Promise, Return, Survival
from translator.returning import Outcome, Round, forms, outcomes, rounds
from translator.runtime import leaves
from translator.selectors import OTHER, Step
from translator.shapes import Object, Union, event_shape, shape_at


@dataclass(frozen=True, slots=True)
class Contract:
    """What survives from `ways[0][0]` along the first of the `ways`, and back along the second.

    `given`, `allow` and `crosswalks` name the params, opt-ins and crosswalks taken as given;
    `params` are all there are.
    """

    ways: tuple[tuple[str, ...], tuple[str, ...]]
    params: tuple[str, ...]
    given: tuple[str, ...]
    allow: tuple[str, ...]
    crosswalks: tuple[str, ...]
    promises: tuple[Promise, ...]
    survivals: tuple[Survival, ...]
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
    crosswalks: Iterable[str] = (),
) -> Contract:
    """What survives from `source` to `target` and back.

    `params` names those taken as given, by default all; `allow` the opt-ins and `crosswalks` the
    tables likewise, by default none. Raises as `Catalog.steps` does, and `TranslationError` for a
    name that no mapping on the way has.
    """
    steps = (catalog.steps(source, target), catalog.steps(target, source))
    mappings = [step.directed.mapping for way in steps for step in way]
    names = (source, target)
    every = _known("param", {param.name for one in mappings for param in one.params}, params, names)
    given = every if params is None else tuple(sorted(set(params)))
    opted = tuple(sorted(set(allow)))
    tables = tuple(sorted(set(crosswalks)))
    _known("opt-in", {name for one in mappings for name in one.opt_ins}, opted, names)
    _known("crosswalk", {name for one in mappings for name in one.crosswalks}, tables, names)
    there = tuple(kinds(catalog, source, target, params=given, allow=opted, crosswalks=tables))
    back = tuple(kinds(catalog, target, source, params=given, allow=opted, crosswalks=tables))
    shape = event_shape(catalog.spec(source), writing=False)
    promises = tuple(_promise(kind, back, shape, steps) for kind in there)
    survivals = tuple(_survivals(there, promises, shape, back, steps))
    ways = (tuple(catalog.way(source, target)), tuple(catalog.way(target, source)))
    return Contract(ways, every, given, opted, tables, promises, survivals, shape, there, back)


def _known(
    what: str, there_are: set[str], names: Iterable[str] | None, ends: tuple[str, str]
) -> tuple[str, ...]:
    """The names there are. Raises `TranslationError` where one of `names` is none of them."""
    for name in names or ():
        if name not in there_are:
            raise unknown(what, name, there_are, *ends)
    return tuple(sorted(there_are))


# --- what is promised of a kind -------------------------------------------------------------------

Steps = tuple[Sequence[Step], Sequence[Step]]

GONE = frozenset({"absent", "replaced"})
"""What becomes of a leaf that does not come back."""

VALUED = frozenset({"conditional", "changed", "normalised"})
"""How a leaf fares of which some values may fare better."""


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
        tuple(dict.fromkeys(one.kind.label for one in every)),
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
    by_round = [(one, outcomes(path, one, known)) for one in tried]
    may = [outcome for _, found in by_round for outcome in found]
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
    if loss is not None and loss.because in (UNREAD, UNPLACED):
        loss = replace(loss, because="what it depends on does not hold")
    return Leaf(shown, "conditional", tuple(dict.fromkeys(_conditions(by_round))), instead, loss)


def _conditions(by_round: Sequence[tuple[Round, Sequence[Outcome]]]) -> Iterator[str]:
    """What has to hold for a leaf to come back: each of these."""
    good = [one for one, found in by_round if any(each.fate not in GONE for each in found)]
    for _, some in by_round:
        for one in some:
            if one.came is not None and one.fate not in GONE:
                yield from one.came.conditions
    every = [one for one, _ in by_round]
    yield from _alternatives([r.conditions for r in good], [r.conditions for r in every])
    yield from _alternatives([r.told for r in good], [r.told for r in every])


def _alternatives(
    good: Sequence[tuple[str, ...]], every: Sequence[tuple[str, ...]]
) -> Iterator[str]:
    """What one of `good` asks for, where not all of `every` are: first what all of them do."""
    if set(good) == set(every) or () in good:
        return
    shared = [text for text in good[0] if all(text in one for one in good)]
    yield from shared
    rest = [" and ".join(text for text in one if text not in shared) for one in good]
    if all(rest):
        yield " or ".join(dict.fromkeys(rest))


def _survivals(
    there: Sequence[Kind],
    promises: Sequence[Promise],
    shape: Object | Union,
    back: Sequence[Kind],
    steps: Steps,
) -> Iterator[Survival]:
    """What becomes of each value of each enum, in all the kinds of events that can have it."""
    found: dict[tuple[Path, Any], list[Survival]] = {}
    for kind, promise in zip(there, promises, strict=True):
        whole = _shape(shape, kind)
        leaves_there = {parse_path(leaf.path): leaf for leaf in promise.leaves}
        for path in leaves_of(whole):
            told = kind.choice.get(path)
            listed = getattr(shape_at(whole, path), "enum", None) or ()
            values = listed if path not in kind.choice else () if told is None else (told,)
            for value in values if not isinstance(told, OTHER) else ():
                leaf = leaves_there.get(path)
                if leaf is not None and path not in kind.choice and leaf.status in VALUED:
                    one = replace(kind, choice={**kind.choice, path: value})
                    leaf = _leaf(path, one, whole, back, steps)
                survival = Survival(
                    show_path(path),
                    value,
                    (leaf.status,) if leaf is not None else (),
                    leaf.instead if leaf is not None else (),
                    (promise.refused,) if leaf is None else (),
                )
                found.setdefault((path, value), []).append(survival)
    order = list(dict.fromkeys(path for path, _ in found))
    for (_, _), some in sorted(found.items(), key=lambda one: order.index(one[0][0])):
        yield Survival(
            some[0].path,
            some[0].value,
            tuple(dict.fromkeys(status for one in some for status in one.statuses)),
            tuple(dict.fromkeys(text for one in some for text in one.instead)),
            tuple(dict.fromkeys(text for one in some for text in one.refused)),
        )


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
