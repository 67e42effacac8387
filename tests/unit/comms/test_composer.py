"""Writing an update: what is asked, what each audience gets, and that nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.comms.desk import ABROAD, KEY, MANAGERS, USERS, composing, desk, ready
from tests.unit.engine.fakes import FakeChannel
from vagt.comms.composer import Composer
from vagt.comms.delivery import Status, standing
from vagt.domain.marker import find


async def test_a_first_update_is_suggested_for_those_concerned_and_says_what_is_missing(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        assert composer.template == "investigating"
        assert [one.name for one in composer.audiences] == ["users", "managers"]
        assert composer.problems == ("Impact is missing",)
        keys = [one.key for one in composer.fields]
        assert keys[:3] == ["service", "impact_text", "impact_text.da"]
        required = [one.key for one in composer.fields if one.spec.required]
        assert required == ["service", "impact_text", "next_update"]
        assert {one.key: one.shown for one in composer.fields}["service"] == "Mail"


async def test_each_audience_gets_its_own_text_in_its_language_and_on_its_clocks(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await ready(bench)
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        composer.set("cause", "db-07 is out of memory")
        assert composer.problems == ()
        users, managers = composer.messages
        assert (users.subject, users.language) == ("Mail: driftsforstyrrelse", "da")
        assert "Der kan ikke sendes mail." in users.text
        assert "Mail cannot be sent." not in users.text
        assert "db-07" not in users.text and "Anna" not in users.text
        assert "Cause, as far as known: db-07 is out of memory" in managers.text
        assert "People: Anna Holm" in managers.text


async def test_a_time_is_typed_and_told_in_the_zone_of_those_who_read_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await ready(bench)
        users, managers = composer.messages
        there, here = users.text.split("Næste melding: kl. ")[1][:5], managers.text.split("Next update: ")[1][:5]
        assert (int(there[:2]) - int(here[:2])) % 24 == 1
        offered = {one.text: one.label for one in composer.complete("next_update", "+3")}
        assert list(offered) == ["+30m"]
        assert offered["+30m"] == f"{there} Copenhagen, {here} UTC"


async def test_what_does_not_do_stays_in_its_input_and_says_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await ready(bench)
        assert "is not a moment" in composer.set("expected", "half past")
        assert {one.key: one.text for one in composer.fields}["expected"] == "half past"
        assert any("Expected back: “half past” is not a moment" in words for words in composer.problems)
        with pytest.raises(ValueError, match="is not a moment"):
            await composer.send()
        assert composer.set("expected", "") == ""
        assert composer.problems == ()


async def test_an_expected_time_needs_somebody_behind_it_and_is_told_as_a_window(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS, MANAGERS, ABROAD) as bench:
        composer = await ready(bench)
        composer.set("expected", "+2h")
        assert composer.problems == ("Expected back: nobody stands behind the expected time: say who gave it",)
        composer.set("expected_by", "Bo Friis")
        assert composer.problems == ()
        users, managers, abroad = composer.messages
        assert "Forventes at virke igen: mellem kl. " in users.text and "Bo Friis" not in users.text
        assert "(Bo Friis, likely)" in managers.text
        assert "Expected back" not in abroad.text, "a public audience hears it only where its config says so"


async def test_a_sent_update_reaches_each_audience_once_and_is_written_down(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        composer = await ready(bench)
        users, managers = composer.messages
        deliveries = await composer.send(undo=False)
        assert [(one.audience, one.channel, one.status) for one in deliveries] == [
            ("users", "comment", Status.QUEUED),
            ("managers", "boss-mail", Status.QUEUED),
        ]
        await bench.until(lambda: not bench.engine.intents())
        assert [one.status for one in await standing(bench.engine, deliveries)] == [Status.SENT, Status.SENT]
        words = bench.world.words["1"]
        assert [entry.text for entry in words if entry.public] == [users.text]
        assert [(one.title, one.text) for one in boss.told] == [(managers.subject, managers.text)]
        (note,) = [entry for entry in words if not entry.public]
        assert "to users (da) by comment" in note.text and users.text in note.text
        assert find(note.text)[0].get("template") == "investigating"
        audit = (tmp_path / "audit.jsonl").read_text()
        assert '"what":"notify"' in audit and '"what":"comment"' in audit
        assert not (await composing(bench)).resumed
        assert not list((tmp_path / "drafts").glob("*.json"))


async def test_the_same_draft_sent_twice_sends_nothing_twice(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first = await ready(bench)
        twin = await Composer.open(bench.engine, KEY)
        await first.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        await twin.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert len([entry for entry in bench.world.words["1"] if entry.public]) == 1
        assert len(boss.told) == 1


async def test_the_next_update_goes_on_from_the_last_on_any_console(tmp_path: Path) -> None:
    async with desk(tmp_path / "anna") as bench:
        composer = await ready(bench)
        composer.set("workaround", "Use the telephone.")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        world = bench.world
    async with desk(tmp_path / "bo", world=world, login="bo") as bench:
        await bench.pass_time(60, step=20)
        composer = await composing(bench)
        assert composer.template == "still-working"
        assert {one.key: one.shown for one in composer.fields}["workaround"] == "Use the telephone."
        assert composer.problems == ()
        assert composer.changes == ("investigating → still-working",)
        composer.set("workaround", "Use the fax.")
        assert "Workaround: Use the telephone. → Use the fax." in composer.changes
        composer.no_change()
        assert composer.template == "still-working" and composer.problems == ()
        assert "Use the telephone." in composer.messages[0].text


async def test_a_draft_is_reopened_with_everything_that_was_typed(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        composer.choose("identified")
        composer.set("impact_text", "Half a sente")
        composer.set("next_update", "tomorr")
        composer.toggle("managers")
        composer.close()
        other = await Composer.open(bench.engine, KEY)
        assert other.resumed
        assert other.template == "identified"
        assert [one.name for one in other.audiences] == ["users"]
        shown = {one.key: one.shown for one in other.fields}
        assert (shown["impact_text"], shown["next_update"]) == ("Half a sente", "tomorr")
        assert any("tomorr" in words for words in other.problems)
        other.discard()
        assert not (await Composer.open(bench.engine, KEY)).resumed


async def test_a_message_written_by_hand_is_sent_as_it_stands(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS) as bench:
        composer = await ready(bench)
        composer.edit("users", "Mail {{ title }}", "It is *bad* {{ cause }}.\n\nSorry.")
        (message,) = composer.messages
        assert (message.subject, message.text) == ("Mail {{ title }}", "It is *bad* {{ cause }}.\n\nSorry.")
        composer.edit("users", "Mail", "db-07 is broken, says Anna Holm")
        assert composer.problems == (
            "users: not for outside: it names the host “db-07”; it names “Anna Holm”, who works here",
        )
        composer.unedit("users")
        assert composer.problems == ()
