"""The explanation of one event, from the library and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator import TranslationError, Translator, explain
from translator.analysis.explain import HELP
from translator.cli.main import main
from translator.report.explain import render_text

EVENT: dict[str, Any] = {
    "project": "p1",
    "data": {"event": "view", "item": "SKU-1", "customer": "u1", "date": "2024-05-01T12:00:00"},
}
RICH = {
    "type": "bookmark",
    "product_ids": ["SKU-1", "SKU-2"],
    "user_id": "u1",
    "timestamp": "2024-05-01T12:00:00Z",
    "context": {"locale": "en-US"},
}


def test_each_member_has_its_sources_and_rules() -> None:
    """A written member names the member it comes from, and the rules on the way in their order."""
    found = explain(EVENT, "goshops", "miso", params={"timezone": "Europe/Berlin"})
    by_path = {one.path: one for one in found.written}
    date = by_path["$.timestamp"]
    assert (date.value, date.sources) == ("2024-05-01T12:00:00+02:00", ("$.data.date",))
    assert [use.operation for use in date.uses] == ["iso-8601", "same"]
    assert all(use.location.file.endswith(".yaml") and use.location.line for use in date.uses)
    project = by_path["$.context.custom_context.goshops_project"]
    assert [use.operation for use in project.uses] == ["same", "carried"]


def test_what_a_param_supplied_has_no_source() -> None:
    """A member that a param filled names the param, and no member of the event."""
    found = explain(RICH, "miso", "goshops", params={"project": "p1"})
    projects = [one for one in found.written if one.path == "$.project"]
    assert [(one.event_index, one.sources) for one in projects] == [(0, ()), (1, ())]
    assert {(use.operation, use.name) for one in projects for use in one.uses} == {
        ("param", "project")
    }


def test_each_fate_has_its_reason() -> None:
    """What is lost or approximated has the reason that the mapping gives."""
    found = explain(RICH, "miso", "goshops", params={"project": "p1"})
    fates = {one.path: (one.outcome, one.because) for one in found.read}
    assert fates["$.type"] == ("approximated", "Go Shops defines like as adding to favourites")
    assert fates["$.context.locale"] == ("lost", "Go Shops takes no page context")
    assert fates["$.user_id"] == ("kept", "")
    normalised = explain(EVENT, "goshops", "miso", params={"timezone": "UTC"}).read
    assert ("$.data.date", "normalised") in [(one.path, one.outcome) for one in normalised]
    assert ("$.project", "carried") in [(one.path, one.outcome) for one in normalised]


@pytest.mark.parametrize(
    ("event", "given", "code", "rule"),
    [
        (EVENT, {}, "missing-param", "goshops.yaml"),
        ({**EVENT, "data": {"event": "view"}}, {}, "invalid-event", ""),
        ({**EVENT, "project": 5}, {}, "invalid-event", ""),
    ],
)
def test_a_refusal_is_explained(event: Any, given: Any, code: str, rule: str) -> None:
    """A refusal names the code, the place, what stood there, the rule, and what would help."""
    found = explain(event, "goshops", "miso", params=given)
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.help) == (code, HELP[code])
    assert rule in found.refusal.rule
    assert found.events == ()
    assert found.written == ()


def test_what_was_tried_is_shown() -> None:
    """A refusal shows the value that was refused, and the rule with its line."""
    event = {**EVENT, "data": {**EVENT["data"], "item": "x" * 600}}
    found = explain(event, "goshops", "miso", params={"timezone": "UTC"})
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.path) == ("unmappable-id", "$.data.item")
    assert found.refusal.value == "x" * 600
    assert found.refusal.rule.rpartition("/")[2].startswith("miso.yaml:")


def test_losses_come_with_the_translations() -> None:
    """A caller who asks gets the translations and the losses, each with path, kind and reason."""
    made = Translator("miso", "goshops", params={"project": "p1"})
    events, losses = made.translate_with_losses(RICH)
    assert events == made.translate_all(RICH)
    assert [(one.kind, one.path) for one in losses] == [
        ("approximated", "$.type"),
        ("lost", "$.context.locale"),
    ]


def test_an_accepted_loss_is_fine() -> None:
    """Strict lets go what accept names, with all below it, and refuses every other loss."""
    params = {"project": "p1"}
    with pytest.raises(TranslationError) as refused:
        Translator("miso", "goshops", params=params, strict=True).translate_all(RICH)
    assert refused.value.code == "would-lose"
    assert "$.type" in refused.value.message
    assert "$.context.locale" in refused.value.message
    with pytest.raises(TranslationError) as refused:
        strict = Translator("miso", "goshops", params=params, strict=True, accept=["context"])
        strict.translate_all(RICH)
    assert "$.context" not in refused.value.message
    both = Translator("miso", "goshops", params=params, strict=True, accept=["context", "type"])
    assert both.translate_all(RICH) == Translator("miso", "goshops", params=params).translate_all(
        RICH
    )


@pytest.mark.parametrize(
    ("accept", "strict", "code"),
    [
        (["actr.id"], True, "unknown-path"),
        (["a..b"], True, "unknown-path"),
        ([5], True, "unknown-path"),
        (5, True, "unknown-path"),
        (["project"], False, "invalid-param"),
    ],
)
def test_accept_names_members(accept: Any, strict: bool, code: str) -> None:
    """What accept names must exist, and goes with strict."""
    with pytest.raises(TranslationError) as refused:
        Translator("interaction", "miso", accept=accept, strict=strict)
    assert refused.value.code == code


def test_the_command(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command explains every event of a file in aligned columns, and refusals too."""
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(RICH)}\n{json.dumps({**RICH, 'product_ids': 5})}\n")
    assert main(["explain", "miso", "goshops", str(file), "--param", "project=p1"]) == 1
    first, second = capfd.readouterr().out.split("\n\n")
    lines = first.splitlines()
    assert lines[0] == "miso -> interaction -> goshops"
    column = lines[1].index("goshops")
    assert lines[2][column:].startswith('[1] $.data.event "like"')
    assert "Go Shops takes no page context" in first
    assert second.splitlines()[1] == "refused  invalid-event at $.product_ids"


