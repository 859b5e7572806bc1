"""Generate examples/*.ndjson: the examples of the spec, then random events of the same shop.

    python -m tests.tools.make_examples

The seed is fixed, so the files are reproducible. All data is fictitious.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DRAFT = ROOT / "vendors-draft"
SEED = 20240501
COUNT = 220
NUMBERS = 40

Event = dict[str, Any]

USERS = ["ada", "u-1001", "u-1002", "grace@example.com", "5b09700", "f5df9ef", "00042"]
SKUS = ["SKU-1", "SKU-2", "123ABC-BLACK", "123ABC-RED", "00123", "tea/green 250g", "ai_note:15"]
GROUPS = ["123ABC", "tea", "sneakers"]
TYPES = ["quest", "ai_note", "ai_expert", "podcast", "collection", "publication", "ai_video",
         "profile"]  # fmt: skip
CITIES = [
    ("Berlin", "Germany"),
    ("São Paulo", "Brazil"),
    ("Zürich", "Switzerland"),
    ("東京", "日本"),
]
WORDS = ["chips", "running shoes", "thé vert", "50% off", "socks & shoes"]
OFFSETS = ["Z", "Z", "Z", "+02:00", "-03:00", "+05:30"]


class Maker:
    """Draws the parts of events from a seeded random generator."""

    def __init__(self, name: str) -> None:
        self.random = random.Random(f"{SEED} {name}")
        self.students = [self.uuid() for _ in range(5)]
        self.offers = [self.uuid() for _ in range(8)]
        self.turns = 0

    def uuid(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def pick(self, values: Any) -> Any:
        """A random element of a list."""
        return self.random.choice(values)

    def turn(self, values: list[str]) -> str:
        """The elements of a list in turn, call by call."""
        self.turns += 1
        return values[self.turns % len(values)]

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.random.random() < probability

    def clock(self) -> str:
        """A local time in May 2024, sometimes with a fraction of a second."""
        day, hour = self.random.randint(1, 31), self.random.randint(0, 23)
        minute, second = self.random.randint(0, 59), self.random.randint(0, 59)
        fraction = f".{self.random.randint(0, 999):03}" if self.chance(0.15) else ""
        return f"2024-05-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}"

    def time(self) -> str:
        """An RFC 3339 date-time."""
        return self.clock() + str(self.pick(OFFSETS))

    def product(self) -> str:
        """A product ID: a UUID, a resource type and number, or a SKU."""
        draw = self.random.random()
        if draw < 0.3:
            return str(self.pick(self.offers))
        if draw < 0.5:
            return f"{self.pick(TYPES)}:{self.random.randint(1, 99)}"
        return str(self.pick(SKUS))

    def user(self) -> str:
        """A user ID."""
        return str(self.pick(self.students if self.chance(0.4) else USERS))


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


ACTIONS = ["view", "category_view", "home_view", "promo_view", "image_view", "search", "like",
           "unlike", "dislike", "share", "bookmark", "unbookmark", "comment", "rate",
           "add_to_cart", "remove_from_cart", "checkout", "purchase", "refund", "subscribe",
           "add_to_collection", "remove_from_collection", "read", "watch", "listen", "complete",
           "impression", "viewable_impression", "click", "filter", "discount_code",
           "custom"]  # fmt: skip


def interaction(make: Maker) -> Event:
    """An interaction."""
    common = ["view", "like", "share", "add_to_cart", "purchase"]
    action = make.pick(common) if make.chance(0.4) else make.pick(ACTIONS)
    event: Event = {"action": action}
    if action == "custom":
        event["custom_action"] = make.pick(["quiz_finished", "wish"])
    actor = {"id": make.user(), "anonymous_id": f"{make.random.getrandbits(64):016x}"}
    event["actor"] = {key: value for key, value in actor.items() if make.chance(0.7)}
    if action in ("category_view", "filter"):
        event["facets"] = [{"id": make.pick(make.offers), "kind": make.pick(["tag", "keyword"])}]
    else:
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
    if make.chance(0.2):
        event["carried"] = {"goshops": {"project": "shop-1"}}
    return event


BRANDS = ["Acme", "Nordlicht", "Ōtomo"]
PATHS = [["Kitchen"], ["Kitchen", "Mugs"], ["Apparel", "Adult", "Shirts"], ["Thés & cafés"],
         ["Home", "Kitchen", "Tableware", "Cups", "Mugs", "Large"]]  # fmt: skip
CURRENCIES = ["EUR", "EUR", "USD", "usd"]


def some(make: Maker, probability: float, **draws: Callable[[], Any]) -> Event:
    """Draw some of the fields, each with the same probability."""
    return {name: draw() for name, draw in draws.items() if make.chance(probability)}


def amount(make: Maker, highest: float) -> float:
    """An amount of money."""
    return round(make.random.uniform(1, highest), 2)


def page(make: Maker) -> Event:
    """The page on which something happened."""
    url = f"https://shop.example.com/{make.random.randint(1, 99)}"
    return {"url": url} | some(
        make, 0.4, referrer=lambda: "https://shop.example.com/", title=lambda: "Item"
    )


CAMPAIGN = {"name": "spring_sale", "source": "Google", "medium": "cpc", "term": "mugs",
            "content": "textlink"}  # fmt: skip


def segment_product(make: Maker, *, path: bool) -> Event:
    """A product of a track call; its category is a path, or one name."""
    names: list[str] = make.pick(PATHS)
    return {"product_id": make.product()} | some(
        make,
        0.4,
        sku=lambda: f"G-{make.random.randint(10, 99)}",
        name=lambda: "Mug",
        brand=lambda: make.pick(BRANDS),
        variant=lambda: make.pick(["red", "blue"]),
        category=lambda: " / ".join(names) if path else names[-1],
        quantity=lambda: make.random.randint(1, 4),
        price=lambda: amount(make, 50),
        coupon=lambda: "MAY",
        position=lambda: make.pick([0, 1, 2, 3]),
        url=lambda: f"https://shop.example.com/{make.random.randint(1, 99)}",
        image_url=lambda: "https://shop.example.com/mug.png",
    )


SEGMENT_PRODUCT = ["Product Viewed", "Product Clicked", "Product Added", "Product Removed",
                   "Product Added to Wishlist", "Product Removed from Wishlist",
                   "Wishlist Product Added to Cart", "Product Shared",
                   "Product Reviewed"]  # fmt: skip

SEGMENT: dict[str, tuple[str, ...]] = {
    "Products Searched": ("query",),
    "Product List Viewed": ("list_id", "category", "products"),
    "Product List Filtered": ("list_id", "category", "filters", "sorts", "products"),
    "Promotion Viewed": ("promotion_id", "creative", "promotion_name", "promotion_position"),
    "Promotion Clicked": ("promotion_id", "creative", "promotion_name", "promotion_position"),
    "Cart Viewed": ("cart_id", "value", "products"),
    "Cart Shared": ("cart_id", "share_via", "share_message", "recipient", "products"),
    "Checkout Started": ("order_id", "value", "revenue", "shipping", "tax", "discount", "coupon",
                         "affiliation", "products"),
    "Checkout Step Viewed": ("checkout_id", "step", "shipping_method", "payment_method"),
    "Checkout Step Completed": ("checkout_id", "step", "shipping_method", "payment_method"),
    "Payment Info Entered": ("checkout_id", "order_id", "step", "shipping_method",
                             "payment_method"),
    "Order Updated": ("order_id", "total", "revenue", "shipping", "tax", "products"),
    "Order Completed": ("checkout_id", "order_id", "affiliation", "subtotal", "total", "revenue",
                        "shipping", "tax", "discount", "coupon", "products"),
    "Order Refunded": ("order_id", "total", "products"),
    "Order Cancelled": ("order_id", "total", "products"),
    "Coupon Entered": ("order_id", "cart_id", "coupon_id"),
    "Coupon Applied": ("order_id", "cart_id", "coupon_id", "coupon_name", "discount"),
    "Coupon Denied": ("order_id", "cart_id", "coupon_id", "coupon_name"),
    "Coupon Removed": ("order_id", "cart_id", "coupon_id", "coupon_name", "discount"),
    "Quiz Finished": ("products", "value"),
}  # fmt: skip


def segment(make: Maker) -> Event:
    """A track call of Segment."""
    common = ["Product Viewed", "Product Added", "Order Completed", "Products Searched"]
    every = [*SEGMENT_PRODUCT, *SEGMENT]
    name = make.pick(common) if make.chance(0.3) else make.turn(every)
    event: Event = {"type": "track", "event": name}
    users = {"userId": make.user(), "anonymousId": make.uuid()}
    event |= make.pick([users, {"userId": users["userId"]}, {"anonymousId": users["anonymousId"]}])
    is_path = make.chance(0.2)
    if name in SEGMENT_PRODUCT:
        properties = segment_product(make, path=is_path)
        properties |= some(make, 0.3, list_id=lambda: "related", cart_id=lambda: "cart-7",
                           value=lambda: amount(make, 50))  # fmt: skip
        if "Wishlist" in name:
            properties |= {"wishlist_id": "wish-1", "wishlist_name": "Birthday"}
        if name == "Product Shared":
            properties |= {"share_via": "email", "share_message": "Look!", "recipient": "Ada"}
        if name == "Product Reviewed":
            properties |= {"review_id": f"r-{make.random.randint(1, 9)}"}
            properties |= some(
                make,
                0.7,
                rating=lambda: make.pick(["5", "3.5", 4, 0]),
                review_body=lambda: make.pick(["I love it", "Très bien"]),
            )
    else:
        properties = segment_list(make, SEGMENT[name], path=is_path)
    if any(key in properties for key in ("price", "value", "revenue", "total", "products")):
        properties |= some(make, 0.8, currency=lambda: make.pick(CURRENCIES))
    event["properties"] = properties
    event |= some(make, 0.6, messageId=make.uuid) | some(make, 0.9, timestamp=make.time)
    event |= some(make, 0.05, integrations=lambda: {"All": True})
    if make.chance(0.4):
        event["context"] = some(
            make, 0.4, page=lambda: page(make) | {"path": "/1", "search": "?a=1"},
            locale=lambda: make.pick(["en-US", "de-DE"]),
            userAgent=lambda: "Mozilla/5.0", campaign=lambda: CAMPAIGN, ip=lambda: "192.0.2.7",
            timezone=lambda: "Europe/Berlin", device=lambda: {"type": "ios", "model": "iPhone"},
            traits=lambda: {"plan": "gold", "logins": 5},
        )  # fmt: skip
    return event


def segment_list(make: Maker, names: tuple[str, ...], *, path: bool) -> Event:
    """The properties of a track call that is not about one product."""
    number = make.random.randint(1, 99)
    pairs = [{"type": "size", "value": "M"}, {"type": "size", "value": "L"}]
    values: dict[str, Callable[[], Any]] = {
        "query": lambda: make.pick(WORDS), "list_id": lambda: "related",
        "category": lambda: make.pick(["Kitchen", "Deals"]), "filters": lambda: pairs,
        "sorts": lambda: [{"type": "price", "value": "desc"}], "cart_id": lambda: "cart-7",
        "promotion_id": lambda: f"promo-{number}", "creative": lambda: "banner_2",
        "checkout_id": lambda: f"checkout-{number}", "order_id": lambda: f"order-{number}",
        "step": lambda: make.pick([1, 2, 3]), "shipping_method": lambda: "express",
        "payment_method": lambda: "card", "affiliation": lambda: "Shop 1",
        "coupon": lambda: "MAY", "coupon_id": lambda: "may-2024", "coupon_name": lambda: "May",
        "share_via": lambda: "email", "share_message": lambda: "Look!", "recipient": lambda: "Ada",
        "products": lambda: [segment_product(make, path=path) for _ in range(make.pick([1, 2, 3]))],
    }  # fmt: skip
    properties: Event = {}
    for name in names:
        if name in ("promotion_name", "promotion_position"):
            value = "May sale" if name == "promotion_name" else make.pick(["top", 2])
            properties[name.removeprefix("promotion_")] = value
        elif make.chance(0.7):
            properties[name] = values[name]() if name in values else amount(make, 200)
    return properties


GA4: dict[str, tuple[str, ...]] = {
    "view_item": ("items", "value"),
    "view_item_list": ("items", "item_list_id", "item_list_name"),
    "select_item": ("items", "item_list_id", "item_list_name"),
    "add_to_cart": ("items", "value"),
    "remove_from_cart": ("items", "value"),
    "view_cart": ("items", "value"),
    "begin_checkout": ("items", "value", "coupon"),
    "add_shipping_info": ("items", "value", "coupon", "shipping_tier"),
    "add_payment_info": ("items", "value", "coupon", "payment_type"),
    "purchase": ("items", "value", "transaction_id", "tax", "shipping", "coupon", "affiliation"),
    "refund": ("items", "value", "transaction_id", "tax", "shipping"),
    "search": ("search_term",),
    "view_search_results": ("search_term", "items"),
    "add_to_wishlist": ("items", "value"),
    "share": ("method", "content_type", "item_id"),
    "view_promotion": ("items", "promotion_id", "promotion_name", "creative_name",
                       "creative_slot"),
    "select_promotion": ("items", "promotion_id", "promotion_name", "creative_name"),
    "page_view": (),
    "sign_up": ("method",),
    "login": ("method",),
    "generate_lead": ("value",),
    "select_content": ("content_type", "item_id"),
    "quiz_finished": ("score", "passed"),
}  # fmt: skip


DEVICE = {"category": "mobile", "language": "en-us", "screen_resolution": "390x844",
          "operating_system": "iOS", "operating_system_version": "17.4", "model": "iPhone",
          "brand": "Apple", "browser": "Safari", "browser_version": "17.4"}  # fmt: skip
PLACE = {"region_id": "DE-BE", "country_id": "DE", "subcontinent_id": "155", "continent_id": "150"}


def ga4_item(make: Maker) -> Event:
    """An item of a GA4 event."""
    item: Event = {"item_id": make.product()}
    item |= some(
        make, 0.4, item_name=lambda: "Mug", item_brand=lambda: make.pick(BRANDS),
        item_variant=lambda: "red", quantity=lambda: make.random.randint(1, 4),
        price=lambda: amount(make, 50), discount=lambda: amount(make, 5), coupon=lambda: "MAY",
        index=lambda: make.random.randint(0, 9),
    )  # fmt: skip
    if make.chance(0.4):
        for number, category in enumerate(make.pick(PATHS)[:5], 1):
            item["item_category" + (str(number) if number > 1 else "")] = category
    return item | some(make, 0.05, affiliation=lambda: "Shop 1", location_id=lambda: "ChIJ1",
                       item_list_id=lambda: "related", item_list_name=lambda: "Related",
                       promotion_id=lambda: "promo-1", promotion_name=lambda: "May sale",
                       creative_name=lambda: "banner_2", creative_slot=lambda: "top",
                       glaze=lambda: "matt")  # fmt: skip


def ga4(make: Maker) -> Event:
    """An event of the Measurement Protocol of GA4."""
    common = ["view_item", "add_to_cart", "purchase", "page_view"]
    name = make.pick(common) if make.chance(0.3) else make.turn(list(GA4))
    event: Event = {"client_id": f"{make.random.getrandbits(31)}.{make.random.getrandbits(31)}"}
    event |= some(make, 0.6, user_id=make.user) | {"name": name}
    if make.chance(0.9):
        millis = make.random.randint(1714521600000, 1717200000000)
        event["timestamp_micros"] = millis * 1000 + make.pick([0, 0, 0, 250])
    number = make.random.randint(1, 99)
    values: dict[str, Callable[[], Any]] = {
        "items": lambda: [ga4_item(make) for _ in range(make.pick([1, 1, 2, 3]))],
        "item_list_id": lambda: "related", "item_list_name": lambda: "Related",
        "coupon": lambda: "MAY", "shipping_tier": lambda: "express",
        "payment_type": lambda: "card", "transaction_id": lambda: f"order-{number}",
        "affiliation": lambda: "Shop 1", "search_term": lambda: make.pick(WORDS),
        "method": lambda: make.pick(["email", "Google"]), "content_type": lambda: "product",
        "item_id": make.product, "promotion_id": lambda: f"promo-{number}",
        "promotion_name": lambda: "May sale", "creative_name": lambda: "banner_2",
        "creative_slot": lambda: "top", "score": lambda: number, "passed": lambda: "yes",
    }  # fmt: skip
    params: Event = {}
    for field in GA4[name]:
        if field in ("items", "item_id") or make.chance(0.7):
            params[field] = values[field]() if field in values else amount(make, 200)
    has_price = any("price" in item for item in params.get("items", ()))
    if "value" in params or has_price:
        params |= some(make, 0.9, currency=lambda: make.pick(CURRENCIES))
    params |= some(
        make, 0.3, session_id=lambda: make.pick([1714564800, "1714564800"]),
        engagement_time_msec=lambda: make.pick([100, "250"]),
        page_location=lambda: "https://shop.example.com/", page_title=lambda: "Item",
        page_referrer=lambda: "https://shop.example.com/0", theme=lambda: "dark",
    )  # fmt: skip
    if params:
        event["params"] = params
    return event | some(
        make, 0.15, user_properties=lambda: {"plan": {"value": "gold"}},
        consent=lambda: {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
        device=lambda: DEVICE,
        user_location=lambda: {"city": make.pick(CITIES)[0], **PLACE},
        non_personalized_ads=lambda: True, user_agent=lambda: "Mozilla/5.0",
        ip_override=lambda: "192.0.2.7",
    )  # fmt: skip


ACTIONS_2 = [*(action for action in ACTIONS if action != "checkout"), "promo_click", "page_view",
             "cart_view", "checkout_start", "shipping_info", "payment_info", "sign_up",
             "login"]  # fmt: skip


def interaction_2(make: Maker) -> Event:
    """An interaction of version 2 of the hub format."""
    event = interaction(make)
    if event["action"] == "checkout" or make.chance(0.7):
        event["action"] = make.turn(ACTIONS_2)
        event.pop("custom_action", None)
        if event["action"] == "custom":
            event["custom_action"] = make.pick(["quiz_finished", "wish", "conversion"])
    action = event["action"]
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
        event["facets"] = [{"id": make.pick(WORDS), "kind": kind} for kind in kinds[: number % 5]]
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
    "goshops": goshops,
    "aisquare": aisquare,
    "cobi": cobi,
    "miso": miso,
    "interaction": interaction,
}

DRAFTS: dict[str, Callable[[Maker], Event]] = {
    "segment": segment,
    "ga4": ga4,
    "interaction": interaction_2,
}
"""The formats in the folder of drafts, which have no mappings yet."""


def published(name: str, root: Path = ROOT) -> Iterator[Event]:
    """The examples in the spec of a format."""
    document = json.loads((root / "specs" / f"{name}.json").read_text(encoding="utf-8"))
    schema: Any = document
    for step in document["x-event"].removeprefix("#/").split("/"):
        schema = schema[step]
    schemas = [schema]
    mapping = schema.get("discriminator", {}).get("mapping", {})
    for pointer in dict.fromkeys(mapping.values()):
        schemas.append(document["components"]["schemas"][pointer.rsplit("/", 1)[1]])
    for schema in schemas:
        yield from schema.get("examples", ())


def lines(name: str, root: Path = ROOT) -> str:
    """The content of the file of a format."""
    make = Maker(name)
    draw = (DRAFTS if root == DRAFT else MAKERS)[name]
    events = [*published(name, root), *(draw(make) for _ in range(COUNT))]
    return "".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in events)


def crosswalk() -> str:
    """A CSV crosswalk with the IDs of the same items in two formats."""
    make = Maker("items")
    ids = [f"{kind}:{number}" for number in range(1, NUMBERS + 1) for kind in TYPES]
    cobi_ids = [*Maker("cobi").offers, *(make.uuid() for _ in ids)]
    rows = zip(ids, cobi_ids, strict=False)
    return "aisquare,cobi\n" + "".join(f"{first},{second}\n" for first, second in rows)


if __name__ == "__main__":
    EXAMPLES.mkdir(exist_ok=True)
    (DRAFT / "examples").mkdir(exist_ok=True)
    for name in MAKERS:
        (EXAMPLES / f"{name}.ndjson").write_text(lines(name), encoding="utf-8", newline="\n")
    for name in DRAFTS:
        text = lines(name, DRAFT)
        (DRAFT / "examples" / f"{name}.ndjson").write_text(text, encoding="utf-8", newline="\n")
    (EXAMPLES / "items.csv").write_text(crosswalk(), encoding="utf-8", newline="\n")
