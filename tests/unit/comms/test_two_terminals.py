"""One draft in two terminals: each sees the other, and neither writes over the other's words."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from tests.unit.comms.desk import KEY, composing, desk, ready
from tests.unit.engine.fakes import START, FakeChannel
from vagt.comms.composer import Composer
from vagt.comms.drafts import Draft, Drafts
from vagt.comms.holding import Hold

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from vagt.comms.drafts import Draft, Drafts
from vagt.comms.holding import Hold
from vagt.domain.incident import Key
hold = Hold(Drafts(Path(sys.argv[1])), Key("desk", "1"), "bo", datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
hold.take(None)
draft = Draft(template="identified", audiences=("users",), answers={"impact_text": "Bo's words"})
hold.save(draft, datetime(2026, 11, 24, 9, 1, tzinfo=UTC))
print("ready", flush=True)
time.sleep(600)
"""


def impact(composer: Composer) -> str:
    return {one.key: one.shown for one in composer.fields}["impact_text"]


def kept(folder: Path) -> set[str]:
    """What is on disk, over all drafts."""
    drafts = Drafts(folder)
    found = [drafts.load(KEY, path) for path in drafts.files(KEY)]
    return {draft.answers.get("impact_text", "") for draft in found if draft is not None}


async def test_the_second_goes_on_with_a_copy_and_sees_where_the_other_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        first = await ready(bench)
        second = await composing(bench)
        assert impact(second) == "Mail cannot be sent."
        assert second.copied is not None
        assert second.copied.since == START and second.copied.where
        assert any(words.startswith("also open on ") for words in second.remarks)
        assert not any("also open" in words for words in first.remarks)
        first.tick()
        assert any(words.startswith("also open on ") for words in first.remarks), "the first learns it too"
        second.close()
        first.tick()
        assert first.elsewhere == ()


async def test_neither_loses_a_word_and_each_can_go_over_to_the_others(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        first, second = await ready(bench), await composing(bench)
        first.set("impact_text", "Mail is slow.")
        second.set("impact_text", "Mail is down.")
        first.set("scope", "Aarhus")
        second.set("scope", "Everybody")
        assert kept(tmp_path) == {"Mail is slow.", "Mail is down."}
        (other,) = second.versions
        assert other.draft.answers["impact_text"] == "Mail is slow." and other.opened is not None
        second.switch(other)
        assert impact(second) == "Mail is slow."
        second.set("impact_text", "Mail is very slow.")
        assert kept(tmp_path) == {"Mail is slow.", "Mail is down.", "Mail is very slow."}
        assert impact(first) == "Mail is slow.", "its own words are where they were"
        first.close()
        second.close()
        third = await composing(bench)
        assert impact(third) == "Mail is very slow." and third.copied is None
        assert {one.draft.answers["impact_text"] for one in third.versions} == {"Mail is slow.", "Mail is down."}
        third.discard()
        assert kept(tmp_path) == {"Mail is slow.", "Mail is down."}, "what was thrown away is its own"


async def test_words_beside_a_draft_that_was_sent_are_not_taken_for_sent(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first, second = await ready(bench), await composing(bench)
        second.set("impact_text", "Mail is slow.")
        await first.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        second.close()
        again = await composing(bench)
        assert impact(again) == "Mail is slow."
        with pytest.raises(ValueError, match="another terminal has sent this draft meanwhile"):
            await again.send(undo=False)
        assert len(boss.told) == 1


async def test_the_first_is_told_that_the_copy_was_sent(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first, second = await ready(bench), await composing(bench)
        second.set("impact_text", "Mail is slow.")
        await second.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        with pytest.raises(ValueError, match="another terminal has sent this draft meanwhile"):
            await first.send(undo=False)
        assert len(boss.told) == 1
        await first.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert len(boss.told) == 2, "asked once, and then it is what somebody wants"


async def test_a_killed_terminal_holds_nothing(tmp_path: Path) -> None:
    process = Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=PIPE, env=os.environ)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        async with desk(tmp_path) as bench:
            second = await composing(bench)
            assert second.copied is not None and (second.copied.who, impact(second)) == ("bo", "Bo's words")
            second.set("impact_text", "Mine")
            second.close()
            process.kill()
            process.wait()
            third = await composing(bench)
            assert third.copied is None and third.elsewhere == ()
            assert impact(third) == "Mine"
            assert kept(tmp_path) == {"Mine", "Bo's words"}
    finally:
        process.kill()
        process.communicate()


def test_where_locks_mean_nothing_the_file_itself_tells_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr("vagt.comms.holding.fcntl.flock", unsupported)
    drafts = Drafts(tmp_path)
    one, two = Hold(drafts, KEY, "anna", START), Hold(drafts, KEY, "bo", START)
    one.take(None)
    one.save(Draft(answers={"impact_text": "one"}), START)
    (version,) = two.versions()
    two.take(version)
    two.save(Draft(answers={"impact_text": "two"}), START)
    assert one.is_strange()
    one.move_aside()
    one.save(Draft(answers={"impact_text": "three"}), START)
    assert kept(tmp_path) == {"two", "three"}
