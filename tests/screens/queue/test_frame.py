"""The frame: a dead screen never looks quiet, and never reached is not zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.screens.queue.doubles import START, PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.config.settings import BackendSettings
from vagt.engine.health import Condition, Health


def shift(**console: object) -> PuppetEngine:
    return PuppetEngine([incident(number) for number in range(1, 7)], **console)


async def test_the_age_of_the_data_is_always_there_and_grows() -> None:
    async with stage(shift()) as play:
        assert "desk 0 s" in play.text
        await play.second(3)
        assert "desk 3 s" in play.text


async def test_stale_data_says_so_in_words_and_changes_the_whole_frame() -> None:
    async with stage(shift()) as play:
        quiet = play.lines
        play.engine.set_health(
            condition=Condition.STALE,
            last_good=START - timedelta(minutes=14),
            problem="connection refused",
            next_try=START + timedelta(seconds=8),
        )
        await play.settle()
        assert "STALE: desk" in play.lines[0]
        assert "desk STALE 14 min: connection refused, next try 8 s" in play.text
        body = play.lines[1:-3]
        assert all(line.startswith("┃") and line.endswith("┃") for line in body)
        assert not any(line.startswith("┃") for line in quiet)
        play.engine.set_health(condition=Condition.FRESH, last_good=START, problem="", next_try=None)
        await play.settle()
        assert play.lines == quiet


async def test_a_backend_that_was_never_reached_counts_as_unknown() -> None:
    engine = PuppetEngine()
    engine.set_health(condition=Condition.NEVER, last_good=None, problem="name not known")
    async with stage(engine, size=(110, 24)) as play:
        assert "1 Unacknowledged ?" in play.lines[0]
        assert "desk never reached: name not known" in play.text
        assert "Nothing was ever read from desk: name not known" in play.text
        assert "tries again now" in play.text


async def test_with_one_backend_missing_the_counts_say_that_there_may_be_more() -> None:
    engine = shift()
    snow = BackendSettings(
        name="snow", adapter="servicenow", url="https://acme.service-now.com", auth="basic", username="anna"
    )
    engine.settings = replace(engine.settings, backends=(*engine.settings.backends, snow))
    engine.health_now["snow"] = Health(backend="snow", condition=Condition.NEVER, problem="refused")
    async with stage(engine, size=(120, 24)) as play:
        assert "1 Unacknowledged 6+?" in play.lines[0]
        assert "desk:INC0005" in play.text


async def test_signed_out_tells_the_remedy() -> None:
    engine = PuppetEngine()
    engine.set_health(condition=Condition.SIGNED_OUT, last_good=None, problem="401 Unauthorized")
    async with stage(engine) as play:
        assert "desk SIGNED OUT: 401 Unauthorized" in play.text
        assert "vagt secret set desk" in play.text


async def test_loading_shows_progress() -> None:
    engine = PuppetEngine()
    engine.set_health(condition=Condition.LOADING, last_good=None, loaded=1200, total=5000)
    async with stage(engine) as play:
        assert "desk loading 1,200 of 5,000" in play.text


async def test_an_empty_view_says_where_there_is_something() -> None:
    async with stage(shift()) as play:
        await play.press("2")
        assert "Nothing in “Mine”." in play.text
        assert "1 Unacknowledged (6)" in play.text


async def test_read_only_is_said_all_the_time() -> None:
    async with stage(shift(read_only=True)) as play:
        assert "READ-ONLY" in play.text


async def test_old_data_stands_in_the_first_frame_with_its_age() -> None:
    engine = shift()
    engine.set_health(condition=Condition.LOADING, last_good=START - timedelta(hours=9))
    async with stage(engine) as play:
        assert "Incident number 5" in play.text
        assert "desk loading, data of 9 h ago" in play.text


async def test_the_bell_rings_and_says_what_for() -> None:
    rung: list[str] = []
    async with stage(shift(), prepare=lambda app: setattr(app, "write_now", rung.append)) as play:
        play.engine.arrive(incident(80, "Core router gone", priority=1), ring=True)
        await play.settle()
        assert rung == ["\x07\x1b]9;P1 desk:INC0080 Core router gone\x1b\\"]
        assert "P1 desk:INC0080 Core router gone" in play.text


async def test_the_engine_starts_only_once_the_first_frame_stands() -> None:
    engine = shift()
    painted: list[int] = []

    def watch(app: object) -> None:
        original = engine.start

        async def start(*, poll: bool = True) -> None:
            painted.append(app.screen.size.height)  # type: ignore[attr-defined]
            await original(poll=poll)

        engine.start = start  # type: ignore[method-assign]

    async with stage(engine, prepare=watch) as play:
        await play.settle()
        assert painted == [24]


async def test_what_the_config_should_hear_is_said_once_the_screen_stands() -> None:
    engine = shift(theme="vagt-drak")
    engine.settings = replace(engine.settings, notices=("[relay] belongs to a later version.",))
    async with stage(engine, size=(160, 24)) as play:
        assert "There is no theme “vagt-drak”" in play.said
        assert "[relay] belongs to a later version." in play.text


async def test_what_is_wrong_on_this_machine_stands_in_the_frame_until_it_is_over() -> None:
    async with stage(shift()) as play:
        quiet = play.lines
        play.engine.problems_now = ("the disk that holds /home/anna/.local/share/vagt is full",)
        await play.second()
        assert "desk 1 s · the disk that holds /home/anna/.local/share/vagt is full" in play.text
        play.engine.set_health(condition=Condition.STALE, last_good=START - timedelta(minutes=14), problem="refused")
        await play.settle()
        assert "STALE" in play.lines[-3] and "the disk that holds" in play.lines[-3]
        play.engine.problems_now = ()
        play.engine.set_health(condition=Condition.FRESH, last_good=play.engine.clock.now(), problem="", next_try=None)
        await play.settle()
        assert play.lines[-3:] == quiet[-3:]


async def test_words_too_long_for_the_line_are_cut_where_they_end() -> None:
    engine = shift()
    engine.problems_now = (
        "store.sqlite was damaged: kept as store.sqlite.damaged-20261124T0900, and everything is read",
    )
    async with stage(engine) as play:
        assert play.lines[-3].startswith(" desk 0 s · store.sqlite was damaged: kept as")
        assert play.lines[-3].rstrip().endswith("…")


async def test_while_a_large_store_is_still_read_the_counts_say_that_there_are_more() -> None:
    engine = shift()
    engine.reading = True
    async with stage(engine, size=(120, 24)) as play:
        assert "6 All open 6+" in play.lines[0]
        engine.reading = False
        await play.second()
        assert "6 All open 6 " in play.lines[0]


async def test_one_key_tells_of_each_backend_what_is_wrong_and_when_it_is_asked_again() -> None:
    engine = PuppetEngine([incident(1)])
    async with stage(engine, size=(80, 24)) as play:
        await play.press("b")
        assert "Backends" in play.lines[0]
        assert "Fresh: read" in play.text
        await play.press("escape")
        assert "Fresh: read" not in play.text
