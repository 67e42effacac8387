"""What the operator asked for during a drill, read from the console's audit log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Held:
    """An incident that was put on hold until a moment (UTC)."""

    number: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """The audit log in figures."""

    asked: int = 0
    taken_back: int = 0
    conflicts: int = 0
    refused: int = 0
    left: int = 0
    """Neither done nor ended otherwise when the console was left."""
    holds: tuple[Held, ...] = ()


def read_deeds(path: Path) -> Deeds:
    """Read an audit log; nothing where there is none. Lines that a crash cut short are passed over."""
    asked: dict[str, dict[str, object]] = {}
    results: dict[str, set[str]] = {}
    holds: list[Held] = []
    if not path.exists():
        return Deeds()
    for raw in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = _parsed(raw)
        id, result = str(line.get("id", "")), str(line.get("result", ""))
        if not id:
            continue
        results.setdefault(id, set()).add(result)
        if result == "asked":
            asked[id] = line
        elif result == "done" and (held := _held(asked.get(id, {}), line)):
            holds.append(held)
    ended = {"done", "refused", "conflict", "taken back", "given up"}
    return Deeds(
        asked=len(results),
        taken_back=_count(results, "taken back"),
        conflicts=_count(results, "conflict"),
        refused=_count(results, "refused"),
        left=sum(not (seen & ended) for seen in results.values()),
        holds=tuple(holds),
    )


def _count(results: dict[str, set[str]], what: str) -> int:
    return sum(what in seen for seen in results.values())


def _held(asked: dict[str, object], done: dict[str, object]) -> Held | None:
    change = asked.get("with")
    if done.get("what") not in ("hold", "transition") or not isinstance(change, dict):
        return None
    until = change.get("until") or dict(change.get("fields") or ()).get("until")
    moment, at = _moment(until), _moment(done.get("at"))
    if moment is None or at is None:
        return None
    return Held(str(done.get("on", "")).rpartition(":")[2], at, moment)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parsed(raw: str) -> dict[str, object]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
