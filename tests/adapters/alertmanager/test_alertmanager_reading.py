"""Following a real Alertmanager: what begins, ends, restarts, and how little is asked."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers import alertmanager as am
from tests.servers.alertmanager_package import CannotInstall
from tests.servers.cutter import http_answer
from tests.waiting import until
from vagt.adapters.alertmanager.session import AlertmanagerSession
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.conformance.tools import perform
from vagt.adapters.protocol import InvalidError, NotFoundError, ProtocolError
from vagt.domain.commands import Snooze
from vagt.domain.incident import Incident, State


async def following(rig: AlertmanagerRig, **options: object) -> Mirror:
    mirror = Mirror(await rig.connect(**options))  # type: ignore[arg-type]
    await mirror.poll()
    return mirror


def only(mirror: Mirror) -> Incident:
    (found,) = mirror.incidents.values()
    return found


async def test_what_is_well_again_is_told_as_resolved_by_the_next_poll(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    mirror = await following(rig)
    assert only(mirror).state is State.NEW
    await rig.finish(id)
    before = datetime.now(UTC)
    await mirror.poll()
    over = only(mirror)
    assert (over.state, over.native_state, over.title) == (State.RESOLVED, "resolved", "disk full")
    assert over.resolved_at is not None and abs(over.resolved_at - before) < timedelta(seconds=2)
    assert await mirror.session.get([id]) == (), "Alertmanager itself no longer knows it"
    with pytest.raises(NotFoundError, match="does not know"):
        await mirror.session.find(over.number)


async def test_one_that_fires_again_comes_back_under_its_number(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["flaps"])
    mirror = await following(rig)
    number = only(mirror).number
    await rig.finish(id)
    await mirror.poll()
    later = (datetime.now(UTC) + timedelta(milliseconds=20)).isoformat()
    rig.server.fire([{**rig.alert("flaps", "c0"), "startsAt": later}])
    await mirror.poll()
    again = only(mirror)
    assert (again.state, again.number, again.resolved_at) == (State.NEW, number, None)


async def test_sending_the_same_again_tells_nothing(rig: AlertmanagerRig) -> None:
    await rig.seed(["steady"])
    mirror = await following(rig)
    known = dict(mirror.incidents)
    for _ in range(3):
        rig.server.fire([rig.alert("steady", "c0")])
        batch = await mirror.session.changes(mirror.cursor)
        assert batch.items == ()
    assert mirror.incidents == known


async def test_a_poll_is_one_request_also_where_something_is_silenced(rig: AlertmanagerRig) -> None:
    await rig.seed(["quiet", "loud"])
    rig.server.silence(rig.labels[next(iter(rig.labels))], by="bo", comment="known")
    mirror = await following(rig)
    before = rig.requests()
    for _ in range(3):
        await mirror.poll()
    assert rig.requests() - before == 3


async def test_a_colleagues_silence_is_there_with_his_words_and_goes_when_he_ends_it(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    mirror = await following(rig)
    silence = rig.server.silence(rig.labels[id], by="bo", comment="new disk is on its way", seconds=1800)
    await mirror.poll()
    held = only(mirror)
    assert (held.state, held.native_state) == (State.WAITING, "silenced")
    assert held.waiting_reason == "bo: new disk is on its way"
    assert held.snoozed_until is not None
    assert abs(held.snoozed_until - datetime.now(UTC) - timedelta(seconds=1800)) < timedelta(seconds=5)
    rig.server.expire(silence)
    await mirror.poll()
    assert (only(mirror).state, only(mirror).snoozed_until) == (State.NEW, None)
    told = [(entry.by, entry.text) for entry in await mirror.session.timeline(id)]
    assert told[0] == ("Alertmanager", "Kit began to fire")
    assert ("bo", "new disk is on its way") in told
    assert told[-1] == ("bo", "the silence ended")


async def test_routes_receivers_and_inhibition_are_as_alertmanager_has_them(rig: AlertmanagerRig) -> None:
    rig.server.fire(
        [
            rig.alert("uplink down", "net", team="net", cluster="c1", severity="critical", alertname="Uplink"),
            rig.alert("slow", "slow", cluster="c1"),
            rig.alert("lump 1", "", lump="yes", instance="1"),
            rig.alert("lump 2", "", lump="yes", instance="2"),
            rig.alert("alone", "", alone="yes"),
        ]
    )
    mirror = await following(rig)
    found = {one.title: one for one in mirror.incidents.values()}
    assert set(found) == {"uplink down", "slow", "lump 1", "lump 2", "alone"}
    assert dict(found["uplink down"].extra)["Receivers"] == "net, pager", "two receivers, one incident"
    assert (found["slow"].state, found["slow"].waiting_reason) == (State.WAITING, "inhibited by Uplink")
    assert found["lump 1"].team == "lump"
    some = await following(rig, receivers=["net", "alone"])
    assert {one.title for one in some.incidents.values()} == {"uplink down", "alone"}
    fitting = await following(rig, query='severity=~"crit.*"')
    assert {one.title for one in fitting.incidents.values()} == {"uplink down"}


async def test_each_alert_can_be_an_incident(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["the first"])
    await rig.change(id)
    grouped, alone = await following(rig), await following(rig, incidents="alerts")
    assert only(grouped).title.endswith("(2 firing)")
    assert sorted(one.title for one in alone.incidents.values()) == ["another", "the first"]
    first = next(one for one in alone.incidents.values() if one.title == "the first")
    assert (await alone.session.find(first.number)).id == first.id
    fingerprint = next(a["fingerprint"] for a in rig.firing(id) if a["annotations"]["summary"] == "the first")
    assert (await grouped.session.find(fingerprint)).id == id, "an alert's fingerprint is a name as well"


async def test_five_thousand_alerts_are_listed_in_pages_without_holding_up_anything(rig: AlertmanagerRig) -> None:
    await rig.seed([f"one of many {n}" for n in range(5000)])
    session = await rig.connect()
    worst = 0.0

    async def beat() -> None:
        nonlocal worst
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.005)
            worst = max(worst, time.thread_time() - before)

    await session.probe()
    beating = asyncio.ensure_future(beat())
    before = rig.requests()
    batch = await session.changes(None)
    assert (len(batch.items), batch.more, batch.total) == (250, True, 5000), "the first rows can be worked on"
    count = len(batch.items)
    while batch.more:
        batch = await session.changes(batch.cursor)
        count += len(batch.items)
    assert (count, batch.complete) == (5000, True)
    assert rig.requests() - before == 1
    await rig.change(next(iter(rig.labels)))
    start = time.process_time()
    batch = await session.changes(batch.cursor)
    assert len(batch.items) == 1
    assert time.process_time() - start < 3, "computing, whatever else this machine does"
    assert rig.requests() - before == 2
    beating.cancel()
    assert worst < 0.15, f"nothing else ran for {worst:.2f} s of computing"


async def test_a_restart_ends_nothing_until_prometheus_has_had_time_to_send_again(rig: AlertmanagerRig) -> None:
    stays, ends = await rig.seed(["stays", "ends meanwhile"])
    mirror = await following(rig)
    await rig.server_restarts()
    await mirror.poll()
    assert mirror.open_ids == {stays, ends}, "the server knows no alert, and that says nothing"
    assert {one.id for one in await mirror.session.get([stays, ends])} == {stays, ends}
    rig.server.fire([rig.alert("stays", "c0")])
    await mirror.poll()
    assert mirror.open_ids == {stays, ends}
    # a console that starts now has nothing to remember but what is in its store
    later = Mirror(await rig.connect())
    later.incidents, later.cursor = dict(mirror.incidents), mirror.cursor
    await later.poll()
    assert later.open_ids == {stays, ends}
    await rig.finish(stays)
    await mirror.poll()
    assert mirror.open_ids == {ends}, "what the new server was sent, it can end"


async def test_a_server_that_is_not_waited_for_ends_what_it_does_not_know(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["gone with the restart"])
    mirror = await following(rig, after_restart="0s")
    await rig.server_restarts()
    await mirror.poll()
    assert mirror.incidents[id].state is State.RESOLVED
    assert "restarted" not in (mirror.incidents[id].resolution or "")


async def test_what_nobody_sends_any_more_runs_out() -> None:
    try:
        with am.running(resolve=1) as server:
            rig = AlertmanagerRig(server)
            await rig.start()
            (id,) = await rig.seed(["not sent again"])
            mirror = await following(rig)
            await until(lambda: id not in mirror.open_ids, "its end", lambda: mirror.open_ids, pause=mirror.poll)
            assert mirror.incidents[id].native_state == "ran out"
            await rig.stop()
    except CannotInstall as why:
        pytest.skip(str(why))


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (http_answer("400 Bad Request", '"bad matcher format: x"'), InvalidError, "^bad matcher format: x$"),
        (http_answer("422 Unprocessable", '{"code":602,"message":"comment in body is required"}'), InvalidError,
         "^comment in body is required$"),
        (http_answer("400 Bad Request", ""), InvalidError, "without a word .HTTP 400."),
        (http_answer("400 Bad Request", "Client sent an HTTP request to an HTTPS server.\n", content_type="text/plain"),
         InvalidError, "begin with https"),
        (http_answer("200 OK", '{"not":"a list"}'), ProtocolError, "no list came"),
        (http_answer("200 OK", "[{"), ProtocolError, "not JSON"),
        (http_answer("200 OK", "<html><title>Grafana</title></html>", content_type="text/html"), ProtocolError,
         "Grafana"),
    ],
)  # fmt: skip
async def test_each_shape_of_error_is_told_in_its_words(
    rig: AlertmanagerRig, answer: bytes, error: type[Exception], words: str
) -> None:
    session: AlertmanagerSession = await rig.connect()
    await session.probe()
    with rig.cutter.answering(answer), pytest.raises(error, match=words):
        await session.changes(None)


async def test_an_empty_answer_is_an_empty_queue(rig: AlertmanagerRig) -> None:
    mirror = await following(rig)
    assert mirror.incidents == {}


async def test_an_answer_that_never_reached_the_console_is_made_up_for(rig: AlertmanagerRig) -> None:
    first, second = await rig.seed(["stays", "ends"])
    mirror = await following(rig)
    await rig.finish(second)
    await mirror.session.changes(mirror.cursor)  # and the console was busy ending
    (third,) = await rig.seed(["new meanwhile"])
    await mirror.poll()
    assert mirror.open_ids == {first, third}


async def test_what_was_read_by_itself_is_corrected_by_the_next_poll(rig: AlertmanagerRig) -> None:
    (id,) = await rig.seed(["disk full"])
    mirror = await following(rig)
    silence = rig.server.silence(rig.labels[id], by="bo", comment="known")
    (mirror.incidents[id],) = await mirror.session.get([id])
    assert only(mirror).native_state == "silenced"
    rig.server.expire(silence)
    await mirror.poll()
    assert only(mirror).native_state == "active"


async def test_a_page_that_is_asked_for_again_is_the_same(rig: AlertmanagerRig) -> None:
    await rig.seed([f"page {n}" for n in range(300)])
    session = await rig.connect()
    first = await session.changes(None)
    last = await session.changes(first.cursor)
    assert await session.changes(first.cursor) == last
    assert (len(first.items), len(last.items), last.complete) == (250, 50, True)


async def test_behind_one_address_of_two_peers_the_one_that_lacks_alerts_ends_nothing() -> None:
    try:
        with am.cluster() as (first, second):
            rig = AlertmanagerRig(first)
            await rig.start()
            (id,) = await rig.seed(["known to both peers"])
            second.sign_in(True)
            second.fire([rig.alert("known to both peers", "c0")])
            mirror = await following(rig)
            second.stop()
            second.start()
            for port in (second.port, second.port, first.port, second.port):
                rig.cutter.turn_to(port)
                await mirror.poll()
                assert mirror.open_ids == {id}, "it is only not sent to that one again"
            second.fire([rig.alert("known to both peers", "c0")])
            await mirror.poll()
            await _silenced_on_both(rig, mirror, id, second)
            for server in (first, second):
                server.resolve([rig.labels[id]])
            await mirror.poll()
            await mirror.poll()
            assert mirror.incidents[id].state is State.RESOLVED
            await rig.stop()
    except CannotInstall as why:
        pytest.skip(str(why))


async def _silenced_on_both(rig: AlertmanagerRig, mirror: Mirror, id: str, other: am.Alertmanager) -> None:
    """A silence made on one peer holds on the other a moment later."""
    account = await mirror.session.probe()
    rig.cutter.turn_to(rig.server.port)
    (incident,) = await mirror.session.get([id])
    await perform(mirror.session, account, incident, Snooze(datetime.now(UTC) + timedelta(hours=1), "known"))
    rig.cutter.turn_to(other.port)
    await mirror.poll()
    await until(lambda: mirror.incidents[id].native_state == "silenced", "silence", lambda: mirror, pause=mirror.poll)
    assert mirror.incidents[id].waiting_reason == "anna: known"
    assert any("one of 2 peers" in note for note in account.notes)
