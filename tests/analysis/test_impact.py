"""What a new version of each shipped spec does, change by change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.changed_specs import ROOT, change_spec, shipped_spec
from tests.tools.shipped import FORMATS
from translator import Catalog, check
from translator.analysis import model_diff
from translator.analysis.impact import (
    Impact,
    PairChange,
    SpecSnapshot,
    compare_snapshots,
    impact,
    take_snapshot,
)
from translator.errors import Diagnostic, Location, SpecError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.paths import format_path
from translator.report.impact import MAX_SHOWN, describe_examples, render_json, render_text
from translator.schema.diff import Change
from translator.schema.spec import Spec

CASES_FILE = Path(__file__).parent / "impact_changes.yaml"
CASES: Any = to_data(parse_yaml(CASES_FILE.read_bytes(), CASES_FILE.name))
HUB = "interaction"
PAIRS = {
    **{name: [(name, HUB), (HUB, name)] for name in FORMATS if name != HUB},
    HUB: [("goshops", HUB), ("miso", HUB), (HUB, "miso")],
}
"""The pairs that most tests prove, because proving all pairs takes seconds."""

REPRESENTATIVE = (
    "a field is added",
    "a field is removed",
    "a field is renamed",
    "a field is retyped",
    "a value is added",
    "a value is removed",
    "a field is required",
    "a bound is narrowed",
)
"""What vendors change in their specs; impact_changes.yaml has each of them for each spec."""


@cache
def catalog() -> Catalog:
    return Catalog()


@cache
def shipped_snapshot(name: str) -> SpecSnapshot:
    return take_snapshot(catalog(), shipped_spec(name), PAIRS[name])


def with_lines(text: str) -> str:
    """Replace locations in shipped mappings by the text of their lines."""
    return re.sub(r"(?:\S*/mappings/)?((?:examples/)?\w+\.yaml):(\d+):\d+", _line_of, text)


def _line_of(location: re.Match[str]) -> str:
    lines = (ROOT / "mappings" / location[1]).read_text(encoding="utf-8").splitlines()
    line = re.sub(r" +", " ", lines[int(location[2]) - 1]).partition(" #")[0].strip()
    return f"{location[1]} `{line}`"


def format_finding(finding: Diagnostic) -> str:
    location = finding.location
    name = Path(location.file).name
    place = str(location) if location.line else f"{name}{location.pointer}"
    return with_lines(f"{finding.code}, {place}")


def format_change(change: Change) -> str:
    return f"{change.kind} {format_path(change.path)} {change.keyword}".rstrip()


def format_pair(change: PairChange) -> Iterator[str]:
    yield f"{change.source} → {change.target}: {change.old} → {change.new}"
    for kind in change.kind_changes:
        yield f"{kind.kind}: {kind.old} → {kind.new}"
    for label, guards in (("added", change.added_guards), ("removed", change.removed_guards)):
        for guard in guards:
            yield with_lines(f"{label} {guard.code} at {guard.place}, {guard.rule}")


def summarize(result: Impact) -> dict[str, Any]:
    """Return an impact in the form of impact_changes.yaml, without empty parts."""
    parts = {
        "changes": [format_change(change) for change in result.changes],
        "findings": [format_finding(item) for item in (*result.broken, *result.unaccounted)],
        "examples": sorted(
            {f"{item.code}, {Path(item.location.file).name}" for item in result.examples}
        ),
        "resolved": [format_finding(item) for item in result.resolved],
        "pairs": [line for change in result.pairs for line in format_pair(change)],
    }
    return {key: lines for key, lines in parts.items() if lines} | {"breaks": result.breaks}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.nightly] if n % 30 or case["spec"] == HUB else [])
        for n, case in enumerate(CASES)  # a change of the hub concerns all mappings
    ],
    ids=lambda case: f"{case['spec']}: {case['what']}",
)
def test_each_change_of_a_spec_is_reported(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of a spec is reported with each rule, example and pair that it affects."""
    monkeypatch.setattr(model_diff, "can_generate", lambda: False)
    name = case["spec"]
    after = take_snapshot(catalog(), change_spec(name, case), PAIRS[name])
    result = compare_snapshots(shipped_snapshot(name), after)
    inputs = {"spec", "what", "set", "drop"}
    assert summarize(result) == {key: value for key, value in case.items() if key not in inputs}
    assert json.loads(render_json(result))["breaks"] is result.breaks
    assert render_text(result).splitlines()[-1].startswith("this breaks:") is result.breaks


def test_every_spec_is_changed_in_every_way() -> None:
    """The cases have each representative change for each spec."""
    cases = {(case["spec"], case["what"]) for case in CASES}
    assert {(spec, what) for spec in FORMATS for what in REPRESENTATIVE} <= cases


@pytest.mark.nightly
def test_all_pairs_through_a_format_are_proved() -> None:
    """By default, every pair whose route contains the format is proved with both specs."""
    new = change_spec("goshops", {"set": {"/InteractionData/properties/item/maxLength": 64}})
    result = impact(catalog(), shipped_spec("goshops"), new)
    assert len(result.proved_pairs) == 2 * (len(FORMATS) - 1)
    assert all("goshops" in pair for pair in result.proved_pairs)
    to_goshops = [(name, "goshops") for name in FORMATS if name != "goshops"]
    changed_pairs = [(change.source, change.target) for change in result.pairs]
    # These formats bound ids as well.
    bounded = [("goshops", name) for name in ("miso", "personalize", "retail")]
    assert changed_pairs == sorted([*to_goshops, *bounded])
    assert not result.breaks


