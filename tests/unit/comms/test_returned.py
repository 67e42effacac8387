"""A text that a colleague sent back is what the author's composer opens with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.comms.desk import ABROAD, KEY, MANAGERS, composing, desk, ready
from tests.unit.engine.fakes import World
from vagt.comms.approval import returning_note
from vagt.domain.timeline import EntryKind, TimelineEntry

CAREFUL = replace(ABROAD, approval=True)


async def sent_back(folder: Path) -> World:
    """Anna told the managers, and asked for approval of what goes abroad; Bo sends that back."""
    async with desk(folder, CAREFUL, MANAGERS) as bench:
        composer = await ready(bench)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        composer = await composing(bench)
        (proposal,) = composer.proposals
        assert composer.template == "still-working", "it only waits"
        note = returning_note(proposal, "Say who is affected.")
        bench.world.words["1"].append(TimelineEntry(bench.clock.now(), "bo", EntryKind.NOTE, False, note))
        return bench.world


async def test_it_opens_with_the_same_stage_words_and_audience(tmp_path: Path) -> None:
    world = await sent_back(tmp_path)
    async with desk(tmp_path, CAREFUL, MANAGERS, world=world) as bench:
        composer = await composing(bench)
        assert composer.template == "investigating"
        assert [one.name for one in composer.audiences] == ["abroad"], "the managers have heard of it"
        assert composer.answers()["impact_text"] == "Mail cannot be sent."
        assert "abroad: sent back by bo: Say who is affected." in composer.remarks
        composer.set("scope", "Everybody in Aarhus")
        assert composer.problems == ()


async def test_a_template_that_was_asked_for_goes_first(tmp_path: Path) -> None:
    world = await sent_back(tmp_path)
    async with desk(tmp_path, CAREFUL, MANAGERS, world=world) as bench:
        composer = await composing(bench, "identified")
        assert composer.template == "identified"
        assert [one.name for one in composer.audiences] == ["abroad"], "whoever has heard nothing is due"


async def test_somebody_elses_is_not_mine_to_write_again(tmp_path: Path) -> None:
    world = await sent_back(tmp_path / "anna")
    async with desk(tmp_path / "carl", CAREFUL, MANAGERS, world=world, login="carl") as bench:
        composer = await composing(bench)
        assert bench.engine.board.get(KEY) is not None
        assert composer.template == "investigating", "those abroad have heard nothing"
        assert "impact_text" in composer.answers() and composer.answers()["impact_text"] == "Mail cannot be sent."
