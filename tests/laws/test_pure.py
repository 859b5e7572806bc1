"""Law 4: a translation is a function of the event and of what the caller gives."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.judging import PAIRS, ROOT, exactly
from tests.tools.situations import each_pair, situations
from translator import TranslationError, Translator

pytestmark = pytest.mark.laws


def said(made: Translator, event: Any) -> str:
    """What a translator says of an event, as text: the outputs, or the whole refusal."""
    try:
        return json.dumps(made.translate_all(event))
    except TranslationError as error:
        return f"{error} {error.violations}"


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_an_event_is_read_only(source: str, target: str, data: st.DataObject) -> None:
    """The same event gives the same bytes each time, is not changed, and shares nothing."""
    caller, event = data.draw(situations(source, target))
    made = translator(source, target, caller)
    before = copy.deepcopy(event)
    first = said(made, event)
    assert exactly(event, before)
    assert said(made, event) == first
    assert said(made, copy.deepcopy(before)) == first
    if first.startswith("["):
        outputs = made.translate_all(event)
        kept = copy.deepcopy(outputs)
        for number, one in enumerate(outputs):
            spoil(one)
            assert exactly(outputs[number + 1 :], kept[number + 1 :])
        assert exactly(event, before)


def spoil(value: Any) -> None:
    """Empty every list and object in a value, the innermost first."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            spoil(inner)
        value.clear()


def test_the_order_of_hashing_does_not_matter() -> None:
    """Fresh processes that hash otherwise emit the same source and translate to the same bytes."""
    digests = set()
    for seed in ("0", "1", "4242"):
        run = subprocess.run(
            [sys.executable, "-m", "tests.tools.digest"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(run.stdout)
    assert len(digests) == 1
    assert digests.pop().count("\n") == len(PAIRS)
