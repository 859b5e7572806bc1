"""The check of mappings against their specs, on changed copies of the shipped ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, MappingError, Translator, check
from translator.errors import Diagnostic
from translator.language.yaml_tree import parse_yaml, to_data

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

CHANGES: Any = to_data(parse_yaml((HERE / "check_changes.yaml").read_bytes(), "check_changes.yaml"))


INCOMPLETE = {"unaccounted-member", "unaccounted-value", "stale-reason", "no-reason", "hidden-row"}
"""Findings that do not keep a mapping from being used."""


def changed(folder: Path, mapping: str, old: str, new: str) -> Catalog:
    """A catalog in which the mapping of that name is changed in one place."""
    text = (ROOT / "mappings" / f"{mapping}.yaml").read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    (folder / f"{mapping}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return Catalog(mappings=[folder])


def name(change: Any) -> str:
    return f"{change['mapping']}: {change['change'][0].strip()[:50]}"


def test_nothing_is_found_in_what_is_shipped() -> None:
    """The shipped specs and mappings have no findings: no false alarm."""
    assert check(Catalog()) == []


@pytest.mark.parametrize("change", CHANGES, ids=map(name, CHANGES))
def test_what_a_change_leads_to(change: Any, tmp_path: Path) -> None:
    """A change in one place is found, with its codes and the nearest name."""
    catalog = changed(tmp_path, change["mapping"], *change["change"])
    found = check(catalog)
    wanted = {change["fails"]} if "fails" in change else set(change["finds"])
    assert {one.code for one in found} == wanted
    assert all(one.location.file == str(tmp_path / f"{change['mapping']}.yaml") for one in found)
    if "says" in change:
        assert any(change["says"] in one.hint for one in found), found


@pytest.mark.parametrize("change", CHANGES, ids=map(name, CHANGES))
def test_what_is_wrong_is_never_run(change: Any, tmp_path: Path) -> None:
    """A mapping with a fault stops a translator; one that only leaves things out does not."""
    catalog = changed(tmp_path, change["mapping"], *change["change"])
    wrong = "fails" in change or set(change["finds"]) - INCOMPLETE
    if not wrong:
        Translator(change["mapping"], "interaction", catalog=catalog)
        return
    with pytest.raises(MappingError):
        Translator(change["mapping"], "interaction", catalog=catalog)


def lines_of(mapping: str, part: str) -> list[str]:
    """The single-line entries under one part of a shipped mapping."""
    text = (ROOT / "mappings" / f"{mapping}.yaml").read_text(encoding="utf-8")
    body = re.split(rf"^{part}:\n", text, flags=re.MULTILINE)[1]
    body = re.split(r"^\S", body, maxsplit=1, flags=re.MULTILINE)[0]
    return [line for line in body.splitlines() if re.match(r"    [^ #].*: \S", line)]


DROPPED = [
    (mapping, line)
    for mapping in ("goshops", "aisquare", "cobi", "miso")
    for line in lines_of(mapping, "lost")
]


@pytest.mark.parametrize(("mapping", "line"), DROPPED, ids=[f"{m}: {one}" for m, one in DROPPED])
def test_a_dropped_reason_is_missed(mapping: str, line: str, tmp_path: Path) -> None:
    """Without its reason a lost member is unaccounted for, param, opt-in or not."""
    found = check(changed(tmp_path, mapping, line + "\n", ""))
    assert {one.code for one in found} == {"unaccounted-member"}


def test_findings_come_all_at_once(tmp_path: Path) -> None:
    """One run names every finding, in the order of the file."""
    text = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    text = text.replace("cart: add_to_cart", "cart: add_to_crat").replace(
        "is: actor.id\n", "is: a\n"
    )
    (tmp_path / "goshops.yaml").write_text(text, encoding="utf-8")
    found: list[Diagnostic] = []
    with pytest.raises(MappingError) as caught:
        Translator("goshops", "miso", catalog=Catalog(mappings=[tmp_path]))
    found += caught.value.diagnostics
    assert [one.code for one in found] == ["unknown-value", "unknown-member"]
    assert [one.location.line for one in found] == sorted(one.location.line for one in found)


@pytest.mark.parametrize(
    ("member", "kind", "says"),
    [
        ("product_ids", "object", "miso field `product_ids` is not always a list"),
        ("context", "number", "miso field `context` is not always an object"),
    ],
)
def test_one_variant_of_another_kind_is_found(
    member: str, kind: str, says: str, tmp_path: Path
) -> None:
    """A member that is of another kind in one variant only is found, and breaks nothing."""
    document = json.loads((ROOT / "specs" / "miso.json").read_text(encoding="utf-8"))
    variant = document["components"]["schemas"]["AddToCartInteraction"]
    variant["properties"][member] = {"type": kind}
    (tmp_path / "miso.json").write_text(json.dumps(document), encoding="utf-8")
    found = check(Catalog(specs=[tmp_path]))
    assert any(one.code == "unknown-member" and one.message == says for one in found), found
