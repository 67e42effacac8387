"""All seven backends in one queue, going wrong in turn, each in another way: nothing else notices, nothing lies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.endurance.mixed import until
from tests.endurance.seven import ALL, AWAY, DESK, GATED, REFRESH, TIMEOUT, SevenBackends
from tests.servers.alertmanager import Alertmanager
from tests.servers.gate import BOOM, PAGE_TITLE, Gate, Wrong
from tests.servers.rt import RtServer
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
"""Seconds that a request may take where nothing but the errors is looked at."""
STARTED = 40.0
GIVEN_UP = TIMEOUT * 3 + 2
"""Seconds within which each way of going wrong is noticed."""
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


async def news(engine: Engine, seven: SevenBackends, names: tuple[str, ...], within: float) -> float:
    """A colleague changes one incident in each; seconds until all of that is on the board."""
    before = versions(engine, seven)
    for name in names:
        await seven.members[name].rig.change(seven.members[name].key.id)
    return await until(
        lambda: all(versions(engine, seven)[name] != before[name] for name in names),
        within,
        lambda: [name for name in names if versions(engine, seven)[name] == before[name]],
    )


async def watch(engine: Engine, fine: tuple[str, ...], lies: list[Health]) -> None:
    """Keep what would have misled whoever looked at that moment."""
    while True:
        lies += [engine.health(name) for name in fine if engine.health(name).condition is not Condition.FRESH]
        await asyncio.sleep(0.02)


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
    sessions = {one.name: await seven.session(replace(one, timeout=HASTE)) for one in backends}
    await asyncio.gather(*(session.probe() for session in sessions.values()))
    for how in sorted(KINDS, key=lambda how: how is Wrong.THROTTLED):  # the last one: they are left alone for a while
        found = await asyncio.gather(*(_trouble(seven.gates[name], how, sessions[name]) for name in GATED))
        for name, (error, asked) in zip(GATED, found, strict=True):
            assert isinstance(error, ERRORS[how]), f"{name} {how}: {error!r}"
            assert WORDS[how] in error.words, f"{name} {how}: {error.words}"
            assert 1 <= asked <= MOST_AT_ONCE[how], f"{name} {how}: asked {asked} times by one call"
            if isinstance(error, ThrottledError):
                assert AWAY - 1 < error.wait <= AWAY, f"{name}: {error.wait}"


async def _trouble(gate: Gate, how: Wrong, session: Session) -> tuple[AdapterError, int]:
    """What a listing raises once it goes wrong, and how often it asked."""
    await session.changes(None)
    gate.go(how)
    start = time.monotonic()
    with pytest.raises(AdapterError) as error:
        await session.changes(None)
    asked = gate.since(start)
    gate.go(None)
    return error.value, asked


@pytest.mark.timeout(150)
async def test_each_goes_wrong_in_its_turn_and_holds_up_no_other(seven: SevenBackends) -> None:
    engine = await seven.engine()
    await until(lambda: well(engine) == set(ALL), STARTED, lambda: states(engine))
    assert shown(engine) == Counter(ALL)
    calm = max([await news(engine, seven, ALL, GIVEN_UP) for _ in range(3)])
    acting = dict(zip(ALL, await asyncio.gather(*(act(engine, seven, name, STARTED) for name in ALL)), strict=True))
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
    lies: list[Health] = []
    watching = asyncio.ensure_future(watch(engine, turn.fine, lies))
    engine.refresh()

    # the others: what a colleague does is there as soon as ever, and so is what I do
    took = await news(engine, seven, turn.fine, TIMEOUT * 2)
    assert took <= max(calm, REFRESH * 1.1) + 0.9, f"{turn}: {took:.2f} s, and {calm:.2f} s where all is well"
    await act(engine, seven, *busy)

    # those that are wrong: what it is, when it is tried again, and what was known of them is still shown
    await until(lambda: all(engine.health(name).problem for name in turn.wrong), GIVEN_UP, lambda: states(engine))
    engine.refresh()  # a person who insists
    await asyncio.sleep(0.4)
    for name, how in turn.wrong.items():
        health = engine.health(name)
        if how is Wrong.REFUSED:
            await until(
                lambda name=name: engine.health(name).condition is Condition.SIGNED_OUT,  # type: ignore[misc]
                GIVEN_UP,
                lambda name=name: engine.health(name),  # type: ignore[misc]
            )
            assert engine.health(name).next_try is None, "not before a person asks, for that could lock the account"
            continue
        assert WORDS[how] in health.problem, f"{name} {how}: {health}"
        assert health.next_try is not None, f"{name} {how}: {health}"
        longest = AWAY if how is Wrong.THROTTLED else 60
        assert health.next_try - datetime.now(UTC) <= timedelta(seconds=longest), f"{name} {how}: {health}"
        if how is Wrong.THROTTLED:
            assert health.condition is Condition.THROTTLED
    passed = time.monotonic() - start
    for name, how in turn.wrong.items():
        asked = seven.gates[name].since(start)
        assert 1 <= asked <= most(how, passed), f"{name} {how}: asked {asked} times in {passed:.1f} s"
    for name in set(turn.fine) - {DESK}:
        assert seven.gates[name].since(start) > passed / REFRESH / 2, f"{name} was forgotten"
    watching.cancel()
    assert lies == [], str(turn)
    assert shown(engine) == Counter(ALL), "nothing left the queue"

    for name in turn.wrong:
        seven.gates[name].go(None)
    engine.refresh()
    # one that had just begun to fail is fresh with a problem until the answer that is under way comes
    await until(lambda: well(engine) == set(ALL) and quiet(engine), AWAY + GIVEN_UP, lambda: states(engine))


async def act(engine: Engine, seven: SevenBackends, name: str, within: float) -> float:
    """Acknowledge a new incident there, or snooze it where nothing else can be done; seconds until that was done.

    Each step may take `within` seconds.
    """
    member = seven.members[name]
    (id,) = await member.rig.seed([f"For {name}"])
    key = Key(name, id)
    start = time.monotonic()
    await until(lambda: engine.board.get(key) is not None, within, lambda: f"{name} shows no new one")
    change = Snooze(datetime.now(UTC) + timedelta(hours=1), "known") if name == "am" else Acknowledge()
    (acted,) = await engine.submit([Request(name, key, change)], undo=False)
    (settled,) = await engine.settled([acted.command.id], within)
    assert settled.stage is Stage.DONE, f"not within {within:.1f} s: {settled}"
    took = time.monotonic() - start
    await member.rig.finish(id)
    await until(
        lambda: (one := engine.board.get(key)) is None or not one.is_open, within, lambda: engine.board.get(key)
    )
    return took


async def test_the_embedded_one_goes_wrong_in_its_own_way_and_the_others_go_on(seven: SevenBackends) -> None:
    engine = await seven.engine()
    await until(lambda: well(engine) == set(ALL), STARTED, lambda: states(engine))
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
        (done,) = await engine.settled([there.command.id], SOON)
        assert done.stage is Stage.DONE

        def told() -> str:
            return next(intent.reason for intent in engine.intents() if intent.command.id == here.command.id)

        await until(lambda: "locked" in told(), TIMEOUT * 3, told)
        assert (await seven.desk.truth(seven.members[DESK].key.id)).assignee is None
    finally:
        other.execute("ROLLBACK")
        other.close()
    (done,) = await engine.settled([here.command.id], TIMEOUT * 3)
    assert done.stage is Stage.DONE
    assert (await seven.desk.truth(seven.members[DESK].key.id)).assignee == "anna"
