"""Law 2: round trips."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import Caller, callers, translator
from tests.tools.independent_validator import identical, output_validator
from tests.tools.normal import normal
from tests.tools.outcomes import is_in_any, leaves, translate_valid
from tests.tools.shipped import PAIR_PARAMS
from tests.tools.strategies import Json, events
from tests.tools.translation_calls import each_pair, translation_calls
from translator.results import Loss

pytestmark = pytest.mark.laws


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi"])
@given(data=st.data())
def test_an_event_comes_back_from_miso(name: str, data: st.DataObject) -> None:
    """An event survives the round trip to the format with a free slot, in its normal form."""
    caller = data.draw(st.sampled_from(callers()))
    event = data.draw(events(name))
    for output in translate_valid(name, "miso", caller, event):
        (returned,) = translate_valid("miso", name, caller, output)
        assert identical(returned, normal(name, event, caller.params.get("timezone")))


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_a_second_round_trip_changes_nothing(source: str, target: str, data: st.DataObject) -> None:
    """The events that return from a round trip translate to the same output again.

    What was reported as lost or approximated on the way back may be absent. A field may be new if
    its value is that of a param or of an approximated field: a format may read more than it writes.
    """
    caller, event = data.draw(translation_calls(source, target))
    outputs = translate_valid(source, target, caller, event)
    for output in outputs if output_validator(source).is_valid(event) else ():
        returned = translate_valid(target, source, caller, output)
        again = [translate_valid(source, target, caller, event) for event in returned]
        if returned and all(again) and not _is_anonymised(source, caller, output, returned[0]):
            repeated = [event for events in again for event in events]
            if not identical(repeated, [output]):
                (repeated_output,) = repeated
                losses = translator(target, source, caller).translate_with_losses(output).losses
                assert_reported(dict(leaves(output)), dict(leaves(repeated_output)), losses, caller)


def assert_reported(
    output: dict[str, Json], repeated: dict[str, Json], losses: Sequence[Loss], caller: Caller
) -> None:
    """Fail unless losses explain why the leaves of an output are different the second time."""
    paths = [loss.path for loss in losses if loss.kind in ("lost", "approximated")]
    assert paths
    sources = [*caller.params.values()]
    sources += (value for path, value in output.items() if is_in_any(path, paths))
    for path in output.keys() | repeated.keys():
        if is_in_any(path, paths):
            continue
        assert path in repeated, path
        if path in output:
            assert identical(repeated[path], output[path]), path
        else:
            assert repeated[path] in sources, path


def _is_anonymised(source: str, caller: Caller, output: Json, returned: Json) -> bool:
    """Whether a customer became a pseudonym, and then the customer of the param `user`.

    Cobi can store a Go Shops customer whose ID is not a UUID only as a pseudonym. A pseudonym does
    not identify a customer, so on the return trip the param does, the same for all events.
    """
    if source != "goshops" or output.get("user_id") is None or output.get("student_id") is not None:
        return False
    is_cobi = "interaction_type" in output
    return is_cobi and returned["data"]["customer"] == caller.params.get("user")
