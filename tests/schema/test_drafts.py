"""The drafts: what their specs accept and refuse, their bodies, examples, models and lock.

The documents of their specs are tested in test_documents.py, with those of the shipped specs.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.tools.independent_validator import Validator
from tests.tools.make_examples import COUNT, DRAFTS, MAKERS, examples_file, lines
from translator.cli.main import main
from translator.schema.openapi import Envelope
from translator.schema.spec import find_envelope, load_spec
from translator.validation.events import EventValidator

SPECS = {name: load_spec(DRAFTS / "specs" / f"{name}.json", name) for name in MAKERS[DRAFTS]}


def track(event: str = "Quiz Finished", /, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "u1", "properties": properties}


def ga4(name: str = "view_item", /, **params: Any) -> dict[str, Any]:
    return {"client_id": "c1", "name": name, "params": params}


def hub(action: str = "view", /, **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


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
    "interaction": [
        hub("custom", custom_action="quiz_finished"),
        hub("purchase", revenue=-3, currency="EUR", order={"tax": 0}),
        hub(carried={"segment": {"sku": ["a", None], "device": {"type": "ios"}}}),
        hub(context={"page": {"title": "Mug"}}),
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


ENVELOPES = {
    "algolia": Envelope(("events",), 1000),
    "ga4": Envelope(
        ("events",),
        25,
        shared=("name", "params", "timestamp_micros"),
        shares_others=True,
        read_shared=("timestamp_micros",),
    ),
    "interaction": None,
    "personalize": Envelope(("eventList",), 10, shared=("trackingId", "userId", "sessionId")),
    "retail": Envelope(
        ("inputConfig", "userEventInlineSource", "userEvents"),
        10_000,
        inner_fields=(("userEventInlineSource",), ("userEvents",)),
    ),
    "segment": Envelope(("batch",), None, shared=("context",)),
    "snowplow": None,
    "xapi": Envelope((), None),
}


@pytest.mark.parametrize("name", SPECS)
def test_request_bodies(name: str) -> None:
    """A spec says where the events of a body are, how many it may have, and what they share."""
    assert find_envelope(SPECS[name]) == ENVELOPES[name]


@pytest.mark.parametrize("name", SPECS)
def test_models_accept_the_examples(name: str) -> None:
    """The model of an event can be imported, and accepts all examples."""
    module = importlib.import_module(f"drafts.generated.{name}")
    event = SPECS[name].event_pointer.rsplit("/", 1)[1]
    model = "".join(word[:1].upper() + word[1:] for word in event.split("_"))
    adapter = TypeAdapter[Any](getattr(module, model))
    for line in examples_file(name, DRAFTS).read_text(encoding="utf-8").splitlines():
        adapter.validate_json(line)


@pytest.mark.nightly
def test_models_are_current() -> None:
    """The models are exactly what the generator writes."""
    folders = ("--specs", str(DRAFTS / "specs"), "--out", str(DRAFTS / "generated"))
    assert main(["generate", "--check", *folders]) == 0


def test_imported_specs_are_as_the_lock_says() -> None:
    """Neither an imported spec nor an overlay was edited without an update."""
    assert main(["spec", "update", "--check", "--specs", str(DRAFTS / "specs")]) == 0


@pytest.mark.parametrize("name", [name for name in SPECS if name != "interaction"])
def test_decisions_are_recorded(name: str) -> None:
    """The decisions about a vendor's document are numbered without gaps, and explained."""
    decisions = SPECS[name].document["x-decisions"]
    letter, first = decisions[0]["id"][0], int(decisions[0]["id"][1:])
    expected = [f"{letter}{number}" for number in range(first, first + len(decisions))]
    assert [decision["id"] for decision in decisions] == expected
    for decision in decisions:
        assert list(decision) == ["id", "where", "published", "holds", "because"]
        assert all(isinstance(text, str) and text for text in decision.values())
