"""Random events of the services that search and recommend: Algolia, Personalize and Retail."""

from __future__ import annotations

import json
import string

from tests.tools.maker import Event, Maker

BASKETS = [1, 1, 1, 2, 3]
"""Numbers of items of an event."""

BRANDS = ["brand:apple", "category:books", "size:L", "discount:10%25"]
COLOURS = ["red", "green", "größe 42"]
CATEGORIES = ["Women > Shoes", "Sales > Black Friday", "Tea"]
CURRENCIES = ["EUR", "EUR", "USD", "BRL"]
TOKEN = frozenset(string.ascii_letters + string.digits + "_=/+-")


def visitor(make: Maker) -> str:
    """The ID of a visitor."""
    return f"v{make.random.getrandbits(48):012x}"


def currency(make: Maker) -> str:
    """A currency, sometimes in lower case."""
    code = str(make.pick(CURRENCIES))
    return code.lower() if make.chance(0.1) else code


def amount(make: Maker) -> float:
    """An amount of money."""
    return round(make.random.uniform(1, 200), 2)


def items(make: Maker) -> list[str]:
    """The IDs of the items of an event."""
    return [make.product() for _ in range(make.pick(BASKETS))]


def query(make: Maker) -> str:
    """The ID of a search in Algolia."""
    return f"{make.random.getrandbits(128):032x}"


def price(make: Maker) -> float | str:
    """A price of Algolia: a number, or sometimes a string."""
    value = amount(make)
    return f"{value:.2f}" if make.chance(0.2) else value


ALGOLIA_NAMES = {
    "view": ["Products Viewed", "Product Detail Page Viewed"],
    "click": ["Products Clicked", "Recommended Products Clicked"],
    "addToCart": ["Products Added To Cart"],
    "purchase": ["Products Purchased"],
    "conversion": ["Converted", "Articles Liked"],
    "instantsearch": ["Instantsearch Telemetry"],
}


def algolia(make: Maker) -> Event:
    """An event of Algolia Insights."""
    kinds = ["view", "view", "click", "click", "addToCart", "addToCart", "purchase", "conversion"]
    kind = "instantsearch" if make.chance(0.03) else make.pick(kinds)
    is_goal = kind in ("addToCart", "purchase")
    event: Event = {
        "eventName": make.pick(ALGOLIA_NAMES[kind]),
        "eventType": "conversion" if is_goal else kind,
        "userToken": visitor(make),
    }
    if is_goal:
        event["eventSubtype"] = kind
    user = make.user()
    if set(user) <= TOKEN and make.chance(0.6):
        event["authenticatedUserToken"] = user
    if make.chance(0.9):
        event["timestamp"] = make.random.randint(1714521600_000, 1717200000_000)
    if kind == "instantsearch":
        event["agentID"] = f"agent-{make.random.randint(1, 9)}"
        return event
    event["index"] = make.pick(["shop", "shop_price_asc"])
    if not is_goal and make.chance(0.25):
        event["filters"] = make.random.sample(BRANDS, make.pick([1, 2]))
        return event
    event["objectIDs"] = items(make)
    has_query = make.chance(0.5)
    if has_query and kind in ("click", "addToCart", "conversion"):
        event["queryID"] = query(make)
    if "queryID" in event and kind == "click":
        event["positions"] = [make.random.randint(1, 40) for _ in event["objectIDs"]]
    if is_goal and make.chance(0.7):
        event["objectData"] = [algolia_data(make, has_query=has_query) for _ in event["objectIDs"]]
        event["currency"] = currency(make)
        if make.chance(0.6):
            event["value"] = price(make)
    return event


def algolia_data(make: Maker, *, has_query: bool) -> Event:
    """The element of `objectData` of one item."""
    data: Event = {}
    if make.chance(0.9):
        data |= {"price": price(make), "quantity": make.random.randint(1, 4)}
    if make.chance(0.3):
        data["discount"] = round(make.random.uniform(0, 5), 2)
    if has_query and make.chance(0.6):
        data["queryID"] = query(make)
    return data


PERSONALIZE_TYPES = ["View", "Click", "Purchase", "Watch", "AddToCart", "Like", "Rating", "Share",
                     "Bookmark", "Comment", "AddToCollection", "Read", "Listen", "Complete",
                     "Subscribe", "CheckoutStart", "QuizFinished", "Download"]  # fmt: skip


def personalize(make: Maker) -> Event:
    """An event of Amazon Personalize."""
    common = ["View", "View", "Click", "Purchase", "Watch"]
    kind = make.pick(common) if make.chance(0.4) else make.pick(PERSONALIZE_TYPES)
    event: Event = {"trackingId": make.pick(["tracker-1", "tracker-2"]), "eventType": kind}
    if make.chance(0.8):
        event["userId"] = make.user()
    event["sessionId"] = make.uuid()
    event["itemId"] = make.product()
    seconds = make.random.randint(1714521600, 1717200000)
    event["sentAt"] = seconds + make.pick([0, 0, 0.25, 0.5])
    if make.chance(0.3):
        event["eventId"] = make.uuid()
    if kind == "Rating":
        event["eventValue"] = make.pick([1, 2.5, 4, 5])
    elif kind in ("Purchase", "Watch") and make.chance(0.5):
        event["eventValue"] = amount(make)
    if make.chance(0.3):
        texts = {"device": make.pick(["tv", "phone"]), "colour": make.pick(COLOURS)}
        separators = (", ", ": ") if make.chance(0.2) else (",", ":")
        event["properties"] = json.dumps(texts, separators=separators, ensure_ascii=False)
    if make.chance(0.2):
        event["recommendationId"] = f"RID-{make.random.getrandbits(64):016x}"
        event["impression"] = [event["itemId"], *(make.product() for _ in range(3))]
    if make.chance(0.1):
        event["metricAttribution"] = {"eventAttributionSource": "home page"}
    return event


