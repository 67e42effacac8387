"""Each audience of an incident has its own next word: what others were told stops nobody's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.unit.comms.desk import ABROAD, KEY, MAIL_DOWN, MANAGERS, USERS, composing, desk, office, ready
from tests.unit.engine.fakes import EVERYTHING, START, Bench, FakeChannel
from vagt.adapters.protocol import InvalidError
from vagt.comms.composer import Composer
from vagt.comms.courier import Courier
from vagt.comms.delivery import Status
from vagt.comms.heard import words_of
from vagt.comms.office import Office
from vagt.comms.record import records_in
from vagt.domain.capability import Capability
from vagt.domain.incident import ClockKind

CREATED = START - timedelta(minutes=2)
FIRST = CREATED + timedelta(minutes=5)


async def tell(bench: Bench, *names: str, office: Office | None = None, next: str = "+30m") -> Composer:
    """Send the next update to these."""
    composer = await Composer.open(bench.engine, KEY, office=office)
    composer.choose_audiences(names)
    composer.set("impact_text", "Mail cannot be sent.")
    composer.set("next_update", next)
    await composer.send(undo=False)
    await bench.until(lambda: not bench.engine.intents())
    return composer


def names(composer: Composer) -> list[str]:
    return [one.name for one in composer.audiences]


def due(bench: Bench) -> object:
    shown = bench.engine.board.get(KEY)
    assert shown is not None
    return next((one.due_at for one in shown.sla if one.kind is ClockKind.UPDATE), None)


async def test_a_first_word_to_the_managers_does_not_stop_the_users_clock(tmp_path: Path) -> None:
    async with desk(tmp_path / "anna") as bench:
        known = office(bench)
        courier, said = Courier(known), list[str]()
        courier.on_due = lambda one: said.append(one.words(bench.clock.now()))
        courier.start()
        await bench.pass_time(5)
        assert due(bench) == FIRST
        await tell(bench, "managers", office=known)
        await bench.pass_time(5)
        assert due(bench) == FIRST, "the users have heard nothing"
        await bench.pass_time(120, step=5)
        assert said == ["desk:11: update to users due in 1 min"]
        await tell(bench, "users", office=known, next="+40m")
        await bench.pass_time(5)
        assert due(bench) == known.promises.words(KEY)["managers"].next_update, "now the earlier of two promises"
        await courier.stop()
        world = bench.world
    async with desk(tmp_path / "bo", world=world, login="bo") as bench:
        known = office(bench)
        courier = Courier(known)
        courier.start()
        await bench.pass_time(10)
        assert due(bench) == known.promises.words(KEY)["managers"].next_update, "a colleague's console knows it too"
        assert set(known.promises.words(KEY)) == {"users", "managers"}
        await courier.stop()


async def test_a_colleague_who_told_others_meanwhile_still_learns_whom_i_told(tmp_path: Path) -> None:
    async with desk(tmp_path / "anna", USERS, MANAGERS, ABROAD) as bench:
        await tell(bench, "users")
        world = bench.world
    async with desk(tmp_path / "bo", USERS, MANAGERS, ABROAD, world=world, login="bo") as bench:
        known = office(bench)
        update = replace(records_in(world.words["1"])[-1], id="mine", audiences=("managers",), at=bench.clock.now())
        known.promises.keep(KEY, update)
        assert {one.audience for one in known.awaited(MAIL_DOWN) if one.first} == {"users", "abroad"}
        assert known.promises.learn(KEY, world.words["1"])
        assert set(known.promises.words(KEY)) == {"users", "managers"}, "mine is on its way, theirs has arrived"
        assert {one.audience for one in known.awaited(MAIL_DOWN) if one.first} == {"abroad"}
        assert set(office(bench).promises.words(KEY)) == {"users", "managers"}, "also from disk"


async def test_the_composer_chooses_those_who_are_due(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS, MANAGERS, ABROAD) as bench:
        assert names(await composing(bench)) == ["users", "managers", "abroad"], "nobody has heard anything"
        await tell(bench, "managers")
        composer = await composing(bench)
        assert (names(composer), composer.template) == (["users", "abroad"], "investigating")
        waits = {row.audience.name: row.waits for row in composer.listeners}
        assert waits["users"].startswith("first word due ") and waits["managers"].startswith("next word due ")
        await tell(bench, "users", "abroad", next="+50m")
        composer = await composing(bench)
        assert names(composer) == ["users", "managers", "abroad"], "nobody is due, so all whom it concerns"
        bench.clock.advance(26 * 60)
        composer = await composing(bench)
        assert (names(composer), composer.template) == (["managers"], "still-working")
        bench.clock.advance(10 * 60)
        waits = {row.audience.name: row.waits for row in (await composing(bench)).listeners}
        assert waits["managers"].startswith("next word due since ")


async def test_no_change_goes_to_those_who_know_what_has_not_changed(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS, MANAGERS, ABROAD) as bench:
        await tell(bench, "managers")
        bench.clock.advance(27 * 60)
        composer = await composing(bench)
        assert names(composer) == ["users", "managers", "abroad"], "two have heard nothing, and one is due"
        composer.no_change()
        assert names(composer) == ["managers"]


async def test_a_text_that_a_colleague_reads_is_not_replaced_unasked(tmp_path: Path) -> None:
    careful = replace(ABROAD, approval=True)
    async with desk(tmp_path, MANAGERS, careful) as bench:
        composer = await ready(bench)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        composer = await composing(bench)
        assert names(composer) == ["managers"]
        rows = {row.audience.name: row.waits for row in composer.listeners}
        assert rows["abroad"] == "a text to it waits for approval"


async def test_a_word_that_never_arrived_is_none_on_every_console(tmp_path: Path) -> None:
    boss = FakeChannel(down=InvalidError("no such mailbox"))
    async with desk(tmp_path / "anna", channels={"boss-mail": boss}) as bench:
        known = office(bench)
        courier = Courier(known)
        courier.start()
        composer = await Composer.open(bench.engine, KEY, office=known)
        composer.set("impact_text", "Mail cannot be sent.")
        composer.set("next_update", "+30m")
        await composer.send(undo=False)
        await bench.until(lambda: any(one.stage.needs_person for one in bench.engine.intents()))
        (stuck,) = bench.engine.intents()
        await bench.engine.discard(stuck.command.id)
        await bench.pass_time(60, step=5)
        assert set(known.promises.words(KEY)) == {"users"}, "the managers were given up"
        assert due(bench) == FIRST
        await courier.stop()
        world = bench.world
    (record,) = records_in(world.words["1"])
    assert (record.audiences, record.reached) == (("users", "managers"), ("users",))
    assert set(words_of((record,))) == {"users"}


async def test_whoever_cannot_be_reached_by_anything_is_not_called_told(tmp_path: Path) -> None:
    boss = FakeChannel()
    nowhere = replace(USERS, name="nowhere", channels=("status",), language="en")
    async with desk(
        tmp_path, MANAGERS, nowhere, channels={"boss-mail": boss}, able=EVERYTHING - {Capability.STATUS}
    ) as bench:
        await bench.until(lambda: bench.engine.account("desk") is not None)
        composer = await ready(bench)
        statuses = {one.audience: one.status for one in await composer.send(undo=False)}
        await bench.until(lambda: not bench.engine.intents())
        assert statuses == {"managers": Status.QUEUED, "nowhere": Status.FAILED}
        (record,) = records_in(bench.world.words["1"])
        assert record.audiences == ("managers",) and "nowhere" not in record.text


async def test_an_incident_that_grows_gives_those_it_then_concerns_their_time(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS, MANAGERS, incidents=(replace(MAIL_DOWN, priority=2),)) as bench:
        known = office(bench)
        courier = Courier(known)
        courier.start()
        await bench.pass_time(5)
        await tell(bench, "users", office=known, next="+4h")
        await bench.pass_time(3600, step=60)
        bench.world.change("1", "carl", priority=1)
        await bench.pass_time(30, step=5)
        grown = bench.clock.now()
        shown = due(bench)
        assert shown is not None
        assert grown + timedelta(minutes=4) < shown <= grown + timedelta(minutes=5), "five minutes from when it grew"
        assert set(known.promises.since(KEY)) == {"managers"}
        assert set(office(bench).promises.since(KEY)) == {"managers"}, "also after a restart"
        await courier.stop()
