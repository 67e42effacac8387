"""All seven backends in one queue, going wrong in turn, each in another way: nothing else notices, nothing lies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.endurance.seven import ALL, AWAY, DESK, GATED, REFRESH, TIMEOUT, SevenBackends
from tests.servers.alertmanager import Alertmanager
from tests.servers.gate import BOOM, PAGE_TITLE, Gate, Wrong
from tests.servers.rt import RtServer
from tests.waiting import DEADLINE, best, until
from vagt.adapters.protocol import AdapterError, AuthError, ProtocolError, Session, ThrottledError, UnavailableError
from vagt.config.settings import DEFAULT_VIEWS
from vagt.domain.commands import Acknowledge, Snooze
from vagt.domain.incident import Key
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.engine.engine import Engine
from vagt.engine.health import Condition, Health
from vagt.engine.intent import Stage
from vagt.engine.request import Request

SOON = REFRESH + 1.2
"""About one refresh on a crowded machine, and less than what a hanging one is waited for."""
assert SOON < TIMEOUT
HASTE = 1.0
"""Seconds that a request may take where none will be answered, and nothing but the error is looked at."""
STARTED = 40.0
KINDS = tuple(Wrong)
WORDS = {
    Wrong.HANGING: "no answer within",
    Wrong.FAILING: BOOM,
    Wrong.THROTTLED: BOOM,
    Wrong.WEB_PAGE: PAGE_TITLE,
    Wrong.EXPIRED: "certificate has expired",
    Wrong.REFUSED: "",
}
"""What is said of each, in the backend's words where it has some."""

ERRORS: dict[Wrong, tuple[type[AdapterError], ...]] = {
    Wrong.HANGING: (UnavailableError,),
    Wrong.FAILING: (UnavailableError,),
    Wrong.THROTTLED: (ThrottledError,),
    # a login page with success is how some Jiras and proxies say "who are you?"
    Wrong.WEB_PAGE: (ProtocolError, AuthError),
    Wrong.EXPIRED: (UnavailableError,),
    Wrong.REFUSED: (AuthError,),
}
MOST_AT_ONCE = {
    Wrong.HANGING: 6,
    Wrong.FAILING: 2,
    Wrong.THROTTLED: 2,
    Wrong.WEB_PAGE: 4,
    Wrong.EXPIRED: 6,
    Wrong.REFUSED: 4,
}
"""Requests of one call: a read without an answer is tried three times, a refused one once more with the secret asked
for again, an interface is looked for in two places; and some calls need two requests."""


@dataclass(frozen=True)
class Turn:
    """Who goes wrong, and how."""

    wrong: dict[str, Wrong]

    @property
    def fine(self) -> tuple[str, ...]:
        return tuple(name for name in ALL if name not in self.wrong)

    def __str__(self) -> str:
        return ", ".join(f"{name} {how}" for name, how in self.wrong.items())


def turns() -> list[Turn]:
    """Six turns: three at a time in three ways, so that each goes wrong in three, and each way befalls three."""
    found = []
    for turn in range(6):
        half, group = divmod(turn, 2)
        members = GATED[group::2]
        found.append(Turn({name: KINDS[(2 * place + half + 3 * group) % 6] for place, name in enumerate(members)}))
    return found


def test_the_turns_are_fair() -> None:
    made = turns()
    by_name = {name: [turn.wrong[name] for turn in made if name in turn.wrong] for name in GATED}
    assert all(len(set(ways)) == 3 for ways in by_name.values())
    assert set(Counter(way for turn in made for way in turn.wrong.values()).values()) == {3}
    assert all(len(set(turn.wrong.values())) == 3 for turn in made)


@pytest.fixture
async def seven(tmp_path: Path, rt: RtServer, alertmanager: Alertmanager) -> AsyncIterator[SevenBackends]:
    async with SevenBackends(tmp_path, rt, alertmanager) as seven:
        yield seven


def shown(engine: Engine) -> Counter[str]:
    """How many incidents of each backend the view of all open ones has."""
    every = next(view for view in DEFAULT_VIEWS if view.name == "All open")
    view = engine.board.open_view(parse(every.query), parse_sort(every.sort))
    try:
        return Counter(view[n].backend for n in range(len(view)))
    finally:
        view.close()


def well(engine: Engine) -> set[str]:
    return {health.backend for health in engine.healths() if health.condition is Condition.FRESH}


def quiet(engine: Engine) -> bool:
    return not any(health.problem for health in engine.healths())


def versions(engine: Engine, seven: SevenBackends) -> dict[str, str | None]:
    found = {name: engine.board.get(member.key) for name, member in seven.members.items()}
    return {name: None if incident is None else incident.version for name, incident in found.items()}


def states(engine: Engine) -> dict[str, str]:
    """How each stands, for the words of a failure."""
    return {health.backend: f"{health.condition.value} {health.problem}" for health in engine.healths()}


