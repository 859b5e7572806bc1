"""What the page shows: formats, examples, translations, findings; and what it saves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.play.conftest import EVENT, Page, serving
from tests.tools.shipped import FORMAT_PARAMS, ROOT, VENDORS
from translator import Crosswalk, Translator, translate
from translator.analysis.check import check
from translator.analysis.explain import explain_event
from translator.catalog.catalog import Catalog
from translator.play.session import Arguments, Session, Start
from translator.report.explain import to_data

GOSHOPS = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
PAIR = {"source": "goshops", "target": "miso"}


def codes(reply: Any) -> list[tuple[int, str]]:
    return [(finding["line"], finding["code"]) for finding in reply["findings"]]


def test_formats(page: Page) -> None:
    """The page lists every format with its targets."""
    data = page.post("start").data
    assert set(data["targets"]) == {*VENDORS, "interaction"}
    assert "miso" in data["targets"]["goshops"] and "goshops" not in data["targets"]["goshops"]
    assert data["writes"] is False


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_examples_of_each_vendor(page: Page, vendor: str) -> None:
    """The examples of each vendor are there, and the first is evaluated without a finding."""
    pair = {"source": vendor, "target": "interaction"}
    data = page.post("pair", pair).data
    assert [mapping["name"] for mapping in data["mappings"]] == [f"{vendor}.yaml"]
    assert data["examples"]
    first = data["examples"][0]
    arguments = {name: first[name] for name in ("event", "params", "allow")}
    result = page.translate(**pair, **arguments)
    assert result["findings"] == []
    assert result["explanation"]["events"] or result["explanation"]["refused"]


def test_translation(page: Page) -> None:
    """An event is translated as `translate` does, with losses and the rules of each field."""
    result = page.translate()
    explanation = result["explanation"]
    assert explanation["events"] == [translate(EVENT, "goshops", "miso")]
    assert explanation["way"] == ["goshops", "interaction", "miso"]
    kinds = {leaf["path"]: leaf for leaf in explanation["written"]}
    assert kinds["$.product_ids[0]"]["sources"] == ["$.data.item"]
    line = next(n for n, text in enumerate(GOSHOPS.split("\n"), 1) if "data.item:" in text)
    assert kinds["$.product_ids[0]"]["rules"][0]["rule"].startswith(f"goshops.yaml:{line}:")
    assert {leaf["path"]: leaf["fate"] for leaf in explanation["read"]}["$.project"] == "carried"


@pytest.mark.parametrize("vendor", [each for each in FORMAT_PARAMS if each.values[0] in VENDORS])
def test_results_are_those_of_a_translator(page: Page, vendor: str) -> None:
    """Only the kind of the event is compiled; the results are those of a whole translator."""
    pair = {"source": vendor, "target": "interaction"}
    translator = Translator(vendor, "interaction")
    examples = page.post("pair", pair).data["examples"]
    for example in [each for each in examples if not each["params"] and not each["allow"]]:
        explanation = explain_event(translator, json.loads(example["event"]))
        expected = json.loads(json.dumps(to_data(explanation)))
        result = page.translate(example["event"], **pair)["explanation"]
        for part in ("events", "refused"):
            assert without_places(result[part]) == without_places(expected[part])
        for part, fields in (
            ("written", ("path", "sources")),
            ("read", ("path", "fate", "because")),
        ):
            assert [[leaf[name] for name in fields] for leaf in result[part]] == [
                [leaf[name] for name in fields] for leaf in expected[part]
            ]


def without_places(data: Any) -> Any:
    return {**data, "rule": ""} if isinstance(data, dict) else data


def test_an_edited_mapping_changes_the_translation(page: Page) -> None:
    """The text of the request is used, not the file."""
    assert "view: view" in GOSHOPS
    edited = GOSHOPS.replace("view: view", "view: purchase", 1).replace(
        "purchase: purchase", "purchase: view", 1
    )
    assert page.translate()["explanation"]["events"][0]["type"] == "product_detail_page_view"
    result = page.translate(texts={"goshops.yaml": edited})
    assert result["explanation"]["events"][0]["type"] == "checkout"


def test_a_mapping_with_errors(page: Page) -> None:
    """Errors are reported with their lines, and nothing is translated."""
    edited = GOSHOPS.replace("is: action", "is: actoin", 1)
    line = next(n for n, text in enumerate(GOSHOPS.split("\n"), 1) if "data.event:" in text)
    result = page.translate(texts={"goshops.yaml": edited})
    assert (line, "unknown-member") in codes(result)
    assert result["explanation"] is None and result["pair"] is None


@pytest.mark.parametrize(
    "text", ["", "a: [", "version: 2", "\t", "- " * 9000, "a: &a [*a]", "x" * 10_000]
)
def test_texts_that_are_no_mapping(page: Page, text: str) -> None:
    """Whatever the text is, findings say what is wrong."""
    result = page.translate(texts={"goshops.yaml": text})
    assert result["findings"] and result["explanation"] is None
    assert {finding["file"] for finding in result["findings"]} == {"goshops.yaml"}


def test_a_mapping_of_other_formats(page: Page) -> None:
    """A mapping may not be replaced by one of other formats."""
    result = page.translate(texts={"goshops.yaml": (ROOT / "mappings/miso.yaml").read_text()})
    assert [code for _, code in codes(result)] == ["mapping-between"]


def test_findings_as_of_check(page: Page, folder: Path) -> None:
    """A complete check finds what `translator check` finds in the file."""
    edited = GOSHOPS.replace("like: like", "like: like, stare: share", 1).replace(
        "cart: add_to_cart", "", 1
    )
    (folder / "goshops.yaml").write_text(edited, encoding="utf-8")
    expected = {
        (finding.location.line, finding.code)
        for finding in check(Catalog(mappings=[folder]))
        if finding.location.file.endswith("goshops.yaml")
    }
    request = {**PAIR, "texts": {"goshops.yaml": edited}, "complete": True}
    reply = page.post("check", request).data
    assert set(codes(reply)) == expected != set()


def test_a_shipped_mapping_has_no_findings(page: Page) -> None:
    """A complete check of shipped mappings finds nothing."""
    assert page.post("check", {**PAIR, "complete": True}).data == {"findings": []}


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("", "there is no event"),
        ('{"a": 1,\n "b"}', "line 2, column 5"),
        ("[" * 100, "nested"),
        ('{"a": NaN}', "NaN"),
        ('{"a": "\\ud800"}', "surrogate"),
        ("\ud800", "surrogate"),
    ],
)
def test_events_that_are_not_json(page: Page, event: str, error: str) -> None:
    """A text that is not JSON is reported with its place."""
    result = page.translate(event)
    assert error in result["eventError"]
    assert result["explanation"] is None and result["pair"]


@pytest.mark.parametrize(
    "event",
    [1, [], None, "x", {}, {"project": 1}, {**EVENT, "data": {"event": "stare"}},
     {"project": "p", "data": {"event": ["view"]}}, {"data": {"event": {"view": 1}}}],
    ids=str,
)  # fmt: skip
def test_invalid_events(page: Page, event: Any) -> None:
    """An invalid event is refused as in a translation, with a hint."""
    refused = page.translate(json.dumps(event))["explanation"]["refused"]
    assert refused["code"] == "invalid-event"
    assert refused["help"]


def test_refusals(page: Page) -> None:
    """A refused event has a code, a place, a reason, what to do, and the rule."""
    event = {
        "type": "search",
        "user_id": "u",
        "search": {"keywords": "x"},
        "timestamp": "2024-05-01T12:00:00Z",
    }
    result = page.translate(event, source="miso", target="goshops")
    refused = result["explanation"]["refused"]
    assert refused["code"] == "no-equivalent"
    assert refused["help"] and refused["message"]
    assert refused["rule"].startswith("goshops.yaml:")


def test_params_and_opt_ins(page: Page) -> None:
    """Params and opt-ins of the pair apply; others are ignored; a wrong value is reported."""
    event = {**EVENT, "data": {**EVENT["data"], "date": "2024-05-01T12:00:00"}}  # type: ignore[dict-item]
    names = {param["name"] for param in page.translate(event)["pair"]["params"]}
    assert "timezone" in names
    result = page.translate(
        event, params={"timezone": "Europe/Berlin", "nothing": "x"}, allow=["y"]
    )
    assert result["explanation"]["events"][0]["timestamp"] == "2024-05-01T12:00:00+02:00"
    result = page.translate(event, params={"timezone": "Atlantis"})
    assert "Atlantis" in result["argumentError"]


def test_several_events(page: Page) -> None:
    """An event that becomes several has all of them."""
    event = {
        "type": "add_to_cart",
        "user_id": "u",
        "product_ids": ["a", "b"],
        "timestamp": "2024-05-01T12:00:00Z",
    }
    result = page.translate(event, source="miso", target="goshops", params={"project": "p"})
    assert len(result["explanation"]["events"]) == 2


@pytest.mark.parametrize("value", ["<b>&</b>", "\u202e", "x" * 10_000, "\x00", "</script>"])
def test_hostile_values(page: Page, value: str) -> None:
    """Values arrive unchanged, as JSON."""
    event = {**EVENT, "project": value}
    result = page.translate(event)
    text = json.dumps(result["explanation"]["events"], ensure_ascii=False)
    assert json.dumps(value, ensure_ascii=False) in text or result["explanation"]["refused"]


def test_a_later_request_overtakes(page: Page) -> None:
    """A request older than one of the same page is refused; other pages do not matter."""
    assert page.translate(page="one", number=2)["explanation"]
    late = {**PAIR, "event": json.dumps(EVENT), "page": "one", "number": 1}
    assert page.post("evaluate", late).status == 409
    assert page.post("evaluate", {**late, "page": "two"}).status == 200


def test_start() -> None:
    """The pair and the file of the command line come first, the configuration's params are set."""
    start = Start("miso", "goshops", ('{"a": 1}', '{"b": 2}'), "mine.ndjson")
    arguments = Arguments({"project": 7}, ["content-as-view"], {})
    with serving(Session(Catalog(), start, arguments=lambda *_: arguments)) as page:
        data = page.post("start").data
        pair = page.post("pair", {"source": "miso", "target": "goshops"}).data
        other = page.post("pair", PAIR).data
    assert (data["source"], data["target"], data["event"]) == ("miso", "goshops", '{"a": 1}')
    labels = [(example["group"], example["label"]) for example in pair["examples"]]
    assert labels[:2] == [("mine.ndjson", "line 1"), ("mine.ndjson", "line 2")]
    assert (pair["params"], pair["allow"]) == ({"project": "7"}, ["content-as-view"])
    assert other["examples"][0]["group"] == "examples/goshops.yaml"


