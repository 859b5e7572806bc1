"""Which classes and fields of the generated models two versions of a spec change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analysis.changed_specs import ROOT, change_spec, shipped_spec
from translator import Catalog
from translator.analysis import model_diff
from translator.analysis.impact import impact
from translator.analysis.model_diff import ModelsChange, compare_models
from translator.report.impact import render_text
from translator.schema.models import generate_source

DATA = "/InteractionData/properties"
CHANGE: Any = {
    "set": {
        f"{DATA}/coupon": {"type": "string"},
        f"{DATA}/date": {"type": "integer"},
        f"{DATA}/event/description": "another description",
        "/Coupon": {"type": "string"},
        f"{DATA}/voucher": {"$ref": "#/components/schemas/Coupon"},
        "/Note": {"type": "object", "properties": {"text": {"type": "string"}}},
        f"{DATA}/note": {"$ref": "#/components/schemas/Note"},
        "/InteractionData/required/-": "note",
        "/InteractionData/additionalProperties": False,
    },
    "drop": [f"{DATA}/item", "/InteractionData/required/item"],
}


def test_models_of_one_spec_equal_those_of_the_folder() -> None:
    """The source generated from a single spec is that of `translator generate`, byte for byte."""
    expected = (ROOT / "generated" / "cobi.py").read_text(encoding="utf-8")
    assert generate_source(shipped_spec("cobi")) == expected


def test_generated_models_are_compared() -> None:
    """Added, removed and changed classes and fields are named as in the models."""
    result = compare_models(shipped_spec("goshops"), change_spec("goshops", CHANGE))
    assert result.origin == "generated"
    assert not result.only_descriptions
    assert [(change.kind, change.model, change.member) for change in result.changes] == [
        ("removed", "InteractionData", "item"),
        ("changed", "InteractionData", "date"),
        ("added", "InteractionData", "model_config"),
        ("added", "InteractionData", "coupon"),
        ("added", "InteractionData", "voucher"),
        ("added", "InteractionData", "note"),
        ("added", "Coupon", ""),
        ("added", "Note", ""),
    ]
    (date,) = [change for change in result.changes if change.member == "date"]
    assert (date.old, date.new) == ("Annotated[StrictStr, Field(min_length=1)]", "StrictInt")


@pytest.mark.nightly
def test_models_are_not_compared_without_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the generator is not installed, the report says that models were not compared."""
    monkeypatch.setattr(model_diff, "can_generate", lambda: False)
    new = change_spec("goshops", CHANGE)
    assert compare_models(shipped_spec("goshops"), new) == ModelsChange("not-installed")
    report = render_text(impact(Catalog(), shipped_spec("goshops"), new))
    assert "models were not compared" in report


def test_descriptions_change_no_model() -> None:
    """A change of a description is reported as such, not as a change of a class or field."""
    new = change_spec("goshops", {"set": {f"{DATA}/item/description": "another description"}})
    result = compare_models(shipped_spec("goshops"), new)
    assert result == ModelsChange("generated", only_descriptions=True)
    assert compare_models(new, new) == ModelsChange("generated")
