"""From a key to the outbox: what an action is bound to, what is said of it, and how it is taken back."""

from __future__ import annotations

from dataclasses import replace

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.domain.commands import Acknowledge, Take
from vagt.domain.incident import Key, State
from vagt.engine.intent import Stage as At


def shift(count: int = 6) -> PuppetEngine:
    return PuppetEngine([incident(number) for number in range(1, count + 1)])


def alerts(count: int) -> PuppetEngine:
    return PuppetEngine([incident(number, f"alert {number}") for number in range(1, count + 1)])


async def test_acknowledging_is_one_key_and_shows_at_once() -> None:
    async with stage(shift()) as play:
        await play.press("6", "j")
        subject = play.queue.rows.cursor
        await play.press("a")
        (intent,) = play.engine.intents()
        assert (intent.command.subject, intent.command.change) == (subject, Acknowledge())
        assert "+1" in play.cursor_line
        assert "outbox: 1 waits" in play.text


async def test_the_undo_window_counts_down_and_u_takes_it_back() -> None:
    async with stage(shift()) as play:
        await play.press("a")
        assert "Acknowledged INC0005 · u undoes (5 s)" in play.text
        await play.second(2)
        assert "u undoes (3 s)" in play.text
        await play.press("u")
        assert play.engine.intents() == ()
        assert "Taken back: acknowledge INC0005" in play.text
        await play.press("u")
        assert "Nothing to undo" in play.text


async def test_what_the_backend_said_to_what_it_did_reaches_the_operator() -> None:
    async with stage(shift()) as play:
        await play.press("a", "j", "a")
        play.engine.finish(remark="it is not yours: bo has it")
        await play.settle()
        assert "u undoes" in play.text, "the undo window keeps the line"
        await play.second(6)
        assert "Acknowledged INC0005: it is not yours: bo has it" in play.text
        await play.second(10)
        assert "it is not yours: bo has it" in play.text, "of the second one too"


async def test_a_bulk_tells_how_many_came_with_a_remark() -> None:
    async with stage(shift()) as play:
        await play.press("asterisk", "a")
        play.engine.finish(remark="it is not yours: bo has it")
        await play.settle()
        assert "all done · 6 with a remark, O shows all: INC000" in play.text


async def test_an_action_stays_with_the_incident_that_the_key_was_pressed_on() -> None:
    async with stage(shift()) as play:
        subject = play.queue.rows.cursor
        assert subject is not None
        shown = play.engine.board.get(subject)
        assert shown is not None
        play.engine.arrive(incident(90, priority=1))
        play.engine.arrive(replace(shown, state=State.ACTIVE, assignee="bo"))
        await play.settle()
        await play.press("t")
        (intent,) = play.engine.intents()
        assert intent.command.subject == subject


async def test_what_cannot_be_done_says_why_and_does_nothing() -> None:
    engine = shift()
    engine.refusals.append(lambda action, key: "this account may not take" if action.name == "take" else "")
    async with stage(engine) as play:
        await play.press("t")
        assert engine.intents() == ()
        assert "Take: this account may not take" in play.text


async def test_without_an_incident_a_key_says_so() -> None:
    async with stage(PuppetEngine()) as play:
        await play.press("a")
        assert "No incident is selected." in play.text


async def test_two_hundred_alerts_are_acknowledged_in_three_keys() -> None:
    async with stage(alerts(200)) as play:
        await play.press("1", "asterisk", "a")
        assert len(play.engine.intents()) == 200
        assert "Acknowledged 200 incidents · u undoes (5 s)" in play.text


async def test_a_bulk_tells_how_far_it_is_and_leaves_marked_what_failed() -> None:
    async with stage(alerts(12)) as play:
        await play.press("6", "asterisk", "a")
        assert play.queue.rows.marks == ()
        refused = {Key("desk", "4"), Key("desk", "9")}
        play.engine.finish(refuse=refused, reason="locked by the night job")
        await play.settle()
        assert "Acknowledging 12: 10 done, 2 refused" in play.text
        assert set(play.queue.rows.marks) == refused
        assert "locked by the night job · alert 4" in play.text
        assert "2 need you" in play.text


async def test_what_an_action_moves_out_of_the_view_does_not_come_back_marked() -> None:
    async with stage(alerts(12)) as play:
        await play.press("1", "asterisk", "a")
        play.engine.finish()
        await play.settle()
        await play.press("6")
        assert len(play.queue.rows.model) == 12 and play.queue.rows.marks == ()


async def test_what_failed_does_not_join_marks_that_the_operator_has_made_since() -> None:
    async with stage(alerts(6)) as play:
        await play.press("6", "asterisk", "a", "g", "space")
        mine = set(play.queue.rows.marks)
        failed = next(key for key in play.engine.board.incidents if key not in mine)
        play.engine.finish(refuse={failed})
        await play.settle()
        assert set(play.queue.rows.marks) == mine


