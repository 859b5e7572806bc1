"""Recognize RFC 3339 date-times, convert ISO 8601 strings to them; epoch numbers and durations.

Emitted code calls these functions. None of them reads the clock or the machine's timezone.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from translator.runtime.values import format_value

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class NotADateTime(ValueError):
    """A string or number that cannot be converted to the requested kind of date-time."""


class NoOffset(ValueError):
    """A local date-time without an offset from UTC, and no timezone to get one from."""


class NoSuchLocalTime(ValueError):
    """A local date-time that occurs twice or never in its timezone."""


_DAY_OF_MONTH = (
    "(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
)

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _date_time_pattern(days: str, seconds: str) -> str:
    time_of_day = f"[Tt]{_TIME}:(?:{seconds})" r"(?:\.[0-9]+)?" f"(?:[Zz]|[+-]{_TIME})"
    return f"[0-9]{{4}}-(?:{days}){time_of_day}"


COMMON_RFC3339 = _date_time_pattern(_DAY_OF_MONTH, "[0-5][0-9]")
"""A pattern of RFC 3339 date-times, except those on 29 February and those with a leap second.

A regular expression cannot decide whether those two exist.
"""

# The groups match what the pattern cannot decide: 29 February, and a leap second.
_RFC3339 = _date_time_pattern(f"{_DAY_OF_MONTH}|(02-29)", "[0-5][0-9]|(60)")

# The basic format has no `-` and, therefore, no `:` in the time.
_ISO = r"""
    ([0-9]{4}) (-)? ([0-9]{2}) (?(2)-) ([0-9]{2}) [Tt]
    ([0-9]{2}) (?(2):) ([0-9]{2}) (?: (?(2):) ([0-9]{2}) ([.,][0-9]+)? )?
    (?: ([Zz]) | ([+-][0-9]{2}) (?: :? ([0-9]{2}) )? )?
    """


@cache
def _full_matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Compile a pattern lazily, since compiling takes longer than a few translations."""
    return re.compile(pattern, re.VERBOSE).fullmatch


_EPOCH = datetime(1970, 1, 1)

_SECONDS_PER_DAY = 86_400

MIN_SECONDS = -62_135_596_800  # 0001-01-01T00:00:00Z

MAX_SECONDS = 253_402_300_799  # 9999-12-31T23:59:59Z

_MINUTES_PER_DAY = 1440

_MAX_FRACTION_DIGITS = 400
"""More decimals than any number is written with."""

_DAYS_PER_400_YEARS = 146_097


def is_rfc3339(string: str) -> bool:
    """Whether a string is an RFC 3339 date-time, which is JSON Schema's format `date-time`.

    The day must exist in the Gregorian calendar, from year 0000; second 60 is allowed only in the
    last minute of a UTC day; a fraction may have any length; digits are ASCII.
    """
    match = _full_matcher(_RFC3339)(string)
    if match is None:
        return False
    if match.lastindex is None:
        return True
    if match[1] is not None and not isleap(int(string[:4])):
        return False
    if match[2] is None:
        return True
    minute = int(string[11:13]) * 60 + int(string[14:16]) - _offset_minutes(string)
    return minute % _MINUTES_PER_DAY == _MINUTES_PER_DAY - 1


def iso_to_rfc3339(string: str, zone: ZoneInfo | None) -> str:
    """Convert an ISO 8601 calendar date-time to RFC 3339.

    An RFC 3339 date-time is returned unchanged. Otherwise the basic format (`20240501T1200`), a
    comma before the fraction, missing seconds and offsets like `+02` or `+0200` are rewritten;
    the fraction keeps all its digits. A date-time without an offset gets the one of `zone` at that
    time. Not supported: hour 24, an hour without minutes, fractions of a minute, week and ordinal
    dates, and a date without a time.

    Raises:
        NoOffset: the string has no offset, and `zone` is None.
        NoSuchLocalTime: the time occurs twice or never in `zone`.
        NotADateTime: anything else that cannot be converted.

    """
    if is_rfc3339(string):
        return string
    match = _full_matcher(_ISO)(string)
    if match is None:
        raise NotADateTime(
            f"{format_value(string)} is not an ISO 8601 date-time; "
            "write it like 2024-05-01T12:00:00Z or 2024-05-01T12:00:00-03:00"
        )
    year, _, month, day, hour, minute, second, fraction, utc, *offset = match.groups("")
    start = f"{year}-{month}-{day}T{hour}:{minute}"
    time = f"{start}:{second or '00'}{fraction.replace(',', '.')}"
    if utc or offset[0]:
        suffix = "Z" if utc else f"{offset[0]}:{offset[1] or '00'}"
        return _require_valid(time + suffix, string)
    # The local time of a leap second depends on the zone: check the second before it here.
    local = f"{start}:59" if second == "60" else time[:19]
    _require_valid(f"{local}Z", string)
    if zone is None:
        raise NoOffset(f"{format_value(string)} has no offset from UTC; specify its timezone")
    return _require_valid(time + _zone_offset(local, zone), string)


