"""The work as jsonbender mappings; it writes None for what is absent, which is dropped after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonbender import Context, F, Forall, OptionalS, S, bend

from benchmarks import handwritten as known
from benchmarks import pieces
from benchmarks.handwritten import Event

_GOSHOPS_TO_MISO = {
    "type": S("data", "event") >> F(known.GOSHOPS_TO_MISO.__getitem__),
    "user_id": S("data", "customer"),
    "timestamp": S("data", "date"),
    "context": {"custom_context": {"goshops_project": S("project")}},
    "product_ids": [S("data", "item")],
}


def _carried(name: str, default: object = None) -> Any:
    return OptionalS("context", "custom_context", f"cobi_{name}", default=default)


def _item(event: Event) -> Any:
    return event["product_ids"][0]


_MISO_TO_COBI = {
    "interaction_type": F(pieces.cobi_interaction),
    "item_type": _carried("item_type", known.ITEM_TYPE),
    "item_id": _carried("item_id") | F(_item),
    "event_timestamp": S("timestamp"),
    "user_id": F(pieces.cobi_user),
    "student_id": F(pieces.cobi_student),
    "city": _carried("city"),
    "country": _carried("country"),
    "platform": _carried("platform"),
    "source": _carried("source"),
    "recommendation_id": _carried("recommendation_id"),
}

_COBI_EXTRAS = {
    "cobi_item_type": S("item_type"),
    "cobi_item_id": F(pieces.miso_facet),
    "cobi_city": OptionalS("city"),
    "cobi_country": OptionalS("country"),
    "cobi_platform": OptionalS("platform"),
    "cobi_source": OptionalS("source"),
    "cobi_recommendation_id": OptionalS("recommendation_id"),
}


def _extras(event: Event) -> Event:
    return pieces.present(bend(_COBI_EXTRAS, event))


_COBI_TO_MISO = {
    "type": F(pieces.miso_type),
    "custom_action_name": S("interaction_type") >> F(known.COBI_ACTIONS.get),
    "timestamp": S("event_timestamp") >> F(pieces.utc),
    "user_id": OptionalS("student_id"),
    "anonymous_id": OptionalS("user_id"),
    "product_ids": F(pieces.miso_products),
    "context": {"custom_context": F(_extras)},
}

_SHARED = {
    "project": OptionalS("context", "custom_context", "goshops_project", default=known.PROJECT),
    "event": S("type") >> F(known.MISO_TO_GOSHOPS.__getitem__),
    "customer": S("user_id"),
    "date": S("timestamp"),
}
_ITEM = {
    "project": Context() >> S("project"),
    "data": {
        "event": Context() >> S("event"),
        "item": S("item"),
        "customer": Context() >> S("customer"),
        "date": Context() >> S("date"),
    },
}


def _miso_to_goshops(event: Event) -> Any:
    shared = bend(_SHARED, event)
    each = Forall(lambda item: bend(_ITEM, {"item": item}, context=shared))
    return bend(S("product_ids") >> each, event)


def _bent(mapping: Any) -> Callable[[Event], Event]:
    def run(event: Event) -> Event:
        return pieces.present(bend(mapping, event))

    return run


PAIRS = {
    ("goshops", "miso"): _bent(_GOSHOPS_TO_MISO),
    ("miso", "cobi"): _bent(_MISO_TO_COBI),
    ("cobi", "miso"): _bent(_COBI_TO_MISO),
    ("miso", "goshops"): _miso_to_goshops,
}
