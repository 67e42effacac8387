"""All checks, in the order in which they make sense: by level, what is read before what is done."""

from __future__ import annotations

from vagt.adapters.conformance import (
    acting,
    asking,
    attaching,
    failing,
    following,
    recording,
    refusing,
    sparing,
    trusting,
)
from vagt.adapters.conformance.checks import Check, Level

_MODULES = (following, asking, acting, recording, attaching, refusing, failing, trusting, sparing)

CHECKS: tuple[Check, ...] = tuple(
    check for level in Level for module in _MODULES for check in module.CHECKS if check.level is level
)
