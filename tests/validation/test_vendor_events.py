"""Events that vendors document or that only their specs decide: read, refused, never written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.independent_validator import Validator
from translator import Catalog
from translator.validation.events import EventValidator

CATALOG = Catalog()


def track(event: str = "Quiz Finished", /, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "u1", "properties": properties}


def ga4(name: str = "view_item", /, **params: Any) -> dict[str, Any]:
    return {"client_id": "c1", "name": name, "params": params}


def algolia(kind: str = "view", /, **fields: Any) -> dict[str, Any]:
    event = {"eventName": "Seen", "eventType": kind, "index": "shop", "userToken": "v1"}
    return {**event, **fields}


def personalize(**fields: Any) -> dict[str, Any]:
    event = {"trackingId": "t1", "sessionId": "s1", "eventType": "View", "sentAt": 1714564800}
    return {**event, **fields}


def retail(kind: str = "home-page-view", /, **fields: Any) -> dict[str, Any]:
    return {"eventType": kind, "visitorId": "v1", **fields}


def pair(name: str, version: str = "1-0-0", /, **data: Any) -> dict[str, Any]:
    vendor = "iglu:com.snowplowanalytics.snowplow.ecommerce"
    return {"schema": f"{vendor}/{name}/jsonschema/{version}", "data": data}


def snowplow(*contexts: dict[str, Any], kind: str = "product_view") -> dict[str, Any]:
    event = pair("snowplow_ecommerce_action", "1-0-2", type=kind)
    return {"event": event, "contexts": list(contexts)}


def product(**data: Any) -> dict[str, Any]:
    return pair("product", id="p1", category="Mugs", currency="EUR", **{"price": 9.99, **data})


def xapi(**fields: Any) -> dict[str, Any]:
    statement = {
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://id.tincanapi.com/verb/viewed"},
        "object": {"id": "https://example.com/courses/intro"},
    }
    return {**statement, **fields}


VALID: dict[str, list[dict[str, Any]]] = {
    "algolia": [
        algolia(objectIDs=["a"], queryID="0" * 32),
        algolia("conversion", filters=["brand:acme"]),
        algolia("conversion", objectIDs=["a"], objectData=[{"price": "9.99"}], currency="eur"),
        algolia(objectIDs=["a"], userToken="v" * 129),
        algolia("instantsearch", agentID="agent-1"),
    ],
    "personalize": [
        personalize(),
        personalize(sentAt=-1.5, properties=' {"a": "\\u00e4"}'),
        personalize(itemId="a", impression=["a"] * 25),
    ],
    "retail": [
        retail(eventTime="2024-05-01T12:00:00.123456789Z"),
        retail("search", pageCategories=["Women > Shoes"]),
        retail("detail-page-view", productDetails=[{"product": {"id": "p1", "title": "Mug"}}]),
        retail(attributes={"size": {"text": ["L"]}}),
    ],
    "snowplow": [
        {"event": pair("snowplow_ecommerce_action", "1-0-9", type="list_view", later=1)},
        snowplow(product(price=0), product(price=19.99, position=0, quantity=None)),
        snowplow({"schema": "iglu:com.acme/thing/jsonschema/2-0-0", "data": [1]}),
        {**snowplow(), "collector_tstamp": "2024-05-01"},
    ],
    "xapi": [
        xapi(timestamp="2024-05-01T12:00"),
        xapi(result={"duration": "P1DT2H", "score": {"scaled": -1}}),
        xapi(actor={"account": {"homePage": "https://example.com", "name": "u1"}, "name": "Ada"}),
        xapi(object={"id": "https://example.com/a", "definition": {"name": {"und": "A"}}}),
    ],
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
}

INVALID: dict[str, list[tuple[dict[str, Any], str]]] = {
    "algolia": [
        (algolia(), "$"),
        (algolia(objectIDs=["a"], filters=["b:c"]), "$"),
        (algolia("click", objectIDs=["a"], positions=[1]), "$.queryID"),
        (algolia("conversion", objectIDs=["a"], objectData=[{}, {}]), "$"),
        (algolia("tap", objectIDs=["a"]), "$.eventType"),
        (algolia(objectIDs=["a"], userToken="é"), "$.userToken"),
    ],
    "personalize": [
        (personalize(properties='{"a": 1}'), "$.properties"),
        (personalize(sentAt=1714564800000), "$.sentAt"),
        (personalize(impression=["a"] * 26), "$.impression"),
        (personalize(eventType=""), "$.eventType"),
    ],
    "retail": [
        (retail("search"), "$"),
        (retail(cartId="c1"), "$.cartId"),
        (
            retail("add-to-cart", productDetails=[{"product": {"id": "p1"}}]),
            "$.productDetails[0].quantity",
        ),
        (retail(sessionId="é" * 65), "$.sessionId"),
        (retail(attributes={"size": {"text": ["L"], "numbers": [1]}}), "$.attributes.size"),
    ],
    "snowplow": [
        (snowplow(kind="tap"), "$.event.data.type"),
        ({"event": pair("snowplow_ecommerce_action", "2-0-0", type="refund")}, "$.event.schema"),
        (snowplow(product(price=9.999)), "$.contexts[0].data.price"),
        (snowplow(product(colour="red")), "$.contexts[0].data"),
        (
            snowplow(pair("refund", transaction_id="o1", currency="EUR")),
            "$.contexts[0].data.refund_amount",
        ),
    ],
    "xapi": [
        (xapi(actor={"name": "Ada"}), "$.actor"),
        (xapi(actor={"objectType": "Group", "openid": "https://a.example"}), "$.actor.objectType"),
        (xapi(object={"id": "a b"}), "$.object.id"),
        (xapi(timestamp="yesterday"), "$.timestamp"),
        (xapi(result={"duration": "PT1.234S"}), "$.result.duration"),
        (xapi(result={"score": {"scaled": 2}}), "$.result.score.scaled"),
    ],
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
}

NEVER_WRITTEN = [
    ("algolia", algolia(objectIDs=["a"], userToken="v" * 129)),
    ("algolia", algolia("conversion", objectIDs=["a"], objectData=[{"price": "9.99"}])),
    ("personalize", personalize()),
    ("snowplow", {"event": pair("snowplow_ecommerce_action", "1-0-1", type="list_view")}),
    ("xapi", xapi(timestamp="2024-05-01T12:00")),
    ("segment", track("Product Reviewed", product_id="p1", rating=4.5)),
    ("segment", track(currency="usd")),
    ("ga4", ga4(currency="usd")),
    ("ga4", ga4(session_id="s-1")),
    ("ga4", ga4(session_id=17)),
]


@pytest.mark.parametrize(("name", "event"), [(n, event) for n in VALID for event in VALID[n]])
def test_events_of_the_vendor_are_valid(name: str, event: dict[str, Any]) -> None:
    """What the vendor takes is read, and what only a translation cannot express too."""
    assert EventValidator(CATALOG.spec(name)).violations(event) == []


@pytest.mark.parametrize(
    ("name", "event", "path"), [(n, event, path) for n in INVALID for event, path in INVALID[n]]
)
def test_each_mistake_has_its_path(name: str, event: dict[str, Any], path: str) -> None:
    """An event with one mistake is invalid, and the violation names the field."""
    violations = EventValidator(CATALOG.spec(name)).violations(event)
    assert [violation.path for violation in violations] == [path]


@pytest.mark.parametrize(("name", "event"), NEVER_WRITTEN)
def test_written_events_have_one_form(name: str, event: dict[str, Any]) -> None:
    """Of several forms that are read, only one is written."""
    assert EventValidator(CATALOG.spec(name)).violations(event) == []
    assert not Validator(CATALOG.spec(name).document, for_output=True).is_valid(event)
