"""Law 6: losses are reported completely, and strict mode allows none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import Caller, translator
from tests.tools.independent_validator import identical, output_validator
from tests.tools.outcomes import (
    Json,
    assert_accounted,
    assert_proved,
    is_in_any,
    leaves,
    translate_valid,
)
from tests.tools.shipped import PAIR_PARAMS, PAIRS
from tests.tools.translation_calls import each_pair, translation_calls
from translator import TranslationError
from translator.analysis.explain import explain_event
from translator.engine.losses import MAX_LISTED
from translator.errors import MAX_MESSAGE_LENGTH
from translator.paths import field_path

pytestmark = pytest.mark.laws


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_every_leaf_is_accounted_for(source: str, target: str, data: st.DataObject) -> None:
    """Each leaf of an event is reported as lost, arrives or is implied; no other is lost."""
    caller, event = data.draw(translation_calls(source, target))
    outputs = translate_valid(source, target, caller, event)
    if outputs:
        compiled = translator(source, target, caller)
        result = compiled.translate_with_losses(event)
        assert identical(result.events, outputs)
        assert_accounted(event, explain_event(compiled, event), result.losses)


@pytest.mark.nightly
@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_strict_refuses_what_would_lose(source: str, target: str, data: st.DataObject) -> None:
    """Strict mode refuses exactly the events that lose something, and changes no other result."""
    caller, event = data.draw(translation_calls(source, target))
    strict = translator(source, target, caller, strict=True)
    try:
        outputs, losses = translator(source, target, caller).translate_with_losses(event)
    except TranslationError as refusal:
        assert_proved(refusal, source, target, caller)
        with pytest.raises(TranslationError) as strict_refusal:
            strict.translate_all(event)
        assert (strict_refusal.value.code, strict_refusal.value.path) == (
            refusal.code,
            refusal.path,
        )
        return
    paths = [loss.path for loss in losses if loss.kind in ("lost", "approximated")]
    if not paths:
        assert identical(strict.translate_all(event), outputs)
        return
    with pytest.raises(TranslationError) as error:
        strict.translate_all(event)
    assert error.value.code == "would-lose"
    assert error.value.path in paths
    listed = [path[: MAX_MESSAGE_LENGTH // 2] for path in paths[:MAX_LISTED]]
    assert all(path in error.value.message for path in listed)


@pytest.mark.nightly
@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_what_strict_lets_through_comes_back(source: str, target: str, data: st.DataObject) -> None:
    """An event without losses survives the round trip, except that values may be normalised.

    A format may read a value that it does not write: then it is reported as lost on the way back,
    where the caller gives no currency that contradicts the event's. The way back may refuse a value
    of a param. Elements that different rules select may change places.
    """
    caller, event = data.draw(translation_calls(source, target))
    outputs = translate_valid(source, target, caller, event)
    if len(outputs) != 1 or not output_validator(source).is_valid(event):
        return
    losses = translator(source, target, caller).translate_with_losses(event).losses
    if any(loss.kind != "normalised" for loss in losses):
        return
    if not {caller.params.get("currency")}.issuperset(currencies(outputs[0])):
        caller = without_currency(caller)
    try:
        result = translator(target, source, caller).translate_with_losses(outputs[0])
    except TranslationError as refusal:
        assert dict(leaves(outputs[0]))[refusal.path] in caller.params.values(), refusal
        return
    returned = dict(leaves(result.events[0]))
    elements = [(field_path(path), value) for path, value in returned.items()]
    lost = [loss.path for loss in result.losses if loss.kind == "lost"]
    lost_values = [value for path, value in leaves(outputs[0]) if is_in_any(path, lost)]
    normalised = {loss.path for loss in losses}
    for path, value in leaves(event):
        is_moved = path.startswith(MIXED_LISTS) and (field_path(path), value) in elements
        is_lost = path not in returned and value in lost_values
        if path not in normalised and not is_moved and not is_lost:
            assert returned[path] == value, path


MIXED_LISTS = ("$.contexts[",)
"""Lists of which different rules write the elements."""


def currencies(event: Json) -> set[str]:
    """The currencies of an event."""
    names = (".currency", ".currencyCode")
    return {str(value).upper() for path, value in leaves(event) if path.endswith(names)}


@cache
def without_currency(caller: Caller) -> Caller:
    """The same caller without the param `currency`."""
    params = {name: value for name, value in caller.params.items() if name != "currency"}
    return replace(caller, params=params)
