"""An independent judge of events: the jsonschema library, with formats as the RFCs have them."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from translator.schema.spec import output_document

ROOT = Path(__file__).resolve().parents[2]
FORMATS = tuple(sorted(path.stem for path in (ROOT / "specs").glob("*.json")))
PAIRS = tuple((one, other) for one in FORMATS for other in FORMATS if one != other)

Json = Any


@cache
def document(name: str) -> dict[str, Any]:
    """A format's spec, as it is in its file."""
    text = (ROOT / "specs" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


# RFC 3339, section 5.6, rule by rule.
_GRAMMAR = re.compile(
    "(?P<fullyear>[0-9]{4})-(?P<month>[0-9]{2})-(?P<mday>[0-9]{2})"
    "[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.][0-9]+)?"
    "(?:[Zz]|(?P<sign>[+-])(?P<off_hour>[0-9]{2}):(?P<off_minute>[0-9]{2}))"
)
_LAST_HOUR, _LAST_MINUTE, _LEAP, _DAY = 23, 59, 60, 1440


def is_date_time(text: str) -> bool:
    """Whether a text is a date-time of RFC 3339: its grammar, then the limits of section 5.7."""
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        return False
    part = {name: int(digits) for name, digits in match.groupdict("0").items() if name != "sign"}
    # Year 0 is a leap year, as 400 is; the calendar module begins with year 1.
    year = part["fullyear"] or 400
    if not 1 <= part["month"] <= 12 or not 1 <= part["mday"] <= monthrange(year, part["month"])[1]:
        return False
    for hour, minute in (("hour", "minute"), ("off_hour", "off_minute")):
        if part[hour] > _LAST_HOUR or part[minute] > _LAST_MINUTE:
            return False
    if part["second"] != _LEAP:
        return part["second"] < _LEAP
    away = (part["off_hour"] * 60 + part["off_minute"]) * (-1 if match["sign"] == "-" else 1)
    return (part["hour"] * 60 + part["minute"] - away) % _DAY == _DAY - 1


_checker = jsonschema.FormatChecker(formats=())
_checker.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))
_checker.checks("uuid")(
    lambda value: (
        not isinstance(value, str)
        or re.fullmatch("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value) is not None
    )
)


class Judge:
    """Judges the events of a format: all that may be read, or only what may be written."""

    def __init__(self, name: str, *, as_written: bool) -> None:
        whole = output_document(document(name)) if as_written else document(name)
        self._components = whole["components"]
        event = whole
        for step in whole["x-event"].removeprefix("#/").split("/"):
            event = event[step]
        told_by = event.get("discriminator", {})
        self._name = told_by.get("propertyName")
        self._one = self._judge(whole["x-event"])
        # A oneOf over variants that differ in a const is the variant which that value names.
        self._variants = {
            value: self._judge(pointer) for value, pointer in told_by.get("mapping", {}).items()
        }

    def _judge(self, pointer: str) -> jsonschema.Draft202012Validator:
        schema = {"$ref": pointer, "components": self._components}
        return jsonschema.Draft202012Validator(schema, format_checker=_checker)

    def _of(self, event: Json) -> jsonschema.Draft202012Validator:
        value = event.get(self._name) if self._name and isinstance(event, dict) else None
        return self._variants.get(value, self._one) if isinstance(value, str) else self._one

    def is_valid(self, event: Json) -> bool:
        """Whether an event is valid."""
        return bool(self._of(event).is_valid(event))

    def validate(self, event: Json) -> None:
        """Raises `jsonschema.ValidationError` unless an event is valid."""
        self._of(event).validate(event)


@cache
def reads(name: str) -> Judge:
    """The judge of events that a format accepts."""
    return Judge(name, as_written=False)


@cache
def writes(name: str) -> Judge:
    """The judge of events that may be written in a format."""
    return Judge(name, as_written=True)


def exactly(left: Json, right: Json) -> bool:
    """Whether two values of JSON are the same, where 15, 15.0 and true are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(exactly(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(exactly, left, right))
    return bool(left == right)
