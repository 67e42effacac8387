"""The score card: what a drill is judged by, in plain figures."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took for the incidents of one true priority. Seconds of the shift."""

    count: int
    """Those where it was done."""
    median: float | None
    in_time: int
    """Those within their target."""
    late: int
    """Those done too late, or overdue when the shift ended."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the marks."""

    name: str
    weight: int
    share: float | None
    """0 to 1; None: there was nothing to judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How one drill went."""

    played: float
    """Seconds of the shift."""
    whole: bool
    """It was played to its end."""
    arrived: int
    acknowledged: dict[int, Times] = field(default_factory=dict)
    """By true priority."""
    resolved: dict[int, Times] = field(default_factory=dict)
    urgent_acknowledged: float | None
    """Median seconds to acknowledge, priorities 1 and 2."""
    urgent_resolved: float | None
    slas_met: int
    slas_decided: int
    priorities_judged: int
    priorities_wrong: int
    priorities_far: int
    """Wrong by more than one step."""
    duplicates: int
    """Reports of something that another incident tells already."""
    duplicates_missed: int
    duplicates_wrong: int
    """Merged into something else."""
    symptoms: int
    symptoms_linked: int
    promises_kept: int
    promises_broken: int
    reopened: int
    """Called solved while they were not."""
    lingering: int
    """Service was back for minutes, and the operator's incident still open."""
    majors: int
    majors_declared: int
    majors_false: int
    actions: int
    taken_back: int
    conflicts: int
    refused: int
    left: int
    parts: tuple[Part, ...] = ()

    @property
    def marks(self) -> int | None:
        """0 to 100, over the parts that could be judged; None: nothing could."""
        judged = [(part.weight, part.share) for part in self.parts if part.share is not None]
        if not judged:
            return None
        return round(100 * sum(weight * share for weight, share in judged) / sum(weight for weight, _ in judged))
