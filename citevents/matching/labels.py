"""The words of the exchange: what the solver says by code, as sentences that a person reads.

Each sentence is whole and translatable; names, countries and numbers are its arguments. `tests/matching/test_words.py` holds
these lists against everything that the solver can say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from citevents.core.times import format_day, format_days
from citevents.locale.countries import country_name
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.languages import ngettext, text_direction
from citevents.matching import policy

Arguments = Mapping[str, Any]

MODES = {
    "mutual": (_l("Visit each other"), _l("A week there, a week here; a pair, or a ring of three programs.")),
    "guest": (_l("Visit another program"), _l("Your delegation travels.")),
    "host": (_l("Host another program"), _l("A delegation comes to you.")),
    "virtual": (_l("Meet online"), _l("A series of meetings with one other program.")),
    "mentoring": (_l("Mentoring online"), _l("The program that is further on accompanies the other.")),
    "circle": (_l("Circle online"), _l("Three to five programs meet as one group.")),
}
SHAPES = {
    "mutual": _l("Two-way visit"),
    "visit": _l("Study visit"),
    "virtual": _l("Online meetings"),
    "mentoring": _l("Mentoring online"),
    "cycle": _l("Ring of three visits"),
    "circle": _l("Online circle"),
}
#: How a shape is drawn on the map.
ARCS = {
    "mutual": "visit",
    "cycle": "visit",
    "visit": "host",
    "virtual": "online",
    "mentoring": "online",
    "circle": "online",
}
STAGES = {
    "starting": _l("Starting"),
    "growing": _l("Growing"),
    "established": _l("Established"),
    "leading": _l("Leading: others learn from it"),
}
STRUCTURES = {
    "agency": _l("One agency"),
    "regional": _l("Several agencies of a region"),
    "state": _l("A state or province"),
}
LEGAL = {
    "common": _l("Common law"),
    "civil": _l("Civil law"),
    "mixed": _l("Mixed"),
    "customary": _l("Customary law"),
    "religious": _l("Religious law"),
}
SIZES = {
    "village": _l("Villages"),
    "town": _l("A town"),
    "city": _l("A city"),
    "metropolis": _l("A metropolis"),
}
ROLES = {
    "police": _l("Police"),
    "corrections": _l("Corrections"),
    "dispatch": _l("Dispatch"),
    "clinician": _l("Clinicians"),
    "court": _l("Courts"),
    "family": _l("Families"),
    "lived_experience": _l("People with lived experience"),
    "advocate": _l("Advocates"),
}
ELEMENTS = {
    "partnerships": _l("Partnerships"),
    "community_ownership": _l("Community ownership"),
    "policies": _l("Policies and procedures"),
    "cit_roles": _l("CIT officer, dispatcher and coordinator"),
    "curriculum": _l("40-hour course"),
    "receiving_facility": _l("Receiving facility"),
    "evaluation": _l("Evaluation and research"),
    "in_service_training": _l("In-service training"),
    "recognition": _l("Recognition and honors"),
    "outreach": _l("Outreach to other communities"),
}

TIERS = {
    "people": (_l("Most programs with a partner"), _l("programs")),
    "left_out": (_l("Longest left out first"), _l("earlier rounds without a partner that end")),
    "equity": (_l("Every country gets its share"), _l("share of each country’s programs, lowest first")),
    "wishes": (_l("Preferred partners"), _l("preference points that come true")),
    "score": (_l("Best fit on all sides"), _l("points")),
    "blocking": (_l("Fewest who would rather swap"), _l("pairs that would both rather have each other")),
}
RUN_STAGES = {
    "begin": _l("Reading the requests"),
    "people": _l("Finding partners for as many programs as possible"),
    "left_out": _l("Looking after those who were left out before"),
    "equity": _l("Giving every country its share"),
    "wishes": _l("Bringing preferred partners together"),
    "score": _l("Looking for the best fit"),
    "blocking": _l("Counting who would rather swap"),
    "groups": _l("Trying rings of three and circles"),
    "exactly": _l("Proving that no plan is better"),
}
MODES_OF_RUN = {
    "coverage": (
        _l("As many as possible"),
        _l("First the most programs with a partner, then the best fit among those plans."),
    ),
    "stable": (
        _l("As settled as possible"),
        _l("First a plan in which no two programs would rather have each other, then the most programs."),
    ),
}


def element(code: str) -> str:
    """A core element's name, or a free topic as it was written."""
    return str(ELEMENTS.get(code, code))


def _word(words: Mapping[str, Any], code: object) -> str:
    return str(words.get(str(code), code))


def _list(words: Mapping[str, Any], codes: object) -> str:
    return _comma().join(_word(words, code) for code in codes) if isinstance(codes, Sequence) else ""


def _comma() -> str:
    return "، " if text_direction() == "rtl" else ", "


