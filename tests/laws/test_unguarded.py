"""Law 5 without validation: a translator differs only where a validating one refuses."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import Caller
from tests.tools.independent_validator import identical
from tests.tools.outcomes import translate_valid
from tests.tools.shipped import PAIR_PARAMS
from tests.tools.strategies import json_values, nearly_events, non_json_values
from tests.tools.translation_calls import translation_calls, usual_callers
from translator import TranslationError, Translator
from translator.errors import ERROR_CODES

pytestmark = pytest.mark.laws

few = settings(max_examples=max(settings().max_examples // 5, 2))
"""Other laws test the same code with validation."""


@cache
def trusting(source: str, target: str, caller: Caller) -> Translator:
    """A translator that validates neither events nor its output."""
    return Translator(source, target, validate=False, **caller.keywords(source, target))


def translate(source: str, target: str, caller: Caller, event: Any) -> list[Any]:
    """The translations without validation; none if the event is refused with a documented code."""
    try:
        return list(trusting(source, target, caller).translate_all(event))
    except TranslationError as error:
        assert error.code in ERROR_CODES
        assert error.path.startswith("$")
        return []


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_what_is_translated_is_the_same(source: str, target: str, data: st.DataObject) -> None:
    """An event that a validating translator translates has the same result without validation."""
    caller, event = data.draw(translation_calls(source, target))
    expected = translate_valid(source, target, caller, event)
    outputs = translate(source, target, caller, event)
    if expected:
        assert identical(outputs, expected)
        losses = trusting(source, target, caller).translate_with_losses(event)
        assert identical(losses.events, expected)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_anything_else_is_translated_or_refused(
    source: str, target: str, data: st.DataObject
) -> None:
    """On any input, a translator without validation raises only documented errors."""
    event = data.draw(json_values() | non_json_values() | nearly_events(source, non_json_values()))
    translate(source, target, data.draw(st.sampled_from(usual_callers(source, target))), event)
