"""Whatever a backend says, a queue row is exactly as wide as its list, safe to show, and never an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.screens.queue.doubles import START, PuppetEngine, incident
from vagt.domain.incident import ClockState, Incident, Key, SlaClock, State
from vagt.domain.ordering import DEFAULT_SORT
from vagt.domain.query import EVERYTHING
from vagt.ui.glyphs import ASCII_SIGNS, UNICODE_SIGNS
from vagt.ui.paint import paints
from vagt.ui.screens.queue.model import QueueModel
from vagt.ui.themes import THEMES, variables_of
from vagt_widgets.list_model import RowState

TEXT = st.text(max_size=60) | st.just("\x1b[31m日本語\u202e[/red]" * 9)
MAYBE = st.none() | TEXT
MOMENT = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC))
CLOCKS = st.builds(SlaClock, TEXT, MOMENT, st.sampled_from(ClockState), MOMENT)


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    return incident(
        1,
        draw(TEXT),
        number=draw(TEXT),
        state=draw(st.sampled_from(State)),
        native_state=draw(TEXT),
        priority=draw(st.none() | st.integers(1, 5)),
        major=draw(st.booleans()),
        team=draw(MAYBE),
        assignee=draw(MAYBE),
        assignee_name=draw(MAYBE),
        service=draw(MAYBE),
        created_at=draw(MOMENT),
        updated_at=draw(MOMENT),
        sla=tuple(draw(st.lists(CLOCKS, max_size=3))),
    )


@given(incidents(), st.integers(1, 240), st.booleans(), st.booleans(), st.booleans())
def test_a_row_fills_its_width_exactly_and_holds_nothing_that_a_terminal_obeys(
    subject: Incident, width: int, cursor: bool, marked: bool, plain_signs: bool
) -> None:
    engine = PuppetEngine([subject])
    view = engine.board.open_view(EVERYTHING, DEFAULT_SORT)
    model = QueueModel(
        engine,  # type: ignore[arg-type]
        view,
        paints=paints(variables_of(THEMES[0])),
        signs=ASCII_SIGNS if plain_signs else UNICODE_SIGNS,
        failures={Key("desk", "1"): subject.title},
    )
    text = "".join(segment.text for segment in model.render(subject.key, width, RowState(cursor, marked, True)))
    columns, sizes = model.columns(width)
    assert cell_len(text) == sum(sizes) + len(columns) - 1
    if width >= 30:
        assert cell_len(text) == width
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200b" for char in text)
    engine.clock.advance(timedelta(days=1).total_seconds())
    assert model.outdated([subject.key]) <= {subject.key}
    assert engine.clock.now() > START