async def news(engine: Engine, seven: SevenBackends, names: tuple[str, ...]) -> float:
    """A colleague changes one incident in each; seconds until all of that is on the board."""
    before = versions(engine, seven)
    for name in names:
        await seven.members[name].rig.change(seven.members[name].key.id)
    return await until(
        lambda: all(versions(engine, seven)[name] != before[name] for name in names),
        "a colleague's changes",
        lambda: [name for name in names if versions(engine, seven)[name] == before[name]],
    )


class Watching:
    """Keeps what would have misled whoever looked at that moment: one that is in order and seems not to be."""

    def __init__(self, engine: Engine, fine: tuple[str, ...]) -> None:
        self.looks = 0
        self.old: list[Health] = []
        """It was called stale because nothing had been read for some seconds, as when the machine stands still."""
        self.infected: list[Health] = []
        self._task = asyncio.ensure_future(self._look(engine, fine))

    async def _look(self, engine: Engine, fine: tuple[str, ...]) -> None:
        while True:
            self.looks += 1
            for health in map(engine.health, fine):
                if health.condition is Condition.STALE and (not health.problem or "no answer" in health.problem):
                    self.old.append(health)
                elif health.condition is not Condition.FRESH:
                    self.infected.append(health)
            await asyncio.sleep(0.02)

    def end(self, turn: Turn) -> None:
        """None was infected; and none was old for long, as it would be if it waited for one that hangs."""
        self._task.cancel()
        assert self.infected == [], str(turn)
        for name, count in Counter(health.backend for health in self.old).items():
            assert count <= self.looks / 2, f"{turn}: {name} was stale at {count} of {self.looks} looks"


def most(how: Wrong, seconds: float) -> int:
    """The most requests that so many seconds allow: polls 1, 1, 2, 4 s apart, and two that a person asked for."""
    if how is Wrong.THROTTLED:
        return 1 + int(seconds / AWAY)
    polls, due = 3, 0.0
    for pause in (0.9, 0.9, 1.8, 3.6, 7.2):
        due += pause
        polls += due < seconds
    return polls * MOST_AT_ONCE[how]


async def test_each_adapter_tells_every_way_of_going_wrong(seven: SevenBackends) -> None:
    """All thirty-six, past the engine: which error, in whose words, after how many requests; then it works again."""
    backends = [one for one in seven.backends if one.name in GATED]
    patient = {one.name: await seven.session(replace(one, timeout=DEADLINE)) for one in backends}
    hasty = {one.name: await seven.session(replace(one, timeout=HASTE)) for one in backends}
    await asyncio.gather(*(session.probe() for session in patient.values()))
    for how in sorted(KINDS, key=lambda how: how is Wrong.THROTTLED):  # the last one: they are left alone for a while
        sessions = hasty if how is Wrong.HANGING else patient
        found = await asyncio.gather(*(_trouble(seven.gates[name], how, sessions[name]) for name in GATED))
        for name, (error, asked) in zip(GATED, found, strict=True):
            assert isinstance(error, ERRORS[how]), f"{name} {how}: {error!r}"
            assert WORDS[how] in error.words, f"{name} {how}: {error.words}"
            assert 1 <= asked <= MOST_AT_ONCE[how], f"{name} {how}: asked {asked} times by one call"
            if isinstance(error, ThrottledError):
                assert AWAY - 1 < error.wait <= AWAY, f"{name}: {error.wait}"


async def _trouble(gate: Gate, how: Wrong, session: Session) -> tuple[AdapterError, int]:
    """What a listing raises once it goes wrong, and how often it asked."""
    await _listed(session)
    gate.go(how)
    start = time.monotonic()
    with pytest.raises(AdapterError) as error:
        await session.changes(None)
    asked = gate.since(start)
    gate.go(None)
    return error.value, asked


async def _listed(session: Session) -> None:
    """It answers; one in haste that a busy machine answers too late is asked again."""
    for _ in range(20):
        with suppress(UnavailableError):
            await session.changes(None)
            return
    await session.changes(None)


@pytest.mark.timeout(400)
async def test_each_goes_wrong_in_its_turn_and_holds_up_no_other(seven: SevenBackends) -> None:
    engine = await seven.engine()
    await until(lambda: well(engine) == set(ALL), "all seven", lambda: states(engine), within=STARTED)
    assert shown(engine) == Counter(ALL)
    calm = max([await news(engine, seven, ALL) for _ in range(3)])
    acting = dict(zip(ALL, await asyncio.gather(*(act(engine, seven, name) for name in ALL)), strict=True))
    for number, turn in enumerate(turns()):
        busy = DESK if number == 0 else turn.fine[number % len(turn.fine)]
        await _one_turn(engine, seven, turn, calm, (busy, 2 * acting[busy] + SOON))


