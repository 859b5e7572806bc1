"""Law 5, of translators that look at nothing: they differ over what others refuse, no more."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import Given, callers, translator
from tests.tools.judging import PAIRS, exactly
from tests.tools.situations import situations
from tests.tools.strategies import careless, nearly_events, wild
from translator import TranslationError, Translator
from translator.errors import ERROR_CODES

pytestmark = pytest.mark.laws

some = settings(max_examples=max(settings().max_examples // 5, 2))
"""Each pair is drawn for on its own, and other laws hold for the same code with its checks."""


@cache
def trusting(source: str, target: str, caller: Given) -> Translator:
    """A translator that looks neither at events nor at what it writes."""
    return Translator(source, target, validate=False, **caller.keywords(source, target))


def outcome(made: Translator, event: Any) -> list[dict[str, Any]] | None:
    """The translations of an event, or None where it is refused with a known code."""
    try:
        return made.translate_all(event)
    except TranslationError as error:
        assert error.code in ERROR_CODES
        assert error.path.startswith("$")
        return None


@pytest.mark.parametrize(("source", "target"), PAIRS)
@some
@given(data=st.data())
def test_what_is_translated_is_the_same(source: str, target: str, data: st.DataObject) -> None:
    """Of an event that is translated with all checks, the same is made without any."""
    caller, event = data.draw(situations(source, target))
    made = trusting(source, target, caller)
    found, checked = outcome(made, event), outcome(translator(source, target, caller), event)
    if checked is not None:
        assert exactly(found, checked)
        assert exactly(made.translate_with_losses(event).events, checked)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@some
@given(data=st.data())
def test_anything_else_is_translated_or_refused(
    source: str, target: str, data: st.DataObject
) -> None:
    """Whatever it is given, a translator that looks at nothing raises no other exception."""
    event = data.draw(wild() | careless() | nearly_events(source, careless()))
    outcome(trusting(source, target, data.draw(st.sampled_from(callers()))), event)
