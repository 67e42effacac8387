"""Help and palette say what the table of actions says, for the screen and the incident that one is on."""

from __future__ import annotations

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.domain.actions import ACTIONS, Scope
from vagt.domain.commands import Acknowledge
from vagt.ui.palette import commands
from vagt.ui.screens.help import help_lines


def shift() -> PuppetEngine:
    return PuppetEngine([incident(number) for number in range(1, 7)])


async def test_the_help_shows_every_key_of_the_queue_with_the_reason_where_it_cannot_be_used() -> None:
    engine = shift()
    engine.refusals.append(lambda action, key: "this backend has no “snooze”" if action.name == "snooze" else "")
    async with stage(engine, size=(100, 80)) as play:
        wanted = {a.label for a in ACTIONS if a.scope in (Scope.QUEUE, Scope.INCIDENT, Scope.APP)}
        assert {line.label for line in help_lines(play.queue)} == wanted
        await play.press("question_mark")
        assert "The queue: keys" in play.text
        assert "Not now: this backend has no “snooze”" in play.text
        await play.press("escape")
        assert "The queue: keys" not in play.text


async def test_the_help_scrolls_on_a_small_terminal() -> None:
    async with stage(shift(), size=(80, 24)) as play:
        await play.press("question_mark")
        assert "its clock stands still" not in play.text
        await play.press("G")
        assert "its clock stands still" in play.text


async def test_the_palette_finds_an_action_by_name_and_does_it_on_the_incident_under_the_cursor() -> None:
    async with stage(shift(), size=(100, 30)) as play:
        subject = play.queue.rows.cursor
        await play.press("colon")
        await play.write("ack")
        await play.pilot.pause(0.3)
        await play.press("enter")
        await play.settle()
        (intent,) = play.engine.intents()
        assert (intent.command.subject, intent.command.change) == (subject, Acknowledge())


async def test_the_palette_also_knows_views_orders_and_themes() -> None:
    async with stage(shift()) as play:
        offered = {command.name: command for command in commands(play.app, play.queue)}
        offered["View: All open  (6)"].run()
        assert play.queue.views.at == 5
        offered["Theme: vagt-contrast"].run()
        assert play.app.theme == "vagt-contrast"
        offered["Order: newest first"].run()
        await play.settle()
        assert "Incident number 1" in play.lines[2]


async def test_the_footer_always_names_the_help() -> None:
    for width in (20, 40, 80, 200):
        async with stage(shift(), size=(width, 20)) as play:
            assert play.lines[-1].rstrip().endswith("? Help")
