"""An independent validator: the jsonschema library, with formats implemented from the RFCs."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import jsonschema

from tests.tools.shipped import ROOT
from translator.schema.spec import input_document, output_document

Json = Any


@cache
def document(name: str) -> dict[str, Any]:
    """The spec of a format as parsed JSON."""
    spec: dict[str, Any] = json.loads((ROOT / "specs" / f"{name}.json").read_text("utf-8"))
    return spec


# RFC 3339, section 5.6, rule by rule.
_GRAMMAR = re.compile(
    "(?P<fullyear>[0-9]{4})-(?P<month>[0-9]{2})-(?P<mday>[0-9]{2})"
    "[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.][0-9]+)?"
    "(?:[Zz]|(?P<sign>[+-])(?P<off_hour>[0-9]{2}):(?P<off_minute>[0-9]{2}))"
)
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LAST_HOUR, _LAST_MINUTE, _LEAP, _DAY = 23, 59, 60, 1440


def is_date_time(text: str) -> bool:
    """Whether a string is an RFC 3339 date-time: its grammar, then the limits of section 5.7."""
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        return False
    part = {name: int(digits) for name, digits in match.groupdict("0").items() if name != "sign"}
    # Year 0 is a leap year like 400; the calendar module begins with year 1.
    year = part["fullyear"] or 400
    if not 1 <= part["month"] <= 12 or not 1 <= part["mday"] <= monthrange(year, part["month"])[1]:
        return False
    for hour, minute in (("hour", "minute"), ("off_hour", "off_minute")):
        if part[hour] > _LAST_HOUR or part[minute] > _LAST_MINUTE:
            return False
    if part["second"] != _LEAP:
        return part["second"] < _LEAP
    offset = (part["off_hour"] * 60 + part["off_minute"]) * (-1 if match["sign"] == "-" else 1)
    return (part["hour"] * 60 + part["minute"] - offset) % _DAY == _DAY - 1


format_checker = jsonschema.FormatChecker(formats=())
format_checker.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))
format_checker.checks("date", ValueError)(
    lambda value: not isinstance(value, str) or value == str(date.fromisoformat(value))
)
format_checker.checks("uuid")(
    lambda value: not isinstance(value, str) or _UUID.fullmatch(value) is not None
)
_IRI_CHARACTER = r"(?:[^\x00-\x20\x7f-\x9f\"#%<>\[\\\]^`{|}\ue000-\uf8ff]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_IRI_CHARACTER}*(?:#{_IRI_CHARACTER}*)?")
format_checker.checks("iri")(
    lambda value: not isinstance(value, str) or _IRI.fullmatch(value) is not None
)
format_checker.checks("uri")(
    lambda value: (
        not isinstance(value, str) or (value.isascii() and _IRI.fullmatch(value) is not None)
    )
)


def _max_bytes(_validator: Json, limit: int, value: Json, _schema: Json) -> Iterator[Exception]:
    """Check the keyword `x-max-bytes`."""
    if isinstance(value, str) and len(value.encode()) > limit:
        yield jsonschema.ValidationError(f"{value!r} has more than {limit} bytes")


_SPACES = r"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What white space is in ECMA-262."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of ECMA-262, whose `$` does not match before a newline, and other white space."""
    spaces = re.sub(r"(\[[^]]*)\\s", lambda match: match[1] + _SPACES, pattern)
    return re.compile(re.sub(r"\$$", r"\\Z", spaces.replace(r"\s", f"[{_SPACES}]")))


def _pattern(_validator: Json, pattern: str, value: Json, _schema: Json) -> Iterator[Exception]:
    """Check a pattern."""
    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _multiple_of(_validator: Json, step: float, value: Json, _schema: Json) -> Iterator[Exception]:
    """Check `multipleOf` on the decimal digits: 19.99 is a multiple of 0.01."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and Fraction(repr(value)) % Fraction(repr(step)):
        yield jsonschema.ValidationError(f"{value!r} is not a multiple of {step!r}")


SchemaValidator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {"x-max-bytes": _max_bytes, "pattern": _pattern, "multipleOf": _multiple_of},
)


class Validator:
    """Validates events of a format: any that may be read, or only those that may be written."""

    def __init__(self, document: dict[str, Any], *, for_output: bool) -> None:
        spec = (output_document if for_output else input_document)(document)
        self._components = spec["components"]
        event = spec
        for step in spec["x-event"].removeprefix("#/").split("/"):
            event = event[step]
        discriminator = event.get("discriminator", {})
        self._discriminator = discriminator.get("propertyName")
        self._whole = self._validator(spec["x-event"])
        # The discriminator selects the one variant of a oneOf whose const it equals.
        self._variants = {
            value: self._validator(pointer)
            for value, pointer in discriminator.get("mapping", {}).items()
        }

    def _validator(self, pointer: str) -> Json:
        schema = {"$ref": pointer, "components": self._components}
        return SchemaValidator(schema, format_checker=format_checker)

    def _validator_of(self, event: Json) -> Json:
        is_union = self._discriminator and isinstance(event, dict)
        value = event.get(self._discriminator) if is_union else None
        return self._variants.get(value, self._whole) if isinstance(value, str) else self._whole

    def is_valid(self, event: Json) -> bool:
        """Whether an event is valid."""
        return bool(self._validator_of(event).is_valid(event))

    def validate(self, event: Json) -> None:
        """Raise `jsonschema.ValidationError` unless an event is valid."""
        self._validator_of(event).validate(event)


@cache
def input_validator(name: str) -> Validator:
    """The validator of events that a format accepts."""
    return Validator(document(name), for_output=False)


@cache
def output_validator(name: str) -> Validator:
    """The validator of events that may be written in a format."""
    return Validator(document(name), for_output=True)


def identical(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal in value and type: 15, 15.0 and true all differ."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return bool(left == right)