def test_crosswalks_apply() -> None:
    """Ids are translated by the crosswalks that the pair has; the page learns their names."""
    tables = {name: Crosswalk([{"goshops": "i1", "miso": "m1"}]) for name in ("items", "other")}
    arguments = Arguments({}, (), tables)
    with serving(Session(Catalog(), arguments=lambda *_: arguments)) as page:
        data = page.translate()
    assert data["pair"]["crosswalks"] == ["items"]
    assert data["explanation"]["events"][0]["product_ids"] == ["m1"]


def test_a_crosswalk_without_the_formats_is_refused() -> None:
    """A crosswalk that lacks the column of a format is an error in the arguments."""
    arguments = Arguments({}, (), {"items": Crosswalk([{"cobi": "c1"}])})
    with serving(Session(Catalog(), arguments=lambda *_: arguments)) as page:
        data = page.translate()
    assert data["explanation"] is None
    assert "has no column 'goshops'" in data["argumentError"]


# --- saving ---------------------------------------------------------------------------------------


def saving(page: Page, text: str, **changes: Any) -> Any:
    mapping, *_ = page.post("pair", PAIR).data["mappings"]
    request = {**PAIR, "mapping": "goshops.yaml", "texts": {"goshops.yaml": text}}
    return page.post("save", {**request, "seen": mapping["seen"], **changes})


