"""The normal form of an event: what it looks like after a round trip.

Nulls and unknown fields are gone, 15.0 is 15, epoch seconds are a UTC date-time, and ISO 8601
dates are in RFC 3339 format. Nothing else may change.
"""

from __future__ import annotations

from typing import Any

from tests.reference.codecs import epoch_to_string, iso_to_string

Json = Any

_FIELDS = {
    "goshops": ("event", "item", "customer", "date"),
    "aisquare": ("resource_type", "resource_id", "interaction_type"),
    "cobi": ("interaction_type", "user_id", "student_id", "item_type", "item_id", "city", "country",
             "platform", "event_timestamp", "source", "recommendation_id"),
}  # fmt: skip


def normal(name: str, event: Json, timezone: str | None) -> Json:
    """The normal form of an event of a format without free keys."""
    data = event["data"] if name == "goshops" else event
    fields = {key: data[key] for key in _FIELDS[name] if data.get(key) is not None}
    if name == "goshops":
        fields["date"] = iso_to_string(fields["date"], timezone)
        return {"project": event["project"], "data": fields}
    if name == "aisquare":
        fields["resource_id"] = int(fields["resource_id"])
    if name == "cobi" and not isinstance(fields["event_timestamp"], str):
        fields["event_timestamp"] = epoch_to_string(fields["event_timestamp"], 1)
    return fields
