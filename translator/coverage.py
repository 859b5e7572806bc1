"""How much of what one format says reaches another: pair by pair, and a pair row by row.

A row is one leaf of the source, in words: how it reaches the target, where, by which rules, in
how many kinds of events, and why no better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from translator.catalog import Catalog
from translator.flow import flow
from translator.origins import Use
from translator.paths import show_path
from translator.reach import Flow, Leaf, Link, Reach
from translator.route import route


@dataclass(frozen=True, slots=True)
class Line:
    """Where a leaf reaches the target, how, by which rules in their order, and why no better."""

    target: str
    reach: Reach
    rules: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Row:
    """One leaf of the source. `kinds` says how it fares, and in how many kinds of events.

    One that is `named` is no leaf of the spec, but read by its key where keys are free.
    """

    leaf: str
    reach: Reach
    lines: tuple[Line, ...]
    kinds: Mapping[str, int]
    because: str
    named: bool


def matrix(catalog: Catalog, source: str | None = None) -> list[Flow]:
    """What reaches what, for every ordered pair with a way between; only of `source` if given."""
    return [
        flow(catalog, start, end)
        for start in (catalog.formats() if source is None else [source])
        for end in catalog.formats()
        if start != end and route(start, end, catalog.links()) is not None
    ]


def rows(one: Flow) -> list[Row]:
    """A pair, leaf by leaf."""
    return [_row(leaf) for leaf in one.leaves]


def _row(leaf: Leaf) -> Row:
    lines = tuple(_line(link) for link in leaf.links)
    kinds = leaf.kinds_by_reach
    return Row(show_path(leaf.path), leaf.reach, lines, kinds, leaf.because, leaf.named)


def _line(link: Link) -> Line:
    rules = tuple(map(rule, link.uses))
    return Line(show_path(link.target), link.reach, rules, link.because)


def rule(use: Use) -> str:
    """One rule in words: where it stands, and what it does."""
    name = f" {use.name}" if use.name else ""
    return f"{use.location.short} {use.how}{name}".lstrip()


def as_data(one: Flow, *, detail: bool) -> dict[str, Any]:
    """A pair as JSON data: its counts, and with `detail` its kinds of events and its leaves."""
    data: dict[str, Any] = {
        "way": list(one.way),
        "events": one.events_by_reach,
        "leaves": one.leaves_by_reach,
    }
    if detail:
        data["kinds"] = [
            {"kind": e.kind, "reach": e.reach, "because": e.because, "opt_ins": list(e.opt_ins)}
            for e in one.events
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
            for row in rows(one)
        ]
        data["filled"] = [
            {"target": show_path(s.target), "how": s.how, "name": s.name} for s in one.supplies
        ]
    return data
