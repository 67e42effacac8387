"""Priority from impact and urgency (ITIL: the matrix), and words for the levels."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = (1, 2, 3)
"""Impact and urgency: 1 high, 2 medium, 3 low."""
PRIORITIES = (1, 2, 3, 4, 5)
LEVEL_WORDS = {1: "high", 2: "medium", 3: "low"}
PRIORITY_WORDS = {1: "critical", 2: "high", 3: "moderate", 4: "low", 5: "planning"}


@dataclass(frozen=True, slots=True)
class PriorityMatrix:
    """Row = impact 1 to 3, column = urgency 1 to 3, cell = priority 1 to 5."""

    rows: tuple[tuple[int, int, int], ...] = ((1, 2, 3), (2, 3, 4), (3, 4, 5))

    def __post_init__(self) -> None:
        if len(self.rows) != 3 or any(len(row) != 3 for row in self.rows):
            raise ValueError("the matrix has three rows (impact) of three columns (urgency)")
        if any(cell not in PRIORITIES for row in self.rows for cell in row):
            raise ValueError("each cell of the matrix is a priority from 1 to 5")

    def priority(self, impact: int, urgency: int) -> int:
        return self.rows[impact - 1][urgency - 1]

    def nearest(self, priority: int) -> tuple[int, int]:
        """An (impact, urgency) that gives `priority`, or comes nearest; the most even pair wins."""
        pairs = [(i, u) for i in LEVELS for u in LEVELS]
        return min(pairs, key=lambda p: (abs(self.priority(*p) - priority), abs(p[0] - p[1]), p))
