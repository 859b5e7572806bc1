"""Hand-written functions, each for one pair of formats, without any checks.

A function returns what the translator returns for valid events that can be translated. The result
for other events is undefined.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.events import Event

PROJECT = "shop-1"
"""The param `project`, for Miso events that carry no Go Shops project."""

ITEM_TYPE = "OFFER"
"""The param `item_type`, for Miso events that carry no Cobi item type."""

ZONE = ZoneInfo("UTC")
"""The param `timezone`, for Go Shops dates without an offset."""

is_uuid = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch

# --- Go Shops to Miso ------------------------------------------------------------------------

GOSHOPS_TO_MISO = {
    "view": "product_detail_page_view",
    "like": "like",
    "cart": "add_to_cart",
    "purchase": "checkout",
}


def goshops_to_miso(event: Event) -> Event:
    """Translate a Go Shops event to Miso."""
    data = event["data"]
    date = data["date"]
    # Most dates are RFC 3339 already: 2024-05-01T12:00:00, then Z or an offset such as +02:00.
    if date[16:17] != ":" or "," in date or (date[-1] not in "Zz" and date[-6] not in "+-"):
        date = to_rfc3339(date)
    return {
        "type": GOSHOPS_TO_MISO[data["event"]],
        "user_id": data["customer"],
        "timestamp": date,
        "context": {"custom_context": {"goshops_project": event["project"]}},
        "product_ids": [data["item"]],
    }


def to_rfc3339(date: str) -> str:
    """Format an ISO 8601 date-time as RFC 3339; `ZONE` supplies a missing offset.

    No timed event needs it, so that its output is not compared with the translator's.
    """
    moment = datetime.fromisoformat(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).isoformat()


# --- Miso to Cobi ----------------------------------------------------------------------------

MISO_TO_COBI = {
    "product_detail_page_view": "PAGE_VIEW",
    "category_page_view": "PAGE_VIEW",
    "share": "SHARE",
}

MISO_CUSTOM_TO_COBI = {"filter_click": "FILTER_CLICK", "discount_code": "DISCOUNT_CODE"}


def miso_to_cobi(event: Event, item_type: str = ITEM_TYPE) -> Event:
    """Translate a Miso event about one product, or about a Cobi tag or keyword, to Cobi."""
    kind = event["type"]
    if kind == "custom":
        interaction = MISO_CUSTOM_TO_COBI[event["custom_action_name"]]
    else:
        interaction = MISO_TO_COBI[kind]
    context = event.get("context")
    extras = context.get("custom_context", {}) if context is not None else {}
    item = extras.get("cobi_item_id")
    if item is None:
        (item,) = event["product_ids"]
    translated = {
        "interaction_type": interaction,
        "item_type": extras.get("cobi_item_type", item_type),
        "item_id": item,
        "event_timestamp": event["timestamp"],
    }
    user = event.get("user_id")
    student = user is not None and is_uuid(user)
    pseudonym = event.get("anonymous_id")
    if pseudonym is not None:
        translated["user_id"] = pseudonym
    elif user is not None and not student:
        translated["user_id"] = user
    if student:
        translated["student_id"] = user
    if (city := extras.get("cobi_city")) is not None:
        translated["city"] = city
    if (country := extras.get("cobi_country")) is not None:
        translated["country"] = country
    if (platform := extras.get("cobi_platform")) is not None:
        translated["platform"] = platform
    if (source := extras.get("cobi_source")) is not None:
        translated["source"] = source
    if (recommendation := extras.get("cobi_recommendation_id")) is not None:
        translated["recommendation_id"] = recommendation
    return translated


# --- Cobi to Miso ----------------------------------------------------------------------------

COBI_TO_MISO = {
    ("PAGE_VIEW", "OFFER"): "product_detail_page_view",
    ("PAGE_VIEW", "SHOP"): "product_detail_page_view",
    ("PAGE_VIEW", "TAG"): "category_page_view",
    ("PAGE_VIEW", "KEYWORD"): "category_page_view",
}

COBI_ACTIONS = {"FILTER_CLICK": "filter_click", "DISCOUNT_CODE": "discount_code"}


def cobi_to_miso(event: Event) -> Event:
    """Translate a Cobi event to Miso; fields that only Cobi has are carried."""
    kind, item_type = event["interaction_type"], event["item_type"]
    when = event["event_timestamp"]
    if not isinstance(when, str):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    extras = {"cobi_item_type": item_type}
    translated = {"timestamp": when, "context": {"custom_context": extras}}
    if kind == "PAGE_VIEW":
        translated["type"] = COBI_TO_MISO[kind, item_type]
    elif kind == "SHARE":
        translated["type"] = "share"
    else:
        translated["type"] = "custom"
        translated["custom_action_name"] = COBI_ACTIONS[kind]
    if item_type == "OFFER" or item_type == "SHOP":
        translated["product_ids"] = [event["item_id"]]
    else:
        extras["cobi_item_id"] = event["item_id"]
    if (student := event.get("student_id")) is not None:
        translated["user_id"] = student
    if (user := event.get("user_id")) is not None:
        translated["anonymous_id"] = user
    if (city := event.get("city")) is not None:
        extras["cobi_city"] = city
    if (country := event.get("country")) is not None:
        extras["cobi_country"] = country
    if (platform := event.get("platform")) is not None:
        extras["cobi_platform"] = platform
    if (source := event.get("source")) is not None:
        extras["cobi_source"] = source
    if (recommendation := event.get("recommendation_id")) is not None:
        extras["cobi_recommendation_id"] = recommendation
    return translated


# --- Miso to Go Shops ------------------------------------------------------------------------

MISO_TO_GOSHOPS = {
    "product_detail_page_view": "view",
    "like": "like",
    "bookmark": "like",
    "add_to_collection": "like",
    "add_to_cart": "cart",
    "checkout": "purchase",
}


def miso_to_goshops(event: Event, project: str = PROJECT) -> list[Event]:
    """Translate a Miso event to one Go Shops event per product."""
    action = MISO_TO_GOSHOPS[event["type"]]
    customer, date = event["user_id"], event["timestamp"]
    context = event.get("context")
    extras = context.get("custom_context", {}) if context is not None else {}
    project = extras.get("goshops_project", project)
    return [
        {
            "project": project,
            "data": {"event": action, "item": item, "customer": customer, "date": date},
        }
        for item in event["product_ids"]
    ]


# --- by the names of the formats -------------------------------------------------------------

PAIRS: dict[tuple[str, str], Callable[..., Any]] = {
    ("goshops", "miso"): goshops_to_miso,
    ("miso", "cobi"): miso_to_cobi,
    ("cobi", "miso"): cobi_to_miso,
    ("miso", "goshops"): miso_to_goshops,
}


def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    validate: bool = True,
) -> Any:
    """Translate an event by the names of its pair, with the arguments of `translator.translate`."""
    if validate:
        raise NotImplementedError("hand-written functions do not validate")
    function = PAIRS[source, target]
    return function(event, **params) if params else function(event)
