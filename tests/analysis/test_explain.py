"""The explanation of one event, from the library and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator import TranslationError, Translator, explain
from translator.analysis.explain import HELP
from translator.cli.main import main
from translator.report.explain import render_text, to_data

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


def test_each_value_has_its_sources_and_rules() -> None:
    """An output value names the field it comes from, and the rules in order."""
    result = explain(EVENT, "goshops", "miso", params={"timezone": "Europe/Berlin"})
    by_path = {leaf.path: leaf for leaf in result.written}
    date = by_path["$.timestamp"]
    assert (date.value, date.sources) == ("2024-05-01T12:00:00+02:00", ("$.data.date",))
    assert [use.operation for use in date.uses] == ["iso-8601", "same"]
    assert all(use.location.file.endswith(".yaml") and use.location.line for use in date.uses)
    project = by_path["$.context.custom_context.goshops_project"]
    assert [use.operation for use in project.uses] == ["same", "carried"]


def test_a_value_from_a_param_has_no_source() -> None:
    """A value that a param supplies names the param, and no field of the event."""
    result = explain(RICH, "miso", "goshops", params={"project": "p1"})
    projects = [leaf for leaf in result.written if leaf.path == "$.project"]
    assert [(leaf.event_index, leaf.sources) for leaf in projects] == [(0, ()), (1, ())]
    assert {(use.operation, use.name) for leaf in projects for use in leaf.uses} == {
        ("param", "project")
    }


def test_each_outcome_has_its_reason() -> None:
    """A lost or approximated value has the reason that the mapping gives."""
    result = explain(RICH, "miso", "goshops", params={"project": "p1"})
    outcomes = {leaf.path: (leaf.outcome, leaf.because) for leaf in result.read}
    assert outcomes["$.type"] == ("approximated", "Go Shops defines like as adding to favourites")
    assert outcomes["$.context.locale"] == ("lost", "Go Shops has no circumstances")
    assert outcomes["$.user_id"] == ("kept", "")
    normalised = explain(EVENT, "goshops", "miso", params={"timezone": "UTC"}).read
    by_path = {leaf.path: leaf.outcome for leaf in normalised}
    assert (by_path["$.data.date"], by_path["$.project"]) == ("normalised", "carried")


@pytest.mark.parametrize(
    ("event", "params", "code", "rule"),
    [
        (EVENT, {}, "missing-param", "goshops.yaml"),
        ({**EVENT, "data": {"event": "view"}}, {}, "invalid-event", ""),
        ({**EVENT, "project": 5}, {}, "invalid-event", ""),
    ],
)
def test_a_refusal_is_explained(event: Any, params: Any, code: str, rule: str) -> None:
    """A refusal has the code, the rule and advice, and no translations."""
    result = explain(event, "goshops", "miso", params=params)
    assert result.refusal is not None
    assert (result.refusal.code, result.refusal.help) == (code, HELP[code])
    assert rule in result.refusal.rule
    assert result.events == ()
    assert result.written == ()


def test_a_refusal_has_the_refused_value() -> None:
    """A refusal has the value that was refused, and the location of the rule."""
    event = {**EVENT, "data": {**EVENT["data"], "item": "x" * 600}}
    result = explain(event, "goshops", "miso", params={"timezone": "UTC"})
    assert result.refusal is not None
    assert (result.refusal.code, result.refusal.path) == ("unmappable-id", "$.data.item")
    assert result.refusal.tried == "x" * 600
    assert result.refusal.rule.rpartition("/")[2].startswith("miso.yaml:")


def test_losses_come_with_the_translations() -> None:
    """`translate_with_losses` returns the translations and the losses, with kind and path."""
    translator = Translator("miso", "goshops", params={"project": "p1"})
    events, losses = translator.translate_with_losses(RICH)
    assert events == translator.translate_all(RICH)
    assert [(loss.kind, loss.path) for loss in losses] == [
        ("approximated", "$.type"),
        ("lost", "$.context.locale"),
    ]


def test_strict_ignores_accepted_losses() -> None:
    """Strict ignores losses at or below the fields of accept, and refuses all others."""
    params = {"project": "p1"}
    with pytest.raises(TranslationError) as error:
        Translator("miso", "goshops", params=params, strict=True).translate_all(RICH)
    assert error.value.code == "would-lose"
    assert "$.type" in error.value.message
    assert "$.context.locale" in error.value.message
    with pytest.raises(TranslationError) as error:
        strict = Translator("miso", "goshops", params=params, strict=True, accept=["context"])
        strict.translate_all(RICH)
    assert "$.context" not in error.value.message
    strict = Translator("miso", "goshops", params=params, strict=True, accept=["context", "type"])
    plain = Translator("miso", "goshops", params=params)
    assert strict.translate_all(RICH) == plain.translate_all(RICH)


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
def test_accept_is_checked(accept: Any, strict: bool, code: str) -> None:
    """Accept must name existing fields, and requires strict."""
    with pytest.raises(TranslationError) as error:
        Translator("interaction", "miso", accept=accept, strict=strict)
    assert error.value.code == code


def test_the_command_prints_columns(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command explains every event of a file in aligned columns, including refusals."""
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(RICH)}\n{json.dumps({**RICH, 'product_ids': 5})}\n")
    assert main(["explain", "miso", "goshops", str(file), "--param", "project=p1"]) == 1
    first, second = capfd.readouterr().out.split("\n\n")
    lines = first.splitlines()
    assert lines[0] == "miso -> interaction -> goshops"
    column = lines[1].index("goshops")
    assert lines[2][column:].startswith('[1] $.data.event "like"')
    assert "Go Shops has no circumstances" in first
    assert second.splitlines()[1] == "refused  invalid-event at $.product_ids"


