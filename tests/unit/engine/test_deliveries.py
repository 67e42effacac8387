"""Words through channels: a lane of their own, told once, passed on where one fails, unknown where nobody can tell."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, Bench, FakeChannel, FakeSession, World, incident, opened, settings_for
from vagt.adapters.protocol import AuthError, InvalidError, Seen, ThrottledError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Note, Notify
from vagt.domain.incident import Key
from vagt.engine.audit import AuditLog
from vagt.engine.intent import Intent, Stage
from vagt.engine.moves import next_id
from vagt.engine.request import Request
from vagt.engine.teller import UNTOLD

ONE, TWO = Key("desk", "1"), Key("desk", "2")
GONE = UnavailableError("the connection broke", sent=True)
DOWN = UnavailableError("connection refused")
SETTINGS = settings_for(channels=("chat", "mail", "phone"))


@pytest.fixture
def world() -> World:
    made = World(ManualClock(START))
    made.put(incident("1"), incident("2"))
    return made


@pytest.fixture
def channels() -> dict[str, FakeChannel]:
    return {"chat": FakeChannel(), "mail": FakeChannel(), "phone": FakeChannel()}


def update(**changes: object) -> Notify:
    return replace(Notify("chat", "Mail is down", "We are on it."), **changes)  # type: ignore[arg-type]


async def send(bench: Bench, change: Notify, subject: Key | None = ONE, id: str | None = None) -> Intent:
    (intent,) = await bench.engine.submit([Request.notify(change, subject, id)], undo=False)
    return intent


async def test_it_is_told_once_with_an_id_that_can_be_recognised(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        intent = await send(bench, update(html="<p>We are on it.</p>"))
        await bench.pass_time(5)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        (message,) = channels["chat"].told
        assert (message.id, message.ref, message.title) == (intent.command.id, "desk:11", "Mail is down")
        assert message.words == "We are on it." and message.html == "<p>We are on it.</p>"
        assert world.applied == [], "the backend hears nothing of it"


async def test_it_need_not_be_about_an_incident(tmp_path: Path, world: World, channels: dict[str, FakeChannel]) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        intent = await send(bench, update(purpose="handover"), None)
        await bench.pass_time(2)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert channels["chat"].told[0].ref == ""


async def test_a_channel_that_hangs_holds_up_no_action_on_the_incident_and_the_other_way_round(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async def hang() -> None:
        await world.clock.sleep(1e6)

    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [hang]
        stuck = await send(bench, update())
        (acknowledged,) = await bench.engine.submit([Request("desk", ONE, Acknowledge())], undo=False)
        await bench.pass_time(2)
        assert bench.intent(acknowledged.command.id).stage is Stage.DONE
        assert bench.intent(stuck.command.id).stage is Stage.SENDING

        bench.session.before["perform"] = [hang]
        await bench.engine.submit([Request("desk", TWO, Note("x"))], undo=False)
        other = await send(bench, update(channel="mail"), TWO)
        await bench.pass_time(2)
        assert bench.intent(other.command.id).stage is Stage.DONE


async def test_what_goes_through_a_channel_does_not_count_as_unconfirmed_on_the_row(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].down = DOWN
        await send(bench, update())
        await bench.pass_time(2)
        assert bench.engine.board.pending(ONE) == 0
        assert [one.stage for one in bench.engine.pending(ONE)] == [Stage.QUEUED]


async def test_a_channel_that_is_down_is_tried_until_it_is_up(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].down = DOWN
        intent = await send(bench, update())
        await bench.pass_time(60)
        waiting = bench.intent(intent.command.id)
        assert (waiting.stage, waiting.reason) == (Stage.QUEUED, "connection refused")
        assert "connection refused" in bench.engine.channel_health("chat")
        assert 5 <= channels["chat"].tries <= 12, "it backs off"
        channels["chat"].down = None
        await bench.pass_time(65)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert len(channels["chat"].told) == 1
        assert "refused" not in bench.engine.channel_health("chat")


async def test_updates_on_one_incident_leave_in_order(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [DOWN, DOWN]
        for number in range(3):
            await send(bench, update(text=str(number)))
        await bench.pass_time(60)
        assert [message.text for message in channels["chat"].told] == ["0", "1", "2"]


async def test_a_pause_that_is_asked_for_is_kept(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [ThrottledError("slow down", 30.0)]
        await send(bench, update())
        await bench.pass_time(28)
        assert channels["chat"].tries == 1
        await bench.pass_time(6)
        assert len(channels["chat"].told) == 1


@pytest.mark.parametrize("error", [InvalidError("no such room"), AuthError("the secret is refused")], ids=type)
async def test_a_channel_that_refuses_passes_it_on_to_the_next(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel], error: Exception
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [error]
        first = await send(bench, update(then=("mail", "phone"), audience="users"))
        await bench.pass_time(3)
        ended = bench.intent(first.command.id)
        assert ended.stage is Stage.DISCARDED
        assert ended.reason == f"passed on to mail: {error}"
        (message,) = channels["mail"].told
        assert message.id == ended.passed_to == next_id(first.command.id, "mail")
        assert channels["phone"].told == []
        followed = bench.engine.delivery(first.command.id)
        assert followed is not None and followed.stage is Stage.DONE
        assert followed.command.channel == "mail" and followed.command.change.audience == "users"  # type: ignore[union-attr]
        assert [one.stage for one in await bench.engine.settled([first.command.id], 1)] == [Stage.DONE]


async def test_what_was_passed_on_long_ago_is_followed_on_disk(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [InvalidError("no such room")]
        first = await send(bench, update(then=("mail",)))
        await bench.pass_time(2)
        for _ in range(210):
            await send(bench, update(channel="phone"), None)
        await bench.until(lambda: not bench.engine.intents())
        assert bench.engine.delivery(first.command.id) is None, "no longer in memory"
        (settled,) = await bench.engine.settled([first.command.id], 0)
        assert (settled.stage, settled.command.channel) == (Stage.DONE, "mail")


async def test_where_all_channels_fail_a_person_is_needed_and_the_incident_shows_it(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        for name in ("chat", "mail"):
            channels[name].before = [InvalidError(f"{name} says no")]
        await send(bench, update(then=("mail",)))
        await bench.pass_time(5)
        (stuck,) = bench.engine.pending(ONE)
        assert (stuck.stage, stuck.reason, stuck.command.channel) == (Stage.REFUSED, "mail says no", "mail")
        await bench.engine.retry(stuck.command.id)
        await bench.pass_time(2)
        assert len(channels["mail"].told) == 1


async def test_a_channel_that_cannot_be_reached_for_long_passes_it_on(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].down = channels["mail"].down = DOWN
        await send(bench, update(then=("mail", "phone"), within=20.0))
        await bench.pass_time(18)
        assert channels["mail"].tries == 0
        await bench.pass_time(4)
        assert channels["mail"].tries > 0
        await bench.pass_time(22)
        assert len(channels["phone"].told) == 1
        tries = channels["chat"].tries
        await bench.pass_time(120)
        assert channels["chat"].tries == tries, "what was passed on is not tried there any more"


async def test_a_channel_is_tried_at_least_once_however_old_the_message(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels, start=False) as bench:
        await send(bench, update(then=("mail",), within=5.0))
    world.clock.advance(3600)
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        await bench.pass_time(2)
        assert len(channels["chat"].told) == 1 and channels["mail"].told == []


async def test_a_channel_that_has_gone_from_the_config_is_left_out(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels, start=False) as bench:
        await send(bench, update(then=("phone", "mail")))
    channels["chat"].before = [InvalidError("no")]
    left = settings_for(channels=("chat", "mail"))
    async with opened(tmp_path, world, settings=left, channels=channels) as bench:
        await bench.pass_time(3)
        assert len(channels["mail"].told) == 1


async def test_killed_in_the_act_it_is_unknown_and_one_key_decides(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async def hang() -> None:
        await world.clock.sleep(1e6)

    channels["chat"].after = [hang]
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels, crash=True) as bench:
        first = await send(bench, update(then=("mail",)))
        await bench.pass_time(1)
        assert bench.intent(first.command.id).stage is Stage.SENDING
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        await bench.pass_time(120)
        unknown = bench.intent(first.command.id)
        assert (unknown.stage, unknown.reason) == (Stage.UNKNOWN, UNTOLD)
        assert unknown.stage.needs_person
        assert len(channels["chat"].told) == 1 and channels["mail"].told == [], "neither repeated nor passed on"
        await bench.engine.retry(first.command.id)
        await bench.pass_time(2)
        assert bench.intent(first.command.id).stage is Stage.DONE
        assert [message.words for message in channels["chat"].told] == ["We are on it."] * 2

        channels["chat"].before = [GONE]
        second = await send(bench, update())
        await bench.pass_time(10)
        assert bench.intent(second.command.id).stage is Stage.UNKNOWN
        await bench.engine.discard(second.command.id)
        assert bench.intent(second.command.id).reason == "given up; it may have happened all the same"


async def test_a_channel_that_can_be_asked_settles_it(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].remembers = Seen.YES
        channels["chat"].after = [GONE]
        arrived = await send(bench, update())
        await bench.pass_time(10)
        assert bench.intent(arrived.command.id).stage is Stage.DONE
        channels["mail"].remembers = Seen.NO
        channels["mail"].before = [GONE]
        lost = await send(bench, update(channel="mail"))
        await bench.pass_time(10)
        assert bench.intent(lost.command.id).stage is Stage.DONE
        assert (len(channels["chat"].told), len(channels["mail"].told)) == (1, 1)


async def test_what_insists_goes_again_and_says_so_then_to_the_next_channel(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].after = [GONE]
        await send(bench, update(insist=True))
        await bench.pass_time(10)
        first, second = channels["chat"].told
        assert first.id == second.id and not first.again
        assert second.words.startswith("Sent again: it is not known whether the first arrived.")

        channels["mail"].after = [GONE, GONE]
        await send(bench, update(channel="mail", insist=True, then=("phone",)))
        await bench.pass_time(30)
        assert len(channels["mail"].told) == 2, "twice, not for ever"
        assert channels["phone"].told[0].again


async def test_killed_while_it_is_prepared_nothing_is_in_doubt(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(_: object) -> object:
        await world.clock.sleep(1e6)
        raise AssertionError("it ends before")

    monkeypatch.setattr(channels["chat"], "prepare", for_ever)
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels, crash=True) as bench:
        intent = await send(bench, update())
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.QUEUED
    monkeypatch.undo()
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        await bench.pass_time(5)
        assert bench.intent(intent.command.id).stage is Stage.DONE
    assert len(channels["chat"].told) == 1


async def test_a_secret_that_cannot_be_read_just_now_is_waited_for(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_now(_: object) -> object:
        raise UnavailableError("the keyring does not answer")

    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        monkeypatch.setattr(channels["chat"], "prepare", not_now)
        intent = await send(bench, update())
        await bench.pass_time(5)
        assert bench.intent(intent.command.id).stage is Stage.QUEUED
        monkeypatch.undo()
        await bench.pass_time(15)
        assert bench.intent(intent.command.id).stage is Stage.DONE


async def test_the_same_id_is_added_once(tmp_path: Path, world: World, channels: dict[str, FakeChannel]) -> None:
    id = uuid.uuid5(uuid.NAMESPACE_URL, "p1 step 2").hex
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        await send(bench, update(), id=id)
        await bench.pass_time(2)
        again = await send(bench, update(text="other words"), id=id)
        assert again.stage is Stage.DONE and again.command.change == update()
        await bench.pass_time(2)
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        assert (await send(bench, update(), id=id)).stage is Stage.DONE
        await bench.pass_time(2)
    assert len(channels["chat"].told) == 1


async def test_a_read_only_console_tells_nobody(tmp_path: Path, world: World, channels: dict[str, FakeChannel]) -> None:
    closed = settings_for(channels=("chat",), read_only=True)
    async with opened(tmp_path, world, settings=closed, channels=channels) as bench:
        intent = await send(bench, update())
        await bench.pass_time(2)
        refused = bench.intent(intent.command.id)
        assert refused.stage is Stage.REFUSED and "read-only" in refused.reason
        assert channels["chat"].told == []


async def test_an_unknown_channel_is_no_request(tmp_path: Path, world: World, channels: dict[str, FakeChannel]) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        with pytest.raises(KeyError):
            await send(bench, update(channel="smoke"))
        with pytest.raises(KeyError):
            await send(bench, update(then=("smoke",)))
        with pytest.raises(ValueError, match="cannot go"):
            await bench.engine.submit([Request("channel:mail", ONE, update())])


async def test_two_backends_with_the_same_id_share_no_lane(
    tmp_path: Path, world: World, channels: dict[str, FakeChannel]
) -> None:
    other = World(world.clock, name="lab")
    other.put(incident("1", backend="lab"))
    settings = settings_for("desk", "lab", channels=("chat",))
    sessions = {"desk": FakeSession(world), "lab": FakeSession(other)}
    async with opened(tmp_path, world, settings=settings, sessions=sessions, channels=channels) as bench:
        await send(bench, update(text="a"), ONE)
        await send(bench, update(text="b"), Key("lab", "1"))
        await bench.pass_time(3)
        assert sorted(message.text for message in channels["chat"].told) == ["a", "b"]
        assert {message.ref for message in channels["chat"].told} == {"desk:11", "lab:11"}


async def test_the_audit_log_tells_each_step(tmp_path: Path, world: World, channels: dict[str, FakeChannel]) -> None:
    async with opened(tmp_path, world, settings=SETTINGS, channels=channels) as bench:
        channels["chat"].before = [InvalidError("no such room")]
        channels["mail"].after = [GONE]
        await send(bench, update(then=("mail",)))
        await bench.pass_time(10)
    assert AuditLog(tmp_path / "audit.jsonl").verify().ok
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [(line["result"], line.get("through")) for line in lines]
    assert told == [
        ("asked", "chat"), ("sent", "chat"), ("asked", "mail"), ("passed on", "chat"),
        ("sent", "mail"), ("answer lost", "mail"), ("unknown", "mail"),
    ]  # fmt: skip
