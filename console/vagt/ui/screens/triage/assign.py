"""Giving it to a team, a person, or both; or back to nobody."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from vagt.ui.screens.triage.abilities import one_owner
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.candidates import Candidates, is_team
from vagt.ui.screens.triage.question import Question
from vagt.ui.typed import vagt_of
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import FuzzyPicker
from vagt_widgets.glyphs import glyphs_for


async def ask(asking: Asking) -> Answer:
    """Pick once for all subjects."""
    candidates = Candidates(asking.engine, asking.backends)
    picked = await asking.app.push_screen_wait(AssignQuestion(asking, candidates))
    if picked is None:
        return None
    requests = asking.each(lambda incident: candidates.assignment(picked, incident.backend))
    if left := len(asking.subjects) - len(requests):
        names = ", ".join(item.label for item in picked)
        vagt_of(asking.app).acting.watching.remark(f"{left} left as they are: their backend does not know {names}.")
    return requests


class AssignQuestion(Question[tuple[PickItem, ...]]):
    """Returns what was picked: at most one team and one person."""

    def __init__(self, asking: Asking, candidates: Candidates) -> None:
        self.one_owner = one_owner(asking.engine, asking.backends)
        marks = "enter takes a team or a person" if self.one_owner else "tab marks a team and a person"
        super().__init__(asking.title, hint=f"{marks} · esc back", refusals=asking.refusals)
        self.candidates = candidates

    def parts(self) -> ComposeResult:
        yield FuzzyPicker(
            self.candidates.used_before(),
            source=self.candidates.look_up,
            multiple=True,
            placeholder="team or person",
            glyphs=glyphs_for(),
        )

    def answer(self, value: Sequence[PickItem]) -> None:
        teams = sum(is_team(item) for item in value)
        if teams > 1 or len(value) - teams > 1:
            self.tell("One team and one person at most: tab unmarks.", bad=True)
            return
        if self.one_owner and len(value) > 1:
            self.tell(f"{self.one_owner} gives it to a team or to a person, not to both: tab unmarks.", bad=True)
            return
        self.dismiss(tuple(value))
