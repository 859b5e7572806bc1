"""The fields, required fields and enum values of the shipped formats."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.shipped import SPEC_FILES
from translator.schema.openapi import resolve
from translator.schema.spec import Spec, load_spec
from translator.validation.events import EventValidator

SPECS = {path.stem: load_spec(path, path.stem) for path in SPEC_FILES}

COMMON = {"type", "user_id", "anonymous_id", "timestamp", "miso_id", "context"}
PRODUCTS = {"product_ids", "product_group_ids"}
# The fields of each type, in addition to the common ones.
SPECIFIC: dict[str, set[str]] = {
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
    "view", "category_view", "home_view", "promo_view", "promo_click", "page_view", "image_view",
    "cart_view", "search", "filter", "impression", "viewable_impression", "click", "add_to_cart",
    "remove_from_cart", "checkout_start", "shipping_info", "payment_info", "purchase", "refund",
    "discount_code", "like", "unlike", "dislike", "rate", "comment", "share", "bookmark",
    "unbookmark", "add_to_collection", "remove_from_collection", "read", "watch", "listen",
    "complete", "subscribe", "sign_up", "login", "custom",
]  # fmt: skip


def component(name: str, schema: str) -> dict[str, Any]:
    schema_object = SPECS[name].document["components"]["schemas"][schema]
    assert isinstance(schema_object, dict)
    return schema_object


def variant(spec: Spec, value: str) -> dict[str, Any]:
    schema = resolve(spec.document, spec.event_schema["discriminator"]["mapping"][value])
    assert isinstance(schema, dict)
    return schema


def test_miso_has_26_types() -> None:
    """Each type of the page has its own variant, and there are no others."""
    mapping = SPECS["miso"].event_schema["discriminator"]["mapping"]
    assert len(SPECIFIC) == 26
    assert sorted(mapping) == sorted(SPECIFIC)
    assert [branch["$ref"] for branch in SPECS["miso"].event_schema["oneOf"]] == list(
        mapping.values()
    )


@pytest.mark.parametrize("value", SPECIFIC)
def test_a_type_has_common_and_specific_fields(value: str) -> None:
    """A type allows the common fields and its specific ones, and no others."""
    schema = variant(SPECS["miso"], value)
    assert set(schema["properties"]) == COMMON | SPECIFIC[value]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["type"]["const"] == value
    specific = ["custom_action_name"] if value == "custom" else []
    assert schema["required"] == ["type", *specific]


@pytest.mark.parametrize(
    ("name", "schema", "fields", "required"),
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
        ("interaction", "Session", "id", ""),
        (
            "interaction",
            "Item",
            "id kind name brand variant categories quantity price discount coupon position",
            "id",
        ),
        ("interaction", "List", "id name", ""),
        ("interaction", "Promotion", "id name", ""),
        ("interaction", "Cart", "id", ""),
        ("interaction", "Order", "id coupon affiliation tax shipping discount", ""),
        ("interaction", "Facet", "id kind", "id kind"),
        ("interaction", "Place", "city country", ""),
    ],
)
def test_objects_have_the_documented_fields(
    name: str, schema: str, fields: str, required: str
) -> None:
    """An object has exactly the documented fields and required fields."""
    schema_object = component(name, schema)
    assert list(schema_object["properties"]) == fields.split()
    assert schema_object.get("required", []) == required.split()


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi"])
def test_objects_are_open_unless_documented(name: str) -> None:
    """A format whose page does not forbid unknown fields allows them."""
    for schema in SPECS[name].document["components"]["schemas"].values():
        assert "additionalProperties" not in schema


@pytest.mark.parametrize("name", ["miso", "interaction"])
def test_the_hub_has_the_context_of_miso(name: str) -> None:
    """The context has the same fields in the hub and in the vendor that has it."""
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


def test_the_hub_has_all_actions() -> None:
    """The hub has the actions of its vocabulary, in two variants."""
    spec = SPECS["interaction"]
    assert list(spec.event_schema["discriminator"]["mapping"]) == ACTIONS
    standard, custom = variant(spec, "view"), variant(spec, "custom")
    assert standard["properties"]["action"]["enum"] == [
        action for action in ACTIONS if action != "custom"
    ]
    assert standard["required"] == ["action"]
    assert custom["required"] == ["action", "custom_action"]
    assert set(custom["properties"]) == set(standard["properties"]) | {"custom_action"}


def test_the_hub_has_every_platform() -> None:
    """The platforms of the hub are those of the vendor that has any."""
    platforms = component("cobi", "Interaction")["properties"]["platform"]["enum"]
    assert component("interaction", "Platform")["enum"] == platforms


def test_milliseconds_are_explained() -> None:
    """The spec explains a timestamp above its maximum: it is in milliseconds."""
    timestamp = component("cobi", "Interaction")["properties"]["event_timestamp"]
    assert "milliseconds" in timestamp["x-violations"]["maximum"]


def hub(action: str = "view", /, **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


@pytest.mark.parametrize(
    "event",
    [
        hub("custom", custom_action="quiz_finished"),
        hub("purchase", revenue=-3, currency="EUR", order={"tax": 0}),
        hub(carried={"segment": {"sku": ["a", None], "device": {"type": "ios"}}}),
        hub(context={"page": {"title": "Mug"}}),
    ],
)
def test_interactions_that_are_valid(event: dict[str, Any]) -> None:
    """What the hub allows."""
    assert not EventValidator(SPECS["interaction"]).violations(event)


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (hub("checkout"), "$.action"),
        (hub("custom"), "$.custom_action"),
        (hub(custom_action="wish"), "$.custom_action"),
        (hub(currency="eur"), "$.currency"),
        (hub(items=[{"name": "Mug"}]), "$.items[0].id"),
        (hub(items=[{"id": "a", "position": 0}]), "$.items[0].position"),
        (hub(order={"tax": -1}), "$.order.tax"),
        (hub(duration=-1), "$.duration"),
    ],
)
def test_interactions_that_are_invalid(event: dict[str, Any], path: str) -> None:
    """What the hub forbids, and where."""
    violations = EventValidator(SPECS["interaction"]).violations(event)
    assert path in [violation.path for violation in violations]
