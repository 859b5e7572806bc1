"""Law 4: a translation is a pure function of the event and the caller's arguments."""

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
from tests.tools.independent_validator import identical
from tests.tools.shipped import PAIR_PARAMS, PAIRS, ROOT
from tests.tools.translation_calls import each_pair, translation_calls
from translator import TranslationError, Translator

pytestmark = pytest.mark.laws


def outcome(compiled: Translator, event: Any) -> str:
    """The translations as JSON, or the error message with all violations."""
    try:
        return json.dumps(compiled.translate_all(event))
    except TranslationError as error:
        return f"{error} {error.violations}"


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_an_event_is_read_only(source: str, target: str, data: st.DataObject) -> None:
    """The same event gives the same bytes each time; it is not modified, and nothing is shared."""
    caller, event = data.draw(translation_calls(source, target))
    compiled = translator(source, target, caller)
    original = copy.deepcopy(event)
    first = outcome(compiled, event)
    assert identical(event, original)
    assert outcome(compiled, event) == first
    assert outcome(compiled, copy.deepcopy(original)) == first
    if first.startswith("["):
        outputs = compiled.translate_all(event)
        expected = copy.deepcopy(outputs)
        for number, output in enumerate(outputs, 1):
            clear(output)
            assert identical(outputs[number:], expected[number:])
        assert identical(event, original)


def clear(value: Any) -> None:
    """Empty every list and object in a value, the innermost first."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            clear(inner)
        value.clear()


@pytest.mark.nightly
def test_the_order_of_hashing_does_not_matter() -> None:
    """Processes with different hash seeds compile the same code and translate to the same bytes."""
    digests = set()
    for seed in ("0", "1", "4242"):
        process = subprocess.run(
            [sys.executable, "-m", "tests.tools.digest"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(process.stdout)
    assert len(digests) == 1
    assert digests.pop().count("\n") == len(PAIRS)
