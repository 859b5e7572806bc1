"""Strategies for strings, IDs and times: ordinary ones and those that break careless code."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

Strings = st.SearchStrategy[str]

ORDINARY = (
    "customer-17",
    "SKU-204",
    "Berlin",
    "corner-shop",
    "en-US",
    "https://shop.example/a?b=c",
)

HOSTILE = {
    "empty": "",
    "blank": " \t ",
    "quotes": '"\'\'\'"""',
    "braces": "{x!r} {{}} %s {0} ${y}",
    "backslashes": "\\ \\n \\u0041 \\",
    "line ends": "a\nb\r\nc\u2028d\u2029e\x85f\x1c",
    "trailing newline": "2024-05-01T12:00:00Z\n",
    "null byte": "\x00",
    "combining marks": "e\u0301\u0323 Z\u0351\u036b\u0343",
    "the same letter in two encodings": "\u00c5\u212b A\u030a",
    "other digits": "\u0661\u0665 \uff11\uff15 \u0967\u096b",
    "right to left": "\u202e\u05d0\u200f",
    "astral": "\U0001f6d2\U0001d7d8\U0010ffff",
    "a YAML keyword": "no",
    "a JSON keyword": "null",
    "a number": "15.0",
    "a padded number": "007",
    "513 characters": "p" * 513,
    "1025 characters": "\u00e9" * 1025,
}
"""Strings that break careless code, by what is special about them."""

KINDS = ("quest", "ai_note", "ai_expert", "podcast", "collection", "publication", "ai_video",
         "profile")  # fmt: skip

UUIDS = (
    "00000000-aaca-4844-9cb0-54af8f897322",
    "A1B2C3D4-E5F6-7890-ABCD-1234567890AB",
    "6fc7eb1d-a516-4a9b-8dcc-313976461ae4",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "123e4567-e89b-12d3-a456-426614174000",
)

NUMBERS = (1, 15, 42, 2**63)

SYNONYMS = tuple(
    (f"SKU-{row}", f"{kind}:{number}", str(UUID(int=row + 2**127)), f"product {row}")
    for row, (kind, number) in enumerate((kind, number) for kind in KINDS for number in NUMBERS)
)
"""IDs of the same item in different formats: SKU, type and number, UUID, and plain name."""

NEARLY_IDS = ("ai_note:007", "ai_note:15.0", "ai_note:+1", "ai_note:-0", "ai_note:", ":5",
              "ai_note:1:2", "unknown:5", "AI_NOTE:5", "75962b04e5caa7e582e2bc2949587ed9",
              "{6fc7eb1d-a516-4a9b-8dcc-313976461ae4}", "6fc7eb1d-a516-4a9b-8dcc-313976461ae4\n",
              "ai_note:\u0661\u0665", "ai_note:15\n", "+5", "-0", "1e3")  # fmt: skip
"""Strings that look like an ID of some format, but are none."""


def strings() -> Strings:
    """Any string without lone surrogates."""
    any_string = st.text(st.characters(codec="utf-8"), max_size=12)
    return st.sampled_from((*ORDINARY, *HOSTILE.values())) | any_string


def numbered() -> Strings:
    """A type and a number of any length and sign: `ai_note:15`."""
    numbers = st.sampled_from((0, 1, 15, -3, 2**63, 10**30)) | st.integers()
    return st.builds("{}:{}".format, st.sampled_from(KINDS), numbers)


def uuids() -> Strings:
    """A UUID of any version, in lower or upper case."""
    any_uuid = st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper())
    return st.sampled_from(UUIDS) | st.sampled_from([row[2] for row in SYNONYMS]) | any_uuid


def named() -> Strings:
    """The IDs of a few items in different formats."""
    return st.sampled_from([name for row in SYNONYMS for name in row])


