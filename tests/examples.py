"""How many examples a property is tried with: few on every run, many in `./script/test --deep`."""

from __future__ import annotations

import os

import hypothesis
from hypothesis import HealthCheck, Phase

#: So many times the few are tried in a deep run.
DEEPER = 12
#: A run with few does not shrink what fails, which can take minutes: the example is kept, and a deep run of that test shrinks it.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)

# No deadline: a busy machine is no failure.
_always = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis.settings.register_profile("quick", max_examples=25, phases=QUICK, **_always)
hypothesis.settings.register_profile("deep", max_examples=25 * DEEPER, **_always)
PROFILE = os.environ.get("CITEVENTS_EXAMPLES", "quick")


def examples(few: int) -> int:
    """For `max_examples` of a property that is dearer, or has more cases, than most: `few`, or in a deep run twelve times as many."""
    return few * DEEPER if PROFILE == "deep" else few
