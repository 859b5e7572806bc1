"""The ways between formats."""

from __future__ import annotations

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from translator.route import Link, links_of, route, ways

NAMES = "abcdef"
LINKS = [frozenset(pair) for pair in combinations(NAMES, 2)]


def listed(links: set[Link]) -> dict[tuple[str, str], list[str]]:
    """Of all ways without a format twice, the shortest, and of those the first by name."""
    found: dict[tuple[str, str], list[str]] = {}
    for length in range(2, len(NAMES) + 1):
        for way in permutations(NAMES, length):
            if all(link in links for link in links_of(way)):
                found.setdefault((way[0], way[-1]), list(way))
    return found


@given(st.sets(st.sampled_from(LINKS)))
def test_the_shortest_way_is_taken(links: set[Link]) -> None:
    """The shortest way is taken, of several the first by name, and none where there is none."""
    known = listed(links)
    for one in NAMES:
        leading = ways(one, links)
        for other in NAMES:
            assert route(one, other, links) == leading.get(other) == known.get((one, other))
