"""One update to three audiences in two languages, on every backend: each gets its own text, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ivanti.rig import IvantiRig
from tests.adapters.jsm.rig import JsmRig
from tests.adapters.pagerduty.rig import PdRig
from tests.adapters.rt.rig import RtRig
from tests.adapters.servicenow.rig import SnowRig
from tests.adapters.updating import Desk, console, settings
from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.receiver import Receiver, receiver
from tests.servers.rt import RtServer
from vagt.adapters.protocol import Session
from vagt.comms import approvals, releasing
from vagt.comms.approval import Standing
from vagt.comms.approvals import DecisionError
from vagt.comms.delivery import Status, settled
from vagt.comms.record import records_in
from vagt.domain.marker import without


@dataclass
class Backend:
    """One backend under test: how it is connected, which channel is its own, and what outside readers find there."""

    name: str
    own: str
    rig: Any
    connect: Callable[[], Awaitable[Session]]

    async def public(self, id: str) -> list[str]:
        return [" ".join(text.split()) for text in (await self.rig.truth(id)).public]


async def _rt(request: pytest.FixtureRequest) -> Backend:
    rig = RtRig(request.getfixturevalue("rt"))
    await rig.start()
    return Backend("rt", "comment", rig, rig.connect)


async def _ivanti(_: pytest.FixtureRequest) -> Backend:
    rig = IvantiRig()
    return Backend("ivanti", "journal", rig, lambda: rig.connect(journal="note", journal_category="Status Update"))


async def _servicenow(_: pytest.FixtureRequest) -> Backend:
    rig = SnowRig()
    await rig.start()
    return Backend("servicenow", "comment", rig, rig.connect)


async def _jsm(_: pytest.FixtureRequest) -> Backend:
    rig = JsmRig()
    await rig.start()
    return Backend("jsm", "comment", rig, rig.connect)


async def _pagerduty(_: pytest.FixtureRequest) -> Backend:
    rig = PdRig()
    await rig.start()
    return Backend("pagerduty", "status", rig, rig.connect)


_MAKERS = {"rt": _rt, "ivanti": _ivanti, "servicenow": _servicenow, "jsm": _jsm, "pagerduty": _pagerduty}


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.rt] if name == "rt" else []) for name in _MAKERS])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    made = await _MAKERS[request.param](request)
    yield made
    await made.rig.close()


@pytest.fixture
async def servers() -> AsyncIterator[tuple[Mailbox, Receiver]]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(mailbox()), await stack.enter_async_context(receiver())


def _words(text: str) -> str:
    return " ".join(text.split())


async def test_each_audience_gets_its_text_once(
    backend: Backend, servers: tuple[Mailbox, Receiver], tmp_path: Path
) -> None:
    box, web = servers
    (id,) = await backend.rig.seed(["mail is down"])
    before = await backend.public(id)
    async with console(tmp_path, settings(backend.own, box, web), backend.connect, id) as desk:
        composer = await desk.compose()
        assert composer.problems == ()
        users, managers, abroad = composer.messages
        found = await desk.send(composer)
        assert [one.status for one in found] == [Status.SENT] * 3, found
        assert await backend.public(id) == [*before, _words(users.text)]
        assert [(mail.recipients, mail.message["Subject"], mail.text.strip()) for mail in box.mails] == [
            (("bosses@acme.test",), managers.subject, managers.text)
        ]
        assert [(body["title"], body["message"]) for body in web.bodies()] == [(abroad.subject, abroad.text)]
        assert users.language == "da" and "Der kan ikke sendes mail." in users.text
        assert abroad.language == "en" and "Mail cannot be sent." in abroad.text
        await _written_down(desk, users.text)


async def _written_down(desk: Desk, told: str) -> None:
    """Every console reads back from the timeline what was sent and what was promised."""
    await desk.engine.settled([one.command.id for one in desk.engine.intents()], 20)
    seen = await desk.office.look(desk.incident)
    (record,) = seen.updates
    assert set(record.audiences) == {"users", "managers", "abroad"}
    assert record.next_update is not None and record.answers["impact_text"].startswith("Mail cannot")
    (note,) = [entry for entry in seen.timeline if records_in([entry])]
    assert not note.public
    assert _words(told) in _words(without(note.text))


async def test_a_text_for_approval_is_read_back_whole_and_voided_by_a_change(
    backend: Backend, servers: tuple[Mailbox, Receiver], tmp_path: Path
) -> None:
    box, web = servers
    (id,) = await backend.rig.seed(["mail is down"])
    before = await backend.public(id)
    async with console(tmp_path, settings(backend.own, box, web, approval=True), backend.connect, id) as desk:
        composer = await desk.compose()
        text = composer.messages[0].text
        found = await desk.send(composer)
        assert {one.audience: one.status for one in found}["users"] is Status.AWAITING, found
        seen = await desk.office.look(await desk.engine.find(desk.incident.ref))
        (proposal,) = seen.proposals
        assert (proposal.standing, proposal.text, proposal.audience) == (Standing.WAITING, text, "users")
        assert proposal.by
        assert await backend.public(id) == before
        await backend.rig.finish(id)
        again = await desk.office.look(await desk.engine.find(desk.incident.ref))
        assert [one.standing for one in again.proposals] == [Standing.VOID]


@pytest.mark.rt
async def test_two_people_on_a_real_request_tracker(
    rt: RtServer, servers: tuple[Mailbox, Receiver], tmp_path: Path
) -> None:
    """Anna writes, Bo approves: RT itself says who wrote which comment, and the correspondence is Bo's console's."""
    box, web = servers
    rig = RtRig(rt)
    await rig.start()
    try:
        (id,) = await rig.seed(["mail is down"])
        known = settings("comment", box, web, approval=True)
        async with console(tmp_path / "anna", known, rig.connect, id) as desk:
            composer = await desk.compose()
            composer.choose_audiences(["users"])
            text = composer.messages[0].text
            await desk.send(composer)
            found = await approvals.look(desk.office, [desk.incident])
            with pytest.raises(DecisionError, match="you wrote it yourself"):
                await releasing.approve(desk.office, found.waiting[0])
        rig.token = rt.tokens["bo"]
        async with console(tmp_path / "bo", known, rig.connect, id) as desk:
            (waiting,) = (await approvals.look(desk.office, [desk.incident])).waiting
            assert (waiting.proposal.by, waiting.proposal.text) == ("Anna Holm", text)
            sent = await settled(desk.engine, await releasing.approve(desk.office, waiting), 20)
            assert [one.status for one in sent] == [Status.SENT]
            await desk.engine.settled([one.command.id for one in desk.engine.intents()], 20)
            (record,) = (await desk.office.look(desk.incident)).updates
            assert record.approvals == (waiting.proposal.id,)
            assert (await approvals.look(desk.office, [desk.incident])).waiting == ()
        told = await rig.root.texts(id, "Correspond")
        assert [_words(words) for words in told] == [_words(text)]
        (correspondence,) = [row for row in await rig.root.history(id) if row["Type"] == "Correspond"]
        assert correspondence["Creator"]["id"] == "bo"
    finally:
        await rig.close()
