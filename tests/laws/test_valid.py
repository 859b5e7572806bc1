"""Law 1: a valid event becomes valid events, or is refused with a documented error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import Caller, translator
from tests.tools.independent_validator import input_validator, output_validator
from tests.tools.outcomes import assert_proved
from tests.tools.shipped import FORMATS, PAIR_PARAMS
from tests.tools.strategies import events, json_values, nearly_events, non_json_values
from tests.tools.translation_calls import each_pair, translation_calls, usual_callers
from translator import TranslationError
from translator.errors import ERROR_CODES

pytestmark = pytest.mark.laws


def refusal(source: str, target: str, caller: Caller, event: Any) -> TranslationError | None:
    """The error of an event, if it is refused. Fails unless error and outputs are valid."""
    try:
        outputs = translator(source, target, caller).translate_all(event)
    except TranslationError as error:
        assert error.code in ERROR_CODES
        assert error.path.startswith("$")
        assert error.message
        return error
    assert outputs
    for output in outputs:
        output_validator(target).validate(output)
        json.dumps(output, allow_nan=False, ensure_ascii=False).encode()
    return None


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_a_valid_event_becomes_valid_events(source: str, target: str, data: st.DataObject) -> None:
    """A valid event becomes events that may be written, or is refused as the proof allows."""
    caller, event = data.draw(translation_calls(source, target))
    error = refusal(source, target, caller, event)
    if error is not None:
        assert_proved(error, source, target, caller)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_a_changed_event_is_validated(source: str, target: str, data: st.DataObject) -> None:
    """An event is refused as invalid exactly if the independent validator finds it invalid."""
    event = data.draw(nearly_events(source))
    caller = data.draw(st.sampled_from(usual_callers(source, target)))
    error = refusal(source, target, caller, event)
    is_invalid = error is not None and error.code == "invalid-event"
    assert is_invalid != input_validator(source).is_valid(event)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_anything_else_is_refused(source: str, target: str, data: st.DataObject) -> None:
    """Any value is translated or refused; there are no other exceptions."""
    event = data.draw(json_values() | non_json_values() | nearly_events(source, non_json_values()))
    refusal(source, target, data.draw(st.sampled_from(usual_callers(source, target))), event)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_drawn_events_are_valid(name: str, data: st.DataObject) -> None:
    """A drawn event may be read, and every event that may be written may also be read."""
    event = data.draw(events(name))
    assert input_validator(name).is_valid(event)
