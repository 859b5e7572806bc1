"""The ways between formats."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from translator.catalog.discovery import MappingKey, find_route, route_keys, routes_from

NAMES = "abcdef"
LINKS = [frozenset(pair) for pair in combinations(NAMES, 2)]


def listed(links: set[MappingKey]) -> dict[tuple[str, str], list[str]]:
    """Of all ways without a format twice, the shortest, and of those the first by name."""
    found: dict[tuple[str, str], list[str]] = {}
    for length in range(2, len(NAMES) + 1):
        for way in permutations(NAMES, length):
            if all(link in links for link in route_keys(way)):
                found.setdefault((way[0], way[-1]), list(way))
    return found


@given(st.sets(st.sampled_from(LINKS)))
def test_the_shortest_way_is_taken(links: set[MappingKey]) -> None:
    """The shortest way is taken, of several the first by name, and none where there is none."""
    known = listed(links)
    for one in NAMES:
        leading = routes_from(one, links)
        for other in NAMES:
            assert find_route(one, other, links) == leading.get(other) == known.get((one, other))
