"""Law 5: every entry point gives the same result."""

from __future__ import annotations

import io
import json
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.tools.arguments import Caller, translator
from tests.tools.independent_validator import document, identical
from tests.tools.shipped import FORMAT_PARAMS, FORMATS, PAIR_PARAMS, PAIRS
from tests.tools.strategies import Json, examples
from tests.tools.translation_calls import each_pair, translation_calls
from translator import Rejected, TranslationError, Translator, translate, translate_all
from translator.streaming.ndjson import Chunk
from translator.streaming.pipeline import WithLosses, loss_translator, translate_stream

pytestmark = pytest.mark.laws

Refusal = tuple[str, str, str]


def outcome(run: Any, *arguments: Any, **keywords: Any) -> Json | Refusal:
    """The result of a call, or the code, path and message of its error."""
    try:
        return run(*arguments, **keywords)
    except TranslationError as error:
        return error.code, error.path, error.message


@cache
def trusting(source: str, target: str, caller: Caller) -> Translator:
    """A translator that does not validate events, but checks its output."""
    return Translator(source, target, validate=False, guard=True, **caller.keywords(source, target))


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@each_pair
@given(data=st.data())
def test_every_entry_point_gives_the_same(source: str, target: str, data: st.DataObject) -> None:
    """Functions, translators with and without validation, and streams give the same result."""
    caller, event = data.draw(translation_calls(source, target))
    compiled = translator(source, target, caller)
    expected = outcome(compiled.translate_all, event)
    assert identical(outcome(trusting(source, target, caller).translate_all, event), expected)
    assert identical(stream_outcome(compiled, event), expected)
    assert_same_losses(compiled, event, expected)
    single = outcome(compiled.translate, event)
    if isinstance(expected, list) and len(expected) > 1:
        assert single[0] == "several-events"
    else:
        assert identical(single, expected[0] if isinstance(expected, list) else expected)
    keywords = caller.keywords(source, target)
    assert identical(outcome(translate_all, event, source, target, **keywords), expected)
    assert identical(outcome(translate, event, source, target, **keywords), single)


def stream_outcome(compiled: Translator, event: Json) -> Json | Refusal:
    """The result of a stream with one event."""
    written, rejects = io.BytesIO(), io.BytesIO()
    line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    counts = translate_stream(io.BytesIO(line), written, compiled, rejects=rejects)
    assert counts.read == 1
    if counts.reject_count:
        reject = json.loads(rejects.getvalue())
        assert identical(reject["event"], event)
        return reject["code"], reject["path"], reject["message"]
    outputs = [json.loads(output) for output in written.getvalue().split(b"\n")[:-1]]
    assert counts.written == len(outputs)
    return outputs


def assert_same_losses(compiled: Translator, event: Json, expected: list[Json] | Refusal) -> None:
    """Fail unless streams and chunks report the losses of `translate_with_losses`."""
    line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
    (result,) = compiled.stream([line], losses=True)
    chunk = loss_translator(WithLosses(compiled), list_losses=True)(Chunk(1, line))
    if isinstance(result, Rejected):
        assert identical((result.code, result.path, result.message), expected)
        assert chunk.rejects == [result]
        assert (chunk.losses, chunk.loss_counts) == (b"", [])
        return
    assert identical(result.events, expected)
    losses = compiled.translate_with_losses(event).losses
    assert result.losses == losses
    listed = [json.loads(entry) for entry in chunk.losses.splitlines()]
    assert [(entry["kind"], entry["path"], entry["because"]) for entry in listed] == [
        (loss.kind, loss.path, loss.because) for loss in losses
    ]
    assert sum(count for _, _, count in chunk.loss_counts) == len(listed)


@cache
def model(name: str) -> TypeAdapter[BaseModel]:
    """The generated model of the events of a format."""
    module = import_module(f"translator.generated.{name}")
    words = document(name)["x-event"].rpartition("/")[2].split("_")
    return TypeAdapter(getattr(module, "".join(word[:1].upper() + word[1:] for word in words)))


@pytest.mark.parametrize("name", FORMAT_PARAMS)
@given(data=st.data())
def test_a_model_is_its_event(name: str, data: st.DataObject) -> None:
    """An instance of a generated model translates like the event it was created from."""
    target = data.draw(st.sampled_from([target for source, target in PAIRS if source == name]))
    caller, event = data.draw(translation_calls(name, target))
    try:
        instance = model(name).validate_python(event)
    except ValidationError as refusal:
        # Models are stricter than specs: 15.0 is not an integer, and 10**400 is not a float.
        assert {error["type"] for error in refusal.errors()} & {"int_type", "float_type"}, refusal
        return
    dumped = instance.model_dump(mode="json", by_alias=True, exclude_unset=True)
    translate_event = translator(name, target, caller).translate_all
    result = outcome(translate_event, instance)
    assert identical(result, outcome(translate_event, dumped))
    if identical(dumped, event):
        assert result == outcome(translate_event, event)


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_takes_the_examples(name: str) -> None:
    """The examples of a spec, or else of its file, survive a round trip through its model."""
    event = document(name)
    for step in event["x-event"].removeprefix("#/").split("/"):
        event = event[step]
    shown = event.get("examples") or examples(name)
    assert shown
    for example in shown:
        instance = model(name).validate_python(example)
        assert instance.model_dump(mode="json", by_alias=True, exclude_unset=True) == example
