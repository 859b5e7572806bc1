"""The codecs on single values, implemented from the table in docs/mappings.md.

Conversions use the standard library only, except for `linear`, whose rounding is defined by
`translator.runtime.numbers`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
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


def plain_date_time(value: Json) -> str:
    """A date-time in capitals; not a leap second."""
    if date_time(value)[17:19] == "60":
        raise OutOfDomain
    return str(value).upper()


def epoch_to_string(value: Json, per_second: int) -> str:
    """The UTC date-time of seconds (`per_second` 1), milliseconds or microseconds since 1970."""
    if not is_whole(value):
        raise OutOfDomain
    seconds, rest = divmod(int(value), per_second)
    if per_second == 10**6 and rest % 1000 == 0:
        rest, per_second = rest // 1000, 1000
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        raise OutOfDomain from None
    digits = len(str(per_second)) - 1
    fraction = f".{rest:0{digits}}" if rest else ""
    return f"{moment.isoformat()}{fraction}Z"


def fraction_to_string(value: Json) -> str:
    """The UTC date-time of seconds since 1970, with all digits of the fraction."""
    if not is_number(value) or not -62_135_596_800 <= value < 253_402_300_800:
        raise OutOfDomain
    exact = Fraction(repr(value))
    string = epoch_to_string(math.floor(exact), 1)
    digits = format(Decimal(repr(value)), "f").partition(".")[2].rstrip("0")
    if not digits:
        return string
    numerator = int((exact - math.floor(exact)) * 10 ** len(digits))
    return f"{string[:-1]}.{numerator:0{len(digits)}}Z"


def string_to_fraction(value: Json) -> int | float:
    """The seconds of a date-time since 1970, if a number has all digits of the fraction."""
    return in_full(exact_seconds(value))


def in_full(exact: Fraction) -> int | float:
    """A number that is written with exactly these digits."""
    if exact.denominator == 1:
        return int(exact)
    try:
        number = float(exact)
    except OverflowError:
        raise OutOfDomain from None
    if not math.isfinite(number) or Fraction(repr(number)) != exact:
        raise OutOfDomain
    return number


def string_to_epoch(value: Json, per_second: int, *, cut: bool = False) -> int:
    """The whole units of a date-time since 1970; with `cut`, the last one before it."""
    exact = exact_seconds(value) * per_second
    if exact.denominator != 1 and not cut:
        raise OutOfDomain
    return math.floor(exact)


def exact_seconds(value: Json) -> Fraction:
    """The seconds of a date-time since 1970; a leap second has none."""
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
    return seconds + Fraction(f"0{match[7] or '.0'}")


DURATION = re.compile(
    r"P(?=.)((?P<W>\d+)W)?((?P<D>\d+)D)?"
    r"(T(?=.)((?P<H>\d+)H)?((?P<M>\d+)M)?((?P<S>\d+(\.\d{1,2})?)S)?)?",
    re.ASCII,
)


def duration_to_seconds(value: Json) -> int | float:
    """The seconds of an ISO 8601 duration without years and months."""
    if not isinstance(value, str) or len(value) > 300:
        raise OutOfDomain
    match = DURATION.fullmatch(value)
    if match is None:
        raise OutOfDomain
    sizes = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
    parts = (Fraction(match[unit] or 0) * size for unit, size in sizes.items())
    return in_full(sum(parts, Fraction()))


def seconds_to_duration(value: Json) -> str:
    """An ISO 8601 duration of seconds with at most two decimals."""
    digits = number_to_string(value)
    if value < 0 or len(digits.partition(".")[2]) > 2 or len(digits) > 297:
        raise OutOfDomain
    return f"PT{digits}S"


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


def number(value: Json) -> Json:
    """A finite number, or that of a plain decimal string."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        if len(value) > MAX_DIGITS:
            raise OutOfDomain
        return in_full(Fraction(value))
    if not is_number(value) or (isinstance(value, float) and not math.isfinite(value)):
        raise OutOfDomain
    return value


def shift(value: Json, by: float) -> int | float:
    """The exact sum of two numbers."""
    if not is_number(value) or not -(10**300) <= value <= 10**300:
        raise OutOfDomain
    return in_full(Fraction(repr(value)) + Fraction(repr(by)))


def text(value: Json) -> str:
    if not isinstance(value, str):
        raise OutOfDomain
    return value


def upper(value: Json) -> str:
    """A string with capitals for the letters a to z."""
    return "".join(char.upper() if "a" <= char <= "z" else char for char in text(value))


def lower(value: Json) -> str:
    """A string with small letters for the letters A to Z."""
    return "".join(char.lower() if "A" <= char <= "Z" else char for char in text(value))


def same(value: Json, convert: Callable[[Json], str]) -> str:
    """A string that a conversion does not change."""
    if convert(value) != value:
        raise OutOfDomain
    return text(value)


def without_prefix(value: Json, prefix: str) -> str:
    if not text(value).startswith(prefix) or value == prefix:
        raise OutOfDomain
    return text(value).removeprefix(prefix)


def with_prefix(value: Json, prefix: str) -> str:
    return prefix + filled(value)


def filled(value: Json) -> str:
    if text(value) == "":
        raise OutOfDomain
    return text(value)


def parts_of(value: Json, separator: str) -> list[str]:
    """The parts of a string, none of which is empty."""
    return [filled(part) for part in text(value).split(separator)]


def join_parts(value: Json, separator: str) -> str | None:
    """A string that is split into the same parts; None for an empty list."""
    parts = list_of_texts(value)
    string = separator.join(parts)
    if parts and parts_of(string, separator) != parts:
        raise OutOfDomain
    return string if parts else None


def one_part(value: Json, *, last: bool) -> str | None:
    """The one string of a list, or the last one; None for an empty list."""
    parts = list_of_texts(value)
    if len(parts) > 1 and not last:
        raise OutOfDomain
    return parts[-1] if parts else None


def list_of_texts(value: Json) -> list[str]:
    if not isinstance(value, list):
        raise OutOfDomain
    return [filled(part) for part in value]


def depth(value: Json) -> int:
    """How deep lists and objects are nested."""
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0


def json_value(value: Json) -> Json:
    """The value of a string of JSON."""

    def unique(fields: list[tuple[str, Json]]) -> Json:
        if len(dict(fields)) < len(fields):
            raise OutOfDomain
        return dict(fields)

    try:
        parsed = json.loads(text(value), object_pairs_hook=unique)
        json.dumps(parsed, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise OutOfDomain from None
    if parsed is None or depth(parsed) > 60:
        raise OutOfDomain
    return parsed


def json_string(value: Json) -> str:
    """Compact JSON."""
    if depth(value) > 60:
        raise OutOfDomain
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise OutOfDomain from None


def group(value: Json, key: str, item: str) -> Json:
    """Lists of values by key, of a list of pairs."""
    grouped: dict[str, list[Json]] = {}
    for pair in value if isinstance(value, list) else [None]:
        fields = pair if isinstance(pair, dict) else {}
        fields = {name: field for name, field in fields.items() if field is not None}
        if set(fields) != {key, item}:
            raise OutOfDomain
        grouped.setdefault(text(fields[key]), []).append(fields[item])
    return grouped


def flatten(value: Json, key: str, item: str) -> Json:
    """A list of pairs, of lists of values by key."""
    if not isinstance(value, dict):
        raise OutOfDomain
    present = {name: items for name, items in value.items() if items is not None}
    for items in present.values():
        if not isinstance(items, list) or not items or None in items:
            raise OutOfDomain
    return [{key: name, item: each} for name, items in present.items() for each in items]


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
