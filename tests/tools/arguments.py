"""What callers give beside an event: params, opt-ins and crosswalks that fit a pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.tools.texts import HURTFUL, NAMED_TWICE, UUIDS
from translator import Catalog, Translator
from translator.catalog.catalog import FormatPair

_PLAIN: dict[str, Any] = {
    "project": "corner-shop",
    "user": "customer-17",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "resource_type": "ai_note",
    "item_type": "OFFER",
}
_HURTFUL: dict[str, Any] = {
    "project": HURTFUL["quotes"] + HURTFUL["backslashes"] + HURTFUL["line ends"],
    "user": UUIDS[1],
    "time": "2017-01-01T05:29:60.123456789+05:30",
    "timezone": "America/St_Johns",
    "resource_type": "quest",
    "item_type": "SHOP",
}

ROWS: dict[str, list[dict[str, str]]] = {
    "items": [
        {"goshops": sku, "aisquare": typed, "cobi": uuid, "miso": name, "interaction": name}
        for sku, typed, uuid, name in NAMED_TWICE
    ],
    "users": [
        {"goshops": sku, "cobi": uuid, "miso": typed, "interaction": name}
        for sku, typed, uuid, name in NAMED_TWICE
    ],
}
"""Tables of ids, of which the draw holds some."""


@dataclass(frozen=True, eq=False)
class Given:
    """What one caller gives: a name to show, and the keywords of `Translator`."""

    name: str
    params: Mapping[str, Any]
    allow: tuple[str, ...] = ()
    crosswalks: tuple[str, ...] = ()

    def keywords(self, source: str, target: str) -> dict[str, Any]:
        """Of what is given, what the pair knows."""
        pair = pairs()[source, target]
        known = {use.name for use in pair.params}
        return {
            "params": {key: value for key, value in self.params.items() if key in known},
            "allow": [name for name in self.allow if name in pair.opt_ins],
            "crosswalks": {name: ROWS[name] for name in self.crosswalks if name in pair.crosswalks},
        }


@cache
def pairs() -> dict[tuple[str, str], FormatPair]:
    """What is known of each pair of formats."""
    return {(pair.source, pair.target): pair for pair in Catalog().pairs()}


def _every_opt_in() -> tuple[str, ...]:
    return tuple(sorted({name for pair in pairs().values() for name in pair.opt_ins}))


@cache
def callers() -> tuple[Given, ...]:
    """Callers who give everything, as most do, something, or nothing; the generous ones first."""
    opt_ins = _every_opt_in()
    return (
        Given("plain params", _PLAIN),
        Given("plain params and all opt-ins", _PLAIN, opt_ins),
        Given("hurtful params and all opt-ins", _HURTFUL, opt_ins),
        Given("plain params and crosswalks", _PLAIN, (), ("items", "users")),
        Given("nothing", {}),
        Given("a project and a tag", {"project": "corner-shop", "item_type": "TAG"}, opt_ins),
    )


@cache
def translator(source: str, target: str, given: Given, strict: bool = False) -> Translator:
    """A translator for what is given, made once."""
    return Translator(source, target, strict=strict, **given.keywords(source, target))
