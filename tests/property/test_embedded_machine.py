"""Actions, colleagues, lost answers and crashes in any order, on the real embedded backend: it agrees with a model.

At least 2,000 steps; `VAGT_TEST_LONG=1` takes twenty times as many.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.adapters.embedded import MORNING, ORGANISATION, connection
from tests.property.embedded_world import AFTER, BEFORE, BadLine, Model
from tests.unit.engine.fakes import dropped, no_secret
from vagt.adapters.embedded.session import EmbeddedSession, connect
from vagt.adapters.protocol import AdapterError, Connection
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.domain.commands import (
    Acknowledge,
    Change,
    Command,
    Comment,
    Create,
    Hold,
    Note,
    Reopen,
    Resolve,
    SetPriority,
    Take,
)
from vagt.domain.incident import Key
from vagt.engine.audit import AuditLog
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

LONG = bool(os.environ.get("VAGT_TEST_LONG"))
EXAMPLES, STEPS = (1200, 45) if LONG else (60, 45)
WANTED = 40_000 if LONG else 2_000
IDS = ("i1", "i2", "i3")
COMMON: list[st.SearchStrategy[Change]] = [
    st.builds(Note, st.sampled_from(["a", "b"])),
    st.just(Take()),
    st.just(Acknowledge()),
    st.builds(SetPriority, impact=st.integers(1, 3), urgency=st.integers(1, 3)),
    st.just(Resolve("fixed")),
    st.just(Reopen()),
    st.just(Hold("parts")),
]
CHANGES = st.one_of(*COMMON, st.builds(Comment, st.sampled_from(["c", "d"])))
FAULTS = st.one_of(
    st.tuples(st.just("before"), st.sampled_from(BEFORE)), st.tuples(st.just("after"), st.sampled_from(AFTER))
)
ADDING = (Note, Comment, Create)


class EmbeddedMachine(RuleBasedStateMachine):
    """Anna's console, her colleague Bo, and the line between the console and the backend."""

    steps: ClassVar[int] = 0
    met: ClassVar[Counter[str]] = Counter()
    """What the runs came upon, so that a machine that meets nothing is noticed."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="vagt-machine-"))
        self.clock = ManualClock(MORNING)
        self.model = Model()
        self.submitted: dict[str, Intent] = {}
        self.decided: set[str] = set()
        self.number = 0
        self.engine: Engine
        self.line: BadLine
        self.bo: EmbeddedSession

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    # The world

    @initialize()
    def begin(self) -> None:
        async def begin() -> None:
            anna = await connect(connection(self.folder, self.clock, options=dict(ORGANISATION)))
            self.bo = await connect(connection(self.folder, self.clock, operator="bo", options=dict(ORGANISATION)))
            self.line = BadLine(anna, self.model, self.clock, "anna")
            for id in IDS:
                await self._bo_does(Create(title=f"Incident {id}"), None)
            await self._open()

        self.run(begin())

    async def _open(self) -> None:
        async def session(_: Connection) -> BadLine:
            return self.line

        self.engine = await Engine.open(
            Settings(backends=(BackendSettings(name="desk", adapter="embedded", username="anna"),)),
            self.folder / "data",
            clock=self.clock,
            operator="anna",
            secrets=no_secret,
            connect=session,
        )
        await self.engine.start()
        await self._settle()

    async def _settle(self) -> None:
        """Let tasks and threads come to rest without time passing."""
        for _ in range(4):
            for _ in range(8):
                await asyncio.sleep(0)
            parts = self.engine._parts
            for database in (parts.outbox._database, parts.store._database):
                await database._in_thread(lambda: None)
            await self.line.rest()
        for _ in range(8):
            await asyncio.sleep(0)

    async def _pass(self, seconds: float, step: float) -> None:
        await self._settle()
        while seconds > 1e-9:
            self.clock.advance(min(step, seconds))
            seconds -= step
            await self._settle()

    async def _bo_does(self, change: Change, id: str | None) -> None:
        self.number += 1
        command = Command(
            id=f"bo-{self.number}",
            backend="desk",
            subject=Key("desk", id) if id else None,
            ref="desk",
            change=change,
            by="bo",
            at=self.clock.now(),
        )
        try:
            done = await self.bo.perform(command, None)
        except AdapterError:
            return  # its state does not allow that now
        assert done.incident is not None
        self.model.took_effect(command, "bo", done.incident)

    def _step(self, *what: str) -> None:
        type(self).steps += 1
        type(self).met.update(what)

    # What happens

    @rule(id=st.sampled_from(IDS), change=CHANGES, undo=st.booleans())
    def act(self, id: str, change: Change, undo: bool) -> None:
        self._step("act")
        self._submit([Request("desk", Key("desk", id), change)], undo=undo)

    @rule(change=CHANGES)
    def act_on_all(self, change: Change) -> None:
        self._step("act on all")
        self._submit([Request("desk", Key("desk", id), change) for id in IDS], undo=True)

    @rule(undo=st.booleans())
    def register(self, undo: bool) -> None:
        self._step("register")
        self._submit([Request("desk", None, Create(title="New"))], undo=undo)

    def _submit(self, requests: list[Request], *, undo: bool) -> None:
        made = self.run(self.engine.submit(requests, undo=undo))
        self.submitted.update((one.command.id, one) for one in made)

    @rule(id=st.sampled_from(IDS), change=st.one_of(*COMMON))
    def a_colleague_acts(self, id: str, change: Change) -> None:
        self._step("colleague")
        self.run(self._bo_does(change, id))

    @rule(fault=FAULTS)
    def the_line_is_bad(self, fault: tuple[str, str]) -> None:
        self._step(" ".join(fault))
        self.line.plan.append(fault)

    @rule(what=st.sampled_from(["refused", "lost", "throttled"]))
    def reading_fails(self, what: str) -> None:
        self._step("reading fails")
        self.line.reads.append(what)

    @rule(id=st.sampled_from(IDS), fault=FAULTS, change=CHANGES, crash=st.booleans())
    def act_while_the_line_is_bad(self, id: str, fault: tuple[str, str], change: Change, crash: bool) -> None:
        self._step(" ".join(fault))
        self.line.plan.append(fault)
        self._submit([Request("desk", Key("desk", id), change)], undo=False)
        self.run(self._pass(0.5, 0.5))
        if crash:
            self._end(crash=True)

    @rule(seconds=st.sampled_from([0.5, 3.0, 6.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self._step("time")
        self.run(self._pass(seconds, 1.5))

    @rule(crash=st.booleans())
    def the_console_ends_and_comes_back(self, crash: bool) -> None:
        self._step("ends")
        self._end(crash=crash)

    def _end(self, *, crash: bool) -> None:
        on_the_wire = sum(intent.stage is Stage.SENDING for intent in self.engine.intents())
        self._step(*(["killed while sending"] if crash and on_the_wire else []))
        type(self).steps -= 1  # a part of the step that it was asked in

        async def again() -> None:
            await (dropped(self.engine) if crash else self.engine.stop())
            await self.line.rest()
            await self._open()

        self.run(again())

    @rule()
    def take_back(self) -> None:
        self._step("undo")
        self.run(self.engine.undo())

    def _waiting(self) -> list[str]:
        return [one.command.id for one in self.engine.intents() if one.stage.needs_person]

    # What waits depends on how fast the machine is: a rule that asked for it would not be drawn the same way twice.
    @rule(which=st.integers(0, 99), how=st.sampled_from(["retry", "accept", "discard"]))
    def decide(self, which: int, how: str) -> None:
        waiting = self._waiting()
        if not waiting:
            return
        self._step(how)
        id = waiting[which % len(waiting)]
        # Those that stopped with it may come after what was done meanwhile.
        self.decided.update(waiting)
        if how == "discard":
            self.run(self.engine.discard(id))
        else:
            self.run(self.engine.retry(id, accept_theirs=how == "accept"))

    # The end

    def teardown(self) -> None:
        try:
            if hasattr(self, "engine"):
                self.run(self._come_to_rest())
                self.run(self._check())
        finally:
            if hasattr(self, "engine"):
                self.run(self._let_go())
            self.loop.close()
            shutil.rmtree(self.folder, ignore_errors=True)  # SQLite's own files go while we look

    async def _come_to_rest(self) -> None:
        """The line is good again, and the outbox becomes empty; a person gives up what needs one."""
        self.line.plan.clear()
        self.line.reads.clear()
        await dropped(self.engine)
        await self.line.rest()
        await self._open()
        await self._until(lambda: not any(one.stage.is_pending for one in self.engine.intents()))
        for id in self._waiting():
            await self.engine.discard(id)
        await self._pass(40, 5)
        assert self.engine.intents() == (), "nothing is left over"

    async def _until(self, fits: Callable[[], bool]) -> None:
        for _ in range(1200):
            await self._settle()
            if fits():
                return
            self.clock.advance(0.5)
        raise AssertionError(f"the outbox never became empty: {self.engine.intents()}")

    async def _let_go(self) -> None:
        await dropped(self.engine)
        await self.line.rest()
        await self.line._session.close()
        await self.bo.close()

    async def _check(self) -> None:
        final = await self.engine._parts.outbox.stored(self.submitted)
        assert final.keys() == self.submitted.keys(), "nothing is lost"
        times = Counter(id for id, _ in self.model.effects)
        for id, intent in final.items():
            assert times[id] <= 1, f"twice: {intent}"
            if intent.stage is Stage.DONE and isinstance(intent.command.change, ADDING):
                assert times[id] == 1, f"never: {intent}"
            elif intent.stage is not Stage.DONE:
                assert times[id] == 0, f"done all the same: {intent}"
            type(self).met[intent.stage.value] += 1
        await self._agrees()
        for subject in IDS:
            sent = [
                final[id].seq
                for id, of in self.model.effects
                if of == subject and id in final and id not in self.decided
            ]
            assert sent == sorted(sent), "in order per incident"
        assert AuditLog(self.folder / "data" / "audit.jsonl").verify().ok

    async def _agrees(self) -> None:
        """The backend is as the model says, and the console shows it so."""
        for truth in await self.bo.get(tuple(self.model.incidents)):
            model = self.model.incidents[truth.id]
            said = [entry.text for entry in await self.bo.timeline(truth.id)]
            assert (truth.state, truth.assignee, truth.impact, truth.urgency) == (
                model.state, model.assignee, model.impact, model.urgency,
            )  # fmt: skip
            assert [text for text in said if text in "abcd" or text.startswith("Resolved")] == model.said
            assert self.engine.board.theirs(truth.key) == truth, "the truth is shown"
        assert len(self.model.incidents) == len(IDS) + sum(
            intent.stage is Stage.DONE and isinstance(intent.command.change, Create)
            for intent in (await self.engine._parts.outbox.stored(self.submitted)).values()
        )


EmbeddedMachine.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class TestEmbeddedMachine(EmbeddedMachine.TestCase):  # type: ignore[misc,name-defined]
    """The machine, and what its runs must have met."""

    def runTest(self) -> None:
        EmbeddedMachine.steps = 0
        EmbeddedMachine.met.clear()
        super().runTest()
        met = EmbeddedMachine.met
        assert EmbeddedMachine.steps >= WANTED, EmbeddedMachine.steps
        for what in ("done", "discarded", "undone", "killed while sending", "after lost", "after hangs", "accept"):
            assert met[what], f"never met {what}: {met}"
