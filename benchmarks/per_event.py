"""Per event, dict to dict: the translator, hand-written code and other tools."""

from __future__ import annotations

from benchmarks import handwritten, jsonata_expressions, pydantic_models
from benchmarks.timing import (
    Contestant,
    Timings,
    check_agreement,
    goal_cells,
    one_pass,
    print_heading,
    print_table,
    round_count,
    time_contestants,
)
from benchmarks.validation import compile_validator, validated
from benchmarks.workloads import WORKLOADS, Function, Workload

HAND_WRITTEN = "hand-written"
HAND_WRITTEN_BY_NAME = "hand-written, translate(event, source, target)"
JSONSCHEMA_RS = "jsonschema-rs + hand-written"
JSONATA = "jsonata-python"
PYDANTIC = "pydantic"

CHECKED = "Translator"
UNCHECKED = "Translator, unchecked"
BY_NAME_CHECKED = "translate(event, source, target)"
BY_NAME_UNCHECKED = "translate(event, source, target), unchecked"

GOALS: tuple[tuple[str, str, float, tuple[str, ...]], ...] = (
    (UNCHECKED, HAND_WRITTEN, 1.10, ("small", "rich", "carrying", "fan-out")),
    (BY_NAME_UNCHECKED, HAND_WRITTEN_BY_NAME, 1.10, ("small", "rich", "carrying", "fan-out")),
    (CHECKED, HAND_WRITTEN, 2.2, ("small", "carrying", "fan-out")),
    (CHECKED, JSONSCHEMA_RS, 1.5, ("rich",)),
)
"""Maximum time of the first contestant relative to the second, and the workloads it is for."""

PEER_GOALS = {JSONATA: 150.0, PYDANTIC: 7.0}
"""Minimum time of a peer relative to the checked translator."""


def contestants(workload: Workload) -> list[Contestant]:
    """Return what is timed for a workload, after comparing the outputs."""
    pair = workload.pair
    validate, validate_target = map(compile_validator, pair)
    functions: dict[str, Function] = {
        HAND_WRITTEN: handwritten.PAIRS[pair],
        UNCHECKED: workload.bound(validate=False),
        CHECKED: workload.bound(),
        JSONSCHEMA_RS: validated(validate, handwritten.PAIRS[pair], validate_target),
        PYDANTIC: pydantic_models.PAIRS[pair],
        JSONATA: jsonata_expressions.PAIRS[pair],
    }
    functions_by_name: dict[str, Function] = {
        HAND_WRITTEN_BY_NAME: workload.handwritten_by_name(),
        BY_NAME_UNCHECKED: workload.by_name(validate=False),
        BY_NAME_CHECKED: workload.by_name(),
    }
    events = workload.events
    expected = [functions[CHECKED](event) for event in events]
    timed = [Contestant("jsonschema-rs, validation only", one_pass(validate, events), len(events))]
    for name, function in functions.items():
        check_agreement(name, map(function, events), expected)
        timed.append(Contestant(name, one_pass(function, events), len(events)))
    for name, function in functions_by_name.items():
        check_agreement(name, (function(event, *pair) for event in events), expected)
        timed.append(Contestant(name, one_pass(function, events, *pair), len(events)))
    return timed


def report(workload: Workload, timings: Timings) -> None:
    """Print the times, and the ratios that have goals."""
    rows = []
    for name in timings.fastest_first():
        ratio = timings.ratio(name, HAND_WRITTEN)
        rows.append((name, *timings.seconds(name).cells(1e6), *ratio.cells()))
    print_table(("", "µs per event", "quartiles", "relative to hand-written", "quartiles"), rows)
    print()
    rows = []
    for name, to, at_most, workloads in GOALS:
        if workload.name in workloads:
            ratio = timings.ratio(name, to)
            goal = goal_cells(ratio.median, at_most=at_most)
            rows.append((f"{name} / {to}", *ratio.cells(), *goal))
    for name, at_least in PEER_GOALS.items():
        ratio = timings.ratio(name, CHECKED)
        goal = goal_cells(ratio.median, at_least=at_least)
        rows.append((f"{name} / {CHECKED}", *ratio.cells(), *goal))
    print_table(("", "ratio", "quartiles", "goal", ""), rows)


def main() -> None:
    """Time every workload and print the tables."""
    rounds = round_count()
    for workload in WORKLOADS.values():
        timed = contestants(workload)
        remark = f"{len(workload.events)} different events, {rounds} rounds, CPU time"
        print_heading(f"per event, {workload.name}: {workload.description}", remark)
        report(workload, time_contestants(timed, rounds))


if __name__ == "__main__":
    main()
