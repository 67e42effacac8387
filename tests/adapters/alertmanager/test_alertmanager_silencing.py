"""Silences on a real Alertmanager: whose, why, how long, what they cover, and that there is never one too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers.cutter import http_answer
from vagt.adapters.alertmanager.session import AlertmanagerSession
from vagt.adapters.conformance.tools import command, one
from vagt.adapters.protocol import (
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Seen,
    UnavailableError,
)
from vagt.domain.commands import Assign, Change, Command, Snooze, Verb
from vagt.domain.incident import State


def until(minutes: float = 60) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def asked(session: AlertmanagerSession, id: str, change: Change) -> Command:
    return command(await one(session, id), change, backend="am", by="anna")


async def do(session: AlertmanagerSession, id: str, change: Change) -> Done:
    return await session.perform(await asked(session, id, change), None)


def active(rig: AlertmanagerRig, id: str) -> list[dict[str, Any]]:
    return [silence for silence in rig.held(id) if silence["status"]["state"] == "active"]


async def test_it_has_an_author_a_comment_and_an_end(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    end = until(90)
    done = await do(session, id, Snooze(end, "  new disk is on its way  "))
    (silence,) = active(rig, id)
    assert (silence["createdBy"], silence["comment"]) == ("anna", "new disk is on its way")
    assert abs(datetime.fromisoformat(silence["endsAt"]) - end) < timedelta(seconds=1)
    assert {one["isRegex"] for one in silence["matchers"]} == {False}
    assert done.incident is not None
    assert (done.incident.state, done.incident.native_state) == (State.WAITING, "silenced")
    assert done.incident.waiting_reason == "anna: new disk is on its way"
    assert done.incident.updated_by == "anna"
    assert all(alert["status"]["silencedBy"] == [silence["id"]] for alert in rig.firing(id))


async def test_the_author_can_be_somebody_else_than_who_signs_in(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect(author="olga")
    assert (await session.probe()).login == "olga"
    await do(session, id, Snooze(until(), "known"))
    assert active(rig, id)[0]["createdBy"] == "olga"


@pytest.mark.parametrize("reason", ["", "   "])
async def test_without_a_reason_it_is_refused_before_it_is_sent(rig: AlertmanagerRig, reason: str) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    with pytest.raises(InvalidError) as refused:
        await do(session, id, Snooze(until(), reason))
    assert refused.value.fields == (("reason", "is missing"),)
    assert active(rig, id) == []
    assert [(spec.name, spec.required) for spec in await session.fields(Verb.SNOOZE, id)] == [("reason", True)]


async def test_once_more_changes_the_same_silence(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    await do(session, id, Snooze(until(30), "known"))
    (first,) = active(rig, id)
    await do(session, id, Snooze(until(240), "takes longer"))
    (second,) = active(rig, id)
    assert (second["id"], second["startsAt"]) == (first["id"], first["startsAt"])
    assert second["comment"] == "takes longer"
    shorter = await do(session, id, Snooze(until(5), "nearly done"))
    assert len(active(rig, id)) == 1
    assert shorter.incident is not None and shorter.incident.snoozed_until is not None
    assert shorter.incident.snoozed_until < until(6)


async def test_a_narrower_neighbour_stays_loud_and_comes_later_alerts_do_not(rig: AlertmanagerRig) -> None:
    rig.server.fire([rig.alert("without", "c0"), rig.alert("with", "c0", cluster="c1")])
    session = await rig.connect()
    plain = next(each for each in await session.search(include_closed=False, limit=9) if each.title == "without")
    await do(session, plain.id, Snooze(until(), "only this"))
    rig.server.fire([rig.alert("later", "c0", instance="2")])
    states = {a["annotations"]["summary"]: a["status"]["state"] for a in rig.server.alerts(rig.filter)}
    assert states == {"without": "suppressed", "later": "suppressed", "with": "active"}


async def test_labels_with_quotes_breaks_and_foreign_letters_are_silenced_exactly(rig: AlertmanagerRig) -> None:
    for number, odd in enumerate(('a "q" b\\c', "line\nbreak", "Ærø 東京 🔥", ".*", "' OR 1")):
        rig.server.fire([rig.alert(f"odd {number}", odd, alone="yes", instance=odd)])
    session = await rig.connect()
    found = await session.search(include_closed=False, limit=9)
    for incident in found:
        done = await do(session, incident.id, Snooze(until(), "odd"))
        assert done.incident is not None and done.incident.native_state == "silenced"
        silenced = [a for a in rig.server.alerts(rig.filter) if a["status"]["state"] == "suppressed"]
        assert len(silenced) == 1, "this one and no other"
        await do(session, incident.id, Snooze(until(-1)))


async def test_waking_ends_our_own(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    await do(session, id, Snooze(until(), "known"))
    done = await do(session, id, Snooze(until(-1)))
    assert active(rig, id) == []
    assert done.incident is not None
    assert (done.incident.state, done.incident.snoozed_until, done.message) == (State.NEW, None, "")
    assert (await do(session, id, Snooze(until(-1)))).incident == done.incident, "there is nothing to end: it is awake"


async def test_a_colleagues_silence_is_not_ours_to_end(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    rig.server.silence({"world": rig.world}, by="bo", comment="maintenance")
    with pytest.raises(ForbiddenError, match=r"bo silences world=.* until .* UTC \(maintenance\)"):
        await do(session, id, Snooze(until(-1)))
    await do(session, id, Snooze(until(), "mine as well"))
    done = await do(session, id, Snooze(until(-1)))
    assert "yours has ended" in done.message and "bo silences" in done.message
    assert done.incident is not None and done.incident.native_state == "silenced"
    exact = rig.server.silence({n: rig.labels[id][n] for n in ("alertname", "world", "case")}, by="bo", comment="his")
    with pytest.raises(ForbiddenError, match="his"):
        await do(session, id, Snooze(until(-1)))
    assert exact in {silence["id"] for silence in active(rig, id)}


async def test_what_fires_no_longer_is_not_silenced(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["over"])
    session = await rig.connect()
    doing = await asked(session, id, Snooze(until(), "too late"))
    await rig.finish(id)
    with pytest.raises(NotFoundError, match="no longer"):
        await session.perform(doing, None)
    assert rig.held(id) == []


async def test_what_alertmanager_cannot_is_refused_in_words_that_help(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    for change, words in ((Assign(to="bo"), "nobody has an alert"), (Assign(team="net"), "routes say who gets")):
        with pytest.raises(ForbiddenError, match=words):
            await do(session, id, change)


async def test_the_servers_refusal_is_told_in_its_words(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    doing = await asked(session, id, Snooze(until(), "x"))
    too_many = http_answer("400 Bad Request", '"silence invalid: exceeded maximum number of silences: 10"')
    with (
        rig.cutter.answering(too_many, lambda line: line.startswith("POST")),
        pytest.raises(InvalidError, match=r"^silence invalid: exceeded maximum"),
    ):
        await session.perform(doing, None)


async def test_a_lost_answer_makes_no_second_silence(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    doing = await asked(session, id, Snooze(until(), "known"))
    tried = datetime.now(UTC)
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError) as lost:
        await session.perform(doing, None)
    assert lost.value.sent
    assert len(active(rig, id)) == 1
    # the console was restarted meanwhile: a session that knows nothing finds it all the same
    later = await rig.connect()
    assert await later.seen(doing, tried) is Seen.YES
    await later.perform(doing, None)
    assert len(active(rig, id)) == 1, "and even a second try changes the one that is there"


async def test_an_older_silence_with_the_same_words_is_not_taken_for_a_new_try(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    await do(session, id, Snooze(until(30), "known"))
    doing = await asked(session, id, Snooze(until(60), "known"))
    assert await session.seen(doing, datetime.now(UTC)) is Seen.NO, "another end"
    long_after = datetime.now(UTC) + timedelta(minutes=10)
    same = await asked(session, id, Snooze(datetime.fromisoformat(active(rig, id)[0]["endsAt"]), "known"))
    assert await (await rig.connect()).seen(same, long_after) is Seen.NO, "made long before this try"


async def test_whether_it_was_woken_is_found_out(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    await do(session, id, Snooze(until(), "known"))
    waking = await asked(session, id, Snooze(until(-1)))
    assert await session.seen(waking, datetime.now(UTC)) is Seen.NO
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(waking, None)
    assert await session.seen(waking, datetime.now(UTC)) is Seen.YES


async def test_an_answer_without_an_id_may_have_been_done(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    session = await rig.connect()
    doing = await asked(session, id, Snooze(until(), "known"))
    with (
        rig.cutter.carrying_out_but_answering(http_answer("200 OK", "{}")),
        pytest.raises(ProtocolError, match="did not say its id") as odd,
    ):
        await session.perform(doing, None)
    assert odd.value.sent
    assert await session.seen(doing, doing.at) is Seen.YES
