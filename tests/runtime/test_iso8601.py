"""`iso_to_rfc3339` and `load_timezone`."""

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
    "string",
    [
        "2024-05-01T12:00:00Z",
        "2024-05-01t12:00:00z",
        "2024-05-01T12:00:00.250000-03:00",
        "2024-05-01T12:00:00-00:00",
        "2016-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
    ],
)
@pytest.mark.parametrize("zone", [None, NEW_YORK])
def test_rfc3339_is_unchanged(string: str, zone: ZoneInfo | None) -> None:
    """A string that is RFC 3339 already is returned unchanged, whatever the timezone."""
    assert iso_to_rfc3339(string, zone) is string


@pytest.mark.parametrize(
    ("string", "rfc3339"),
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
def test_other_spellings_are_rewritten(string: str, rfc3339: str) -> None:
    """Only the basic format, missing seconds, a comma and short offsets are rewritten."""
    assert iso_to_rfc3339(string, None) == rfc3339


@pytest.mark.parametrize(
    "string",
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
@pytest.mark.parametrize("zone", [None, NEW_YORK])
def test_other_strings_are_refused(string: str, zone: ZoneInfo | None) -> None:
    """A date alone, a week or ordinal date, and an impossible day or hour are refused."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339(string, zone)


@pytest.mark.parametrize(
    "string", ["2024-05-01T12:00:00", "20240501T1200", "2024-05-01T12:00", "2016-12-31T18:59:60"]
)
def test_a_local_time_requires_a_timezone(string: str) -> None:
    """A local date-time without a timezone raises `NoOffset`, not `NotADateTime`."""
    with pytest.raises(NoOffset):
        iso_to_rfc3339(string, None)


@pytest.mark.parametrize(
    ("string", "name", "rfc3339"),
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
def test_a_local_time_gets_the_offset_of_its_timezone(string: str, name: str, rfc3339: str) -> None:
    """A date-time without an offset gets the one of its timezone at that time."""
    assert iso_to_rfc3339(string, load_timezone(name)) == rfc3339


@pytest.mark.parametrize(
    "string", ["2024-11-03T01:30:00", "2024-11-03T01:00:00", "2024-03-10T02:30:00", "20240310T0200"]
)
def test_times_that_occur_twice_or_never_are_refused(string: str) -> None:
    """No offset is guessed for a local time that occurs twice or never."""
    with pytest.raises(NoSuchLocalTime):
        iso_to_rfc3339(string, NEW_YORK)


@pytest.mark.parametrize("string", ["2024-11-03T00:59:59", "2024-11-03T02:00:00"])
def test_times_next_to_a_clock_change_are_converted(string: str) -> None:
    """The last second before a repeated hour and the first after it have one offset each."""
    assert iso_to_rfc3339(string, NEW_YORK)


@pytest.mark.parametrize(
    "string", ["1850-01-01T00:00:00", "0001-01-01T00:00:00", "0000-06-01T00:00"]
)
def test_offsets_that_rfc3339_cannot_express_are_refused(string: str) -> None:
    """Local mean time, whose offset has seconds, and year 0000 are refused."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339(string, NEW_YORK)


def test_a_leap_second_within_a_utc_day_is_refused() -> None:
    """A local second 60 is allowed only at 23:59:60 UTC."""
    with pytest.raises(NotADateTime):
        iso_to_rfc3339("2016-12-31T23:59:60", NEW_YORK)


@given(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    st.sampled_from(ZONES),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M"]),
)
@example(datetime(1, 1, 1), "Pacific/Kiritimati", "%Y-%m-%dT%H:%M:%S")
@example(datetime(9999, 12, 31, 23, 59, 59), "Etc/GMT+12", "%Y-%m-%dT%H:%M:%S")
def test_a_converted_local_time_reads_back(moment: datetime, name: str, form: str) -> None:
    """The result is the same local time, at an instant that has that local time in the zone."""
    zone = ZoneInfo(name)
    string = moment.strftime(form).rjust(len(datetime(2000, 1, 1).strftime(form)), "0")
    try:
        rfc3339 = iso_to_rfc3339(string, zone)
    except (NoSuchLocalTime, NotADateTime):
        return
    assert is_rfc3339(rfc3339)
    read = datetime.fromisoformat(rfc3339)
    dropped = {"microsecond": 0} if "%S" in form else {"microsecond": 0, "second": 0}
    assert read.replace(tzinfo=None) == moment.replace(**dropped)  # type: ignore[arg-type]
    if timedelta(days=2) < moment - datetime.min and timedelta(days=2) < datetime.max - moment:
        assert read.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == read.replace(
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
def test_any_string_gives_rfc3339_or_a_known_exception(string: str, name: str | None) -> None:
    """Any string gives RFC 3339 or one of three exceptions with a message."""
    try:
        rfc3339 = iso_to_rfc3339(string, ZoneInfo(name) if name else None)
    except (NotADateTime, NoOffset, NoSuchLocalTime) as error:
        assert str(error)
    else:
        assert is_rfc3339(rfc3339)
        assert iso_to_rfc3339(rfc3339, None) is rfc3339


def test_a_timezone_is_loaded_by_its_name() -> None:
    """An IANA name gives the timezone of that name."""
    assert load_timezone("Europe/Berlin").key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("Buenos_Aires", "Buenos_Aires'?"),
        ("", "write it like"),
        ("../etc/passwd", "not an IANA timezone name"),
        ("/usr/share/zoneinfo/UTC", "not an IANA timezone name"),
        ("America", "not an IANA timezone name"),
        ("Lima", "did you mean 'America/Lima'"),
        ("utc", "did you mean 'UTC'"),
        ("right/UTC", "not an IANA timezone name"),
        ("localtime", "not an IANA timezone name"),
        ("UTC\0", "not an IANA timezone name"),
        ("\ud800", "not an IANA timezone name"),
        ("+02:00", "not an IANA timezone name"),
        ("x" * 10_000, "not an IANA timezone name"),
    ],
)
def test_an_unknown_timezone_is_refused_with_a_hint(name: str, hint: str) -> None:
    """Anything else, paths included, is refused, and the message says what to write."""
    with pytest.raises(ValueError, match="IANA timezone name") as raised:
        load_timezone(name)
    assert hint in str(raised.value)
    assert len(str(raised.value)) < 200
