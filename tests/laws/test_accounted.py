"""Law 6: what is lost is said, and strict lets nothing be lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.judging import PAIRS, exactly, writes
from tests.tools.reporting import leaves, reporter
from tests.tools.situations import each_pair, situations
from translator import TranslationError

pytestmark = pytest.mark.laws

WORDS = frozenset(
    ("action", "type", "event", "interaction_type", "item_type", "kind", "resource_type",
     "custom_action", "custom_action_name")
)  # fmt: skip
"""The members whose values are words, which each format has its own of."""


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
    changed = {loss.path for loss in losses if loss.kind != "carried"}
    written = [value for one in outputs for _, value in leaves(one)]
    for path, value in leaves(event):
        if path in changed or _name(path) in WORDS:
            continue
        if caller.crosswalks and isinstance(value, str | int | float):
            continue  # a crosswalk may have given it another name
        if value == {} and path.startswith("$.carried."):
            continue  # no field of a vendor is nothing to carry
        assert any(_says(one, value) for one in written) or _joined(outputs, value), path
    known = {path for path, _ in leaves(event)}
    for loss in losses:
        assert any(path.startswith(loss.path) for path in known), loss
        assert loss.because or loss.kind in ("carried", "normalised"), loss


def _name(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]


def _says(written: Any, value: Any) -> bool:
    """Whether an output's leaf is what the event had, or a text that it became a part of."""
    if written == value and isinstance(written, bool) == isinstance(value, bool):
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isinstance(written, str) and written.endswith(f":{int(value)}")


def _joined(outputs: list[dict[str, Any]], value: Any) -> bool:
    return any(
        f"{one.get('resource_type')}:{one.get('resource_id')}".endswith(str(value))
        for one in outputs
        if value
    )


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
    assert all(path in refused.value.message for path in worse)


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
