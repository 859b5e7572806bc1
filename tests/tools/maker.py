"""A seeded random generator of the parts of events, which all belong to the same shop."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

SEED = 20240501

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
