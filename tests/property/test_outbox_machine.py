"""Whatever is done in whatever order, with answers lost and consoles killed: each action takes effect at most once.

So is each message told at most once, through whichever channel, but for one that insists where nobody can tell.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.unit.engine.fakes import (
    START,
    Bench,
    FakeChannel,
    FakeSession,
    World,
    incident,
    opened,
    settings_for,
    settle,
)
from vagt.adapters.protocol import InvalidError, Seen, ThrottledError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Change, Note, Notify, Resolve, SetPriority, Take, Verb
from vagt.domain.incident import Key
from vagt.engine.audit import AuditLog
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

IDS = ("1", "2", "3")
FAULTS = (
    # once it has taken effect, only the answer can be lost
    ("after", "lost"),
    ("after", "hang"),
    ("before", "lost"),
    ("before", "hang"),
    ("before", "refused"),
    ("before", "throttled"),
    ("before", "invalid"),
)
CHANNELS = ("chat", "mail", "phone")
"""What was told through chat can be found out, through mail and phone not."""
MESSAGES = st.builds(
    Notify,
    channel=st.sampled_from(CHANNELS),
    title=st.just("t"),
    text=st.just("x"),
    insist=st.booleans(),
    then=st.lists(st.sampled_from(CHANNELS), max_size=2).map(tuple),
    within=st.sampled_from([None, 5.0]),
)


class TruthfulChannel(FakeChannel):
    """One that can be asked."""

    async def seen(self, message: Any, first_tried: Any) -> Seen:
        return Seen.YES if message.id in [one.id for one in self.told] else Seen.NO


CHANGES = st.one_of(
    st.builds(Note, st.sampled_from(["a", "b"])),
    st.just(Take()),
    st.builds(SetPriority, priority=st.integers(1, 5)),
    st.just(Resolve("fixed")),
)


class OutboxMachine(RuleBasedStateMachine):
    """The world is the model: it counts how often each command took effect, and in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="vagt-machine-"))
        self.world = World(ManualClock(START))
        self.world.put(*(incident(id) for id in IDS))
        self.session = FakeSession(self.world)
        self.channels = {"chat": TruthfulChannel(), "mail": FakeChannel(), "phone": FakeChannel()}
        self.submitted: dict[str, Intent] = {}
        self.retried: set[str] = set()
        self.bench: Bench
        self.stack: AsyncExitStack

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.run(self._open())

    async def _open(self, crash: bool = True) -> None:
        self.stack = AsyncExitStack()
        self.bench = await self.stack.enter_async_context(
            opened(
                self.folder,
                self.world,
                settings=settings_for(channels=CHANNELS),
                sessions={"desk": self.session},
                channels=self.channels,
                crash=crash,
            )
        )
        await settle()

    @rule(id=st.sampled_from(IDS), change=CHANGES, undo=st.booleans())
    def act(self, id: str, change: Change, undo: bool) -> None:
        made = self.run(self.bench.engine.submit([Request("desk", Key("desk", id), change)], undo=undo))
        self.submitted.update((one.command.id, one) for one in made)

    @rule(change=CHANGES)
    def act_on_all(self, change: Change) -> None:
        requests = [Request("desk", Key("desk", id), change) for id in IDS]
        made = self.run(self.bench.engine.submit(requests))
        self.submitted.update((one.command.id, one) for one in made)

    @rule(change=MESSAGES, subject=st.sampled_from((*IDS, None)), id=st.sampled_from(("", "s1", "s2")))
    def tell(self, change: Notify, subject: str | None, id: str) -> None:
        key = None if subject is None else Key("desk", subject)
        before = self.run(self.bench.engine._parts.outbox.stored([id]))
        (made,) = self.run(self.bench.engine.submit([Request.notify(change, key, id or None)], undo=False))
        assert not before or (made.command == before[id].command), "the same id is added once"
        self.submitted[made.command.id] = made

    @rule(channel=st.sampled_from(CHANNELS), fault=st.sampled_from(FAULTS))
    def a_channel_is_in_trouble(self, channel: str, fault: tuple[str, str]) -> None:
        when, what = fault
        plan = self.channels[channel].before if when == "before" else self.channels[channel].after
        plan.append(self._step(what))

    @rule(channel=st.sampled_from(CHANNELS), down=st.booleans())
    def a_channel_goes_down_or_up(self, channel: str, down: bool) -> None:
        self.channels[channel].down = UnavailableError("refused") if down else None

    @rule(id=st.sampled_from(IDS), words=st.booleans(), priority=st.integers(1, 5))
    def another_changes_it(self, id: str, words: bool, priority: int) -> None:
        if words:
            self.world.change(id, "bo", description="more")
        else:
            self.world.change(id, "bo", priority=priority)

    @rule(fault=st.sampled_from(FAULTS))
    def the_line_is_bad(self, fault: tuple[str, str]) -> None:
        self._plan(fault)

    @rule(id=st.sampled_from(IDS), fault=st.sampled_from(FAULTS), crash=st.booleans(), change=CHANGES)
    def act_while_the_line_is_bad(self, id: str, fault: tuple[str, str], crash: bool, change: Change) -> None:
        self._plan(fault)
        self.act(id, change, False)
        self.time_passes(0.5)
        if crash:
            self.the_console_ends_and_comes_back(True)

    def _step(self, what: str) -> Any:
        async def hang() -> None:
            await self.world.clock.sleep(1e6)

        return {
            "lost": UnavailableError("reset", sent=True),
            "hang": hang,
            "refused": UnavailableError("refused"),
            "throttled": ThrottledError("slow", 3.0),
            "invalid": InvalidError("no"),
        }[what]

    def _plan(self, fault: tuple[str, str]) -> None:
        when, what = fault
        plan = self.session.before if when == "before" else self.session.after
        plan.setdefault("perform", []).append(self._step(what))

    @rule(seconds=st.sampled_from([0.5, 3.0, 6.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.bench.pass_time(seconds, step=1.5))

    @rule(crash=st.booleans())
    def the_console_ends_and_comes_back(self, crash: bool) -> None:
        async def again() -> None:
            if crash:
                await self.stack.aclose()
            else:
                await self.bench.engine.stop()
                await self.stack.aclose()
            await self._open()

        self.run(again())

    @rule()
    def take_back(self) -> None:
        self.run(self.bench.engine.undo())

    # What waits depends on how fast the machine is: a rule that asked for it would not be drawn the same way twice.
    @rule(which=st.integers(0, 99), how=st.sampled_from(["retry", "accept", "discard"]))
    def decide(self, which: int, how: str) -> None:
        waiting = [one.command.id for one in self.bench.engine.intents() if one.stage.needs_person]
        if not waiting:
            return
        id = waiting[which % len(waiting)]
        self.retried.update(one.command.id for one in self.bench.engine.intents() if one.stage.needs_person)
        if how == "discard":
            try:
                self.run(self.bench.engine.discard(id))
            except OutboxError as error:
                raise AssertionError("it needs a person, so it is not on the wire") from error
        else:
            self.run(self.bench.engine.retry(id, accept_theirs=how == "accept"))

    def teardown(self) -> None:
        try:
            if hasattr(self, "bench"):
                self.run(self._come_to_rest())
                self._check()
        finally:
            if hasattr(self, "stack"):
                self.run(self.stack.aclose())
            self.loop.close()
            shutil.rmtree(self.folder)

    async def _come_to_rest(self) -> None:
        self.session.before.clear()
        self.session.after.clear()
        for channel in self.channels.values():
            channel.before.clear()
            channel.after.clear()
            channel.down = None
        await self.stack.aclose()
        await self._open()
        await self.bench.until(lambda: not any(one.stage.is_pending for one in self.bench.engine.intents()), within=600)
        await self.bench.pass_time(40, step=5)

    def _check(self) -> None:
        times = Counter(self.world.applied)
        final = self.run(self.bench.engine._parts.outbox.stored(self.submitted))
        assert final.keys() == self.submitted.keys(), "nothing is lost"
        for id, intent in final.items():
            if isinstance(intent.command.change, Notify):
                self._check_message(id)
                continue
            count = times[id]
            assert count <= 1, (intent.command.verb, intent.stage)
            match intent.stage:
                case Stage.DONE if intent.command.verb is Verb.NOTE:
                    assert count == 1
                case Stage.UNDONE | Stage.REFUSED:
                    assert count == 0, intent
                case Stage.CONFLICT:
                    assert count == 0, intent
        order = {id: intent.seq for id, intent in final.items() if not intent.command.channel}
        for subject in IDS:
            sent = [
                order[id]
                for id in self.world.applied
                if final[id].command.subject == Key("desk", subject) and id not in self.retried
            ]
            assert sent == sorted(sent), "in order per incident"
            key = Key("desk", subject)
            assert self.bench.engine.board.theirs(key) == self.world.incidents[subject], "the truth is shown"
        assert AuditLog(self.folder / "audit.jsonl").verify().ok

    def _check_message(self, first: str) -> None:
        """Along the channels that it was passed on to: told once, and where it ended so, told at all."""
        chain = [self._stored(first)]
        while chain[-1].passed_to:
            chain.append(self._stored(chain[-1].passed_to))
        told = {one.command.id: self._told(one) for one in chain}
        by_person = any(one.command.id in self.retried for one in chain)
        change = chain[0].command.change
        assert isinstance(change, Notify)
        last = chain[-1]
        if not change.insist and not by_person:
            assert sum(told.values()) <= 1, "told once, whichever channel did it"
        if change.insist and not by_person:
            assert all(count <= 2 for count in told.values()), "insisting is not pestering"
        if last.stage is Stage.DONE:
            assert told[last.command.id] >= 1
        if last.stage is Stage.REFUSED and not (change.insist or by_person):
            assert sum(told.values()) == 0
        assert last.stage in (Stage.DONE, Stage.REFUSED, Stage.UNKNOWN, Stage.DISCARDED), last
        channels = [one.command.channel for one in chain]
        assert tuple(channels[1:]) == change.then[: len(chain) - 1], "in the order that was given"

    def _stored(self, id: str) -> Intent:
        found: Intent = self.run(self.bench.engine._parts.outbox.stored([id]))[id]
        return found

    def _told(self, intent: Intent) -> int:
        return sum(message.id == intent.command.id for message in self.channels[intent.command.channel].told)


OutboxMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=18,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestOutboxMachine = OutboxMachine.TestCase
