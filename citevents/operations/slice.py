"""What the slice gives the product."""

from citevents.core.contributions import Slice
from citevents.core.invariants import INVARIANTS
from citevents.operations import commands, metrics
from citevents.operations.across import ACROSS
from citevents.operations.views import operations

SLICE = Slice(
    blueprints=(operations,),
    commands=commands.cli,
    invariants=(*INVARIANTS, *ACROSS),
    start=metrics.init_metrics,
)
