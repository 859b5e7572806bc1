"""The way from one format to another: a direct mapping if there is one, else through the hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Link = frozenset[str]
"""The two formats that a mapping relates."""


def ways(source: str, links: Iterable[Link]) -> dict[str, list[str]]:
    """The shortest way from `source` to each format there is one to, both ends included.

    Of two ways of one length the one whose formats come first by name is taken, so that the same
    mappings always give the same way.
    """
    neighbours: dict[str, set[str]] = {}
    for link in links:
        for one in link:
            neighbours.setdefault(one, set()).update(link - {one})
    found: dict[str, list[str]] = {source: [source]}
    last = [source]
    while last:
        further: list[str] = []
        for name in last:
            for one in sorted(neighbours.get(name, ())):
                if one not in found:
                    found[one] = [*found[name], one]
                    further.append(one)
        last = further
    del found[source]
    return found


def route(source: str, target: str, links: Iterable[Link]) -> list[str] | None:
    """The way from `source` to `target`; None if there is none, or if source and target are one."""
    return ways(source, links).get(target)


def links_of(way: Sequence[str]) -> list[Link]:
    """The mappings that a way goes through, in order."""
    return [frozenset(pair) for pair in pairwise(way)]
