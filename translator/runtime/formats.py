"""What emitted code asks of texts most: a validator tells in half the time of Python's patterns.

To import one takes longer than to translate a few events, so the first texts are told by patterns.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from translator.runtime.times import COMMON_RFC3339

PATTERN_CALLS = 100
"""So many texts are told by a pattern before a validator is imported, which then tells all."""

_UUID_PATTERN = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "date-time": (COMMON_RFC3339, {"pattern": f"^(?:{COMMON_RFC3339})$"}),
    "uuid": (_UUID_PATTERN, {"format": "uuid"}),
}
"""Each form as a pattern, and as a schema. Of date-times it is the one without leaps."""

RAW_MATCHERS = {"matches_rfc3339": "date-time", "matches_uuid": "uuid"}
"""What emitted code calls to tell a form of texts; it may raise UnicodeEncodeError."""


@cache
def exact_matcher(format_name: str) -> Callable[[Any], bool]:
    """What tells texts of a form. Raises UnicodeEncodeError for half of a surrogate pair."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(_FORMATS[format_name][1], validate_formats=True)
    return validator.is_valid


def adaptive_matcher(
    format_name: str, namespace: dict[str, Any], name: str
) -> Callable[[Any], bool]:
    """What tells the first texts of a form, until it puts what tells all others into `space`."""
    if "jsonschema_rs" in sys.modules:
        return exact_matcher(format_name)
    full_match: Callable[[str], object] | None = None
    remaining = PATTERN_CALLS

    def match(string: Any) -> bool:
        nonlocal full_match, remaining
        if full_match is None:
            full_match = re.compile(_FORMATS[format_name][0]).fullmatch
        remaining -= 1
        if remaining <= 0:
            namespace[name] = exact_matcher(format_name)
        # As the validator has it: what is no text is not asked for the form of one.
        return not isinstance(string, str) or full_match(string) is not None

    return match


def is_common_rfc3339(string: str) -> bool:
    """Whether a text is a date-time of RFC 3339 that has no leap day and no leap second."""
    try:
        return _is_common_rfc3339(string)
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def is_uuid(string: str) -> bool:
    """Whether a text is of the lexical form of a UUID (RFC 9562, section 4), of any version."""
    try:
        return _uuid(string)
    except UnicodeEncodeError:
        return False


_is_common_rfc3339 = adaptive_matcher("date-time", globals(), "_is_common_rfc3339")

_uuid = adaptive_matcher("uuid", globals(), "_uuid")
