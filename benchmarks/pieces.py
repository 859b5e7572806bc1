"""Decisions about one member each, for the tools that take Python functions where they lack words.

Each gives None where there is nothing to be written.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import handwritten as known
from benchmarks.handwritten import Event, is_uuid


def cobi_interaction(event: Event) -> str:
    """Cobi's interaction_type for a Miso event."""
    if event["type"] == "custom":
        return known.MISO_CUSTOM_TO_COBI[event["custom_action_name"]]
    return known.MISO_TO_COBI[event["type"]]


def cobi_user(event: Event) -> Any:
    """Cobi's user_id for a Miso event: a pseudonym, or a user whose id is no UUID."""
    user = event.get("user_id")
    if (pseudonym := event.get("anonymous_id")) is not None:
        return pseudonym
    return None if user is None or is_uuid(user) else user


def cobi_student(event: Event) -> Any:
    """Cobi's student_id for a Miso event: a user whose id is a UUID."""
    user = event.get("user_id")
    return user if user is not None and is_uuid(user) else None


def miso_type(event: Event) -> str:
    """Miso's type for a Cobi event."""
    kind = event["interaction_type"]
    if kind == "PAGE_VIEW":
        return known.COBI_TO_MISO[kind, event["item_type"]]
    return "share" if kind == "SHARE" else "custom"


def miso_products(event: Event) -> Any:
    """Miso's product_ids for a Cobi event: tags and keywords are no products."""
    return [event["item_id"]] if event["item_type"] in ("OFFER", "SHOP") else None


def miso_facet(event: Event) -> Any:
    """The id that is carried for a Cobi event about a tag or a keyword."""
    return None if event["item_type"] in ("OFFER", "SHOP") else event["item_id"]


def utc(when: Any) -> Any:
    """A date-time as text, for one that may be epoch seconds."""
    if isinstance(when, str):
        return when
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))


def present(made: Event) -> Event:
    """What was written, less the members that are None."""
    return {name: value for name, value in made.items() if value is not None}
