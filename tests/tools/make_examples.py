"""Generate examples/*.ndjson: the examples of the spec, then random events of the same shop.

    python -m tests.tools.make_examples

The seed is fixed, so the files are reproducible. All data is fictitious.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.tools.analytics_examples import ga4, segment
from tests.tools.maker import (
    BRANDS,
    CAMPAIGN,
    CITIES,
    GROUPS,
    PATHS,
    TYPES,
    WORDS,
    Event,
    Maker,
    amount,
    page,
    some,
)
from tests.tools.recommendation_examples import algolia, personalize, retail
from tests.tools.shipped import ROOT
from tests.tools.snowplow_examples import snowplow
from tests.tools.xapi_examples import xapi

COUNT = 220
NUMBERS = 40


def goshops(make: Maker) -> Event:
    """A Go Shops event."""
    date = make.clock() if make.chance(0.1) else make.time()
    action = make.pick(["view", "view", "view", "like", "cart", "purchase"])
    data = {"event": action, "item": make.product(), "customer": make.user(), "date": date}
    return {"project": make.pick(["shop-1", "shop-2"]), "data": data}


def aisquare(make: Maker) -> Event:
    """An AISquare event."""
    actions = ["view", "view", "like", "unlike", "share", "bookmark", "unbookmark", "comment"]
    number = make.random.randint(1, NUMBERS)
    if make.chance(0.1):
        number += 2**63
    return {
        "resource_type": make.pick(TYPES),
        "resource_id": number,
        "interaction_type": make.pick(actions),
    }


def cobi(make: Maker) -> Event:
    """A Cobi event."""
    event: Event = {
        "interaction_type": make.pick(
            ["PAGE_VIEW", "PAGE_VIEW", "SHARE", "FILTER_CLICK", "DISCOUNT_CODE"]
        ),
        "item_type": make.pick(["OFFER", "OFFER", "SHOP", "TAG", "KEYWORD"]),
        "item_id": make.pick(make.offers),
        "event_timestamp": make.random.randint(1714521600, 1717200000)
        if make.chance(0.6)
        else make.time(),
    }
    if make.chance(0.6):
        event["student_id"] = make.pick([*make.students, None])
    if make.chance(0.5):
        event["user_id"] = f"{make.random.getrandbits(128):032x}"
    if make.chance(0.4):
        event["city"], event["country"] = make.pick(CITIES)
    if make.chance(0.5):
        event["platform"] = make.pick(["ANDROID", "IOS", "WEB", "OTHER"])
    if make.chance(0.3):
        event["source"] = make.pick(["COBI", None])
        event["recommendation_id"] = make.uuid() if event["source"] else None
    return event


def context(make: Maker) -> Event:
    """The context of an event of Miso or of an interaction."""
    fields: Event = {"locale": make.pick(["en-US", "de-DE", "pt-BR"])}
    if make.chance(0.5):
        fields["page"] = {
            "url": f"https://shop.example.com/{make.random.randint(1, 99)}",
            "title": "Item",
        }
    if make.chance(0.3):
        fields["campaign"] = {"name": "spring_sale", "source": "newsletter", "medium": "email"}
    if make.chance(0.4):
        custom: Event = {"theme": make.pick(["dark", "light"]), "ab_test": make.chance(0.5)}
        if make.chance(0.5):
            custom["goshops_project"] = "shop-1"
        fields["custom_context"] = custom
    return fields


MISO: dict[str, tuple[str, ...]] = {
    "product_detail_page_view": ("product_ids", "product_group_ids", "duration"),
    "search": ("search",),
    "add_to_cart": ("product_ids", "quantities"),
    "remove_from_cart": ("product_ids",),
    "checkout": ("product_ids", "quantities", "revenue"),
    "refund": ("product_ids",),
    "subscribe": ("product_ids",),
    "add_to_collection": ("product_ids",),
    "remove_from_collection": ("product_ids",),
    "read": ("product_ids", "duration"),
    "watch": ("product_ids", "duration"),
    "listen": ("product_ids", "duration"),
    "like": ("product_ids",),
    "dislike": ("product_ids",),
    "share": ("product_ids",),
    "rate": ("product_ids", "rating"),
    "bookmark": ("product_ids",),
    "complete": ("product_ids",),
    "impression": ("product_ids",),
    "viewable_impression": ("product_ids",),
    "click": ("product_ids",),
    "home_page_view": ("duration",),
    "category_page_view": ("duration",),
    "promo_page_view": ("product_ids", "duration"),
    "product_image_view": ("product_ids",),
    "custom": ("custom_action_name", "product_ids"),
}


def miso(make: Maker) -> Event:
    """A Miso event."""
    common = ["product_detail_page_view", "add_to_cart", "checkout", "like", "search"]
    kind = make.pick(common) if make.chance(0.4) else make.pick(list(MISO))
    event: Event = {"type": kind}
    products = [make.product() for _ in range(make.pick([1, 1, 1, 2, 3]))]
    values: dict[str, Callable[[], Any]] = {
        "product_ids": lambda: products,
        "quantities": lambda: [make.random.randint(1, 4) for _ in products],
        "product_group_ids": lambda: [make.pick(GROUPS)],
        "duration": lambda: round(make.random.uniform(1, 300), 1),
        "revenue": lambda: round(make.random.uniform(5, 500), 2),
        "rating": lambda: make.pick([0, 1, 2.5, 3, 4, 5]),
        "search": lambda: {"keywords": make.pick(WORDS), "filters": {"size": ["M", "L"]}},
        "custom_action_name": lambda: make.pick(["unlike", "unbookmark", "comment", "filter_click",
                                                "discount_code", "quiz_finished"]),
    }  # fmt: skip
    for field in MISO[kind]:
        optional = field in ("quantities", "product_group_ids", "duration")
        if not optional or make.chance(0.6):
            event[field] = values[field]()
    if make.chance(0.8):
        event["user_id"] = make.user()
    if make.chance(0.5) or "user_id" not in event:
        event["anonymous_id"] = f"{make.random.getrandbits(64):016X}"
    if make.chance(0.95):
        event["timestamp"] = make.time()
    if make.chance(0.2):
        event["miso_id"] = make.uuid()
    if make.chance(0.4):
        event["context"] = context(make)
    return event


ACTIONS = ["view", "category_view", "home_view", "promo_view", "promo_click", "page_view",
           "image_view", "cart_view", "search", "filter", "impression", "viewable_impression",
           "click", "add_to_cart", "remove_from_cart", "checkout_start", "shipping_info",
           "payment_info", "purchase", "refund", "discount_code", "like", "unlike", "dislike",
           "rate", "comment", "share", "bookmark", "unbookmark", "add_to_collection",
           "remove_from_collection", "read", "watch", "listen", "complete", "subscribe", "sign_up",
           "login", "custom"]  # fmt: skip

COMMON_ACTIONS = ["view", "like", "share", "add_to_cart", "purchase"]


def interaction(make: Maker) -> Event:
    """An interaction."""
    action = make.pick(COMMON_ACTIONS) if make.chance(0.3) else make.turn(ACTIONS)
    event: Event = {"action": action}
    if action == "custom":
        event["custom_action"] = make.pick(["quiz_finished", "wish", "conversion"])
    actor = {"id": make.user(), "anonymous_id": f"{make.random.getrandbits(64):016x}"}
    event["actor"] = {key: value for key, value in actor.items() if make.chance(0.7)}
    if action not in ("category_view", "filter", "search"):
        event["items"] = [
            {"id": make.pick(make.offers), "kind": make.pick(["offer", "shop"])}
            if make.chance(0.5)
            else {"id": make.product()}
            for _ in range(make.pick([1, 1, 2]))
        ]
    event["time"] = make.time()
    if action == "rate":
        event["rating"] = make.pick([1, 3.5, 5])
    if make.chance(0.3):
        event["context"] = context(make)
    if make.chance(0.3):
        event["place"] = dict(zip(("city", "country"), make.pick(CITIES), strict=True))
    number = make.random.randint(1, 99)
    for item in event.get("items", ()):
        item |= some(
            make, 0.3, name=lambda: "Mug", brand=lambda: make.pick(BRANDS), variant=lambda: "red",
            categories=lambda: make.pick(PATHS), quantity=lambda: make.random.randint(1, 4),
            price=lambda: amount(make, 50), discount=lambda: amount(make, 5),
            coupon=lambda: "MAY", position=lambda: make.random.randint(1, 9),
        )  # fmt: skip
    if action in ("category_view", "filter", "search"):
        kinds = ["tag", "keyword", "filter", "category"]
        event["facets"] = [
            {"id": make.pick(WORDS) if kind in kinds[2:] else make.pick(make.offers), "kind": kind}
            for kind in kinds[: 1 + number % 4]
        ]
    if action in ("impression", "viewable_impression", "click", "view"):
        event |= some(make, 0.5, list=lambda: {"id": "related", "name": "Related"})
    if action in ("promo_view", "promo_click"):
        event["promotion"] = {"id": f"promo-{number}", "name": "May sale"}
    if action in ("add_to_cart", "remove_from_cart", "cart_view", "checkout_start"):
        event |= some(make, 0.5, cart=lambda: {"id": "cart-7"})
    if action in ("checkout_start", "shipping_info", "payment_info", "purchase", "refund"):
        event["order"] = {"id": f"order-{number}"} | some(
            make, 0.4, tax=lambda: amount(make, 9), shipping=lambda: amount(make, 9),
            discount=lambda: amount(make, 9), coupon=lambda: "MAY", affiliation=lambda: "Shop 1",
        )  # fmt: skip
    if action in ("purchase", "refund"):
        event["revenue"] = amount(make, 200)
    has_price = any("price" in item for item in event.get("items", ()))
    if has_price or "order" in event:
        event |= some(make, 0.9, currency=lambda: make.pick(["EUR", "USD"]))
    if action in ("comment", "rate", "share"):
        event |= some(make, 0.7, text=lambda: make.pick(["I love it", "Très bien"]))
    if action in ("search", "filter"):
        event["search"] = {"keywords": make.pick(WORDS)} | some(
            make, 0.5, filters=lambda: {"size": ["M", "L"]}
        )
    if action in ("read", "watch", "listen", "view", "complete"):
        event |= some(make, 0.5, duration=lambda: make.pick([90.5, 12, 0.25]))
    event |= some(
        make, 0.3, event_id=make.uuid, groups=lambda: [make.pick(GROUPS)],
        session=lambda: {"id": make.pick(["1714564800", "s-1"])},
        platform=lambda: make.pick(["ANDROID", "IOS", "WEB", "OTHER"]),
    )  # fmt: skip
    if make.chance(0.2):
        event["context"] = some(
            make, 0.6, page=lambda: page(make), campaign=lambda: CAMPAIGN, region=lambda: "Bavaria",
            truncated_ip=lambda: "192.0.2.0", user_agent=lambda: "Mozilla/5.0",
        )  # fmt: skip
    if make.chance(0.2):
        event["carried"] = make.pick(CARRIED)
    return event


CARRIED = [
    {"personalize": {"impression": ["a", "b"], "recommendation_id": "RID-1"}},
    {"segment": {"total": 27.5, "sku": ["G-1"], "device": {"type": "ios"}}},
    {"ga4": {"params": {"theme": "dark"}, "value": 5}},
    {"goshops": {"project": "shop-1"}},
]


MAKERS: dict[str, Callable[[Maker], Event]] = {
    "aisquare": aisquare,
    "algolia": algolia,
    "cobi": cobi,
    "ga4": ga4,
    "goshops": goshops,
    "interaction": interaction,
    "miso": miso,
    "personalize": personalize,
    "retail": retail,
    "segment": segment,
    "snowplow": snowplow,
    "xapi": xapi,
}
"""A function for each format that draws an event of it."""


def examples_file(name: str) -> Path:
    """The file with the examples of a format."""
    return ROOT / "examples" / f"{name}.ndjson"


def published(name: str) -> Iterator[Event]:
    """The examples in the spec of a format."""
    document = json.loads((ROOT / "specs" / f"{name}.json").read_text(encoding="utf-8"))
    schema: Any = document
    for step in document["x-event"].removeprefix("#/").split("/"):
        schema = schema[step]
    schemas = [schema]
    mapping = schema.get("discriminator", {}).get("mapping", {})
    for pointer in dict.fromkeys(mapping.values()):
        schemas.append(document["components"]["schemas"][pointer.rsplit("/", 1)[1]])
    for schema in schemas:
        yield from schema.get("examples", ())


def lines(name: str) -> str:
    """The content of the file of a format."""
    make, draw = Maker(name), MAKERS[name]
    events = [*published(name), *(draw(make) for _ in range(COUNT))]
    return "".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in events)


def crosswalk() -> str:
    """A CSV crosswalk with the IDs of the same items in two formats."""
    make = Maker("items")
    ids = [f"{kind}:{number}" for number in range(1, NUMBERS + 1) for kind in TYPES]
    cobi_ids = [*Maker("cobi").offers, *(make.uuid() for _ in ids)]
    rows = zip(ids, cobi_ids, strict=False)
    return "aisquare,cobi\n" + "".join(f"{first},{second}\n" for first, second in rows)


if __name__ == "__main__":
    for name in MAKERS:
        examples_file(name).write_text(lines(name), encoding="utf-8", newline="\n")
    (ROOT / "examples" / "items.csv").write_text(crosswalk(), encoding="utf-8", newline="\n")
