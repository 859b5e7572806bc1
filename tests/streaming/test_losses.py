"""What streams say is lost: the same per event, whichever way it goes, and sums of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from translator import Rejected, Translated, Translator
from translator.cli.run import Files, translate_file
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


def told(made: Translator, *lines: object, wrapped: bool = False) -> list[Translated | Rejected]:
    texts = [json.dumps(line) for line in lines]
    return list(made.stream(texts, wrapped=wrapped, losses=True))


def test_each_event_has_its_losses() -> None:
    """Asked for, a translated event has its losses as the library gives them; else it has none."""
    made = to_goshops(params={"project": "s"})
    found = told(made, CART, {"type": "no"}, READ)
    assert isinstance(found[1], Rejected)
    for one, event in ((found[0], CART), (found[2], READ)):
        assert isinstance(one, Translated)
        assert (one.events, one.losses) == made.translate_with_losses(event)
        assert one.losses
    (plain,) = made.stream([json.dumps(CART)])
    assert isinstance(plain, Translated)
    assert plain.losses is None


def test_params_of_the_line() -> None:
    """Losses of wrapped lines have paths in the event, and the params are those of the line."""
    lines = [
        {"event": 5, "params": {"user": "ada"}},
        {"event": NOTE, "params": {"user": "bob"}},
        {"event": NOTE, "params": {"user": "eve"}},
    ]
    _, *found = told(Translator("aisquare", "miso"), *lines, wrapped=True)
    for one, user in zip(found, ("bob", "eve"), strict=True):
        assert isinstance(one, Translated)
        assert one.at == "$.event"
        assert one.events[0]["user_id"] == user
        assert [(loss.kind, loss.path) for loss in one.losses or ()] == [("lost", "$.more")]


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
    """Strict rejects what would lose; what is accepted is translated, and its loss told."""
    strict = to_goshops(params={"project": "s"}, strict=True)
    accepts = to_goshops(params={"project": "s"}, strict=True, accept=["context", "quantities"])
    (refused,) = told(strict, CART)
    assert isinstance(refused, Rejected)
    assert refused.code == "would-lose"
    (found, refused) = told(accepts, CART, READ)
    assert isinstance(found, Translated)
    assert [one.path for one in found.losses or ()] == [
        "$.quantities[0]",
        "$.quantities[1]",
        "$.context.custom_context.a",
    ]
    assert isinstance(refused, Rejected)
    assert refused.code == "would-lose"


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_as_a_file(jobs: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With any number of processes, the losses listed and summed are those of the library."""
    made = to_goshops(params={"project": "s"})
    several = [CART, READ, {"type": "share"}, {**READ, "duration": 4.5}] * 400
    data = b"".join(json.dumps(one).encode() + b"\n" for one in several) + b"oops\n\n"
    source, out, losses = (tmp_path / name for name in ("in", "out", "losses"))
    source.write_bytes(data)
    files = Files(str(source), str(out), str(tmp_path / "rejects"), str(losses))
    assert translate_file(WithLosses(made), files, jobs=jobs, quiet=False) == 1
    expected, sums = [], LossTotals()
    for one in made.stream(io.BytesIO(data), losses=True):
        for loss in one.losses or () if isinstance(one, Translated) else ():
            entry = {"line": one.line, "at": "$", "kind": loss.kind}
            expected.append(entry | {"path": loss.path, "because": loss.because})
            sums.add([(loss.kind, fold_path(loss.path), 1)])
    found = [json.loads(line) for line in losses.read_bytes().splitlines()]
    assert found == expected
    assert len(found) == 400 * (3 + 1 + 2)
    assert ("lost", "$.quantities[]", 800) in sums.counts
    assert capfd.readouterr().err.splitlines() == [
        *sums.format_lines(),
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
def test_places_in_lists_are_folded(path: str, expected: str) -> None:
    """A path is summed without the places in lists, names left alone, and cut where too long."""
    assert fold_path(path) == expected


def test_sums_are_bounded() -> None:
    """So many members are summed apart, the first that come; all others by kind, none forgotten."""
    sums = LossTotals()
    for number in range(MAX_PATHS + 50):
        sums.add([("lost", f"$.x{number}", 1)])
    sums.add([("lost", "$.x0", 2), ("carried", "$.late", 1)])
    assert len(sums.counts) == MAX_PATHS
    assert ("lost", "$.x0", 3) in sums.counts
    assert sums.other_counts == {"lost": 50, "carried": 1}
    assert [line.split() for line in sums.format_lines()][-2:] == [
        ["lost", "50", "and", "others"],
        ["carried", "1", "and", "others"],
    ]


def test_sums_for_people() -> None:
    """Sums are aligned, what was lost first, each kind by path; that there are none is said."""
    sums = LossTotals()
    assert list(sums.format_lines()) == ["nothing lost, approximated, normalised or carried"]
    sums.add([("carried", "$.project", 12), ("lost", "$.b", 1), ("lost", "$.a", 2)])
    assert list(sums.format_lines()) == [
        "lost      2  $.a",
        "lost      1  $.b",
        "carried  12  $.project",
    ]
