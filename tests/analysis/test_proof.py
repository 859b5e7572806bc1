"""The statement about a pair: proved, guarded or wrong."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog
from translator.analysis.proof import RAISING_HELPERS, Proof, prove
from translator.cli.main import main
from translator.report.proof import render_text

ROOT = Path(__file__).parents[2]

Json = Any


def spec(**members: Json) -> Json:
    required = [name for name, schema in members.items() if not schema.pop("optional", False)]
    event = {"type": "object", "properties": members, "required": required}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Made for a test", "version": "1"},
        "paths": {},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": {**event, "additionalProperties": False}}},
    }


def proved(folder: Path, left: Json, right: Json, fields: str) -> Proof:
    (folder / "acme.json").write_text(json.dumps(left))
    (folder / "log.json").write_text(json.dumps(right))
    mapping = f"version: 1\nbetween: [acme, log]\nfields:\n{fields}"
    (folder / "acme--log.yaml").write_text(mapping)
    return prove(Catalog(specs=[folder], mappings=[folder]), "acme", "log")


def text(**more: Json) -> Json:
    return {"type": "string", **more}


def test_nothing_to_check(tmp_path: Path) -> None:
    """A pair whose members fit is proved: no check stands in its code."""
    proof = proved(tmp_path, spec(id=text(maxLength=9)), spec(key=text()), "  id: key\n")
    assert (proof.verdict, proof.guards) == ("proved", ())
    assert "nothing is left to check at run time" in render_text(proof)


@pytest.mark.parametrize(
    ("wide", "narrow", "demand"),
    [
        (text(), text(maxLength=9), "must have at most 9 characters"),
        (text(), text(minLength=2), "must have at least 2 characters"),
        (text(), text(format="uuid"), "must be a UUID (8-4-4-4-12 hex digits)"),
        (text(enum=["a", "b"]), text(enum=["a"]), "must be one of 'a'"),
        ({"type": "number"}, {"type": "integer"}, "must be of type integer"),
        ({"type": "integer"}, {"type": "integer", "maximum": 5}, "must be at most 5"),
        (text(optional=True), text(), "log needs key, and the event has none"),
    ],
)
def test_what_does_not_fit_is_guarded(
    tmp_path: Path, wide: Json, narrow: Json, demand: str
) -> None:
    """Where a value may not fit, the proof names the place, the code, the demand and the rule."""
    proof = proved(tmp_path, spec(id=wide), spec(key=narrow), "  id: key\n")
    assert proof.verdict == "guarded"
    (guard,) = proof.guards
    assert (guard.code, guard.place) == ("unmappable-value", "$.id")
    assert guard.demand in (f"log key: {demand}", demand)
    assert guard.rule.endswith("acme--log.yaml:4:3") or "needs" in demand


def test_a_required_member_that_nothing_fills(tmp_path: Path) -> None:
    """A kind of event that can never fill a required member is refused, with the reason."""
    proof = proved(tmp_path, spec(id=text()), spec(key=text(), more=text()), "  id: key\n")
    assert proof.verdict == "refused"
    (guard,) = proof.kind_proofs[0].guards
    assert guard.code == "unmappable-value"
    assert guard.demand == "log needs more, and the event has none"


def test_a_mapping_that_cannot_be_right(tmp_path: Path) -> None:
    """A mapping with a fault makes the proof wrong, and the proof says which fault."""
    proof = proved(tmp_path, spec(id=text()), spec(key=text()), "  idd: key\n")
    assert proof.verdict == "wrong"
    assert [one.location.line for one in proof.findings] == [4]
    assert "did you mean 'id'" in render_text(proof)


def test_every_helper_that_can_refuse_is_known() -> None:
    """What emitted code calls and can refuse a valid event is exactly what the proof looks for."""
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


@pytest.mark.parametrize("source", Catalog().formats())
@pytest.mark.parametrize("target", Catalog().formats())
def test_no_shipped_pair_is_wrong(source: str, target: str) -> None:
    """Each shipped pair is proved or guarded, a guard has its rule or says what is missing."""
    if source == target:
        return
    proof = prove(Catalog(), source, target)
    assert proof.verdict in ("proved", "guarded")
    for guard in proof.guards:
        assert guard.rule or guard.code == "no-item" or "$" in guard.place


def test_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    """The option --explain prints the statement about a pair, as text or JSON."""
    assert main(["check", "--explain", "goshops", "miso"]) == 0
    shown = capfd.readouterr().out
    assert shown.startswith("goshops -> interaction -> miso: guarded (4 guarded of 4 kinds")
    assert "$.data.item      unmappable-id     miso product_ids[]: must have at most 512" in shown
    assert main(["check", "--explain", "goshops", "miso", "--output-format", "json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert data["verdict"] == "guarded"
    assert {kind["kind"] for kind in data["kinds"]} == {"view", "like", "cart", "purchase"}
    assert main(["check", "--explain", "goshops", "mso"]) == 2
    assert "did you mean 'miso'" in capfd.readouterr().err
    assert main(["check", "--explain", "goshops", "miso", "--output-format", "sarif"]) == 2