RETAIL_TYPES = ["detail-page-view", "category-page-view", "home-page-view", "search",
                "add-to-cart", "remove-from-cart", "shopping-cart-page-view",
                "purchase-complete"]  # fmt: skip

WITH_PRODUCTS = frozenset(("detail-page-view", "add-to-cart", "purchase-complete"))
WITH_CART = frozenset(("add-to-cart", "shopping-cart-page-view", "purchase-complete"))


def retail(make: Maker) -> Event:
    """A user event of Google Retail."""
    common = ["detail-page-view", "add-to-cart", "purchase-complete", "search"]
    kind = make.pick(common) if make.chance(0.4) else make.pick(RETAIL_TYPES)
    event: Event = {"eventType": kind, "visitorId": visitor(make)}
    user = {"userId": make.user(), "userAgent": "Mozilla/5.0", "ipAddress": "192.0.2.7"}
    probabilities = {"userId": 0.7, "userAgent": 0.3, "ipAddress": 0.1}
    user = {name: value for name, value in user.items() if make.chance(probabilities[name])}
    if user:
        event["userInfo"] = user
    if make.chance(0.95):
        event["eventTime"] = make.time()
    if make.chance(0.5):
        event["sessionId"] = make.uuid()
    code = currency(make)
    if kind in WITH_PRODUCTS or (kind != "home-page-view" and make.chance(0.5)):
        event["productDetails"] = [retail_product(make, kind, code) for _ in items(make)]
    if kind in WITH_CART and make.chance(0.5):
        event["cartId"] = f"cart-{make.random.randint(1, 99)}"
    if kind == "purchase-complete":
        event["purchaseTransaction"] = retail_transaction(make, code)
    if kind == "search":
        retail_search(make, event)
    if kind == "category-page-view":
        event["pageCategories"] = make.random.sample(CATEGORIES, make.pick([1, 1, 2]))
    retail_page(make, event)
    return event


def retail_product(make: Maker, kind: str, code: str) -> Event:
    """A product of an event."""
    product: Event = {"id": make.product()}
    if make.chance(0.3):
        product["priceInfo"] = {"price": amount(make), "currencyCode": code}
        if make.chance(0.3):
            product["priceInfo"]["originalPrice"] = 250
    details: Event = {"product": product}
    if kind in ("add-to-cart", "purchase-complete") or make.chance(0.3):
        details["quantity"] = make.random.randint(1, 4)
    return details


def retail_transaction(make: Maker, code: str) -> Event:
    """The order of a purchase."""
    order: Event = {"revenue": amount(make), "currencyCode": code}
    if make.chance(0.7):
        order["id"] = f"o-{make.random.randint(1000, 9999)}"
    if make.chance(0.4):
        order["tax"] = round(order["revenue"] * 0.2, 2)
    if make.chance(0.2):
        order["cost"] = round(order["revenue"] * 0.5, 2)
    return order


def retail_search(make: Maker, event: Event) -> None:
    """Add the fields of a search."""
    if make.chance(0.8):
        event["searchQuery"] = make.pick(["running shoes", "thé vert", "50% off"])
    if "searchQuery" not in event or make.chance(0.2):
        event["pageCategories"] = [make.pick(CATEGORIES)]
    if make.chance(0.3):
        event |= {"filter": 'brands: ANY("acme")', "orderBy": "price desc", "offset": 24}
    if make.chance(0.2):
        suggestion = {"selectedSuggestion": "shoes", "selectedPosition": 0}
        event["completionDetail"] = {"completionAttributionToken": "c-1", **suggestion}


def retail_page(make: Maker, event: Event) -> None:
    """Add the page, and what only Retail has."""
    if make.chance(0.6):
        event["uri"] = f"https://shop.example.com/{make.random.randint(1, 99)}"
        event["pageViewId"] = make.uuid()
    if make.chance(0.3):
        event["referrerUri"] = "https://shop.example.com/"
    if make.chance(0.3):
        event["attributionToken"] = f"token-{make.random.getrandbits(64):016x}"
    if make.chance(0.2):
        event["experimentIds"] = ["group-a"]
        event["entity"] = "shop.example.com"
    if make.chance(0.2):
        event["attributes"] = {"colour": {"text": [make.pick(COLOURS)]}, "age": {"numbers": [3.5]}}
    if make.chance(0.1):
        panel = {"panelId": "p-1", "panelPosition": 1, "totalPanels": 2}
        event["panels"] = [{**panel, "productDetails": [{"product": {"id": make.product()}}]}]
