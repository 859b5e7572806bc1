"""`iso_to_rfc3339` and `zone`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.runtime.times import (
    NoOffset,
    NoSuchLocalTime,
    NotADateTime,
    is_rfc3339,
    iso_to_rfc3339,
    load_timezone,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01t12:00:00z",
        "2024-05-01T12:00:00.250000-03:00",
        "2024-05-01T12:00:00-00:00",
        "2016-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
    ],
)
@pytest.mark.parametrize("local", [None, NEW_YORK])
def test_rfc3339_passes_to_the_letter(text: str, local: ZoneInfo | None) -> None:
    """A date-time that is RFC 3339 already comes out as the same text, whatever the timezone."""
    assert iso_to_rfc3339(text, local) is text


@pytest.mark.parametrize(
    ("text", "respelled"),
    [
        ("2024-05-01T12:00Z", "2024-05-01T12:00:00Z"),
        ("2024-05-01T12:00-03:00", "2024-05-01T12:00:00-03:00"),
        ("2024-05-01T12:00:00+02", "2024-05-01T12:00:00+02:00"),
        ("2024-05-01T12:00:00+0530", "2024-05-01T12:00:00+05:30"),
        ("2024-05-01T12:00:00,250Z", "2024-05-01T12:00:00.250Z"),
        ("2024-05-01t12:00:00,5z", "2024-05-01T12:00:00.5Z"),
        ("20240501T120000Z", "2024-05-01T12:00:00Z"),
        ("20240501T1200Z", "2024-05-01T12:00:00Z"),
        ("20240501T120000.1234567890123+0200", "2024-05-01T12:00:00.1234567890123+02:00"),
        ("20170101T005960+01", "2017-01-01T00:59:60+01:00"),
        ("20240229T000000-0000", "2024-02-29T00:00:00-00:00"),
    ],
)
def test_other_spellings_are_respelled(text: str, respelled: str) -> None:
    """Basic format, absent seconds, a comma and short offsets are respelled, and no more."""
    assert iso_to_rfc3339(text, None) == respelled


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-05-01",
        "20240501",
        "12:00:00Z",
        "2024-05-01 12:00:00Z",
        "2024-05-01T12Z",
        "2024-05-01T12:30,5Z",
        "2024-05-01T24:00:00Z",
        "2024-02-30T12:00:00Z",
        "2024-13-01T12:00:00",
        "2023-02-29T12:00:00",
        "2024-05-01T12:00:61",
        "2024-05-01T12:00:60Z",
        "2024-W18-3T12:00:00Z",
        "2024-122T12:00:00Z",
        "2024122T120000Z",
        "20240501T12:00:00Z",
        "2024-05-01T120000Z",
        "2024-05-01T12:00:00Z\n",
        " 2024-05-01T12:00:00Z",
        "2024-05-01T12:00:00+24:00",
        "2024-05-01T12:00:00+02:60",
        "2024-05-01T12:00:00.Z",
        "2024-05-01T12:00:00ZZ",
        "2024-05-01T12:00:00 Z",
        "+002024-05-01T12:00:00Z",
        "24-05-01T12:00:00Z",
        "２024-05-01T12:00:00Z",
        "1714564800",
    ],
)
@pytest.mark.parametrize("local", [None, NEW_YORK])
def test_what_is_no_date_time_is_refused(text: str, local: ZoneInfo | None) -> None:
    """A date alone, a week or ordinal date, an impossible day or hour: none is a date-time."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339(text, local)


@pytest.mark.parametrize(
    "text", ["2024-05-01T12:00:00", "20240501T1200", "2024-05-01T12:00", "2016-12-31T18:59:60"]
)
def test_without_an_offset_a_zone_is_needed(text: str) -> None:
    """A local date-time without a timezone to place it in is refused as that, not as malformed."""
    with pytest.raises(NoOffset):
        iso_to_rfc3339(text, None)


