"""Law 5: whichever way an event goes in, the same comes out."""

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

from tests.tools.arguments import Given, translator
from tests.tools.judging import FORMATS, PAIRS, document, exactly
from tests.tools.situations import each_pair, situations
from tests.tools.strategies import Json
from translator import Rejected, TranslationError, Translator, translate, translate_all
from translator.streaming.ndjson import Chunk
from translator.streaming.pipeline import WithLosses, make_loss_work, translate_stream

pytestmark = pytest.mark.laws

Refusal = tuple[str, str, str]


def outcome(run: Any, *arguments: Any, **keywords: Any) -> Json | Refusal:
    """What a call returns, or the code, path and message of its refusal."""
    try:
        return run(*arguments, **keywords)
    except TranslationError as error:
        return error.code, error.path, error.message


@cache
def trusting(source: str, target: str, caller: Given) -> Translator:
    """A translator that takes its events to be valid, and looks at what it writes."""
    return Translator(source, target, validate=False, guard=True, **caller.keywords(source, target))


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_every_way_in_gives_the_same(source: str, target: str, data: st.DataObject) -> None:
    """The functions, a translator, one that trusts its events, and a stream say the same."""
    caller, event = data.draw(situations(source, target))
    made = translator(source, target, caller)
    whole = outcome(made.translate_all, event)
    assert exactly(outcome(trusting(source, target, caller).translate_all, event), whole)
    assert exactly(streamed(made, event), whole)
    hold_same_losses(made, event, whole)
    single = outcome(made.translate, event)
    if isinstance(whole, list) and len(whole) > 1:
        assert single[0] == "several-events"
    else:
        assert exactly(single, whole[0] if isinstance(whole, list) else whole)
    keywords = caller.keywords(source, target)
    assert exactly(outcome(translate_all, event, source, target, **keywords), whole)
    assert exactly(outcome(translate, event, source, target, **keywords), single)


def streamed(made: Translator, event: Json) -> Json | Refusal:
    """What a stream of this one event gives."""
    written, rejects = io.BytesIO(), io.BytesIO()
    line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    counts = translate_stream(io.BytesIO(line), written, made, rejects=rejects)
    assert counts.read == 1
    if counts.reject_count:
        reject = json.loads(rejects.getvalue())
        assert exactly(reject["event"], event)
        return reject["code"], reject["path"], reject["message"]
    outputs = [json.loads(one) for one in written.getvalue().split(b"\n")[:-1]]
    assert counts.written == len(outputs)
    return outputs


def hold_same_losses(made: Translator, event: Json, whole: list[Json] | Refusal) -> None:
    """Fail unless a stream, and the work on a chunk of one, lose what the library says is lost."""
    line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
    (one,) = made.stream([line], losses=True)
    work = make_loss_work(WithLosses(made), list_losses=True)
    outcome = work(Chunk(1, 1, line))
    if isinstance(one, Rejected):
        assert exactly((one.code, one.path, one.message), whole)
        assert outcome.rejects == [one]
        assert (outcome.losses, outcome.loss_counts) == (b"", [])
        return
    assert exactly(one.events, whole)
    accounted = made.translate_with_losses(event)
    assert one.losses == accounted.losses
    listed = [json.loads(entry) for entry in outcome.losses.splitlines()]
    assert [(entry["kind"], entry["path"], entry["because"]) for entry in listed] == [
        (loss.kind, loss.path, loss.because) for loss in accounted.losses
    ]
    assert sum(count for _, _, count in outcome.loss_counts) == len(listed)


@cache
def model(name: str) -> TypeAdapter[BaseModel]:
    """The generated model of a format's events."""
    module = import_module(f"translator.generated.{name}")
    return TypeAdapter(getattr(module, document(name)["x-event"].rpartition("/")[2]))


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_a_model_is_its_event(name: str, data: st.DataObject) -> None:
    """An instance of a generated model is translated as the event that it was made from."""
    target = data.draw(st.sampled_from([target for source, target in PAIRS if source == name]))
    caller, event = data.draw(situations(name, target))
    try:
        instance = model(name).validate_python(event)
    except ValidationError:
        return
    dumped = instance.model_dump(mode="json", by_alias=True, exclude_unset=True)
    run = translator(name, target, caller).translate_all
    found = outcome(run, instance)
    assert exactly(found, outcome(run, dumped))
    if dumped == event:
        assert found == outcome(run, event)


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_takes_what_the_pages_show(name: str) -> None:
    """The examples of a spec are taken by its model, and come out of it as they were."""
    event = document(name)
    for step in event["x-event"].removeprefix("#/").split("/"):
        event = event[step]
    for example in event["examples"]:
        instance = model(name).validate_python(example)
        assert instance.model_dump(mode="json", by_alias=True, exclude_unset=True) == example
