"""Every incident that climbs, and when each wants to be looked at: cheap, in order, and moved by time alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.unit.escalation.scene import P1, at, incident
from vagt.config.response import EscalationSettings, StepSettings
from vagt.domain.incident import ClockKind, Incident, Key, State
from vagt.domain.query import Facts
from vagt.escalation.ladder import Ladder
from vagt.escalation.paths import Paths
from vagt.escalation.record import MarkKind, Record


class Now:
    def __init__(self) -> None:
        self.minutes = 0.0

    def __call__(self, _: str = "") -> datetime:
        return at(self.minutes)


def ladder(*paths: EscalationSettings, records: dict[Key, Record] | None = None) -> tuple[Ladder, Now]:
    now = Now()
    known = records or {}
    return Ladder(Paths(paths or (P1,)), known.get, lambda: Facts(now=now()), now), now


def other(number: int, **changes: object) -> Incident:
    return replace(incident(), id=f"i{number}", number=str(number), **changes)  # type: ignore[arg-type]


def test_the_first_path_that_fits_is_its_path() -> None:
    everything = EscalationSettings(name="rest", query="is:open", steps=(StepSettings(after=60, to="team:NOC"),))
    found, _ = ladder(P1, everything)
    urgent, mild = found.path_of(other(1)), found.path_of(other(2, priority=4))
    assert urgent is not None and mild is not None
    assert (urgent.name, mild.name) == ("p1", "rest")


def test_each_is_told_when_it_is_due_the_most_urgent_first_and_once() -> None:
    everything = EscalationSettings(name="all", query="is:open", steps=(StepSettings(after=600, to="team:NOC"),))
    found, now = ladder(everything, records={other(1).key: Record(), other(2).key: Record()})
    found.look([other(1, priority=3), other(2, priority=1)])
    now.minutes = 9.9
    assert found.due() == []
    now.minutes = 10
    assert [rung.incident.id for rung in found.due()] == ["i2", "i1"]
    assert found.due() == []
    found.again_in(other(1).key, 60)
    now.minutes = 11
    assert [rung.incident.id for rung in found.due()] == ["i1"]


def test_what_is_over_or_gone_is_not_told() -> None:
    found, _ = ladder()
    found.look([other(1), other(2)])
    found.look([other(1, state=State.RESOLVED)], [other(2).key])
    assert found.due() == []
    assert len(found) == 0


def test_time_alone_puts_an_incident_on_a_path() -> None:
    old = EscalationSettings(name="old", query="is:open age>30m", steps=(StepSettings(after=0, to="team:NOC"),))
    found, now = ladder(old)
    found.look([other(1)])
    assert len(found) == 0
    now.minutes = 31
    assert [rung.standing.path.name for rung in found.due()] == ["old"]


def test_a_step_is_announced_a_minute_before() -> None:
    from tests.unit.escalation.scene import mark

    one = other(1)
    record = Record((mark(MarkKind.DONE, 1, 0),))
    found, now = ladder(records={one.key: record})
    found.look([one])
    now.minutes = 8.9
    assert found.soon() == []
    now.minutes = 9
    assert [rung.key for rung in found.soon()] == [one.key]


def test_before_its_announcement_the_timeline_is_wanted_that_nobody_has_read() -> None:
    found, now = ladder(replace(P1, steps=(StepSettings(after=600, to="oncall:noc"),)))
    found.look([other(1)])
    now.minutes = 8.8
    assert found.due() == []
    now.minutes = 8.9
    assert [rung.key for rung in found.due()] == [other(1).key]


def test_a_backend_whose_clock_is_behind_holds_up_no_other() -> None:
    from datetime import timedelta

    behind = Ladder(
        Paths((P1,)),
        {other(1).key: Record(), Key("late", "i2"): Record()}.get,
        lambda: Facts(now=at(0)),
        lambda backend: at(0) - timedelta(minutes=3 if backend == "late" else 0),
    )
    behind.look([other(2, backend="late", created_at=at(-2)), other(1)])
    assert [rung.key for rung in behind.due()] == [other(1).key]


def test_the_clock_of_a_row_is_its_next_step_and_guessed_while_nobody_has_read_its_timeline() -> None:
    found, now = ladder()
    now.minutes = 4
    (clock,) = found.clocks(other(1))
    assert (clock.name, clock.due_at, clock.kind) == ("step 2", at(10), ClockKind.ESCALATION)
    now.minutes = 500
    assert found.clocks(other(1)) == ()
    assert found.clocks(other(2, priority=4)) == ()


def test_an_incident_that_changes_often_leaves_no_trail() -> None:
    found, _ = ladder()
    for version in range(2000):
        found.look([other(1, version=str(version))])
    assert len(found._next["desk"]) < 200
