"""What enter would do to the incident on the screen: each field as it is, as suggested or as corrected. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vagt.domain.commands import Assign, Change, SetPriority
from vagt.domain.incident import Incident
from vagt.domain.priority import LEVEL_WORDS, PRIORITY_WORDS, PriorityMatrix
from vagt.learning.judged import LEVELS, Judged, known
from vagt.learning.suggest import Suggestion


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the operator chose instead of what is suggested."""

    value: str | None
    """None: leave it as it is."""
    id: str | None = None
    """What the backend calls it, where that is not the value: a team's own id."""


Corrections = Mapping[Judged, Chosen]

LABELS = {
    Judged.IMPACT: "Impact",
    Judged.URGENCY: "Urgency",
    Judged.PRIORITY: "Priority",
    Judged.TEAM: "Team",
    Judged.SERVICE: "Service",
    Judged.CATEGORY: "Category",
}


@dataclass(frozen=True, slots=True)
class Can:
    """What the account may set on this incident."""

    levels: bool = False
    """Impact and urgency."""
    priority: bool = False
    """The priority itself; told only where impact and urgency cannot be set."""
    team: bool = False

    @property
    def fields(self) -> tuple[Judged, ...]:
        """The fields that enter may set, in their order on the screen."""
        judging = (Judged.IMPACT, Judged.URGENCY) if self.levels else (Judged.PRIORITY,) if self.priority else ()
        return (*judging, Judged.TEAM) if self.team else judging


@dataclass(frozen=True, slots=True)
class Row:
    """One field: how it is, what it would become, and why."""

    field: Judged
    now: str | None
    value: str | None
    """What it would become; None: nobody suggests anything."""
    why: str = ""
    settable: bool = True
    """Enter can set it; else it is told only."""
    id: str | None = None
    """What the backend calls the value, where that is something else."""

    @property
    def changes(self) -> bool:
        return self.settable and self.value is not None and self.value != self.now


@dataclass(frozen=True, slots=True)
class Offer:
    """All rows of one incident."""

    rows: tuple[Row, ...]
    matrix: PriorityMatrix
    lacking: str = ""
    """Why a changed level cannot be sent yet; empty where it can."""

    def row(self, field: Judged) -> Row | None:
        return next((row for row in self.rows if row.field is field), None)

    @property
    def changing(self) -> tuple[Row, ...]:
        """The rows that enter would set."""
        return tuple(row for row in self.rows if row.changes and not (self.lacking and row.field in LEVELS))

    def changes(self) -> tuple[Change, ...]:
        """What enter would send, at most one change of the priority and one of the team."""
        changing = {row.field: row for row in self.changing}
        made: list[Change] = []
        if changing.keys() & LEVELS:
            made.append(SetPriority(impact=self._level(Judged.IMPACT), urgency=self._level(Judged.URGENCY)))
        elif Judged.PRIORITY in changing:
            made.append(SetPriority(priority=int(changing[Judged.PRIORITY].value or 3)))
        if Judged.TEAM in changing:
            team = changing[Judged.TEAM]
            made.append(Assign(team=team.id or team.value, team_name=team.value if team.id else None))
        return tuple(made)

    def priority(self) -> int | None:
        """The priority that the levels would give; None where it stays or cannot be told."""
        if not {row.field for row in self.changing} & LEVELS:
            return None
        impact, urgency = self._level(Judged.IMPACT), self._level(Judged.URGENCY)
        return self.matrix.priority(impact, urgency) if impact and urgency else None

    def _level(self, field: Judged) -> int | None:
        row = self.row(field)
        value = None if row is None else row.value or row.now
        return None if value is None else int(value)


def offer(
    incident: Incident,
    suggestions: Sequence[Suggestion],
    corrections: Corrections,
    can: Can,
    matrix: PriorityMatrix,
) -> Offer:
    """The rows for `incident` as it is now; of what cannot be set only what would be news."""
    suggested = {suggestion.field: suggestion for suggestion in suggestions}
    rows = []
    for field in can.fields:
        now = known(incident, field)
        found = suggested.get(field)
        if field in corrections:
            chosen = corrections[field]
            why = "your word" if chosen.value else "left out"
            rows.append(Row(field, now, chosen.value, why, id=chosen.id))
        else:
            rows.append(Row(field, now, found.value if found else None, found.reason if found else ""))
    for field in (Judged.SERVICE, Judged.CATEGORY):
        found = suggested.get(field)
        if found is not None and found.value != known(incident, field):
            rows.append(Row(field, known(incident, field), found.value, found.reason, settable=False))
    made = tuple(rows)
    return Offer(made, matrix, _lacking(made))


def _lacking(rows: Sequence[Row]) -> str:
    """A priority needs both levels."""
    levels = [row for row in rows if row.field in LEVELS]
    if not any(row.changes for row in levels):
        return ""
    missing = next((row for row in levels if (row.value or row.now) is None), None)
    return "" if missing is None else f"the {LABELS[missing.field].lower()} is not known yet"


def value_words(field: Judged, value: str | None) -> str:
    """A field's value as people say it."""
    if value is None:
        return "none"
    if field in LEVELS:
        return f"{value} {LEVEL_WORDS.get(int(value), '')}".strip()
    if field is Judged.PRIORITY:
        return f"P{value} {PRIORITY_WORDS.get(int(value), '')}".strip()
    return value


def deed_words(made: Offer, now: int | None) -> str:
    """What enter would do, in a few words; empty where it would do nothing. `now`: the present priority."""
    parts = [f"{LABELS[row.field].lower()} {value_words(row.field, row.value)}" for row in made.changing]
    priority = made.priority()
    if priority is not None and priority != now:
        parts.append(f"so P{priority}" if now is None else f"so P{priority} instead of P{now}")
    return ", ".join(parts)