@pytest.mark.parametrize(
    ("text", "name", "placed"),
    [
        ("2024-05-01T12:00:00", "America/Argentina/Buenos_Aires", "2024-05-01T12:00:00-03:00"),
        ("20240501T1200", "America/Argentina/Buenos_Aires", "2024-05-01T12:00:00-03:00"),
        ("2024-01-15T08:30:00,125", "America/New_York", "2024-01-15T08:30:00.125-05:00"),
        ("2024-07-15T08:30:00", "America/New_York", "2024-07-15T08:30:00-04:00"),
        ("2024-07-15T08:30:00", "Asia/Kathmandu", "2024-07-15T08:30:00+05:45"),
        ("2024-07-15T08:30:00", "UTC", "2024-07-15T08:30:00+00:00"),
        ("2016-12-31T18:59:60.5", "America/New_York", "2016-12-31T18:59:60.5-05:00"),
        ("9999-12-31T23:59:59", "America/New_York", "9999-12-31T23:59:59-05:00"),
        ("9999-12-31T23:59:59", "Pacific/Kiritimati", "9999-12-31T23:59:59+14:00"),
        ("0001-01-01T00:00:00", "UTC", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_a_local_time_takes_the_offset_of_its_zone(text: str, name: str, placed: str) -> None:
    """A date-time without an offset takes the one that its timezone had on that day."""
    assert iso_to_rfc3339(text, load_timezone(name)) == placed


@pytest.mark.parametrize(
    "text", ["2024-11-03T01:30:00", "2024-11-03T01:00:00", "2024-03-10T02:30:00", "20240310T0200"]
)
def test_times_that_occur_twice_or_never_are_refused(text: str) -> None:
    """Where the clocks are put back or forward, no offset is guessed."""
    with pytest.raises(NoSuchLocalTime):
        iso_to_rfc3339(text, NEW_YORK)


@pytest.mark.parametrize("text", ["2024-11-03T00:59:59", "2024-11-03T02:00:00"])
def test_times_beside_a_change_are_taken(text: str) -> None:
    """The last second before a doubled hour and the first after it have one offset each."""
    assert iso_to_rfc3339(text, NEW_YORK)


@pytest.mark.parametrize("text", ["1850-01-01T00:00:00", "0001-01-01T00:00:00", "0000-06-01T00:00"])
def test_offsets_that_rfc3339_cannot_say_are_refused(text: str) -> None:
    """Local mean time with its odd seconds, and year 0000, have no offset to write."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339(text, NEW_YORK)


def test_a_leap_second_at_no_end_of_a_utc_day_is_refused() -> None:
    """A local second 60 stands only where it is 23:59:60 in UTC."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339("2016-12-31T23:59:60", NEW_YORK)


@given(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    st.sampled_from(ZONES),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M"]),
)
@example(datetime(1, 1, 1), "Pacific/Kiritimati", "%Y-%m-%dT%H:%M:%S")
@example(datetime(9999, 12, 31, 23, 59, 59), "Etc/GMT+12", "%Y-%m-%dT%H:%M:%S")
def test_a_placed_time_reads_back(moment: datetime, name: str, form: str) -> None:
    """What is written for a local time is that local time, at an instant its zone agrees with."""
    local = ZoneInfo(name)
    text = moment.strftime(form).rjust(len(datetime(2000, 1, 1).strftime(form)), "0")
    try:
        placed = iso_to_rfc3339(text, local)
    except (NoSuchLocalTime, NotADateTime):
        return
    assert is_rfc3339(placed)
    read = datetime.fromisoformat(placed)
    keep = {"microsecond": 0} if "%S" in form else {"microsecond": 0, "second": 0}
    assert read.replace(tzinfo=None) == moment.replace(**keep)  # type: ignore[arg-type]
    if timedelta(days=2) < moment - datetime.min and timedelta(days=2) < datetime.max - moment:
        assert read.astimezone(UTC).astimezone(local).replace(tzinfo=None) == read.replace(
            tzinfo=None
        )


@given(
    st.one_of(
        st.text(max_size=30),
        st.from_regex(
            r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ]?[0-9]{2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]*)?)?"
            r"([Zz]|[+-][0-9]{2}:?[0-9]{0,2})?",
            fullmatch=True,
        ),
    ),
    st.one_of(st.none(), st.sampled_from(ZONES)),
)
def test_any_text_gives_rfc3339_or_a_named_refusal(text: str, name: str | None) -> None:
    """Whatever the text, the result is RFC 3339, or one of three refusals with a message."""
    try:
        written = iso_to_rfc3339(text, ZoneInfo(name) if name else None)
    except (NotADateTime, NoOffset, NoSuchLocalTime) as refusal:
        assert str(refusal)
    else:
        assert is_rfc3339(written)
        assert iso_to_rfc3339(written, None) is written


def test_a_zone_is_found_by_its_name() -> None:
    """An IANA name gives the timezone of that name."""
    assert load_timezone("Europe/Berlin").key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("Buenos_Aires", "Buenos_Aires'?"),
        ("", "write it like"),
        ("../etc/passwd", "not the IANA name"),
        ("/usr/share/zoneinfo/UTC", "not the IANA name"),
        ("America", "not the IANA name"),
        ("right/UTC", "not the IANA name"),
        ("localtime", "not the IANA name"),
        ("UTC\0", "not the IANA name"),
        ("\ud800", "not the IANA name"),
        ("+02:00", "not the IANA name"),
        ("x" * 10_000, "not the IANA name"),
    ],
)
def test_an_unknown_zone_is_named_with_a_hint(name: str, hint: str) -> None:
    """Anything but an IANA name, paths included, is refused with what to write instead."""
    with pytest.raises(ValueError, match="IANA name of a timezone") as refusal:
        load_timezone(name)
    assert hint in str(refusal.value)
    assert len(str(refusal.value)) < 200
