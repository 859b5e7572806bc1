"""Lay out a drawing: fields on the left, fields on the right, and lines between them.

The pages of `coverage` and `explain` show the same drawing as HTML; `render_svg` makes a picture of
it that stands alone. Each line has a row of its own, so that what is written on it never overlaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from statistics import fmean
from typing import Literal

from translator.compiler.lineage import RuleUse
from translator.errors import Location
from translator.report.fields import FieldFacts
from translator.report.printable import printable

Sign = Literal["exact", "approximate", "opt-in", "carried", "lost", "refused"]

SIGNS: dict[Sign, tuple[str, str]] = {
    "exact": ("=", "unchanged, or expressed in the target's own terms"),
    "approximate": ("~", "replaced by something similar, with a reason"),
    "opt-in": ("?", "only if the caller allows it by name"),
    "carried": ("↺", "stored for the return trip; the target does not use it"),
    "lost": ("×", "does not reach the target"),
    "refused": ("×", "events of this kind are not translated"),
}
"""The sign and the meaning of each outcome of a field."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A value that a line replaces by another; `location` is the rule that says so."""

    value: str
    result: str
    sign: Sign
    because: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line to the field `target` of the event `card` on the right, and what is written on it.

    `kinds` are the numbers of the kinds of events in which there is such a line; empty means all.
    """

    target: str
    sign: Sign
    uses: tuple[RuleUse, ...] = ()
    because: str = ""
    values: tuple[Replacement, ...] = ()
    kinds: tuple[int, ...] = ()
    card: int = 0

    @property
    def label(self) -> str:
        """What the rules do to the value, as in `values, row`."""
        parts = [_use_label(use) for use in self.uses]
        return ", ".join(dict.fromkeys(part for part in parts if part)) or "same"


def _use_label(use: RuleUse) -> str:
    if use.operation in ("same", "incomplete"):
        return f"only {use.conditions}" if use.conditions else ""
    match use.operation:
        case "selection":
            return use.name.rpartition(".")[2]
        case "crosswalk":
            return f"crosswalk {use.name}"
    return use.text or use.operation


@dataclass(frozen=True, slots=True)
class Start:
    """A field on the left, with its lines; `value` is that of a real event, as JSON.

    One without lines is implied by the target, which `note` says.
    """

    name: str
    sign: Sign
    lines: tuple[Line, ...] = ()
    facts: FieldFacts | None = None
    value: str | None = None
    note: str = ""
    kinds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """A field on the right; `note` says what fills it if no line reaches it."""

    name: str
    facts: FieldFacts | None = None
    value: str | None = None
    note: str = ""
    uses: tuple[RuleUse, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedStart:
    """A start at its first row (from 1), with the row of each of its lines."""

    start: Start
    index: int
    row: int
    rows: int
    lines: tuple[PlacedLine, ...]


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line from its own row to the row of an end."""

    line: Line
    row: int
    end: PlacedEnd

    @property
    def path(self) -> str:
        """The line in a picture that is 100 wide, with rows that are 10 high."""
        start, end = self.row * 10 - 5, self.end.row * 10 - 5
        return f"M0,{start} C50,{start} 50,{end} 100,{end}"


@dataclass(slots=True)
class PlacedEnd:
    """An end at its row; `sign` is the best one of its lines, and `sources` their starts."""

    end: End
    index: int
    row: int
    sign: Sign | None = None
    sources: list[str] = field(default_factory=list)

    def add(self, source: str, sign: Sign) -> None:
        """Add the start of a line."""
        self.sources.append(source)
        signs = list(SIGNS)
        if self.sign is None or signs.index(sign) < signs.index(self.sign):
            self.sign = sign


