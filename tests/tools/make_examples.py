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

from tests.tools.recommendation_examples import algolia, personalize, retail

ROOT = Path(__file__).parents[2]
DRAFTS = ROOT / "vendors-draft"
"""Where the specs and examples of formats are that no mapping relates yet."""

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

    def uuid(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def pick(self, values: Any) -> Any:
        """A random element of a list."""
        return self.random.choice(values)

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


MAKERS: dict[str, Callable[[Maker], Event]] = {
    "goshops": goshops,
    "aisquare": aisquare,
    "cobi": cobi,
    "miso": miso,
    "interaction": interaction,
    "algolia": algolia,
    "personalize": personalize,
    "retail": retail,
}


def home(name: str) -> Path:
    """The folder that has the folders of the spec and the examples of a format."""
    return DRAFTS if (DRAFTS / "specs" / f"{name}.json").exists() else ROOT


def examples_file(name: str) -> Path:
    """The file with the examples of a format."""
    return home(name) / "examples" / f"{name}.ndjson"


def published(name: str) -> Iterator[Event]:
    """The examples in the spec of a format."""
    document = json.loads((home(name) / "specs" / f"{name}.json").read_text(encoding="utf-8"))
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
    make = Maker(name)
    events = [*published(name), *(MAKERS[name](make) for _ in range(COUNT))]
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
