"""Losses in streams: per event, in files, and counted."""

from __future__ import annotations

import io
import json
from collections import Counter, OrderedDict
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from translator import Rejected, Translated, Translator
from translator.cli.run import Files, LineFormat, translate_files
from translator.streaming.pipeline import (
    MAX_PATH_LENGTH,
    MAX_PATHS,
    LossTotals,
    WithLosses,
    fold_path,
)

CART: dict[str, Any] = {
    "type": "add_to_cart",
    "user_id": "ada",
    "timestamp": "2024-05-01T12:00:00Z",
    "product_ids": ["SKU-1", "SKU-2"],
    "quantities": [1, 2],
    "context": {"custom_context": {"a": 1, "goshops_project": "p"}},
}
READ = {"type": "read", "user_id": "ada", "timestamp": CART["timestamp"], "product_ids": ["A"]}
NOTE = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view", "more": 1}


def to_goshops(**options: Any) -> Translator:
    return Translator("miso", "goshops", allow=["content-as-view"], **options)


def results(
    translator: Translator, *lines: object, wrapped: bool = False
) -> list[Translated | Rejected]:
    strings = [json.dumps(line) for line in lines]
    return list(translator.stream(strings, wrapped=wrapped, losses=True))


def test_each_event_has_its_losses() -> None:
    """With `losses=True` a translated event has the losses of `translate_with_losses`."""
    translator = to_goshops(params={"project": "s"})
    first, rejected, last = results(translator, CART, {"type": "no"}, READ)
    assert isinstance(rejected, Rejected)
    for result, event in ((first, CART), (last, READ)):
        assert isinstance(result, Translated)
        assert (result.events, result.losses) == translator.translate_with_losses(event)
        assert result.losses
    (without_losses,) = translator.stream([json.dumps(CART)])
    assert isinstance(without_losses, Translated)
    assert without_losses.losses is None


def test_params_of_the_line() -> None:
    """Wrapped lines are translated with their params; paths of losses begin at the event."""
    lines = [
        {"event": 5, "params": {"user": "ada"}},
        {"event": NOTE, "params": {"user": "bob"}},
        {"event": NOTE, "params": {"user": "eve"}},
    ]
    _, *translations = results(Translator("aisquare", "miso"), *lines, wrapped=True)
    for result, user in zip(translations, ("bob", "eve"), strict=True):
        assert isinstance(result, Translated)
        assert result.at == "$.event"
        assert result.events[0]["user_id"] == user
        assert [(loss.kind, loss.path) for loss in result.losses or ()] == [("lost", "$.more")]


def test_losses_are_reported_for_the_params_of_the_event() -> None:
    """Params of one event take precedence over the translator's own, also with losses."""
    translator = Translator("aisquare", "miso", params={"user": "ada"})
    for user in ("bob", "eve"):
        params = {"user": user}
        outputs = translator.translate_all(NOTE, params)
        assert outputs[0]["user_id"] == user
        assert translator.translate_with_losses(NOTE, params).events == outputs
    assert translator.translate_with_losses(NOTE).events[0]["user_id"] == "ada"


def test_strict_and_accept() -> None:
    """`strict` rejects events with losses, except those accepted, which are reported."""
    strict = to_goshops(params={"project": "s"}, strict=True)
    accepting = to_goshops(params={"project": "s"}, strict=True, accept=["context", "quantities"])
    (rejected,) = results(strict, CART)
    assert isinstance(rejected, Rejected)
    assert rejected.code == "would-lose"
    translated, rejected = results(accepting, CART, READ)
    assert isinstance(translated, Translated)
    assert [loss.path for loss in translated.losses or ()] == [
        "$.quantities[0]",
        "$.quantities[1]",
        "$.context.custom_context.a",
    ]
    assert isinstance(rejected, Rejected)
    assert rejected.code == "would-lose"


