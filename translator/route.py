"""The way from one format to another: a direct mapping if there is one, else through the hub."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

Link = frozenset[str]
"""The two formats that a mapping relates."""


def route(source: str, target: str, links: Iterable[Link]) -> list[str] | None:
    """The formats on the shortest way from `source` to `target`, both included.

    Of two ways of one length the one whose formats come first by name is taken, so that the same
    mappings always give the same way. None if there is none, or if source and target are one.
    """
    neighbours: dict[str, set[str]] = {}
    for link in links:
        for one in link:
            neighbours.setdefault(one, set()).update(link - {one})
    if source == target:
        return None
    ways = [[source]]
    seen = {source}
    while ways:
        longer: list[list[str]] = []
        for way in ways:
            for one in sorted(neighbours.get(way[-1], ())):
                if one == target:
                    return [*way, one]
                if one not in seen:
                    seen.add(one)
                    longer.append([*way, one])
        ways = longer
    return None


def links_of(way: list[str]) -> list[Link]:
    """The mappings that a way goes through, in order."""
    return [frozenset(pair) for pair in pairwise(way)]