async def test_a_bulk_is_taken_back_as_a_whole_and_is_marked_again() -> None:
    async with stage(alerts(12)) as play:
        await play.press("asterisk", "a", "u")
        assert play.engine.intents() == ()
        assert len(play.queue.rows.marks) == 12
        assert "Taken back: acknowledge 12 incidents" in play.text


async def test_incidents_that_cannot_take_it_are_left_out_and_stay_marked_with_the_reason() -> None:
    engine = alerts(3)
    engine.refusals.append(lambda action, key: "it is closed" if key == Key("desk", "2") else "")
    async with stage(engine) as play:
        await play.press("6", "asterisk", "t")
        assert len(engine.intents()) == 2
        assert "Took 2 incidents, 1 left out" in play.text
        assert play.queue.rows.marks == (Key("desk", "2"),)
        assert "it is closed · alert 2" in play.text


async def test_the_dot_does_the_last_action_again_on_what_is_selected_now() -> None:
    async with stage(shift()) as play:
        await play.press("6", "full_stop")
        assert "Nothing to repeat yet." in play.text
        await play.press("t", "j", "full_stop")
        changes = [(i.command.subject, i.command.change) for i in play.engine.intents()]
        assert changes == [(Key("desk", "5"), Take()), (Key("desk", "6"), Take())]


async def test_a_refusal_is_told_with_the_reason_and_where_to_decide() -> None:
    async with stage(shift()) as play:
        await play.press("t")
        play.engine.finish(refuse={Key("desk", "5")}, reason="it belongs to Bo")
        await play.settle()
        assert "Take INC0005 refused: it belongs to Bo · O decides" in play.text
        assert play.engine.intents()[0].stage is At.REFUSED


async def test_the_reference_and_the_address_are_copied_and_shown() -> None:
    async with stage(shift()) as play:
        await play.press("y")
        assert (play.app.clipboard, play.said) == ("desk:INC0005", "Copied desk:INC0005")
        await play.press("Y")
        assert play.app.clipboard == "https://desk.example/5"


async def test_without_a_display_the_address_is_shown_instead_of_opened() -> None:
    async with stage(shift()) as play:
        await play.press("o")
        assert play.said == "No browser here (Y copies the address): https://desk.example/5"


async def test_only_web_addresses_are_ever_opened() -> None:
    engine = PuppetEngine([incident(1, url="file:///etc/passwd")])
    async with stage(engine) as play:
        await play.press("o")
        assert play.said.startswith("Not opened")


async def test_pasted_text_triggers_nothing() -> None:
    from textual.events import Paste

    async with stage(shift()) as play:
        play.app.post_message(Paste("aatRq\n"))
        await play.settle()
        assert play.engine.intents() == ()
        assert "Pasted text is not taken as keys." in play.text


async def test_an_unforeseen_error_is_a_line_and_the_console_goes_on() -> None:
    engine = shift()

    async def broken(requests: object, *, undo: bool = True) -> tuple[()]:
        raise RuntimeError("the disk is on fire")

    async with stage(engine) as play:
        working, engine.submit = engine.submit, broken  # type: ignore[method-assign,assignment]
        await play.press("t")
        assert "That failed inside Vagt (RuntimeError: the disk is on fire)" in play.text
        engine.submit = working  # type: ignore[method-assign]
        await play.press("j", "t")
        assert len(engine.intents()) == 1
        play.app.troubles.clear()


async def test_refresh_asks_the_backends() -> None:
    async with stage(shift()) as play:
        await play.press("r")
        assert play.engine.refreshed == 1


async def test_q_leaves() -> None:
    async with stage(shift()) as play:
        await play.press("q")
        assert play.app.return_value == 0


async def test_acting_on_an_opened_incident_leaves_the_marks_of_the_queue_alone() -> None:
    async with stage(shift()) as play:
        await play.press("6", "g", "space", "space")
        marked = play.queue.rows.marks
        await play.press("enter", "t")
        (intent,) = play.engine.intents()
        assert intent.command.subject not in marked
        await play.press("escape")
        assert play.queue.rows.marks == marked


async def test_what_is_so_already_is_not_sent_again() -> None:
    engine = PuppetEngine([incident(1), incident(2, state=State.ACTIVE, assignee="bo")])
    async with stage(engine) as play:
        await play.press("6", "asterisk", "a")
        assert [intent.command.subject for intent in engine.intents()] == [Key("desk", "1")]
        assert "Acknowledged INC0001" in play.text
        assert play.queue.rows.marks == ()  # so that what is refused can be marked again
        await play.press("a")
        assert len(engine.intents()) == 1
        assert "acknowledged already" in play.text
