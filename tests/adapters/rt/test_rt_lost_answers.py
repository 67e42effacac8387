"""When an answer is lost, RT has the action once, and the adapter finds out which."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.adapters.rt.acts import command, done, one
from tests.adapters.rt.rig import RtRig
from tests.servers.cutter import http_answer
from tests.servers.rt import RtServer
from vagt.adapters.protocol import AdapterError, ProtocolError, Seen, UnavailableError
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Comment,
    Create,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Resolve,
    SetMajor,
    SetPriority,
    Take,
)
from vagt.domain.incident import LinkKind, State

CHANGES: tuple[Change, ...] = (
    Note(text="a note, once"),
    Comment(text="a reply, once"),
    Take(),
    Assign(to="bo"),
    SetPriority(priority=1),
    SetMajor(on=True),
    MoveTo("open", "Acknowledge", State.ACTIVE, "open"),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.verb.value)
async def test_what_arrived_without_an_answer_is_seen(rig: RtRig, change: Change) -> None:
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    incident = await one(session, id)
    doing, tried = command(incident, change), datetime.now(UTC)
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError) as caught:
        await session.perform(doing, incident.version)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.YES


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.verb.value)
async def test_what_never_arrived_is_not_seen_and_can_be_done_again(rig: RtRig, change: Change) -> None:
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    incident = await one(session, id)
    doing, tried = command(incident, change), datetime.now(UTC)
    with rig.cutter.losing_requests(), pytest.raises(UnavailableError) as caught:
        await session.perform(doing, incident.version)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.NO
    await session.perform(doing, incident.version)
    assert await session.seen(doing, tried) in (Seen.YES, Seen.NO)
    truth = await rig.truth(id)
    assert (*truth.internal, *truth.public).count("a note, once") <= 1
    assert (*truth.internal, *truth.public).count("a reply, once") <= 1


async def test_a_new_ticket_whose_answer_was_lost_is_found_by_its_words(rig: RtRig) -> None:
    session = await rig.connect()
    wanted = Create(title="lost \\ 'birth'", description="the description", team=rig.queue)
    doing, tried = command(None, wanted), datetime.now(UTC)
    assert await session.seen(doing, tried) is Seen.NO
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError) as caught:
        await session.perform(doing, None)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.YES
    other = command(None, Create(title="lost \\ 'birth'", description="another", team=rig.queue))
    assert await session.seen(other, tried) is Seen.NO


async def test_a_confirmed_ticket_does_not_stand_for_a_second_one_with_the_same_words(rig: RtRig) -> None:
    session = await rig.connect()
    wanted = Create(title="twin", description="same words", team=rig.queue)
    tried = datetime.now(UTC)
    await session.perform(command(None, wanted), None)
    assert await session.seen(command(None, wanted), tried) is Seen.NO


@pytest.mark.parametrize("lost", ["status", "words"])
async def test_a_resolution_that_was_cut_in_two_is_completed_once(rig: RtRig, lost: str) -> None:
    (id,) = await rig.seed(["in two"])
    session = await rig.connect(resolve_text="comment")
    incident = await done(session, await one(session, id), Acknowledge())
    doing, tried = command(incident, Resolve(text="the cure")), datetime.now(UTC)
    cut = "PUT" if lost == "status" else "POST"
    with rig.cutter.losing_requests(lambda line: line.startswith(cut)), pytest.raises(UnavailableError):
        await session.perform(doing, incident.version)
    assert await session.seen(doing, tried) is Seen.NO
    made = await session.perform(doing, incident.version)
    assert made.incident is not None and made.incident.state is State.RESOLVED
    assert await rig.root.texts(id, "Comment") == ["the cure"]
    assert [row["NewValue"] for row in await rig.root.history(id) if row["Type"] == "Status"] == ["open", "resolved"]
    # The same again, as after a crash that forgot the confirmation: nothing is doubled.
    again = await rig.connect(resolve_text="comment")
    assert await again.seen(doing, tried) is Seen.YES


async def test_a_resolution_by_reply_is_one_request_and_seen_when_its_answer_is_lost(rig: RtRig) -> None:
    (id,) = await rig.seed(["by reply"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Acknowledge())
    doing, tried = command(incident, Resolve(text="mailed once")), datetime.now(UTC)
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(doing, incident.version)
    assert await session.seen(doing, tried) is Seen.YES
    assert (await rig.root.ticket(id))["Status"] == "resolved"


async def test_a_hold_that_was_cut_in_two_is_completed_once(rig: RtRig) -> None:
    (id,) = await rig.seed(["hold"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Acknowledge())
    until = datetime(2027, 1, 1, tzinfo=UTC)
    doing, tried = command(incident, Hold(reason="parts", until=until)), datetime.now(UTC)
    with rig.cutter.losing_answers(lambda line: line.startswith("POST")), pytest.raises(UnavailableError):
        await session.perform(doing, incident.version)
    assert await session.seen(doing, tried) is Seen.YES
    assert await rig.root.texts(id, "Comment") == ["parts\nUntil 2027-01-01 00:00 UTC."]


async def test_an_acknowledgement_that_was_cut_in_two_is_completed(rig: RtRig) -> None:
    (id,) = await rig.seed(["half acknowledged"])
    session = await rig.connect()
    incident = await one(session, id)
    doing, tried = command(incident, Acknowledge()), datetime.now(UTC)
    status = lambda line: line.startswith("PUT") and not line.split()[1].endswith("/take")  # noqa: E731
    with rig.cutter.losing_requests(status), pytest.raises(UnavailableError):
        await session.perform(doing, incident.version)
    assert (await rig.root.ticket(id))["Owner"]["id"] == "anna"
    assert await session.seen(doing, tried) is Seen.NO
    made = await session.perform(doing, incident.version)
    assert made.incident is not None
    assert (made.incident.state, made.incident.assignee) == (State.ACTIVE, "anna")


async def test_a_merge_whose_answer_was_lost_is_seen(rig: RtRig) -> None:
    here, there = await rig.seed(["here", "there"])
    session = await rig.connect()
    incident = await one(session, here)
    doing, tried = command(incident, LinkTo(there, f"rt:{there}", LinkKind.DUPLICATE)), datetime.now(UTC)
    assert await session.seen(doing, tried) is Seen.NO
    with rig.cutter.losing_answers(), pytest.raises(UnavailableError):
        await session.perform(doing, incident.version)
    assert await session.seen(doing, tried) is Seen.YES


async def test_a_failed_read_after_a_write_says_that_it_may_have_happened(rig: RtRig) -> None:
    (id,) = await rig.seed(["read back"])
    session = await rig.connect()
    incident = await one(session, id)
    broken = http_answer("200 OK", "<html><title>Gateway</title></html>", content_type="text/html")
    put = False

    def after_the_write(line: str) -> bool:
        nonlocal put
        put = put or line.startswith("PUT")
        return put and line.startswith("GET")

    with rig.cutter.answering(broken, after_the_write), pytest.raises((UnavailableError, ProtocolError)) as caught:
        await session.perform(command(incident, SetPriority(priority=1)), incident.version)
    assert isinstance(caught.value, UnavailableError | ProtocolError) and caught.value.sent
    assert (await rig.root.ticket(id))["Priority"] == "100"


@pytest.mark.parametrize("carried_out", [True, False], ids=["done all the same", "not done"])
async def test_an_empty_500_is_settled_by_looking(rig: RtRig, carried_out: bool) -> None:
    (id,) = await rig.seed(["500"])
    session = await rig.connect()
    incident = await one(session, id)
    error = http_answer("500 Internal Server Error", "")
    put = lambda line: line.startswith("PUT")  # noqa: E731
    faults = rig.cutter.carrying_out_but_answering if carried_out else rig.cutter.answering
    doing = command(incident, SetPriority(priority=1))
    with faults(error, put):
        if carried_out:
            made = await session.perform(doing, incident.version)
            assert made.incident is not None and made.incident.priority == 1
        else:
            with pytest.raises(UnavailableError) as caught:
                await session.perform(doing, incident.version)
            assert not caught.value.sent


@pytest.mark.parametrize("answer", ['["Kommentar hinzugefügt"]'.encode("latin-1"), b"\xff\xfe not json", b""])
async def test_an_unreadable_confirmation_of_a_comment_is_a_confirmation(rig: RtRig, answer: bytes) -> None:
    (id,) = await rig.seed(["unreadable"])
    session = await rig.connect()
    raw = http_answer("201 Created", answer, "Location: /REST/2.0/transaction/1")
    incident = await one(session, id)
    with rig.cutter.carrying_out_but_answering(raw, lambda line: line.startswith("POST")):
        made = await session.perform(command(incident, Note(text="hallo")), incident.version)
    assert made.incident is not None
    assert await rig.root.texts(id, "Comment") == ["hallo"]


async def test_an_account_in_russian_loses_its_answers_and_no_words(rt: RtServer) -> None:
    rig = RtRig(rt, user="lars")
    await rig.start()
    try:
        (id,) = await rig.seed(["по-русски"])
        session = await rig.connect()
        account = await session.probe()
        assert any("ru" in note for note in account.notes)
        incident = await one(session, id)
        doing, tried = command(incident, Note(text="готово"), by="lars"), datetime.now(UTC)
        try:
            await session.perform(doing, incident.version)
        except AdapterError as error:
            assert isinstance(error, UnavailableError) and error.sent
            assert await session.seen(doing, tried) is Seen.YES
        assert await rig.root.texts(id, "Comment") == ["готово"]
        # Refusals are recognised in any language, since nobody reads the sentences.
        incident = await one(session, id)
        with pytest.raises(AdapterError):
            await session.perform(command(incident, Assign(to="reader"), by="lars"), incident.version)
        made = await session.perform(command(incident, Acknowledge(), by="lars"), incident.version)
        assert made.incident is not None and made.incident.assignee == "lars"
    finally:
        await rig.stop()


async def test_one_who_cannot_read_comments_is_not_told_that_his_are_missing(rt: RtServer) -> None:
    rig = RtRig(rt, user="junior")
    await rig.start()
    try:
        (id,) = await rig.seed(["blind"])
        session = await rig.connect()
        incident = await one(session, id)
        doing, tried = command(incident, Note(text="written blindly"), by="junior"), datetime.now(UTC)
        with rig.cutter.losing_answers(), pytest.raises(UnavailableError):
            await session.perform(doing, incident.version)
        assert await session.seen(doing, tried) in (Seen.UNKNOWN, Seen.YES)
        assert await rig.root.texts(id, "Comment") == ["written blindly"]
    finally:
        await rig.stop()


async def test_cancelled_anywhere_a_resolution_ends_whole(rig: RtRig) -> None:
    """Cut off at four different moments; whatever `seen` says, doing it again ends with the words there once."""
    session = await rig.connect(resolve_text="comment")
    ids = await rig.seed(["cancelled"] * 4)
    for step, id in enumerate(ids):
        await rig.bo.put(id, Status="open")
        await asyncio.sleep(1.1)  # within one second nobody could tell his change from ours
        incident = await one(session, id)
        doing, tried = command(incident, Resolve(text="whole")), datetime.now(UTC)
        task = asyncio.ensure_future(session.perform(doing, incident.version))
        await asyncio.sleep(0.03 + step * 0.08)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(1.2)  # what was cut off comes to its end in the server
        if await session.seen(doing, tried) is not Seen.YES:
            await session.perform(doing, incident.version)
        assert await rig.root.texts(id, "Comment") == ["whole"]
        assert (await rig.root.ticket(id))["Status"] == "resolved"
