"""Opening the file: whose it is, which organisation it serves, and whether the practice shift runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vagt.adapters.embedded import organisation as org
from vagt.adapters.embedded.desk import ServiceDesk
from vagt.adapters.embedded.record import Record, Row
from vagt.adapters.embedded.rules import DeskRules, Targets
from vagt.adapters.embedded.schema import open_database
from vagt.adapters.embedded.shift.exercise import Exercise
from vagt.adapters.embedded.shift.practice import Practice
from vagt.adapters.embedded.shift.scenarios import SCENARIOS, scenario_called
from vagt.adapters.embedded.shift.world import practice_organisation
from vagt.adapters.embedded.store import Store
from vagt.adapters.protocol import Connection
from vagt.domain import durations
from vagt.domain.commands import Change
from vagt.domain.incident import LinkKind

LOCK_WAIT = 5.0
"""Seconds to wait for another process's write, at most."""
_PURPOSE, _PRACTICE, _REAL = "purpose", "practice", "real"
_OWN_TABLES = ("people", "teams", "leads", "services", "categories", "codes", "reasons", "problems", "changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open file, ready to serve."""

    desk: ServiceDesk
    login: str
    practice: Practice | Exercise | None
    notes: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """Whether something happens by itself up to `now`."""
        wake = self.desk.store.next_wake()
        if wake is not None and wake <= now:
            return True
        return self.practice is not None and self.practice.is_due(now)

    def closed(self, now: datetime) -> str:
        """Why nobody can change anything any more, in words; empty where everybody can."""
        return self.practice.closed(now) if self.practice is not None else ""

    def after_operator(self, row: Row, change: Change, now: datetime) -> None:
        """Let simulated people answer to what the operator did, where there are any."""
        if self.practice is not None:
            self.practice.after_operator(row, change, now)

    def advance(self, now: datetime) -> None:
        """Let it happen. Within one `writing`, so that of two processes only one does it."""
        if self.practice is not None:
            self.practice.advance(now)
        self.desk.wake(now)


def path_of(connection: Connection) -> Path:
    return connection.data_dir / f"embedded-{connection.settings.name}.sqlite"


def opened(connection: Connection) -> Opened:
    """Open the file as the config says. Raises ValueError in words where the options cannot be right."""
    timeout = min(LOCK_WAIT, connection.settings.timeout)
    store = Store(open_database(path_of(connection), timeout, connection.clock.now()))
    try:
        return _opened(connection, store)
    except BaseException:
        store.close()
        raise


def _opened(connection: Connection, store: Store) -> Opened:
    options: Mapping[str, object] = connection.settings.options
    now = connection.clock.now()
    login = connection.settings.username or connection.operator
    shift = options.get("shift", False) is True
    rules = DeskRules(connection.matrix, _targets(options))
    notes: list[str] = []
    with store.writing():
        store.add_operator(login)
        created = datetime.fromisoformat(store.meta("created") or now.isoformat())
        purpose = store.meta(_PURPOSE)
        if purpose is None:
            purpose = _PRACTICE if shift else _REAL
            store.set_meta(_PURPOSE, purpose)
        if shift and purpose == _REAL:
            raise ValueError(
                f"{path_of(connection)} holds an organisation's own incidents, so no practice shift runs on it:"
                " take “shift” out, or give the practice a backend of another name"
            )
        if purpose == _PRACTICE:
            organisation = practice_organisation(store.operators(), created)
            if any(options.get(name) for name in _OWN_TABLES):
                notes.append(
                    "The practice shift has an organisation of its own: people, teams, services … are not used."
                )
        else:
            organisation = org.from_options(options, login, created)
            for other in store.operators() - {login}:
                organisation = organisation.with_operator(other)
            _keep_records(store, options)
        desk = ServiceDesk(store, organisation, rules)
        practice: Practice | Exercise | None = None
        if shift:
            practice = _practice(desk, options, connection.seed)
            practice.begin(now)
            notes.append(f"The practice shift runs, seed {practice.seed}: nothing here is real.")
            desk = practice.desk
        elif purpose == _PRACTICE:
            notes.append("This file holds a practice shift that stands still: “shift” is off.")
    if not organisation.teams_of(login):
        notes.append(f"“{login}” belongs to no team: name it in the table “teams”.")
    return Opened(desk=desk, login=login, practice=practice, notes=tuple(notes))


def _practice(desk: ServiceDesk, options: Mapping[str, object], usual_seed: int) -> Practice | Exercise:
    """The endless shift, or the drill of a scenario that is named."""
    seed = options.get("seed")
    seed = seed if isinstance(seed, int) else usual_seed
    speed, rate = (_factor(options, name) for name in ("speed", "rate"))
    operators = desk.store.operators()
    name = options.get("scenario")
    if not name:
        return Practice(desk, seed=seed, speed=speed, operators=operators)
    try:
        scenario = scenario_called(str(name))
    except KeyError:
        known = ", ".join(scenario.name for scenario in SCENARIOS)
        raise ValueError(f"option scenario: there is none called “{name}”; known are: {known}") from None
    return Exercise(desk, scenario, seed=seed, speed=speed, rate=rate, operators=operators)


def _factor(options: Mapping[str, object], name: str) -> float:
    value = options.get(name, 1.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1000:
        raise ValueError(f"option {name}: a number above 0, 1000 at most, is expected")
    return float(value)


def _keep_records(store: Store, options: Mapping[str, object]) -> None:
    for name, kind in (("problems", LinkKind.PROBLEM), ("changes", LinkKind.CHANGE)):
        table = options.get(name) or {}
        if not isinstance(table, Mapping):
            raise ValueError(f"option {name}: a table is expected")
        for number, title in table.items():
            store.add_record(Record(str(number), kind, str(title), "Open"))


def _targets(options: Mapping[str, object]) -> Targets:
    usual = Targets()
    return Targets(
        response=_durations(options, "response") or usual.response,
        resolution=_durations(options, "resolution") or usual.resolution,
    )


def _durations(options: Mapping[str, object], name: str) -> tuple[float, float, float, float, float] | None:
    value = options.get(name)
    if not value:
        return None
    if not isinstance(value, list) or len(value) != 5:
        raise ValueError(f"option {name}: five durations are expected, one for each priority 1 to 5")
    try:
        first, second, third, fourth, fifth = (float(durations.parse(str(item))) for item in value)
    except durations.DurationError as error:
        raise ValueError(f"option {name}: {error}") from error
    return first, second, third, fourth, fifth
