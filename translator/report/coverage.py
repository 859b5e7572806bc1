"""Prepare the coverage of pairs of formats for text and JSON, and render it as an HTML page.

The page of a pair draws its fields and the lines between them; that of several pairs begins with
their matrix. Everything that a drawing shows is also available as text.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from translator.analysis.coverage import (
    CoverageCounts,
    LeafCoverage,
    LeafOutcome,
    PairCoverage,
    Reach,
    ValuePair,
    coverage,
    routed_pairs,
)
from translator.catalog.catalog import Catalog
from translator.paths import MAP_ENTRY, format_path
from translator.paths import Path as FieldPath
from translator.report.drawing import End, Line, Replacement, Start, lay_out
from translator.report.explain import format_rule
from translator.report.fields import field_facts
from translator.report.page import PageFiles, render_page


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


def render_html(
    catalog: Catalog,
    counts: Sequence[CoverageCounts | PairCoverage],
    flows: Sequence[PairCoverage],
    options: Sequence[str] = (),
) -> str:
    """Return the page. It loads nothing from other files or servers.

    It draws the pairs of `flows`. If `counts` has more than one pair, it begins with their matrix,
    whose cells lead to the drawings, or name the command that draws a pair, with its `options`.
    """
    all_pairs = [(cell.source, cell.target) for cell in counts]
    files = PageFiles(catalog.folders, all_pairs, has_mappings=bool(flows))
    drawn = {(flow.source, flow.target): _anchor(flow.source, flow.target) for flow in flows}
    cells = {
        (cell.source, cell.target): {
            "counts": cell,
            "number": number,
            "anchor": drawn.get((cell.source, cell.target), ""),
            "command": _command(cell, options),
        }
        for number, cell in enumerate(counts)
    }
    return render_page(
        "coverage.html.j2",
        files,
        is_pair=len(flows) == 1 == len(counts),
        sources=sorted({cell.source for cell in counts}),
        targets=sorted({cell.target for cell in counts}),
        cells=cells,
        pairs=[_page_section(catalog, flow) for flow in flows],
    )


def _anchor(source: str, target: str) -> str:
    return re.sub(r"[^\w.-]", "_", f"{source}--{target}")


def _command(cell: CoverageCounts | PairCoverage, options: Sequence[str]) -> str:
    file = f"{cell.source}--{cell.target}.html"
    arguments = ["coverage", cell.source, cell.target, "--html", file, *options]
    return shlex.join(["translator", *arguments])


def _page_section(catalog: Catalog, flow: PairCoverage) -> dict[str, Any]:
    """Return what the page shows of one pair: its drawing, and what is not drawn.

    `rows` are all leaves, each with its start; `lost` are the starts that are not drawn, by the
    reason. `empty` are the target fields that receive no value.
    """
    source_facts = partial(
        field_facts, catalog.spec(flow.source), catalog.event_type(flow.source, for_output=False)
    )
    target_facts = partial(
        field_facts, catalog.spec(flow.target), catalog.event_type(flow.target, for_output=True)
    )
    numbers = {outcome.kind: number for number, outcome in enumerate(flow.kind_outcomes)}
    values: dict[tuple[FieldPath, FieldPath], list[Replacement]] = defaultdict(list)
    for pair in flow.value_pairs:
        replacement = _replacement(pair)
        if replacement not in values[pair.source, pair.target]:
            values[pair.source, pair.target].append(replacement)

    def kinds_of(outcomes: Iterable[LeafOutcome]) -> tuple[int, ...]:
        found = tuple(numbers[outcome.kind] for outcome in outcomes if not outcome.refused)
        return found if len(found) < len(numbers) else ()

    def start_of(leaf: LeafCoverage) -> Start:
        lines = []
        for link in leaf.links:
            reached = [
                outcome
                for outcome in leaf.outcomes
                if any(each.target == link.target for each in outcome.links)
            ]
            pairs = tuple(values[leaf.path, link.target])
            name = format_path(link.target)
            lines.append(Line(name, link.reach, link.uses, link.because, pairs, kinds_of(reached)))
        note = "" if leaf.links or leaf.reach == "lost" else "no line: the target event implies it"
        facts = source_facts(leaf.path)
        used = (outcome for outcome in leaf.outcomes if outcome.reach != "lost")
        return Start(
            format_path(leaf.path), leaf.reach, tuple(lines), facts, None, note, kinds_of(used)
        )

    starts = list(map(start_of, flow.leaves))
    lost: dict[str, list[Start]] = defaultdict(list)
    for leaf, start in zip(flow.leaves, starts, strict=True):
        if start.sign == "lost":
            lost[leaf.because].append(start)
    filled: dict[FieldPath, list[str]] = defaultdict(list)
    for field in flow.filled_fields:
        filled[field.target].append(f"{field.how} {field.name}".rstrip())
    reached = dict.fromkeys(link.target for link in flow.links)
    ends = []
    for path in reached | dict.fromkeys(filled):
        note = " or ".join(dict.fromkeys(filled[path]))
        note = f"else {note}" if note and path in reached else note
        ends.append(End(format_path(path), target_facts(path), note=note))
    drawn = [start for start in starts if start.sign != "lost"]
    return {
        "flow": flow,
        "anchor": _anchor(flow.source, flow.target),
        "drawing": lay_out(flow.source, flow.target, drawn, [("", ends)]),
        "reached": len(reached),
        "lost": dict(sorted(lost.items(), key=lambda item: -len(item[1]))),
        "lost_count": sum(map(len, lost.values())),
        "keyed": sum(leaf.read_by_key for leaf in flow.leaves),
        "kinds_by_reach": {each: n for each, n in flow.kinds_by_reach.items() if n},
        "rows": list(zip(coverage_rows(flow), starts, strict=True)),
        "empty": [(format_path(path), target_facts(path)) for path in _empty_paths(flow)],
    }


def _replacement(pair: ValuePair) -> Replacement:
    value, result = (json.dumps(each, ensure_ascii=False) for each in (pair.value, pair.result))
    location = pair.uses[-1].location if pair.uses else None
    return Replacement(value, result, pair.reach, pair.because, location)


def _empty_paths(flow: PairCoverage) -> Iterator[FieldPath]:
    """Yield the target fields that receive no value, not even in one of their keys."""
    filled = [link.target for link in flow.links]
    filled += [field.target for field in flow.filled_fields]
    for target in flow.targets:
        prefix = target[: target.index(MAP_ENTRY)] if MAP_ENTRY in target else target
        if not any(path[: len(prefix)] == prefix for path in filled):
            yield target
