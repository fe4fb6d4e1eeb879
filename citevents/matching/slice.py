"""What the slice gives the product."""

from citevents.core.access import Role
from citevents.core.contributions import Deferred, DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.matching import personal_data
from citevents.matching.invariants import INVARIANTS
from citevents.matching.views import matching

SLICE = Slice(
    blueprints=(matching,),
    commands=Deferred("exchange", "citevents.matching.commands"),
    personal_data=personal_data,
    invariants=INVARIANTS,
    desk=(DeskLink(70, _l("Exchange rounds"), "matching.board", (Role.EXCHANGE_COORDINATOR,)),),
    acts={
        ("open", "exchange_round"): _l("opened an exchange round"),
        ("close", "exchange_round"): _l("closed an exchange round"),
        ("run", "exchange_round"): _l("ran an exchange round"),
        ("propose", "exchange_round"): _l("sent the proposals of a round"),
        ("stop", "exchange_run"): _l("told a run to stop"),
        ("fail", "exchange_run"): _l("gave up a run that was lost"),
        ("reply", "exchange_request"): _l("wrote back to a program that asked for an exchange"),
        ("cancel", "exchange"): _l("cancelled an exchange"),
    },
    subjects={
        "exchange": _l("exchange"),
        "exchange_request": _l("request for an exchange"),
        "exchange_round": _l("exchange round"),
        "exchange_run": _l("run of a round"),
    },
    reactions={
        "matching.forget_program": _l("Forget the program of an erased person"),
        "matching.leave_rounds": _l("Take a program out of open rounds"),
        "matching.mail_reply": _l("Email an answer to a program that asked"),
        "matching.mail_side": _l("Email a program leader about a proposal"),
        "matching.owe_ends": _l("Tell that a proposal is over"),
        "matching.owe_lapses": _l("Tell that nobody answered in time"),
        "matching.owe_names": _l("Tell leaders whom they meet"),
        "matching.owe_proposals": _l("Tell leaders of a proposal"),
        "matching.solve_round": _l("Run an exchange round"),
    },
)
