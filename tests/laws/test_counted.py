"""Law 6, for streams: losses are counted as they are derived from each event by itself."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.shipped import PAIR_PARAMS
from tests.tools.strategies import Json
from tests.tools.translation_calls import each_pair, translation_calls
from translator import TranslationError, Translator
from translator.streaming.ndjson import Chunk
from translator.streaming.pipeline import WithLosses, fold_path, loss_translator, translate_chunk

pytestmark = pytest.mark.laws

VALUES: tuple[Any, ...] = (
    None,
    {},
    [],
    "",
    "x",
    "null",
    "2024-05-01T12:00",
    "2024-05-01T12:00:00Z",
    0,
    15.0,
    True,
)


MAX_EVENTS = 300
"""Maximum number of events of one example."""


class WithoutStructs:
    """A translator whose events are not decoded into structs."""

    def __init__(self, compiled: Translator) -> None:
        self.translate_with_losses = compiled.translate_with_losses
        self.translate_with_shared_losses = compiled.translate_with_shared_losses


def containers(value: Any) -> Iterator[Any]:
    """Yield each object and list of an event that is not empty."""
    if isinstance(value, dict | list) and value:
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def each_change(event: Json) -> Iterator[Json]:
    """Yield the event, and the event with each of its values removed, replaced or repeated."""
    yield event
    for number, parent in enumerate(containers(event)):
        for key in [*parent] if isinstance(parent, dict) else range(len(parent)):
            for change in ("remove", "move", *VALUES):
                result = copy.deepcopy(event)
                place: Any = [*containers(result)][number]
                if change == "remove":
                    del place[key]
                elif change != "move":
                    place[key] = change
                elif isinstance(place, dict):
                    place[key] = place.pop(key)
                else:
                    place.append(place[key])
                yield result


def expected_losses(compiled: Translator, events: list[Json]) -> Counter[tuple[str, str]]:
    """Count the losses of events, each derived without the cache."""
    reporter = compiled.loss_reporter()
    counts: Counter[tuple[str, str]] = Counter()
    for event in events:
        try:
            outputs, notes = reporter.translate(event)
        except TranslationError:
            continue
        losses = reporter.derive_losses(event, notes)
        assert losses == reporter.find_losses(event, notes)
        if outputs:
            counts.update((loss.kind, fold_path(loss.path)) for loss in losses)
    return counts


def to_line(event: Json) -> bytes:
    """Encode an event as a line of NDJSON."""
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def assert_losses_of_structs(compiled: Translator, events: list[Json]) -> None:
    """Fail unless each event that is decoded into a struct has the losses it has by itself."""
    reader = compiled.fast_loss_reader
    if reader is None:
        return
    batch = reader.translate_chunk(Chunk(1, b"".join(map(to_line, events)).removesuffix(b"\n")))
    skipped = {index for index, _, _ in batch.skipped}
    read = [event for index, event in enumerate(events) if index not in skipped]
    for event, losses in zip(read, batch.losses, strict=True):
        counts = Counter((loss.kind, fold_path(loss.path)) for loss in losses)
        assert counts == expected_losses(compiled, [event]), event


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_counts_are_those_of_single_events(source: str, target: str, data: st.DataObject) -> None:
    """Events that differ little, in shape or only in values, are never taken for one another."""
    caller, event = data.draw(translation_calls(source, target))
    events = [*islice(each_change(event), MAX_EVENTS)]
    compiled = translator(source, target, caller)
    lines = [*map(to_line, events)]
    chunk = b"".join(lines)
    expected = expected_losses(compiled, events)
    assert_losses_of_structs(compiled, events)
    plain = compiled.translate_lines(chunk)
    results = [compiled.translate_lines(chunk, losses=True)]
    without_structs: Any = WithoutStructs(compiled)
    stub = WithLosses(compiled)
    stub.translator = without_structs
    results.append(translate_chunk(chunk, loss_translator(stub, list_losses=False)))
    for result in results:
        assert result.losses == expected
        assert result[:4] == plain[:4]
    listed = loss_translator(stub, list_losses=True)(Chunk(1, chunk.removesuffix(b"\n")))
    records = [json.loads(record) for record in listed.losses.splitlines()]
    assert Counter((each["kind"], fold_path(each["path"])) for each in records) == expected