@dataclass(frozen=True, slots=True)
class Card:
    """One event on the right: its title, if it has one, above its ends."""

    title: str
    row: int
    rows: int
    ends: tuple[PlacedEnd, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing with all places; `rows` is its height."""

    source: str
    target: str
    starts: tuple[PlacedStart, ...]
    cards: tuple[Card, ...]
    rows: int

    @property
    def lines(self) -> list[PlacedLine]:
        """All lines."""
        return [line for start in self.starts for line in start.lines]

    @property
    def ends(self) -> list[PlacedEnd]:
        """The fields on the right."""
        return [end for card in self.cards for end in card.ends]

    @property
    def starts_by_sign(self) -> Mapping[Sign, int]:
        """The number of fields on the left that are drawn, by their sign."""
        return _count(each.start.sign for each in self.starts)

    @property
    def lines_by_sign(self) -> Mapping[Sign, int]:
        """The number of lines that are drawn, by their sign."""
        return _count(each.line.sign for each in self.lines)


def _count(signs: Iterable[Sign]) -> dict[Sign, int]:
    listed = list(signs)
    return {sign: listed.count(sign) for sign in SIGNS if sign in listed}


def lay_out(
    source: str,
    target: str,
    starts: Sequence[Start],
    cards: Sequence[tuple[str, Sequence[End]]],
) -> Drawing:
    """Place the starts below each other, and each end near its lines, so that few lines cross.

    `cards` are the events on the right, each with its title (empty: without) and its ends. Each
    line has to lead to one of them.
    """
    wanted: dict[tuple[int, str], list[int]] = defaultdict(list)
    row = 1
    for start in starts:
        for line in start.lines:
            wanted[line.card, line.target].append(row)
            row += 1
        row += not start.lines
    placed: dict[tuple[int, str], PlacedEnd] = {}
    placed_cards: list[Card] = []
    next_row, remaining, index = 1, sum(bool(title) + len(ends) for title, ends in cards), 0
    row_count = max(row - 1, remaining)
    for number, (title, ends) in enumerate(cards):
        reached = [end for end in ends if (number, end.name) in wanted]
        reached.sort(key=lambda end: fmean(wanted[number, end.name]))
        filled = [end for end in ends if (number, end.name) not in wanted]
        first = next_row
        if title and reached:  # the card begins near its lines
            nearest = round(fmean(wanted[number, reached[0].name])) - 1
            first = max(first, min(nearest, row_count - remaining + 1))
        next_row = first + bool(title)
        remaining -= bool(title)
        placed_ends: list[PlacedEnd] = []
        for end in reached + filled:
            at = next_row
            if rows := wanted.get((number, end.name)):
                at = max(at, min(round(fmean(rows)), row_count - remaining + 1))
            placed_ends.append(PlacedEnd(end, index, at))
            placed[number, end.name] = placed_ends[-1]
            next_row, remaining, index = at + 1, remaining - 1, index + 1
        placed_cards.append(Card(title, first, next_row - first, tuple(placed_ends)))
    placed_starts: list[PlacedStart] = []
    row = 1
    for number, start in enumerate(starts):
        lines = []
        for offset, line in enumerate(start.lines):
            reached_end = placed[line.card, line.target]
            reached_end.add(start.name, line.sign)
            lines.append(PlacedLine(line, row + offset, reached_end))
        height = max(len(lines), 1)
        placed_starts.append(PlacedStart(start, number, row, height, tuple(lines)))
        row += height
    return Drawing(source, target, tuple(placed_starts), tuple(placed_cards), row_count)


# --- a picture that stands alone ------------------------------------------------------------------

_CHAR, _ROW, _TOP, _PAD, _MIDDLE = 7.25, 46, 58, 16, 150

_MAX_LENGTH = 44

_STYLE = """
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #17202b; }
.head { font: 600 14px system-ui, sans-serif; } .small { font-size: 11px; fill: #465160; }
.paper { fill: #fff; stroke: #b9c2cd; } .field { fill: #f4f6f9; stroke: #b9c2cd; }
.label { fill: #fff; } .value { font-weight: 600; }
path { fill: none; stroke-width: 2; }
path.exact { stroke: #005a9c; } path.approximate { stroke: #8a4b00; stroke-dasharray: 9 4; }
path.opt-in { stroke: #7a2f8f; stroke-dasharray: 2 4; }
path.carried { stroke: #00665a; stroke-dasharray: 12 3 2 3; }
path.lost, path.refused { stroke: #a3182a; }
@media (prefers-color-scheme: dark) {
text { fill: #e8edf4; } .small { fill: #aab5c3; } .paper, .label { fill: #11161d; }
.paper, .field { stroke: #465466; } .field { fill: #1a212b; }
path.exact { stroke: #6fb7f5; } path.approximate { stroke: #f0a94a; }
path.opt-in { stroke: #d69be8; } path.carried { stroke: #4fd0bd; }
path.lost, path.refused { stroke: #ff8a8f; }
}
"""


def render_svg(drawing: Drawing, title: str, legend: Mapping[Sign, str] = {}) -> str:
    """Return a drawing as an SVG picture, which has its own background and loads nothing.

    `legend` names the signs of the lines, below the drawing. Long names and values are cut.
    """
    ends = drawing.ends
    left = _width([text for each in drawing.starts for text in _texts(each.start)])
    right = _width([text for each in ends for text in _texts(each.end)])
    notes = [_note(each.start) for each in drawing.starts if not each.lines]
    label_width = _width([_cut(each.line.label) for each in drawing.lines] + notes)
    x1 = _PAD + left
    x2 = x1 + label_width + _MIDDLE
    width = x2 + right + _PAD
    height = _TOP + drawing.rows * _ROW + (30 if legend else 6)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="title">',
        f'<title id="title">{_text(title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1:.0f}" '
        'rx="8"/>',
        f'<text class="head" x="{_PAD}" y="32">{_text(drawing.source)}</text>',
        f'<text class="head" x="{x2:.0f}" y="32">{_text(drawing.target)}</text>',
    ]

    def middle(row: int) -> float:
        return _TOP + (row - 0.5) * _ROW

    for line in drawing.lines:
        y1, y2 = middle(line.row), middle(line.end.row)
        bend = x1 + label_width + 14
        half = (bend + x2) / 2
        parts.append(
            f'<path class="{line.line.sign}" d="M{x1:.0f},{y1:.0f} H{bend:.0f} '
            f'C{half:.0f},{y1:.0f} {half:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"/>'
        )
        text = _cut(line.line.label)
        parts.append(
            f'<rect class="label" x="{x1 + 12:.0f}" y="{y1 - 9:.0f}" '
            f'width="{len(text) * 6.65 + 8:.0f}" height="18"/>'
            f'<text class="small" x="{x1 + 16:.0f}" y="{y1 + 4:.0f}">{_text(text)}</text>'
        )
    for start in drawing.starts:
        y1 = middle(start.row)
        parts += _box(start.start, _PAD, left, y1, start.rows)
        if not start.lines:
            text = _note(start.start)
            parts.append(f'<text class="small" x="{x1 + 16:.0f}" y="{y1 + 4:.0f}">{text}</text>')
    for card in drawing.cards:
        if card.title:
            y = middle(card.row) + 6
            parts.append(f'<text class="head" x="{x2:.0f}" y="{y:.0f}">{_text(card.title)}</text>')
        for end in card.ends:
            parts += _box(end.end, x2, right, middle(end.row), 1)
    x = float(_PAD)
    for sign in legend if legend else ():
        text = legend[sign]
        y = height - 16
        parts.append(
            f'<path class="{sign}" d="M{x:.0f},{y - 4} h26"/>'
            f'<text class="small" x="{x + 32:.0f}" y="{y}">{_text(text)}</text>'
        )
        x += 32 + len(text) * 6.65 + 24
    return "\n".join([*parts, "</svg>", ""])


def _note(start: Start) -> str:
    return _text(_cut(f"{start.sign}: {start.note}" if start.sign == "lost" else start.note))


def _texts(node: Start | End) -> list[str]:
    return [_cut(node.name), _cut(node.value if node.value is not None else node.note)]


def _width(texts: Sequence[str]) -> float:
    return max(map(len, texts), default=0) * _CHAR + 20


def _box(node: Start | End, x: float, width: float, y: float, rows: int) -> list[str]:
    name, detail = _texts(node)
    box_height = _ROW - 8 + (rows - 1) * _ROW
    kind = "value" if node.value is not None else "small"
    return [
        f'<rect class="field" x="{x:.0f}" y="{y - _ROW / 2 + 4:.0f}" width="{width:.0f}" '
        f'height="{box_height}" rx="5"/>',
        f'<text class="small" x="{x + 9:.0f}" y="{y - 4:.0f}">{_text(name)}</text>',
        f'<text class="{kind}" x="{x + 9:.0f}" y="{y + 12:.0f}">{_text(detail)}</text>',
    ]


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}…"


def _text(text: str) -> str:
    return escape(printable(text))
