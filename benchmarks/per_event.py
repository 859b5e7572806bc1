"""Per event, dict to dict: the translator beside code written by hand and beside other tools."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.measure import Contestant, Race, Spread, heading, numbers, over, race, rounds, table
from benchmarks.work import Run, Work, works

BY_HAND = "by hand"
BY_HAND_NAMED = "by hand, translate(event, source, target)"
BY_HAND_CHECKED = "by hand, the same checks"
BY_HAND_VALID = "by hand, the target's checks"
BY_HAND_JUDGED = "jsonschema-rs, then by hand"
"""The same checks too, the source's by a library that is not written in Python: harder to reach."""

BOUND = "Translator, checks off"
BOUND_CHECKED = "Translator"
GUARDED = "Translator, the target's checks"
NAMED = "translate(event, source, target), checks off"
NAMED_CHECKED = "translate(event, source, target)"

GOALS: tuple[tuple[str, str, float, tuple[str, ...]], ...] = (
    (BOUND, BY_HAND, 1.10, ("small", "rich", "carrying", "fan-out")),
    (NAMED, BY_HAND_NAMED, 1.10, ("small", "rich", "carrying", "fan-out")),
    (BOUND_CHECKED, BY_HAND, 2.2, ("small", "carrying", "fan-out")),
    (GUARDED, BY_HAND_VALID, 1.5, ("small", "rich", "carrying", "fan-out")),
    (BOUND_CHECKED, BY_HAND_CHECKED, 1.5, ("rich",)),
    (BOUND_CHECKED, BY_HAND_JUDGED, 1.5, ("rich",)),
)
"""What the first is to take relative to the second, at most, and for which kinds of work."""

PEER_GOALS = {"jsonata-python": 150.0, "jmespath": 15.0, "pydantic, in and out": 7.0}
"""So many times as long as the checked translator these are to take, at least."""


def ways(work: Work) -> dict[str, Run | None]:
    """The translator and the functions written by hand."""
    return {
        BY_HAND: work.by_hand,
        BY_HAND_VALID: work.by_hand_valid,
        BOUND: work.bound(validate=False),
        GUARDED: work.bound(validate=False, guard=True),
        BOUND_CHECKED: work.bound(),
        BY_HAND_CHECKED: work.by_hand_checked,
    }


def named_ways(work: Work) -> dict[str, Run]:
    """The same through functions that take names at each call."""
    return {
        BY_HAND_NAMED: work.unbound_by_hand(validate=False),
        NAMED: work.unbound(validate=False),
        NAMED_CHECKED: work.unbound(),
    }


def contestants(work: Work) -> tuple[list[Contestant], list[str]]:
    """All that is timed for a kind of work, once their outputs were compared; and what is not."""
    translate = work.bound()
    expected = [translate(event) for event in work.events]
    found: list[Contestant] = []
    missing: list[str] = []
    size = len(work.events)
    tools = {name: peers.peer(name, work) for name in peers.NAMES}
    for name, run in (ways(work) | tools).items():
        if run is None:
            missing.append(f"{name}: not installed (benchmarks/requirements.txt)")
            continue
        _same(name, [run(event) for event in work.events], expected)
        found.append(Contestant(name, over(run, work.events), size))
    for name, judge in peers.validators(work).items():
        found.append(Contestant(name, over(judge, work.events), size))
    for name, run in named_ways(work).items():
        _same(name, [run(event, *work.pair) for event in work.events], expected)
        passing = over(run, work.events, work.source, work.target)
        found.append(Contestant(name, passing, size))
    return found, missing


def _same(name: str, made: list[object], expected: list[object]) -> None:
    for one, other in zip(made, expected, strict=True):
        if one != other:
            raise SystemExit(f"{name} is not timed, for it gives\n{one}\nand not\n{other}")


def report(work: Work, found: Race) -> None:
    """Print the times, and the ratios that are aimed at."""
    rows = []
    for name in sorted(found.samples, key=lambda name: found.seconds(name).median):
        seconds = found.seconds(name)
        micro = Spread(seconds.median * 1e6, seconds.low * 1e6, seconds.high * 1e6)
        rows.append((name, *numbers(micro), *numbers(found.ratio(name, BY_HAND))))
    table(("", "µs an event", "quartiles", "relative to by hand", "quartiles"), rows)
    print()
    rows = []
    for name, to, goal, of in GOALS:
        if work.name in of and {name, to} <= found.samples.keys():
            ratio = found.ratio(name, to)
            rows.append(
                (f"{name} / {to}", *numbers(ratio), f"at most {goal}", _met(ratio, most=goal))
            )
    for name, least in PEER_GOALS.items():
        if name in found.samples:
            ratio = found.ratio(name, BOUND_CHECKED)
            aim = f"at least {least:g}"
            rows.append(
                (f"{name} / {BOUND_CHECKED}", *numbers(ratio), aim, _met(ratio, least=least))
            )
    table(("aim", "ratio", "quartiles", "to reach", ""), rows)


def _met(ratio: Spread, *, most: float = float("inf"), least: float = 0.0) -> str:
    return "reached" if least <= ratio.median <= most else "not reached"


def main() -> None:
    """Time every kind of work and print the tables."""
    count = rounds()
    for work in works().values():
        listed, missing = contestants(work)
        remarks = [f"{len(work.events)} different events, {count} rounds; outputs compared first"]
        heading(f"per event, {work.name}: {work.about}", *remarks, *missing)
        report(work, race(listed, count))


if __name__ == "__main__":
    main()