async def _one_turn(engine: Engine, seven: SevenBackends, turn: Turn, calm: float, busy: tuple[str, float]) -> None:
    """Some go wrong; the others go on; each says what it is; then all is well again.

    `calm`: seconds in which news came while all was well; `busy`: who is acted on, and how long that may take.
    """
    start = time.monotonic()
    for name, how in turn.wrong.items():
        seven.gates[name].go(how)
    watching = Watching(engine, turn.fine)
    engine.refresh()

    # the others: what a colleague does is there as soon as ever, and so is what I do
    prompt = max(calm, REFRESH * 1.1) + 0.9
    took = await best(lambda: news(engine, seven, turn.fine), prompt)
    assert took <= prompt, f"{turn}: {took:.2f} s, and {calm:.2f} s where all is well"
    name, prompt = busy
    took = await best(lambda: act(engine, seven, name), prompt)
    assert took <= prompt, f"{turn}: acting on {name} took {took:.2f} s"

    # those that are wrong: what it is, when it is tried again, and what was known of them is still shown
    await until(
        lambda: all(engine.health(name).problem for name in turn.wrong), "what is wrong", lambda: states(engine)
    )
    engine.refresh()  # a person who insists
    await asyncio.sleep(0.4)
    await until(
        lambda: all(told(engine.health(name), how) for name, how in turn.wrong.items()),
        f"what each says: {turn}",
        lambda: {name: engine.health(name) for name in turn.wrong},
    )
    passed = time.monotonic() - start
    for name, how in turn.wrong.items():
        asked = seven.gates[name].since(start)
        assert 1 <= asked <= most(how, passed), f"{name} {how}: asked {asked} times in {passed:.1f} s"
    now = time.monotonic()
    reached = set(turn.fine) - {DESK}
    await until(lambda: all(seven.gates[name].since(now) for name in reached), f"each of {reached} to be asked again")
    watching.end(turn)
    assert shown(engine) == Counter(ALL), "nothing left the queue"

    for name in turn.wrong:
        seven.gates[name].go(None)
    engine.refresh()
    # one that had just begun to fail is fresh with a problem until the answer that is under way comes
    await until(lambda: well(engine) == set(ALL) and quiet(engine), "all seven again", lambda: states(engine))


def told(health: Health, how: Wrong) -> bool:
    """It says in words what is wrong, and when it is tried again: soon, but not before a person asks where that could
    lock the account."""
    if how is Wrong.REFUSED:
        return health.condition is Condition.SIGNED_OUT and health.next_try is None
    longest = timedelta(seconds=AWAY if how is Wrong.THROTTLED else 60)
    return (
        WORDS[how] in health.problem
        and health.next_try is not None
        and health.next_try - datetime.now(UTC) <= longest
        and (how is not Wrong.THROTTLED or health.condition is Condition.THROTTLED)
    )


async def act(engine: Engine, seven: SevenBackends, name: str) -> float:
    """Acknowledge a new incident there, or snooze it where nothing else can be done; seconds until that was done."""
    member = seven.members[name]
    (id,) = await member.rig.seed([f"For {name}"])
    key = Key(name, id)
    start = time.monotonic()
    await until(lambda: engine.board.get(key) is not None, f"the new one of {name}")
    change = Snooze(datetime.now(UTC) + timedelta(hours=1), "known") if name == "am" else Acknowledge()
    (acted,) = await engine.submit([Request(name, key, change)], undo=False)
    (settled,) = await engine.settled([acted.command.id], DEADLINE)
    assert settled.stage is Stage.DONE, settled
    took = time.monotonic() - start
    await member.rig.finish(id)
    await until(
        lambda: (one := engine.board.get(key)) is None or not one.is_open,
        "the end of what was acted on",
        lambda: engine.board.get(key),
    )
    return took


async def test_the_embedded_one_goes_wrong_in_its_own_way_and_the_others_go_on(seven: SevenBackends) -> None:
    engine = await seven.engine()
    await until(lambda: well(engine) == set(ALL), "all seven", lambda: states(engine), within=STARTED)
    (file,) = seven.folder.glob(f"embedded-{DESK}.sqlite")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        here, there = await engine.submit(
            [
                Request(DESK, seven.members[DESK].key, Acknowledge()),
                Request("snow", seven.members["snow"].key, Acknowledge()),
            ],
            undo=False,
        )
        (done,) = await engine.settled([there.command.id], DEADLINE)
        assert done.stage is Stage.DONE

        def reason() -> str:
            return next(intent.reason for intent in engine.intents() if intent.command.id == here.command.id)

        await until(lambda: "locked" in reason(), "why", reason)
        assert (await seven.desk.truth(seven.members[DESK].key.id)).assignee is None
    finally:
        other.execute("ROLLBACK")
        other.close()
    (done,) = await engine.settled([here.command.id], DEADLINE)
    assert done.stage is Stage.DONE
    assert (await seven.desk.truth(seven.members[DESK].key.id)).assignee == "anna"
