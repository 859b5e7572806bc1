"""An explanation covers every field of the event and of its translations, correctly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.independent_validator import identical
from tests.tools.outcomes import UNCHANGED, is_in_any, leaves
from tests.tools.shipped import PAIR_PARAMS
from tests.tools.translation_calls import translation_calls
from translator import TranslationError
from translator.analysis.explain import explain_event

pytestmark = pytest.mark.laws

few = settings(max_examples=max(settings().max_examples // 6, 1))
"""Explaining an event is slower than translating it."""


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_every_field_is_explained(source: str, target: str, data: st.DataObject) -> None:
    """Each leaf of either side is explained once, with its value, sources and rules."""
    caller, event = data.draw(translation_calls(source, target))
    compiled = translator(source, target, caller)
    explanation = explain_event(compiled, event)
    outputs, refusal = [], None
    try:
        outputs = compiled.translate_all(event)
    except TranslationError as error:
        refusal = (error.code, error.path)
    values = dict(leaves(event))
    assert [(leaf.path, leaf.value) for leaf in explanation.read] == list(values.items())
    explained = explanation.refusal
    assert (explained and (explained.code, explained.path)) == refusal
    assert identical(list(explanation.events), outputs)
    written = [(leaf.event_index, leaf.path, leaf.value) for leaf in explanation.written]
    assert written == [
        (index, path, value)
        for index, output in enumerate(outputs)
        for path, value in leaves(output)
    ]
    sources = {path for leaf in explanation.written for path in leaf.sources}
    for read in explanation.read:
        if read.outcome in ("kept", "carried"):
            # Carried values may fill an object that is empty in the event.
            is_read = any(path.startswith(read.path) for path in sources)
            assert read.value == {} or is_read or is_in_any(read.path, sources), read
        else:
            assert read.because, read
    for leaf in explanation.written:
        assert leaf.sources or leaf.uses, leaf
        if len(leaf.sources) == 1 and {use.operation for use in leaf.uses} <= UNCHANGED:
            value = values[leaf.sources[0]]
            assert value == leaf.value, leaf
            assert isinstance(value, bool) == isinstance(leaf.value, bool), leaf
