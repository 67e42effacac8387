"""The conformance kit: what the console relies on, as checks that any adapter's author can run.

Point it at an adapter by writing a rig (derive from `BaseRig`: how to seed the backend and look
into it past the adapter), then loop over `CHECKS` in pytest, or have the report printed by
`python -m vagt.adapters.conformance my_package.rig:make_rig`.
"""

from vagt.adapters.conformance.catalogue import CHECKS
from vagt.adapters.conformance.checks import Check, Level, NotApplicable, NotShown, Unmet
from vagt.adapters.conformance.report import Report, examine
from vagt.adapters.conformance.rig import BaseRig, Fault, Rig, Truth

__all__ = [
    "CHECKS",
    "BaseRig",
    "Check",
    "Fault",
    "Level",
    "NotApplicable",
    "NotShown",
    "Report",
    "Rig",
    "Truth",
    "Unmet",
    "examine",
]
