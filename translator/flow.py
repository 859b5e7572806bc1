"""What of a source reaches a target: kind by kind of event, and leaf by leaf, with the rules.

Read off the code that would run: each member it writes knows where it comes from and by what
rules. What no written member comes from is lost, for the reason that the mappings give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from translator.catalog import Catalog
from translator.diagnostics import Location
from translator.kinds import Kind, kinds
from translator.ledger import leaves
from translator.losses import why_lost
from translator.origins import Entry, Origin, Use
from translator.paths import EACH, FREE, KEY, VALUE, Path
from translator.reach import REACHES, Arrival, Event, Fate, Flow, Leaf, Link, Reach, Supply
from translator.selectors import OTHER, Choice, Step
from translator.shapes import ListOf, Object, Opaque, Shape, Union, member

_CONSTANT = Use("constant", Location(""))


def flow(catalog: Catalog, source: str, target: str) -> Flow:
    """What reaches `target` from `source`. Raises as `Catalog.steps` does."""
    steps = catalog.steps(source, target)
    shape = catalog.shape(source, writing=False)
    found = kinds(catalog, source, target)
    parts = [
        _Part(_variant(shape, plain.choice), plain, _links((plain, more), steps))
        for plain, more in zip(found, _without_fillers(catalog, found, steps), strict=True)
    ]
    return Flow(
        (source, *(step.directed.target for step in steps)),
        tuple(map(_event, found)),
        tuple(_leaves(shape, parts, steps)),
        tuple(_targets(steps[-1].target, parts)),
        tuple(_supplies(found)),
    )


def _without_fillers(
    catalog: Catalog, found: Sequence[Kind], steps: Sequence[Step]
) -> Sequence[Kind]:
    """The kinds once more, with no params where these stand before what is less than exact.

    What a param fills is never filled by an approximation or an opt-in: these show without it.
    """
    allow: set[str] = set()
    fillers: set[str] = set()
    params: set[str] = set()
    for directed in (step.directed for step in steps):
        moves = [move for case in directed.cases for move in case.moves]
        inexact = {m.targets[0] for m in moves if any(s.kind != "exact" for s in m.sources)}
        allow |= {s.name for m in moves for s in m.sources if s.kind == "opt-in"}
        for param in directed.mapping.params:
            params.add(param.name)
            if param.fills in inexact and param.to_left == directed.to_left:
                fillers.add(param.name)
    if not allow and not fillers:
        return found
    source, target = steps[0].directed.source, steps[-1].directed.target
    return kinds(catalog, source, target, params=params - fillers, allow=allow)


# --- kinds of events -----------------------------------------------------------------------------


def _event(kind: Kind) -> Event:
    if (refusal := _refusal(kind)) is not None:
        return Event(kind.label, "refused", refusal)
    wanted: Arrival = "opt-in" if kind.opt_ins else "approximate"
    for use in _deciding(kind):
        if use.kind == wanted:
            return Event(kind.label, wanted, use.because, kind.opt_ins)
    if kind.opt_ins:
        return Event(kind.label, "opt-in", f"allow {', '.join(kind.opt_ins)}", kind.opt_ins)
    return Event(kind.label, "exact")


def _refusal(kind: Kind) -> str | None:
    """Why all events of a kind are refused, if they are."""
    if kind.refused is not None:
        code, message = kind.refused.code, kind.refused.message
        return message.partition(": ")[2] or f"{code}: {message}"
    return None if kind.made else "no event of this kind has all that the target needs"


def _deciding(kind: Kind) -> Iterator[Use]:
    """The rules that what tells the kind apart goes through."""
    for made in kind.made:
        for entry in made.entries:
            for origin in entry.origins:
                if _decided(origin, kind.choice):
                    yield from origin.uses


def _decided(origin: Origin, choice: Choice) -> bool:
    """Whether the value of an origin is known from the kind of event alone."""
    return bool(origin.paths) and all(
        choice.get(path) is not None and not isinstance(choice[path], OTHER)
        for path in origin.paths
    )


# --- leaves of the source ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A kind of event: its shape, and what its code says of where written members come from."""

    shape: Object
    kind: Kind
    read: tuple[tuple[Entry, Link], ...]

    def holds(self, path: Path) -> bool:
        """Whether events of the kind can hold a leaf: it is known, and nothing above it absent."""
        choice = self.kind.choice
        there = all(choice.get(path[:n], "") is not None for n in range(1, len(path) + 1))
        return there and _holds(self.shape, path)


def _variant(shape: Object | Union, choice: Choice) -> Object:
    if isinstance(shape, Object):
        return shape
    return shape.variants[choice[(shape.discriminator,)]]  # type: ignore[index]


def _links(forms: Sequence[Kind], steps: Sequence[Step]) -> tuple[tuple[Entry, Link], ...]:
    """Every line between two members in the code of a kind, which may have been made twice."""
    found: dict[Link, Entry] = {}
    kind = forms[0]
    for made in (made for form in forms for made in form.made):
        for entry in made.entries:
            for origin in entry.origins:
                reach, because = _reach(origin, kind, steps)
                # An origin without rules says only that a list is there, though it be empty.
                for path in origin.paths if origin.uses else ():
                    found[Link(path, entry.target, reach, origin.uses, because)] = entry
    return tuple((entry, link) for link, entry in found.items())


