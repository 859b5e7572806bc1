"""Law 6, for streams: losses are counted as they are derived from each event by itself."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import translator
from tests.tools.independent_validator import PAIRS
from tests.tools.strategies import Draw, Json
from tests.tools.translation_calls import each_pair, translation_calls
from translator import TranslationError, Translator
from translator.streaming.ndjson import Chunk
from translator.streaming.pipeline import WithLosses, fold_path, loss_translator, translate_chunk

pytestmark = pytest.mark.laws

VALUES = (None, {}, [], "", "x", "null", "2024-05-01T12:00", "2024-05-01T12:00:00Z", 0, 15.0, True)


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


@st.composite
def changed(draw: Draw, event: Json) -> Json:
    """The event with one of its values changed, removed, moved or repeated."""
    result = copy.deepcopy(event)
    parent: Any = draw(st.sampled_from([*containers(result)]))
    key: Any = draw(st.sampled_from([*parent] if isinstance(parent, dict) else range(len(parent))))
    match draw(st.sampled_from(("change", "remove", "repeat", "move"))):
        case "change":
            value = parent[key]
            others = [*value.values()] if isinstance(value, dict) else []
            parent[key] = draw(st.sampled_from((*VALUES, *others)))
        case "remove":
            del parent[key]
        case "repeat" if isinstance(parent, dict):
            parent[draw(st.sampled_from(("x", "x.y", "a[0]", "", key + "_2")))] = parent[key]
        case "repeat":
            parent.append(copy.deepcopy(parent[key]))
        case _ if isinstance(parent, dict):
            parent[key] = parent.pop(key)
        case _:
            parent.reverse()
    return result


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


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_counts_are_those_of_single_events(source: str, target: str, data: st.DataObject) -> None:
    """Events that differ little, in shape or only in values, are never taken for one another."""
    caller, event = data.draw(translation_calls(source, target))
    events = [event]
    for _ in range(data.draw(st.integers(1, 6))):
        events.append(data.draw(changed(data.draw(st.sampled_from(events)))))
    compiled = translator(source, target, caller)
    lines = [json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in events * 2]
    chunk = b"".join(lines)
    expected = expected_losses(compiled, events * 2)
    if (reader := compiled.loss_struct_reader) is not None:
        batch = reader.translate_lines(chunk, len(lines))
        skipped = {index for index, _, _ in batch.skipped}
        read = [each for index, each in enumerate(events * 2) if index not in skipped]
        counts = Counter(
            (loss.kind, fold_path(loss.path)) for losses in batch.losses for loss in losses
        )
        assert counts == expected_losses(compiled, read)
    plain = compiled.translate_lines(chunk)
    results = [compiled.translate_lines(chunk, losses=True)]
    without_structs: Any = WithoutStructs(compiled)
    stub = WithLosses(compiled)
    stub.translator = without_structs
    results.append(translate_chunk(chunk, loss_translator(stub, list_losses=False)))
    for result in results:
        assert result.losses == expected
        assert result[:4] == plain[:4]
    listed = loss_translator(stub, list_losses=True)(Chunk(1, len(lines), chunk))
    records = [json.loads(record) for record in listed.losses.splitlines()]
    assert Counter((each["kind"], fold_path(each["path"])) for each in records) == expected
