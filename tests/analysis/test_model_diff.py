"""Which models two versions of a spec make differ, by the generator and by the schemas alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analysis.changed_specs import ROOT, changed, shipped
from translator.analysis import model_diff
from translator.analysis.model_diff import ModelsChange, compare_models, derive_changes
from translator.report.impact import describe_model_changes
from translator.schema.models import generate_source

DATA = "/InteractionData/properties"
CHANGE: Any = {
    "set": {
        f"{DATA}/coupon": {"type": "string"},
        f"{DATA}/date": {"type": "integer"},
        f"{DATA}/event/description": "other words",
        "/Coupon": {"type": "string"},
        f"{DATA}/voucher": {"$ref": "#/components/schemas/Coupon"},
        "/Note": {"type": "object", "properties": {"text": {"type": "string"}}},
        f"{DATA}/note": {"$ref": "#/components/schemas/Note"},
        "/InteractionData/required/-": "note",
        "/InteractionData/additionalProperties": False,
    },
    "drop": [f"{DATA}/item", "/InteractionData/required/item"],
}


def test_the_models_of_one_spec_are_those_of_the_folder() -> None:
    """The source made of a single spec is, byte for byte, what is generated of its folder."""
    made = (ROOT / "generated" / "cobi.py").read_text(encoding="utf-8")
    assert generate_source(shipped("cobi")) == made


def test_what_the_generator_makes_is_compared() -> None:
    """Classes and members that come, go or change are named as the models name them."""
    found = compare_models(shipped("goshops"), changed("goshops", CHANGE))
    assert found.origin == "generated"
    assert not found.only_descriptions
    assert describe_model_changes(found.changes) == [
        "- InteractionData.item",
        "~ InteractionData.date",
        "+ InteractionData.model_config",
        "+ InteractionData.coupon",
        "+ InteractionData.voucher",
        "+ InteractionData.note",
        "+ Coupon",
        "+ Note",
    ]
    (date,) = [one for one in found.changes if one.member == "date"]
    assert (date.old, date.new) == ("Annotated[StrictStr, Field(min_length=1)]", "StrictInt")


def test_without_the_generator_the_schemas_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the generator is not installed, the change is derived, and says so."""
    monkeypatch.setattr(model_diff, "can_generate", lambda: False)
    found = compare_models(shipped("goshops"), changed("goshops", CHANGE))
    assert found.origin == "derived"
    assert describe_model_changes(found.changes) == [
        "- InteractionData.item",
        "~ InteractionData.date",
        "+ InteractionData.additionalProperties",
        "+ InteractionData.coupon",
        "+ InteractionData.voucher",
        "+ InteractionData.note",
        "+ Coupon",
        "+ Note",
    ]


def test_a_member_inside_a_member_has_its_path() -> None:
    """Derived, a member of an object that has no name of its own is named by its path."""
    inside = {"type": "object", "properties": {"code": {"type": "string"}}}
    old = changed("goshops", {"set": {f"{DATA}/coupon": inside}})
    new = changed("goshops", {"set": {f"{DATA}/coupon": inside | {"required": ["code"]}}})
    assert describe_model_changes(derive_changes(old, new).changes) == [
        "~ InteractionData.coupon.code"
    ]


@pytest.mark.parametrize("derive", [compare_models, derive_changes])
def test_other_words_change_no_model(derive: Any) -> None:
    """A description that changes is told as such, and is no change of a class or a member."""
    new = changed("goshops", {"set": {f"{DATA}/item/description": "other words"}})
    found = derive(shipped("goshops"), new)
    assert found == ModelsChange(found.origin, (), only_descriptions=True)
    assert derive(new, new) == ModelsChange(found.origin)
