"""The coverage as one page that needs nothing else: a heat map, each cell opening its pair.

What is drawn is said in words as well: the picture of a pair shows what its table of leaves says.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from translator.coverage import Row, rows
from translator.paths import FREE, show_path
from translator.paths import Path as Member
from translator.reach import REACHES, Event, Flow, Reach

ABOUT = {
    "exact": ("=", "as it is, or the same in the target's words"),
    "approximate": ("~", "something near it, with the reason"),
    "opt-in": ("?", "only where the caller allows it by name"),
    "carried": ("↺", "kept aside for the way back, and not for the target to use"),
    "lost": ("×", "not at all"),
    "refused": ("×", "events of this kind are not translated"),
}
"""The sign of each way to reach a target, and what it means."""

STEP = 10
"""The height of a row of a picture, in units of its drawing; its width is always 100."""


_NARROW = 15
"""How many letters of a name a line of a picture holds where there is little room."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a picture: the numbers of its ends, how it reaches, and its drawing."""

    left: int
    right: int
    reach: str
    drawing: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Two columns of members and the lines between them. `left` has all leaves, lost ones last.

    `right` has the members that are filled, each with how; `empty` are the others.
    """

    left: tuple[Row, ...]
    right: tuple[tuple[str, str], ...]
    curves: tuple[Curve, ...]
    empty: tuple[str, ...]

    @property
    def height(self) -> int:
        """How many rows there are."""
        return max(len(self.left), len(self.right))

    @property
    def lines(self) -> int:
        """How many lines the longest name takes where there is little room."""
        names = [row.leaf for row in self.left]
        names += [one if how in ABOUT else f"{one} {how}" for one, how in self.right]
        return max((-(-len(name) // _NARROW) for name in names), default=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair as the page shows it; `anchor` is the name of its part of the page."""

    way: tuple[str, ...]
    anchor: str
    events: Mapping[str, int]
    leaves: Mapping[str, int]
    kinds: tuple[Event, ...]
    rows: tuple[Row, ...]
    filled: tuple[tuple[str, str], ...]
    picture: Picture


def as_html(flows: Sequence[Flow]) -> str:
    """The page, as text. It loads nothing from elsewhere."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["pieces"] = _pieces
    cells = {(one.source, one.target): _cell(one) for one in flows}
    return made.get_template("page.html.j2").render(
        sources=sorted({source for source, _ in cells}),
        targets=sorted({target for _, target in cells}),
        cells=cells,
        about=ABOUT,
        reaches=REACHES,
        step=STEP,
    )


def _cell(one: Flow) -> Cell:
    found = rows(one)
    filled = tuple((show_path(s.target), f"{s.how} {s.name}".rstrip()) for s in one.supplies)
    return Cell(
        one.way,
        re.sub(r"[^\w.-]", "_", f"{one.source}--{one.target}"),
        one.events_by_reach,
        one.leaves_by_reach,
        one.events,
        tuple(found),
        filled,
        _picture(found, dict(filled), tuple(map(show_path, _empty(one)))),
    )


def _empty(one: Flow) -> Iterator[Member]:
    """The members of the target that nothing fills, neither as such nor by one of their keys."""
    filled = {link.target for link in one.links} | {supply.target for supply in one.supplies}
    for target in one.targets:
        above = target[: target.index(FREE)] if FREE in target else target
        if not any(path[: len(above)] == above for path in filled):
            yield target


def _picture(found: Sequence[Row], filled: Mapping[str, str], empty: tuple[str, ...]) -> Picture:
    left = sorted(found, key=lambda row: row.reach == "lost")
    ends: dict[str, list[int]] = defaultdict(list)
    best: dict[str, Reach] = {}
    for number, row in enumerate(left):
        for line in row.lines:
            ends[line.target].append(number)
            best[line.target] = min(best.get(line.target, "lost"), line.reach, key=REACHES.index)
    # Each stands about as high as what leads to it, so that few lines cross.
    drawn = sorted(ends, key=lambda one: sum(ends[one]) / len(ends[one]))
    right = [*drawn, *(one for one in filled if one not in ends)]
    place = {target: number for number, target in enumerate(right)}
    curves = tuple(_curves(left, place))
    return Picture(
        tuple(left),
        tuple((one, best.get(one, filled.get(one, ""))) for one in right),
        curves,
        empty,
    )


def _curves(left: Sequence[Row], place: Mapping[str, int]) -> Iterator[Curve]:
    for number, row in enumerate(left):
        y = number * STEP + STEP // 2
        if not row.lines:
            cross = f"M21,{y - 2} L27,{y + 2} M21,{y + 2} L27,{y - 2}"
            yield Curve(number, -1, "lost", f"M0,{y} H18 {cross}")
        for line in row.lines:
            end = place[line.target]
            to = end * STEP + STEP // 2
            yield Curve(number, end, line.reach, f"M0,{y} C45,{y} 55,{to} 100,{to}")


def _pieces(text: str) -> list[str]:
    """A member's name in pieces, between which a line may break."""
    return [piece for piece in re.split(r"(?<=[._\]}])", text) if piece]
