"""The coverage as one page that needs nothing else: a heat map, each cell opening its pair.

What is drawn is said in words as well: the picture of a pair shows what its table of leaves says.

How much of what one format says reaches another: pair by pair, and a pair row by row.

A row is one leaf of the source, in words: how it reaches the target, where, by which rules, in
how many kinds of events, and why no better.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.analysis.coverage import (
    REACHES,
    FieldLink,
    Flow,
    KindOutcome,
    LeafCoverage,
    Reach,
    coverage,
)
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import find_route
from translator.compiler.lineage import RuleUse
from translator.paths import MAP_ENTRY, format_path
from translator.paths import Path as Member


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """Where a leaf reaches the target, how, by which rules in their order, and why no better."""

    target: str
    reach: Reach
    rules: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One leaf of the source. `kinds` says how it fares, and in how many kinds of events.

    One that is `named` is no leaf of the spec, but read by its key where keys are free.
    """

    leaf: str
    reach: Reach
    lines: tuple[CoverageLine, ...]
    kinds: Mapping[str, int]
    because: str
    named: bool


def flow_matrix(catalog: Catalog, source: str | None = None) -> list[Flow]:
    """What reaches what, for every ordered pair with a way between; only of `source` if given."""
    return [
        coverage(catalog, source_format, target_format)
        for source_format in (catalog.formats() if source is None else [source])
        for target_format in catalog.formats()
        if source_format != target_format
        and find_route(source_format, target_format, catalog.mapping_paths()) is not None
    ]


def coverage_rows(pair_flow: Flow) -> list[CoverageRow]:
    """A pair, leaf by leaf."""
    return [_coverage_row(leaf) for leaf in pair_flow.leaves]


def _coverage_row(leaf: LeafCoverage) -> CoverageRow:
    lines = tuple(_coverage_line(link) for link in leaf.links)
    kinds = leaf.kinds_by_reach
    return CoverageRow(
        format_path(leaf.path), leaf.reach, lines, kinds, leaf.because, leaf.read_by_key
    )


def _coverage_line(link: FieldLink) -> CoverageLine:
    rules = tuple(map(format_rule, link.uses))
    return CoverageLine(format_path(link.target), link.reach, rules, link.because)


def format_rule(use: RuleUse) -> str:
    """One rule in words: where it stands, and what it does."""
    name = f" {use.name}" if use.name else ""
    return f"{use.location.short} {use.operation}{name}".lstrip()


def to_data(pair_flow: Flow, *, detail: bool) -> dict[str, Any]:
    """A pair as JSON data: its counts, and with `detail` its kinds of events and its leaves."""
    data: dict[str, Any] = {
        "way": list(pair_flow.route),
        "events": pair_flow.kinds_by_reach,
        "leaves": pair_flow.leaves_by_reach,
    }
    if detail:
        data["kinds"] = [
            {
                "kind": event.kind,
                "reach": event.reach,
                "because": event.because,
                "opt_ins": list(event.opt_ins),
            }
            for event in pair_flow.kind_outcomes
        ]
        data["rows"] = [
            {
                "leaf": row.leaf,
                "reach": row.reach,
                "to": [
                    {
                        "target": line.target,
                        "reach": line.reach,
                        "rules": list(line.rules),
                        "because": line.because,
                    }
                    for line in row.lines
                ],
                "kinds": dict(row.kinds),
                "because": row.because,
                "named": row.named,
            }
            for row in coverage_rows(pair_flow)
        ]
        data["filled"] = [
            {"target": format_path(supply.target), "how": supply.how, "name": supply.name}
            for supply in pair_flow.filled_fields
        ]
    return data


REACH_LABELS = {
    "exact": ("=", "as it is, or the same in the target's words"),
    "approximate": ("~", "something near it, with the reason"),
    "opt-in": ("?", "only where the caller allows it by name"),
    "carried": ("↺", "kept aside for the way back, and not for the target to use"),
    "lost": ("×", "not at all"),
    "refused": ("×", "events of this kind are not translated"),
}
"""The sign of each way to reach a target, and what it means."""

ROW_HEIGHT = 10
"""The height of a row of a picture, in units of its drawing; its width is always 100."""

