"""What the store keeps besides incidents: health, snoozes, marks, choices, and what other processes wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import Incident, Key
from vagt.engine.codec import Undecodable, account_from_bytes, account_to_bytes
from vagt.engine.health import Condition, Health
from vagt.engine.snapshot import bump, moment, readable, rev, seconds


@dataclass(frozen=True, slots=True)
class Foreign:
    """What other processes have written since we last looked."""

    rev: int
    changed: tuple[Incident, ...] = ()
    gone: tuple[Key, ...] = ()
    healths: tuple[Health, ...] = ()
    snoozes: tuple[tuple[Key, datetime | None], ...] = ()


def save_health(connection: sqlite3.Connection, writer: str, health: Health) -> None:
    account = None if health.account is None else account_to_bytes(health.account)
    connection.execute(
        "UPDATE backends SET last_good = ?, loaded = ?, total = ?, condition = ?, problem = ?, next_try = ?,"
        " account = ?, rev = ?, writer = ? WHERE name = ?",
        (
            seconds(health.last_good),
            health.loaded,
            health.total,
            health.condition.value,
            health.problem,
            seconds(health.next_try),
            account,
            bump(connection),
            writer,
            health.backend,
        ),
    )


def healths(connection: sqlite3.Connection, after: int = -1, not_by: str = "") -> tuple[Health, ...]:
    """What was last known of each backend."""
    rows = connection.execute(
        "SELECT name, condition, last_good, problem, next_try, loaded, total, account FROM backends"
        " WHERE rev > ? AND writer != ?",
        (after, not_by),
    )
    found = []
    for name, condition, last_good, problem, next_try, loaded, total, account in rows:
        try:
            known = None if account is None else account_from_bytes(bytes(account))
        except Undecodable:
            known = None
        found.append(
            Health(
                backend=name,
                condition=Condition(condition) if condition in set(Condition) else Condition.NEVER,
                last_good=moment(last_good),
                problem=problem,
                next_try=moment(next_try),
                loaded=loaded,
                total=total,
                account=known,
            )
        )
    return tuple(found)


def snooze(connection: sqlite3.Connection, writer: str, key: Key, until: datetime | None) -> None:
    """Remember until when it is out of sight; None: in sight again."""
    connection.execute(
        "INSERT OR REPLACE INTO snoozes VALUES (?, ?, ?, ?, ?)",
        (*key, 0.0 if until is None else until.timestamp(), bump(connection), writer),
    )


def snoozes(connection: sqlite3.Connection, now: float) -> dict[Key, datetime]:
    """Those that are still out of sight."""
    rows = connection.execute("SELECT backend, native_id, until FROM snoozes WHERE until > ?", (now,))
    return {Key(str(backend), str(native_id)): datetime.fromtimestamp(until, UTC) for backend, native_id, until in rows}


def foreign(connection: sqlite3.Connection, writer: str, after: int) -> Foreign:
    """What others wrote after revision `after`."""
    upto = rev(connection)
    bodies = connection.execute("SELECT body FROM incidents WHERE rev > ? AND writer != ?", (after, writer))
    changed = tuple(readable(row[0] for row in bodies))
    gone = connection.execute("SELECT backend, native_id FROM gone WHERE rev > ? AND writer != ?", (after, writer))
    slept = connection.execute(
        "SELECT backend, native_id, until FROM snoozes WHERE rev > ? AND writer != ?", (after, writer)
    )
    return Foreign(
        upto,
        changed,
        tuple(Key(str(backend), str(native_id)) for backend, native_id in gone),
        healths(connection, after, writer),
        tuple((Key(str(b), str(i)), moment(until) if until else None) for b, i, until in slept),
    )


def mark(connection: sqlite3.Connection, marks: Iterable[tuple[Key, str]]) -> None:
    """Remember what the operator has not looked at yet; an empty mark: has looked."""
    for key, value in marks:
        if value:
            connection.execute("INSERT OR REPLACE INTO unseen VALUES (?, ?, ?)", (*key, value))
        else:
            connection.execute("DELETE FROM unseen WHERE backend = ? AND native_id = ?", tuple(key))


def marks(connection: sqlite3.Connection) -> dict[Key, str]:
    rows = connection.execute("SELECT backend, native_id, mark FROM unseen")
    return {Key(str(backend), str(native_id)): str(value) for backend, native_id, value in rows}


def tidy(connection: sqlite3.Connection, limit: float) -> None:
    """Drop what nobody will ask for again, so that a console that runs for months keeps its size."""
    connection.execute("DELETE FROM snoozes WHERE until < ? AND until > 0", (limit,))
    connection.execute(
        "DELETE FROM unseen WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE incidents.backend = unseen.backend"
        " AND incidents.native_id = unseen.native_id AND (open = 1 OR updated >= ?))",
        (limit,),
    )


def chose(connection: sqlite3.Connection, backend: str, kind: DirectoryKind, entry: DirectoryEntry, at: float) -> None:
    """Count one choice of a person, team or service."""
    connection.execute(
        "INSERT INTO chosen VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (backend, kind, id)"
        " DO UPDATE SET times = times + 1, at = excluded.at, name = excluded.name",
        (backend, kind.value, entry.id, entry.name, at),
    )


def choices(connection: sqlite3.Connection) -> dict[tuple[str, DirectoryKind], dict[str, tuple[DirectoryEntry, int]]]:
    """Everything ever chosen with how often, per backend and kind, the last chosen last."""
    found: dict[tuple[str, DirectoryKind], dict[str, tuple[DirectoryEntry, int]]] = {}
    rows = connection.execute("SELECT backend, kind, id, name, times FROM chosen ORDER BY at")
    for backend, kind, native_id, name, times in rows:
        if kind in set(DirectoryKind):
            entries = found.setdefault((backend, DirectoryKind(kind)), {})
            entries[native_id] = (DirectoryEntry(native_id, name), int(times))
    return found


def wish(connection: sqlite3.Connection) -> None:
    """Ask whichever process polls to do it now."""
    connection.execute(
        "INSERT INTO meta VALUES ('wish', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (bump(connection),),
    )


def wished(connection: sqlite3.Connection) -> int:
    """The number of the last wish; another number is another wish."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'wish'").fetchone()
    return 0 if row is None else int(row[0])
