"""Prepare the coverage of pairs of formats for text and JSON, and render it as an HTML page.

The page is a single file. Its overview is a heat map of all pairs; each cell opens the details of
its pair. Everything that a drawing shows is also available as text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from translator.analysis.coverage import REACHES, FieldLink, Flow, Reach, coverage
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import find_route
from translator.paths import MAP_ENTRY, format_path
from translator.paths import Path as FieldPath
from translator.report.explain import format_rule


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A target field that a leaf reaches; `because` says why the reach is not better."""

    target: str
    reach: Reach
    rules: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """The coverage of one leaf of the source; `kinds` counts the kinds of events by reach.

    A leaf that is `named` is not part of the spec: rules read it by its key from a field whose
    keys are free.
    """

    leaf: str
    reach: Reach
    to: tuple[CoverageLine, ...]
    kinds: Mapping[str, int]
    because: str
    named: bool


def flow_matrix(catalog: Catalog, source: str | None = None) -> list[Flow]:
    """Return the flow of every ordered pair that has a route, or only of those from `source`."""
    return [
        coverage(catalog, source_format, target_format)
        for source_format in (catalog.formats() if source is None else [source])
        for target_format in catalog.formats()
        if source_format != target_format
        and find_route(source_format, target_format, catalog.mapping_paths()) is not None
    ]


def coverage_rows(flow: Flow) -> list[CoverageRow]:
    """Return the coverage of each leaf of the source."""
    return [
        CoverageRow(
            format_path(leaf.path),
            leaf.reach,
            tuple(map(_coverage_line, leaf.links)),
            leaf.kinds_by_reach,
            leaf.because,
            leaf.read_by_key,
        )
        for leaf in flow.leaves
    ]


def _coverage_line(link: FieldLink) -> CoverageLine:
    rules = tuple(map(format_rule, link.uses))
    return CoverageLine(format_path(link.target), link.reach, rules, link.because)


def filled_fields(flow: Flow) -> list[tuple[str, str]]:
    """Return the target fields that are filled without the event, each with its origin."""
    return [
        (format_path(field.target), f"{field.how} {field.name}".rstrip())
        for field in flow.filled_fields
    ]


def to_data(flow: Flow, *, detail: bool) -> dict[str, Any]:
    """Return a flow as data for JSON: its counts and, with `detail`, its kinds and leaves."""
    data: dict[str, Any] = {
        "way": flow.route,
        "events": flow.kinds_by_reach,
        "leaves": flow.leaves_by_reach,
    }
    if detail:
        data["kinds"] = list(map(asdict, flow.kind_outcomes))
        data["rows"] = list(map(asdict, coverage_rows(flow)))
        data["filled"] = [
            asdict(field) | {"target": format_path(field.target)} for field in flow.filled_fields
        ]
    return data


REACH_LABELS = {
    "exact": ("=", "unchanged, or expressed in the target's own terms"),
    "approximate": ("~", "replaced by something similar, with a reason"),
    "opt-in": ("?", "only if the caller allows it by name"),
    "carried": ("↺", "stored for the return trip; the target does not use it"),
    "lost": ("×", "does not reach the target"),
    "refused": ("×", "events of this kind are not translated"),
}
"""The sign and the meaning of each reach."""

ROW_HEIGHT = 10
"""The height of a row in the diagram, in SVG units; the diagram is 100 units wide."""

