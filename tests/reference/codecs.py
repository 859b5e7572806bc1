"""The codecs on single values, implemented from the table in docs/mappings.md.

Conversions use the standard library only, except for `linear`, whose rounding is defined by
`translator.runtime.numbers`.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.tools.independent_validator import Json, is_date_time
from translator.runtime.numbers import linear as linear_of

MAX_DIGITS = 4300

DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
EXTENDED = (
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)[Tt](?P<H>\d\d):(?P<M>\d\d)(:(?P<S>\d\d)(?P<f>[.,]\d+)?)?"
)
BASIC = r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[Tt](?P<H>\d\d)(?P<M>\d\d)((?P<S>\d\d)(?P<f>[.,]\d+)?)?"
OFFSET = r"(?P<off>[Zz]|(?P<sign>[+-])(?P<oh>\d\d)(:?(?P<om>\d\d))?)?"


class OutOfDomain(Exception):
    """A value that its codec cannot convert."""


class MissingZone(Exception):
    """A date-time without an offset, where no time zone is given."""


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Json) -> bool:
    return is_number(value) and (isinstance(value, int) or value.is_integer())


def date_time(value: Json) -> Json:
    if isinstance(value, str) and is_date_time(value):
        return value
    raise OutOfDomain


def epoch_to_string(value: Json, per_second: int) -> str:
    """The UTC date-time of whole seconds (`per_second` 1) or milliseconds (1000) since 1970."""
    if not is_whole(value):
        raise OutOfDomain
    seconds, rest = divmod(int(value), per_second)
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        raise OutOfDomain from None
    fraction = f".{rest:03}" if rest else ""
    return f"{moment.isoformat()}{fraction}Z"


def string_to_epoch(value: Json, per_second: int) -> int:
    """The whole seconds or milliseconds of a date-time since 1970; a leap second has none."""
    if not isinstance(value, str) or not is_date_time(value):
        raise OutOfDomain
    match = DATE_TIME.fullmatch(value)
    assert match is not None
    year, month, day, hour, minute, second = (int(group) for group in match.groups()[:6])
    if second == 60:
        raise OutOfDomain
    # Year 0 is 400 years, or 146097 days, before year 400, and a leap year, too.
    days = date(year or 400, month, day).toordinal() - (0 if year else 146_097)
    offset = int(match[9] or 0) * 60 + int(match[10] or 0)
    minutes = hour * 60 + minute - (-offset if match[8] == "-" else offset)
    seconds = (days - date(1970, 1, 1).toordinal()) * 86_400 + minutes * 60 + second
    if not -62_135_596_800 <= seconds <= 253_402_300_799:
        raise OutOfDomain
    exact = (seconds + Fraction(f"0{match[7] or '.0'}")) * per_second
    if exact.denominator != 1:
        raise OutOfDomain
    return int(exact)


def iso_to_string(value: Json, zone: str | None) -> str:
    """An ISO 8601 date-time in RFC 3339 format."""
    if not isinstance(value, str):
        raise OutOfDomain
    if is_date_time(value):
        return value
    match = re.fullmatch(EXTENDED + OFFSET, value, re.ASCII)
    match = match or re.fullmatch(BASIC + OFFSET, value, re.ASCII)
    if match is None:
        raise OutOfDomain
    part = match.groupdict()
    seconds = part["S"] or "00"
    local = f"{part['y']}-{part['m']}-{part['d']}T{part['H']}:{part['M']}"
    fraction = (part["f"] or "").replace(",", ".")
    if part["off"] is None:
        # A leap second has the offset of the second before it.
        second = "59" if seconds == "60" else seconds
        if not is_date_time(f"{local}:{second}Z"):
            raise OutOfDomain
        if zone is None:
            raise MissingZone
        offset = _offset_of(f"{local}:{second}", ZoneInfo(zone))
    else:
        offset = f"{part['sign']}{part['oh']}:{part['om'] or '00'}" if part["sign"] else "Z"
    text = f"{local}:{seconds}{fraction}{offset}"
    if not is_date_time(text):
        raise OutOfDomain
    return text


def _offset_of(local: str, zone: ZoneInfo) -> str:
    """The offset of a time zone at a local time that occurs exactly once, as in +02:00."""
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    except ValueError:  # year 0000
        raise OutOfDomain from None
    offset = moment.utcoffset()
    if offset is None or offset != moment.replace(fold=1).utcoffset() or offset.seconds % 60:
        raise OutOfDomain
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def number_to_string(value: Json) -> str:
    """A number as a plain decimal, without a point if it is whole."""
    if not is_number(value):
        raise OutOfDomain
    if is_whole(value):
        if not -(10**MAX_DIGITS) < value < 10**MAX_DIGITS:
            raise OutOfDomain
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def string_to_number(value: Json) -> int | float:
    """The number of a string, if `number_to_string` returns the same string for it."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        raise OutOfDomain
    if len(value.split(".")[0].lstrip("-")) > MAX_DIGITS:
        raise OutOfDomain
    number = float(value) if "." in value else int(value)
    if not math.isfinite(number) or number_to_string(number) != value:
        raise OutOfDomain
    return number


def numeric_string(value: Json) -> Json:
    return string_to_number(value) if isinstance(value, str) else number_to_string(value)


def linear(value: Json, source: tuple[float, float], target: tuple[float, float]) -> Json:
    if not is_number(value):
        raise OutOfDomain
    try:
        return linear_of(value, *source, *target)
    except ValueError:
        raise OutOfDomain from None


def join(parts: tuple[str | int, ...], values: list[Json], enums: list[list[Json] | None]) -> str:
    """The string of a template. It must be split into the same values again."""
    strings = [number_to_string(value) if is_number(value) else str(value) for value in values]
    text = "".join(part if isinstance(part, str) else strings[part] for part in parts)
    kinds = ["number" if is_number(value) else "string" for value in values]
    if split(parts, text, enums, kinds) != dict(enumerate(strings)):
        raise OutOfDomain
    return text


def split(
    parts: tuple[str | int, ...], text: str, enums: list[list[Json] | None], kinds: list[str]
) -> dict[int, str]:
    """The strings of a template's fields by index; empty if the text does not match.

    An enum matches its longest value; a string ends at the next separator, the last at the end.
    """
    pattern = ""
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pattern += re.escape(part)
        elif (listed := enums[part]) is not None:
            longest = sorted((str(value) for value in listed), key=len, reverse=True)
            pattern += f"(?P<m{part}>{'|'.join(map(re.escape, longest))})"
        elif kinds[part] == "integer":
            pattern += f"(?P<m{part}>-?[0-9]+)"
        elif kinds[part] == "number":
            pattern += rf"(?P<m{part}>-?[0-9]+(\.[0-9]+)?)"
        elif any(isinstance(part, int) for part in parts[position + 1 :]):
            pattern += rf"(?P<m{part}>((?!{re.escape(str(parts[position + 1]))}).)*)"
        else:
            pattern += f"(?P<m{part}>.*)"
    match = re.fullmatch(pattern, text, re.DOTALL)
    if match is None:
        return {}
    return {part: match[f"m{part}"] for part in parts if isinstance(part, int)}
