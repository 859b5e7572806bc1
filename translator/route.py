"""The way from one format to another: a direct mapping if there is one, else through the hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

MappingKey = frozenset[str]
"""The two formats that a mapping relates."""


def routes_from(source: str, mapping_keys: Iterable[MappingKey]) -> dict[str, list[str]]:
    """The shortest way from `source` to each format there is one to, both ends included.

    Of two ways of one length the one whose formats come first by name is taken, so that the same
    mappings always give the same way.
    """
    neighbours: dict[str, set[str]] = {}
    for mapping_key in mapping_keys:
        for format_name in mapping_key:
            neighbours.setdefault(format_name, set()).update(mapping_key - {format_name})
    routes: dict[str, list[str]] = {source: [source]}
    frontier = [source]
    while frontier:
        next_frontier: list[str] = []
        for name in frontier:
            for format_name in sorted(neighbours.get(name, ())):
                if format_name not in routes:
                    routes[format_name] = [*routes[name], format_name]
                    next_frontier.append(format_name)
        frontier = next_frontier
    del routes[source]
    return routes


def find_route(source: str, target: str, mapping_keys: Iterable[MappingKey]) -> list[str] | None:
    """The way from `source` to `target`; None if there is none, or if source and target are one."""
    return routes_from(source, mapping_keys).get(target)


def route_keys(route: Sequence[str]) -> list[MappingKey]:
    """The mappings that a way goes through, in order."""
    return [frozenset(pair) for pair in pairwise(route)]
