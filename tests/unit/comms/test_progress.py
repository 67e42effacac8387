"""What an incident's page is told of approvals: what waits, what came back, and what the update itself has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.comms.desk import ABROAD, KEY, MAIL_DOWN, MANAGERS, USERS, desk, ready
from tests.unit.engine.fakes import FakeChannel
from vagt.adapters.protocol import InvalidError
from vagt.comms.approval import Standing, proposals_in
from vagt.comms.office import Seen
from vagt.comms.progress import open_proposals, progress
from vagt.domain.incident import State
from vagt.ui.screens.incident.told import told_facts

CAREFUL = replace(ABROAD, approval=True)
NEW = replace(MAIL_DOWN, state=State.NEW)


@pytest.mark.parametrize(
    ("state", "standing"),
    [(State.NEW, Standing.WAITING), (State.ACTIVE, Standing.WAITING), (State.WAITING, Standing.VOID)],
)
async def test_the_reply_that_goes_out_with_the_request_may_open_the_ticket(
    tmp_path: Path, state: State, standing: Standing
) -> None:
    async with desk(tmp_path, USERS, CAREFUL, incidents=(NEW,)) as bench:
        composer = await ready(bench)
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        now = replace(NEW, state=state)
        (proposal,) = proposals_in(bench.world.words["1"], now)
        assert proposal.standing is standing
        assert open_proposals(Seen(now, tuple(bench.world.words["1"]))) == (proposal,), "lost or not, it is to be seen"
        over = replace(now, state=State.RESOLVED)
        assert open_proposals(Seen(over, tuple(bench.world.words["1"]))) == ()


async def test_without_such_a_reply_opening_it_is_a_change(tmp_path: Path) -> None:
    async with desk(tmp_path, CAREFUL, incidents=(NEW,)) as bench:
        composer = await ready(bench)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        (proposal,) = proposals_in(bench.world.words["1"], replace(NEW, state=State.ACTIVE))
        assert proposal.standing is Standing.VOID


async def test_an_earlier_update_that_reached_half_of_them_is_not_hidden_by_a_later_one(tmp_path: Path) -> None:
    boss = FakeChannel(down=InvalidError("no such mailbox"))
    async with desk(tmp_path, ABROAD, MANAGERS, channels={"boss-mail": boss}) as bench:
        first = await ready(bench)
        await first.send(undo=False)
        await bench.until(lambda: all(not one.stage.is_pending for one in bench.engine.intents()))
        second = await ready(bench, "identified")
        second.toggle("managers")
        await second.send(undo=False)
        await bench.until(lambda: all(not one.stage.is_pending for one in bench.engine.intents()))
        office = second.office
        incident = bench.engine.board.get(KEY)
        assert incident is not None
        now = await progress(office, await office.look(incident))
        assert now.last is not None and now.last.template == "identified" and not now.partly
        ((update, _),) = now.unfinished
        assert update.template == "investigating"
        lines = [fact.value for fact in told_facts(now, bench.clock.now())]
        assert lines[0].startswith("“identified” to abroad") and lines[0].endswith(": sent")
        assert lines[1].endswith("sent to 1 of 2")
        assert lines[2] == "managers by boss-mail: failed: no such mailbox"
