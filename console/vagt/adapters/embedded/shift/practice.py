"""The practice shift's clock: everything due up to now happens, in order, bounded, from one seed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.shift import fill, major
from vagt.adapters.embedded.shift.colleagues import Colleagues, read_detail
from vagt.adapters.embedded.shift.scenes import CALLS, MAJOR, STORMS
from vagt.adapters.embedded.shift.script import Deed, Step, any_scene, knock_on, steps_for, trouble
from vagt.adapters.embedded.shift.world import RECORDS
from vagt.domain.commands import Change

FIRST_ARRIVAL = 8.0
"""Seconds after the start: a newcomer sees life at once."""
BURST = 100
"""Events carried out at one go, at most."""
RELIEF_AFTER = timedelta(minutes=15)
"""Being behind by more than this after a burst, a fresh shift takes over."""
FEW, ENOUGH, MANY, FULL = 25, 42, 70, 80
"""Open incidents: below FEW and ENOUGH arrivals hurry, above MANY colleagues do, at FULL nothing arrives."""
KEPT = 400
"""Closed incidents that stay as history."""
_NEXT, _COUNT, _SHIFT = "shift-next", "shift-count", "shift-number"


class Practice:
    """Runs the shift on a desk. Every method is to be called within one `writing`, `is_due` aside."""

    def __init__(self, desk: ServiceDesk, *, seed: int, speed: float, operators: frozenset[str]) -> None:
        self.seed = seed
        self._desk = desk
        self._store = desk.store
        self._speed = speed
        self._operators = operators

    @property
    def desk(self) -> ServiceDesk:
        return self._desk

    def begin(self, now: datetime) -> None:
        """Fill the file with a shift under way, where there is none yet."""
        if self._store.meta(_NEXT) is None:
            for record in RECORDS:
                self._store.add_record(record)
            self._filling("history", now).history()
            self._fill(now, number=0, count=fill.OPEN)

    def closed(self, now: datetime) -> str:
        """It never ends."""
        del now
        return ""

    def is_due(self, now: datetime) -> bool:
        step = self._store.next_step()
        return self._next_arrival() <= now or (step is not None and step[1] <= now)

    def advance(self, now: datetime) -> None:
        """Carry out what is due up to `now`; after a long pause only so much, then a fresh shift begins."""
        self._operators = self._store.operators()
        colleagues = self._colleagues()
        behind = self._run(colleagues, now)
        if behind is not None and now - behind > RELIEF_AFTER:
            self._relieve(colleagues, behind, now)
            # The new shift's past has happened too, its major incident's for one.
            behind = self._run(colleagues, now)
        if behind is not None:
            self._store.delay_steps(now - behind)
            self._store.set_meta(_NEXT, (self._next_arrival() + (now - behind)).isoformat())

    def _run(self, colleagues: Colleagues, now: datetime) -> datetime | None:
        """Carry out a burst at most; when the next one was due, where it is overdue still."""
        for _ in range(BURST):
            step = self._store.next_step()
            arrival = self._next_arrival()
            due = min(arrival, step[1]) if step else arrival
            if due > now:
                return None
            self._desk.wake(due)
            if step is not None and step[1] <= arrival:
                self._store.drop_step(step[0])
                self._take(colleagues, step[2], Deed(step[3]), step[4], due)
            else:
                self._arrive(colleagues, due)
        step = self._store.next_step()
        due = min(self._next_arrival(), step[1]) if step else self._next_arrival()
        return due if due <= now else None

    def after_operator(self, row: Row, change: Change, now: datetime) -> None:
        """Let people answer to what an operator did."""
        rng = self._rng(f"operator/{row.pk}/{row.version}")
        self._colleagues().after_operator(rng, row, change, now)

    def _take(self, colleagues: Colleagues, pk: int, deed: Deed, detail: str, at: datetime) -> None:
        if deed is Deed.STORM:
            self._one_of_storm(colleagues, detail, at)
        elif deed is Deed.KNOCK_ON:
            self._knock_on(colleagues, pk, detail, at)
        elif deed is Deed.RESOLVE and self._store.open_count() < ENOUGH:
            # Colleagues slow down rather than empty the queue.
            self._store.plan(at + timedelta(minutes=10) / self._speed, pk, deed.value, detail)
        else:
            colleagues.take_step(pk, deed, detail, at)

    def _arrive(self, colleagues: Colleagues, at: datetime) -> None:
        count = int(self._store.meta(_COUNT) or 0)
        rng = self._rng(f"arrival/{count}")
        open_now = self._store.open_count()
        if open_now < FULL:
            self._something(colleagues, rng, count, open_now, at)
        if open_now > MANY:
            self._tidy(colleagues, at)
        for pk in self._store.closed_beyond(KEPT):
            self._store.delete(pk)
        if open_now < FEW:
            gap = rng.uniform(3, 8)
        elif open_now < ENOUGH:
            gap = rng.uniform(10, 25)
        else:
            gap = rng.uniform(20, 60)
        self._store.set_meta(_COUNT, str(count + 1))
        self._store.set_meta(_NEXT, (at + timedelta(seconds=gap / self._speed)).isoformat())

    def _something(self, colleagues: Colleagues, rng: random.Random, count: int, open_now: int, at: datetime) -> None:
        """Mostly one new incident; now and then a second caller, a storm of alerts, or something big."""
        dice = rng.random()
        organisation = self._desk.organisation
        if count % 160 == 120 and not self._has_major():
            self._major(colleagues, rng, at)
        elif dice < 0.03 and open_now < ENOUGH + 15:
            seed = rng.randrange(10**6)
            delay = 0.0
            for rack in rng.sample(range(10, 60), rng.randint(6, 10)):
                delay += rng.uniform(1, 9)
                colleagues.plan(0, Step(delay, Deed.STORM, "", str(seed), str(rack)), at)
        elif dice < 0.11:
            self._second_caller(colleagues, rng, at)
        else:
            made = trouble(rng, organisation, self._operators, any_scene(rng))
            colleagues.arrive(made, steps_for(rng, made, organisation, self._operators), at)

    def _second_caller(self, colleagues: Colleagues, rng: random.Random, at: datetime) -> None:
        organisation = self._desk.organisation
        known = [row for row in self._store.newest(30, include_closed=False) if row.caller]
        titles = {scene.title: scene for scene in CALLS}
        scenes = [titles[row.title] for row in known if row.title in titles]
        scene = rng.choice(scenes or [any_scene(rng)])
        again = replace(scene, title=f"{scene.title} (me too)", text=f"Same as my colleague: {scene.text}")
        made = trouble(rng, organisation, self._operators, again)
        colleagues.arrive(made, steps_for(rng, made, organisation, self._operators), at)

    def _one_of_storm(self, colleagues: Colleagues, detail: str, at: datetime) -> None:
        _, seed, rack = read_detail(detail)
        if self._store.open_count() >= FULL:
            return
        scene = self._rng(f"storm/{seed}").choice(STORMS)
        rng = self._rng(f"storm/{seed}/{rack}")
        made = trouble(rng, self._desk.organisation, self._operators, scene, rack=int(rack))
        colleagues.arrive(made, steps_for(rng, made, self._desk.organisation, self._operators), at)

    def _knock_on(self, colleagues: Colleagues, pk: int, detail: str, at: datetime) -> None:
        """While there is trouble below, somebody calls about what stands on it."""
        row = self._store.row(pk)
        if row is None or not row.state.is_open or self._store.open_count() >= FULL:
            return
        caller, below, above = read_detail(detail)
        rng = self._rng(f"knock-on/{pk}")
        made = replace(trouble(rng, self._desk.organisation, self._operators, knock_on(below, above)), caller=caller)
        course = steps_for(rng, made, self._desk.organisation, self._operators)
        colleagues.arrive(made, [step for step in course if step.deed is not Deed.KNOCK_ON], at)

    def _major(self, colleagues: Colleagues, rng: random.Random, at: datetime) -> None:
        made = trouble(rng, self._desk.organisation, self._operators, MAJOR)
        major.unfold(rng, self._desk, colleagues, made, at)

    def _has_major(self) -> bool:
        return any(row.major for row in self._store.open_after(0, 10 * FULL))

    def _tidy(self, colleagues: Colleagues, at: datetime) -> None:
        """The two longest acknowledged ones that no operator has touched come to an end."""
        rows = [row for row in self._store.open_after(0, 10 * FULL) if not row.operated and not row.major]
        worked_on = [row for row in rows if row.acknowledged_at] or rows
        for row in worked_on[:2]:
            colleagues.resolve_now(row, at)

    def _relieve(self, colleagues: Colleagues, since: datetime, now: datetime) -> None:
        """Nobody watched for long: colleagues ended what was theirs, and a fresh shift is under way."""
        rows = [row for row in self._store.open_after(0, 10 * FULL) if not colleagues.is_operators(row)]
        for number, row in enumerate(rows, 1):
            at = since + (now - since) * (number / (len(rows) + 1))
            self._desk.wake(at)
            fresh = self._store.row(row.pk)
            if fresh is not None and fresh.state.is_open:
                colleagues.resolve_now(fresh, at)
        self._store.drop_steps()
        for row in self._store.resolved_by_others():
            colleagues.close_in_time(row, now)
        number = int(self._store.meta(_SHIFT) or 0) + 1
        self._fill(now, number=number, count=max(12, fill.OPEN - self._store.open_count()))
        for pk in self._store.closed_beyond(KEPT):
            self._store.delete(pk)

    def _fill(self, now: datetime, *, number: int, count: int) -> None:
        self._filling(f"shift/{number}", now).shift_under_way(count)
        self._store.set_meta(_SHIFT, str(number))
        self._store.set_meta(_COUNT, str(number * 100_000))
        self._store.set_meta(_NEXT, (now + timedelta(seconds=FIRST_ARRIVAL)).isoformat())

    def _filling(self, what: str, now: datetime) -> fill.Fill:
        return fill.Fill(self._rng(what), self._desk, self._colleagues(), self._operators, now)

    def _next_arrival(self) -> datetime:
        return datetime.fromisoformat(self._store.meta(_NEXT) or "9999-01-01T00:00:00+00:00")

    def _colleagues(self) -> Colleagues:
        return Colleagues(self._desk, self._operators, self._speed)

    def _rng(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{what}")