Says = Callable[[Arguments], str]

#: What the reader's program gets from another: code -> (fits, sentence).
GETS: dict[str, tuple[bool, Says]] = {
    "need_met": (True, lambda a: _rank(a, _("You look for this most of all, and they can show it."), _("It is among what you look for, and they can show it."))),
    "no_need_met": (False, lambda a: _("None of what you look for is among what they show best.")),
    "no_needs_named": (False, lambda a: _("You named nothing that you look for. Add it to your description, and the next match fits better.")),
    "wished": (True, lambda a: _("You asked for this program.")),
    "part_stage": (True, lambda a: _same(a, STAGES, _l("At the same stage as you: %(what)s."), _l("At another stage than you: %(what)s."))),
    "part_legal": (True, lambda a: _same(a, LEGAL, _l("The same legal system: %(what)s."), _l("A legal system near yours: %(what)s."))),
    "part_size": (True, lambda a: _same(a, SIZES, _l("They serve a community of your size: %(what)s."), _l("They serve a community of a size near yours: %(what)s."))),
    "part_role": (True, lambda a: _("The same people at work: %(roles)s.", roles=_list(ROLES, a["roles"]))),
    "part_novelty": (True, lambda a: _("A country that is new to you: %(country)s.", country=country_name(str(a["country"])))),
    "part_zone": (True, lambda a: _zone(a)),
}  # fmt: skip

#: What another program gets from the reader's: code -> (fits, sentence).
GIVES: dict[str, tuple[bool, Says]] = {
    "need_met": (True, lambda a: _rank(a, _("They look for this most of all, and you can show it."), _("It is among what they look for, and you can show it."))),
    "no_need_met": (False, lambda a: _("None of what they look for is among what you show best.")),
    "no_needs_named": (False, lambda a: _("They named nothing that they look for.")),
    "wished": (True, lambda a: _("They asked for a program like yours.")),
    "part_stage": (True, lambda a: _same(a, STAGES, _l("You are at the same stage: %(what)s."), _l("You are at another stage: %(what)s."))),
    "part_legal": (True, lambda a: _same(a, LEGAL, _l("The same legal system: %(what)s."), _l("Your legal system is near theirs: %(what)s."))),
    "part_size": (True, lambda a: _same(a, SIZES, _l("You serve a community of their size: %(what)s."), _l("You serve a community of a size near theirs: %(what)s."))),
    "part_role": (True, lambda a: _("The same people at work: %(roles)s.", roles=_list(ROLES, a["roles"]))),
    "part_novelty": (True, lambda a: _("A country that is new to them: %(country)s.", country=country_name(str(a["country"])))),
    "part_zone": (True, lambda a: _zone(a)),
}  # fmt: skip


def _rank(a: Arguments, first: str, later: str) -> str:
    topic: Markup = Markup("<b>{}.</b> ").format(element(str(a["topic"])))
    said: Markup = topic + (first if a["rank"] == 1 else later)
    return said


def _same(a: Arguments, words: Mapping[str, Any], same: Any, other: Any) -> str:
    """`theirs` is of the side that gives, `mine` of the side that gains."""
    return str(same if a["mine"] == a["theirs"] else other) % {"what": _word(words, a["theirs"])}


def _zone(a: Arguments) -> str:
    hours = round(int(a["minutes_apart"]) / 60)
    if not hours:
        return str(_("Your clocks show the same."))
    return str(ngettext("Your clocks are %(num)s hour apart.", "Your clocks are %(num)s hours apart.", hours))


#: Which rule stands in the way, when one alone does.
RULES = {
    "mode": _l("they do not accept the same kind of exchange"),
    "country": _l("they are in the same country, and exchanges are international"),
    "language": _l("they share no language at the level asked for"),
    "weeks": _l("they share no week"),
    "previous_partner": _l("they met in an earlier round"),
    "declined": _l("one of them declined the other in this round"),
    "budget": _l("the journey costs more than the budget"),
    "visa": _l("a delegation cannot enter the country"),
    "capacity": _l("the host cannot take a delegation of that size"),
    "further_on": _l("neither is further on than the other"),
    "minimum": _l("they fit each other too little"),
    # Never said of two programs: who avoids whom is private. A rule's code needs a word all the same.
    "must_not": _l("they do not fit"),
    "oneself": _l("they do not fit"),
}

