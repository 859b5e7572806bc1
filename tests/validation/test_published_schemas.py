"""Translations are valid by the vendors' own published schemas, whatever our specs say."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.test_cases import CASES
from tests.tools.arguments import Caller, callers, translator
from tests.tools.published_schemas import PUBLISHED, NotHere, body_errors, errors
from tests.tools.shipped import FORMATS
from tests.tools.strategies import examples, varied_examples
from tests.tools.translation_calls import translation_calls
from translator import TranslationError
from translator.catalog.discovery import HUB
from translator.streaming.framing import BodyWriter

Json = Any

COUNT = 1_000
"""How many translations are drawn for each vendor, at least."""

pytestmark = pytest.mark.nightly

each_vendor = pytest.mark.parametrize("vendor", PUBLISHED)


def assert_valid(vendor: str, outputs: list[Json]) -> None:
    """Fail unless a vendor's schema accepts events, each alone and all in request bodies."""
    try:
        for output in outputs:
            found = errors(vendor, output)
            assert not found, json.dumps({"event": output, "errors": found}, ensure_ascii=False)
        for body in bodies(vendor, outputs):
            found = body_errors(vendor, body)
            assert not found, json.dumps({"body": body, "errors": found}, ensure_ascii=False)
    except NotHere as reason:
        pytest.skip(str(reason))


def bodies(vendor: str, outputs: list[Json]) -> list[Json]:
    """Events in request bodies, as a stream writes them; none if a vendor has no bodies."""
    envelope = translator(HUB, vendor, callers()[1]).envelopes[1]
    if envelope is None:
        return []
    written = io.BytesIO()
    writer = BodyWriter(written, envelope, envelope.max_events)
    writer.write(b"".join(json.dumps(output).encode() + b"\n" for output in outputs))
    writer.finish()
    return [json.loads(line) for line in written.getvalue().splitlines()]


@each_vendor
def test_outputs_of_cases_are_valid(vendor: str) -> None:
    """What the cases expect is what the vendor takes."""
    given = [case["gives"] for _, case in CASES if case["to"] == vendor and "gives" in case]
    assert given
    assert_valid(vendor, [output for outputs in given for output in outputs])


@each_vendor
def test_examples_are_valid(vendor: str) -> None:
    """The examples of each other format become events and bodies that the vendor takes."""
    for source in FORMATS:
        if source == vendor:
            continue
        for caller in callers():
            outputs = []
            for event in examples(source):
                outputs += translations(source, vendor, caller, event)
            assert_valid(vendor, outputs)


@each_vendor
def test_drawn_translations_are_valid(vendor: str) -> None:
    """Drawn events of the hub and of other vendors become events that the vendor takes."""
    counts: list[int] = []

    def take(source: str, calls: st.SearchStrategy[tuple[Caller, Json]], count: int) -> None:
        def check(call: tuple[Caller, Json]) -> None:
            outputs = translations(source, vendor, *call)
            counts.append(len(outputs))
            assert_valid(vendor, outputs)

        phases = (Phase.generate, Phase.shrink)
        run: Callable[[], None] = settings(max_examples=count, phases=phases)(given(calls)(check))
        run()

    for source in FORMATS:
        if source != vendor:
            take(source, translation_calls(source, vendor), COUNT // 5)
    # What came from the vendor goes home more often than what others know is enough for it.
    home = st.tuples(st.sampled_from(callers()[:3]), returning_events(vendor))
    take(HUB, home, COUNT // 5 + 4 * max(COUNT - sum(counts), 0))
    assert sum(counts) >= COUNT


@st.composite
def returning_events(draw: st.DrawFn, vendor: str) -> Json:
    """Varied events of the hub that carry what some event of a vendor had."""
    event = draw(varied_examples(HUB, returning(vendor)))
    carried = draw(st.sampled_from(returning(vendor))).get("carried")
    return {name: value for name, value in event.items() if name != "carried"} | (
        {"carried": carried} if carried else {}
    )


@cache
def returning(vendor: str) -> tuple[Json, ...]:
    """A vendor's examples as events of the hub, with what is carried for the way back."""
    caller = callers()[1]
    return tuple(
        output for event in examples(vendor) for output in translations(vendor, HUB, caller, event)
    )


def translations(source: str, target: str, caller: Caller, event: Json) -> list[Json]:
    """The translations of an event; none if it is refused."""
    try:
        return list(translator(source, target, caller).translate_all(event))
    except TranslationError:
        return []
