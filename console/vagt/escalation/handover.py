"""What the next shift needs to know: gathered from the board, the timelines, the audit log and what was promised."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vagt.adapters.protocol import AdapterError
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry
from vagt.engine.audit import records_since
from vagt.engine.engine import Engine
from vagt.escalation.desk import Escalation
from vagt.escalation.duty import Rota
from vagt.escalation.me import is_me
from vagt.escalation.memory import Reminder

USUAL = timedelta(hours=8)
"""The length of a shift, where no rota tells when it began."""
_MOST = 60
"""Incidents that are told in detail; of the others, how many there are."""
_READ = 40
"""Timelines that are read at the most."""
_AT_ONCE = 4
_SAID = 6
"""Entries of a timeline that are told, the newest."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody was promised a word until a moment (UTC)."""

    to: str
    until: datetime


PromisesOf = Callable[[Sequence[TimelineEntry]], tuple[tuple[str, datetime], ...]]
"""(to whom, until when) of everything that a timeline tells as promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One incident that is handed over."""

    incident: Incident
    happened: tuple[TimelineEntry, ...] = ()
    """On this shift, oldest first."""
    promises: tuple[Promise, ...] = ()
    snoozed_until: datetime | None = None
    reminder: Reminder | None = None
    pending: int = 0
    problem: str = ""
    """Why its timeline could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What this console did, as the audit log has it."""

    at: datetime
    who: str
    what: str
    ref: str
    result: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """All of it. Times are UTC."""

    at: datetime
    since: datetime
    by: str
    items: tuple[Item, ...] = ()
    """The most urgent first."""
    others: Mapping[int, int] | None = None
    """How many more are open, by priority; 0: without one."""
    resolved: tuple[Incident, ...] = ()
    """What is over since the shift began."""
    deeds: tuple[Deed, ...] = ()
    rotas: tuple[Rota, ...] = ()
    problems: tuple[str, ...] = ()


async def handover(
    escalation: Escalation,
    incidents: Iterable[Incident],
    *,
    since: datetime | None = None,
    promises: PromisesOf = lambda _: (),
    over: Iterable[Incident] = (),
    problems: Sequence[str] = (),
) -> Handover:
    """The hand-over now. `incidents`: what is open; `over`: what may have been resolved on this shift."""
    engine = escalation.engine
    now = engine.clock.now()
    rotas = await escalation.duties.at(now)
    begun = since or shift_start(escalation, rotas, now)
    deeds = await asyncio.to_thread(_deeds, engine, begun)
    open_ones = [incident for incident in incidents if incident.is_open]
    chosen = _chosen(escalation, open_ones, begun, {deed.ref for deed in deeds})
    turn = asyncio.Semaphore(_AT_ONCE)
    items = await asyncio.gather(
        *(_item(escalation, one, begun, promises, turn, read=place < _READ) for place, one in enumerate(chosen))
    )
    keys = {incident.key for incident in chosen}
    rest = Counter(incident.priority or 0 for incident in open_ones if incident.key not in keys)
    ended = [one for one in over if not one.is_open and (_ended_at(one) or begun) > begun]
    return Handover(
        at=now,
        since=begun,
        by=_operator(engine),
        items=tuple(items),
        others=dict(sorted(rest.items())),
        resolved=tuple(sorted(ended, key=lambda one: one.priority or 9)),
        deeds=tuple(deeds),
        rotas=rotas,
        problems=(*problems, *(item.problem for item in items if item.problem)),
    )


def _operator(engine: Engine) -> str:
    """How the first backend that knows the operator calls them; else the login on this machine."""
    accounts = (engine.account(backend.name) for backend in engine.settings.backends)
    return next((found.name or found.login for found in accounts if found is not None), engine.operator)


def shift_start(escalation: Escalation, rotas: Sequence[Rota], now: datetime) -> datetime:
    """When the operator's turn began, by a rota that has the operator on call; else eight hours ago."""
    people = escalation.duties.people
    mine = [
        shift.start
        for rota in rotas
        for shift in rota.shifts
        if shift.start is not None and is_me(escalation.engine, people, shift.who)
    ]
    starts = [start for start in mine if now - start <= timedelta(days=8)]
    return max(starts, default=now - USUAL)


