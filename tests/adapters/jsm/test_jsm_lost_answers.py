"""Answers that are lost on the way: what arrived is found out past a late index, and done once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.adapters.jsm.acts import act, command, one
from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import JsmRig, changes_something
from tests.servers.cutter import http_answer
from vagt.adapters.protocol import ConflictError, Seen, UnavailableError
from vagt.domain.commands import Acknowledge, Change, Close, Create, Hold, Note, Reopen, Resolve, Take
from vagt.domain.incident import State

BOTH = pytest.mark.parametrize("deployment", ["cloud", "dc"])


@BOTH
async def test_a_new_incident_is_found_although_the_index_does_not_know_it(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    await rig.seed([f"before {n}" for n in range(60)])
    rig.site.quirks.lag = 3600.0
    await rig.seed(["somebody else's meanwhile"])
    session = await rig.connect()
    await session.probe()
    change = Create(title="registered once")
    doing, other = command(change, None, rig), command(change, None, rig)
    began = datetime.now(UTC)
    with rig.proxy.losing_answers(changes_something), pytest.raises(UnavailableError) as raised:
        await session.perform(doing, None)
    assert raised.value.sent
    later = await rig.connect()
    assert await later.seen(doing, began) is Seen.YES
    assert await later.seen(other, began) is Seen.NO, "another command with the same words is another incident"
    assert len([issue for issue in rig.site.store.issues.values() if issue.fields["summary"] == "registered once"]) == 1


@BOTH
async def test_words_are_known_by_their_mark_and_not_by_their_letters(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    (id,) = await rig.seed(["marked"])
    session = await rig.connect()
    base = await one(session, id)
    first, second = (command(Note(text="same words"), base, rig) for _ in range(2))
    began = datetime.now(UTC)
    with rig.proxy.losing_answers(changes_something), pytest.raises(UnavailableError):
        await session.perform(first, None)
    later = await rig.connect()
    assert await later.seen(first, began) is Seen.YES
    assert await later.seen(second, began) is Seen.NO


async def test_a_note_by_the_call_for_requests_bears_no_mark_and_is_asked_about(rig: JsmRig) -> None:
    (id,) = await rig.seed(["unmarked"])
    session = await rig.connect(notes_by="request")
    doing = command(Note(text="same words"), await one(session, id), rig)
    began = datetime.now(UTC)
    with rig.proxy.losing_answers(changes_something), pytest.raises(UnavailableError):
        await session.perform(doing, None)
    assert await session.seen(doing, began) is Seen.UNKNOWN


STEPS: tuple[tuple[str, Change, State], ...] = (
    ("1", Acknowledge(), State.ACTIVE),
    ("1", Take(), State.ACTIVE),
    ("3", Hold(reason="Awaiting vendor"), State.WAITING),
    ("3", Resolve(text="mended it", code="Done"), State.RESOLVED),
    ("5", Close(fields=(("note", "over"),)), State.CLOSED),
    ("5", Reopen(fields=(("note", "not over"),)), State.ACTIVE),
)


@pytest.mark.parametrize("lost", [1, 2, 3])
@pytest.mark.parametrize(("status", "change", "to"), STEPS, ids=lambda value: getattr(value, "verb", ""))
async def test_whichever_answer_is_lost_the_second_try_does_only_what_is_missing(
    rigs: MakeRig, status: str, change: Change, to: State, lost: int
) -> None:
    rig: JsmRig = await rigs()
    (id,) = await rig.seed(["in steps"])
    rig.site.save(id, status=status, resolution="10000" if status == "5" else None)
    session = await rig.connect(operations=False)
    doing = command(change, await one(session, id), rig)
    began = datetime.now(UTC)
    writes = 0

    def nth(line: str) -> bool:
        nonlocal writes
        writes += changes_something(line)
        return changes_something(line) and writes == lost

    with rig.proxy.losing_answers(nth):
        try:
            await session.perform(doing, doing.base.version if doing.base else None)
        except UnavailableError as error:
            assert error.sent
    later = await rig.connect(operations=False)
    if await later.seen(doing, began) is Seen.NO:
        await later.perform(doing, doing.base.version if doing.base else None)
    incident = await one(later, id)
    assert incident.state is to
    words = rig.words(id, public=False)
    assert len(words) == len(set(words)), "nothing is said twice"
    assert len(words) == (0 if isinstance(change, Acknowledge | Take) else 1), "and nothing is left unsaid"
    assert rig.site.store.mail == []


async def test_a_second_try_does_not_overrule_a_colleague(rig: JsmRig) -> None:
    (id,) = await rig.seed(["overtaken"])
    session = await rig.connect(operations=False)
    doing = command(Take(), await one(session, id), rig)
    began = datetime.now(UTC)
    with rig.proxy.losing_requests(changes_something), pytest.raises(UnavailableError):
        await session.perform(doing, doing.base.version if doing.base else None)
    await rig.give(id)
    assert await session.seen(doing, began) is Seen.NO
    with pytest.raises(ConflictError) as raised:
        await session.perform(doing, doing.base.version if doing.base else None)
    assert raised.value.theirs.assignee_name == "Bo Berg"


async def test_a_request_that_never_arrived_is_sent_again(rig: JsmRig) -> None:
    (id,) = await rig.seed(["never arrived"])
    session = await rig.connect()
    doing = command(Note(text="once"), await one(session, id), rig)
    began = datetime.now(UTC)
    with rig.proxy.losing_requests(changes_something), pytest.raises(UnavailableError):
        await session.perform(doing, None)
    assert await session.seen(doing, began) is Seen.NO
    await session.perform(doing, None)
    assert rig.words(id, public=False) == ("once",)


@pytest.mark.parametrize("quirks", [{}, {"new_issue_404": 5.0}])
async def test_a_new_issue_that_cannot_be_read_yet_is_registered_all_the_same(
    rigs: MakeRig, quirks: dict[str, Any]
) -> None:
    rig: JsmRig = await rigs(**quirks)
    session = await rig.connect()
    done = await session.perform(command(Create(title="fresh"), None, rig), None)
    assert len(rig.site.store.issues) == 1
    assert (done.incident is None) is bool(quirks)
    if quirks:
        assert "does not show it yet" in done.message
        rig.site.store.skipped += 6
        assert (await act(session, rig, next(iter(rig.site.store.issues)), Take())).incident is not None


async def test_a_note_that_cannot_be_looked_at_is_done_and_says_so(rigs: MakeRig) -> None:
    """Called unsent, it would be written once more; said to be kept inside, nobody would look."""
    rig: JsmRig = await rigs(deployment="dc", no_jsd_public=True)
    (id,) = await rig.seed(["unseen"])
    session = await rig.connect()
    doing = command(Note(text="once"), await one(session, id), rig)
    with rig.proxy.losing_requests(lambda line: "/properties/sd.public.comment" in line):
        done = await session.perform(doing, None)
    assert "CAREFUL" in done.message and "look at it" in done.message
    assert rig.words(id, public=False) == ("once",)


async def test_a_move_whose_note_could_not_be_sent_is_asked_about_and_finished(rig: JsmRig) -> None:
    """The state is changed already: a process that knows nothing of that would be told “already” and lose the note."""
    (id,) = await rig.seed(["half done"])
    rig.site.save(id, status="3")
    session = await rig.connect()
    base = await one(session, id)
    doing = command(Resolve(text="mended it", code="Done"), base, rig)
    began = datetime.now(UTC)
    busy = http_answer("429 Too Many Requests", "", "Retry-After: 0")
    with rig.proxy.answering(busy, lambda line: "/comment" in line), pytest.raises(UnavailableError) as raised:
        await session.perform(doing, base.version)
    assert raised.value.sent
    later = await rig.connect()
    assert await later.seen(doing, began) is Seen.NO
    await later.perform(doing, base.version)
    assert rig.words(id, public=False) == ("mended it",)
