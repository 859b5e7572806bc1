"""Random events of the services that analyse and route events: Segment and GA4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.tools.maker import (
    BRANDS,
    CAMPAIGN,
    CITIES,
    CURRENCIES,
    PATHS,
    WORDS,
    Event,
    Maker,
    amount,
    page,
    some,
)


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
