"""Several addresses of one cluster: whichever answers is read, a silence is made once, nothing is over too early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers import alertmanager as am
from tests.servers.alertmanager_package import CannotInstall
from tests.servers.cutter import writes
from vagt.adapters.alertmanager.options import read
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.conformance.tools import command, perform
from vagt.adapters.protocol import InvalidError, Seen, UnavailableError
from vagt.config.settings import BackendSettings
from vagt.domain.commands import Snooze
from vagt.domain.incident import State

Pair = tuple[am.Alertmanager, am.Alertmanager]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    try:
        with am.cluster() as both:
            yield both
    except CannotInstall as why:
        pytest.skip(str(why))


@pytest.fixture
async def rig(pair: Pair) -> AlertmanagerRig:
    first, second = pair
    for server in pair:
        if not server.is_running:
            server.start()
    rig = AlertmanagerRig(first)
    second.sign_in(True)
    await rig.start()
    return rig


async def both_hear(rig: AlertmanagerRig, pair: Pair, *titles: str) -> tuple[str, ...]:
    """As Prometheus does: to every member."""
    ids = await rig.seed(titles)
    pair[1].fire([rig.alert(title, rig.labels[id]["case"]) for title, id in zip(titles, ids, strict=True)])
    return ids


async def test_a_member_that_dies_is_not_missed(rig: AlertmanagerRig, pair: Pair) -> None:
    first, second = pair
    both, only_first = await both_hear(rig, pair, "known to both", "also known to both")
    second.resolve([rig.labels[only_first]])
    session = await rig.connect(members=[second.url])
    mirror = Mirror(session)
    await mirror.poll()
    assert mirror.open_ids == {both, only_first}
    await rig.cutter.stop()
    for _ in range(3):
        await mirror.poll()
    assert mirror.open_ids == {both, only_first}, "what only the dead one knew of may still fire"
    (incident,) = await session.get([both])
    account = await session.probe()
    done = await perform(session, account, incident, Snooze(datetime.now(UTC) + timedelta(hours=1), "known"))
    assert done.incident is not None
    assert done.incident.native_state == "silenced"
    assert len([one for one in second.silences() if one["comment"] == "known"]) == 1

    # back again: what it knows is believed, and what is over everywhere is over
    await rig.cutter.start()
    first.resolve([rig.labels[only_first]])
    for _ in range(2):
        await mirror.poll()
    assert mirror.incidents[only_first].state is State.RESOLVED
    assert mirror.open_ids == {both}
    await rig.stop()


async def test_what_the_asked_member_lacks_and_another_has_is_not_over(rig: AlertmanagerRig, pair: Pair) -> None:
    first, second = pair
    (id,) = await both_hear(rig, pair, "known to both")
    session = await rig.connect(members=[second.url], after_restart="0s")
    mirror = Mirror(session)
    await mirror.poll()
    first.resolve([rig.labels[id]])
    for _ in range(3):
        await mirror.poll()
    assert mirror.open_ids == {id}
    (incident,) = await session.get([id])
    account = await session.probe()
    await perform(session, account, incident, Snooze(datetime.now(UTC) + timedelta(hours=1), "at the other"))
    second.resolve([rig.labels[id]])
    for _ in range(2):
        await mirror.poll()
    assert mirror.incidents[id].state is State.RESOLVED
    await rig.stop()


async def test_a_silence_whose_answer_was_lost_is_found_and_not_made_again(rig: AlertmanagerRig, pair: Pair) -> None:
    _, second = pair
    (id,) = await both_hear(rig, pair, "lost answer")
    session = await rig.connect(members=[second.url])
    account = await session.probe()
    (incident,) = await session.get([id])
    wanted = command(incident, Snooze(datetime.now(UTC) + timedelta(hours=1), "once"), backend="am", by=account.login)
    begun = datetime.now(UTC)
    with rig.cutter.losing_answers(writes), pytest.raises(UnavailableError) as raised:
        await session.perform(wanted, incident.version)
    assert raised.value.sent, "nobody knows: it is not sent to the next member"
    await rig.cutter.stop()
    assert await session.seen(wanted, begun) is Seen.YES
    assert len([one for one in second.silences() if one["comment"] == "once"]) == 1
    await rig.cutter.start()
    await rig.stop()


async def test_all_that_are_away_are_named(rig: AlertmanagerRig, pair: Pair) -> None:
    session = await rig.connect(members=["http://127.0.0.1:9"])
    await session.changes(None)
    await rig.cutter.stop()
    with pytest.raises(UnavailableError, match=r"none of the 2 addresses answers: 127.0.0.1:.*; 127.0.0.1:9 cannot"):
        await session.changes(None)
    await rig.cutter.start()
    await rig.stop()


async def test_a_person_who_checks_is_told_which_member_does_not_answer(rig: AlertmanagerRig, pair: Pair) -> None:
    notes = (await (await rig.connect(members=["http://127.0.0.1:9"], thorough=True)).probe()).notes
    assert any(note.startswith("127.0.0.1:9 does not answer") for note in notes)
    notes = (await (await rig.connect(members=[pair[1].url], thorough=True)).probe()).notes
    assert "All 2 members answer." in notes
    await rig.stop()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (["am-2:9093"], "begins with http"),
        (["http://anna:hunter2@am-2:9093"], "no name and no password"),
        (["https://am-2:9093"], "use one for all"),
    ],
)
def test_an_address_that_cannot_serve_is_refused(members: list[str], words: str) -> None:
    settings = BackendSettings(name="am", adapter="alertmanager", url="http://am-1:9093", options={"members": members})
    with pytest.raises(InvalidError) as raised:
        read(settings)
    assert raised.value.fields[0][0] == "members"
    assert words in f"{raised.value.words} {raised.value.fields[0][1]}"
    assert "hunter2" not in raised.value.words
