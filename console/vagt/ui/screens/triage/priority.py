"""Impact and urgency as the matrix they are; the priority alone where the backend knows no more."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from vagt.domain.capability import Capability
from vagt.domain.commands import SetPriority
from vagt.domain.incident import Incident
from vagt.domain.priority import LEVEL_WORDS, LEVELS, PRIORITIES, PRIORITY_WORDS, PriorityMatrix
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt_widgets.matrix_picker import MatrixPicker

ROOMY = 72
"""Cells from which the matrix has room for the priorities' words."""


async def ask(asking: Asking) -> Answer:
    """Judge all subjects at once."""
    matrix = asking.engine.settings.matrix
    judging = {name for name in asking.backends if able(asking.engine, name, Capability.SET_IMPACT_URGENCY)}
    if not judging:
        digit = await asking.app.push_screen_wait(DigitQuestion(asking, matrix))
        return None if digit is None else asking.same(SetPriority(priority=digit))
    cell = await asking.app.push_screen_wait(MatrixQuestion(asking, matrix))
    if cell is None:
        return None
    impact, urgency = cell[0] + 1, cell[1] + 1
    derived = SetPriority(impact=impact, urgency=urgency)
    written = SetPriority(priority=matrix.priority(impact, urgency))
    return asking.each(lambda incident: derived if incident.backend in judging else written)


def judged(incident: Incident, matrix: PriorityMatrix) -> tuple[int, int]:
    """Where in the matrix an incident stands now, counted from 0; the nearest cell where that is not told."""
    if incident.impact and incident.urgency:
        return incident.impact - 1, incident.urgency - 1
    impact, urgency = matrix.nearest(incident.priority or 3)
    return (incident.impact or impact) - 1, (incident.urgency or urgency) - 1


class MatrixQuestion(Question[tuple[int, int]]):
    """Returns (impact, urgency), counted from 0."""

    def __init__(self, asking: Asking, matrix: PriorityMatrix) -> None:
        super().__init__(asking.title, hint="digits: impact, then urgency", refusals=asking.refusals)
        self.asking = asking
        self.matrix = matrix

    def parts(self) -> ComposeResult:
        first = self.asking.subjects[0]
        told = len(self.asking.subjects) == 1 and bool(first.impact and first.urgency)
        here = judged(first, self.matrix)
        roomy = self.app.size.width >= ROOMY
        values = [
            [f"P{cell} {PRIORITY_WORDS[cell]}" if roomy else f"P{cell}" for cell in row] for row in self.matrix.rows
        ]
        yield MatrixPicker(values, chosen=here, current=here if told else None)
        if len(self.asking.subjects) == 1 and first.priority:
            yield Static(f"Now: P{first.priority} {PRIORITY_WORDS[first.priority]}", classes="who", markup=False)


class DigitQuestion(Question[int]):
    """Returns the priority, 1 to 5."""

    def __init__(self, asking: Asking, matrix: PriorityMatrix) -> None:
        super().__init__(asking.title, hint="1–5 sets · esc back", refusals=asking.refusals)
        self.asking = asking
        self.matrix = matrix

    def parts(self) -> ComposeResult:
        now = {incident.priority for incident in self.asking.subjects}
        current = now.pop() if len(now) == 1 else None
        options = [
            Option(
                str(level),
                f"P{level} {PRIORITY_WORDS[level]}" + (" (now)" if level == current else ""),
                pairs(self.matrix, level),
                level,
            )
            for level in PRIORITIES
        ]
        yield Options(options, at=(current or 3) - 1)


def pairs(matrix: PriorityMatrix, priority: int) -> str:
    """Which impact and urgency the config's matrix gives this priority."""
    found = [
        f"{LEVEL_WORDS[impact]} × {LEVEL_WORDS[urgency]}"
        for impact in LEVELS
        for urgency in LEVELS
        if matrix.priority(impact, urgency) == priority
    ]
    return f"impact × urgency: {', '.join(found)}" if found else ""
