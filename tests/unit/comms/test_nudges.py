"""What may have been overlooked in an update that could be sent as it stands."""

from __future__ import annotations

from pathlib import Path

from tests.unit.comms.desk import KEY, composing, desk, ready
from tests.unit.engine.fakes import FakeChannel
from vagt.comms.composer import Composer
from vagt.comms.progress import progress


def keys(composer: Composer) -> list[str]:
    return [one.key for one in composer.nudges]


async def test_words_that_nobody_wrote_in_the_readers_language_are_named(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        assert composer.nudges == (), "nothing is written yet, so nothing is overlooked"
        composer.set("impact_text", "Mail cannot be sent.")
        assert keys(composer) == ["impact_text.da"]
        assert composer.nudges[0].words == "Impact (da) is empty: users would read the other language"
        assert composer.nudges[0].words in composer.remarks
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        assert composer.nudges == ()


async def test_one_language_alone_asks_for_no_other(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        composer.toggle("users")
        composer.set("impact_text", "Mail cannot be sent.")
        assert composer.nudges == ()


async def test_words_changed_in_one_language_only_are_named(tmp_path: Path) -> None:
    async with desk(tmp_path, channels={"boss-mail": FakeChannel()}) as bench:
        composer = await ready(bench)
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        again = await composing(bench)
        assert again.nudges == ()
        again.set("impact_text", "Mail is slow.")
        assert [one.words for one in again.nudges] == ["Impact (da) is as last time, and Impact (en) is not"]


async def test_a_new_expected_time_is_asked_for_before_the_old_one_passes(tmp_path: Path) -> None:
    async with desk(tmp_path, channels={"boss-mail": FakeChannel()}) as bench:
        composer = await ready(bench)
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        composer.set("expected", "+60m")
        composer.set("expected_by", "Anna Holm")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        soon = await composing(bench)
        assert soon.nudges == ()
        bench.clock.advance(52 * 60)
        late = await composing(bench)
        assert keys(late) == ["expected"]
        assert "about to pass" in late.nudges[0].words
        late.set("expected", "+45m")
        assert late.nudges == ()
        bench.clock.advance(10 * 60)
        gone = await composing(bench, resume=False)
        assert "expected" not in gone.answers()
        assert gone.nudges == ()


async def test_an_incidents_page_is_told_how_far_its_last_update_went(tmp_path: Path) -> None:
    async with desk(tmp_path, channels={"boss-mail": FakeChannel()}) as bench:
        composer = await ready(bench)
        composer.set("impact_text.da", "Der kan ikke sendes mail.")
        before = await progress(composer.office, composer.seen)
        assert before.last is None and before.deliveries == () and not before.partly
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        incident = bench.engine.board.get(KEY)
        assert incident is not None
        after = await progress(composer.office, await composer.office.look(incident))
        assert after.last is not None and after.last.template == "investigating"
        assert [(one.audience, one.channel, one.status.value) for one in after.deliveries] == [
            ("users", "comment", "sent"),
            ("managers", "boss-mail", "sent"),
        ]
        assert not after.partly