def _reach(origin: Origin, kind: Kind, steps: Sequence[Step]) -> tuple[Reach, str]:
    """How good an origin is, and why no better: as its worst rule."""
    worst: tuple[Reach, str] = ("exact", "")
    for use in origin.uses:
        reach, because = _quality(use)
        if reach == "exact" and not _decided(origin, kind.choice):
            reach, because = _inexact(use, steps)
        if REACHES.index(reach) > REACHES.index(worst[0]):
            worst = reach, because
    return worst


def _quality(use: Use) -> tuple[Reach, str]:
    if use.how == "carried":
        return "carried", "kept for the way back"
    return use.kind, use.because


def _inexact(use: Use, steps: Sequence[Step]) -> tuple[Reach, str]:
    """How good a table of values is that is looked up at run time: some of its rows may be near."""
    for step in steps:
        if use.table is not None and use.table in step.directed.mapping.all_tables():
            for pair in use.table.pairs:
                if pair.kind == "approximate" and pair.to_left == step.directed.to_left:
                    return "approximate", pair.because
    return "exact", ""


def _leaves(shape: Object | Union, parts: Sequence[_Part], steps: Sequence[Step]) -> Iterator[Leaf]:
    variants = shape.variants.values() if isinstance(shape, Union) else (shape,)
    listed = dict.fromkeys(leaf for variant in variants for leaf in leaves(variant))
    read = (link.source for part in parts for _, link in part.read)
    for path, named in _with_named(tuple(listed), dict.fromkeys(read)):
        reason = why_lost(path, steps)
        fates = tuple(_fate(path, part, reason) for part in parts if part.holds(path))
        if fates:
            yield Leaf(path, fates, named)


def _with_named(listed: Sequence[Path], used: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Leaves, and behind each with free keys the members below it that are used by name."""
    named = [path for path in used if not any(leaf[: len(path)] == path for leaf in listed)]
    for leaf in listed:
        yield leaf, False
        if FREE in leaf:
            above = leaf[: leaf.index(FREE)]
            yield from ((path, True) for path in named if path[: len(above)] == above)
            named = [path for path in named if path[: len(above)] != above]
    yield from ((path, True) for path in named)


def _fate(path: Path, part: _Part, reason: str) -> Fate:
    kind = part.kind
    if (refusal := _refusal(kind)) is not None:
        return Fate(kind.label, "lost", f"its events are refused: {refusal}", refused=True)
    links = [
        link if not kind.opt_ins else _opted(link, kind)
        for entry, read in part.read
        if (link := _reaching(path, entry, read)) is not None
    ]
    if not links:
        return Fate(kind.label, "lost", reason)
    links.sort(key=lambda link: REACHES.index(link.reach))
    return Fate(kind.label, links[0].reach, links[0].because, tuple(links))


def _opted(link: Link, kind: Kind) -> Link:
    """A line of a kind that is refused without opt-ins: no better than they are."""
    if link.reach not in ("exact", "approximate"):
        return link
    because = f"only with {', '.join(kind.opt_ins)}"
    return Link(link.source, link.target, "opt-in", link.uses, because)


def _reaching(path: Path, entry: Entry, link: Link) -> Link | None:
    """The line of a leaf: its own, or what a copy of all that is above it takes along."""
    above, rest = path[: len(link.source)], path[len(link.source) :]
    if above != link.source or not _holds(entry.wanted, rest):
        return None
    return Link(path, (*link.target, *rest), link.reach, link.uses, link.because) if rest else link


def _holds(shape: Shape, path: Path) -> bool:
    """Whether a value of a shape, or a copy into it, can hold what stands at a path below it."""
    found: Shape | None = shape
    for segment in path:
        match found:
            case Opaque():
                return True
            case ListOf(items=items) if segment == EACH:
                found = items
            case Object(free=free) if segment in (FREE, KEY, VALUE):
                found = free if segment == VALUE or free is None else found
            case Object():
                place = member(found, segment)
                found = None if place is None else place.shape
            case _:
                return False
    return found is not None


# --- members of the target -----------------------------------------------------------------------


def _targets(shape: Object | Union, parts: Sequence[_Part]) -> Iterator[Path]:
    """The leaves of the target, and those that only have a name where keys are free."""
    variants = shape.variants.values() if isinstance(shape, Union) else (shape,)
    listed = dict.fromkeys(leaf for variant in variants for leaf in leaves(variant))
    written = (link.target for part in parts for _, link in part.read)
    yield from (path for path, _ in _with_named(tuple(listed), dict.fromkeys(written)))


def _supplies(found: Sequence[Kind]) -> Iterator[Supply]:
    entries = (entry for kind in found for made in kind.made for entry in made.entries)
    yield from dict.fromkeys(
        Supply(entry.target, use.how, use.name)
        for entry in entries
        for origin in entry.origins or (Origin(),)
        if not origin.paths
        for use in (origin.uses or (_CONSTANT,))[:1]
    )
