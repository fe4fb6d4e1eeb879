"""Made-up populations that look like a real round: skewed countries, languages, windows, conflicts.

No program in it exists. The countries' shares, languages and zones are rough, for shape only.
"""

import random
from collections.abc import Mapping

from citevents.matching.solver.problem import (
    CORE_ELEMENTS,
    LEVELS,
    ROLES,
    SIZES,
    STAGES,
    STRUCTURES,
    Mode,
    Population,
    Program,
    Request,
    Round,
)

# country: (share, region, official language, zone minutes, legal setting, chance of working English)
COUNTRIES: Mapping[str, tuple[int, str, str, int, str, float]] = {
    "US": (300, "North America", "en", -360, "common", 1.0),
    "CA": (90, "North America", "en", -300, "mixed", 1.0),
    "GB": (70, "Europe", "en", 0, "common", 1.0),
    "AU": (60, "Oceania", "en", 600, "common", 1.0),
    "IN": (55, "Asia", "hi", 330, "common", 0.9),
    "NG": (45, "Africa", "en", 60, "mixed", 1.0),
    "BR": (40, "South America", "pt", -180, "civil", 0.4),
    "DE": (35, "Europe", "de", 60, "civil", 0.85),
    "FR": (30, "Europe", "fr", 60, "civil", 0.6),
    "ES": (28, "Europe", "es", 60, "civil", 0.55),
    "MX": (28, "North America", "es", -360, "civil", 0.45),
    "NL": (24, "Europe", "nl", 60, "civil", 0.95),
    "FI": (22, "Europe", "fi", 120, "civil", 0.95),
    "SE": (22, "Europe", "sv", 60, "civil", 0.95),
    "NZ": (20, "Oceania", "en", 720, "common", 1.0),
    "IE": (20, "Europe", "en", 0, "common", 1.0),
    "JP": (20, "Asia", "ja", 540, "civil", 0.4),
    "KR": (18, "Asia", "ko", 540, "civil", 0.45),
    "ZA": (18, "Africa", "en", 120, "mixed", 1.0),
    "KE": (16, "Africa", "en", 180, "common", 1.0),
    "GH": (14, "Africa", "en", 0, "common", 1.0),
    "LR": (12, "Africa", "en", 0, "mixed", 1.0),
    "JO": (12, "Asia", "ar", 180, "mixed", 0.6),
    "EG": (12, "Africa", "ar", 120, "mixed", 0.5),
    "TN": (10, "Africa", "ar", 60, "civil", 0.4),
    "MA": (10, "Africa", "ar", 60, "mixed", 0.4),
    "SN": (8, "Africa", "fr", 0, "civil", 0.35),
    "IT": (18, "Europe", "it", 60, "civil", 0.5),
    "PT": (14, "Europe", "pt", 0, "civil", 0.7),
    "PL": (16, "Europe", "pl", 60, "civil", 0.6),
    "NO": (14, "Europe", "no", 60, "civil", 0.95),
    "DK": (12, "Europe", "da", 60, "civil", 0.95),
    "CO": (12, "South America", "es", -300, "civil", 0.4),
    "CL": (10, "South America", "es", -240, "civil", 0.45),
    "AR": (12, "South America", "es", -180, "civil", 0.5),
    "PE": (8, "South America", "es", -300, "civil", 0.35),
    "PH": (10, "Asia", "en", 480, "mixed", 1.0),
    "SG": (6, "Asia", "en", 480, "common", 1.0),
    "VN": (6, "Asia", "vi", 420, "civil", 0.35),
    "TH": (6, "Asia", "th", 420, "civil", 0.4),
}
_SECOND_LANGUAGES = {"CA": "fr", "NG": "yo", "MA": "fr", "TN": "fr", "ZA": "zu", "IN": "ta", "SN": "wo"}
_TOPICS = (
    "youth",
    "rural_response",
    "mobile_teams",
    "peer_support",
    "veterans",
    "homelessness",
    "data_sharing",
    "family_panels",
    "jail_diversion",
    "language_access",
)
SKEWS = ("world", "convener", "one_country", "scarce_hosts", "narrow_weeks", "two_blocs")
_WINDOWS = {"convener": (4, 8)}  # weeks, where not 2 to 6
_CONVENING = 0.35  # share of the convener's country
_DISTANT = 180_000  # minor units for a journey to another region; half within one


def population(programs: int, seed: int, *, skew: str = "world", modes: str = "mutual") -> Population:
    """`programs` made-up programs with one request each, the same for the same arguments.

    skew: one of SKEWS, described in docs/MATCHING.md. modes: "mutual" asks for mutual visits only; "all"
    mixes every mode, with hosts of several places. Raises ValueError for an unknown skew or a negative number.
    """
    if skew not in SKEWS:
        raise ValueError(f"skew is one of {', '.join(SKEWS)}, not {skew!r}")
    if programs < 0:
        raise ValueError("programs is 0 or more")
    rng = random.Random(f"{seed}/{skew}/{modes}")
    width = max(4, len(str(programs)))
    ids = [f"P{k + 1:0{width}d}" for k in range(programs)]
    countries = _countries(rng, programs, skew)
    made = tuple(_program(rng, p, c, ids, skew) for p, c in zip(ids, countries, strict=True))
    requests = tuple(_request(rng, p, ids, skew, modes) for p in made)
    return Population(programs=made, requests=requests, round=_round(seed))


