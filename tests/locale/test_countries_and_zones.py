"""Countries, zones and languages people speak: standard codes, named and sorted for the reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from citevents.locale.countries import (
    countries,
    country_name,
    is_country,
    where,
)
from citevents.locale.languages import LANGUAGES, format_locale
from citevents.locale.spoken_languages import (
    LEVELS,
    own_name,
    tongue_name,
    tongues,
)
from citevents.locale.text_cleaning import sort_key
from citevents.locale.zones import (
    COMMON_ZONES,
    city,
    common_zones,
    zone_countries,
    zones,
)

EN, AR, FR = format_locale("en"), format_locale("ar"), format_locale("fr")
NOW = datetime(2027, 8, 23, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_country_has_a_name_and_its_place_in_the_list(language: str) -> None:
    found = countries(format_locale(language))
    codes, names = [code for code, _name in found], [name for _code, name in found]
    assert (len(codes), len(set(codes)), all(names)) == (250, 250, True)
    assert names == sorted(names, key=sort_key)


def test_countries_are_named_in_the_readers_language() -> None:
    assert [country_name("JO", locale) for locale in (EN, FR, AR)] == ["Jordan", "Jordanie", "الأردن"]
    assert (
        country_name("ZZZ", EN),
        is_country("JO"),
        is_country("jo"),
        is_country("EU"),
        is_country(None),
    ) == (
        "ZZZ",
        True,
        False,
        False,
        False,
    )


def test_marks_and_case_do_not_move_a_name() -> None:
    assert sorted(["Zambia", "Åland Islands", "albania", "Égypte"], key=sort_key) == [
        "Åland Islands",
        "albania",
        "Égypte",
        "Zambia",
    ]


def test_tongues_are_named_for_the_reader_and_in_themselves() -> None:
    assert len(tongues(EN)) > 170
    assert (tongue_name("fi", EN), tongue_name("fi", AR), own_name("fi"), own_name("ar")) == (
        "Finnish",
        "الفنلندية",
        "suomi",
        "العربية",
    )
    assert dict(tongues(EN))["es"] == "Spanish"


def test_levels_rise() -> None:
    assert list(LEVELS) == ["A1", "A2", "B1", "B2", "C1", "C2"]


def test_zones_are_cities_from_west_to_east() -> None:
    found = zones(NOW, locale=EN)
    assert [zone.offset for zone in found] == sorted(zone.offset for zone in found)
    labels = {zone.name: zone.label for zone in found}
    assert [labels[name] for name in ("America/Vancouver", "Asia/Amman", "Asia/Kathmandu")] == [
        "Vancouver (UTC−7)",
        "Amman (UTC+3)",
        "Kathmandu (UTC+5:45)",
    ]
    assert (city("Asia/Amman", AR), city("UTC", EN)) == ("عمّان", "UTC")


def test_the_short_list_holds_what_is_wanted_once() -> None:
    found = [zone.name for zone in common_zones(NOW, "Asia/Kathmandu", "Asia/Amman", None, locale=EN)]
    assert sorted(found) == sorted({*COMMON_ZONES, "Asia/Kathmandu"})
    assert set(COMMON_ZONES) <= set(zone_countries())


def test_offsets_follow_the_season() -> None:
    january = datetime(2027, 1, 5, tzinfo=UTC)
    offsets = [
        next(zone.offset for zone in zones(at, locale=EN) if zone.name == "America/Los_Angeles")
        for at in (NOW, january)
    ]
    assert offsets == [timedelta(hours=-7), timedelta(hours=-8)]


def test_a_country_has_a_middle() -> None:
    lands = [
        "US",
        "CA",
        "GB",
        "IE",
        "FR",
        "DE",
        "ES",
        "PT",
        "IT",
        "FI",
        "SE",
        "NO",
        "DK",
        "PL",
        "UA",
        "RO",
        "GR",
        "NL",
        "BE",
        "CH",
        "AT",
        "BR",
        "MX",
        "CL",
        "AR",
        "CO",
        "PE",
        "NG",
        "GH",
        "LR",
        "KE",
        "ZA",
        "EG",
        "MA",
        "TN",
        "JO",
        "LB",
        "AE",
        "IN",
        "PK",
        "BD",
        "LK",
        "NP",
        "TH",
        "VN",
        "PH",
        "ID",
        "MY",
        "SG",
        "JP",
        "KR",
        "AU",
        "NZ",
        "FJ",
        "JM",
        "TT",
    ]
    found = {code: where(code) for code in lands}
    assert [code for code, place in found.items() if place is None] == []
    assert (where("AU"), where("JO"), where("XX")) == ((134.2, -25.6), (36.8, 31.2), None)
