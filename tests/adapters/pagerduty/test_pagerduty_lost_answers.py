"""When an answer is lost, PagerDuty has the action once; the adapter finds out which, or says that nobody can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.pagerduty.acts import Hasty, act, command, one
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import BO, PdRig
from tests.servers.cutter import http_answer, reads_after_a_write, writes
from vagt.adapters.protocol import ConflictError, InvalidError, ProtocolError, Seen, UnavailableError
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Change,
    Comment,
    Create,
    Escalate,
    LinkTo,
    MoveTo,
    Note,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.incident import LinkKind, State

CHANGES: tuple[Change, ...] = (
    Note("a note, once"),
    Acknowledge(),
    Take(),
    Assign(to=BO),
    Assign(team="Database"),
    SetPriority(priority=1),
    SetPriority(urgency=3),
    SetMajor(True),
    Snooze(datetime.now(UTC) + timedelta(hours=2)),
    Resolve("done"),
    Escalate("up"),
    Escalate("help", to=BO),
    MoveTo("resolve", "Resolve", State.RESOLVED, "resolved"),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.verb.value)
async def test_what_arrived_without_an_answer_is_seen(rig: PdRig, change: Change) -> None:
    id = rig.register("lost", "Shop")
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    doing, tried = command(change, base), datetime.now(UTC)
    with rig.proxy.losing_answers(), pytest.raises(UnavailableError) as caught:
        await session.perform(doing, base.version)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.YES


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.verb.value)
async def test_what_never_arrived_is_not_seen_and_can_be_done_again(rig: PdRig, change: Change) -> None:
    id = rig.register("lost", "Shop")
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    doing, tried = command(change, base), datetime.now(UTC)
    with rig.proxy.losing_requests(), pytest.raises(UnavailableError) as caught:
        await session.perform(doing, base.version)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.NO
    await session.perform(doing, base.version)
    assert await session.seen(doing, tried) is Seen.YES, "what was told as done is known to be done"


@pytest.mark.parametrize("change", [Comment("we work on it"), Announce("status", "t", "we work on it")])
@pytest.mark.parametrize(
    ("quirks", "first", "second"),
    [
        ({}, Seen.YES, Seen.NO),
        ({"update_words_in_log": False}, Seen.UNKNOWN, Seen.UNKNOWN),
        ({"updates_in_log": False}, Seen.UNKNOWN, Seen.UNKNOWN),
    ],
)
async def test_a_status_update_is_seen_only_where_the_log_shows_its_words(
    rigs: MakeRig, change: Change, quirks: dict[str, Any], first: Seen, second: Seen
) -> None:
    rig: PdRig = await rigs(**quirks)
    (id,) = await rig.seed(["lost"])
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    doing, tried = command(change, base), datetime.now(UTC)
    assert await session.seen(doing, tried) is Seen.UNKNOWN, "nobody knows yet what this account logs"
    with rig.proxy.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(doing, base.version)
    assert await session.seen(doing, tried) is first
    await act(session, id, Comment("another one, that arrives"))
    unsent = command(Comment("never sent"), base)
    assert await session.seen(unsent, datetime.now(UTC)) is second


async def test_a_merge_whose_answer_was_lost_is_seen(rig: PdRig) -> None:
    id, other = await rig.seed(["duplicate", "survivor"])
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    doing, tried = command(LinkTo(other, "pd:1", LinkKind.DUPLICATE), base), datetime.now(UTC)
    with rig.proxy.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(doing, base.version)
    assert await session.seen(doing, tried) is Seen.YES


async def test_a_new_incident_is_found_by_its_key(rig: PdRig) -> None:
    session = await rig.connect(clock=Hasty())
    doing, tried = command(Create("once", service="Shop"), None), datetime.now(UTC)
    assert await session.seen(doing, tried) is Seen.NO
    with rig.proxy.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(doing, None)
    assert await session.seen(doing, tried) is Seen.YES
    await rig.finish(next(iter(rig.account.store.incidents)))
    assert await session.seen(doing, tried) is Seen.YES, "also once somebody has resolved it"


async def test_an_answer_that_makes_no_sense_may_have_been_carried_out(rig: PdRig) -> None:
    (id,) = await rig.seed(["odd"])
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    with (
        rig.proxy.carrying_out_but_answering(http_answer("200 OK", "{}")),
        pytest.raises(ProtocolError) as caught,
    ):
        await session.perform(command(Take(), base), base.version)
    assert caught.value.sent


async def test_a_request_that_took_too_long_may_have_been_carried_out(rig: PdRig) -> None:
    (id,) = await rig.seed(["slow"])
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    slow = http_answer("408 Request Timeout", '{"error":{"message":"Took too long","code":2016}}')
    with rig.proxy.carrying_out_but_answering(slow), pytest.raises(UnavailableError) as caught:
        await session.perform(command(Note("slowly"), base), base.version)
    assert caught.value.sent
    assert len(rig.incident(id).notes) == 1


async def test_what_changed_between_look_and_write_is_a_conflict(rig: PdRig) -> None:
    (id,) = await rig.seed(["raced"])
    session = await rig.connect()
    base = await one(session, id)
    raced = http_answer("400 Bad Request", '{"error":{"message":"Data has changed","code":1005}}')
    writes = lambda line: line.startswith("PUT")  # noqa: E731
    with rig.proxy.answering(raced, writes), pytest.raises(ConflictError, match="Data has changed"):
        await session.perform(command(Take(), base), base.version)


async def test_a_done_that_is_not_so_is_no_done(rig: PdRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """PagerDuty ignores what it does not know and answers 200: the answer is held against what was sent."""
    (id,) = await rig.seed(["ignored"])
    session = await rig.connect()
    base = await one(session, id)
    monkeypatch.setattr("tests.doubles.pagerduty.changing._routed", lambda *_: [])
    with pytest.raises(InvalidError, match="giving it to Bo Lund is not so: it is triggered, with nobody"):
        await session.perform(command(Assign(to=BO), base), base.version)


READ_BACK: tuple[Change, ...] = (
    Note("a note, once"),
    Comment("an update, once"),
    Announce("status", "a title", "an update, once"),
    Escalate("up, once"),
    Escalate("help, once", to=BO),
    Snooze(datetime.now(UTC) + timedelta(hours=2), "asleep, once"),
)


@pytest.mark.parametrize("fate", ["lost", "throttled"])
@pytest.mark.parametrize("change", READ_BACK, ids=lambda change: change.verb.value)
async def test_what_is_written_is_done_although_it_cannot_be_looked_at(rig: PdRig, change: Change, fate: str) -> None:
    """Called unsent, it would go once more: a second page, a second update to everybody who subscribes."""
    id = rig.register("once", "Shop")
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    busy = http_answer("429 Too Many Requests", "")
    failing = (
        rig.proxy.answering(busy, reads_after_a_write())
        if fate == "throttled"
        else rig.proxy.losing_answers(reads_after_a_write())
    )
    with failing:
        done = await session.perform(command(change, base), base.version)
    assert done.incident is not None or "reading it back failed" in done.message
    incident = rig.incident(id)
    words = [*(note.content for note in incident.notes), *(update.message for update in incident.updates)]
    assert len([text for text in words if "once" in text]) == 1


async def test_an_update_that_went_out_with_other_words_is_done_and_says_so(rig: PdRig) -> None:
    """It cannot be recalled: shown as refused, it would be sent again."""
    (id,) = await rig.seed(["changed words"])
    session = await rig.connect(clock=Hasty())
    base = await one(session, id)
    stored = http_answer("200 OK", '{"status_update": {"id": "U1", "message": "we work"}}')
    with rig.proxy.carrying_out_but_answering(stored, lambda line: "status_updates" in line):
        done = await session.perform(command(Comment("we work on it"), base), base.version)
    assert "other words" in done.message
    noted = http_answer("200 OK", '{"note": {"id": "N1", "content": "looked"}}')
    with rig.proxy.carrying_out_but_answering(noted, lambda line: "/notes" in line and writes(line)):
        done = await session.perform(command(Note("looked at it"), base), base.version)
    assert "other words" in done.message


async def test_a_new_incident_is_registered_although_its_people_cannot_be_looked_up(rig: PdRig) -> None:
    session = await rig.connect(clock=Hasty())
    with rig.proxy.losing_answers(reads_after_a_write()):
        done = await session.perform(command(Create("once", service="Shop"), None), None)
    assert done.incident is not None or "registered as" in done.message
