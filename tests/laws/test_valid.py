"""Law 1: valid in, valid out, or a refusal with a name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import callers, translator
from tests.tools.judging import FORMATS, PAIRS, reads, writes
from tests.tools.situations import each_pair, situations
from tests.tools.strategies import careless, events, nearly_events, wild
from translator import TranslationError, Translator
from translator.errors import ERROR_CODES

pytestmark = pytest.mark.laws


def outcome(made: Translator, event: Any) -> list[dict[str, Any]] | TranslationError:
    """The translations of an event, or its refusal, which names a code, a path and a reason."""
    try:
        outputs = made.translate_all(event)
    except TranslationError as error:
        assert error.code in ERROR_CODES
        assert error.path.startswith("$")
        assert error.message
        return error
    assert outputs
    for one in outputs:
        writes(made.target).validate(one)
        json.dumps(one, allow_nan=False, ensure_ascii=False).encode()
    return outputs


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_a_valid_event_becomes_valid_events(source: str, target: str, data: st.DataObject) -> None:
    """A valid event becomes events that may be written, or is refused for another reason."""
    caller, event = data.draw(situations(source, target))
    found = outcome(translator(source, target, caller), event)
    assert not isinstance(found, TranslationError) or found.code != "invalid-event"


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_a_damaged_event_is_judged(source: str, target: str, data: st.DataObject) -> None:
    """An event is refused as invalid exactly when the independent judge finds that it is."""
    event = data.draw(nearly_events(source))
    caller = data.draw(st.sampled_from(callers()))
    found = outcome(translator(source, target, caller), event)
    refused = isinstance(found, TranslationError) and found.code == "invalid-event"
    assert refused != reads(source).is_valid(event)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_anything_else_is_refused(source: str, target: str, data: st.DataObject) -> None:
    """Any value whatever is translated or refused; no other exception ever leaves."""
    event = data.draw(wild() | careless() | nearly_events(source, careless()))
    caller = data.draw(st.sampled_from(callers()))
    outcome(translator(source, target, caller), event)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_the_judges_agree(name: str, data: st.DataObject) -> None:
    """What may be written may be read, and a drawn event is one that may be read."""
    event = data.draw(events(name))
    assert reads(name).is_valid(event)
    assert not writes(name).is_valid(event) or reads(name).is_valid(event)
