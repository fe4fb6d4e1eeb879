"""What rooms have and sessions need: one vocabulary, so that whatever is missing can be put right."""

from __future__ import annotations

from citevents.locale.languages import lazy_gettext as _l

FEATURES = {
    "step_free": _l("Step-free stage"),
    "hearing_loop": _l("Hearing loop"),
    "captions": _l("Live captions"),
    "sign_language": _l("Space for sign-language interpreting"),
    "interpreting": _l("Interpreting booth"),
    "recording": _l("Recording"),
    "projector": _l("Projector"),
}
