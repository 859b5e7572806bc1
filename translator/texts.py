"""What emitted code asks of texts most: a validator tells in half the time of Python's patterns.

To import one takes longer than to translate a few events, so the first texts are told by patterns.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from translator.times import USUAL_RFC3339

FIRST = 100
"""So many texts are told by a pattern before a validator is imported, which then tells all."""

_UUID = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"

_FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "date-time": (USUAL_RFC3339, {"pattern": f"^(?:{USUAL_RFC3339})$"}),
    "uuid": (_UUID, {"format": "uuid"}),
}
"""Each form as a pattern, and as a schema. Of date-times it is the one without leaps."""

RAW = {"matches_rfc3339": "date-time", "matches_uuid": "uuid"}
"""What emitted code calls to tell a form of texts; it may raise UnicodeEncodeError."""


@cache
def exactly(form: str) -> Callable[[Any], bool]:
    """What tells texts of a form. Raises UnicodeEncodeError for half of a surrogate pair."""
    import jsonschema_rs

    made = jsonschema_rs.Draft202012Validator(_FORMS[form][1], validate_formats=True)
    return made.is_valid


def teller(form: str, space: dict[str, Any], name: str) -> Callable[[Any], bool]:
    """What tells the first texts of a form, until it puts what tells all others into `space`."""
    if "jsonschema_rs" in sys.modules:
        return exactly(form)
    matches: Callable[[str], object] | None = None
    left = FIRST

    def tell(text: Any) -> bool:
        nonlocal matches, left
        if matches is None:
            matches = re.compile(_FORMS[form][0]).fullmatch
        left -= 1
        if left <= 0:
            space[name] = exactly(form)
        # As the validator has it: what is no text is not asked for the form of one.
        return not isinstance(text, str) or matches(text) is not None

    return tell


def usual_rfc3339(text: str) -> bool:
    """Whether a text is a date-time of RFC 3339 that has no leap day and no leap second."""
    try:
        return _usual(text)
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def is_uuid(text: str) -> bool:
    """Whether a text is of the lexical form of a UUID (RFC 9562, section 4), of any version."""
    try:
        return _uuid(text)
    except UnicodeEncodeError:
        return False


_usual = teller("date-time", globals(), "_usual")
_uuid = teller("uuid", globals(), "_uuid")
