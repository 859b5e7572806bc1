"""What emitted code asks of texts most: a validator tells in half the time of Python's patterns."""

from __future__ import annotations

import jsonschema_rs

from translator.times import USUAL_RFC3339

matches_rfc3339 = jsonschema_rs.Draft202012Validator({"pattern": f"^(?:{USUAL_RFC3339})$"}).is_valid
"""Whether a text is a date-time of RFC 3339 that has no leap day and no leap second.

Raises UnicodeEncodeError for half a surrogate pair.
"""

matches_uuid = jsonschema_rs.Draft202012Validator(
    {"format": "uuid"}, validate_formats=True
).is_valid
"""Whether a text is of the lexical form of a UUID. Raises UnicodeEncodeError as the other does."""


OF_UNICODE = {"usual_rfc3339": matches_rfc3339, "is_uuid": matches_uuid}
"""The same functions for texts that were read from UTF-8, which has no halves of pairs."""


def usual_rfc3339(text: str) -> bool:
    """The same of any text."""
    try:
        return matches_rfc3339(text)
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def is_uuid(text: str) -> bool:
    """Whether a text is of the lexical form of a UUID (RFC 9562, section 4), of any version."""
    try:
        return matches_uuid(text)
    except UnicodeEncodeError:
        return False
