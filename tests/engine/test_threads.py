"""A translator shared by several threads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.tools.arguments import callers
from tests.tools.shipped import PAIRS, ROOT
from translator import TranslationError, Translator

THREADS = 4


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Make the interpreter switch threads after a few instructions."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def outcome(translator: Translator, line: bytes) -> tuple[Any, ...]:
    """Return the translations of an event with its losses, or its refusal."""
    try:
        events = translator.translate_all(json.loads(line))
        return events, translator.translate_with_losses(json.loads(line))
    except TranslationError as error:
        return error.code, error.path, error.message


@pytest.mark.nightly
@pytest.mark.usefixtures("frequent_switches")
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_threads_may_share_a_translator(source: str, target: str) -> None:
    """Threads that translate the events in different orders get the outcomes of a single thread."""
    lines = (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines()[:60]
    arguments = callers()[1].keywords(source, target)
    single = Translator(source, target, **arguments)
    expected = [outcome(single, line) for line in lines]
    shared = Translator(source, target, **arguments)
    orders = [[*range(first, len(lines)), *range(first)] for first in range(0, 60, 60 // THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        runs = list(pool.map(lambda order: [outcome(shared, lines[n]) for n in order], orders))
    for order, run in zip(orders, runs, strict=True):
        assert run == [expected[number] for number in order]
