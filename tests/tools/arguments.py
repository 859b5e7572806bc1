"""The callers of the laws: params, opt-ins and crosswalks that fit a pair of formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.tools.strings import HOSTILE, SYNONYMS, UUIDS
from translator import Catalog, Translator
from translator.catalog.catalog import FormatPair

_PLAIN: dict[str, Any] = {
    "project": "corner-shop",
    "user": "customer-17",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "resource_type": "ai_note",
    "item_type": "OFFER",
    "client": "visitor-1",
    "currency": "EUR",
    "home_page": "https://shop.example.com",
    "item_prefix": "https://example.com/",
    "tracking_id": "tracker-7",
    "session": "session-1",
    "anonymous_id": "visitor-1",
    "category_separator": "/",
    "index": "shop",
    "user_token": "visitor-1",
    "visitor": "visitor-1",
    "category": "Lamps",
    "payment_method": "card",
    "total_quantity": 3,
}
_HOSTILE: dict[str, Any] = {
    "project": HOSTILE["quotes"] + HOSTILE["backslashes"] + HOSTILE["line ends"],
    "user": UUIDS[1],
    "time": "2017-01-01T05:29:60.123456789+05:30",
    "timezone": "America/St_Johns",
    "resource_type": "quest",
    "item_type": "SHOP",
    "client": HOSTILE["quotes"] + HOSTILE["backslashes"] + HOSTILE["line ends"],
    "currency": "CHF",
    "home_page": "urn:example:shop",
    "item_prefix": "urn:example:",
    "tracking_id": HOSTILE["quotes"] + HOSTILE["backslashes"],
    "session": HOSTILE["quotes"] + HOSTILE["line ends"],
    "anonymous_id": HOSTILE["quotes"] + HOSTILE["backslashes"] + HOSTILE["line ends"],
    "category_separator": " / ",
    "index": "shop_2.products-new",
    "user_token": "a-b_c=/+1",
    "visitor": HOSTILE["quotes"] + HOSTILE["backslashes"],
    "category": HOSTILE["quotes"] + HOSTILE["backslashes"],
    "payment_method": HOSTILE["quotes"] + HOSTILE["line ends"],
    "total_quantity": 0,
}

_ANY_ID = ("algolia", "ga4", "interaction", "miso", "personalize", "retail", "segment", "snowplow")
"""Formats whose ids are any strings."""

CROSSWALKS: dict[str, list[dict[str, str]]] = {
    "items": [
        {"goshops": sku, "aisquare": typed, "cobi": uuid, "xapi": f"urn:uuid:{uuid}"}
        | dict.fromkeys(_ANY_ID, name)
        for sku, typed, uuid, name in SYNONYMS
    ],
    "users": [
        {"goshops": sku, "cobi": uuid, "xapi": sku} | dict.fromkeys(_ANY_ID, name) | {"miso": typed}
        for sku, typed, uuid, name in SYNONYMS
    ],
}
"""Crosswalks with some of the IDs that are drawn."""


@dataclass(frozen=True, eq=False)
class Caller:
    """The arguments of one caller, with a name for messages."""

    name: str
    params: Mapping[str, Any]
    allow: tuple[str, ...] = ()
    crosswalks: tuple[str, ...] = ()

    def keywords(self, source: str, target: str) -> dict[str, Any]:
        """The keyword arguments of `Translator`: those that the pair has."""
        pair = pairs()[source, target]
        params = {use.name for use in pair.params}
        return {
            "params": {key: value for key, value in self.params.items() if key in params},
            "allow": [name for name in self.allow if name in pair.opt_ins],
            "crosswalks": {
                name: CROSSWALKS[name] for name in self.crosswalks if name in pair.crosswalks
            },
        }


NO_ARGUMENTS = Caller("nothing", {})


@cache
def catalog() -> Catalog:
    """The shipped formats."""
    return Catalog()


@cache
def pairs() -> dict[tuple[str, str], FormatPair]:
    """Each pair of formats with its params, opt-ins and crosswalks."""
    return {(pair.source, pair.target): pair for pair in catalog().pairs()}


@cache
def callers() -> tuple[Caller, ...]:
    """Callers who give all, some or no arguments; those with the most arguments first."""
    opt_ins = tuple(sorted({name for pair in pairs().values() for name in pair.opt_ins}))
    return (
        Caller("plain params", _PLAIN),
        Caller("plain params and all opt-ins", _PLAIN, opt_ins),
        Caller("hostile params and all opt-ins", _HOSTILE, opt_ins),
        Caller("plain params and crosswalks", _PLAIN, (), ("items", "users")),
        NO_ARGUMENTS,
        Caller("a project and a tag", {"project": "corner-shop", "item_type": "TAG"}, opt_ins),
    )


@cache
def translator(source: str, target: str, caller: Caller, strict: bool = False) -> Translator:
    """The cached translator of a pair for a caller."""
    return Translator(source, target, strict=strict, **caller.keywords(source, target))
