"""Inputs that fuzzing found before, giant inputs, and the fuzzer itself."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.giants import GIANTS, SLOW
from tests.fuzz.process import MEMORY, run_bounded
from tests.fuzz.targets import TARGETS, Inputs, Target, giant_inputs, inputs

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fixed_bug_stays_fixed(path: Path) -> None:
    """An input that caused an exception or a wrong translation does so no more."""
    outcome = TARGETS[path.parent.name].run(path.read_bytes())
    assert outcome.startswith(("the same", "refused spec-", "spec-", "loaded"))


@pytest.mark.nightly
@pytest.mark.parametrize("name", GIANTS)
def test_giant_inputs_are_handled_in_time(name: str) -> None:
    """Inputs that are very deep, long or numerous take limited time and memory."""
    report = run_bounded(TARGETS[name], giant_inputs(name, quick=True), 300)
    assert report.findings == []
    assert report.count == len(GIANTS[name].keys() - SLOW) > 0


@pytest.mark.parametrize("name", TARGETS)
def test_some_inputs(name: str) -> None:
    """A few changed inputs of each target pass; they are the same on every run."""
    changed = _changed_inputs(name, 0)
    for _ in range(2 if name == "formats" else 12):
        data, _ = next(changed)
        assert TARGETS[name].run(data)


def _changed_inputs(name: str, seed: int) -> Inputs:
    """Changes of the first seed of a target."""
    target = TARGETS[name]
    first = Target(lambda: target.seeds()[:1], target.change, target.run)
    return inputs(first, Random(f"{name} {seed}"))


def _fixed_inputs(*inputs: bytes) -> Inputs:
    for data in inputs:
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
def test_a_failure_is_a_finding(data: bytes, why: str) -> None:
    """Exceptions, exceeded limits, exits and unexpected outcomes are reported with the input."""
    target = Target(list, lambda _, data: data, _run)
    report = run_bounded(target, _fixed_inputs(b"fine", data), 60, limit=0.2)
    ((finding, message),) = report.findings
    assert finding == data
    assert why in message


def test_the_same_seed_gives_the_same_inputs() -> None:
    """The inputs depend on the seed only."""

    def first(seed: int) -> list[bytes]:
        source = _changed_inputs("specs", seed)
        return [next(source)[0] for _ in range(50)]

    assert first(1) == first(1) != first(2)
