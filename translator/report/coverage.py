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
from statistics import fmean
from typing import Any

from translator.analysis.coverage import (
    REACHES,
    CoverageCounts,
    LeafCoverage,
    PairCoverage,
    Reach,
    coverage,
    routed_pairs,
)
from translator.catalog.catalog import Catalog
from translator.errors import MissingExtraError
from translator.paths import MAP_ENTRY, format_path
from translator.paths import Path as FieldPath
from translator.report.explain import format_rule
from translator.report.printable import printable


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


def flow_matrix(catalog: Catalog, source: str | None = None) -> list[PairCoverage]:
    """Return the flow of every ordered pair that has a route, or only of those from `source`."""
    return [coverage(catalog, *pair) for pair in routed_pairs(catalog, source)]


def coverage_rows(flow: PairCoverage) -> list[CoverageRow]:
    """Return the coverage of each leaf of the source."""
    return list(map(_coverage_row, flow.leaves))


def _coverage_row(leaf: LeafCoverage) -> CoverageRow:
    path, lines, kinds = format_path(leaf.path), [], leaf.kinds_by_reach
    for link in leaf.links:
        rules = tuple(map(format_rule, link.uses))
        lines.append(CoverageLine(format_path(link.target), link.reach, rules, link.because))
    return CoverageRow(path, leaf.reach, tuple(lines), kinds, leaf.because, leaf.read_by_key)


def filled_fields(flow: PairCoverage) -> list[tuple[str, str]]:
    """Return the target fields that are filled without the event, each with its origin."""
    fields = flow.filled_fields
    return [(format_path(item.target), f"{item.how} {item.name}".rstrip()) for item in fields]


def counts_data(counts: CoverageCounts | PairCoverage) -> dict[str, Any]:
    """Return the counts of a pair as data for JSON."""
    events, leaves = counts.kinds_by_reach, counts.leaves_by_reach
    return {"way": counts.route, "events": events, "leaves": leaves}


def to_data(flow: PairCoverage) -> dict[str, Any]:
    """Return a flow as data for JSON: its counts, kinds and leaves."""
    return {
        **counts_data(flow),
        "kinds": list(map(asdict, flow.kind_outcomes)),
        "rows": list(map(asdict, coverage_rows(flow))),
        "filled": [
            asdict(field) | {"target": format_path(field.target)} for field in flow.filled_fields
        ],
    }


REACH_LABELS = {
    "exact": ("=", "unchanged, or expressed in the target's own terms"),
    "approximate": ("~", "replaced by something similar, with a reason"),
    "opt-in": ("?", "only if the caller allows it by name"),
    "carried": ("↺", "stored for the return trip; the target does not use it"),
    "lost": ("×", "does not reach the target"),
    "refused": ("×", "events of this kind are not translated"),
}
"""The sign and the meaning of each reach."""

_NARROW_LINE_LENGTH = 15
"""The number of characters in a line of the diagram on a narrow screen."""


def render_html(flows: Sequence[PairCoverage]) -> str:
    """Return the page. It loads nothing from other files or servers."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError as error:
        raise MissingExtraError("html", "the HTML page", "jinja2") from error

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        # Markup is the result of a macro, whose expressions were escaped one by one.
        finalize=lambda value: value if isinstance(value, Markup) else printable(str(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Lines may break after these characters of a name.
    environment.filters["pieces"] = re.compile(r"(?s).*?[._\]}]|.+").findall
    return environment.get_template("page.html.j2").render(
        sources=sorted({flow.source for flow in flows}),
        targets=sorted({flow.target for flow in flows}),
        pairs={(flow.source, flow.target): _page_section(flow) for flow in flows},
        labels=REACH_LABELS,
        reaches=REACHES,
    )


def _page_section(flow: PairCoverage) -> dict[str, Any]:
    """Return what the page shows of one pair.

    Its diagram connects `left`, the leaves of the source with the lost ones last, to `right`, the
    target fields that receive a value, each with its best reach or the origin of its value. `empty`
    has the other target fields.
    """
    rows, filled = coverage_rows(flow), filled_fields(flow)
    left = sorted(rows, key=lambda row: row.reach == "lost")
    row_indexes: dict[str, list[int]] = defaultdict(list)
    reaches: dict[str, list[Reach]] = defaultdict(list)
    for index, row in enumerate(left):
        for line in row.to:
            row_indexes[line.target].append(index)
            reaches[line.target].append(line.reach)
    # Each target is placed near its sources, so that few lines cross.
    targets = sorted(row_indexes, key=lambda target: fmean(row_indexes[target]))
    right: dict[str, str] = {name: min(reaches[name], key=REACHES.index) for name in targets}
    right |= {name: how for name, how in filled if name not in reaches}
    names = [row.leaf for row in left]
    names += [name if name in reaches else f"{name} {how}" for name, how in right.items()]
    return {
        "flow": flow,
        "anchor": re.sub(r"[^\w.-]", "_", f"{flow.source}--{flow.target}"),
        "rows": rows,
        "filled": filled,
        "left": left,
        "right": right,
        "empty": list(map(format_path, _empty_paths(flow))),
        "lines_per_row": max((-(-len(name) // _NARROW_LINE_LENGTH) for name in names), default=1),
    }


def _empty_paths(flow: PairCoverage) -> Iterator[FieldPath]:
    """Yield the target fields that receive no value, not even in one of their keys."""
    filled = [link.target for link in flow.links]
    filled += [field.target for field in flow.filled_fields]
    for target in flow.targets:
        prefix = target[: target.index(MAP_ENTRY)] if MAP_ENTRY in target else target
        if not any(path[: len(prefix)] == prefix for path in filled):
            yield target