def ids() -> Strings:
    """IDs of every format, strings that are nearly one, and any string."""
    numbers = st.sampled_from(("15", "42", "-7", str(10**20)))
    valid = [uuids(), uuids(), uuids(), numbered(), numbered(), numbered(), named(), named()]
    return st.sampled_from(
        [*valid, numbers, st.sampled_from((*ORDINARY, "")), st.sampled_from(NEARLY_IDS), strings()]
    ).flatmap(lambda strategy: strategy)


OFFSETS = ("Z", "Z", "z", "+00:00", "-00:00", "+23:59", "-23:59", "+05:30", "-03:00")
FRACTIONS = ("", "", "", ".0", ".5", ".123456789", ".999999999", "." + "7" * 30)
DAYS = ("0001-01-01", "9999-12-31", "1970-01-01", "1969-12-31", "2024-02-29", "2000-02-29",
        "2024-03-31", "2024-10-27", "2038-01-19", "0000-02-29")  # fmt: skip
CLOCKS = ("00:00:00", "23:59:59", "12:00:00", "02:30:00", "03:14:08")

LEAP_SECONDS = ("2016-12-31T23:59:60Z", "2016-12-31t23:59:60.123456789z",
                "2016-12-31T15:59:60-08:00", "2017-01-01T05:29:60+05:30",
                "2017-01-01T23:58:60+23:59", "2016-12-31T00:00:60-23:59")  # fmt: skip
"""Second 60 of the last minute of a UTC day, with different offsets."""


def days() -> Strings:
    """Days, including the first and the last that RFC 3339 can express."""
    any_day = st.integers(date.min.toordinal(), date.max.toordinal()).map(date.fromordinal)
    recent = st.integers(0, 3000).map(lambda n: date(2020, 1, 1) + timedelta(n))
    return st.sampled_from(DAYS) | recent.map(str) | any_day.map(str)


def clocks() -> Strings:
    """Times of day without leap seconds."""
    part = st.integers(0, 59)
    return st.sampled_from(CLOCKS) | st.builds(
        "{:02}:{:02}:{:02}".format, st.integers(0, 23), part, part
    )


def date_times() -> Strings:
    """RFC 3339 date-times, including every edge case."""
    ordinary = st.builds(
        "{}{}{}{}{}".format,
        days(),
        st.sampled_from("TTTt"),
        clocks(),
        st.sampled_from(FRACTIONS),
        st.sampled_from(OFFSETS),
    )
    return st.sampled_from([ordinary] * 6 + [st.sampled_from(LEAP_SECONDS)]).flatmap(
        lambda strategy: strategy
    )


def iso_date_times() -> Strings:
    """ISO 8601 date-times that RFC 3339 does not allow."""
    seconds = st.sampled_from(("", ":07", ":59.25", ":00,5"))
    offsets = st.sampled_from(("", "", "Z", "+02", "-0330", "+05:30", "-2359"))
    extended = st.builds(
        "{}T{}{}{}".format, days(), clocks().map(lambda c: c[:5]), seconds, offsets
    )
    return extended | extended.map(_basic)


def _basic(text: str) -> str:
    """The basic format of an extended date-time: without hyphens and colons."""
    return text[:10].replace("-", "") + text[10:].replace(":", "")


NEARLY_DATE_TIMES = ("2024-05-01", "yesterday", "12:00:00Z", "2024-02-30T12:00:00Z",
                 "2023-02-29T12:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T12:00:60Z",
                 "2024-05-01 12:00:00Z", "2024-W18-3T12:00:00Z", "1714564800",
                 "2024-05-01T12:00:00+24:00", "2024-05-01T12:00:00Z\n",
                 "\u0662\u0660\u0662\u0664-05-01T12:00:00Z", "2024-05-01T12.5Z")  # fmt: skip
"""Strings that look like a date-time, but cannot be written as one."""


def free_dates() -> Strings:
    """Dates of a format that accepts any string as a date: mostly date-times."""
    others = (iso_date_times(), iso_date_times(), st.sampled_from(NEARLY_DATE_TIMES), strings())
    return st.sampled_from([date_times()] * 5 + list(others)).flatmap(lambda strategy: strategy)
