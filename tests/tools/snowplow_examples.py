"""Random events of Snowplow e-commerce."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.tools.maker import Event, Maker

_VENDOR = "iglu:com.snowplowanalytics.snowplow.ecommerce"
_NAMES = {"SKU-1": "Mug", "SKU-2": "Teapot", "00123": "Chaussures de course", "tea": "緑茶"}
_TYPES = ["product_view", "product_view", "list_click", "list_view", "add_to_cart",
          "add_to_cart", "remove_from_cart", "promo_view", "promo_click", "checkout_step",
          "transaction", "transaction", "refund", "trns_error"]  # fmt: skip
_ABOUT_PRODUCTS = frozenset(_TYPES[:7]) | {"transaction"}


def snowplow(make: Maker) -> Event:
    """A Snowplow e-commerce event."""
    kind = str(make.pick(_TYPES))
    currency = make.pick(["EUR", "EUR", "USD", "jpy"])
    action: Event = {"type": kind}
    if kind.startswith("list_") and make.chance(0.8):
        action["name"] = make.pick(["search results", "frequently bought with", None])
    version = make.pick(["1-0-2", "1-0-2", "1-0-2", "1-0-1"])
    event: Event = {key: value() for key, value in _beside(make).items()}
    event["event"] = {
        "schema": f"{_VENDOR}/snowplow_ecommerce_action/jsonschema/{version}",
        "data": action,
    }
    contexts = _entities(make, kind, currency)
    make.random.shuffle(contexts)
    if contexts or make.chance(0.5):
        event["contexts"] = contexts
    return event


def _beside(make: Maker) -> dict[str, Callable[[], Any]]:
    """The enriched fields of an event, some of which the spec does not name."""
    fields: dict[str, tuple[float, Callable[[], Any]]] = {
        "event_id": (0.7, make.uuid),
        "user_id": (0.6, make.user),
        "domain_userid": (0.9, make.uuid),
        "domain_sessionid": (0.7, make.uuid),
        "dvce_created_tstamp": (0.95, make.time),
        "page_url": (0.5, lambda: f"https://shop.example.com/{make.random.randint(1, 99)}"),
        "page_referrer": (0.2, lambda: "https://www.example.org/"),
        "page_title": (0.4, lambda: make.pick(["Item", "Thé vert", "Search & find"])),
        "useragent": (0.3, lambda: "Mozilla/5.0 (X11; Linux x86_64)"),
        "platform": (0.7, lambda: make.pick(["web", "web", "web", "mob", "srv"])),
        "app_id": (0.6, lambda: make.pick(["shop", "shop-de"])),
        "geo_city": (0.3, lambda: make.pick(["Berlin", "São Paulo", "東京"])),
        "collector_tstamp": (0.1, make.time),
        "br_viewwidth": (0.1, lambda: 1280),
    }
    return {name: value for name, (chance, value) in fields.items() if make.chance(chance)}


def _entities(make: Maker, kind: str, currency: str) -> list[Event]:
    """The entities of an event, in the order in which they are written."""
    products = []
    if kind in _ABOUT_PRODUCTS or make.chance(0.1):
        products = [_product(make, currency) for _ in range(make.pick([1, 1, 1, 2, 3]))]
    entities = [_entity("product", product) for product in products]
    if kind in ("add_to_cart", "remove_from_cart") and make.chance(0.7):
        cart = {"total_value": _amount(make), "currency": currency}
        entities.append(_entity("cart", _some(make, {"cart_id": "c-17"}) | cart))
    if kind == "transaction":
        entities.append(_entity("transaction", _transaction(make, currency)))
    if kind == "refund":
        refund = {"transaction_id": make.uuid(), "refund_amount": _amount(make)}
        refund |= {"currency": currency, **_some(make, {"refund_reason": "too small"})}
        entities.append(_entity("refund", refund))
    if kind.startswith("promo_"):
        optional = {"name": "Spring sale", "product_ids": ["SKU-1", "00123"], "position": 1,
                    "creative_id": "banner-7", "type": "banner", "slot": "top"}  # fmt: skip
        promotion = {"id": make.pick(["p-1", "p-2"]), **_some(make, optional)}
        entities.append(_entity("promotion", promotion))
    if kind == "checkout_step":
        optional = {"account_type": "guest", "delivery_method": "express",
                    "billing_postcode": "10115", "marketing_opt_in": make.chance(0.5)}  # fmt: skip
        step = {"step": make.random.randint(1, 4), **_some(make, optional)}
        entities.append(_entity("checkout_step", step))
    if kind == "trns_error":
        optional = {"error_code": "E522", "error_shortcode": "card_declined", "error_type": "soft",
                    "resolution": "retry_allowed"}  # fmt: skip
        entities.append(_entity("transaction_error", _some(make, optional)))
    if make.chance(0.2):
        page = {"type": "product page", **_some(make, {"locale": "de-DE", "language": "German"})}
        entities.append(_entity("page", page))
    if make.chance(0.2):
        optional = {"is_guest": make.chance(0.5), "email": "grace@example.com"}
        entities.append(_entity("user", {"id": make.user(), **_some(make, optional)}))
    if make.chance(0.4):
        schema = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
        entities.append({"schema": schema, "data": {"id": make.uuid()}})
    return entities


def _product(make: Maker, currency: str) -> Event:
    sku = make.pick(list(_NAMES)) if make.chance(0.5) else make.product()
    optional = {
        "name": _NAMES.get(sku, "Item"),
        "quantity": make.random.randint(1, 4),
        "position": make.random.randint(0, 30),
        "list_price": _amount(make),
        "size": "M",
        "variant": "red",
        "brand": "Acme",
        "inventory_status": "in stock",
        "creative_id": "tile-3",
    }
    category = make.pick(["Kitchen/Mugs", "Woman/Shoes/Sneakers", "Tea"])
    required = {"id": sku, "category": category, "price": _amount(make), "currency": currency}
    return required | _some(make, optional)


def _transaction(make: Maker, currency: str) -> Event:
    optional = {
        "tax": _amount(make),
        "shipping": 4.9,
        "discount_code": "SPRING",
        "discount_amount": 5,
        "credit_order": make.chance(0.5),
    }
    return {
        "transaction_id": make.uuid(),
        "revenue": _amount(make),
        "currency": currency,
        "payment_method": make.pick(["card", "invoice"]),
        "total_quantity": make.random.randint(1, 9),
        **_some(make, optional),
    }


def _entity(name: str, data: Event) -> Event:
    return {"schema": f"{_VENDOR}/{name}/jsonschema/1-0-0", "data": data}


def _amount(make: Maker) -> float:
    cents = make.random.randint(0, 50_000)
    return cents // 100 if cents % 100 == 0 else cents / 100


def _some(make: Maker, optional: Event) -> Event:
    """A part of the optional members; some that are left out are null instead."""
    chosen: Event = {}
    for name, value in optional.items():
        draw = make.random.random()
        if draw < 0.5:
            chosen[name] = value
        elif draw < 0.55:
            chosen[name] = None
    return chosen