_NARROW_LINE_LENGTH = 15
"""The number of characters in a line of the diagram on a narrow screen."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the diagram: the rows it connects, its reach, and its SVG path."""

    left: int
    right: int
    reach: str
    svg_path: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """The leaves of the source and the fields of the target, connected by curves.

    `left` has the lost leaves last. `right` has the target fields that receive a value, each with
    its best reach or the origin of its value; `empty` has the other target fields.
    """

    left: tuple[CoverageRow, ...]
    right: tuple[tuple[str, str], ...]
    curves: tuple[Curve, ...]
    empty: tuple[str, ...]

    @property
    def row_count(self) -> int:
        """The number of rows of the longer side."""
        return max(len(self.left), len(self.right))

    @property
    def lines_per_row(self) -> int:
        """The number of lines that the longest name takes on a narrow screen."""
        names = [row.leaf for row in self.left]
        names += [name if how in REACH_LABELS else f"{name} {how}" for name, how in self.right]
        return max((-(-len(name) // _NARROW_LINE_LENGTH) for name in names), default=1)


@dataclass(frozen=True, slots=True)
class PairSection:
    """The part of the page about one pair; `anchor` is its id."""

    flow: Flow
    anchor: str
    rows: Sequence[CoverageRow]
    filled: Sequence[tuple[str, str]]
    diagram: Diagram


def render_html(flows: Sequence[Flow]) -> str:
    """Return the page. It loads nothing from other files or servers."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pieces"] = _split_name
    return environment.get_template("page.html.j2").render(
        sources=sorted({flow.source for flow in flows}),
        targets=sorted({flow.target for flow in flows}),
        pairs={(flow.source, flow.target): _build_section(flow) for flow in flows},
        labels=REACH_LABELS,
        reaches=REACHES,
        row_height=ROW_HEIGHT,
    )


def _build_section(flow: Flow) -> PairSection:
    anchor = re.sub(r"[^\w.-]", "_", f"{flow.source}--{flow.target}")
    rows, filled = coverage_rows(flow), filled_fields(flow)
    empty = tuple(map(format_path, _empty_paths(flow)))
    return PairSection(flow, anchor, rows, filled, _build_diagram(rows, dict(filled), empty))


def _empty_paths(flow: Flow) -> Iterator[FieldPath]:
    """Yield the target fields that receive no value, not even in one of their keys."""
    filled = [link.target for link in flow.links]
    filled += [field.target for field in flow.filled_fields]
    for target in flow.targets:
        prefix = target[: target.index(MAP_ENTRY)] if MAP_ENTRY in target else target
        if not any(path[: len(prefix)] == prefix for path in filled):
            yield target


def _build_diagram(
    rows: Sequence[CoverageRow], filled: Mapping[str, str], empty: tuple[str, ...]
) -> Diagram:
    left = sorted(rows, key=lambda row: row.reach == "lost")
    sources_by_target: dict[str, list[int]] = defaultdict(list)
    best_reach: dict[str, Reach] = {}
    for index, row in enumerate(left):
        for line in row.to:
            sources_by_target[line.target].append(index)
            previous = best_reach.get(line.target, "lost")
            best_reach[line.target] = min(previous, line.reach, key=REACHES.index)

    def average_row(target: str) -> float:
        return sum(sources_by_target[target]) / len(sources_by_target[target])

    # Each target is placed near its sources, so that few lines cross.
    right = sorted(sources_by_target, key=average_row)
    right += [target for target in filled if target not in sources_by_target]
    positions = {target: index for index, target in enumerate(right)}
    return Diagram(
        tuple(left),
        tuple((target, best_reach.get(target, filled.get(target, ""))) for target in right),
        tuple(_build_curves(left, positions)),
        empty,
    )


def _build_curves(left: Sequence[CoverageRow], positions: Mapping[str, int]) -> Iterator[Curve]:
    for index, row in enumerate(left):
        y = index * ROW_HEIGHT + ROW_HEIGHT // 2
        if not row.to:
            cross = f"M21,{y - 2} L27,{y + 2} M21,{y + 2} L27,{y - 2}"
            yield Curve(index, -1, "lost", f"M0,{y} H18 {cross}")
        for line in row.to:
            target_index = positions[line.target]
            target_y = target_index * ROW_HEIGHT + ROW_HEIGHT // 2
            svg_path = f"M0,{y} C45,{y} 55,{target_y} 100,{target_y}"
            yield Curve(index, target_index, line.reach, svg_path)


def _split_name(name: str) -> list[str]:
    """Split a field name where a line may break."""
    return [piece for piece in re.split(r"(?<=[._\]}])", name) if piece]
