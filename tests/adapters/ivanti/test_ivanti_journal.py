"""Updates by Ivanti's journal: written in the way that the config names, once, and only there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.ivanti.acts import command, do, one, refused
from tests.adapters.ivanti.rig import IvantiRig
from vagt.adapters.protocol import ForbiddenError, InvalidError, Seen
from vagt.domain.capability import Capability
from vagt.domain.commands import Announce

UPDATE = Announce("journal", "E-mail: disruption", "It cannot be <used>.\n\nNext update 14:30")


async def _incident(rig: IvantiRig) -> str:
    return str(rig.double.seed("mail is down")["RecId"])


async def test_a_published_note_of_the_category_that_is_mailed(rig: IvantiRig) -> None:
    id = await _incident(rig)
    session = await rig.connect(journal="note", journal_category="Status Update")
    assert Capability.JOURNAL in (await session.probe()).capabilities
    await do(session, await one(session, id), UPDATE)
    (note,) = [row for row in rig.tenant.rows("journal__notess") if row["ParentLink_RecID"] == id]
    assert (note["Subject"], note["NotesBody"]) == (UPDATE.title, UPDATE.text)
    assert (note["PublishToWeb"], note["Category"], note["CreatedBy"]) == (True, "Status Update", "anna")
    (entry,) = [entry for entry in await session.timeline(id) if "disruption" in entry.text]
    assert entry.public


async def test_an_entry_of_the_mail_journal_as_html(rig: IvantiRig) -> None:
    id = await _incident(rig)
    session = await rig.connect(journal="email")
    await do(session, await one(session, id), UPDATE)
    (mail,) = [row for row in rig.tenant.rows("journal__emails") if row["ParentLink_RecID"] == id]
    assert mail["Subject"] == UPDATE.title
    assert mail["EmailBody"] == "It cannot be &lt;used&gt;.<br><br>Next update 14:30"


@pytest.mark.parametrize("way", ["note", "email"])
async def test_whether_it_arrived_can_be_told_afterwards(rig: IvantiRig, way: str) -> None:
    id = await _incident(rig)
    session = await rig.connect(journal=way)
    await session.probe()
    sent = command(await one(session, id), UPDATE)
    begun = datetime.now(UTC) - timedelta(seconds=5)
    assert await session.seen(sent, begun) is Seen.NO
    await session.perform(sent, None)
    other = await rig.connect(journal=way)
    await other.probe()
    assert await other.seen(sent, begun) is Seen.YES
    assert await other.seen(command(await one(session, id), Announce("journal", "x", "y")), begun) is Seen.NO


async def test_where_nobody_said_how_the_tenant_mails_nothing_is_written(rig: IvantiRig) -> None:
    id = await _incident(rig)
    session = await rig.connect()
    account = await session.probe()
    assert "set journal to" in account.capabilities.reason(Capability.JOURNAL)
    assert "no status updates" in account.capabilities.reason(Capability.STATUS)
    error = await refused(session, await one(session, id), UPDATE)
    assert isinstance(error, ForbiddenError) and "set journal to" in error.words
    assert not [row for row in rig.tenant.rows("journal__notess") if row["ParentLink_RecID"] == id]
    told = await rig.connect(journal="note")
    assert "no “status” updates" in (await refused(told, await one(told, id), Announce("status", "t", "x"))).words
    with pytest.raises(InvalidError, match="off, note or email"):
        await rig.connect(journal="fax")
