"""Who is on call, as blocks of a page: by team, levels in order, nobody told as nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from vagt.domain.directory import OnCall
from vagt.ui.present.times import local, relative
from vagt.ui.screens.incident.reader import Block, Line
from vagt_widgets.safe_text import cells, fit, safe_text, wrap

LEAST_NAME = 24
"""Cells for level and name, so that short teams stand in the same columns as others."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What one backend told, or why it did not."""

    shifts: tuple[OnCall, ...] | None = None
    """None: not told yet."""
    problem: str = ""
    my_teams: tuple[str, ...] = ()
    """The operator's own teams there: warned about where nobody is on call for them."""


def page(duties: Mapping[str, Duty], now: datetime, *, zone: tzinfo | None = None) -> tuple[Block, ...]:
    """The whole page; backends in order, one block each."""
    if not duties:
        words = "No backend here knows who is on call."
        return (Block("none", lambda width: [(("dim", text),) for text in wrap(words, width)]),)
    return tuple(_block(name, duty, now, zone, several=len(duties) > 1) for name, duty in duties.items())


def _block(name: str, duty: Duty, now: datetime, zone: tzinfo | None, *, several: bool) -> Block:
    def lines(width: int) -> Sequence[Line]:
        made: list[Line] = [(("heading", safe_text(name)),)] if several else []
        if duty.problem:
            made += [(("bad", text),) for text in wrap(duty.problem, width)]
        if duty.shifts is None:
            return [*made, () if duty.problem else (("dim", "asking …"),)]
        for team, shifts in by_team(duty).items():
            made += _team(team, shifts, now, zone, width)
        if not duty.shifts and not duty.my_teams:
            made.append((("warn", "NOBODY is on call."),))
        return [*made, ()]

    return Block(name, lines)


def by_team(duty: Duty) -> dict[str, list[OnCall]]:
    """Shifts by team, levels in order; the operator's own teams first, empty where nobody is on call for them."""
    teams: dict[str, list[OnCall]] = {team: [] for team in duty.my_teams}
    for shift in sorted(duty.shifts or (), key=lambda shift: (shift.team.casefold(), shift.level)):
        teams.setdefault(shift.team, []).append(shift)
    return teams


def _team(team: str, shifts: Sequence[OnCall], now: datetime, zone: tzinfo | None, width: int) -> list[Line]:
    made: list[Line] = [(("strong", fit(team, width).rstrip()),)]
    if not any(shift.who for shift in shifts):
        return [*made, (("bad", "  NOBODY is on call"),), ()]
    names = [f"  {shift.level}. {safe_text(_name(shift))}" for shift in shifts]
    column = max(LEAST_NAME, *(cells(name) for name in names)) + 2
    for shift, name in zip(shifts, names, strict=True):
        tails = _tails(shift, team, now, zone)
        tail = next((text for text in tails if column + cells(text) <= width), None)
        tone = "plain" if shift.who else "bad"
        if tail is not None:
            made.append(((tone, fit(name, column)), ("dim", tail)))
        else:
            made.append(((tone, name),))
            made += [(("dim", f"     {text}"),) for text in wrap(tails[0], width - 5)]
    return [*made, ()]


def _name(shift: OnCall) -> str:
    if not shift.who:
        return "NOBODY"
    if not shift.who_name or shift.who_name == shift.who:
        return shift.who
    return f"{shift.who_name} ({shift.who})"


def _tails(shift: OnCall, team: str, now: datetime, zone: tzinfo | None) -> tuple[str, str]:
    """Until when and how to reach them, in full and without what the date says already."""
    full = f"until {local(shift.until, now, zone)} ({relative(shift.until, now)})" if shift.until else ""
    brief = f"until {local(shift.until, now, zone)}" if shift.until else ""
    rest = [shift.contact, _where(shift, team)]
    written = ["  ".join(safe_text(part) for part in (until, *rest) if part) for until in (full, brief)]
    return written[0], written[1]


def _where(shift: OnCall, team: str) -> str:
    return "" if shift.rota in ("", team) else f"rota {shift.rota}"
