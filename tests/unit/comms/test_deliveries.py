"""What becomes of an update on its way: a channel that fails, another that takes over, half of it sent, killed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.comms.desk import ABROAD, KEY, MANAGERS, USERS, composing, desk, office, ready
from tests.unit.engine.fakes import FakeChannel
from vagt.adapters.protocol import InvalidError, UnavailableError
from vagt.comms import aftermath
from vagt.comms.composer import Composer
from vagt.comms.courier import Courier
from vagt.comms.delivery import Delivery, Status, standing, summary
from vagt.engine.intent import Stage
from vagt.ui.screens.update.words import sent_words

SPARE = replace(MANAGERS, fallback=("spare",))


async def test_a_channel_that_is_away_gets_it_when_it_is_back(tmp_path: Path) -> None:
    boss = FakeChannel(down=UnavailableError("no route"))
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        composer = await ready(bench)
        deliveries = await composer.send(undo=False)
        await bench.until(lambda: boss.tries > 1)
        now = await standing(bench.engine, deliveries)
        assert [one.status for one in now] == [Status.SENT, Status.QUEUED]
        assert summary(now) == "sent to 1 of 2; managers: boss-mail queued (no route)"
        boss.down = None
        await bench.until(lambda: not bench.engine.intents())
        assert summary(await standing(bench.engine, deliveries)) == "sent to all 2"
        assert len(boss.told) == 1
        assert await aftermath.tell(bench.engine) == (), "it went out as noted"


@pytest.mark.parametrize("template", ["investigating", "resolved"])
async def test_an_expected_time_that_passed_on_the_way_is_not_sent_any_more(tmp_path: Path, template: str) -> None:
    """The mail server and the desk are away until after the time that the text tells; who is told none, gets it."""
    boss, page = FakeChannel(down=UnavailableError("no route")), FakeChannel(down=UnavailableError("no route"))
    outside = replace(ABROAD, fields=("service", "impact_text", "next_update", "resolved"))
    channels = {"boss-mail": boss, "status-page": page}
    async with desk(tmp_path, USERS, MANAGERS, outside, channels=channels) as bench:
        composer = await ready(bench, template)
        for key, text in (("expected", "+10m"), ("expected_by", "Anna"), ("resolved", "+0m"), ("cause", "A disk")):
            composer.set(key, text)
        assert composer.problems == ()
        bench.session.before["perform"] = [UnavailableError("no route") for _ in range(500)]
        deliveries = await composer.send(undo=False)
        await bench.until(lambda: boss.tries > 1 and page.tries > 1)
        bench.clock.advance(700)
        boss.down = page.down = None
        bench.session.before.clear()
        await bench.until(lambda: not [one for one in bench.engine.intents() if one.stage.is_pending])
        now = {one.audience: one for one in await standing(bench.engine, deliveries)}
        told = template == "resolved"
        assert now["abroad"].status is Status.SENT and len(page.told) == 1
        for name in ("users", "managers"):
            assert now[name].status is (Status.SENT if told else Status.FAILED), now
            assert told or "has passed before it could leave" in now[name].message
        assert len(boss.told) == told
        for intent in () if told else bench.engine.intents():
            await bench.engine.retry(intent.command.id)
        await bench.until(lambda: not [one for one in bench.engine.intents() if one.stage.is_pending])
        assert len(boss.told) == told, "nor does a second try send it"


async def test_what_one_channel_refuses_goes_by_the_next_and_the_timeline_says_so(tmp_path: Path) -> None:
    boss, spare = FakeChannel(down=InvalidError("no such mailbox")), FakeChannel()
    async with desk(tmp_path, SPARE, channels={"boss-mail": boss, "spare": spare}) as bench:
        composer = await ready(bench)
        (message,) = composer.messages
        deliveries = await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        (now,) = await standing(bench.engine, deliveries)
        assert (now.status, now.message) == (Status.SENT, "boss-mail failed; sent by spare instead")
        assert [one.text for one in spare.told] == [message.text]
        for _ in range(2):
            await aftermath.tell(bench.engine)
            await bench.until(lambda: not bench.engine.intents())
        notes = [entry.text for entry in bench.world.words["1"]]
        assert notes[1:] == [
            "The stakeholder update did not go out as noted:\n- managers: boss-mail failed, sent by spare instead"
        ]


async def test_what_no_channel_takes_needs_a_person_and_stays_half_sent(tmp_path: Path) -> None:
    boss = FakeChannel(down=InvalidError("no such mailbox"))
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        deliveries = await (await ready(bench)).send(undo=False)
        await bench.until(lambda: all(not one.stage.is_pending for one in bench.engine.intents()))
        now = await standing(bench.engine, deliveries)
        assert summary(now) == "sent to 1 of 2; managers: boss-mail failed (no such mailbox)"
        assert await aftermath.tell(bench.engine) == (), "nobody has decided yet"
        again = await composing(bench)
        assert summary(await again.progress()) == summary(now)
        (failed,) = bench.engine.intents()
        await bench.engine.discard(failed.command.id)
        await aftermath.tell(bench.engine)
        await bench.until(lambda: not bench.engine.intents())
        assert "managers: not sent by boss-mail (no such mailbox)" in bench.world.words["1"][-1].text


async def test_a_delivery_cut_off_in_the_act_is_unknown_and_a_person_decides(tmp_path: Path) -> None:
    boss = FakeChannel(after=[UnavailableError("the line was cut", sent=True)])
    async with desk(tmp_path, MANAGERS, channels={"boss-mail": boss}) as bench:
        deliveries = await (await ready(bench)).send(undo=False)
        await bench.until(lambda: any(one.stage is Stage.UNKNOWN for one in bench.engine.intents()))
        (now,) = await standing(bench.engine, deliveries)
        assert now.status is Status.FAILED and now.unknown, "a script is told that it may have arrived"
        assert "boss-mail unknown (it was cut off" in summary([now]), "and so is a person"
        assert len(boss.told) == 1


async def test_killed_between_two_deliveries_the_rest_goes_once(tmp_path: Path) -> None:
    boss, page = FakeChannel(down=UnavailableError("away")), FakeChannel(down=UnavailableError("away"))
    channels = {"boss-mail": boss, "status-page": page}
    async with desk(tmp_path, USERS, MANAGERS, ABROAD, channels=channels, crash=True) as bench:
        composer = await ready(bench)
        texts = {one.audience.name: one.text for one in composer.messages}
        await composer.send(undo=False)
        await bench.until(lambda: len(bench.world.words.get("1", ())) == 2 and boss.tries > 0 and page.tries > 0)
        world = bench.world
    boss.down = page.down = None
    async with desk(tmp_path, USERS, MANAGERS, ABROAD, world=world, channels=channels) as bench:
        await bench.until(lambda: not bench.engine.intents())
        assert [one.text for one in boss.told] == [texts["managers"]]
        assert [one.text for one in page.told] == [texts["abroad"]]
        assert [entry.text for entry in world.words["1"] if entry.public] == [texts["users"]]


async def test_killed_after_the_outbox_had_it_the_draft_sends_nothing_again(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, MANAGERS, channels={"boss-mail": boss}, crash=True) as bench:
        composer = await ready(bench)
        kept = bench.engine.data_dir / "drafts"
        (file,) = kept.glob("*.json")
        body = file.read_bytes()
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        file.write_bytes(body)  # as if the process had died before it took the draft away
        world = bench.world
    async with desk(tmp_path, MANAGERS, world=world, channels={"boss-mail": boss}) as bench:
        await bench.until(lambda: not bench.engine.intents())
        composer = await Composer.open(bench.engine, KEY)
        assert not composer.resumed, "its timeline says that it went out"
        assert len(boss.told) == 1


async def test_an_update_can_be_taken_back_as_a_whole_and_goes_on_from_its_draft(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        known = office(bench)
        courier = Courier(known)
        courier.start()
        composer = await Composer.open(bench.engine, KEY, office=known)
        composer.set("impact_text", "Mail cannot be sent.")
        composer.set("next_update", "+30m")
        deliveries = await composer.send()
        assert known.promises.last(KEY) is not None
        await bench.engine.undo()
        await bench.pass_time(20)
        assert [one.status for one in await standing(bench.engine, deliveries)] == [Status.FAILED] * 2
        assert not boss.told and not bench.world.words.get("1")
        assert known.promises.last(KEY) is None, "what never left promises nothing"
        again = await Composer.open(bench.engine, KEY, office=known)
        assert again.resumed and again.problems == ()
        await again.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert len(boss.told) == 1 and len(bench.world.words["1"]) == 2
        assert not (await Composer.open(bench.engine, KEY, office=known)).resumed
        await courier.stop()


@pytest.mark.parametrize("subject", ["x" * 300, "ok"])
async def test_what_is_too_long_for_a_channel_is_told_before(tmp_path: Path, subject: str) -> None:
    async with desk(tmp_path, MANAGERS) as bench:
        composer = await ready(bench)
        composer.edit("managers", subject, "y" * 40000)
        (size,) = composer.messages[0].sizes
        assert size.channel == "boss-mail" and size.size == 40000
        assert size.over is (size.subject_limit is not None and len(subject) > size.subject_limit)


def test_a_way_that_was_closed_from_the_start_has_not_failed_and_nothing_waits_for_anybody() -> None:
    closed = Delivery("users", "journal", Status.FAILED, "the config does not say how")
    told = Delivery("users", "comment", Status.SENT, id="c1")
    assert summary([told, closed]) == "sent to 1 of 2; users: not by journal (the config does not say how)"
    tried = Delivery("users", "mail", Status.FAILED, "no such mailbox", id="m1")
    assert summary([told, tried]) == "sent to 1 of 2; users: mail failed (no such mailbox)"
    queued = Delivery("users", "comment", Status.QUEUED, id="c1")
    said = sent_words((queued, closed), "investigating")
    assert said == "Update “investigating” to users · users: not by journal (the config does not say how)"