#: Why a program has no partner, as the coordinator reads it.
UNMATCHED: dict[str, Says] = {
    "others_first": lambda a: ngettext(
        "%(num)s program would have been possible; the plan needs it for somebody else.",
        "%(num)s programs would have been possible; the plan needs them for others.",
        int(a["possible_partners"]),
    ),
    "no_language": lambda a: _("Its description names no language."),
    "no_mode": lambda a: _("Its request accepts no kind of exchange."),
    "no_weeks": lambda a: _("None of its weeks lies ahead in this round."),
    "nobody_possible": lambda a: _("No other program of this round fits."),
    "nobody_possible_because": lambda a: ngettext(
        "No other program fits. What most often stands alone in the way: %(rule)s. Without it, %(num)s would be possible.",
        "No other program fits. What most often stands alone in the way: %(rule)s. Without it, %(num)s would be possible.",
        int(a["would_open"]),
        rule=_word(RULES, a["rule"]),
    ),
}  # fmt: skip
#: Said in place of a reason when the round is too small for one.
ALONE = _l("It is the only program in this round. A round needs at least two, in two countries.")

#: What is wrong with a request or an earlier match; the rest of the round goes on without it.
PROBLEMS: dict[str, Says] = {
    "unknown_program": lambda a: _("The request belongs to no program."),
    "no_language": lambda a: _("The description names no language."),
    "no_mode": lambda a: _("The request accepts no kind of exchange."),
    "weeks_past": lambda a: _("All its weeks are over."),
    "no_weeks": lambda a: _("The request names no week."),
    "no_places": lambda a: _("It would host, but can take no delegation."),
    "wish_for_oneself": lambda a: _("It asks for itself as a partner."),
    "wish_unknown": lambda a: _("It asks for a program that is not in this round."),
    "wish_and_must_not": lambda a: _("It asks for a program that cannot be its partner."),
    "pre_matched_unknown": lambda a: _("It named a partner that is not in this round."),
    "pre_matched_not_returned": lambda a: _("It named a partner that did not name it."),
    "pre_matched_breaks_rule": lambda a: _("The partner it named cannot be its partner in this round."),
    "accepted_unusable": lambda a: _("A match agreed earlier no longer holds: one of its programs is not free."),
    "proposed_unusable": lambda a: _("A proposal that is out no longer holds: one of its programs is not free."),
}  # fmt: skip


#: A small change of one request that, alone or with others, would make a match possible.
CHANGES: dict[str, Says] = {
    "free_week": lambda a: _("%(program)s frees the week from %(day)s.", program=a["program"], day=format_day(policy.monday_of(str(a["week"])))),
    "accept_mode": lambda a: _("%(program)s accepts “%(kind)s”.", program=a["program"], kind=MODES[str(a["mode"])][0]),
    "lower_floor": lambda a: _("%(program)s accepts a common language at %(level)s.", program=a["program"], level=a["level"]),
    "raise_budget": lambda a: _("%(program)s has a larger budget for the journey.", program=a["program"]),
    "open_visa": lambda a: _("%(program)s can enter %(country)s.", program=a["program"], country=country_name(str(a["country"]))),
    "offer_place": lambda a: _("%(program)s offers to host a delegation.", program=a["program"]),
    "host_more_people": lambda a: ngettext("%(program)s hosts a delegation of %(num)s person.", "%(program)s hosts a delegation of %(num)s people.", int(a["people"]), program=a["program"]),
}  # fmt: skip


def gets(reasons: Sequence[Sequence[Any]], shape: str) -> list[tuple[bool, str]]:
    """What the reader gets in this kind of exchange: (fits, sentence) for each reason, as `p.mutual` shows them."""
    return [
        (GETS[code][0], GETS[code][1](arguments))
        for code, arguments in reasons
        if _told(code, arguments, shape)
    ]


def gives(reasons: Sequence[Sequence[Any]], shape: str) -> list[tuple[bool, str]]:
    """What the other side gets from the reader."""
    return [
        (GIVES[code][0], GIVES[code][1](arguments))
        for code, arguments in reasons
        if _told(code, arguments, shape)
    ]


def _told(code: str, arguments: Arguments, shape: str) -> bool:
    """Who asked for whom would tell who it is; clocks matter to those who meet online; two sizes apart is not near."""
    if code == "part_size":
        sizes = list(SIZES)
        return abs(sizes.index(arguments["mine"]) - sizes.index(arguments["theirs"])) < 2
    return code != "wished" and (code != "part_zone" or shape in policy.ONLINE)


def unmatched(reason: Sequence[Any], programs: int) -> str:
    """Why a program has no partner in a round of so many programs."""
    if programs < 2:
        return str(ALONE)
    code, arguments = reason
    return UNMATCHED[code](arguments)


def problem(reason: Sequence[Any]) -> str:
    """What is wrong with a request."""
    code, arguments = reason
    return PROBLEMS[code](arguments)


def change(code: str, arguments: Arguments, program: str) -> str:
    """A change that this program would have to make."""
    return CHANGES[code]({**arguments, "program": program})


def days_of(week: str) -> str:
    """Monday to Friday of a week, as dates."""
    monday = policy.monday_of(week)
    return format_days(monday, monday + timedelta(days=4))
