"""What a new version of each shipped spec does, change by change."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.changed_specs import ROOT, changed, shipped
from translator import Catalog, check
from translator.analysis import model_diff
from translator.analysis.impact import (
    Impact,
    SpecSnapshot,
    compare_snapshots,
    impact,
    take_snapshot,
)
from translator.errors import Diagnostic, Location, SpecError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.report.impact import (
    MAX_SHOWN,
    describe_changes,
    describe_examples,
    describe_model_changes,
    describe_pair_changes,
    render_json,
    render_text,
)
from translator.schema.spec import Spec

HERE = Path(__file__).parent
CHANGES: Any = to_data(
    parse_yaml((HERE / "impact_changes.yaml").read_bytes(), "impact_changes.yaml")
)
HUB = "interaction"
SPECS = sorted(path.stem for path in (ROOT / "specs").glob("*.json"))
PAIRS = {
    **{name: [(name, HUB), (HUB, name)] for name in SPECS if name != HUB},
    HUB: [("goshops", HUB), ("miso", HUB), (HUB, "miso")],
}
"""The pairs that are proved here; to prove all takes seconds, and one test does."""

REPRESENTATIVE = (
    "a member is added",
    "a member is removed",
    "a member is renamed",
    "a member is retyped",
    "a value is added",
    "a value is removed",
    "a member is required",
    "a bound is narrowed",
)
"""What vendors do to their specs; changes.yaml has each of it for each spec."""


@cache
def catalog() -> Catalog:
    return Catalog()


@cache
def before(name: str) -> SpecSnapshot:
    """What holds with the shipped spec."""
    return take_snapshot(catalog(), shipped(name), PAIRS[name])


def placed(text: str) -> str:
    """A text in which a line of a mapping is what stands there, and not its number."""
    return re.sub(r"(?:\S*/mappings/)?((?:examples/)?\w+\.yaml):(\d+):\d+", _line, text)


def _line(place: re.Match[str]) -> str:
    lines = (ROOT / "mappings" / place[1]).read_text(encoding="utf-8").splitlines()
    line = re.sub(r" +", " ", lines[int(place[2]) - 1]).partition(" #")[0].strip()
    return f"{place[1]} `{line}`"


def found(one: Diagnostic) -> str:
    name = Path(one.location.file).name
    place = str(one.location) if one.location.line else f"{name}{one.location.pointer}"
    return placed(f"{one.code}, {place}: {one.message}")


def broken(one: str) -> str:
    """Where and how examples break, without how many do: examples come and go."""
    return re.sub(r"\b\d+ more\b", "more", placed(one))


def told(this: Impact) -> dict[str, Any]:
    """All that an impact says, in the form of changes.yaml; what there is none of is left out."""
    parts = {
        "says": describe_changes(this.changes),
        "finds": [found(one) for one in (*this.broken, *this.unaccounted)],
        "examples": [broken(one) for one in describe_examples(this.examples)],
        "resolves": [found(one) for one in this.resolved],
        "pairs": [placed(one).strip() for one in describe_pair_changes(this.pairs)],
        "models": describe_model_changes(this.models.changes),
    }
    return {key: lines for key, lines in parts.items() if lines} | {"breaks": this.breaks}


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: f"{one['spec']}: {one['what']}")
def test_what_a_change_does(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change of a spec is told as it is, with each rule, pair and model that it concerns."""
    monkeypatch.setattr(model_diff, "can_generate", lambda: False)
    name = change["spec"]
    this = compare_snapshots(
        before(name), take_snapshot(catalog(), changed(name, change), PAIRS[name])
    )
    keys = {"spec", "what", "set", "drop"}
    assert told(this) == {key: value for key, value in change.items() if key not in keys}
    assert json.loads(render_json(this))["breaks"] is this.breaks
    assert render_text(this).splitlines()[-1].startswith("this breaks:") is this.breaks


def test_every_spec_is_changed_in_every_way() -> None:
    """For each spec there is each of the changes that vendors make."""
    made = {(change["spec"], change["what"]) for change in CHANGES}
    assert {(spec, what) for spec in SPECS for what in REPRESENTATIVE} <= made


def test_all_pairs_through_a_format_are_proved() -> None:
    """Unless it is said otherwise, every pair on whose way the format is, is proved twice."""
    new = changed("goshops", {"set": {"/InteractionData/properties/item/maxLength": 64}})
    this = impact(catalog(), shipped("goshops"), new)
    ends = [(one.source, one.target) for one in this.pairs]
    assert len(this.proved_pairs) == 2 * (len(SPECS) - 1)
    assert all("goshops" in pair for pair in this.proved_pairs)
    to_goshops = [(name, "goshops") for name in SPECS if name != "goshops"]
    assert ends == sorted([*to_goshops, ("goshops", "miso")])
    assert not this.breaks


