"""The drafted specs: what they accept and refuse, and their examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tools.independent_validator import Validator
from tests.tools.make_examples import COUNT, DRAFTS, MAKERS, examples_file, lines
from translator.schema.spec import load_spec
from translator.validation.events import EventValidator

SPECS = {name: load_spec(DRAFTS / "specs" / f"{name}.json", name) for name in MAKERS[DRAFTS]}


def track(event: str = "Quiz Finished", /, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "u1", "properties": properties}


def ga4(name: str = "view_item", /, **params: Any) -> dict[str, Any]:
    return {"client_id": "c1", "name": name, "params": params}


def hub(action: str = "view", /, **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


VALID: dict[str, list[dict[str, Any]]] = {
    "segment": [
        {"type": "track", "event": "Quiz Finished", "anonymousId": "v1"},
        {**track(), "sentAt": "now", "context": {"app": {}, "page": {"tab": 1}}},
        track("Product Viewed", product_id="p1", position=0, quantity=0, price=-1),
        track("Product Reviewed", product_id="p1", rating="four"),
        track("Product Reviewed", product_id="p1", rating=4.5),
        track("Promotion Viewed", position="top"),
        track("Order Completed", currency="usd", products=[]),
        track("Products Searched", filters=[{"type": "size", "value": "M"}]),
        track(answers=[1, {"a": None}]),
    ],
    "ga4": [
        {"client_id": "c1", "name": "login"},
        ga4("a" * 40, theme=["dark"], score=None),
        ga4(session_id=17, engagement_time_msec="100"),
        ga4(session_id="s-1", currency="eur", value=-3),
        ga4(items=[{"item_id": "a", "index": -1, "glaze": {}}] * 200),
        ga4(**{f"p{number}": number for number in range(25)}),
        {**ga4(), "validation_behavior": "ENFORCE_RECOMMENDATIONS"},
        {**ga4(), "user_properties": {"plan": {"value": "gold"}}},
    ],
    "interaction": [
        hub("custom", custom_action="quiz_finished"),
        hub("purchase", revenue=-3, currency="EUR", order={"tax": 0}),
        hub(carried={"segment": {"sku": ["a", None], "device": {"type": "ios"}}}),
        hub(context={"page": {"title": "Mug"}}),
    ],
}

INVALID: dict[str, list[tuple[dict[str, Any], str]]] = {
    "segment": [
        ({"type": "track", "event": "Quiz Finished"}, "$"),
        ({**track(), "type": "identify"}, "$.type"),
        (track(""), "$.event"),
        ({"type": "track", "event": "Product Added", "userId": "u1"}, "$.properties"),
        (track("Product Added", name="Mug"), "$.properties.product_id"),
        (track("Product Viewed", product_id="p1", position="top"), "$.properties.position"),
        (track("Cart Viewed", products=[{"name": "Mug"}]), "$.properties.products[0].product_id"),
        (track(currency="EURO"), "$.properties.currency"),
        (track("Products Searched", filters=[{"type": "size"}]), "$.properties.filters[0].value"),
        ({**track(), "timestamp": "2024-05-01"}, "$.timestamp"),
        ({**track(), "userId": None}, "$.userId"),
    ],
    "ga4": [
        ({"name": "login"}, "$.client_id"),
        ({"client_id": "c1"}, "$.name"),
        (ga4("a" * 41), "$.name"),
        (ga4("quiz-finished"), "$.name"),
        (ga4("session_start"), "$.name"),
        (ga4(session_id=1.5), "$.params.session_id"),
        (ga4(items=[{"item_name": "Mug"}]), "$.params.items[0].item_id"),
        (ga4(items=[{"item_id": "a"}] * 201), "$.params.items"),
        (ga4(**{f"p{number}": number for number in range(26)}), "$.params"),
        ({**ga4(), "timestamp_micros": "17"}, "$.timestamp_micros"),
        ({**ga4(), "consent": {"ad_user_data": "granted"}}, "$.consent.ad_user_data"),
    ],
    "interaction": [
        (hub("checkout"), "$.action"),
        (hub("custom"), "$.custom_action"),
        (hub(custom_action="wish"), "$.custom_action"),
        (hub(currency="eur"), "$.currency"),
        (hub(items=[{"name": "Mug"}]), "$.items[0].id"),
        (hub(items=[{"id": "a", "position": 0}]), "$.items[0].position"),
        (hub(order={"tax": -1}), "$.order.tax"),
        (hub(duration=-1), "$.duration"),
    ],
}

NEVER_WRITTEN = [
    ("segment", track("Product Reviewed", product_id="p1", rating=4.5)),
    ("segment", track(currency="usd")),
    ("ga4", ga4(currency="usd")),
    ("ga4", ga4(session_id="s-1")),
    ("ga4", ga4(session_id=17)),
]


@pytest.mark.parametrize(("name", "event"), [(n, event) for n in VALID for event in VALID[n]])
def test_events_of_the_vendor_are_valid(name: str, event: dict[str, Any]) -> None:
    """What the vendor takes is read, and what only a translation cannot express too."""
    assert EventValidator(SPECS[name]).violations(event) == []


@pytest.mark.parametrize(
    ("name", "event", "path"), [(n, event, path) for n in INVALID for event, path in INVALID[n]]
)
def test_each_mistake_has_its_path(name: str, event: dict[str, Any], path: str) -> None:
    """An event with one mistake is invalid, and the violation names the field."""
    violations = EventValidator(SPECS[name]).violations(event)
    assert [violation.path for violation in violations] == [path]


@pytest.mark.parametrize(("name", "event"), NEVER_WRITTEN)
def test_written_events_have_one_form(name: str, event: dict[str, Any]) -> None:
    """Of several forms that are read, only one is written."""
    assert EventValidator(SPECS[name]).violations(event) == []
    assert not Validator(SPECS[name].document, for_output=True).is_valid(event)


@pytest.mark.parametrize("name", SPECS)
def test_examples_are_reproducible_and_valid(name: str) -> None:
    """The script generates the same bytes again, and two validators accept all events."""
    text = examples_file(name, DRAFTS).read_text(encoding="utf-8")
    assert text == lines(name, DRAFTS)
    events = [json.loads(line) for line in text.splitlines()]
    validator = EventValidator(SPECS[name])
    independent = Validator(SPECS[name].document, for_output=False)
    assert not [event for event in events if validator.violations(event)]
    assert all(map(independent.is_valid, events))
    assert len(events) > COUNT
