"""One translator, many threads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.tools.arguments import callers
from tests.tools.independent_validator import PAIRS, ROOT
from translator import TranslationError, Translator

THREADS = 4


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns after a few instructions, not after milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def said(made: Translator, lines: list[bytes]) -> list[Any]:
    """What becomes of events, with what they lose."""
    found: list[Any] = []
    for line in lines:
        try:
            found.append((made.translate_all(json.loads(line)), None))
            found.append(made.translate_with_losses(json.loads(line)))
        except TranslationError as error:
            found.append((error.code, error.path, error.message))
    return found


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_threads_may_share_a_translator(source: str, target: str) -> None:
    """Threads that begin at different events are told of each what one thread alone is told."""
    lines = (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines()[:60]
    given = callers()[1].keywords(source, target)
    single = Translator(source, target, **given)
    alone = [said(single, [line]) for line in lines]
    shared = Translator(source, target, **given)
    turns = [[*range(first, len(lines)), *range(first)] for first in range(0, 60, 60 // THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        runs = list(pool.map(lambda turn: [said(shared, [lines[n]]) for n in turn], turns))
    for turn, run in zip(turns, runs, strict=True):
        assert run == [alone[number] for number in turn]
