"""The examples beside a mapping: how they are read, run, and held against the mapping."""

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


def read(*items: str, head: str = "") -> list[Example]:
    text = head + "examples:\n" + "".join(f"  - {{{item}}}\n" for item in items)
    return parse_examples(text, "examples.yaml", MAPPING)


def tried(*items: str, head: str = "") -> list[Diagnostic]:
    catalog = Catalog()
    specs = (catalog.spec("goshops"), catalog.spec("interaction"))
    return list(run_examples(MAPPING, specs, read(*items, head=head)))


def both(left: str = LEFT, right: str = RIGHT, more: str = "") -> str:
    return f"goshops: {left}, interaction: {right}{more}"


def test_what_holds_has_no_findings() -> None:
    """An example that holds in both directions, in one, or as a refusal is no finding."""
    assert (
        tried(
            both(),
            both(right=RIGHT.replace("view", "bookmark"), left=LEFT.replace("view", "like"))
            + ", to: goshops",
            f"interaction: {RIGHT.replace('view', 'share')}, refused: no-equivalent",
            f"goshops: {LEFT}, without: [data.item], refused: invalid-event",
        )
        == []
    )


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (both(right=RIGHT.replace("view", "like")), "to interaction, it has \"view\" at $.action"),
        (both(right=RIGHT.replace("view", "like")), "to goshops, it has \"like\" at $.data.event"),
        (both(right=RIGHT.replace("{id: i}", "{id: i, kind: k}")), "nothing at $.items[0].kind"),
        (both(right=RIGHT.replace("view", "share")), "is refused with no-equivalent: $.action"),
        (f"interaction: {RIGHT}, refused: no-equivalent", "is not refused, and the example says"),
        (f"interaction: {RIGHT}, with: {{place.city: [Lima]}}, refused: no-item", "is not refused"),
        (f"interaction: {RIGHT.replace('[{id: i}]', '[]')}, refused: no-equivalent", "no-item"),
        (both(left=f"[{LEFT}, {LEFT}]"), "becomes 1 events where the example has 2"),
        (f"interaction: {RIGHT.replace('view', 'share')}, without: [time], refused: missing-param",
         "is refused with no-equivalent"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_found(item: str, says: str) -> None:
    """A finding says in which direction, where, and what came out for what the example has."""
    found = tried(item)
    assert {one.code for one in found} == {"example-differs"}
    assert any(says in one.message for one in found), found
    assert all(one.location.line == 2 for one in found)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (both(left=LEFT.replace("project: p, ", "")), "no valid event of goshops: $.project"),
        (both(right=RIGHT.replace("view", "seen")), "no valid event of interaction"),
        (both(more=", params: {projekt: p}"), "there is no param 'projekt'"),
        (both(more=", allow: [all]"), "there is no opt-in 'all'"),
    ],
)
def test_what_is_no_event_is_found(item: str, says: str) -> None:
    """An example with an event that is not valid, or with an unknown name, is found as such."""
    found = tried(item)
    assert {one.code for one in found} == {"example-invalid"}
    assert says in found[0].message


def test_a_table_is_an_example_for_each_row() -> None:
    """Each name stands for the cells of its column, and a finding is at its row."""
    item = both(LEFT.replace("view", "$event"), RIGHT.replace("view", "$action"))
    table = "[[$event, $action], [view, view], [cart, add_to_cart]]"
    assert len(read(item + f", where: {table}")) == 2
    assert tried(item + f", where: {table}") == []
    head = "tables:\n  t:\n    - [$event, $action]\n    - [view, view]\n    - [like, share]\n"
    found = tried(item + ", where: t", head=head)
    assert {one.location.line for one in found} == {5}


def test_a_change_is_made_at_every_member_named() -> None:
    """Each value is put at each of the members, in a list in its first element."""
    item = f'interaction: {RIGHT}, with: {{"items[].id, actor.id": [7, 8]}}, refused: invalid-event'
    whole, *changed = read(item)
    assert not whole.refusal_code
    events = [one.right[0] for one in changed if one.right]
    assert [(one["items"][0]["id"], one["actor"]["id"]) for one in events] == [
        (7, "c"), ("i", 7), (8, "c"), ("i", 8)
    ]  # fmt: skip
    assert whole.right is not None
    assert whole.right[0]["actor"] == {"id": "c"}


def test_a_long_text_is_written_short() -> None:
    """A text and how often it is repeated stand for the long text."""
    (one,) = read(both(LEFT.replace("item: i", "item: {$repeat: ab, times: 3}")))
    assert one.left is not None
    assert one.left[0]["data"]["item"] == "ababab"


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
def test_a_mistake_of_form_is_told(item: str, code: str) -> None:
    """An example that is not well formed is refused with the place of its mistake."""
    with pytest.raises(MappingError) as error:
        read(item)
    assert code in {one.code for one in error.value.diagnostics}
    assert all(one.location.line == 2 for one in error.value.diagnostics)


def test_what_no_example_shows_is_found() -> None:
    """Each rule, row, value, param, opt-in and crosswalk that no example shows is named."""
    found = [one.message for one in check_example_coverage(MAPPING, read(both()))]
    assert "no example shows 'cart' in a value of data.event on the way to interaction" in found
    assert "no example shows 'bookmark' in a value of data.event on the way to goshops" in found
    assert "no example shows data.customer as actor.anonymous_id on the way to goshops" in found
    for name in ("the param 'timezone'", "the opt-in 'content-as-view'", "the crosswalk 'users'"):
        assert f"no example gives {name}" in found
    assert not any("data.item as items[].id" in one or "'view' in" in one for one in found)


def test_examples_belong_to_the_mapping_beside_them(tmp_path: Path) -> None:
    """A mapping in a folder of one's own has the examples of that folder, or none."""
    shutil.copy(ROOT / "mappings" / "goshops.yaml", tmp_path)
    assert Catalog(mappings=[tmp_path]).examples(frozenset(("goshops", "interaction"))) == []
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "goshops.yaml").write_text(f"examples: [{{{both()}}}]")
    catalog = Catalog(mappings=[tmp_path])
    assert len(catalog.examples(frozenset(("goshops", "interaction")))) == 1
    assert {one.code for one in check(catalog)} == {"example-missing"}


def test_examples_that_cannot_be_read_are_found(tmp_path: Path) -> None:
    """A file of examples that is not well formed is a finding of the check, at its place."""
    shutil.copy(ROOT / "mappings" / "goshops.yaml", tmp_path)
    (tmp_path / "examples").mkdir()
    beside = tmp_path / "examples" / "goshops.yaml"
    beside.write_text("examples: [{goshops: {}, interaktion: {}}]")
    found = check(Catalog(mappings=[tmp_path]))
    assert {one.location.file for one in found} == {str(beside)}
    assert "mapping-key" in {one.code for one in found}


def test_the_shipped_mappings_have_examples() -> None:
    """Each shipped mapping has a file of examples beside it, and there is no other file."""
    names = sorted(path.name for path in (ROOT / "mappings").glob("*.yaml"))
    assert sorted(path.name for path in (ROOT / "mappings" / "examples").iterdir()) == names
