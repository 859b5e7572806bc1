"""Findings about mappings that differ in one place from the shipped ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, MappingError, Translator, check
from translator.language.yaml_tree import parse_yaml, to_data

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

CHANGES: Any = to_data(parse_yaml((HERE / "check_changes.yaml").read_bytes(), "check_changes.yaml"))

INCOMPLETE = {
    "todo-reason",
    "unaccounted-member",
    "unaccounted-value",
    "stale-reason",
    "no-reason",
    "hidden-row",
}
"""The codes of findings despite which a mapping can be used."""


def change_mapping(folder: Path, mapping: str, old: str, new: str) -> Catalog:
    """Return a catalog with a changed copy of a shipped mapping."""
    text = (ROOT / "mappings" / f"{mapping}.yaml").read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    (folder / f"{mapping}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return Catalog(mappings=[folder])


def case_name(change: Any) -> str:
    return f"{change['mapping']}: {change['change'][0].strip()[:50]}"


def test_shipped_files_have_no_findings() -> None:
    """The spec and the mapping of a shipped format have no findings; `make mappings` checks all."""
    assert check(Catalog(), "goshops") == []


@pytest.mark.parametrize("change", CHANGES, ids=map(case_name, CHANGES))
def test_each_mistake_is_found(change: Any, tmp_path: Path) -> None:
    """A mistake in one place is found, with its codes and a hint at the nearest name."""
    catalog = change_mapping(tmp_path, change["mapping"], *change["change"])
    findings = check(catalog, change["mapping"])
    assert {finding.code for finding in findings} == set(change["finds"])
    file = str(tmp_path / f"{change['mapping']}.yaml")
    assert all(finding.location.file == file for finding in findings)
    if "says" in change:
        assert any(change["says"] in finding.hint for finding in findings), findings


@pytest.mark.parametrize("change", CHANGES, ids=map(case_name, CHANGES))
def test_a_mapping_with_errors_is_never_used(change: Any, tmp_path: Path) -> None:
    """A mapping with errors raises; one that only omits fields or values does not."""
    catalog = change_mapping(tmp_path, change["mapping"], *change["change"])
    if not set(change["finds"]) - INCOMPLETE:
        Translator(change["mapping"], "interaction", catalog=catalog)
        return
    with pytest.raises(MappingError):
        Translator(change["mapping"], "interaction", catalog=catalog)


def lost_fields(mapping: str) -> list[str]:
    """Return the fields under `lost` of a shipped mapping."""
    file = ROOT / "mappings" / f"{mapping}.yaml"
    data: Any = to_data(parse_yaml(file.read_bytes(), file.name))
    return [path for side in data["lost"].values() for paths in side.values() for path in paths]


@pytest.mark.parametrize("mapping", ["goshops", "aisquare", "cobi", "miso"])
def test_a_lost_field_needs_its_reason(mapping: str, tmp_path: Path) -> None:
    """Without their entries under `lost`, fields are unaccounted for."""
    text = (ROOT / "mappings" / f"{mapping}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^lost:\n(?: .*\n|\n)*", "", text, flags=re.MULTILINE)
    (tmp_path / f"{mapping}.yaml").write_text(text, encoding="utf-8")
    findings = check(Catalog(mappings=[tmp_path]), mapping)
    assert {finding.code for finding in findings} == {"unaccounted-member"}
    for field in lost_fields(mapping):
        message = re.compile(rf"field `{re.escape(field)}[`.\[{{]")
        assert any(message.search(finding.message) for finding in findings), field


def test_an_error_has_all_findings(tmp_path: Path) -> None:
    """`MappingError` has every finding about a mapping, in the order of the file."""
    text = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    text = text.replace("cart: add_to_cart", "cart: add_to_crat").replace(
        "is: actor.id\n", "is: a\n"
    )
    (tmp_path / "goshops.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as error:
        Translator("goshops", "miso", catalog=Catalog(mappings=[tmp_path]))
    findings = error.value.diagnostics
    assert [finding.code for finding in findings] == ["unknown-value", "unknown-member"]
    assert findings[0].location.line < findings[1].location.line


@pytest.mark.parametrize(("field", "type_name"), [("product_ids", "object"), ("context", "number")])
def test_a_field_of_another_type_in_one_variant_is_found(
    field: str, type_name: str, tmp_path: Path
) -> None:
    """A field whose type differs in one variant only is found."""
    document = json.loads((ROOT / "specs" / "miso.json").read_text(encoding="utf-8"))
    variant = document["components"]["schemas"]["AddToCartInteraction"]
    variant["properties"][field] = {"type": type_name}
    (tmp_path / "miso.json").write_text(json.dumps(document), encoding="utf-8")
    findings = check(Catalog(specs=[tmp_path]))
    assert any(item.code == "unknown-member" and field in item.message for item in findings)