_MAX_NARROW_LETTERS = 15
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

    left: tuple[CoverageRow, ...]
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
        names += [
            target if how in REACH_LABELS else f"{target} {how}" for target, how in self.right
        ]
        return max((-(-len(name) // _MAX_NARROW_LETTERS) for name in names), default=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair as the page shows it; `anchor` is the name of its part of the page."""

    way: tuple[str, ...]
    anchor: str
    events: Mapping[str, int]
    leaves: Mapping[str, int]
    kinds: tuple[KindOutcome, ...]
    rows: tuple[CoverageRow, ...]
    filled: tuple[tuple[str, str], ...]
    picture: Picture


def render_html(flows: Sequence[Flow]) -> str:
    """The page, as text. It loads nothing from elsewhere."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pieces"] = _split_name
    cells = {(pair_flow.source, pair_flow.target): _build_cell(pair_flow) for pair_flow in flows}
    return environment.get_template("page.html.j2").render(
        sources=sorted({source for source, _ in cells}),
        targets=sorted({target for _, target in cells}),
        cells=cells,
        about=REACH_LABELS,
        reaches=REACHES,
        step=ROW_HEIGHT,
    )


def _build_cell(pair_flow: Flow) -> Cell:
    cell_rows = coverage_rows(pair_flow)
    filled = tuple(
        (format_path(supply.target), f"{supply.how} {supply.name}".rstrip())
        for supply in pair_flow.filled_fields
    )
    return Cell(
        pair_flow.route,
        re.sub(r"[^\w.-]", "_", f"{pair_flow.source}--{pair_flow.target}"),
        pair_flow.kinds_by_reach,
        pair_flow.leaves_by_reach,
        pair_flow.kind_outcomes,
        tuple(cell_rows),
        filled,
        _build_picture(
            cell_rows, dict(filled), tuple(map(format_path, _unfilled_paths(pair_flow)))
        ),
    )


def _unfilled_paths(pair_flow: Flow) -> Iterator[Member]:
    """The members of the target that nothing fills, neither as such nor by one of their keys."""
    filled = {link.target for link in pair_flow.links} | {
        supply.target for supply in pair_flow.filled_fields
    }
    for target in pair_flow.targets:
        prefix = target[: target.index(MAP_ENTRY)] if MAP_ENTRY in target else target
        if not any(path[: len(prefix)] == prefix for path in filled):
            yield target


def _build_picture(
    cell_rows: Sequence[CoverageRow], filled: Mapping[str, str], empty: tuple[str, ...]
) -> Picture:
    left = sorted(cell_rows, key=lambda row: row.reach == "lost")
    sources_by_target: dict[str, list[int]] = defaultdict(list)
    best_reach: dict[str, Reach] = {}
    for index, row in enumerate(left):
        for line in row.lines:
            sources_by_target[line.target].append(index)
            best_reach[line.target] = min(
                best_reach.get(line.target, "lost"), line.reach, key=REACHES.index
            )
    # Each stands about as high as what leads to it, so that few lines cross.
    connected = sorted(
        sources_by_target,
        key=lambda name: sum(sources_by_target[name]) / len(sources_by_target[name]),
    )
    right = [*connected, *(name for name in filled if name not in sources_by_target)]
    positions = {target: index for index, target in enumerate(right)}
    curves = tuple(_build_curves(left, positions))
    return Picture(
        tuple(left),
        tuple((name, best_reach.get(name, filled.get(name, ""))) for name in right),
        curves,
        empty,
    )


def _build_curves(left: Sequence[CoverageRow], positions: Mapping[str, int]) -> Iterator[Curve]:
    for index, row in enumerate(left):
        y = index * ROW_HEIGHT + ROW_HEIGHT // 2
        if not row.lines:
            cross = f"M21,{y - 2} L27,{y + 2} M21,{y + 2} L27,{y - 2}"
            yield Curve(index, -1, "lost", f"M0,{y} H18 {cross}")
        for line in row.lines:
            target_index = positions[line.target]
            target_y = target_index * ROW_HEIGHT + ROW_HEIGHT // 2
            yield Curve(
                index, target_index, line.reach, f"M0,{y} C45,{y} 55,{target_y} 100,{target_y}"
            )


def _split_name(name: str) -> list[str]:
    """A member's name in pieces, between which a line may break."""
    return [piece for piece in re.split(r"(?<=[._\]}])", name) if piece]