def epoch_seconds_to_rfc3339(n: float) -> str:
    """Convert whole seconds since 1970 (UTC; may be negative) to a date-time ending in `Z`.

    Takes an int, or a float without a fraction, within the years 1 to 9999. Raises `NotADateTime`.
    The inverse is `rfc3339_to_epoch_seconds`.
    """
    return _format_utc(n if n.__class__ is int else _require_integer(n, "seconds"))


def epoch_milliseconds_to_rfc3339(n: float) -> str:
    """Convert whole milliseconds since 1970 (UTC; may be negative) to a date-time ending in `Z`.

    The fraction has three digits, or is absent if it is zero. Takes an int, or a float without a
    fraction, within the years 1 to 9999. Raises `NotADateTime`.
    The inverse is `rfc3339_to_epoch_milliseconds`.
    """
    seconds, milliseconds = divmod(_require_integer(n, "milliseconds"), 1000)
    string = _format_utc(seconds)
    return f"{string[:-1]}.{milliseconds:03d}Z" if milliseconds else string


def epoch_microseconds_to_rfc3339(n: float) -> str:
    """Convert whole microseconds since 1970 (UTC; may be negative) to a date-time ending in `Z`.

    The fraction has six digits, three if that is enough, or is absent if it is zero. Takes what
    `epoch_milliseconds_to_rfc3339` takes. The inverse is `rfc3339_to_epoch_microseconds`.
    """
    seconds, microseconds = divmod(_require_integer(n, "microseconds"), 1_000_000)
    if microseconds % 1000 == 0:
        return epoch_milliseconds_to_rfc3339(seconds * 1000 + microseconds // 1000)
    return f"{_format_utc(seconds)[:-1]}.{microseconds:06d}Z"


def fractional_seconds_to_rfc3339(n: Any) -> str:
    """Convert seconds since 1970 (UTC; may be negative) to a date-time ending in `Z`.

    The fraction has the digits of the number as it is written, without end zeros. Takes a number
    within the years 1 to 9999. Raises `NotADateTime`.
    The inverse is `rfc3339_to_fractional_seconds`.
    """
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise NotADateTime(f"{format_value(n)} is not a number of seconds since 1970")
    if not MIN_SECONDS <= n < MAX_SECONDS + 1:  # also true for NaN and infinity
        raise NotADateTime("the epoch number falls outside the years 1 to 9999")
    seconds, is_fractional = divmod(n, 1)
    string = _format_utc(int(seconds))
    if not is_fractional:
        return string
    from translator.runtime.numbers import number_to_string

    digits = number_to_string(n).partition(".")[2]
    if seconds < 0:  # the fraction counts from the second before
        digits = str(10 ** len(digits) - int(digits)).zfill(len(digits))
    return f"{string[:-1]}.{digits}Z"


def rfc3339_to_epoch_seconds(string: str, *, cut: bool = False) -> int:
    """Convert an RFC 3339 date-time to whole seconds since 1970 (UTC).

    This is the inverse of `epoch_seconds_to_rfc3339` for date-times such as
    `2024-05-01T12:00:00Z`; other spellings convert back to the same instant, spelled like that.
    With `cut`, a fraction is dropped: the result is the last whole second before. Raises
    `NotADateTime` for a string that is not RFC 3339, a leap second, an instant outside the years
    1 to 9999 (UTC) and, without `cut`, a nonzero fraction.
    """
    return _to_epoch(string, 0, "second", cut=cut)


def rfc3339_to_epoch_milliseconds(string: str, *, cut: bool = False) -> int:
    """Convert an RFC 3339 date-time to whole milliseconds since 1970 (UTC).

    The inverse of `epoch_milliseconds_to_rfc3339`, like `rfc3339_to_epoch_seconds`. A fraction
    finer than a millisecond is cut, or raises `NotADateTime`.
    """
    return _to_epoch(string, 3, "millisecond", cut=cut)


def rfc3339_to_epoch_microseconds(string: str, *, cut: bool = False) -> int:
    """Convert an RFC 3339 date-time to whole microseconds since 1970 (UTC).

    The inverse of `epoch_microseconds_to_rfc3339`, like `rfc3339_to_epoch_seconds`. A fraction
    finer than a microsecond is cut, or raises `NotADateTime`.
    """
    return _to_epoch(string, 6, "microsecond", cut=cut)


def rfc3339_to_fractional_seconds(string: str) -> int | float:
    """Convert an RFC 3339 date-time to seconds since 1970 (UTC), with its fraction.

    The inverse of `fractional_seconds_to_rfc3339`, like `rfc3339_to_epoch_seconds`. More digits
    than a number holds raise `NotADateTime`.
    """
    seconds, fraction = _parse_instant(string)
    if not fraction:
        return seconds
    from translator.runtime.numbers import to_exact_number

    try:
        if len(fraction) > _MAX_FRACTION_DIGITS:
            raise ValueError
        return to_exact_number(seconds * 10 ** len(fraction) + int(fraction), len(fraction))
    except ValueError:
        problem = "has a finer fraction of a second than a number holds; write fewer digits"
        raise NotADateTime(f"{format_value(string)} {problem}") from None


def is_finer_than(rfc3339: str, digits: int) -> bool:
    """Whether the fraction of an RFC 3339 date-time has more than so many digits to keep."""
    return len(_fraction(rfc3339)) > digits


def plain_rfc3339(string: object) -> str:
    """Return an RFC 3339 date-time with `T` and `Z` in capitals.

    Raises `NotADateTime` for any other value, and for a leap second.
    """
    if not isinstance(string, str) or not is_rfc3339(string):
        problem = "is not an RFC 3339 date-time; write it like 2024-05-01T12:00:00Z"
        raise NotADateTime(f"{format_value(string)} {problem}")
    if string[17:19] == "60":
        problem = "is a leap second, which has no equivalent; write the second before or after it"
        raise NotADateTime(f"{format_value(string)} {problem}")
    return string.upper()


_DURATION = (
    r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?"
    r"(?:([0-9]+)(?:\.([0-9]{1,2}))?S)?)?"
)

_MAX_DURATION_LENGTH = 300


def duration_to_seconds(string: Any) -> int | float:
    """Convert an ISO 8601 duration to seconds: `PT1M30.5S` is 90.5.

    Domain: weeks, days (of 24 hours), hours, minutes and seconds, of which only seconds may have
    decimals, at most two. Raises ValueError for other strings, such as those with years or months,
    which have no fixed length. The inverse is `seconds_to_duration`.
    """
    is_short = isinstance(string, str) and len(string) <= _MAX_DURATION_LENGTH
    match = _full_matcher(_DURATION)(string) if is_short else None
    if match is None or match.lastindex is None:
        raise ValueError(
            f"{format_value(string)} is not a duration in weeks, days, hours, minutes and seconds "
            "with at most two decimals; write it like PT1M30.5S"
        )
    from translator.runtime.numbers import to_exact_number

    weeks, days, hours, minutes, seconds, fraction = match.groups("0")
    all_days = 7 * int(weeks) + int(days)
    whole = int(seconds) + 60 * (int(minutes) + 60 * (int(hours) + 24 * all_days))
    return to_exact_number(whole * 100 + int(fraction.ljust(2, "0")), 2)


def seconds_to_duration(n: float) -> str:
    """Convert seconds to an ISO 8601 duration: 90.5 is `PT90.5S`.

    Domain: numbers that are not negative, with at most two decimals. Raises ValueError.
    The inverse is `duration_to_seconds`.
    """
    from translator.runtime.numbers import number_to_string

    digits = number_to_string(n)
    if n < 0:
        raise ValueError(f"{n!r} is negative, and a duration cannot be")
    if len(digits.partition(".")[2]) > 2:
        raise ValueError(f"{n!r} has more than two decimals, and a duration has at most two")
    if len(digits) > _MAX_DURATION_LENGTH - len("PTS"):
        raise ValueError("a duration of so many digits is not written; shorten it")
    return f"PT{digits}S"


@lru_cache(maxsize=1024)
def load_timezone(name: str) -> ZoneInfo:
    """Return the timezone with an IANA name such as `America/Argentina/Buenos_Aires`.

    Raises ValueError for any other string, with a suggestion if a name is similar.
    """
    names = _timezone_names()
    if name in names:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    import difflib

    names_by_fold = {candidate.casefold(): candidate for candidate in sorted(names)}
    folded = name.casefold()[:60]
    # Prefer a name whose last part is the input, and of those the shortest: 'utc' means 'UTC'.
    same_end = [match for match in names_by_fold if match.rpartition("/")[2] == folded]
    matches = sorted(same_end, key=len)
    matches += difflib.get_close_matches(folded, names_by_fold, n=1, cutoff=0.6)
    example = "write it like 'Europe/Berlin'"
    hint = f"did you mean {names_by_fold[matches[0]]!r}?" if matches else example
    raise ValueError(f"{format_value(name)} is not an IANA timezone name; {hint}")


@cache
def _timezone_names() -> frozenset[str]:
    from zoneinfo import available_timezones

    # `localtime` depends on the machine, and `Factory` marks a machine without a timezone.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def _require_valid(rfc3339: str, original: str) -> str:
    if is_rfc3339(rfc3339):
        return rfc3339
    if rfc3339[17:19] == "60":
        problem = "a second 60 exists only at 23:59:60 UTC; correct the seconds or the offset"
    else:
        problem = "this day, time or offset does not exist (hours go from 00 to 23); correct it"
    raise NotADateTime(f"{format_value(original)}: {problem}")


def _zone_offset(time: str, zone: ZoneInfo) -> str:
    """Return the offset of `zone` at a local time, in RFC 3339 spelling."""
    if time.startswith("0000"):
        problem = f"the offset of {zone} in year 0000 is unknown; write the offset"
        raise NotADateTime(f"{time}: {problem}")
    local = datetime.fromisoformat(time)
    first, second = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    assert first is not None and second is not None
    if first != second:
        frequency = "twice" if first > second else "never"
        raise NoSuchLocalTime(
            f"{time} occurs {frequency} in {zone} because the clocks change; "
            "write the date-time with its offset"
        )
    sign = "-" if first < timedelta(0) else "+"
    minutes, seconds = divmod(abs(first) // timedelta(seconds=1), 60)
    if seconds:
        raise NotADateTime(
            f"{time}: the offset of {zone} was {sign}{abs(first)} then, and RFC 3339 has no "
            "offsets with seconds; write the date-time with an offset"
        )
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _offset_minutes(rfc3339: str) -> int:
    if rfc3339[-1] in "Zz":
        return 0
    minutes = int(rfc3339[-5:-3]) * 60 + int(rfc3339[-2:])
    return -minutes if rfc3339[-6] == "-" else minutes


def _parse_instant(string: Any) -> tuple[int, str]:
    """Return the epoch second of an RFC 3339 date-time, and its fraction without end zeros."""
    if not isinstance(string, str) or not is_rfc3339(string):
        problem = "is not an RFC 3339 date-time; write it like 2024-05-01T12:00:00Z"
        raise NotADateTime(f"{format_value(string)} {problem}")
    if string[17:19] == "60":
        raise NotADateTime(
            f"{format_value(string)} is a leap second, which has no epoch number; "
            "write the second before or after it"
        )
    # Python's calendar begins with year 1, so compute in a later year of the 400-year cycle.
    cycles, year = divmod(int(string[:4]), 400)
    since_epoch = datetime.fromisoformat(f"{2000 + year}{string[4:19]}") - _EPOCH
    days = since_epoch.days + (cycles - 5) * _DAYS_PER_400_YEARS
    seconds = days * _SECONDS_PER_DAY + since_epoch.seconds - _offset_minutes(string) * 60
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise NotADateTime(f"{format_value(string)} in UTC falls outside the years 1 to 9999")
    return seconds, _fraction(string)


def _fraction(rfc3339: str) -> str:
    """Return the digits of the fraction of a second, without end zeros."""
    if rfc3339[19] != ".":
        return ""
    return rfc3339[20 : -1 if rfc3339[-1] in "Zz" else -6].rstrip("0")


def _to_epoch(string: str, digits: int, unit: str, *, cut: bool) -> int:
    seconds, fraction = _parse_instant(string)
    if len(fraction) > digits and not cut:
        raise NotADateTime(f"{format_value(string)} does not fall on a whole {unit}")
    return int(f"{seconds}{'0' * digits}") + int(fraction[:digits].ljust(digits, "0") or "0")


def _require_integer(n: float, unit: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise NotADateTime(f"{n!r} is not a number of {unit} since 1970")
    if n % 1:  # also true for NaN and infinity
        raise NotADateTime(f"{n!r} is not a whole number of {unit} since 1970")
    return int(n)


def _format_utc(seconds: int) -> str:
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise NotADateTime("the epoch number falls outside the years 1 to 9999")
    minute = seconds % _SECONDS_PER_DAY // 60
    day = _format_day(seconds // _SECONDS_PER_DAY)
    return f"{day}T{_format_clock(minute)}:{_TWO_DIGITS[seconds % 60]}Z"


_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))


# Events of one file come from a few days, and there are 1440 minutes in each.
@lru_cache(maxsize=4096)
def _format_day(days: int) -> str:
    """Format the day that is `days` after 1970-01-01."""
    return (_EPOCH + timedelta(days)).date().isoformat()


@lru_cache(maxsize=_MINUTES_PER_DAY)
def _format_clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
