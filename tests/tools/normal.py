"""The normal form of an event: what it looks like after a round trip.

Nulls and unknown fields are gone, 15.0 is 15, epoch seconds are a UTC date-time, and ISO 8601
dates are in RFC 3339 format. Nothing else may change.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.tools.judging import is_date_time

Json = Any

_FIELDS = {
    "goshops": ("event", "item", "customer", "date"),
    "aisquare": ("resource_type", "resource_id", "interaction_type"),
    "cobi": ("interaction_type", "user_id", "student_id", "item_type", "item_id", "city", "country",
             "platform", "event_timestamp", "source", "recommendation_id"),
}  # fmt: skip


def normal(name: str, event: Json, timezone: str | None) -> Json:
    """The normal form of an event of a format without free keys."""
    if name == "goshops":
        data = _select(event["data"], _FIELDS[name])
        data["date"] = date_time(data["date"], timezone)
        return {"project": event["project"], "data": data}
    fields = _select(event, _FIELDS[name])
    if name == "aisquare":
        fields["resource_id"] = int(fields["resource_id"])
    if name == "cobi" and not isinstance(fields["event_timestamp"], str):
        since_epoch = timedelta(seconds=int(fields["event_timestamp"]))
        fields["event_timestamp"] = f"{(datetime(1970, 1, 1) + since_epoch).isoformat()}Z"
    return fields


def _select(event: Json, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: event[name] for name in names if event.get(name) is not None}


def date_time(text: str, timezone: str | None) -> str:
    """The RFC 3339 format of an ISO 8601 calendar date-time."""
    if is_date_time(text):
        return text
    day, _, rest = text.partition("T")
    clock, offset = re.fullmatch(r"(.*?)(Z|[+-].*)?", rest).groups()  # type: ignore[union-attr]
    day, clock = day.replace("-", ""), clock.replace(":", "")
    clock, point, fraction = clock.replace(",", ".").partition(".")
    day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    clock = f"{clock[:2]}:{clock[2:4]}:{clock[4:] or '00'}"
    if offset is None:
        assert timezone is not None
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(timezone))
        offset = moment.isoformat()[len("2024-05-01T12:00:00") :]
    elif offset != "Z":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        offset = f"{offset[0]}{digits[:2]}:{digits[2:]}"
    return f"{day}T{clock}{point}{fraction}{offset}"