def test_the_catalog_stays_as_it_was() -> None:
    """A spec put in a format's place is there in a copy of the catalog only."""
    ours = Catalog()
    new = changed("goshops", {"drop": ["/InteractionData/properties/item"]})
    theirs = ours.with_spec(new)
    assert theirs.spec("goshops") is new
    assert ours.spec("goshops") is not new
    assert theirs.formats() == ours.formats()
    assert {one.code for one in check(theirs)} >= {"unknown-member"}
    assert check(ours) == []


def test_a_format_that_no_folder_has() -> None:
    """A spec can be put in the place of a format of which there is none yet."""
    new = Spec("acme", shipped("goshops").document, "acme.json")
    assert "acme" in Catalog().with_spec(new).formats()


def test_only_what_concerns_a_format_is_checked() -> None:
    """A check about one format finds what the whole check finds of its spec and its mapping."""
    new = catalog().with_spec(changed("goshops", {"drop": ["/InteractionData/properties/item"]}))
    assert check(new, "goshops") == check(new) != []
    assert check(new, "cobi") == []


def test_what_was_wrong_before_is_not_told() -> None:
    """A finding that the old spec had as well is no impact of the new one."""
    old = changed("goshops", {"set": {"/InteractionData/properties/coupon": {"type": "string"}}})
    new = changed(
        "goshops",
        {
            "set": {
                "/InteractionData/properties/coupon": {"type": "string"},
                "/InteractionData/properties/note": {"type": "string"},
            }
        },
    )
    one, other = (take_snapshot(catalog(), spec, []) for spec in (old, new))
    there, back = compare_snapshots(one, other), compare_snapshots(other, one)
    assert [one.message for one in there.findings] == ["goshops field `data.note` is not mapped"]
    assert [one.message for one in there.remaining] == ["goshops field `data.coupon` is not mapped"]
    assert "1 earlier finding remains; run `translator check` for details" in render_text(there)
    assert there.resolved == ()
    assert there.breaks
    assert back.findings == ()
    assert back.resolved == there.findings
    assert not back.breaks
    assert render_text(back).splitlines()[-1] == "nothing breaks that was not broken before"


def example(line: int, message: str, file: str = "a.yaml") -> Diagnostic:
    return Diagnostic("example-invalid", Location(file, line, 1), message, "correct it")


def test_examples_that_break_alike_are_told_once() -> None:
    """Of examples that break in one way the first is shown with how many more do, most first."""
    few = [example(line, "is less") for line in (9, 8)]
    many = [example(line, "is missing") for line in (7, 3, 7, 5)]
    other = [example(1, "is missing", "b.yaml")]
    assert describe_examples([*few, *many, *other]) == [
        "a.yaml:3:1: error[example-invalid]: is missing (2 more like it)",
        "a.yaml:8:1: error[example-invalid]: is less (1 more like it)",
        "b.yaml:1:1: error[example-invalid]: is missing",
    ]


def test_examples_that_break_in_many_ways_are_counted() -> None:
    """What is not shown is told as the number of the examples that are nowhere shown."""
    each = [example(line, f"is {line}") for line in range(1, MAX_SHOWN + 4)]
    again = [example(line, "is missing") for line in (MAX_SHOWN + 2, MAX_SHOWN + 3)]
    lines = describe_examples([*each, *again])
    assert len(lines) == MAX_SHOWN + 1
    assert lines[-1] == "and 2 more, in other ways"
    assert describe_examples([*each[:MAX_SHOWN], each[0]])[-1].endswith(f"is {MAX_SHOWN}")


def test_examples_have_a_part_of_the_report() -> None:
    """Broken examples stand apart from broken rules, and JSON has each of them."""
    new = changed("cobi", {"set": {"/Interaction/required/-": "city"}})
    this = compare_snapshots(before("cobi"), take_snapshot(catalog(), new, PAIRS["cobi"]))
    places = {one.location for one in this.examples}
    text = render_text(this)
    assert this.broken == this.unaccounted == ()
    assert len(places) > MAX_SHOWN
    assert f"Examples that break ({len(places)})\n  " in text
    assert text.count("error[example-") == len(describe_examples(this.examples)) <= MAX_SHOWN
    assert text.splitlines()[-1] == f"this breaks: {len(places)} examples broken"
    assert len(json.loads(render_json(this))["findings"]) == len(this.examples) >= len(places)


def test_specs_of_two_formats() -> None:
    """Two formats are not two versions of one."""
    with pytest.raises(ValueError, match="two formats"):
        impact(catalog(), shipped("goshops"), shipped("cobi"))


@pytest.mark.parametrize(
    "change",
    [
        {"set": {"/InteractionData/properties/date/type": 3}},
        {"set": {"/InteractionData/properties/date/minLength": "1"}},
        {"set": {"/Interaction": {"type": "string"}}},
    ],
    ids=str,
)
def test_a_spec_that_cannot_be_read(change: Any) -> None:
    """Schemas that say nothing that can be understood are refused, and not compared."""
    with pytest.raises(SpecError) as refusal:
        impact(catalog(), shipped("goshops"), changed("goshops", change))
    assert {one.location.file for one in refusal.value.diagnostics} == {"new/goshops.json"}
