"""Incidents as a large queue has them, the same for the same seed; benchmarks and tests share them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from vagt.domain.incident import ClockState, Incident, Key, Link, LinkKind, SlaClock, State

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TEAMS = ("NOC", "Database", "Network", "Service Desk", "Workplace", "Storage", "Web", "Identity")
PEOPLE = ("anna", "bo", "carl", "dorte", "erik", "fatima", "gül", "henrik", "ida", "jørgen")
SERVICES = tuple(
    f"{kind} {number}" for kind in ("Mail", "Portal", "Billing", "VPN", "Print", "DNS") for number in range(8)
)
WORDS = (
    "disk full on db cannot reach printer login fails slow timeout after deploy certificate expired backup failed "
    "queue grows memory leak packet loss größe überlauf sørver nede 障害 replication lag mailbox quota"
).split()
_NATIVE = {
    State.NEW: "Logged",
    State.ACTIVE: "In Progress",
    State.WAITING: "Pending Vendor",
    State.RESOLVED: "Resolved",
    State.CLOSED: "Closed",
}
_STATES = (State.NEW,) * 3 + (State.ACTIVE,) * 4 + (State.WAITING,) * 2 + (State.RESOLVED, State.CLOSED)


def incident(random: Random, number: int, now: datetime = NOW, backend: str = "itsm") -> Incident:
    """One incident that might be met at `now`."""
    state = random.choice(_STATES)
    created = now - timedelta(seconds=random.randrange(60, 20 * 86400))
    updated = created + (now - created) * random.random()
    acknowledged = None if state is State.NEW else created + timedelta(minutes=random.randrange(1, 60))
    impact, urgency = random.randint(1, 3), random.randint(1, 3)
    priority = random.choice((None, impact + urgency - 1, impact + urgency - 1, impact + urgency - 1))
    assignee = None if state is State.NEW or random.random() < 0.2 else random.choice(PEOPLE)
    words = random.choices(WORDS, k=random.randint(3, 9))
    return Incident(
        backend=backend,
        id=f"{number:08x}",
        number=f"INC{number}",
        title=" ".join(words).capitalize(),
        description=" ".join(random.choices(WORDS, k=random.choice((0, 12, 40)))),
        state=state,
        native_state=_NATIVE[state],
        priority=priority,
        impact=impact,
        urgency=urgency,
        major=random.random() < 0.02,
        team=random.choice((*TEAMS, None)),
        assignee=assignee,
        assignee_name=None if assignee is None else f"{assignee.capitalize()} Holm",
        caller=random.choice((None, "Kim Larsen", "Åse Bergström", "monitoring")),
        service=random.choice((*SERVICES, None)),
        category=random.choice((None, "network", "software", "hardware")),
        created_at=created,
        updated_at=updated,
        acknowledged_at=acknowledged,
        resolved_at=updated if state in (State.RESOLVED, State.CLOSED) else None,
        closed_at=updated if state is State.CLOSED else None,
        waiting_until=now + timedelta(minutes=random.randrange(-600, 600)) if state is State.WAITING else None,
        sla=_clocks(random, state, created, now),
        links=(Link(random.choice(tuple(LinkKind)), f"PRB{number % 97}", "Known error"),)
        if random.random() < 0.1
        else (),
        version=str(number),
    )


def _clocks(random: Random, state: State, created: datetime, now: datetime) -> tuple[SlaClock, ...]:
    if random.random() < 0.15:
        return ()
    due = now + timedelta(seconds=random.randrange(-20_000, 100_000))
    response = ClockState.RUNNING if state is State.NEW else random.choice((ClockState.MET, ClockState.BREACHED))
    resolution = {State.WAITING: ClockState.PAUSED, State.RESOLVED: ClockState.MET, State.CLOSED: ClockState.MET}
    return (
        SlaClock("response", created + timedelta(minutes=15), response, created),
        SlaClock("resolution", due, resolution.get(state, ClockState.RUNNING), created),
    )


def incidents(count: int, seed: int = 7, now: datetime = NOW) -> Iterator[Incident]:
    """So many of them, numbered from 1."""
    random = Random(seed)
    return (incident(random, number, now) for number in range(1, count + 1))


def changed(random: Random, known: list[Incident], count: int, now: datetime = NOW) -> list[Incident]:
    """As many of the known ones, each changed by somebody as colleagues do it."""
    out = []
    for one in random.sample(known, min(count, len(known))):
        other = incident(random, int(one.number[3:]), now)
        out.append(replace(other, created_at=one.created_at, updated_at=now, updated_by="bo"))
    return out


def key(number: int) -> Key:
    """The identity of the incident that the generator numbered so."""
    return Key("itsm", f"{number:08x}")
