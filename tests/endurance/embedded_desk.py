"""The embedded backend with incidents, and what its file says came of the actions."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.bench.load import fill_backend
from tests.endurance.desk import Desk
from tests.endurance.script import Script, Step, mixed, name_of
from vagt.adapters.embedded.record import FIRST_NUMBER

_BACKEND = (
    '[[backends]]\nname = "desk"\nadapter = "embedded"\nusername = "anna"\n'
    '[backends.options]\npeople = { anna = "Anna Holm", bo = "Bo Friis" }\nteams = { NOC = "anna, bo" }\n'
)


class EmbeddedDesk(Desk):
    """Anna's folder, with so many new incidents that nobody has."""

    def __init__(self, folder: Path, *, incidents: int, undo: float = 1.5) -> None:
        super().__init__(folder, _BACKEND, undo=undo)
        fill_backend(self.data, incidents)
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute(
                "UPDATE incident SET state = 'new', native = 'New', assignee = NULL, acknowledged_at = NULL,"
                " paused_at = NULL, major = 0, impact = 3, urgency = 3, priority = 5, team = 'NOC'"
            )
        self.ids = tuple(f"i{number}" for number in range(1, incidents + 1))
        self.script = mixed("desk", self.ids)

    @property
    def _file(self) -> Path:
        return self.data / "embedded-desk.sqlite"

    def at_once(self) -> None:
        """From now on actions leave without waiting to be taken back."""
        self.configure(_BACKEND, 0)

    def wrong(self, script: Script) -> dict[str, int]:
        """The actions that are not found once in the file, and how often they are."""
        with closing(sqlite3.connect(self._file)) as database:
            times = Counter({name_of(step): _times(database, step) for step in script})
        assert len(times) == len(script)
        return {name: n for name, n in times.items() if n != 1}


def _times(database: sqlite3.Connection, step: Step) -> int:
    if step["verb"] == "create":
        return _count(database, "SELECT count(*) FROM incident WHERE title = ?", step["title"])
    words = {
        "note": step.get("text", ""),
        "comment": step.get("text", ""),
        "resolve": f"Resolved: {step.get('text', '')}",
        "acknowledge": "Acknowledged",
        "take": "Taken",
        "priority": "Priority%",
        "link": f"Linked: {FIRST_NUMBER + int(step.get('other', 'i0')[1:])} is its %",
    }[step["verb"]]
    return _count(database, "SELECT count(*) FROM entry WHERE incident = ? AND text LIKE ?", int(step["id"][1:]), words)


def _count(database: sqlite3.Connection, question: str, *values: object) -> int:
    return int(database.execute(question, values).fetchone()[0])
