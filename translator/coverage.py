"""How much of what one format says reaches another: a matrix over all pairs, as text and HTML.

Counted are the kinds of events that a source's deciding members tell apart (its actions, mostly).
Each reaches the target exactly, as an approximation, only by an opt-in, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from translator.catalog import Catalog
from translator.code import Pool
from translator.route import route
from translator.selectors import OTHER, Choice, Step, choices, selectors
from translator.shapes import Object, Union, event_shape
from translator.variants import Options, Variant

Reach = Literal["exact", "approximate", "opt-in", "refused"]

REACHES: tuple[Reach, ...] = ("exact", "approximate", "opt-in", "refused")


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of event: what tells it apart, how it reaches the target, and why not."""

    event: str
    reach: Reach
    because: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A source and a target: the rows between them."""

    source: str
    target: str
    rows: tuple[Row, ...]

    def count(self, reach: Reach) -> int:
        """How many kinds of events reach the target so."""
        return Counter(row.reach for row in self.rows)[reach]

    @property
    def share(self) -> float:
        """The part that reaches the target without an opt-in, from 0 to 1."""
        return (self.count("exact") + self.count("approximate")) / max(len(self.rows), 1)


def matrix(catalog: Catalog) -> list[Cell]:
    """A cell for every ordered pair of formats between which there is a way."""
    return [
        cell(catalog, source, target)
        for source in catalog.formats()
        for target in catalog.formats()
        if source != target and route(source, target, catalog.links()) is not None
    ]


def cell(catalog: Catalog, source: str, target: str) -> Cell:
    """What reaches `target` from `source`. Raises `TranslationError` if there is no way."""
    steps = catalog.steps(source, target)
    shape = event_shape(catalog.spec(source), writing=False)
    chosen = selectors(shape, steps)
    return Cell(
        source,
        target,
        tuple(_row(shape, steps, choice) for choice in choices(shape, chosen, steps)),
    )


def _row(shape: Object | Union, steps: Sequence[Step], choice: Choice) -> Row:
    params = {param.name: "" for step in steps for param in step.directed.mapping.params}
    every = frozenset(name for step in steps for name in step.directed.mapping.opt_ins)
    values = (value for value in choice.values() if value is not None)
    event = " ".join("(other)" if isinstance(one, OTHER) else str(one) for one in values)
    plain = Variant(shape, steps, Options(params, report=True), Pool(), choice).body()
    if plain.refused is None:
        notes = [line for line in plain.text.splitlines() if line.startswith("    note('approx")]
        because = notes[0].rpartition(", ")[2].rstrip(")").strip("'\"") if notes else ""
        return Row(event, "approximate" if notes else "exact", because)
    code, _, message = plain.refused
    allowed = Variant(shape, steps, Options(params, allow=every), Pool(), choice).body()
    reach: Reach = "opt-in" if allowed.refused is None else "refused"
    return Row(event, reach, message.partition(": ")[2] or f"{code}: {message}")


def as_text(cells: Sequence[Cell]) -> str:
    """The matrix as a table: a row for each pair."""
    head = f"{'SOURCE':<13}{'TARGET':<13}" + "".join(f"{reach.upper():>12}" for reach in REACHES)
    lines = [
        f"{one.source:<13}{one.target:<13}" + "".join(f"{one.count(r):>12}" for r in REACHES)
        for one in cells
    ]
    return "\n".join([head, *lines])


def rows_as_text(one: Cell) -> str:
    """A pair, row by row, with the reasons."""
    width = max((len(row.event) for row in one.rows), default=0)
    return "\n".join(
        f"{row.event:<{width}}  {row.reach:<11}  {row.because}".rstrip() for row in one.rows
    )


def as_html(cells: Sequence[Cell]) -> str:
    """The matrix as one page that needs nothing else: a heat map, each cell opening its rows."""
    from jinja2 import Environment, StrictUndefined

    template = (Path(__file__).parent / "coverage.html.j2").read_text(encoding="utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True).from_string(template)  # fmt: skip
    names = list(dict.fromkeys(name for one in cells for name in (one.source, one.target)))
    by_pair = {(one.source, one.target): one for one in cells}
    return made.render(names=sorted(names), cells=by_pair, reaches=REACHES)
