"""The drill's world: one seed gives one shift, people act on a truth that nobody can ask for, and it ends."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.embedded import MORNING, Desk, desk
from vagt.adapters.embedded.shift.ledger import Ledger, NoDrill, Told, read_ledger
from vagt.adapters.embedded.shift.scenario import Turn
from vagt.adapters.embedded.shift.scenarios import SCENARIOS, scenario_called
from vagt.adapters.embedded.shift.truth import Role
from vagt.adapters.embedded.shift.world import DEPENDS, practice_organisation
from vagt.adapters.protocol import ForbiddenError, ProtocolError
from vagt.config.settings import OptionValue
from vagt.domain.commands import Acknowledge, Assign, LinkTo, Note, Resolve
from vagt.domain.incident import LinkKind, State
from vagt.domain.timeline import EntryKind

NAMES = [scenario.name for scenario in SCENARIOS]


def drill(scenario: str, *, seed: int = 5, speed: float = 1.0, rate: float = 1.0) -> dict[str, OptionValue]:
    return {"shift": True, "scenario": scenario, "seed": seed, "speed": speed, "rate": rate}


async def minutes(opened: Desk, count: float, *, every: float = 10) -> None:
    """Poll as a console does while minutes go by."""
    for _ in range(round(count * 60 / every)):
        opened.clock.advance(every)
        await opened.poll()


def ledger(folder: Path) -> Ledger:
    return read_ledger(folder / "embedded-desk.sqlite")


def of_cause(folder: Path, cause: str) -> list[Told]:
    return [told for told in ledger(folder).incidents if told.truth is not None and told.truth.cause == cause]


def course(folder: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(folder / "embedded-desk.sqlite")) as db:
        return db.execute("SELECT incident, at, by, kind, text FROM entry ORDER BY id").fetchall()


def texts(told: Told) -> list[str]:
    return [entry.text for entry in told.entries]


async def until(opened: Desk, folder: Path, cause: str, ready: Callable[[Told], bool] = lambda told: True) -> Told:
    """Wait for the first incident of a cause, in a state that one waits for."""
    for _ in range(600):
        found = of_cause(folder, cause)
        if found and ready(found[0]):
            return found[0]
        await minutes(opened, 0.1, every=6)
    raise AssertionError(f"{cause} never came so far")


@pytest.mark.parametrize("name", NAMES)
async def test_the_same_seed_gives_the_same_shift_however_often_one_looks(tmp_path: Path, name: str) -> None:
    courses = []
    for number, (seed, every) in enumerate(((5, 5), (5, 60), (6, 60))):
        async with desk(tmp_path / str(number), options=drill(name, seed=seed)) as anna:
            await minutes(anna, scenario_called(name).minutes + 1, every=every)
        courses.append(course(tmp_path / str(number)))
    assert courses[0] == courses[1]
    assert courses[0] != courses[2]


async def test_the_shift_before_hands_over_what_it_promised(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        await anna.poll()
        mine = [incident for incident in anna.known.values() if incident.assignee == "anna"]
        assert len(mine) == 1
        timeline = await anna.session.timeline(mine[0].id)
        assert any("Next word in 6 minutes" in entry.text and entry.public for entry in timeline)
        assert all(entry.at <= anna.clock.now() for entry in timeline)


async def test_one_failing_service_makes_those_that_stand_on_it_report(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("storm")) as anna:
        await minutes(anna, 8)
    symptoms = [told for told in of_cause(tmp_path, "core") if told.truth and told.truth.role is Role.SYMPTOM]
    assert len(symptoms) >= 2
    assert all("Network" in DEPENDS[told.row.service or ""] for told in symptoms)


async def test_a_storm_is_many_alerts_of_different_devices_and_callers_who_say_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("storm")) as anna:
        await minutes(anna, 6)
    reports = [told for told in of_cause(tmp_path, "core") if told.truth and told.truth.role is Role.REPORT]
    alerts = [told for told in reports if told.row.source == "Monitoring"]
    assert len(alerts) == 12 and len({told.row.title for told in alerts}) == 12
    assert any(told.row.caller for told in reports)


async def test_rate_is_how_much_comes_in(tmp_path: Path) -> None:
    counts = []
    for rate in (0.5, 1.0, 3.0):
        async with desk(tmp_path / str(rate), options=drill("storm", rate=rate)) as anna:
            await minutes(anna, 20, every=60)
        counts.append(len(ledger(tmp_path / str(rate)).incidents))
    assert counts[0] < counts[1] * 0.8 < counts[2] * 0.5


async def test_a_colleague_takes_one_and_releases_it_and_the_caller_adds_what_she_knows(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        taken = await until(anna, tmp_path, "mailbox", lambda told: told.row.assignee is not None)
        who = taken.row.assignee
        released = await until(anna, tmp_path, "mailbox", lambda told: told.row.assignee is None)
        assert [entry.by for entry in released.entries if entry.kind is EntryKind.ASSIGNMENT] == [who]
        await minutes(anna, 3)
        (first, *_) = of_cause(tmp_path, "mailbox")
        assert any(entry.by == first.row.caller and entry.kind is EntryKind.COMMENT for entry in first.entries)


async def test_the_team_that_can_mend_it_does_and_resolves_what_it_has(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        labels = await until(anna, tmp_path, "labels")
        await anna.does(Acknowledge(), labels.row.id)
        await anna.does(Assign(team="Service Desk", to=""), labels.row.id)
        await minutes(anna, 8)
        (told,) = of_cause(tmp_path, "labels")
        assert told.row.state is State.RESOLVED
        assert told.row.assignee in ("farid", "grete", "hanna", "ivan")


async def test_a_team_that_it_does_not_belong_to_sends_it_back(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        labels = await until(anna, tmp_path, "labels")
        await anna.does(Assign(team="Database", to=""), labels.row.id)
        await minutes(anna, 5)
        (told,) = of_cause(tmp_path, "labels")
        assert told.row.team == "NOC"
        assert any("not ours" in text for text in texts(told))


async def test_what_is_called_solved_too_early_comes_back(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        drum = await until(anna, tmp_path, "drum")
        await anna.does(Resolve("Switched it off and on."), drum.row.id)
        await minutes(anna, 4)
        (told,) = of_cause(tmp_path, "drum")
        assert told.row.state is State.ACTIVE
        assert any(text.startswith("Reopened: ") for text in texts(told))


async def test_what_is_over_is_told_and_stays_solved(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        drum = await until(anna, tmp_path, "drum")
        await anna.does(Acknowledge(), drum.row.id)
        await until(anna, tmp_path, "drum", lambda told: any("A new drum is in" in text for text in texts(told)))
        await anna.does(Resolve("New drum."), drum.row.id)
        await minutes(anna, 4)
        (told,) = of_cause(tmp_path, "drum")
        assert told.row.state is State.RESOLVED


async def test_what_is_said_of_a_duplicate_goes_to_where_it_lives_on(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("storm")) as anna:
        await minutes(anna, 3.7)
        (first, *others) = [
            told for told in of_cause(tmp_path, "core") if told.truth and told.truth.role is Role.REPORT
        ]
        for told in others:
            await anna.does(LinkTo(first.row.id, first.row.number, LinkKind.DUPLICATE), told.row.id)
        await minutes(anna, 3)
        (first, *_) = of_cause(tmp_path, "core")
        assert any("We send people home" in text for text in texts(first))


async def test_the_major_incident_unfolds_over_twenty_minutes_with_false_leads(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("major")) as anna:
        await minutes(anna, 20)
        told = of_cause(tmp_path, "sessions")[0]
        assert told.truth is not None
        assert (told.truth.impact, told.truth.urgency) == (1, 1)
        assert (told.truth.said_impact, told.truth.said_urgency) == (2, 2)
        assert told.row.priority == 3, "nobody but the operator raises it"
        words = texts(told)
        lead, denied, true = (
            next(at for at, text in enumerate(words) if said in text)
            for said in ("CHG5107", "not the network", "pay-db")
        )
        assert lead < denied < true
        spread = told.entries[-1].at - told.entries[0].at
        assert spread > timedelta(minutes=14)


async def test_nothing_that_the_backend_tells_gives_the_truth_away(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift")) as anna:
        await minutes(anna, 3)
        found = ledger(tmp_path)
        (incident,) = [i for i in anna.known.values() if i.title.startswith("URGENT")]
        assert (incident.impact, incident.urgency, incident.priority) == (1, 1, 1)
        told = repr(incident) + repr(await anna.session.timeline(incident.id)) + repr(await anna.session.probe())
        assert "drum" in found.causes and "drum" not in told
        assert [label for label, _ in incident.extra] == ["Source"]


async def test_it_is_over_after_its_time_and_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("first-shift", speed=10)) as anna:
        await minutes(anna, 1.4, every=2)
        (before,) = [i for i in anna.known.values() if i.assignee == "anna"]
        await anna.does(Note("Still here."), before.id)
        await minutes(anna, 0.2, every=2)
        assert [i.priority for i in anna.known.values() if "over" in i.title] == [1]
        with pytest.raises(ForbiddenError, match="over"):
            await anna.does(Note("Too late."), before.id)
        count = len(course(tmp_path))
        await minutes(anna, 60, every=600)
        assert len({i.id for i in anna.known.values()}) == len(ledger(tmp_path).incidents)
        later = course(tmp_path)[count:]
        assert all(by == "Service desk" for _, _, by, _, _ in later)


async def test_speed_shortens_everything_the_deadlines_too(tmp_path: Path) -> None:
    spans = []
    for speed in (1.0, 10.0):
        async with desk(tmp_path / str(speed), options=drill("first-shift", speed=speed)) as anna:
            await minutes(anna, 2 / speed, every=1)
            (told,) = of_cause(tmp_path / str(speed), "labels")
            begun = ledger(tmp_path / str(speed)).begun
            row = told.row
            spans.append(((row.created_at - begun) * speed, (row.response_due - row.created_at) * speed))
    for slow, fast in zip(*spans, strict=True):
        assert abs(slow - fast) < timedelta(milliseconds=1)


async def test_it_goes_on_where_it_stood_when_it_is_opened_again(tmp_path: Path) -> None:
    async with desk(tmp_path, options=drill("storm")) as anna:
        await minutes(anna, 5)
        clock = anna.clock
    async with desk(tmp_path, options=drill("storm"), clock=clock) as anna:
        await minutes(anna, 5)
    async with desk(tmp_path / "whole", options=drill("storm")) as anna:
        await minutes(anna, 10)
    assert course(tmp_path) == course(tmp_path / "whole")


async def test_an_unknown_scenario_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"“strom”; known are: first-shift, storm, major"):
        async with desk(tmp_path, options=drill("strom")):
            pass


async def test_a_file_without_a_drill_is_not_read_as_one(tmp_path: Path) -> None:
    async with desk(tmp_path):
        pass
    with pytest.raises(NoDrill):
        ledger(tmp_path)
    with pytest.raises(NoDrill):
        read_ledger(tmp_path / "none.sqlite")


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_agree_with_themselves_and_with_the_organisation(name: str) -> None:
    scenario = scenario_called(name)
    organisation = practice_organisation(["anna"], MORNING)
    causes = Counter(cause.key for cause in scenario.causes)
    assert set(causes.values()) == {1}
    assert {report.cause for report in scenario.reports} == set(causes)
    for cause in scenario.causes:
        assert organisation.team(cause.team) is not None
        assert not cause.shakes or any(cause.service in below for below in DEPENDS.values())
    for report in scenario.reports:
        assert organisation.service(report.service) is not None and organisation.team(report.team) is not None
        assert report.category in organisation.categories
        assert report.at < scenario.minutes
        for event in report.events:
            assert event.who in ("caller", "monitoring") or organisation.team(event.who) is not None
            assert (event.judged is not None) is (event.turn is Turn.WORSE)
    assert any(report.true for report in scenario.reports), "something to judge"
    assert any(report.promised for report in scenario.reports), "a word to keep"
