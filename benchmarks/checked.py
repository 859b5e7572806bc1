"""The functions of `benchmarks/handwritten.py` with the checks that the translator does.

Each refuses, with a ValueError, every event that the source's spec does not allow, and every one
whose translation the target's spec would not allow; and it takes all others that its twin takes.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from typing import Any

from benchmarks import handwritten
from benchmarks.handwritten import Event, is_uuid

MAX_USER = 512
MAX_ANONYMOUS = 1024
MAX_PRODUCT = 512


class Refused(ValueError):
    """An event that is not valid, or has no translation."""


# --- date-times ------------------------------------------------------------------------------

_RFC3339 = re.compile(
    "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    "[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
    r"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch


def is_date_time(text: str) -> bool:
    """Whether a text is a date-time of RFC 3339, of a day and a second that there was."""
    if _RFC3339(text) is None:
        return False
    if text[8:10] > "28" and int(text[8:10]) > _days(int(text[:4]), int(text[5:7])):
        return False
    return text[17:19] != "60" or _ends_a_day(text)


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if calendar.isleap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _ends_a_day(text: str) -> bool:
    minute = int(text[11:13]) * 60 + int(text[14:16])
    if text[-1] not in "Zz":
        offset = int(text[-5:-3]) * 60 + int(text[-2:])
        minute += offset if text[-6] == "-" else -offset
    return minute % 1440 == 1439


# --- Go Shops to Miso ------------------------------------------------------------------------


def goshops_to_miso(event: Any) -> Event:
    """One Miso event from one Go Shops event. Raises `Refused`."""
    check_goshops(event)
    return valid_goshops_to_miso(event)


def check_goshops(event: Any) -> None:
    """Raises `Refused` for what is no Go Shops event."""
    if not isinstance(event, dict):
        raise Refused("an event is an object")
    project, data = event.get("project"), event.get("data")
    if not isinstance(project, str) or not project:
        raise Refused("project")
    if not isinstance(data, dict):
        raise Refused("data")
    item, customer, date = data.get("item"), data.get("customer"), data.get("date")
    if not isinstance(item, str) or not item:
        raise Refused("data.item")
    if not isinstance(customer, str) or not customer:
        raise Refused("data.customer")
    if not isinstance(date, str) or not date:
        raise Refused("data.date")
    if data.get("event") not in ("view", "like", "cart", "purchase"):
        raise Refused("data.event")


def valid_goshops_to_miso(event: Event) -> Event:
    """One Miso event from one valid Go Shops event. Raises `Refused` where Miso cannot take it."""
    data = event["data"]
    item, customer, date = data["item"], data["customer"], data["date"]
    if len(item) > MAX_PRODUCT:
        raise Refused("data.item")
    if len(customer) > MAX_USER:
        raise Refused("data.customer")
    if not is_date_time(date):
        date = handwritten.respelled(date, handwritten.ZONE)
        if not is_date_time(date):
            raise Refused("data.date")
    return {
        "type": handwritten.GOSHOPS_TO_MISO[data["event"]],
        "user_id": customer,
        "timestamp": date,
        "context": {"custom_context": {"goshops_project": event["project"]}},
        "product_ids": [item],
    }


# --- Miso ------------------------------------------------------------------------------------

_ALWAYS = ("type", "user_id", "anonymous_id", "timestamp", "miso_id", "context",
           "product_ids", "product_group_ids")  # fmt: skip
_MEMBERS = {
    "product_detail_page_view": frozenset((*_ALWAYS, "duration")),
    "category_page_view": frozenset((*_ALWAYS, "duration")),
    "share": frozenset(_ALWAYS),
    "like": frozenset(_ALWAYS),
    "bookmark": frozenset(_ALWAYS),
    "add_to_collection": frozenset(_ALWAYS),
    "add_to_cart": frozenset((*_ALWAYS, "quantities")),
    "checkout": frozenset((*_ALWAYS, "quantities", "revenue")),
    "custom": frozenset((*_ALWAYS, "custom_action_name")),
}
_CONTEXT = {"truncated_ip", "locale", "region", "user_agent", "campaign", "page", "custom_context"}
_CAMPAIGN = {"name", "source", "medium", "term", "content"}
_PAGE = {"url", "referrer", "title"}


def check_miso(event: Any) -> None:
    """Raises `Refused` for what is no Miso event of the types that Cobi or Go Shops can take."""
    try:
        members = _MEMBERS[event["type"]]
    except (KeyError, TypeError):
        raise Refused("type") from None
    if not event.keys() <= members:
        raise Refused("a member that may not stand here")
    if not isinstance(event.get("user_id", ""), str):
        raise Refused("user_id")
    if not isinstance(event.get("anonymous_id", ""), str):
        raise Refused("anonymous_id")
    if "timestamp" in event:
        timestamp = event["timestamp"]
        if not isinstance(timestamp, str) or not is_date_time(timestamp):
            raise Refused("timestamp")
    if "miso_id" in event:
        miso_id = event["miso_id"]
        if not isinstance(miso_id, str) or is_uuid(miso_id) is None:
            raise Refused("miso_id")
    if "product_ids" in event:
        _check_texts(event["product_ids"], "product_ids")
    if "product_group_ids" in event:
        _check_texts(event["product_group_ids"], "product_group_ids")
    if not _is_number(event.get("duration", 0)):
        raise Refused("duration")
    if not _is_number(event.get("revenue", 0)):
        raise Refused("revenue")
    if "quantities" in event:
        _check_quantities(event["quantities"])
    if event["type"] == "custom" and not isinstance(event.get("custom_action_name"), str):
        raise Refused("custom_action_name")
    if "context" in event:
        _check_context(event["context"])


def _check_texts(values: Any, name: str) -> None:
    if not isinstance(values, list):
        raise Refused(name)
    for value in values:
        if not isinstance(value, str):
            raise Refused(name)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_quantities(values: Any) -> None:
    if not isinstance(values, list):
        raise Refused("quantities")
    for value in values:
        if not _is_number(value) or value < 1 or value != int(value):
            raise Refused("quantities")


def _check_context(context: Any) -> None:
    if not isinstance(context, dict) or not context.keys() <= _CONTEXT:
        raise Refused("context")
    for name, value in context.items():
        if name == "custom_context":
            _check_custom(value)
        elif name == "campaign":
            _check_object(value, _CAMPAIGN)
        elif name == "page":
            _check_object(value, _PAGE)
        elif not isinstance(value, str):
            raise Refused(name)


def _check_object(value: Any, members: set[str]) -> None:
    if not isinstance(value, dict) or not value.keys() <= members:
        raise Refused("context")
    for one in value.values():
        if not isinstance(one, str):
            raise Refused("context")


def _check_custom(value: Any) -> None:
    if not isinstance(value, dict):
        raise Refused("custom_context")
    for one in value.values():
        if isinstance(one, list):
            if not all(isinstance(x, str) for x in one) and not all(map(_is_number, one)):
                raise Refused("custom_context")
        elif not isinstance(one, str | int | float):
            raise Refused("custom_context")


# --- Miso to Cobi ----------------------------------------------------------------------------

_PAGES_OF_ITEMS: tuple[str, ...] = ("OFFER", "SHOP")
_PAGES_OF_FACETS: tuple[str, ...] = ("TAG", "KEYWORD")
_ITEM_TYPES: tuple[str, ...] = ("TAG", "OFFER", "SHOP", "KEYWORD")
_PLATFORMS = ("ANDROID", "IOS", "WEB", "OTHER")


def miso_to_cobi(event: Any, item_type: str = handwritten.ITEM_TYPE) -> Event:
    """One Cobi event from one Miso event. Raises `Refused`."""
    check_miso(event)
    return valid_miso_to_cobi(event, item_type)


def valid_miso_to_cobi(event: Event, item_type: str = handwritten.ITEM_TYPE) -> Event:
    """One Cobi event from one valid Miso event. Raises `Refused` where Cobi cannot take it."""
    kind = event["type"]
    if kind == "custom":
        interaction = handwritten.MISO_CUSTOM_TO_COBI.get(event["custom_action_name"])
    else:
        interaction = handwritten.MISO_TO_COBI.get(kind)
    if interaction is None or "timestamp" not in event:
        raise Refused("type")
    extras = event.get("context", {}).get("custom_context", {})
    item = extras.get("cobi_item_id")
    item_type = extras.get("cobi_item_type", item_type)
    allowed = _ITEM_TYPES
    if item is None:
        products = event.get("product_ids", ())
        if len(products) != 1:
            raise Refused("product_ids")
        item = products[0]
    elif "cobi_item_type" in extras:
        allowed = _PAGES_OF_FACETS
    if item_type not in allowed:
        raise Refused("cobi_item_type")
    if interaction == "PAGE_VIEW":
        pages = _PAGES_OF_FACETS if kind == "category_page_view" else _PAGES_OF_ITEMS
        if item_type not in pages:
            raise Refused("cobi_item_type")
    if not isinstance(item, str) or is_uuid(item) is None:
        raise Refused("item_id")
    made = {
        "interaction_type": interaction,
        "item_type": item_type,
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
    _add_carried(made, extras)
    return made


def _add_carried(made: Event, extras: Event) -> None:
    """Add what came from Cobi once. Raises `Refused` where it is not what Cobi allows."""
    if (city := extras.get("cobi_city")) is not None:
        if not isinstance(city, str):
            raise Refused("cobi_city")
        made["city"] = city
    if (country := extras.get("cobi_country")) is not None:
        if not isinstance(country, str):
            raise Refused("cobi_country")
        made["country"] = country
    if (platform := extras.get("cobi_platform")) is not None:
        if platform not in _PLATFORMS:
            raise Refused("cobi_platform")
        made["platform"] = platform
    if (source := extras.get("cobi_source")) is not None:
        if source != "COBI":
            raise Refused("cobi_source")
        made["source"] = source
    if (recommendation := extras.get("cobi_recommendation_id")) is not None:
        if not isinstance(recommendation, str) or is_uuid(recommendation) is None:
            raise Refused("cobi_recommendation_id")
        made["recommendation_id"] = recommendation


# --- Cobi to Miso ----------------------------------------------------------------------------

_INTERACTIONS = ("FILTER_CLICK", "SHARE", "PAGE_VIEW", "DISCOUNT_CODE")
_LAST_SECOND = 99_999_999_999


def cobi_to_miso(event: Any) -> Event:
    """One Miso event from one Cobi event. Raises `Refused`."""
    check_cobi(event)
    return valid_cobi_to_miso(event)


def valid_cobi_to_miso(event: Event) -> Event:
    """One Miso event from one valid Cobi event. Raises `Refused` where Miso cannot take it."""
    user = event.get("user_id")
    if user is not None and len(user) > MAX_ANONYMOUS:
        raise Refused("user_id")
    return handwritten.cobi_to_miso(event)


def check_cobi(event: Any) -> None:
    """Raises `Refused` for what is no Cobi event."""
    if not isinstance(event, dict):
        raise Refused("an event is an object")
    if event.get("interaction_type") not in _INTERACTIONS:
        raise Refused("interaction_type")
    if event.get("item_type") not in _ITEM_TYPES:
        raise Refused("item_type")
    item = event.get("item_id")
    if not isinstance(item, str) or is_uuid(item) is None:
        raise Refused("item_id")
    _check_when(event.get("event_timestamp"))
    user = event.get("user_id")
    if user is not None and not isinstance(user, str):
        raise Refused("user_id")
    student = event.get("student_id")
    if student is not None and (not isinstance(student, str) or is_uuid(student) is None):
        raise Refused("student_id")
    if not isinstance(event.get("city", ""), str):
        raise Refused("city")
    if not isinstance(event.get("country", ""), str):
        raise Refused("country")
    if event.get("platform", "WEB") not in _PLATFORMS:
        raise Refused("platform")
    if event.get("source") not in ("COBI", None):
        raise Refused("source")
    recommendation = event.get("recommendation_id")
    if recommendation is not None and (
        not isinstance(recommendation, str) or is_uuid(recommendation) is None
    ):
        raise Refused("recommendation_id")


def _check_when(when: Any) -> None:
    if isinstance(when, str):
        if not is_date_time(when):
            raise Refused("event_timestamp")
    elif not _is_number(when) or when != int(when) or not 1 <= when <= _LAST_SECOND:
        raise Refused("event_timestamp")


# --- Miso to Go Shops ------------------------------------------------------------------------


def miso_to_goshops(event: Any, project: str = handwritten.PROJECT) -> list[Event]:
    """One Go Shops event for each product of a Miso event. Raises `Refused`."""
    check_miso(event)
    return valid_miso_to_goshops(event, project)


def valid_miso_to_goshops(event: Event, project: str = handwritten.PROJECT) -> list[Event]:
    """One Go Shops event for each product of a valid Miso event. Raises `Refused`."""
    action = handwritten.MISO_TO_GOSHOPS.get(event["type"])
    customer, date = event.get("user_id"), event.get("timestamp")
    products, quantities = event.get("product_ids"), event.get("quantities")
    if action is None or not customer or date is None or not products:
        raise Refused("type")
    if quantities is not None and len(quantities) != len(products):
        raise Refused("quantities")
    extras = event.get("context", {}).get("custom_context", {})
    shop: Any = extras.get("goshops_project", project)
    if not isinstance(shop, str) or not shop:
        raise Refused("goshops_project")
    if "" in products:
        raise Refused("product_ids")
    return [
        {
            "project": shop,
            "data": {"event": action, "item": item, "customer": customer, "date": date},
        }
        for item in products
    ]


PAIRS: dict[tuple[str, str], Callable[..., Any]] = {
    ("goshops", "miso"): goshops_to_miso,
    ("miso", "cobi"): miso_to_cobi,
    ("cobi", "miso"): cobi_to_miso,
    ("miso", "goshops"): miso_to_goshops,
}

VALID_PAIRS: dict[tuple[str, str], Callable[..., Any]] = {
    ("goshops", "miso"): valid_goshops_to_miso,
    ("miso", "cobi"): valid_miso_to_cobi,
    ("cobi", "miso"): valid_cobi_to_miso,
    ("miso", "goshops"): valid_miso_to_goshops,
}
"""The same without judging the source: what the target cannot take is refused all the same."""
