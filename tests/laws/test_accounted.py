"""Law 6: what is lost is said, and strict lets nothing be lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.accounting import hold_accounted
from tests.tools.arguments import translator
from tests.tools.judging import PAIRS, exactly, writes
from tests.tools.reporting import leaves, reporter
from tests.tools.situations import each_pair, situations
from translator import TranslationError
from translator.engine.losses import MAX_LISTED
from translator.errors import MAX_MESSAGE_LENGTH

pytestmark = pytest.mark.laws


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_every_leaf_is_accounted_for(source: str, target: str, data: st.DataObject) -> None:
    """Each leaf of an event is reported, or stands in an output; none is reported for nothing."""
    caller, event = data.draw(situations(source, target))
    try:
        outputs, losses = reporter(source, target, caller)(event)
    except TranslationError:
        return
    assert exactly(outputs, translator(source, target, caller).translate_all(event))
    tables = caller.keywords(source, target)["crosswalks"].values()
    crossed = {row[source] for rows in tables for row in rows if source in row}
    hold_accounted(event, outputs, losses, crossed=crossed)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_strict_refuses_what_would_lose(source: str, target: str, data: st.DataObject) -> None:
    """Strict refuses exactly the events that would lose something, and says the same of others."""
    caller, event = data.draw(situations(source, target))
    strict = translator(source, target, caller, strict=True)
    try:
        outputs, losses = reporter(source, target, caller)(event)
    except TranslationError as refusal:
        with pytest.raises(TranslationError) as again:
            strict.translate_all(event)
        assert (again.value.code, again.value.path) == (refusal.code, refusal.path)
        return
    worse = [loss.path for loss in losses if loss.kind in ("lost", "approximated")]
    if not worse:
        assert exactly(strict.translate_all(event), outputs)
        return
    with pytest.raises(TranslationError) as refused:
        strict.translate_all(event)
    assert refused.value.code == "would-lose"
    assert refused.value.path in worse
    named = [path[: MAX_MESSAGE_LENGTH // 2] for path in worse[:MAX_LISTED]]
    assert all(path in refused.value.message for path in named)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_what_strict_lets_through_comes_back(source: str, target: str, data: st.DataObject) -> None:
    """A writable event that strict takes for one comes back leaf for leaf, in other spellings."""
    caller, event = data.draw(situations(source, target))
    if not writes(source).is_valid(event):
        return
    try:
        outputs, losses = reporter(source, target, caller)(event)
    except TranslationError:
        return
    if len(outputs) > 1 or any(loss.kind != "normalised" for loss in losses):
        return
    back = translator(target, source, caller).translate(outputs[0])
    respelled = {loss.path for loss in losses}
    there = dict(leaves(back))
    for path, value in leaves(event):
        if path not in respelled:
            assert there[path] == value, path