def _chosen(escalation: Escalation, incidents: list[Incident], since: datetime, refs: set[str]) -> list[Incident]:
    """Whatever the next shift must hear of one by one, the most urgent first."""
    board = escalation.engine.board

    def weighs(one: Incident) -> bool:
        urgent = one.major or (one.priority is not None and one.priority <= 2)
        touched = one.updated_at is not None and one.updated_at >= since and one.is_acknowledged
        kept = board.is_snoozed(one.key) or one.snoozed_until is not None
        return urgent or touched or kept or one.ref in refs or escalation.memory.reminder(one.key) is not None

    found = sorted(filter(weighs, incidents), key=lambda one: (one.priority or 9, not one.major, _age(one)))
    return found[:_MOST]


def _age(incident: Incident) -> float:
    return incident.created_at.timestamp() if incident.created_at is not None else 0.0


async def _item(
    escalation: Escalation,
    incident: Incident,
    since: datetime,
    promises: PromisesOf,
    turn: asyncio.Semaphore,
    *,
    read: bool,
) -> Item:
    engine, key = escalation.engine, incident.key
    entries: tuple[TimelineEntry, ...] = ()
    problem = ""
    if read:
        async with turn:
            try:
                entries = await engine.timeline(key)
            except AdapterError as error:
                problem = f"{incident.ref}: its timeline cannot be read: {error.words or 'no answer'}"
    return Item(
        incident=incident,
        happened=tuple(entry for entry in entries if entry.at >= since)[-_SAID:],
        promises=tuple(Promise(to, until) for to, until in promises(entries)),
        snoozed_until=_snoozed(engine, incident),
        reminder=escalation.memory.reminder(key),
        pending=engine.board.pending(key),
        problem=problem,
    )


def _snoozed(engine: Engine, incident: Incident) -> datetime | None:
    here, there = engine.board.snoozed_until(incident.key), incident.snoozed_until
    until = max((moment for moment in (here, there) if moment is not None), default=None)
    return until if until is not None and until > engine.clock.now() else None


def _ended_at(incident: Incident) -> datetime | None:
    return incident.resolved_at or incident.closed_at or incident.updated_at


def _deeds(engine: Engine, since: datetime) -> list[Deed]:
    """What was done from this data folder, each once, by its end."""
    found = []
    for record in records_since(engine.data_dir / "audit.jsonl", since):
        if record.get("result") not in ("done", "held", "rung", "refused", "failed"):
            continue
        found.append(
            Deed(
                at=datetime.fromisoformat(str(record["at"])),
                who=str(record.get("as") or record.get("who") or ""),
                what=str(record.get("what", "")),
                ref=str(record.get("on", "")),
                result=str(record["result"]),
                why=str(record.get("why", "")),
            )
        )
    return found


def as_json(found: Handover, incident: Callable[[Incident, int], dict[str, Any]]) -> dict[str, Any]:
    """For scripts; `incident` writes one incident."""
    from vagt.domain.moments import rfc3339

    def moment(value: datetime | None) -> str | None:
        return None if value is None else rfc3339(value)

    return {
        "at": moment(found.at),
        "since": moment(found.since),
        "by": found.by,
        "items": [
            {
                "incident": incident(item.incident, item.pending),
                "happened": [
                    {"at": moment(e.at), "by": e.by, "kind": e.kind.value, "public": e.public, "text": e.text}
                    for e in item.happened
                ],
                "promises": [{"to": promise.to, "until": moment(promise.until)} for promise in item.promises],
                "snoozed_until": moment(item.snoozed_until),
                "reminder": "" if item.reminder is None else item.reminder.note,
                "reminder_at": None if item.reminder is None else moment(item.reminder.at),
            }
            for item in found.items
        ],
        "others": {str(priority): count for priority, count in (found.others or {}).items()},
        "resolved": [incident(one, 0) for one in found.resolved],
        "actions": [
            {"at": moment(d.at), "who": d.who, "what": d.what, "on": d.ref, "result": d.result, "why": d.why}
            for d in found.deeds
        ],
        "oncall": [
            {
                "rota": rota.settings.name,
                "team": rota.settings.team,
                "who": [shift.who for shift in rota.shifts],
                "next_handover": moment(rota.next_handover),
                "then": list(rota.then),
            }
            for rota in found.rotas
        ],
    }