def _countries(rng: random.Random, programs: int, skew: str) -> list[str]:
    if skew == "one_country":
        return ["US"] * programs
    if skew == "two_blocs":
        return [rng.choice(("US", "FR")) for _ in range(programs)]
    if skew == "convener":
        abroad = {country: row[0] for country, row in COUNTRIES.items() if country != "US"}
        others = iter(rng.choices(list(abroad), list(abroad.values()), k=programs))
        return ["US" if rng.random() < _CONVENING else next(others) for _ in range(programs)]
    return rng.choices(list(COUNTRIES), [row[0] for row in COUNTRIES.values()], k=programs)


def _program(rng: random.Random, name: str, country: str, ids: list[str], skew: str) -> Program:
    _, _, official, zone, legal, english = COUNTRIES[country]
    if skew == "convener":
        english = 1.0  # the call asks for it
    languages = {official: "C2"}
    if country in _SECOND_LANGUAGES and rng.random() < 0.5:
        languages[_SECOND_LANGUAGES[country]] = rng.choice(LEVELS[2:])
    if rng.random() < english:
        languages.setdefault("en", rng.choice(("B1", "B2", "B2", "C1")))
    elif rng.random() < 0.5:
        languages.setdefault("en", rng.choice(("A1", "A2")))
    if rng.random() < 0.15:
        languages.setdefault(rng.choice(("es", "fr", "pt", "ar", "de")), rng.choice(("B1", "B2", "C1")))
    topics = CORE_ELEMENTS + _TOPICS
    strengths = rng.sample(topics, rng.randint(2, 6))
    wanted = [t for t in rng.sample(topics, 8) if t not in strengths]
    roles = {"police", *rng.sample(ROLES[1:], rng.randint(1, 4))}
    return Program(
        id=name,
        country=country,
        languages=languages,
        roles=frozenset(roles),
        stage=rng.choices(STAGES, (30, 35, 25, 10))[0],
        structure=rng.choice(STRUCTURES),
        legal=legal,
        size=rng.choices(SIZES, (15, 35, 35, 15))[0],
        zone=zone,
        strengths=frozenset(strengths),
        needs=tuple(wanted[: rng.randint(1, 4)]),
        previous=frozenset(
            p for p in rng.sample(ids, min(len(ids), rng.choice((0, 0, 0, 1, 2)))) if p != name
        ),
        left_out=rng.choices((0, 1, 2, 3), (80, 14, 5, 1))[0],
    )


def _request(rng: random.Random, p: Program, ids: list[str], skew: str, modes: str) -> Request:
    weeks = [f"2027-W{k:02d}" for k in range(36, 52)]
    length = 1 if skew == "narrow_weeks" else rng.randint(*_WINDOWS.get(skew, (2, 6)))
    chosen: set[str] = set()
    for _ in range(rng.randint(1, 2)):
        start = rng.randrange(len(weeks) - length + 1)
        chosen |= set(weeks[start : start + length])
    accepted = _modes(rng, skew) if modes == "all" else frozenset({Mode.MUTUAL})
    others = [q for q in rng.sample(ids, min(len(ids), 6)) if q != p.id]
    refused = frozenset(others[4:]) if rng.random() < 0.1 else frozenset()
    return Request(
        program=p.id,
        modes=accepted,
        weeks=frozenset(chosen),
        delegation=rng.choice((3, 3, 3, 4, 5)),
        places=rng.choices((1, 2, 3), (60, 30, 10))[0] if Mode.HOST in accepted else 1,
        largest_delegation=rng.choice((None, 4, 5, 6)),
        budget=rng.choices((None, _DISTANT, _DISTANT // 2), (50, 30, 20))[0],
        visas_closed=frozenset(rng.sample(sorted(COUNTRIES), 3)) if rng.random() < 0.15 else frozenset(),
        floor=rng.choices(("A2", "B1", "B2"), (15, 65, 20))[0],
        wishes=tuple(others[: rng.randint(1, 3)]) if rng.random() < 0.25 else (),
        must_not=refused,
    )


def _modes(rng: random.Random, skew: str) -> frozenset[Mode]:
    host = 0.1 if skew == "scarce_hosts" else 0.35
    chances = {
        Mode.MUTUAL: 0.55,
        Mode.GUEST: 0.35,
        Mode.HOST: host,
        Mode.VIRTUAL: 0.3,
        Mode.MENTORING: 0.15,
        Mode.CIRCLE: 0.15,
    }
    chosen = frozenset(mode for mode, chance in chances.items() if rng.random() < chance)
    return chosen or frozenset({Mode.MUTUAL})


def _round(seed: int) -> Round:
    regions = {country: row[1] for country, row in COUNTRIES.items()}
    names = sorted(set(regions.values()))
    fares = {f"{a}>{b}": _DISTANT if a != b else _DISTANT // 2 for a in names for b in names}
    return Round(id=f"sample-{seed}", opens="2027-W36", regions=regions, fares=fares)
