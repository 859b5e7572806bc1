"""How much of what one format says reaches another: pair by pair, and a pair row by row.

A row is one leaf of the source, in words: how it reaches the target, where, by which rules, in
how many kinds of events, and why no better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from translator.catalog import Catalog
from translator.flow import trace_flow
from translator.origins import RuleUse
from translator.paths import format_path
from translator.reach import FieldLink, Flow, LeafCoverage, Reach
from translator.route import find_route


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
        trace_flow(catalog, source_format, target_format)
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
