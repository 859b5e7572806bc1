"""What fuzzing found, kept; and that fuzzing would find it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.giants import GIANTS, LONG
from tests.fuzz.running import MEMORY, bounded
from tests.fuzz.targets import TARGETS, Inputs, Target, inputs, large

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_stays_repaired(path: Path) -> None:
    """An input that once led to an exception, or to a wrong translation, leads to neither."""
    outcome = TARGETS[path.parent.name].run(path.read_bytes())
    assert outcome.startswith(("the same", "refused spec-", "spec-", "loaded"))


@pytest.mark.parametrize("name", GIANTS)
def test_too_much_of_one_thing_is_refused_in_time(name: str) -> None:
    """Depth, length, numbers and repetitions without measure take bounded time and memory."""
    report = bounded(TARGETS[name], large(name, quick=True), 300)
    assert report.findings == []
    assert report.count == len(GIANTS[name].keys() - LONG) > 0


@pytest.mark.parametrize("name", TARGETS)
def test_some_inputs(name: str) -> None:
    """A few changed inputs of each target pass, the same ones on every run."""
    drawn = _drawn(name, 0)
    for _ in range(2 if name == "formats" else 12):
        data, _ = next(drawn)
        assert TARGETS[name].run(data)


def _drawn(name: str, seed: int) -> Inputs:
    """Changes to the first of what a target is given."""
    target = TARGETS[name]
    first = Target(lambda: target.seeds()[:1], target.changed, target.run)
    return inputs(first, Random(f"{name} {seed}"))


def _given(*many: bytes) -> Inputs:
    for data in many:
        yield data, "fine"


def _run(data: bytes) -> str:
    match data:
        case b"raises":
            raise ValueError("on purpose")
        case b"spins":
            while True:
                time.process_time()
        case b"grows":
            return str(len(bytearray(2 * MEMORY)))
        case b"ends":
            sys.exit(3)
    return data.decode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"raises", "ValueError: on purpose"),
        (b"spins", "Profiling timer expired"),
        (b"grows", "MemoryError"),
        (b"ends", "exit code 1"),
        (b"other", "'other' and not 'fine'"),
    ],
)
def test_what_goes_wrong_is_a_finding(data: bytes, why: str) -> None:
    """An exception, too much time or memory, an end and another outcome are told with the input."""
    made = Target(list, lambda _, given: given, _run)
    report = bounded(made, _given(b"fine", data), 60, most=0.2)
    ((at, told),) = report.findings
    assert (at, why in told) == (data, True), told


def test_the_same_seed_gives_the_same_inputs() -> None:
    """What is drawn depends on the seed alone."""

    def drawn(seed: int) -> list[bytes]:
        source = _drawn("specs", seed)
        return [next(source)[0] for _ in range(50)]

    assert drawn(1) == drawn(1) != drawn(2)
