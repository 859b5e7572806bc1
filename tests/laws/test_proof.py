"""Law 7: the proof of a pair names every possible refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.judging import PAIRS
from tests.tools.outcomes import translate_valid
from tests.tools.situations import each_pair, situations

pytestmark = pytest.mark.laws


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_a_refusal_was_foreseen(source: str, target: str, data: st.DataObject) -> None:
    """A valid event is refused only with a code and at a path that the proof names."""
    translate_valid(source, target, *data.draw(situations(source, target)))
