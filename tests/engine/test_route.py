"""Routes between formats: `find_route` and `routes_from`, compared with exhaustive search."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from translator.catalog.discovery import MappingKey, find_route, route_keys, routes_from

NAMES = "abcdef"
LINKS = [frozenset(pair) for pair in combinations(NAMES, 2)]


def exhaustive_routes(links: set[MappingKey]) -> dict[tuple[str, str], list[str]]:
    """Return the shortest route of each pair; of equally short ones, the first by name."""
    routes: dict[tuple[str, str], list[str]] = {}
    for length in range(2, len(NAMES) + 1):
        for route in permutations(NAMES, length):
            if all(link in links for link in route_keys(route)):
                routes.setdefault((route[0], route[-1]), list(route))
    return routes


@given(st.sets(st.sampled_from(LINKS)))
def test_routes_are_the_shortest(links: set[MappingKey]) -> None:
    """A route is the shortest, of several the first by name; unconnected formats have none."""
    expected = exhaustive_routes(links)
    for source in NAMES:
        routes = routes_from(source, links)
        for target in NAMES:
            route = expected.get((source, target))
            assert find_route(source, target, links) == routes.get(target) == route
