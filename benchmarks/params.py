"""Params that change with every call of `translate`, relative to constant params."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, repeat

from benchmarks.timing import (
    Contestant,
    check_agreement,
    goal_cells,
    print_heading,
    print_table,
    round_count,
    time_contestants,
)
from translator import translate

CONSTANT = "constant params"
DISTINCT = "distinct params in every call"
GOAL = 2.0
"""Maximum time with distinct params relative to constant params."""

DISTINCT_VALUES = 100_000
"""Number of different users and times: more than any cache of translators should hold."""

EVENT = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "bookmark"}


def main() -> None:
    """Compare the outputs, time both contestants and print the ratio.

    A sample is one call if a call takes longer than a sample, so that slow calls stay few.
    """
    begin = datetime(2024, 5, 1, tzinfo=UTC)
    users = [f"user-{number}" for number in range(DISTINCT_VALUES)]
    times = [
        f"{begin + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"
        for number in range(DISTINCT_VALUES)
    ]
    expected = translate(EVENT, "aisquare", "miso", params={"user": "ada", "time": times[0]})
    for number in (1, 2):
        params = {"user": users[number], "time": times[number]}
        output = translate(EVENT, "aisquare", "miso", params=params)
        changed = {"user_id": users[number], "timestamp": times[number]}
        check_agreement(DISTINCT, [output], [expected | changed])
    rounds = round_count()
    timed = [
        Contestant(CONSTANT, _call(repeat(users[0]), repeat(times[0]))),
        Contestant(DISTINCT, _call(cycle(users), cycle(times))),
    ]
    timings = time_contestants(timed, rounds)
    print_heading(
        "params: translate(event, 'aisquare', 'miso', params={'user': …, 'time': …})",
        f"{rounds} rounds, CPU time",
    )
    ratio = timings.ratio(DISTINCT, CONSTANT)
    rows = [
        (CONSTANT, *timings.seconds(CONSTANT).cells(1e6), "", "", "", ""),
        (
            DISTINCT,
            *timings.seconds(DISTINCT).cells(1e6),
            *ratio.cells(),
            *goal_cells(ratio.median, at_most=GOAL),
        ),
    ]
    head = ("", "µs per event", "quartiles", "relative to constant", "quartiles", "goal", "")
    print_table(head, rows)


def _call(users: Iterator[str], times: Iterator[str]) -> Callable[[], object]:
    """Return a callable that translates the event with the next user and time."""

    def run() -> object:
        params = {"user": next(users), "time": next(times)}
        return translate(EVENT, "aisquare", "miso", params=params)

    return run


if __name__ == "__main__":
    main()