def test_the_command_prints_json(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As JSON, the command writes one object for each event, and reports invalid lines."""
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(RICH) + "\nno json\n")
    command = ["explain", "miso", "goshops", str(file), "--param", "project=p1"]
    assert main([*command, "--output-format", "json"]) == 1
    captured = capfd.readouterr()
    (line,) = captured.out.splitlines()
    data = json.loads(line)
    assert len(data["events"]) == 2
    assert data["refused"] is None
    assert {leaf["fate"] for leaf in data["read"]} == {"kept", "approximated", "lost"}
    assert data["written"][0]["rules"][0]["how"] == "param"
    assert captured.err.startswith("line 2: invalid-json")


def test_the_refused_value_may_be_a_list() -> None:
    """The refused value may be a list or an object, and is truncated in text."""
    event = {**EVENT, "data": {**EVENT["data"], "item": ["x"] * 50}}
    result = explain(event, "goshops", "miso")
    assert result.refusal is not None
    assert (result.refusal.path, result.refusal.tried) == ("$.data.item", ["x"] * 50)
    assert any(line.endswith('"x", ...') for line in render_text(result).splitlines())


def test_columns_stay_aligned_on_a_terminal() -> None:
    """Columns stay aligned with characters of any width and names of any length."""
    page = {"日本語": "東京", "e\u0301": 1, "x" * 500: 2}
    event = {**RICH, "context": {"custom_context": page}}
    result = explain(event, "miso", "goshops", params={"project": "p1"})
    lines = render_text(result).splitlines()
    (wide,) = (line for line in lines if "日本語" in line)
    (long,) = (line for line in lines if "xxx..." in line)
    assert long.index(" lost ") < 120
    assert wide.index(" lost ") == long.index(" lost ") - len("日本語東京")


def test_bodies_and_wrapped_lines(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each event of a request body is explained, and each wrapped line with its params."""
    file = tmp_path / "lines"
    file.write_text(json.dumps({"data": [RICH, {**RICH, "product_ids": 5}]}))
    command = ["explain", "miso", "goshops", str(file), "--param", "project=p1"]
    assert main([*command, "--envelope"]) == 1
    assert [part.splitlines()[0] for part in capfd.readouterr().out.split("\n\n")] == [
        "miso -> interaction -> goshops"
    ] * 2
    lines = [{"event": RICH, "params": {"project": name}} for name in ("a", "b")]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["explain", "miso", "goshops", str(file), "--wrapped", "--output-format", "json"]
    assert main(command) == 0
    explanations = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [item["events"][0]["project"] for item in explanations] == ["a", "b"]
    assert main(["explain", "goshops", "miso", str(file), "--envelope"]) == 2
    assert main([*command, "--envelope"]) == 2


def test_a_strict_refusal_shows_the_translation() -> None:
    """A refusal by strict names the rule, and has each leaf as if strict were off."""
    event = {"type": "bookmark", "user_id": "ada", "timestamp": "2024-05-01T12:00:00Z",
             "product_ids": ["SKU-1"], "context": {"locale": "en"}}  # fmt: skip
    result = explain(event, "miso", "goshops", params={"project": "shop-1"}, strict=True)
    assert result.refusal is not None
    assert result.refusal.code == "would-lose"
    assert "goshops.yaml" in result.refusal.rule
    assert not result.events
    outcomes = {leaf.path: leaf.outcome for leaf in result.read}
    assert outcomes["$.type"] == "approximated"
    assert outcomes["$.context.locale"] == "lost"
    lines = render_text(result).splitlines()
    assert lines[1].split() == ["miso", "goshops"]
    assert [line for line in lines if line.startswith("refused  would-lose at $.type")]


def test_losses_have_the_place_that_declares_them() -> None:
    """A lost leaf has the place of its entry under `lost`, in the text as file and line."""
    event = {
        "project": "p",
        "data": {
            "event": "view",
            "item": "ai_note:15",
            "customer": "u",
            "date": "2024-05-01T12:00:00Z",
        },
    }
    result = explain(event, "goshops", "aisquare")
    (leaf,) = [leaf for leaf in result.read if leaf.path == "$.data.customer"]
    assert leaf.outcome == "lost" and leaf.location is not None
    file, line = leaf.location.file, leaf.location.line
    assert "[actor]" in Path(file).read_text(encoding="utf-8").splitlines()[line - 1]
    assert f"  aisquare.yaml:{line}: {leaf.because}" in render_text(result)
    (data,) = [data for data in to_data(result)["read"] if data["path"] == leaf.path]
    assert data["rule"] == f"{file}:{line}:{leaf.location.column}"
    (kept,) = [leaf for leaf in result.read if leaf.path == "$.data.event"]
    assert kept.location is None


def test_a_value_of_the_mapping_names_its_rule() -> None:
    """A constant that tells an element of a list, and a fallback, come from no field."""
    event: dict[str, Any] = {
        "eventName": "Seen",
        "eventType": "view",
        "userToken": "v1",
        "index": "shop",
    }
    result = explain({**event, "filters": ["brand:apple"]}, "algolia", "interaction")
    kind = next(leaf for leaf in result.written if leaf.path == "$.facets[0].kind")
    assert (kind.sources, [use.operation for use in kind.uses]) == ((), ["constant"])
    items = [{"id": "a"}, {"id": "b", "quantity": 2}]
    event = {"action": "add_to_cart", "actor": {"anonymous_id": "v1"}, "items": items}
    result = explain(event, "interaction", "retail")
    quantities = [leaf for leaf in result.written if leaf.path.endswith(".quantity")]
    assert [leaf.sources for leaf in quantities] == [(), ("$.items[1].quantity",)]
    assert [leaf.uses[0].operation for leaf in quantities] == ["default", "same"]


def test_a_null_in_a_list_has_no_source() -> None:
    """Where an item has no value, null keeps its place; the others name their own elements."""
    event: dict[str, Any] = {
        "eventName": "Bought",
        "eventType": "conversion",
        "eventSubtype": "purchase",
    }
    data = [{"queryID": "0" * 32}, {}, {"queryID": "1" * 32}]
    event |= {"userToken": "v1", "index": "shop", "objectIDs": ["a", "b", "c"], "objectData": data}
    result = explain(event, "algolia", "interaction")
    ids = [leaf for leaf in result.written if ".query_ids" in leaf.path]
    first, last = "$.objectData[0].queryID", "$.objectData[2].queryID"
    assert [leaf.sources for leaf in ids] == [(first,), (), (last,)]


def test_a_value_that_the_mapping_fixes_is_implied() -> None:
    """A constant of the source is in no output, and the explanation says why nothing is lost."""
    event = {"type": "track", "event": "Product Viewed", "userId": "ada",
             "properties": {"product_id": "SKU-1"}}  # fmt: skip
    result = explain(event, "segment", "interaction")
    by_path = {leaf.path: leaf for leaf in result.read}
    assert by_path.pop("$.type").outcome == "implied"
    assert {leaf.outcome for leaf in by_path.values()} == {"kept"}
    (line,) = [line for line in render_text(result).splitlines() if "$.type" in line]
    assert " ".join(line.split()) == '$.type "track" implied the output implies this value'