def test_the_catalog_does_not_change() -> None:
    """`Catalog.with_spec` replaces a spec in a copy of the catalog only."""
    original = Catalog()
    new = change_spec("goshops", {"drop": ["/InteractionData/properties/item"]})
    copy = original.with_spec(new)
    assert copy.spec("goshops") is new
    assert original.spec("goshops") is not new
    assert copy.formats() == original.formats()
    assert {finding.code for finding in check(copy)} >= {"unknown-member"}
    assert check(original, "goshops") == []


def test_a_spec_can_be_of_a_new_format() -> None:
    """`Catalog.with_spec` adds a format that no folder has."""
    new = Spec("acme", shipped_spec("goshops").document, "acme.json")
    assert "acme" in Catalog().with_spec(new).formats()


def test_a_check_can_be_limited_to_a_format() -> None:
    """A check of one format has all findings about its spec and its mappings."""
    spec = change_spec("goshops", {"drop": ["/InteractionData/properties/item"]})
    changed = catalog().with_spec(spec)
    assert check(changed, "goshops") == check(changed) != []
    assert check(changed, "cobi") == []


def test_earlier_findings_are_no_impact() -> None:
    """A finding that the old spec causes as well is no impact of the new spec."""
    coupon = {"/InteractionData/properties/coupon": {"type": "string"}}
    note = {"/InteractionData/properties/note": {"type": "string"}}
    specs = (change_spec("goshops", {"set": fields}) for fields in (coupon, coupon | note))
    old, new = (take_snapshot(catalog(), spec, []) for spec in specs)
    result, reverse = compare_snapshots(old, new), compare_snapshots(new, old)
    assert ["data.note" in finding.message for finding in result.findings] == [True]
    assert ["data.coupon" in finding.message for finding in result.remaining] == [True]
    assert "1 earlier finding remains" in render_text(result)
    assert result.resolved == ()
    assert result.breaks
    assert reverse.findings == ()
    assert reverse.resolved == result.findings
    assert not reverse.breaks
    assert render_text(reverse).splitlines()[-1].startswith("nothing breaks")


def example_finding(line: int, message: str, file: str = "a.yaml") -> Diagnostic:
    return Diagnostic("example-invalid", Location(file, line, 1), message, "correct it")


def test_examples_that_break_alike_are_reported_once() -> None:
    """The report shows the first example of each problem and how many share it, most first."""
    few = [example_finding(line, "is less") for line in (9, 8)]
    many = [example_finding(line, "is missing") for line in (7, 3, 7, 5)]
    other = [example_finding(1, "is missing", "b.yaml")]
    lines = describe_examples([*few, *many, *other])
    starts = ["a.yaml:3:1: error", "a.yaml:8:1: error", "b.yaml:1:1: error"]
    assert [line.startswith(start) for line, start in zip(lines, starts, strict=True)] == [True] * 3
    assert "(2 more" in lines[0]
    assert "(1 more" in lines[1]
    assert lines[2].endswith("is missing")


def test_examples_that_break_in_many_ways_are_counted() -> None:
    """The report counts the examples whose problem it does not show."""
    each = [example_finding(line, f"is {line}") for line in range(1, MAX_SHOWN + 4)]
    again = [example_finding(line, "is missing") for line in (MAX_SHOWN + 2, MAX_SHOWN + 3)]
    lines = describe_examples([*each, *again])
    assert len(lines) == MAX_SHOWN + 1
    assert "2 more" in lines[-1]
    assert describe_examples([*each[:MAX_SHOWN], each[0]])[-1].endswith(f"is {MAX_SHOWN}")


def test_examples_have_a_section_of_the_report() -> None:
    """Broken examples are separate from broken rules, and JSON has each of them."""
    new = change_spec("cobi", {"set": {"/Interaction/required/-": "city"}})
    after = take_snapshot(catalog(), new, PAIRS["cobi"])
    result = compare_snapshots(shipped_snapshot("cobi"), after)
    locations = {finding.location for finding in result.examples}
    text = render_text(result)
    assert result.broken == result.unaccounted == ()
    assert len(locations) > MAX_SHOWN
    assert text.count("error[example-") == len(describe_examples(result.examples)) <= MAX_SHOWN
    assert f"{len(locations)} examples" in text.splitlines()[-1]
    findings = json.loads(render_json(result))["findings"]
    assert len(findings) == len(result.examples) >= len(locations)


def test_specs_of_two_formats_are_refused() -> None:
    """Two formats are not two versions of one."""
    with pytest.raises(ValueError, match="'goshops' and 'cobi'"):
        impact(catalog(), shipped_spec("goshops"), shipped_spec("cobi"))


@pytest.mark.parametrize(
    "change",
    [
        {"set": {"/InteractionData/properties/date/type": 3}},
        {"set": {"/InteractionData/properties/date/minLength": "1"}},
        {"set": {"/Interaction": {"type": "string"}}},
    ],
    ids=str,
)
def test_an_unusable_spec_is_refused(change: Any) -> None:
    """Specs with invalid schemas raise `SpecError`, and are not compared."""
    with pytest.raises(SpecError) as refusal:
        impact(catalog(), shipped_spec("goshops"), change_spec("goshops", change))
    files = {finding.location.file for finding in refusal.value.diagnostics}
    assert files == {"new/goshops.json"}
