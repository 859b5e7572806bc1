"""An explanation tells of every member of the event and of its translations, and truly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.judging import PAIRS, exactly
from tests.tools.reporting import leaves
from tests.tools.situations import situations
from translator import TranslationError
from translator.analysis.explain import explain_event

pytestmark = pytest.mark.laws

seldom = settings(max_examples=max(settings().max_examples // 6, 1))
"""To explain takes longer than to translate."""

AS_IT_WAS = {"same", "carried", "restored"}
"""The rules that leave a value as it is."""


@pytest.mark.parametrize(("source", "target"), PAIRS)
@seldom
@given(data=st.data())
def test_every_member_is_explained(source: str, target: str, data: st.DataObject) -> None:
    """Each member of either side is explained once, and truly: by its value, source and rules."""
    # What is kept or carried is the source of something written, and a member that went through
    # rules which change nothing is equal to the one that it is said to come from.
    caller, event = data.draw(situations(source, target))
    made = translator(source, target, caller)
    found = explain_event(made, event)
    there = dict(leaves(event))
    assert [(one.path, one.value) for one in found.read] == list(there.items())
    try:
        outputs = made.translate_all(event)
    except TranslationError as error:
        assert found.refusal is not None
        assert (found.refusal.code, found.refusal.path) == (error.code, error.path)
        assert not found.written
        return
    assert found.refusal is None
    assert exactly(list(found.events), outputs)
    said = [(one.event_index, one.path, one.value) for one in found.written]
    assert said == [(n, p, v) for n, output in enumerate(outputs) for p, v in leaves(output)]
    used = {path for one in found.written for path in one.sources}
    for leaf in found.read:
        if leaf.outcome in ("kept", "carried"):
            filled = leaf.value == {}  # with what is carried
            assert filled or any(one.startswith(leaf.path) for one in used), leaf
        else:
            assert leaf.because, leaf
    for one in found.written:
        assert one.sources or one.uses, one
        if (
            one.sources
            and {use.operation for use in one.uses} <= AS_IT_WAS
            and len(one.sources) == 1
        ):
            value = there[one.sources[0]]
            assert value == one.value, one
            assert isinstance(value, bool) == isinstance(one.value, bool), one
