"""The verdict on a pair: proved, guarded, refused or wrong."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.shipped import PAIR_PARAMS, UNREACHABLE
from tests.tools.small_formats import event_schema, small_catalog
from translator import Catalog, TranslationError, Translator
from translator.analysis.proof import RAISING_HELPERS, Proof, prove
from translator.cli.main import main
from translator.report.proof import render_text

ROOT = Path(__file__).parents[2]

Json = Any


def make_spec(**fields: Json) -> Json:
    required = [name for name, schema in fields.items() if not schema.pop("optional", False)]
    event = {"type": "object", "properties": fields, "required": required}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "paths": {},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": {**event, "additionalProperties": False}}},
    }


def prove_mapping(folder: Path, left: Json, right: Json, fields: str) -> Proof:
    (folder / "acme.json").write_text(json.dumps(left))
    (folder / "log.json").write_text(json.dumps(right))
    mapping = f"version: 1\nbetween: [acme, log]\nfields:\n{fields}"
    (folder / "acme--log.yaml").write_text(mapping)
    return prove(Catalog(specs=[folder], mappings=[folder]), "acme", "log")


def string(**keywords: Json) -> Json:
    return {"type": "string", **keywords}


def test_a_pair_without_checks_is_proved(tmp_path: Path) -> None:
    """A pair whose field types are subtypes is proved: its code contains no check."""
    proof = prove_mapping(
        tmp_path, make_spec(id=string(maxLength=9)), make_spec(key=string()), "  id: key\n"
    )
    assert (proof.verdict, proof.guards) == ("proved", ())


@pytest.mark.parametrize(
    ("wide", "narrow", "part"),
    [
        (string(), string(maxLength=9), "9"),
        (string(), string(minLength=2), "2"),
        (string(), string(format="uuid"), "UUID"),
        (string(enum=["a", "b"]), string(enum=["a"]), "'a'"),
        ({"type": "number"}, {"type": "integer"}, "integer"),
        ({"type": "integer"}, {"type": "integer", "maximum": 5}, "5"),
        (string(optional=True), string(), "log"),
    ],
)
def test_a_wider_type_is_guarded(tmp_path: Path, wide: Json, narrow: Json, part: str) -> None:
    """For a value that may be invalid, the proof names the path, the code and the rule."""
    proof = prove_mapping(tmp_path, make_spec(id=wide), make_spec(key=narrow), "  id: key\n")
    assert proof.verdict == "guarded"
    (guard,) = proof.guards
    assert (guard.code, guard.place) == ("unmappable-value", "$.id")
    assert "key" in guard.demand and part in guard.demand
    assert guard.rule.endswith("acme--log.yaml:4:3") or part == "log"


def test_an_unfilled_required_field_is_refused(tmp_path: Path) -> None:
    """A kind of event that never fills a required field is refused, with the reason."""
    proof = prove_mapping(
        tmp_path, make_spec(id=string()), make_spec(key=string(), more=string()), "  id: key\n"
    )
    assert proof.verdict == "refused"
    (guard,) = proof.kind_proofs[0].guards
    assert guard.code == "unmappable-value"
    assert "more" in guard.demand


def test_a_mapping_with_errors_is_wrong(tmp_path: Path) -> None:
    """A mapping with errors makes the proof wrong, and the proof has the errors."""
    proof = prove_mapping(tmp_path, make_spec(id=string()), make_spec(key=string()), "  idd: key\n")
    assert proof.verdict == "wrong"
    assert [finding.location.line for finding in proof.findings] == [4]
    assert "did you mean 'id'" in render_text(proof)


def test_every_helper_that_can_refuse_is_known() -> None:
    """The proof knows every helper of emitted code that can refuse a valid event."""
    source = (ROOT / "translator" / "runtime" / "values.py").read_text(encoding="utf-8")
    raising = {
        function.name
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
        and any(
            isinstance(node, ast.Raise) and "is not JSON" not in ast.unparse(node)
            for node in ast.walk(function)
        )
    }
    assert raising == set(RAISING_HELPERS)


def test_the_only_element_that_selects_a_row_is_checked(tmp_path: Path) -> None:
    """If rows compare the only element of a list, the proof of each kind has its check."""
    facet = event_schema({"kind": {"type": "string", "enum": ["a", "b"]}}, ["kind"])
    catalog = small_catalog(
        tmp_path,
        {
            "acme": event_schema({"type": {"type": "string", "enum": ["x", "y"]}}, ["type"]),
            "log": event_schema({"facets": {"type": "array", "items": facet}}),
        },
        acme__log="version: 2\nbetween: [acme, log]\nrows:\n  what:\n    exact:\n"
        '      - [{type: x}, {"facets[only].kind": a}]\n'
        '      - [{type: y}, {"facets[only].kind": b}]\n',
    )
    proof = prove(catalog, "log", "acme")
    verdicts = {kind.kind: kind.verdict for kind in proof.kind_proofs}
    assert verdicts == {"a": "guarded", "b": "guarded", "event": "refused"}
    assert [(guard.code, guard.place) for guard in proof.guards] == [
        ("unmappable-value", "$.facets")
    ]
    with pytest.raises(TranslationError, match=f"unmappable-value.*{proof.guards[0].demand}"):
        two = {"facets": [{"kind": "a"}, {"kind": "b"}]}
        Translator("log", "acme", catalog=catalog).translate(two)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_no_shipped_pair_is_wrong(source: str, target: str) -> None:
    """Each shipped pair is proved or guarded, and each guard has a rule or a path.

    A pair that no event can pass is refused.
    """
    proof = prove(Catalog(), source, target)
    if (source, target) in UNREACHABLE:
        assert proof.verdict == "refused"
    else:
        assert proof.verdict in ("proved", "guarded")
    for guard in proof.guards:
        assert guard.rule or guard.code == "no-item" or "$" in guard.place


def test_the_command_prints_the_proof(capfd: pytest.CaptureFixture[str]) -> None:
    """The option --explain prints the proof of a pair, as text or JSON."""
    assert main(["check", "--explain", "goshops", "miso"]) == 0
    output = capfd.readouterr().out
    assert output.startswith("goshops -> interaction -> miso: guarded (4 guarded of 4 kinds")
    assert "$.data.item      unmappable-id     miso product_ids[]: " in output
    assert main(["check", "--explain", "goshops", "miso", "--output-format", "json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert data["verdict"] == "guarded"
    assert {kind["kind"] for kind in data["kinds"]} == {"view", "like", "cart", "purchase"}
    assert main(["check", "--explain", "goshops", "mso"]) == 2
    assert "did you mean 'miso'" in capfd.readouterr().err
    assert main(["check", "--explain", "goshops", "miso", "--output-format", "sarif"]) == 2
