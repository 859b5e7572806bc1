"""The examples beside a mapping: parsing, running, and what they do not cover."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from translator import Catalog, MappingError, check
from translator.analysis.examples import check_example_coverage, run_examples
from translator.errors import Diagnostic
from translator.language.examples import Example, parse_examples
from translator.language.parser import parse_mapping

ROOT = Path(__file__).parents[2]
MAPPING = parse_mapping((ROOT / "mappings" / "goshops.yaml").read_bytes(), "goshops.yaml")

LEFT = '{project: p, data: {event: view, item: i, customer: c, date: "2024-05-01T12:00:00Z"}}'
RIGHT = (
    '{action: view, actor: {id: c}, items: [{id: i}], time: "2024-05-01T12:00:00Z", '
    "carried: {goshops: {project: p}}}"
)


def parse(*items: str, head: str = "") -> list[Example]:
    text = head + "examples:\n" + "".join(f"  - {{{item}}}\n" for item in items)
    return parse_examples(text, "examples.yaml", MAPPING)


def run(*items: str, head: str = "") -> list[Diagnostic]:
    catalog = Catalog()
    specs = (catalog.spec("goshops"), catalog.spec("interaction"))
    return list(run_examples(MAPPING, specs, parse(*items, head=head)))


def pair(left: str = LEFT, right: str = RIGHT, more: str = "") -> str:
    return f"goshops: {left}, interaction: {right}{more}"


def test_a_correct_example_has_no_findings() -> None:
    """A correct example has no findings: of both directions, of one, or of a refusal."""
    assert (
        run(
            pair(),
            pair(right=RIGHT.replace("view", "bookmark"), left=LEFT.replace("view", "like"))
            + ", to: goshops",
            f"interaction: {RIGHT.replace('view', 'share')}, refused: no-equivalent",
            f"goshops: {LEFT}, without: [data.item], refused: invalid-event",
        )
        == []
    )


@pytest.mark.parametrize(
    ("item", "part"),
    [
        (pair(right=RIGHT.replace("view", "like")), "to interaction, it has \"view\" at $.action"),
        (pair(right=RIGHT.replace("view", "like")), "to goshops, it has \"like\" at $.data.event"),
        (pair(right=RIGHT.replace("{id: i}", "{id: i, kind: k}")), "nothing at $.items[0].kind"),
        (pair(right=RIGHT.replace("view", "share")), "is refused with no-equivalent: $.action"),
        (f"interaction: {RIGHT}, refused: no-equivalent", "not refused, but the example expects"),
        (f"interaction: {RIGHT}, with: {{place.city: [Lima]}}, refused: no-item", "is not refused"),
        (f"interaction: {RIGHT.replace('[{id: i}]', '[]')}, refused: no-equivalent", "no-item"),
        (pair(left=f"[{LEFT}, {LEFT}]"), "becomes 1 events, but the example has 2"),
        (f"interaction: {RIGHT.replace('view', 'share')}, without: [time], refused: missing-param",
         "is refused with no-equivalent"),
    ],
)  # fmt: skip
def test_a_different_translation_is_found(item: str, part: str) -> None:
    """A finding names the target, the path, the actual value and the expected one."""
    findings = run(item)
    assert {finding.code for finding in findings} == {"example-differs"}
    assert any(part in finding.message for finding in findings), findings
    assert all(finding.location.line == 2 for finding in findings)


@pytest.mark.parametrize(
    ("item", "part"),
    [
        (pair(left=LEFT.replace("project: p, ", "")), "invalid event of goshops: $.project"),
        (pair(right=RIGHT.replace("view", "seen")), "invalid event of interaction"),
        (pair(more=", params: {projekt: p}"), "'projekt'"),
        (pair(more=", allow: [all]"), "'all'"),
    ],
)
def test_an_invalid_example_is_found(item: str, part: str) -> None:
    """An example with an invalid event, or with an unknown name, is found."""
    findings = run(item)
    assert {finding.code for finding in findings} == {"example-invalid"}
    assert part in findings[0].message


def test_a_table_is_an_example_for_each_row() -> None:
    """Each row replaces the names by its cells, and findings are located at the row."""
    item = pair(LEFT.replace("view", "$event"), RIGHT.replace("view", "$action"))
    table = "[[$event, $action], [view, view], [cart, add_to_cart]]"
    assert len(parse(item + f", where: {table}")) == 2
    assert run(item + f", where: {table}") == []
    head = "tables:\n  t:\n    - [$event, $action]\n    - [view, view]\n    - [like, share]\n"
    findings = run(item + ", where: t", head=head)
    assert {finding.location.line for finding in findings} == {5}


def test_a_change_is_applied_to_every_field_named() -> None:
    """Each value is put into each of the fields; in a list, into its first element."""
    item = f'interaction: {RIGHT}, with: {{"items[].id, actor.id": [7, 8]}}, refused: invalid-event'
    original, *changed = parse(item)
    assert not original.refusal_code
    events = [example.right[0] for example in changed if example.right]
    assert [(event["items"][0]["id"], event["actor"]["id"]) for event in events] == [
        (7, "c"), ("i", 7), (8, "c"), ("i", 8)
    ]  # fmt: skip
    assert original.right is not None
    assert original.right[0]["actor"] == {"id": "c"}


def test_a_string_can_be_repeated() -> None:
    """`$repeat` and `times` replace a long string."""
    (example,) = parse(pair(LEFT.replace("item: i", "item: {$repeat: ab, times: 3}")))
    assert example.left is not None
    assert example.left[0]["data"]["item"] == "ababab"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("goshops: {}", "mapping-row"),
        ("goshops: {}, interaction: {}, refused: no-item", "mapping-row"),
        ("goshops: {}, interaction: {}, with: {a: [1]}", "mapping-row"),
        ("goshops: {}, refused: no-such-code", "mapping-word"),
        ("goshop: {}, interaction: {}", "mapping-key"),
        ("goshops: {}, interaction: {}, to: miso", "mapping-word"),
        ("goshops: {}, interaction: {}, where: t", "mapping-word"),
        ("goshops: {}, interaction: {}, where: [[a], [1]]", "mapping-row"),
        ("goshops: {}, interaction: {}, where: [[$a]]", "mapping-row"),
        ("goshops: {}, interaction: {}, where: [[$a], [1, 2]]", "mapping-row"),
        ("goshops: {$repeat: a}, interaction: {}", "mapping-row"),
        ("goshops: {}, with: {'a..b': [1]}, refused: no-item", "mapping-path"),
    ],
)
def test_a_malformed_example_is_refused(item: str, code: str) -> None:
    """A malformed example raises `MappingError` with the location of the mistake."""
    with pytest.raises(MappingError) as error:
        parse(item)
    assert code in {diagnostic.code for diagnostic in error.value.diagnostics}
    assert all(diagnostic.location.line == 2 for diagnostic in error.value.diagnostics)


def test_what_no_example_shows_is_found() -> None:
    """A finding names each rule, row, value, param, opt-in and crosswalk without an example."""
    findings = check_example_coverage(MAPPING, parse(pair()))
    messages = [finding.message.removeprefix("no example shows ") for finding in findings]
    assert "'cart' in a value of data.event in a translation to interaction" in messages
    assert "'bookmark' in a value of data.event in a translation to goshops" in messages
    assert "data.customer as actor.anonymous_id in a translation to goshops" in messages
    for name in ("the param 'timezone'", "the opt-in 'content-as-view'", "the crosswalk 'users'"):
        assert f"no example gives {name}" in messages
    assert not any("data.item as items[].id" in item or "'view' in" in item for item in messages)


def test_examples_belong_to_the_mapping_beside_them(tmp_path: Path) -> None:
    """A mapping in another folder has the examples of that folder, or none."""
    shutil.copy(ROOT / "mappings" / "goshops.yaml", tmp_path)
    assert Catalog(mappings=[tmp_path]).examples(frozenset(("goshops", "interaction"))) == []
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "goshops.yaml").write_text(f"examples: [{{{pair()}}}]")
    catalog = Catalog(mappings=[tmp_path])
    assert len(catalog.examples(frozenset(("goshops", "interaction")))) == 1
    assert {finding.code for finding in check(catalog)} == {"example-missing"}


def test_examples_that_cannot_be_read_are_found(tmp_path: Path) -> None:
    """A malformed file of examples is a finding of the check, located in that file."""
    shutil.copy(ROOT / "mappings" / "goshops.yaml", tmp_path)
    (tmp_path / "examples").mkdir()
    examples_file = tmp_path / "examples" / "goshops.yaml"
    examples_file.write_text("examples: [{goshops: {}, interaktion: {}}]")
    findings = check(Catalog(mappings=[tmp_path]))
    assert {finding.location.file for finding in findings} == {str(examples_file)}
    assert "mapping-key" in {finding.code for finding in findings}


def test_the_shipped_mappings_have_examples() -> None:
    """Each shipped mapping has a file of examples, and there are no other files."""
    names = sorted(path.name for path in (ROOT / "mappings").glob("*.yaml"))
    assert sorted(path.name for path in (ROOT / "mappings" / "examples").iterdir()) == names