def test_the_command_for_programs(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As JSON, the command writes one object for each event, with all that is said of it."""
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(RICH) + "\nno json\n")
    asked = ["explain", "miso", "goshops", str(file), "--param", "project=p1"]
    assert main([*asked, "--output-format", "json"]) == 1
    shown = capfd.readouterr()
    (line,) = shown.out.splitlines()
    data = json.loads(line)
    assert len(data["events"]) == 2
    assert data["refused"] is None
    assert {one["fate"] for one in data["read"]} == {"kept", "approximated", "lost"}
    assert data["written"][0]["rules"][0]["how"] == "param"
    assert shown.err.startswith("line 2: invalid-json")


def test_what_was_tried_may_be_a_list() -> None:
    """What was tried is shown also where it is a list or an object, cut where it is long."""
    event = {**EVENT, "data": {**EVENT["data"], "item": ["x"] * 50}}
    found = explain(event, "goshops", "miso")
    assert found.refusal is not None
    assert (found.refusal.path, found.refusal.value) == ("$.data.item", ["x"] * 50)
    tried = next(line for line in render_text(found).splitlines() if "tried" in line)
    assert tried.endswith('"x", ...')


def test_columns_stay_aligned_on_a_terminal() -> None:
    """Letters of two columns, marks of none, and names of any length leave columns aligned."""
    page = {"日本語": "東京", "e\u0301": 1, "x" * 500: 2}
    event = {**RICH, "context": {"custom_context": page}}
    found = explain(event, "miso", "goshops", params={"project": "p1"})
    lines = render_text(found).splitlines()
    (wide,) = [line for line in lines if "日本語" in line]
    (long,) = [line for line in lines if "xxx..." in line]
    assert long.index(" lost ") < 120
    assert wide.index(" lost ") == long.index(" lost ") - len("日本語東京")


def test_bodies_and_wrapped_lines(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each event of a body is explained, and that of a wrapped line with the params it brings."""
    file = tmp_path / "lines"
    file.write_text(json.dumps({"data": [RICH, {**RICH, "product_ids": 5}]}))
    asked = ["explain", "miso", "goshops", str(file), "--param", "project=p1"]
    assert main([*asked, "--envelope"]) == 1
    assert [one.splitlines()[0] for one in capfd.readouterr().out.split("\n\n")] == [
        "miso -> interaction -> goshops"
    ] * 2
    lines = [{"event": RICH, "params": {"project": name}} for name in ("a", "b")]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    asked = ["explain", "miso", "goshops", str(file), "--wrapped", "--output-format", "json"]
    assert main(asked) == 0
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [one["events"][0]["project"] for one in found] == ["a", "b"]
    assert main(["explain", "goshops", "miso", str(file), "--envelope"]) == 2
    assert main([*asked, "--envelope"]) == 2


def test_what_strict_refuses_is_shown_as_it_would_be() -> None:
    """A refusal by strict names the rule, and each member with what would become of it."""
    event = {"type": "checkout", "user_id": "ada", "timestamp": "2024-05-01T12:00:00Z",
             "product_ids": ["SKU-1"], "revenue": 30.5}  # fmt: skip
    found = explain(event, "miso", "goshops", params={"project": "shop-1"}, strict=True)
    assert found.refusal is not None
    assert found.refusal.code == "would-lose"
    assert "goshops.yaml" in found.refusal.rule
    assert not found.events
    fates = {one.path: one.outcome for one in found.read}
    assert fates["$.type"] == "approximated"
    assert fates["$.revenue"] == "lost"
    lines = render_text(found).splitlines()
    assert lines[1].split() == ["miso", "goshops"]
    assert [line for line in lines if line.startswith("refused  would-lose at $.type")]