def test_save(writer: Page, folder: Path) -> None:
    """A mapping is saved to its file, keeping its permissions, and can be saved again."""
    file = folder / "goshops.yaml"
    file.chmod(0o640)
    reply = saving(writer, "one\n")
    assert (reply.status, file.read_text()) == (200, "one\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert saving(writer, "two\n", seen=reply.data["seen"]).status == 200
    assert file.read_text() == "two\n"
    assert os.listdir(folder) == ["goshops.yaml"]


def test_save_keeps_line_endings(writer: Page, folder: Path) -> None:
    """A file with CRLF keeps it, though browsers have line feeds only."""
    file = folder / "goshops.yaml"
    file.write_bytes(GOSHOPS.replace("\n", "\r\n").encode())
    assert saving(writer, "a\nb\n").status == 200
    assert file.read_bytes() == b"a\r\nb\r\n"


def test_a_changed_file_is_not_overwritten(writer: Page, folder: Path) -> None:
    """A file that changed since the page read it stays; the reply has its text."""
    mapping, *_ = writer.post("pair", PAIR).data["mappings"]
    (folder / "goshops.yaml").write_text("of another editor\n")
    reply = saving(writer, "mine\n", seen=mapping["seen"])
    assert "changed on disk" in reply.data["conflict"]
    assert reply.data["text"] == (folder / "goshops.yaml").read_text() == "of another editor\n"
    assert saving(writer, "mine\n", seen=reply.data["seen"]).status == 200


def test_nothing_is_saved_without_write(folder: Path) -> None:
    """Without --write, saving is refused with what to do."""
    with serving(Session(Catalog(mappings=[folder]))) as page:
        reply = saving(page, "text")
    assert reply.status == 403
    assert "--write" in reply.data["error"]
    assert (folder / "goshops.yaml").read_text(encoding="utf-8") == GOSHOPS


def test_shipped_mappings_are_not_saved(writer: Page) -> None:
    """A mapping outside the caller's folders is refused."""
    reply = saving(writer, "text", mapping="miso.yaml", texts={"miso.yaml": "text"})
    assert reply.status == 403
    assert "shipped" in reply.data["error"] and "--mappings" in reply.data["error"]


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """A link in the folder to a file elsewhere is not written through."""
    outside = tmp_path / "outside.yaml"
    (folder / "goshops.yaml").rename(outside)
    (folder / "goshops.yaml").symlink_to(outside)
    with serving(Session(Catalog(mappings=[folder]), writes=True)) as page:
        reply = saving(page, "text")
    assert reply.status == 403
    assert outside.read_text(encoding="utf-8") == GOSHOPS


@pytest.mark.parametrize("name", ["/etc/passwd", "../mappings/goshops.yaml", "segment.yaml", ""])
def test_other_files_cannot_be_named(writer: Page, name: str) -> None:
    """Only a mapping of the route can be saved."""
    reply = saving(writer, "text", mapping=name, texts={name: "text"})
    assert reply.status == 400


def test_a_folder_without_permission(
    writer: Page, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be written is reported, stays as it was, and nothing is left behind."""

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", fail)
    reply = saving(writer, "text")
    assert (reply.status, "Permission denied" in reply.data["error"]) == (500, True)
    assert os.listdir(folder) == ["goshops.yaml"]
    assert (folder / "goshops.yaml").read_text(encoding="utf-8") == GOSHOPS
