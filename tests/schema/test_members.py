"""Which members each event has, which of them it must have, and which values they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from translator.schema.openapi import resolve
from translator.schema.spec import Spec, load_spec

ROOT = Path(__file__).resolve().parents[2] / "specs"
SPECS = {path.stem: load_spec(path, path.stem) for path in sorted(ROOT.glob("*.json"))}

ALL = {"type", "user_id", "anonymous_id", "timestamp", "miso_id", "context"}
PRODUCTS = {"product_ids", "product_group_ids"}
# The members of each type beside the six that all have.
OWN: dict[str, set[str]] = {
    "search": {"search"},
    "checkout": PRODUCTS | {"revenue", "quantities"},
    "rate": PRODUCTS | {"rating"},
    "custom": PRODUCTS | {"custom_action_name"},
    **dict.fromkeys(["add_to_cart", "remove_from_cart"], PRODUCTS | {"quantities"}),
    **dict.fromkeys(
        [
            "product_detail_page_view",
            "read",
            "watch",
            "listen",
            "home_page_view",
            "category_page_view",
            "promo_page_view",
            "product_image_view",
        ],
        PRODUCTS | {"duration"},
    ),
    **dict.fromkeys(
        [
            "refund",
            "subscribe",
            "add_to_collection",
            "remove_from_collection",
            "like",
            "dislike",
            "share",
            "bookmark",
            "complete",
            "impression",
            "viewable_impression",
            "click",
        ],
        PRODUCTS,
    ),
}
ACTIONS = [
    "view", "category_view", "home_view", "promo_view", "image_view", "search", "like",
    "unlike", "dislike", "share", "bookmark", "unbookmark", "comment", "rate", "add_to_cart",
    "remove_from_cart", "checkout", "purchase", "refund", "subscribe", "add_to_collection",
    "remove_from_collection", "read", "watch", "listen", "complete", "impression",
    "viewable_impression", "click", "filter", "discount_code", "custom",
]  # fmt: skip


def component(name: str, schema: str) -> dict[str, Any]:
    found = SPECS[name].document["components"]["schemas"][schema]
    assert isinstance(found, dict)
    return found


def variant(spec: Spec, value: str) -> dict[str, Any]:
    found = resolve(spec.document, spec.event_schema["discriminator"]["mapping"][value])
    assert isinstance(found, dict)
    return found


def test_there_are_26_types() -> None:
    """Every type of the page has a member of the union to itself, and there is no other."""
    mapping = SPECS["miso"].event_schema["discriminator"]["mapping"]
    assert len(OWN) == 26
    assert sorted(mapping) == sorted(OWN)
    assert [one["$ref"] for one in SPECS["miso"].event_schema["oneOf"]] == list(mapping.values())


@pytest.mark.parametrize("value", OWN)
def test_a_type_has_its_own_members_and_the_six(value: str) -> None:
    """A type allows the six members that all have and its own list, closed to all else."""
    schema = variant(SPECS["miso"], value)
    assert set(schema["properties"]) == ALL | OWN[value]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["type"]["const"] == value
    own = ["custom_action_name"] if value == "custom" else []
    assert schema["required"] == ["type", *own]


@pytest.mark.parametrize(
    ("name", "schema", "members", "required"),
    [
        ("goshops", "Interaction", "project data", "project data"),
        ("goshops", "InteractionData", "event item customer date", "event item customer date"),
        (
            "aisquare",
            "InteractionRequest",
            "resource_type resource_id interaction_type",
            "resource_type resource_id interaction_type",
        ),
        (
            "cobi",
            "Interaction",
            "interaction_type user_id student_id item_type item_id city country platform"
            " event_timestamp source recommendation_id",
            "interaction_type item_type item_id event_timestamp",
        ),
        ("interaction", "Actor", "id anonymous_id", ""),
        ("interaction", "Item", "id kind quantity", "id"),
        ("interaction", "Facet", "id kind", "id kind"),
        ("interaction", "Place", "city country", ""),
    ],
)
def test_an_object_has_the_members_documented(
    name: str, schema: str, members: str, required: str
) -> None:
    """An object has the documented members, and requires the documented ones of them."""
    found = component(name, schema)
    assert list(found["properties"]) == members.split()
    assert found.get("required", []) == required.split()


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi"])
def test_where_a_page_forbids_nothing_objects_are_open(name: str) -> None:
    """Unknown members of a vendor that does not refuse them are allowed."""
    for schema in SPECS[name].document["components"]["schemas"].values():
        assert "additionalProperties" not in schema


@pytest.mark.parametrize("name", ["miso", "interaction"])
def test_the_context_is_the_same_here_and_there(name: str) -> None:
    """The context has the same members at the one vendor that has it and in the middle."""
    context = component(name, "Context")
    assert list(context["properties"]) == (
        ["campaign", "truncated_ip", "locale", "region", "page", "user_agent", "custom_context"]
    )
    assert list(component(name, "Campaign")["properties"]) == (
        ["name", "source", "medium", "term", "content"]
    )
    assert list(component(name, "Page")["properties"]) == ["url", "referrer", "title"]
    for closed in ("Context", "Campaign", "Page", "Search"):
        assert component(name, closed)["additionalProperties"] is False
    assert component("miso", "CustomValue") == component("interaction", "CustomValue")


def test_the_vocabulary_of_actions() -> None:
    """The format in the middle has the actions of its vocabulary, each in one of two members."""
    spec = SPECS["interaction"]
    assert list(spec.event_schema["discriminator"]["mapping"]) == ACTIONS
    standard, custom = variant(spec, "view"), variant(spec, "custom")
    assert standard["properties"]["action"]["enum"] == [one for one in ACTIONS if one != "custom"]
    assert standard["required"] == ["action"]
    assert custom["required"] == ["action", "custom_action"]
    assert set(custom["properties"]) == set(standard["properties"]) | {"custom_action"}


def test_the_middle_has_a_place_for_every_platform() -> None:
    """The platforms of the format in the middle are those of the one vendor that names any."""
    theirs = component("cobi", "Interaction")["properties"]["platform"]["enum"]
    assert component("interaction", "Platform")["enum"] == theirs


def test_milliseconds_are_explained() -> None:
    """A timestamp above its maximum comes with the reason: it counts milliseconds."""
    timestamp = component("cobi", "Interaction")["properties"]["event_timestamp"]
    assert "milliseconds" in timestamp["x-violations"]["maximum"]
