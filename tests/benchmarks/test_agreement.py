"""Whatever is timed beside the translator does what the translator does."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks import peers
from benchmarks.checked import Refused
from benchmarks.work import Work, works
from translator import TranslationError

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WORKS = works()
ODD: tuple[Any, ...] = (None, "", "x", 0, 1.5, True, [], {}, [1], ["x"], {"x": "y"}, "x" * 2000)

works_of = pytest.mark.parametrize("work", WORKS.values(), ids=lambda work: work.name)


def examples(work: Work) -> list[dict[str, Any]]:
    lines = (EXAMPLES / f"{work.source}.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def odd(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The event with each of its members missing, or replaced by each odd value, one at a time."""
    made = []
    for path in paths(event):
        for value in (..., *ODD):
            other = deepcopy(event)
            at = other
            for name in path[:-1]:
                at = at[name]
            if value is ...:
                del at[path[-1]]
            else:
                at[path[-1]] = value
            made.append(other)
        made.append(event | {"unknown": "x"})
    return made


def paths(event: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, value in event.items():
        found.append((*above, name))
        if isinstance(value, dict):
            found += paths(value, (*above, name))
    return found


def outcome(run: Any, event: dict[str, Any]) -> Any:
    try:
        return run(event)
    except (TranslationError, Refused, ValueError):
        return "refused"


@works_of
def test_the_events_are_translated(work: Work) -> None:
    """Every event that is timed has a translation, and they differ among themselves."""
    run = work.bound()
    made = [json.dumps(run(event)) for event in work.events]
    assert len(set(made)) == len(made)


@works_of
def test_by_hand(work: Work) -> None:
    """The function written by hand gives what the translator gives for all that it translates."""
    run = work.bound()
    compared = 0
    for event in [*work.events, *examples(work)]:
        expected = outcome(run, event)
        if expected != "refused":
            assert work.by_hand(event) == expected
            compared += 1
    assert compared > len(work.events)


@works_of
def test_by_hand_with_checks(work: Work) -> None:
    """The function with checks written by hand takes and refuses what the translator does."""
    run = work.bound()
    seeds = [*work.events[:8], *examples(work)[:8]]
    for event in [*seeds, *examples(work), *(one for seed in seeds for one in odd(seed))]:
        assert outcome(work.by_hand_checked, event) == outcome(run, event), event


@works_of
def test_every_way_of_the_translator(work: Work) -> None:
    """Bound or by name, checked or not, a valid event gives the same, as it does by hand."""
    run = work.bound()
    unchecked, guarded = work.bound(validate=False), work.bound(validate=False, guard=True)
    by_name = [
        named(validate=flag)
        for flag in (True, False)
        for named in (work.unbound, work.unbound_by_hand)
    ]
    for event in work.events:
        expected = run(event)
        assert unchecked(event) == guarded(event) == expected
        assert all(one(event, *work.pair) == expected for one in by_name)


@pytest.mark.parametrize("name", peers.NAMES)
def test_a_peer(name: str) -> None:
    """Each peer that is installed gives what the translator gives for the events that are timed."""
    for work in WORKS.values():
        peer = peers.peer(name, work)
        if peer is None:
            pytest.skip(f"{name} is not installed (benchmarks/requirements.txt)")
        run = work.bound()
        assert [peer(event) for event in work.events] == [run(event) for event in work.events]
