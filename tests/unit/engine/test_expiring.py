"""Words that are worth something only until somebody else has seen to it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.unit.engine.fakes import START, FakeChannel, World, incident, opened, settings_for
from vagt.adapters.protocol import Seen, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Notify
from vagt.domain.incident import Key
from vagt.engine.intent import Stage
from vagt.engine.request import Request
from vagt.engine.teller import TOO_LATE

SETTINGS = settings_for(channels=("chat",))
PAGE = Notify(
    "chat", "Mail is down", "Look at it.", purpose="escalation", insist=True, expires=START + timedelta(seconds=60)
)


def world() -> World:
    made = World(ManualClock(START))
    made.put(incident("1"))
    return made


async def test_what_could_not_be_told_in_time_waits_for_a_person(tmp_path: Path) -> None:
    chat = FakeChannel(down=UnavailableError("connection refused"))
    async with opened(tmp_path, world(), settings=SETTINGS, channels={"chat": chat}) as bench:
        (intent,) = await bench.engine.submit([Request.notify(PAGE, Key("desk", "1"))], undo=False)
        id = intent.command.id
        await bench.until(lambda: bench.intent(id).stage is Stage.REFUSED, 200)
        assert bench.intent(id).reason == TOO_LATE
        chat.down = None
        await bench.pass_time(30)
        assert chat.told == [], "somebody else may have told it since"
        await bench.engine.retry(id)
        await bench.pass_time(5)
        assert len(chat.told) == 1, "whoever tries it again wants it told"


async def test_cut_off_in_the_act_and_overtaken_it_is_not_told_again_by_itself(tmp_path: Path) -> None:
    async def slow() -> None:
        await made.clock.sleep(90)
        raise UnavailableError("no answer", sent=True)

    made = world()
    chat = FakeChannel(before=[slow], remembers=Seen.UNKNOWN)
    async with opened(tmp_path, made, settings=SETTINGS, channels={"chat": chat}) as bench:
        (intent,) = await bench.engine.submit([Request.notify(PAGE, Key("desk", "1"))], undo=False)
        id = intent.command.id
        await bench.until(lambda: bench.intent(id).stage is Stage.UNKNOWN, 400)
        assert chat.told == []


async def test_in_time_it_is_told_again_and_says_that_it_is_the_second(tmp_path: Path) -> None:
    chat = FakeChannel(after=[UnavailableError("no answer", sent=True)], remembers=Seen.UNKNOWN)
    async with opened(tmp_path, world(), settings=SETTINGS, channels={"chat": chat}) as bench:
        (intent,) = await bench.engine.submit([Request.notify(PAGE, Key("desk", "1"))], undo=False)
        await bench.until(lambda: bench.intent(intent.command.id).stage is Stage.DONE, 55)
        assert [message.again for message in chat.told] == [False, True]
