"""Who is on call, as blocks of a page: by team, levels in order, nobody told as nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from vagt.domain.directory import OnCall
from vagt.escalation.duty import Rota, nobody
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


def page(
    duties: Mapping[str, Duty], now: datetime, *, zone: tzinfo | None = None, rotas: Sequence[Rota] | None = ()
) -> tuple[Block, ...]:
    """The whole page: the config's rotas, then backends in order, one block each. `rotas`: None: not read yet."""
    if not duties and not rotas and rotas is not None:
        words = "No backend here knows who is on call, and the config has no [[rotas]]."
        return (Block("none", lambda width: [(("dim", text),) for text in wrap(words, width)]),)
    own = () if rotas is not None and not rotas else (_rotas_block(rotas, now, zone),)
    several = len(duties) > 1 or bool(own)
    return (*own, *(_block(name, duty, now, zone, several=several) for name, duty in duties.items()))


def _rotas_block(rotas: Sequence[Rota] | None, now: datetime, zone: tzinfo | None) -> Block:
    def lines(width: int) -> Sequence[Line]:
        made: list[Line] = [(("heading", "rotas of the config"),)]
        if rotas is None:
            return [*made, (("dim", "reading …"),), ()]
        for rota in rotas:
            made += _rota(rota, now, zone, width)
        return made

    return Block("rotas", lines)


def _rota(rota: Rota, now: datetime, zone: tzinfo | None, width: int) -> list[Line]:
    settings = rota.settings
    made: list[Line] = [(("strong", fit(f"{settings.team} · {settings.name}", width).rstrip()),)]
    if warning := nobody(rota):
        made += [(("bad", f"  {text}"),) for text in wrap(warning, width - 2)]
    elif rota.problem:
        made += [(("warn", f"  {text}"),) for text in wrap(rota.problem, width - 2)]
    for shift in rota.shifts:
        there = clock_there(settings.timezone, now)
        instead = ", standing in" if shift.source == "override" else ""
        how = f"  {shift.contact}" if shift.contact else "  no channel"
        text = f"  {shift.level}. {safe_text(_name(shift))} ({there} there{instead}){safe_text(how)}"
        made += [(("plain", line),) for line in wrap(text, width)]
    if rota.next_handover is not None:
        then = ", ".join(rota.then)
        soon = f"{local(rota.next_handover, now, zone)} ({relative(rota.next_handover, now)})"
        words = f"     from {soon}: {then or 'NOBODY'}"
        made += [(("dim" if then else "bad", line),) for line in wrap(words, width)]
    elif rota.shifts:
        made.append((("dim", "     nobody takes over, as far as one sees"),))
    return [*made, ()]


def clock_there(zone: str, now: datetime) -> str:
    """The time of day in a zone (IANA)."""
    from zoneinfo import ZoneInfo  # its tables are read only where there is a rota

    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"


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
    return shift.shown


def _tails(shift: OnCall, team: str, now: datetime, zone: tzinfo | None) -> tuple[str, str]:
    """Until when and how to reach them, in full and without what the date says already."""
    full = f"until {local(shift.until, now, zone)} ({relative(shift.until, now)})" if shift.until else ""
    brief = f"until {local(shift.until, now, zone)}" if shift.until else ""
    # where the login is the address, it stands there already
    rest = ["" if shift.contact == shift.who else shift.contact, _where(shift, team)]
    written = ["  ".join(safe_text(part) for part in (until, *rest) if part) for until in (full, brief)]
    return written[0], written[1]


def _where(shift: OnCall, team: str) -> str:
    return "" if shift.rota in ("", team) else f"rota {shift.rota}"
