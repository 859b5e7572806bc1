"""What somebody who knows both vendors would write by hand, for one pair each, without checks.

Each function takes every valid event of its pair that can be translated at all (with the param
named at the function, where there is one) and gives what the translator gives. What is not valid
is not noticed: it may be translated as if it were, or raise anything. That is the price and the
gain of leaving checks out. `benchmarks/checked.py` has the same functions with the checks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]

PROJECT = "shop-1"
"""The param `project`, for events from Miso to Go Shops that carry none."""

ITEM_TYPE = "OFFER"
"""The param `item_type`, for events from Miso to Cobi that carry none."""

ZONE: ZoneInfo | None = None
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
    """One Miso event from one Go Shops event."""
    data = event["data"]
    date = data["date"]
    # 2024-05-01T12:00:00 and an offset of the form +02:00, or Z: nothing to do. The rest is rare.
    if date[16:17] != ":" or "," in date or (date[-1] not in "Zz" and date[-6] not in "+-"):
        date = respelled(date, ZONE)
    return {
        "type": GOSHOPS_TO_MISO[data["event"]],
        "user_id": data["customer"],
        "timestamp": date,
        "context": {"custom_context": {"goshops_project": event["project"]}},
        "product_ids": [data["item"]],
    }


_PARTS = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[Tt](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,](\d+))?"
    r"(?:([Zz])|([+-]\d\d):?(\d\d)?)?"
)


def respelled(date: str, zone: ZoneInfo | None) -> str:
    """An ISO 8601 date-time as RFC 3339 has it; `zone` gives the offset of one that has none."""
    found = _PARTS.fullmatch(date)
    if found is None:
        raise ValueError(f"{date!r} is no date-time")
    year, month, day, hour, minute, second, part, utc, offset, minutes = found.groups()
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}"
    if utc:
        behind = "Z"
    elif offset:
        behind = f"{offset}:{minutes or '00'}"
    elif zone is None:
        raise ValueError(f"{date!r} has no offset")
    else:
        behind = datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()[-6:]
    return f"{text}.{part}{behind}" if part else text + behind


# --- Miso to Cobi ----------------------------------------------------------------------------

MISO_TO_COBI = {
    "product_detail_page_view": "PAGE_VIEW",
    "category_page_view": "PAGE_VIEW",
    "share": "SHARE",
}

MISO_CUSTOM_TO_COBI = {"filter_click": "FILTER_CLICK", "discount_code": "DISCOUNT_CODE"}


def miso_to_cobi(event: Event, item_type: str = ITEM_TYPE) -> Event:
    """One Cobi event from one Miso event about one product, or about a tag or keyword of Cobi's."""
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
    made = {
        "interaction_type": interaction,
        "item_type": extras.get("cobi_item_type", item_type),
        "item_id": item,
        "event_timestamp": event["timestamp"],
    }
    user = event.get("user_id")
    student = user is not None and is_uuid(user)
    pseudonym = event.get("anonymous_id")
    if pseudonym is not None:
        made["user_id"] = pseudonym
    elif user is not None and not student:
        made["user_id"] = user
    if student:
        made["student_id"] = user
    if (city := extras.get("cobi_city")) is not None:
        made["city"] = city
    if (country := extras.get("cobi_country")) is not None:
        made["country"] = country
    if (platform := extras.get("cobi_platform")) is not None:
        made["platform"] = platform
    if (source := extras.get("cobi_source")) is not None:
        made["source"] = source
    if (recommendation := extras.get("cobi_recommendation_id")) is not None:
        made["recommendation_id"] = recommendation
    return made


# --- Cobi to Miso ----------------------------------------------------------------------------

COBI_TO_MISO = {
    ("PAGE_VIEW", "OFFER"): "product_detail_page_view",
    ("PAGE_VIEW", "SHOP"): "product_detail_page_view",
    ("PAGE_VIEW", "TAG"): "category_page_view",
    ("PAGE_VIEW", "KEYWORD"): "category_page_view",
}

COBI_ACTIONS = {"FILTER_CLICK": "filter_click", "DISCOUNT_CODE": "discount_code"}


def cobi_to_miso(event: Event) -> Event:
    """One Miso event from one Cobi event; what only Cobi has is carried."""
    kind, item_type = event["interaction_type"], event["item_type"]
    when = event["event_timestamp"]
    if not isinstance(when, str):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    extras = {"cobi_item_type": item_type}
    made = {"timestamp": when, "context": {"custom_context": extras}}
    if kind == "PAGE_VIEW":
        made["type"] = COBI_TO_MISO[kind, item_type]
    elif kind == "SHARE":
        made["type"] = "share"
    else:
        made["type"] = "custom"
        made["custom_action_name"] = COBI_ACTIONS[kind]
    if item_type == "OFFER" or item_type == "SHOP":
        made["product_ids"] = [event["item_id"]]
    else:
        extras["cobi_item_id"] = event["item_id"]
    if (student := event.get("student_id")) is not None:
        made["user_id"] = student
    if (user := event.get("user_id")) is not None:
        made["anonymous_id"] = user
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
    return made


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
    """One Go Shops event for each product of a Miso event."""
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


PAIRS: dict[tuple[str, str], Callable[..., Any]] = {
    ("goshops", "miso"): goshops_to_miso,
    ("miso", "cobi"): miso_to_cobi,
    ("cobi", "miso"): cobi_to_miso,
    ("miso", "goshops"): miso_to_goshops,
}
