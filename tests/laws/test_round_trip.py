"""Law 2: there and back again."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import Given, callers, translator
from tests.tools.judging import PAIRS, exactly, writes
from tests.tools.normal import normal
from tests.tools.situations import each_pair, situations
from tests.tools.strategies import Json, events
from translator import TranslationError

pytestmark = pytest.mark.laws


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi"])
@given(data=st.data())
def test_an_event_comes_back_from_miso(name: str, data: st.DataObject) -> None:
    """What goes to the format with a free slot comes back as it was, up to its normal form."""
    caller = data.draw(st.sampled_from(callers()))
    event = data.draw(events(name))
    try:
        there = translator(name, "miso", caller).translate(event)
    except TranslationError:
        return
    back = translator("miso", name, caller).translate(there)
    assert exactly(back, normal(name, event, caller.params.get("timezone")))


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_going_there_again_changes_nothing(source: str, target: str, data: st.DataObject) -> None:
    """What comes back of an event that may be written is translated to the same."""
    caller, event = data.draw(situations(source, target))
    if not writes(source).is_valid(event):
        return
    for there in _all(source, target, caller, event):
        back = _all(target, source, caller, there)
        again = [_all(source, target, caller, one) for one in back]
        if back and all(again) and not _names_somebody_else(source, caller, there, back[0]):
            assert exactly(list(chain.from_iterable(again)), [there])


def _names_somebody_else(source: str, caller: Given, there: Json, back: Json) -> bool:
    """Whether a customer became a pseudonym, and the param `user` then another customer.

    A Go Shops customer whose id is no UUID can be but a pseudonym at Cobi, and a pseudonym is
    not a customer: on the way back the param has to say who it was, and it says the same of all.
    """
    if source != "goshops" or there.get("user_id") is None or there.get("student_id") is not None:
        return False
    return "interaction_type" in there and back["data"]["customer"] == caller.params.get("user")


def _all(source: str, target: str, caller: Given, event: Json) -> list[Json]:
    try:
        return translator(source, target, caller).translate_all(event)
    except TranslationError:
        return []
