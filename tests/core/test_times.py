"""Times: typed on the venue's clock, stored UTC, shown on two clocks with both zones named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.core.times import (
    TimeDoesNotExist,
    TimeHappensTwice,
    UnreadableTime,
    When,
    as_utc,
    days_between,
    deadline_typed,
    format_day,
    format_days,
    format_deadline,
    format_span,
    format_when,
    last_moment,
    local_input,
    parse_local,
    venue_days,
    zone_name,
)
from citevents.locale.languages import format_locale
from citevents.locale.zones import offset, zone_countries

EN, AR = format_locale("en"), format_locale("ar")
VANCOUVER, AMMAN, SEATTLE = "America/Vancouver", "Asia/Amman", "America/Los_Angeles"
OPENING = datetime(2027, 8, 23, 15, 30, tzinfo=UTC)
EVENING = datetime(2027, 8, 24, 1, 0, tzinfo=UTC)


def test_the_venues_clock_stands_first_and_the_readers_beside_it() -> None:
    assert format_when(OPENING, VANCOUVER, AMMAN, EN) == When(
        iso="2027-08-23T15:30:00+00:00",
        venue="Mon 23 August, 08:30",
        venue_zone="Vancouver (MST, UTC−7)",
        you="18:30",
        you_zone="Amman (UTC+3)",
    )


def test_the_readers_day_is_named_when_it_differs() -> None:
    shown = format_when(EVENING, VANCOUVER, AMMAN, EN)
    assert (shown.venue, shown.you) == ("Mon 23 August, 18:00", "Tue 24 August, 04:00")
    brief = format_when(EVENING, VANCOUVER, AMMAN, EN, only_clock=True)
    assert (brief.venue, brief.venue_zone, brief.you, brief.you_zone) == (
        "18:00",
        "Vancouver",
        "04:00 Tue",
        "Amman",
    )


@pytest.mark.parametrize("reader", [None, VANCOUVER, "America/Los_Angeles", "America/Tijuana"])
def test_a_reader_whose_clock_shows_the_same_sees_one_time(reader: str | None) -> None:
    shown = format_when(OPENING, VANCOUVER, reader, EN)
    assert (shown.you, shown.you_zone) == ("", "")


def test_arabic_says_it_in_its_own_words() -> None:
    shown = format_when(OPENING, VANCOUVER, AMMAN, AR)
    assert (shown.venue, shown.venue_zone, shown.you_zone) == (
        "الاثنين، 23 أغسطس، 08:30",
        "فانكوفر (MST, UTC−7)",
        "عمّان (UTC+3)",
    )


def test_spans_run_on_both_clocks() -> None:
    end = OPENING + timedelta(hours=4)
    shown = format_span(OPENING, end, VANCOUVER, AMMAN, EN)
    assert (shown.venue, shown.you) == ("Mon 23 August, 08:30–12:30", "18:30–22:30")
    late = format_span(EVENING, EVENING + timedelta(hours=2), VANCOUVER, AMMAN, EN, only_clock=True)
    assert (late.venue, late.you) == ("18:00–20:00", "04:00–06:00 Tue")
    days = format_span(OPENING, OPENING + timedelta(days=2), VANCOUVER, None, EN)
    assert (days.venue, days.you) == ("Mon 23 August, 08:30 – Wed 25 August, 08:30", "")


def test_days_are_written_as_a_range() -> None:
    first = date(2027, 8, 22)
    assert [
        format_days(first, last, EN)
        for last in (first, date(2027, 8, 25), date(2027, 9, 2), date(2028, 1, 2))
    ] == [
        "22 August 2027",
        "22–25 August 2027",
        "22 August – 2 September 2027",
        "22 August 2027 – 2 January 2028",
    ]
    assert (
        format_day(first, locale=EN),
        format_day(EVENING, AMMAN, EN),
        format_day(EVENING, VANCOUVER, EN),
    ) == (
        "Sun 22 August 2027",
        "Tue 24 August 2027",
        "Mon 23 August 2027",
    )
    with pytest.raises(ValueError, match="zone"):
        format_day(EVENING, locale=EN)


def test_french_counts_the_first_of_a_month() -> None:
    fr, es = format_locale("fr"), format_locale("es")
    first = date(2027, 9, 1)
    assert [format_days(first, first, fr), format_days(first, date(2027, 9, 3), fr)] == [
        "1er septembre 2027",
        "1er–3 septembre 2027",
    ]
    assert format_days(date(2027, 8, 21), first, fr) == "21 août – 1er septembre 2027"
    assert format_days(date(2027, 1, 1), date(2028, 1, 11), fr) == "1er janvier 2027 – 11 janvier 2028"
    assert [format_day(first, locale=fr), format_day(date(2021, 1, 11), locale=fr)] == [
        "mer. 1er septembre 2027",
        "lun. 11 janvier 2021",
    ]
    assert (
        format_day(datetime(2027, 8, 31, 23, 30, tzinfo=UTC), "Europe/Paris", fr) == "mer. 1er septembre 2027"
    )
    assert format_day(first, locale=es) == "mié, 1 de septiembre de 2027"


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar", "fi", "ja", "pt", "de", "uk", "hi"])
def test_every_language_can_write_a_range(language: str) -> None:
    text = format_days(date(2027, 8, 22), date(2027, 9, 2), format_locale(language))
    assert ("22" in text, "2027" in text, "\u2009" in text) == (True, True, False)


def test_zones_are_named_by_city_abbreviation_and_offset() -> None:
    january = datetime(2027, 1, 5, tzinfo=UTC)
    assert [
        zone_name(january, zone, EN)
        for zone in (SEATTLE, VANCOUVER, AMMAN, "Asia/Kathmandu", "UTC", "Europe/London")
    ] == [
        "Los Angeles (PST, UTC−8)",
        "Vancouver (MST, UTC−7)",  # a law of 2026: no more winter time
        "Amman (UTC+3)",
        "Kathmandu (UTC+5:45)",
        "UTC (UTC)",
        "London (UTC)",
    ]


def test_what_is_typed_is_read_on_the_venues_clock() -> None:
    assert parse_local("2027-08-23T08:30", VANCOUVER) == OPENING
    assert parse_local(" 2027-08-23 18:30 ", AMMAN) == OPENING
    assert parse_local("٢٠٢٧-٠٨-٢٣ ١٨:٣٠", AMMAN) == OPENING
    assert local_input(OPENING, VANCOUVER) == "2027-08-23T08:30"


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-02-30T10:00", "2027-08-23", "2027-08-23T25:00", "23/08/2027 10:00", "\0",
                                  "2027-08-23T08:30+02:00", "0001-01-01T00:00", "9999-12-31T23:59"])  # fmt: skip
def test_what_is_no_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UnreadableTime) as refusal:
        parse_local(text, VANCOUVER)
    assert refusal.value.sentence == "Enter a day and a time like 2027-08-23 18:00."


def test_the_hour_that_clocks_jump_over_is_refused_with_the_next_one() -> None:
    with pytest.raises(TimeDoesNotExist) as refusal:
        parse_local("2027-03-14T02:30", SEATTLE)
    assert refusal.value.sentence == (
        "Clocks in Los Angeles jump over 02:30 on that day. Choose a time before it, or from 03:00 on."
    )
    with pytest.raises(TimeDoesNotExist) as half_hour:
        parse_local("2027-10-03T02:15", "Australia/Lord_Howe")
    assert half_hour.value.values["next"] == "02:30"


def test_the_hour_that_happens_twice_asks_which_one() -> None:
    with pytest.raises(TimeHappensTwice) as refusal:
        parse_local("2027-11-07T01:30", SEATTLE)
    assert (refusal.value.values["first"], refusal.value.values["second"]) == ("UTC−7", "UTC−8")
    assert parse_local("2027-11-07T01:30", SEATTLE, "first") == datetime(2027, 11, 7, 8, 30, tzinfo=UTC)
    assert parse_local("2027-11-07T01:30", SEATTLE, "second") == datetime(2027, 11, 7, 9, 30, tzinfo=UTC)


zones = st.sampled_from(sorted(zone_countries()))
minutes = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)).map(  # noqa: DTZ001
    lambda when: when.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(minutes, zones)
def test_every_instant_can_be_typed_and_comes_back(instant: datetime, zone: str) -> None:
    text = local_input(instant, zone)
    try:
        read = {parse_local(text, zone)}
    except TimeHappensTwice:
        read = {parse_local(text, zone, "first"), parse_local(text, zone, "second")}
    assert instant in read


@given(st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)), zones)  # noqa: DTZ001
def test_every_wall_time_is_an_instant_or_refused_by_name(wall: datetime, zone: str) -> None:
    text = wall.strftime("%Y-%m-%dT%H:%M")
    try:
        read = parse_local(text, zone)
    except (TimeDoesNotExist, TimeHappensTwice):
        return
    assert local_input(read, zone) == text


@pytest.mark.parametrize(
    ("typed", "zone", "shown"),
    [
        # Midnight belongs to the day before: on the 28th it is over.
        ("2026-11-28T00:00", VANCOUVER, "Fri 27 November 2026"),
        ("2027-01-01T00:00", "Asia/Tokyo", "Thu 31 December 2026"),
        # The last minute of a day means the day.
        ("2026-11-27T23:59", VANCOUVER, "Fri 27 November 2026"),
        # Within a day the hour is said, and whose.
        ("2026-11-28T12:00", VANCOUVER, "Sat 28 November 2026, 12:00 (Vancouver)"),
        ("2026-11-28T00:01", VANCOUVER, "Sat 28 November 2026, 00:01 (Vancouver)"),
        ("2026-11-28T23:58", "Europe/Paris", "Sat 28 November 2026, 23:58 (Paris)"),
        # Clocks of Cairo jump over midnight in spring: the day before ends at 24:00, which is 01:00.
        ("2027-04-29T23:59", "Africa/Cairo", "Thu 29 April 2027"),
        ("2027-04-30T01:00", "Africa/Cairo", "Thu 29 April 2027"),
    ],
)
def test_a_deadline_is_the_last_moment_on_which_it_holds(typed: str, zone: str, shown: str) -> None:
    end = deadline_typed(parse_local(typed, zone), zone)
    assert format_deadline(end, zone, EN) == shown


def test_a_deadline_is_written_as_the_reader_writes_it() -> None:
    end = parse_local("2026-12-21T00:00", "UTC")
    assert [format_deadline(end, "UTC", format_locale(each)) for each in ("en", "es", "fr", "ar")] == [
        "Sun 20 December 2026",
        "dom, 20 de diciembre de 2026",
        "dim. 20 décembre 2026",
        "الأحد، 20 ديسمبر 2026",
    ]


@given(minutes, zones)
def test_no_deadline_is_shown_later_than_it_holds(typed: datetime, zone: str) -> None:
    """Whatever was typed: what is shown still holds, no minute that holds is of a later day, and typing what the form
    shows again changes nothing.
    """
    end = deadline_typed(typed, zone)
    last = last_moment(end, zone)
    place = ZoneInfo(zone)
    assert end - last in (timedelta(), timedelta(minutes=1))
    assert typed <= end <= typed + timedelta(minutes=1)
    assert (
        last.astimezone(place).date() == (end - timedelta(minutes=1)).astimezone(place).date() or last == end
    )
    assert (end - timedelta(microseconds=1)).astimezone(place).date() <= last.astimezone(place).date()
    assert deadline_typed(last, zone) == end
    assert format_day(last, zone, EN) in format_deadline(end, zone, EN)


def test_under_the_heading_of_another_day_a_clock_says_its_own() -> None:
    """Saturday 08:30 in Taipei is Friday in Los Angeles, on whichever clock the agenda shows large."""
    start = parse_local("2027-08-07T08:30", "Asia/Taipei")
    saturday = date(2027, 8, 7)
    large = format_when(start, SEATTLE, "Asia/Taipei", EN, only_clock=True, under=saturday)
    assert (large.venue, large.you) == ("17:30 Fri", "08:30")
    beside = format_when(start, "Asia/Taipei", SEATTLE, EN, only_clock=True, under=saturday)
    assert (beside.venue, beside.you) == ("08:30", "17:30 Fri")
    both = format_when(start, SEATTLE, "America/Denver", EN, only_clock=True, under=saturday)
    assert (both.venue, both.you) == ("17:30 Fri", "18:30 Fri")
    span = format_span(start, start + timedelta(hours=1), SEATTLE, None, EN, only_clock=True, under=saturday)
    assert span.venue == "17:30–18:30 Fri"


@given(minutes, zones, st.one_of(st.none(), zones), st.booleans())
def test_two_clocks_are_shown_exactly_when_they_differ(
    instant: datetime, venue: str, reader: str | None, brief: bool
) -> None:
    shown = format_when(instant, venue, reader, EN, only_clock=brief)
    same = reader is None or local_input(instant, venue) == local_input(instant, reader)
    assert (shown.you == "", shown.you_zone == "") == (same, same)


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="zone"):
        as_utc(datetime(2027, 8, 23, 8, 30))  # noqa: DTZ001
    assert as_utc(OPENING.astimezone(ZoneInfo(AMMAN))) == OPENING
    assert offset(OPENING) == "UTC"


def test_days_between_counts_both() -> None:
    assert days_between(date(2027, 8, 30), date(2027, 9, 1)) == [
        date(2027, 8, 30),
        date(2027, 8, 31),
        date(2027, 9, 1),
    ]


def test_the_days_of_an_event_are_the_venues() -> None:
    assert venue_days(OPENING, EVENING, VANCOUVER) == [date(2027, 8, 23)]
    assert venue_days(OPENING, EVENING, AMMAN) == [date(2027, 8, 23), date(2027, 8, 24)]
    midnight = datetime(2027, 8, 24, 7, 0, tzinfo=UTC)
    assert venue_days(OPENING, midnight, VANCOUVER) == [date(2027, 8, 23)]
