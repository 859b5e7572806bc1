"""The events that are timed: synthetic, varied, and the same on every run."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

Event = dict[str, Any]

COUNT = 64
"""Number of different events per workload."""

PRODUCTS = 20
"""Number of products in each event of the fan-out workload."""

_ZONES = ("Z", "Z", "-03:00", "+05:30", ".139Z", ".277+02:00")
_CITIES = (
    ("Berlin", "Germany"),
    ("São Paulo", "Brazil"),
    ("東京", "日本"),
    ("Zürich", "Switzerland"),
)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"


def goshops() -> list[Event]:
    """Return Go Shops events of about 140 bytes; every date has an offset."""
    draw = Random("goshops")
    return [
        {
            "project": f"shop-{draw.randint(1, 3)}",
            "data": {
                "event": draw.choice(("view", "like", "cart", "purchase")),
                "item": draw.choice((f"SKU-{draw.randint(1, 999)}", _uuid(draw))),
                "customer": draw.choice((f"u-{draw.randint(1000, 1999)}", _uuid(draw))),
                "date": _time(draw),
            },
        }
        for _ in range(COUNT)
    ]


def rich_miso() -> list[Event]:
    """Return Miso events of about 1 KB with all context fields, translatable to Cobi."""
    draw = Random("rich")
    return [_rich(draw, number) for number in range(COUNT)]


def cobi() -> list[Event]:
    """Return Cobi events, half with epoch seconds, half with strings; some lack optional fields."""
    draw = Random("cobi")
    return [_cobi(draw, number) for number in range(COUNT)]


def carts() -> list[Event]:
    """Return Miso events with `PRODUCTS` products each, half of them with quantities."""
    draw = Random("carts")
    return [_cart(draw, number) for number in range(COUNT)]


def _rich(draw: Random, number: int) -> Event:
    city, country = draw.choice(_CITIES)
    extras: Event = {
        "theme": draw.choice(("dark", "light")),
        "ab_test": draw.random() < 0.5,
        "session_variable_1": ["value_1", "value_2"],
        "cobi_item_type": "OFFER",
        "cobi_city": city,
        "cobi_country": country,
        "cobi_platform": draw.choice(("ANDROID", "IOS", "WEB", "OTHER")),
        "cobi_source": "COBI",
        "cobi_recommendation_id": _uuid(draw),
    }
    event: Event = {
        "type": "product_detail_page_view",
        "product_ids": [_uuid(draw)],
        "product_group_ids": [f"group-{draw.randint(1, 99)}"],
        "duration": draw.randint(10, 2000) / 10,
        "user_id": draw.choice((_uuid(draw), f"u-{draw.randint(1000, 1999)}")),
        "anonymous_id": f"{draw.getrandbits(160):040X}",
        "timestamp": _time(draw),
        "miso_id": _uuid(draw),
        "context": {
            "campaign": {
                "name": "spring_sale",
                "source": "newsletter",
                "medium": "email",
                "term": "running+shoes",
                "content": "textlink",
            },
            "truncated_ip": f"10.1.{draw.randint(0, 255)}.0",
            "locale": draw.choice(("en-US", "de-DE", "pt-BR")),
            "region": "US East",
            "page": {
                "url": f"https://shop.example.com/{draw.randint(1, 999)}",
                "referrer": "https://example.com/",
                "title": "Item",
            },
            "user_agent": _AGENT,
            "custom_context": extras,
        },
    }
    match number % 4:
        case 1:
            event["type"] = "share"
            del event["duration"]
        case 2:
            event |= {"type": "custom", "custom_action_name": "filter_click"}
            del event["duration"]
        case 3:
            event["type"] = "category_page_view"
            extras |= {"cobi_item_type": "TAG", "cobi_item_id": event["product_ids"][0]}
    return event


def _cobi(draw: Random, number: int) -> Event:
    city, country = draw.choice(_CITIES)
    event: Event = {
        "interaction_type": draw.choice(("PAGE_VIEW", "SHARE", "FILTER_CLICK", "DISCOUNT_CODE")),
        "user_id": f"{draw.getrandbits(128):032x}",
        "student_id": _uuid(draw),
        "item_type": draw.choice(("TAG", "OFFER", "SHOP", "KEYWORD")),
        "item_id": _uuid(draw),
        "city": city,
        "country": country,
        "platform": draw.choice(("ANDROID", "IOS", "WEB", "OTHER")),
        "event_timestamp": draw.randint(1_714_521_600, 1_717_199_999)
        if number % 2
        else _time(draw),
        "source": "COBI",
        "recommendation_id": _uuid(draw),
    }
    match number % 4:
        case 2:
            event |= {"student_id": None, "source": None, "recommendation_id": None}
        case 3:
            for name in ("user_id", "city", "country", "source", "recommendation_id"):
                del event[name]
    return event


def _cart(draw: Random, number: int) -> Event:
    event: Event = {
        "type": "add_to_cart" if number % 2 else "product_detail_page_view",
        "product_ids": [f"SKU-{draw.randint(1, 9999)}" for _ in range(PRODUCTS)],
        "user_id": f"u-{draw.randint(1000, 1999)}",
        "timestamp": _time(draw),
    }
    if number % 2:
        event["quantities"] = [draw.randint(1, 5) for _ in range(PRODUCTS)]
    return event


def _time(draw: Random) -> str:
    clock = f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"
    return f"2024-05-{draw.randint(1, 31):02}T{clock}{draw.choice(_ZONES)}"


def _uuid(draw: Random) -> str:
    return str(UUID(int=draw.getrandbits(128), version=4))
