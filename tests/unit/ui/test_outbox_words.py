"""What the outbox, its conflicts and the page of who is on call say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vagt.domain.commands import Assign, Change, Command, Create, Hold, LinkTo, Note, Resolve, SetPriority
from vagt.domain.directory import OnCall
from vagt.domain.incident import Incident, LinkKind, State
from vagt.engine.intent import Intent, Stage
from vagt.ui.screens.oncall.duty import Duty, page
from vagt.ui.screens.outbox.lines import ordered, subject, what, why
from vagt.ui.screens.outbox.sides import sides

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SAW = Incident(backend="desk", id="1", number="1", title="Mail", state=State.NEW, native_state="New", priority=2)
THEIRS = replace(SAW, state=State.ACTIVE, native_state="In progress", assignee="bo", assignee_name="Bo")


def intent(change: Change, stage: Stage = Stage.QUEUED, seq: int = 1, **more: object) -> Intent:
    key = None if isinstance(change, Create) else SAW.key
    base = None if key is None else SAW
    command = Command(id=str(seq), backend="desk", subject=key, ref="desk:1", change=change, by="me", at=NOW, base=base)
    return Intent(command=command, stage=stage, seq=seq, not_before=NOW + timedelta(seconds=9), **more)  # type: ignore[arg-type]


def test_what_waits_for_a_person_stands_first() -> None:
    moving, stuck, done = (
        intent(Note("a"), seq=1),
        intent(Note("b"), Stage.CONFLICT, seq=2),
        intent(Note("c"), Stage.DONE, seq=3),
    )
    rows, sections = ordered([moving, stuck], [done])
    assert rows == [stuck, moving, done]
    assert [(section.title, section.start, section.count) for section in sections] == [
        ("Waiting for you", 0, 1),
        ("Under way", 1, 1),
        ("Ended lately", 2, 1),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Assign(team="7", team_name="NOC", to="bo", to_name="Bo Lind"), "assign to NOC, Bo Lind"),
        (Assign(to=""), "assign to nobody"),
        (SetPriority(impact=1, urgency=2), "impact 1, urgency 2"),
        (SetPriority(priority=4), "priority P4"),
        (Hold("vendor"), "hold: vendor"),
        (Note("look"), "internal note: look"),
        (LinkTo("9", "desk:9", LinkKind.DUPLICATE), "merge into desk:9"),
        (Create("New thing"), "register: New thing"),
    ],
)
def test_an_action_is_said_in_words(change: Change, said: str) -> None:
    assert what(change, NOW) == said


def test_a_waiting_action_tells_its_next_try_and_the_reason() -> None:
    waiting = intent(Note("a"), attempts=3, reason="no route to host")
    assert why(waiting, NOW) == "tried 3×, next try in 9 s: no route to host"


def test_a_registered_incident_is_called_by_its_new_number() -> None:
    assert subject(intent(Create("x"), Stage.DONE, result_ref="desk:77")) == "desk:77"


def test_a_conflict_shows_what_you_saw_what_is_now_and_what_you_want() -> None:
    table = {side.field: side for side in sides(intent(Resolve("done"), Stage.CONFLICT), THEIRS, "me", NOW)}
    assert (table["state"].saw, table["state"].now, table["state"].want) == ("New", "In progress", "resolved")
    assert (table["assignee"].saw, table["assignee"].now, table["assignee"].want) == ("nobody", "Bo", "")
    assert table["state"].changed
    assert (table["resolution"].want, table["resolution"].changed) == ("done", False)
    assert "priority" not in table


def test_what_somebody_else_changed_stands_first() -> None:
    table = sides(intent(Assign(team="NOC"), Stage.CONFLICT), THEIRS, "me", NOW)
    assert [side.field for side in table] == ["state", "assignee", "team"]


def duty_text(duties: dict[str, Duty], width: int = 80) -> str:
    blocks = page(duties, NOW, zone=UTC)
    return "\n".join("".join(text for _, text in line) for block in blocks for line in block.lines(width))


def test_who_is_on_call_stands_with_the_level_and_the_hand_over() -> None:
    shift = OnCall("noc", "NOC", "anna", "Anna Holm", 1, until=NOW + timedelta(hours=5), contact="+45 1234")
    second = OnCall("noc", "NOC", "bo", "Bo Lind", 2)
    text = duty_text({"desk": Duty((second, shift))})
    assert text.index("1. Anna Holm (anna)") < text.index("2. Bo Lind (bo)")
    assert "until 08:00 (in 5 h)" in text
    assert "+45 1234" in text


def test_nobody_on_call_is_a_warning_and_not_an_empty_page() -> None:
    assert "NOBODY is on call" in duty_text({"desk": Duty((), my_teams=("NOC",))})
    assert "NOBODY is on call" in duty_text({"desk": Duty(())})
    assert "NOBODY" in duty_text({"desk": Duty((OnCall("r", "DB", ""),))})


def test_a_backend_that_cannot_tell_says_so_beside_what_was_known() -> None:
    text = duty_text({"desk": Duty((OnCall("r", "DB", "carl"),), "desk cannot tell now: away. r asks again.")})
    assert "r asks again" in text
    assert "carl" in text


def test_no_backend_with_a_rota_is_said() -> None:
    assert "No backend here knows" in duty_text({})
