"""Date-times: what RFC 3339 is, and what can be turned into it and back.

Emitted code calls these functions, so they import nothing of the compiler. None of them reads
the clock or the machine's own timezone.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class NotADateTime(ValueError):
    """A text or a number that cannot be written as the date-time that its place asks for."""


class NoOffset(ValueError):
    """A local date-time, with nothing that says at which offset from UTC it was."""


class NoSuchLocalTime(ValueError):
    """A local date-time that its timezone had twice, or never."""


_DAY_OF_MONTH = (
    "(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
)

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _date_time_pattern(days: str, seconds: str) -> str:
    """The pattern of a date-time with these days and seconds."""
    time_of_day = f"[Tt]{_TIME}:(?:{seconds})" r"(?:\.[0-9]+)?" f"(?:[Zz]|[+-]{_TIME})"
    return f"[0-9]{{4}}-(?:{days}){time_of_day}"


COMMON_RFC3339 = _date_time_pattern(_DAY_OF_MONTH, "[0-5][0-9]")
"""A pattern of the date-times of RFC 3339, less 29 February and leap seconds.

Whether there was one of those no pattern can tell.
"""


# A group matches only where the text alone cannot decide: 29 February, and a leap second.
_RFC3339 = _date_time_pattern(f"{_DAY_OF_MONTH}|(02-29)", "[0-5][0-9]|(60)")

_ISO = r"""
    (?: (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}) [Tt]
        (?P<hour>[0-9]{2}) : (?P<minute>[0-9]{2})
        (?: : (?P<second>[0-9]{2}) (?P<part>[.,][0-9]+)? )?
      | (?P<basic_date>[0-9]{8}) [Tt]
        (?P<basic_hour>[0-9]{2}) (?P<basic_minute>[0-9]{2})
        (?: (?P<basic_second>[0-9]{2}) (?P<basic_part>[.,][0-9]+)? )? )
    (?: (?P<utc>[Zz]) | (?P<sign>[+-]) (?P<off_hour>[0-9]{2}) (?: :? (?P<off_minute>[0-9]{2}) )? )?
    """


def _lazy_matcher(name: str, pattern: str) -> Callable[[str], re.Match[str] | None]:
    """What matches whole texts; compiled when first called, and from then on itself `name` here."""

    def matches(string: str) -> re.Match[str] | None:
        compiled = re.compile(pattern, re.VERBOSE).fullmatch
        globals()[name] = compiled
        return compiled(string)

    return matches


_matches_rfc3339 = _lazy_matcher("_matches_rfc3339", _RFC3339)

_matches_iso = _lazy_matcher("_matches_iso", _ISO)

_EPOCH = datetime(1970, 1, 1)

_EPOCH_DAY = _EPOCH.toordinal()

_SECONDS_PER_DAY = 86_400

_MIN_SECONDS = -62_135_596_800  # 0001-01-01T00:00:00Z

_MAX_SECONDS = 253_402_300_799  # 9999-12-31T23:59:59Z

_MINUTES_PER_DAY = 1440

_DAYS_PER_400_YEARS = 146_097

_MAX_QUOTED = 60


def is_rfc3339(string: str) -> bool:
    """Whether `text` is a date-time of RFC 3339, which is JSON Schema's format `date-time`.

    Days are real days of the Gregorian calendar, from year 0000; second 60 stands only in the
    last minute of a day of UTC; fractions have any length; digits are ASCII.
    """
    match = _matches_rfc3339(string)
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
    """The RFC 3339 spelling of a calendar date-time of ISO 8601.

    An RFC 3339 date-time passes to the letter. Otherwise the basic format (`20240501T1200`), a
    comma before the fraction, absent seconds and offsets as `+02` or `+0200` are respelled; the
    fraction keeps all its digits. A date-time without an offset takes the one that `zone` had
    then. The hour 24, an hour without minutes, fractions of a minute, week and ordinal dates,
    and a date alone are not taken.

    Raises `NoOffset` where an offset is needed and `zone` is None, `NoSuchLocalTime` where the
    clocks of `zone` showed that time twice or never, `NotADateTime` for everything else.
    """
    if is_rfc3339(string):
        return string
    match = _matches_iso(string)
    if match is None:
        raise NotADateTime(
            f"{_quote(string)} is not an ISO 8601 date-time; "
            "write it like 2024-05-01T12:00:00Z or 2024-05-01T12:00:00-03:00"
        )
    day, time, fraction = _normalized_parts(match)
    if match["utc"]:
        return _require_valid(f"{day}T{time}{fraction}Z", string)
    if match["sign"]:
        offset = f"{match['sign']}{match['off_hour']}:{match['off_minute'] or '00'}"
        return _require_valid(f"{day}T{time}{fraction}{offset}", string)
    # A leap second falls at another local time in each zone: judge the second before it here.
    checked_time = f"{time[:6]}59" if time[6:] == "60" else time
    _require_valid(f"{day}T{checked_time}Z", string)
    if zone is None:
        raise NoOffset(
            f"{_quote(string)} has no offset from UTC; give the timezone that it was written in"
        )
    return _require_valid(f"{day}T{time}{fraction}{_zone_offset(day, checked_time, zone)}", string)


def epoch_seconds_to_rfc3339(n: float) -> str:
    """The UTC date-time, with `Z`, that is `n` whole seconds after 1970 began (before it, if < 0).

    Takes an int, or a float without a fraction; years 1 to 9999. Raises `NotADateTime`.
    Its inverse is `rfc3339_to_epoch_seconds`.
    """
    return _format_utc(n if n.__class__ is int else _require_integer(n, "seconds"))


def epoch_milliseconds_to_rfc3339(n: float) -> str:
    """The UTC date-time, with `Z`, that is `n` whole milliseconds after 1970 began.

    Three digits of fraction are written where they are not all zero. Takes an int, or a float
    without a fraction; years 1 to 9999. Raises `NotADateTime`.
    Its inverse is `rfc3339_to_epoch_milliseconds`.
    """
    seconds, milliseconds = divmod(_require_integer(n, "milliseconds"), 1000)
    string = _format_utc(seconds)
    return f"{string[:-1]}.{milliseconds:03d}Z" if milliseconds else string


def rfc3339_to_epoch_seconds(string: str) -> int:
    """The whole seconds from the beginning of 1970 (UTC) to the instant `text` names.

    Inverse of `epoch_seconds_to_rfc3339`: every number comes back from its text, and every text
    of the form that function writes comes back from its number; any other text that is taken
    comes back as the same instant, spelled in UTC. Raises `NotADateTime` for a text that is not
    RFC 3339, a fraction other than zero, a leap second, an instant outside years 1 to 9999 of UTC.
    """
    seconds, fraction = _parse_instant(string)
    if fraction:
        raise NotADateTime(f"{_quote(string)} does not fall on a whole second")
    return seconds


def rfc3339_to_epoch_milliseconds(string: str) -> int:
    """The whole milliseconds from the beginning of 1970 (UTC) to the instant `text` names.

    Inverse of `epoch_milliseconds_to_rfc3339` as `rfc3339_to_epoch_seconds` is of its own; a
    fraction finer than a millisecond raises `NotADateTime`.
    """
    seconds, fraction = _parse_instant(string)
    if len(fraction) > 3:
        raise NotADateTime(f"{_quote(string)} does not fall on a whole millisecond")
    return seconds * 1000 + int(fraction.ljust(3, "0"))


@lru_cache(maxsize=1024)
def load_timezone(name: str) -> ZoneInfo:
    """The timezone of an IANA name such as `America/Argentina/Buenos_Aires`.

    Raises ValueError, with the nearest name where there is one, for any other text.
    """
    names = _timezone_names()
    if name in names:
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)
    import difflib

    names_by_fold = {candidate.casefold(): candidate for candidate in sorted(names)}
    wanted = name.casefold()[:_MAX_QUOTED]
    matches = difflib.get_close_matches(wanted, [*names_by_fold], n=1, cutoff=0.6)
    if not matches and wanted:
        matches = [
            candidate for candidate in names_by_fold if candidate.rpartition("/")[2] == wanted
        ][:1]
    hint = (
        f"did you mean {names_by_fold[matches[0]]!r}?"
        if matches
        else "write it like 'Europe/Berlin'"
    )
    raise ValueError(f"{_quote(name)} is not the IANA name of a timezone; {hint}")


@cache
def _timezone_names() -> frozenset[str]:
    from zoneinfo import available_timezones

    # `localtime` is whatever the machine is set to, `Factory` is the mark of an unset clock.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def _normalized_parts(match: re.Match[str]) -> tuple[str, str, str]:
    if match["date"]:
        day, prefix = match["date"], ""
    else:
        basic = match["basic_date"]
        day, prefix = f"{basic[:4]}-{basic[4:6]}-{basic[6:]}", "basic_"
    second = match[f"{prefix}second"] or "00"
    fraction = (match[f"{prefix}part"] or "").replace(",", ".")
    return day, f"{match[f'{prefix}hour']}:{match[f'{prefix}minute']}:{second}", fraction


def _require_valid(rfc3339: str, original: str) -> str:
    if is_rfc3339(rfc3339):
        return rfc3339
    if rfc3339[17:19] == "60":
        raise NotADateTime(
            f"{_quote(original)}: there is a second 60 only where UTC has 23:59:60; "
            "correct the seconds or the offset"
        )
    raise NotADateTime(
        f"{_quote(original)} names a day, a time or an offset that does not exist; "
        "correct it to a real one (hours go from 00 to 23)"
    )


def _zone_offset(day: str, time: str, zone: ZoneInfo) -> str:
    """The offset of `zone` at a local time, as RFC 3339 writes it."""
    name = str(zone)
    if day.startswith("0000"):
        raise NotADateTime(
            f"{day}T{time}: the offset of {name} in year 0000 is not known; write the offset"
        )
    local = datetime.fromisoformat(f"{day}T{time}")
    first, second = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    assert first is not None and second is not None
    if first != second:
        verb = "shows twice" if first > second else "never shows"
        raise NoSuchLocalTime(
            f"{day}T{time} is a time that the clock of {name} {verb}, because it is changed "
            "then; write the date-time with its offset"
        )
    seconds = first.days * _SECONDS_PER_DAY + first.seconds
    sign = "-" if seconds < 0 else "+"
    minutes, rest = divmod(abs(seconds), 60)
    if rest:
        raise NotADateTime(
            f"{day}T{time}: the offset of {name} was {sign}{timedelta(seconds=abs(seconds))} "
            "then, and RFC 3339 has no offsets with seconds; write the date-time with an offset"
        )
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _offset_minutes(rfc3339: str) -> int:
    if rfc3339[-1] in "Zz":
        return 0
    minutes = int(rfc3339[-5:-3]) * 60 + int(rfc3339[-2:])
    return -minutes if rfc3339[-6] == "-" else minutes


def _parse_instant(string: str) -> tuple[int, str]:
    """The epoch second in which an RFC 3339 instant lies, and its fraction without end zeros."""
    if not is_rfc3339(string):
        raise NotADateTime(
            f"{_quote(string)} is not an RFC 3339 date-time; write it like 2024-05-01T12:00:00Z"
        )
    second = int(string[17:19])
    if second == 60:
        raise NotADateTime(
            f"{_quote(string)} is a leap second, and an epoch number cannot say it; "
            "write the second before or after it"
        )
    fraction = ""
    if string[19] == ".":
        fraction = string[20 : -1 if string[-1] in "Zz" else -6].rstrip("0")
    # Python's calendar begins with year 1; 400 years later every day has the same place again.
    day = date(int(string[:4]) % 400 + 400, int(string[5:7]), int(string[8:10])).toordinal()
    days = day + (int(string[:4]) // 400 - 1) * _DAYS_PER_400_YEARS - _EPOCH_DAY
    minutes = int(string[11:13]) * 60 + int(string[14:16]) - _offset_minutes(string)
    seconds = days * _SECONDS_PER_DAY + minutes * 60 + second
    _require_year_range(seconds, f"{_quote(string)} in UTC")
    return seconds, fraction


def _require_integer(n: float, unit: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise NotADateTime(f"{n!r} is not a number of {unit} since 1970")
    if isinstance(n, int):
        return n
    if not n.is_integer():
        raise NotADateTime(f"{n!r} is not a whole number of {unit} since 1970")
    return int(n)


def _require_year_range(seconds: int, subject: str) -> None:
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        raise NotADateTime(f"{subject} falls outside the years 1 to 9999")


def _format_utc(seconds: int) -> str:
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        _require_year_range(seconds, "the number of the date-time")
    minute = seconds % _SECONDS_PER_DAY // 60
    day = _format_day(seconds // _SECONDS_PER_DAY)
    return f"{day}T{_format_clock(minute)}:{_TWO_DIGITS[seconds % 60]}Z"


_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))


# Events of one file come from a few days, and there are 1440 minutes in each.
@lru_cache(maxsize=4096)
def _format_day(days: int) -> str:
    """The day so many days after 1970-01-01, as RFC 3339 writes it."""
    return date.fromordinal(_EPOCH_DAY + days).isoformat()


@lru_cache(maxsize=_MINUTES_PER_DAY)
def _format_clock(minute: int) -> str:
    """The hour and the minute of a minute of a day, as RFC 3339 writes them."""
    return f"{_TWO_DIGITS[minute // 60]}:{_TWO_DIGITS[minute % 60]}"


def _quote(string: str) -> str:
    return repr(string) if len(string) <= _MAX_QUOTED else f"{string[:_MAX_QUOTED]!r}…"
