"""Recognize date-time and UUID strings, the formats that emitted code checks most often.

A jsonschema_rs validator takes half the time of a regular expression, but importing the library
takes longer than translating a few events. So the first calls use a regular expression.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from translator.runtime.times import COMMON_RFC3339

PATTERN_CALLS = 100
"""How many strings a matcher checks by regular expression before it imports the validator."""

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "date-time": (COMMON_RFC3339, {"pattern": f"^(?:{COMMON_RFC3339})$"}),
    "uuid": ("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", {"format": "uuid"}),
}
"""Each format as a regular expression and as a schema. Date-times exclude leap days and seconds."""


@cache
def exact_matcher(format_name: str) -> Callable[[Any], bool]:
    """Return a fast matcher, which raises UnicodeEncodeError for a lone surrogate."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(_FORMATS[format_name][1], validate_formats=True)
    return validator.is_valid


@cache
def list_matcher(format_name: str) -> Callable[[list[Any]], bool]:
    """Return a matcher of lists whose strings all have a format; faster than one by one."""
    import jsonschema_rs

    schema = {"items": _FORMATS[format_name][1]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid


def adaptive_matcher(
    format_name: str, namespace: dict[str, Any], name: str
) -> Callable[[Any], bool]:
    """Return a matcher that replaces itself, as `name` in `namespace`, by the exact one.

    It does so after `PATTERN_CALLS` calls. If jsonschema_rs is imported already, the exact matcher
    itself is returned.
    """
    if "jsonschema_rs" in sys.modules:
        return exact_matcher(format_name)
    pattern = _FORMATS[format_name][0]
    calls = 0

    def match(string: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == PATTERN_CALLS:
            namespace[name] = exact_matcher(format_name)
        # Like the validator, accept what is not a string: `format` does not apply to it.
        return not isinstance(string, str) or re.fullmatch(pattern, string) is not None

    return match


def is_common_rfc3339(string: str) -> bool:
    """Whether a string is an RFC 3339 date-time without a leap day or leap second."""
    try:
        return _matches_rfc3339(string)
    except UnicodeEncodeError:
        return False


def is_uuid(string: str) -> bool:
    """Whether a string has the form of a UUID (RFC 9562, section 4), of any version."""
    try:
        return _matches_uuid(string)
    except UnicodeEncodeError:
        return False


_matches_rfc3339 = adaptive_matcher("date-time", globals(), "_matches_rfc3339")

_matches_uuid = adaptive_matcher("uuid", globals(), "_matches_uuid")
