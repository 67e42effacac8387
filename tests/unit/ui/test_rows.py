"""A queue row says by letters what it means, and fits whatever width there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock, State
from vagt.ui.glyphs import ASCII_SIGNS
from vagt.ui.present.rows import Look, Row, columns_for, sla_cell, widths

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def incident(**changes: object) -> Incident:
    plain = Incident(
        backend="rt",
        id="1",
        number="1042",
        title="Mail is slow",
        state=State.NEW,
        native_state="new",
        priority=2,
        created_at=NOW - timedelta(minutes=12),
        updated_at=NOW - timedelta(minutes=3),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def row(subject: Incident | None = None, **changes: object) -> Row:
    return replace(Row(incident=subject or incident(), now=NOW), **changes)  # type: ignore[arg-type]


def cells(shown: Row, width: int = 77) -> dict[str, str]:
    return {column.name: column.cell(shown).text for column in columns_for(width)}


def clock(left: timedelta, state: ClockState = ClockState.RUNNING, whole: timedelta | None = None) -> Incident:
    due = NOW + left
    started = None if whole is None else due - whole
    return incident(sla=(SlaClock("response", due, state, started),))


def test_eighty_columns_show_what_one_decides_by() -> None:
    names = [column.name for column in columns_for(77)]
    assert names == ["seen", "priority", "major", "age", "sla", "number", "pending", "title"]


def test_more_columns_come_with_more_width_and_the_order_never_changes() -> None:
    widest = [column.name for column in columns_for(400, several_backends=True)]
    assert {"state", "assignee", "team", "service", "backend", "updated"} <= set(widest)
    for width in range(20, 400, 7):
        names = [column.name for column in columns_for(width, several_backends=True)]
        assert names == [name for name in widest if name in names]


@pytest.mark.parametrize("width", range(20, 260))
def test_columns_fill_the_row_exactly_once_there_is_room_for_a_title(width: int) -> None:
    columns = columns_for(width, number_width=30, several_backends=True)
    sizes = widths(columns, width)
    title = dict(zip((column.name for column in columns), sizes, strict=True))["title"]
    assert sum(sizes) + len(columns) - 1 == width or title == 1
    if width >= 44:
        assert title >= 12


def test_a_new_incident_carries_its_mark_until_seen() -> None:
    assert cells(row(new=True))["seen"] == "●"
    assert cells(row(changed=True))["seen"] == "○"
    assert cells(row())["seen"] == ""
    assert cells(row(new=True, signs=ASCII_SIGNS))["seen"] == "*"
    assert cells(row(changed=True, signs=ASCII_SIGNS))["seen"] == "~"


def test_pending_actions_are_counted_and_the_count_stays_narrow() -> None:
    assert cells(row(pending=2))["pending"] == "+2"
    assert cells(row(pending=1234))["pending"] == "+99"
    assert cells(row())["pending"] == ""


def test_major_is_a_letter() -> None:
    assert cells(row(incident(major=True)))["major"] == "M"


def test_what_the_backend_does_not_tell_is_a_dash() -> None:
    bare = cells(row(incident(priority=None, created_at=None)))
    assert bare["priority"] == "–"
    assert bare["age"] == "–"
    assert bare["sla"] == ""


def test_age_counts_from_when_it_was_opened() -> None:
    assert cells(row())["age"] == "12m"
    assert cells(row(incident(created_at=NOW + timedelta(minutes=5))))["age"] == "0s"


def test_a_deadline_that_is_far_is_just_the_time_left() -> None:
    cell = sla_cell(row(clock(timedelta(hours=3), whole=timedelta(hours=4))))
    assert (cell.text, cell.look) == ("3h00", Look.CALM)


def test_a_deadline_says_in_a_sign_when_most_of_the_time_is_gone() -> None:
    cell = sla_cell(row(clock(timedelta(minutes=9), whole=timedelta(hours=1))))
    assert (cell.text, cell.look) == ("! 9m", Look.SOON)
    unknown_start = sla_cell(row(clock(timedelta(minutes=14))))
    assert unknown_start.text == "! 14m"


def test_a_deadline_that_passed_says_late_even_where_the_backend_has_not_noticed() -> None:
    cell = sla_cell(row(clock(timedelta(minutes=-12))))
    assert (cell.text, cell.look) == ("late 12m", Look.LATE)
    told = sla_cell(row(clock(timedelta(minutes=-12), ClockState.BREACHED)))
    assert told.text == "late 12m"


def test_a_paused_clock_shows_no_time() -> None:
    assert sla_cell(row(clock(timedelta(hours=1), ClockState.PAUSED))).text == "‖ paused"


def test_why_a_bulk_action_failed_stands_before_the_title() -> None:
    assert cells(row(failure="not yours"))["title"] == "not yours · Mail is slow"


def test_mine_is_called_me() -> None:
    mine = row(incident(assignee="anna", assignee_name="Anna Holm"), me="anna")
    assert cells(mine, 120)["assignee"] == "me"
    theirs = row(incident(assignee="bo", assignee_name="Bo Lind"), me="anna")
    assert cells(theirs, 120)["assignee"] == "Bo Lind"
    assert cells(row(me="anna"), 120)["assignee"] == "nobody"


def test_with_several_backends_the_number_tells_which() -> None:
    column = next(c for c in columns_for(77, several_backends=True) if c.name == "number")
    assert column.cell(row()).text == "rt:1042"


def test_of_a_long_reference_the_number_stays_whole() -> None:
    def told(backend: str, number: str, width: int, longest: int) -> str:
        columns = columns_for(width, number_width=longest, several_backends=True)
        column = next(column for column in columns if column.name == "number")
        words = column.cell(row(incident(backend=backend, number=number))).text
        assert len(words) <= column.width
        return words

    assert told("snow", "INC0010134", 77, 15) == "snow:INC0010134"
    assert told("servicenow", "INC0010134", 77, 21) == "serv…:INC0010134"
    assert told("servicenow", "INC0010134", 60, 21) == "INC0010134"
    assert told("servicenow", "INC0010134", 110, 21) == "servicen…:INC0010134"


def test_the_configs_parts_of_the_time_draw_the_eye_one_after_the_other() -> None:
    half = clock(timedelta(minutes=40), whole=timedelta(minutes=100))
    early = sla_cell(row(half, warn=(0.5, 0.8)))
    assert (early.text, early.look) == ("40m", Look.SOON)
    late = sla_cell(row(clock(timedelta(minutes=10), whole=timedelta(minutes=100)), warn=(0.5, 0.8)))
    assert (late.text, late.look) == ("! 10m", Look.SOON)
    assert sla_cell(row(half)).look is Look.CALM


@pytest.mark.parametrize(("kind", "word"), [("escalation", "esc"), ("update", "upd"), ("reminder", "rem")])
def test_a_clock_that_breaks_no_promise_says_which_one_it_is(kind: str, word: str) -> None:
    step = SlaClock("step 2", NOW + timedelta(minutes=9), ClockState.RUNNING, None, ClockKind(kind))
    assert sla_cell(row(incident(sla=(step,)))).text == f"{word} 9m"
    over = replace(step, due_at=NOW - timedelta(minutes=1))
    assert sla_cell(row(incident(sla=(over,)))).text == f"{word} due"