@pytest.mark.parametrize("jobs", [1, 2])
def test_losses_of_a_file(jobs: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With any number of workers, the losses listed and counted are those of the library."""
    translator = to_goshops(params={"project": "s"})
    events = [CART, READ, {"type": "share"}, {**READ, "duration": 4.5}] * 400
    data = b"".join(json.dumps(event).encode() + b"\n" for event in events) + b"oops\n\n"
    source, out, losses = (tmp_path / name for name in ("in", "out", "losses"))
    source.write_bytes(data)
    files = Files((str(source),), str(out), str(tmp_path / "rejects"), str(losses))
    assert translate_files(WithLosses(translator), files, LineFormat(), jobs=jobs, quiet=False) == 1
    expected, totals = [], LossTotals()
    for result in translator.stream(io.BytesIO(data), losses=True):
        for loss in result.losses or () if isinstance(result, Translated) else ():
            record = {"line": result.line, "at": "$", "kind": loss.kind}
            expected.append(record | {"path": loss.path, "because": loss.because})
            totals.add([(loss.kind, fold_path(loss.path), 1)])
    records = [json.loads(line) for line in losses.read_bytes().splitlines()]
    assert records == expected
    assert len(records) == 400 * (3 + 1 + 2)
    assert totals.counts["lost", "$.quantities[]"] == 800
    assert capfd.readouterr().err.splitlines() == [
        *totals.format_lines(),
        "read 1601, written 1600, rejected 401 (invalid-json 1, no-equivalent 400)",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.items[12].quantity", "$.items[].quantity"),
        ("$[0][1]", "$[][]"),
        ("$['a[0]'][3]", "$['a[0]'][]"),
        ('$["it\'s[0]"].b[1]', '$["it\'s[0]"].b[]'),
        ("$['\\'[0]'][3]", "$['\\'[0]'][]"),
        ("$." + "x" * 500, "$." + "x" * (MAX_PATH_LENGTH - 3) + "…"),
    ],
)
def test_paths_are_folded(path: str, expected: str) -> None:
    """A folded path has no list indexes, unchanged names, and a limited length."""
    assert fold_path(path) == expected


def test_number_of_counted_paths_is_limited() -> None:
    """The first paths are counted one by one, all others by kind, and none is missing."""
    totals = LossTotals()
    for number in range(MAX_PATHS + 50):
        totals.add([("lost", f"$.x{number}", 1)])
    totals.add([("lost", "$.x0", 2), ("carried", "$.late", 1)])
    assert len(totals.counts) == MAX_PATHS
    assert totals.counts["lost", "$.x0"] == 3
    assert totals.other_counts == {"lost": 50, "carried": 1}
    assert [line.split() for line in totals.format_lines()][-2:] == [
        ["lost", "50", "and", "others"],
        ["carried", "1", "and", "others"],
    ]


def test_formatted_totals() -> None:
    """The table is aligned and sorted by kind and path; without losses it says so."""
    totals = LossTotals()
    assert list(totals.format_lines()) == ["nothing lost, approximated, normalised or carried"]
    totals.add([("carried", "$.project", 12), ("lost", "$.b", 1), ("lost", "$.a", 2)])
    assert list(totals.format_lines()) == [
        "lost      2  $.a",
        "lost      1  $.b",
        "carried  12  $.project",
    ]


class Name(str, Enum):  # noqa: UP042
    """A name that is formatted differently from its value."""

    A = "a"


def test_events_of_one_shape() -> None:
    """Events with the same fields have different losses if their values call for it."""
    dates = ("2024-05-01T12:00:00Z", "2024-05-01T12:00Z")
    item = "a1b2c3d4-e5f6-7890-abcd-1234567890ab"
    customers = ("ada", item, "ada")
    events = [
        {"project": "p", "data": {"event": "view", "item": item, "customer": user, "date": date}}
        for user in customers
        for date in dates
    ]
    data = b"".join(json.dumps(event).encode() + b"\n" for event in events * 3)
    params = {"item_type": "OFFER"}
    with_structs = Translator("goshops", "cobi", params=params)
    assert with_structs.fast_loss_reader is not None
    for translator in (Translator("goshops", "cobi", params=params), with_structs):
        losses = translator.translate_lines(data, losses=True).losses
        assert losses == {
            ("approximated", "$.data.customer"): 12,
            ("normalised", "$.data.date"): 9,
            ("lost", "$.project"): 18,
        }


def test_nulls_and_absent_fields() -> None:
    """A null, an empty object and an absent field of otherwise equal events are told apart."""
    contexts: list[Any] = [{"locale": "de"}, {"custom_context": {}}, {}, None, {"locale": None}]
    contexts += [{"custom_context": {"a": value}} for value in (1, [], [1, 2], ["null"])]
    events: list[Any] = [{**READ, "context": context} for context in contexts]
    translator = to_goshops(params={"project": "s"})
    assert translator.fast_loss_reader is not None
    for event in events * 2:
        line = json.dumps(event).encode() + b"\n"
        result = translator.translate_lines(line, losses=True)
        if not result.rejects:
            losses = translator.translate_with_losses(event).losses
            assert result.losses == Counter((loss.kind, fold_path(loss.path)) for loss in losses)


def test_losses_of_values_that_are_not_from_json() -> None:
    """Dicts, strings and tuples of other classes have the losses of the equal JSON event."""
    translator = to_goshops(params={"project": "s"})
    plain = {**READ, "context": {"custom_context": {"a": [1, 2]}}}
    other = {**READ, "context": OrderedDict(custom_context={Name.A: (1, 2)})}
    losses = translator.translate_with_losses(plain).losses
    for event in (other, plain, other):
        assert translator.translate_with_losses(event).losses == losses
