"""The work as glom specs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from glom import SKIP, Coalesce, S, Spec, T, glom

from benchmarks import handwritten as known
from benchmarks import pieces
from benchmarks.handwritten import Event


def _maybe(path: str) -> Any:
    return Coalesce(path, default=SKIP, skip=None)


def _written(piece: Callable[[Event], Any]) -> Callable[[Event], Any]:
    def written(event: Event) -> Any:
        value = piece(event)
        return SKIP if value is None else value

    return written


_GOSHOPS_TO_MISO = {
    "type": ("data.event", known.GOSHOPS_TO_MISO.__getitem__),
    "user_id": "data.customer",
    "timestamp": "data.date",
    "context": {"custom_context": {"goshops_project": "project"}},
    "product_ids": ("data.item", lambda item: [item]),
}

_CARRIED = "context.custom_context.cobi_"
_MISO_TO_COBI = {
    "interaction_type": pieces.cobi_interaction,
    "item_type": Coalesce(f"{_CARRIED}item_type", default=known.ITEM_TYPE),
    "item_id": Coalesce(f"{_CARRIED}item_id", T["product_ids"][0]),
    "event_timestamp": "timestamp",
    "user_id": _written(pieces.cobi_user),
    "student_id": _written(pieces.cobi_student),
    "city": _maybe(f"{_CARRIED}city"),
    "country": _maybe(f"{_CARRIED}country"),
    "platform": _maybe(f"{_CARRIED}platform"),
    "source": _maybe(f"{_CARRIED}source"),
    "recommendation_id": _maybe(f"{_CARRIED}recommendation_id"),
}

_COBI_TO_MISO = {
    "type": pieces.miso_type,
    "custom_action_name": lambda event: known.COBI_ACTIONS.get(event["interaction_type"], SKIP),
    "timestamp": ("event_timestamp", pieces.utc),
    "user_id": _maybe("student_id"),
    "anonymous_id": _maybe("user_id"),
    "product_ids": _written(pieces.miso_products),
    "context": {
        "custom_context": {
            "cobi_item_type": "item_type",
            "cobi_item_id": _written(pieces.miso_facet),
            "cobi_city": _maybe("city"),
            "cobi_country": _maybe("country"),
            "cobi_platform": _maybe("platform"),
            "cobi_source": _maybe("source"),
            "cobi_recommendation_id": _maybe("recommendation_id"),
        }
    },
}

_MISO_TO_GOSHOPS = (
    S(
        project=Coalesce("context.custom_context.goshops_project", default=known.PROJECT),
        action=Spec(("type", known.MISO_TO_GOSHOPS.__getitem__)),
        customer=T["user_id"],
        date=T["timestamp"],
    ),
    "product_ids",
    [
        {
            "project": S.project,
            "data": {"event": S.action, "item": T, "customer": S.customer, "date": S.date},
        }
    ],
)


def _run(event: Event, spec: Any) -> Any:
    return glom(event, spec)


PAIRS = {
    ("goshops", "miso"): partial(_run, spec=_GOSHOPS_TO_MISO),
    ("miso", "cobi"): partial(_run, spec=_MISO_TO_COBI),
    ("cobi", "miso"): partial(_run, spec=_COBI_TO_MISO),
    ("miso", "goshops"): partial(_run, spec=_MISO_TO_GOSHOPS),
}
