"""A queue of any size for the real program: a backend with so many open incidents, and a console that has read it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.bench.data import PEOPLE, SERVICES, TEAMS, WORDS
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.schema import open_database
from vagt.adapters.embedded.store import Store
from vagt.config.load import load
from vagt.config.secrets import secret_of
from vagt.domain.clock import SystemClock
from vagt.domain.incident import State
from vagt.engine.engine import Engine
from vagt.engine.health import Condition

_NATIVE = {State.NEW: "New", State.ACTIVE: "In progress", State.WAITING: "On hold"}
_STATES = (State.NEW,) * 3 + (State.ACTIVE,) * 4 + (State.WAITING,) * 2


def config(refresh: float = 15.0) -> str:
    """A config with one embedded backend, where Anna works, and no practice shift: nothing happens by itself."""
    people = ", ".join(f'"{name}" = "{name.capitalize()} Holm"' for name in PEOPLE)
    teams = ", ".join(f'"{team}" = "anna, bo"' for team in TEAMS)
    services = ", ".join(f'"{name}" = "{TEAMS[number % len(TEAMS)]}"' for number, name in enumerate(SERVICES))
    return (
        f'[console]\nrefresh = {refresh:g}\nbell = ""\n'
        '[[backends]]\nname = "desk"\nadapter = "embedded"\nusername = "anna"\n'
        f"[backends.options]\npeople = {{ {people} }}\nteams = {{ {teams} }}\nservices = {{ {services} }}\n"
    )


def _rows(count: int, now: datetime, seed: int) -> Iterator[Row]:
    random = Random(seed)
    for number in range(1, count + 1):
        state = random.choice(_STATES)
        created = now - timedelta(seconds=random.randrange(60, 20 * 86400))
        impact, urgency = random.randint(1, 3), random.randint(1, 3)
        assignee = None if state is State.NEW or random.random() < 0.2 else random.choice(PEOPLE)
        yield Row(
            title=" ".join(random.choices(WORDS, k=random.randint(3, 9))).capitalize() + f" #{number}",
            description=" ".join(random.choices(WORDS, k=random.choice((0, 12, 40)))),
            state=state,
            native=_NATIVE[state],
            impact=impact,
            urgency=urgency,
            priority=impact + urgency - 1,
            major=random.random() < 0.02,
            team=random.choice(TEAMS),
            assignee=assignee,
            caller=random.choice((None, "Kim Larsen", "Åse Bergström", "monitoring")),
            service=random.choice(SERVICES),
            category=random.choice(("Network", "Software", "Hardware")),
            created_at=created,
            updated_at=created + (now - created) * random.random(),
            updated_by=random.choice(PEOPLE),
            acknowledged_at=None if state is State.NEW else created + timedelta(minutes=random.randrange(1, 60)),
            response_due=created + timedelta(minutes=15),
            resolution_due=now + timedelta(seconds=random.randrange(-20_000, 100_000)),
            clock_start=created,
            paused_at=now - timedelta(minutes=5) if state is State.WAITING else None,
        )


def fill_backend(data: Path, count: int, seed: int = 7) -> None:
    """Put so many open incidents into the file of the backend `desk`, as fast as SQLite takes them."""
    now = datetime.now(UTC).replace(microsecond=0)
    with closing(open_database(data / "embedded-desk.sqlite", 5.0, now)) as database:
        store = Store(database)
        with store.writing():
            for row in _rows(count, now, seed):
                store.add(row)


async def read_once(config_path: Path, data: Path) -> float:
    """Let an engine read the whole backend into the console's store, without a screen; seconds that it took."""
    engine = await Engine.open(load(config_path), data, clock=SystemClock(), operator="anna", secrets=secret_of)
    began = time.perf_counter()
    try:
        await engine.start()
        while engine.health("desk").condition is not Condition.FRESH:
            await asyncio.sleep(0.02)
        return time.perf_counter() - began
    finally:
        await engine.stop()


class Desk:
    """A folder with a config and data for the program, and the environment that points at them."""

    def __init__(self, folder: Path, count: int, *, refresh: float = 15.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.count = count
        self.config = folder / "config.toml"
        self.data = folder / "data"
        self.config.write_text(config(refresh), encoding="utf-8")
        fill_backend(self.data, count)

    def read(self) -> float:
        """Fill the console's own store; seconds."""
        return asyncio.run(read_once(self.config, self.data))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "VAGT_CONFIG": str(self.config), "VAGT_DATA_DIR": str(self.data), "TZ": "UTC"}
