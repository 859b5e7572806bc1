"""The codecs on single values, by the tables of docs/mappings.md.

Texts, numbers and moments are converted here with the standard library alone. The one exception
is `linear`, whose rounding is defined by `translator.runtime.numbers` and tested in tests/numbers.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.tools.judging import Json, is_date_time
from translator.runtime.numbers import linear as linear_of

MOST_DIGITS = 4300

DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
EXTENDED = (
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)[Tt](?P<H>\d\d):(?P<M>\d\d)(:(?P<S>\d\d)(?P<f>[.,]\d+)?)?"
)
BASIC = r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[Tt](?P<H>\d\d)(?P<M>\d\d)((?P<S>\d\d)(?P<f>[.,]\d+)?)?"
OFFSET = r"(?P<off>[Zz]|(?P<sign>[+-])(?P<oh>\d\d)(:?(?P<om>\d\d))?)?"


class Unfit(Exception):
    """A value outside the domain of its codec."""


class NeedsZone(Exception):
    """A date-time without an offset, and no zone to tell it."""


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Json) -> bool:
    return is_number(value) and (isinstance(value, int) or value.is_integer())


def date_time(value: Json) -> Json:
    if isinstance(value, str) and is_date_time(value):
        return value
    raise Unfit


def epoch_to_text(value: Json, per_second: int) -> str:
    """A whole number of seconds (1 of them a second) or milliseconds (1000), as UTC."""
    if not is_whole(value):
        raise Unfit
    seconds, rest = divmod(int(value), per_second)
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        raise Unfit from None
    fraction = f".{rest:03}" if rest else ""
    return f"{moment.isoformat()}{fraction}Z"


def text_to_epoch(value: Json, per_second: int) -> int:
    """The whole seconds or milliseconds at which a date-time is; no leap second has any."""
    if not isinstance(value, str) or not is_date_time(value):
        raise Unfit
    match = DATE_TIME.fullmatch(value)
    assert match is not None
    year, month, day, hour, minute, second = (int(one) for one in match.groups()[:6])
    if second == 60:
        raise Unfit
    # Year 0 lies 400 years, of 146097 days, before year 400, and is a leap year as that one is.
    days = date(year or 400, month, day).toordinal() - (0 if year else 146_097)
    away = int(match[9] or 0) * 60 + int(match[10] or 0)
    minutes = hour * 60 + minute - (-away if match[8] == "-" else away)
    since = (days - date(1970, 1, 1).toordinal()) * 86_400 + minutes * 60 + second
    if not -62_135_596_800 <= since <= 253_402_300_799:
        raise Unfit
    exact = (since + Fraction(f"0{match[7] or '.0'}")) * per_second
    if exact.denominator != 1:
        raise Unfit
    return int(exact)


def iso_to_text(value: Json, zone: str | None) -> str:
    """An ISO 8601 date-time in the spelling of RFC 3339."""
    if not isinstance(value, str):
        raise Unfit
    if is_date_time(value):
        return value
    match = re.fullmatch(EXTENDED + OFFSET, value, re.ASCII)
    match = match or re.fullmatch(BASIC + OFFSET, value, re.ASCII)
    if match is None:
        raise Unfit
    part = match.groupdict()
    seconds = part["S"] or "00"
    local = f"{part['y']}-{part['m']}-{part['d']}T{part['H']}:{part['M']}"
    fraction = (part["f"] or "").replace(",", ".")
    if part["off"] is None:
        # A leap second has the offset of the second before it.
        before = "59" if seconds == "60" else seconds
        if not is_date_time(f"{local}:{before}Z"):
            raise Unfit
        if zone is None:
            raise NeedsZone
        offset = _offset_of(f"{local}:{before}", ZoneInfo(zone))
    else:
        offset = f"{part['sign']}{part['oh']}:{part['om'] or '00'}" if part["sign"] else "Z"
    text = f"{local}:{seconds}{fraction}{offset}"
    if not is_date_time(text):
        raise Unfit
    return text


def _offset_of(local: str, zone: ZoneInfo) -> str:
    """The offset of a zone at a local time that occurs once, in hours and minutes."""
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    except ValueError:  # year 0000
        raise Unfit from None
    away = moment.utcoffset()
    if away is None or away != moment.replace(fold=1).utcoffset() or away.seconds % 60:
        raise Unfit
    minutes = away // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def number_to_string(value: Json) -> str:
    """A number in plain decimals, a whole one without a point."""
    if not is_number(value):
        raise Unfit
    if is_whole(value):
        if not -(10**MOST_DIGITS) < value < 10**MOST_DIGITS:
            raise Unfit
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def string_to_number(value: Json) -> int | float:
    """The number of a text that its number would be written as again."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        raise Unfit
    if len(value.split(".")[0].lstrip("-")) > MOST_DIGITS:
        raise Unfit
    number = float(value) if "." in value else int(value)
    if not math.isfinite(number) or number_to_string(number) != value:
        raise Unfit
    return number


def numeric_string(value: Json) -> Json:
    return string_to_number(value) if isinstance(value, str) else number_to_string(value)


def linear(value: Json, source: tuple[float, float], target: tuple[float, float]) -> Json:
    if not is_number(value):
        raise Unfit
    try:
        return linear_of(value, *source, *target)
    except ValueError:
        raise Unfit from None


def join(parts: tuple[str | int, ...], values: list[Json], enums: list[list[Json] | None]) -> str:
    """The text of a template, which must be one that is split into the same members again."""
    texts = [number_to_string(one) if is_number(one) else str(one) for one in values]
    text = "".join(one if isinstance(one, str) else texts[one] for one in parts)
    kinds = ["number" if is_number(one) else "string" for one in values]
    if split(parts, text, enums, kinds) != dict(enumerate(texts)):
        raise Unfit
    return text


def split(
    parts: tuple[str | int, ...],
    text: str,
    enums: list[list[Json] | None],
    kinds: list[str],
) -> dict[int, str]:
    """The texts of a template's members; the empty dict where it is of another form.

    An enum's longest value counts; a text goes up to what separates it, the last one to the end.
    """
    pattern = ""
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pattern += re.escape(part)
        elif (listed := enums[part]) is not None:
            longest = sorted((str(one) for one in listed), key=len, reverse=True)
            pattern += f"(?P<m{part}>{'|'.join(map(re.escape, longest))})"
        elif kinds[part] == "integer":
            pattern += f"(?P<m{part}>-?[0-9]+)"
        elif kinds[part] == "number":
            pattern += rf"(?P<m{part}>-?[0-9]+(\.[0-9]+)?)"
        elif any(isinstance(one, int) for one in parts[position + 1 :]):
            pattern += rf"(?P<m{part}>((?!{re.escape(str(parts[position + 1]))}).)*)"
        else:
            pattern += f"(?P<m{part}>.*)"
    match = re.fullmatch(pattern, text, re.DOTALL)
    if match is None:
        return {}
    return {part: match[f"m{part}"] for part in parts if isinstance(part, int)}
