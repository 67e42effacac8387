"""The questions of triage mode: another level or team than suggested, and which of several is the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from vagt.domain.incident import Incident
from vagt.domain.priority import LEVEL_WORDS, LEVELS, PRIORITIES, PRIORITY_WORDS
from vagt.learning.duplicates import Likely
from vagt.learning.judged import Judged
from vagt.ui.screens.triage.candidates import Candidates, is_team
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triagemode.offer import LABELS, Chosen, Row
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import FuzzyPicker
from vagt_widgets.glyphs import glyphs_for

if TYPE_CHECKING:
    from vagt.engine.engine import Engine


_LEAVE = "leave it as it is"


class LevelQuestion(Question[Chosen]):
    """Impact, urgency or priority, by its digit."""

    def __init__(self, incident: Incident, row: Row) -> None:
        super().__init__(f"{LABELS[row.field]} · {incident.ref} {incident.title}", hint="a digit picks · esc back")
        self.row = row

    def parts(self) -> ComposeResult:
        words = PRIORITY_WORDS if self.row.field is Judged.PRIORITY else LEVEL_WORDS
        values = PRIORITIES if self.row.field is Judged.PRIORITY else LEVELS
        options = [Option(str(value), words[value], self._detail(str(value)), Chosen(str(value))) for value in values]
        options.append(Option("0", "leave it", "not sent with the others", Chosen(None)))
        here = self.row.value or self.row.now
        yield Options(options, at=values.index(int(here)) if here else 1)

    def _detail(self, value: str) -> str:
        parts = ["now" if value == self.row.now else "", self.row.why if value == self.row.value else ""]
        return " · ".join(part for part in parts if part)


class TeamQuestion(Question[Chosen]):
    """A team of the incident's backend."""

    def __init__(self, engine: Engine, incident: Incident, row: Row) -> None:
        super().__init__(f"Team · {incident.ref} {incident.title}", hint="type to narrow · enter takes · esc back")
        self.candidates = Candidates(engine, (incident.backend,))
        self.backend = incident.backend
        self.row = row

    def parts(self) -> ComposeResult:
        known = [item for item in self.candidates.used_before() if is_team(item)]
        yield FuzzyPicker(known, source=self._look_up, placeholder="team", glyphs=glyphs_for())

    async def _look_up(self, text: str) -> Sequence[PickItem]:
        found = [item for item in await self.candidates.look_up(text) if is_team(item)]
        # always last: enter alone must not leave the team out
        return [*found, PickItem(_LEAVE, "leave it", "not sent with the others", uses=-1)]

    def answer(self, value: Sequence[PickItem]) -> None:
        if not value:
            return
        if value[0].id == _LEAVE:
            self.dismiss(Chosen(None))
            return
        change = self.candidates.assignment(value, self.backend)
        if change is not None and change.team:
            self.dismiss(Chosen(change.team_name or change.team, change.team))


class SameQuestion(Question[Likely]):
    """Which of the likely duplicates it is."""

    def __init__(self, incident: Incident, duplicates: Sequence[Likely]) -> None:
        super().__init__(f"Which one? · {incident.ref} {incident.title}", hint="a digit picks · esc back")
        self.duplicates = tuple(duplicates)

    def parts(self) -> ComposeResult:
        yield Options(
            [
                Option(str(place), f"{likely.incident.number} {likely.incident.title}", likely.reason, likely)
                for place, likely in enumerate(self.duplicates, 1)
            ]
        )
