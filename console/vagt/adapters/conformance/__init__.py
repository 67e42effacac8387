"""The conformance kit: what the console relies on, as checks that any adapter's author can run.

Point it at an adapter by writing a `Rig` (how to seed the backend and look into it past the
adapter), then either loop over `CHECKS` in pytest or call `examine` for a report with a level.
"""

from vagt.adapters.conformance.checks import CHECKS, Check, Level, NotApplicable, Unmet
from vagt.adapters.conformance.report import Report, examine
from vagt.adapters.conformance.rig import Fault, Rig, Truth

__all__ = ["CHECKS", "Check", "Fault", "Level", "NotApplicable", "Report", "Rig", "Truth", "Unmet", "examine"]
