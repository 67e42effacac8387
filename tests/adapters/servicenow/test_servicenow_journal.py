"""Notes and comments: read entry by entry, or as the form shows them, in any account's zone and format."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.servicenow.acts import act, command, mirrored, one
from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from vagt.adapters.conformance import Fault
from vagt.adapters.protocol import AdapterError, ForbiddenError, Seen
from vagt.adapters.servicenow.journal import account_format, entries_in
from vagt.domain.commands import Comment, Note, Verb
from vagt.domain.timeline import EntryKind

WORDS = "first line\n\n- a list (with brackets)\n  indented\nlast"


async def test_words_are_told_as_they_are_and_html_is_read(rig: SnowRig) -> None:
    (id,) = await rig.seed(["with words"])
    session = await rig.connect()
    await act(session, id, Note(text=WORDS))
    await act(session, id, Comment(text="for <all>"))
    rig.instance.save(id, by="bo", work_notes="see [code]<p>one</p><p>two</p>[/code]")
    entries = await session.timeline(id)
    said = [(e.kind, e.public, e.text, e.by) for e in entries if e.kind in (EntryKind.NOTE, EntryKind.COMMENT)]
    assert (EntryKind.NOTE, False, WORDS, "Anna Holm") in said
    assert (EntryKind.COMMENT, True, "for <all>", "Anna Holm") in said
    assert any(text.startswith("see one") and "<p>" not in text for _, _, text, _ in said)


@pytest.mark.parametrize(
    ("zone", "date_format", "time_format"),
    [
        ("UTC", "", ""),
        ("Europe/Copenhagen", "dd-MM-yyyy", "HH:mm:ss"),
        ("America/New_York", "MM/dd/yyyy", "hh:mm:ss a"),
        ("Australia/Sydney", "dd.MM.yyyy", "HH:mm:ss"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
async def test_a_closed_journal_is_read_as_the_form_shows_it(
    rigs: MakeRig, zone: str, date_format: str, time_format: str, told: bool
) -> None:
    rig = await rigs(hide_journal=True)
    user = rig.instance.store.tables["sys_user"][rig.instance.world.users["anna"]]
    user["time_zone"] = zone
    if told:
        user |= {"date_format": date_format, "time_format": time_format}
    elif date_format:
        rig.instance.quirks.user_date_format = f"{date_format} {time_format}"
    (id,) = await rig.seed(["with words"])
    session = await rig.connect()
    await act(session, id, Note(text=WORDS))
    rig.instance.store.advance(2)
    await act(session, id, Comment(text="outside"))
    entries = [e for e in await session.timeline(id) if e.kind in (EntryKind.NOTE, EntryKind.COMMENT)]
    assert [(e.kind, e.text) for e in entries] == [(EntryKind.NOTE, WORDS), (EntryKind.COMMENT, "outside")]
    assert all(abs(e.at - rig.instance.store.now()) < timedelta(days=1) for e in entries)
    if told or not date_format:
        assert all(abs(e.at - rig.instance.store.now()) < timedelta(seconds=30) for e in entries)


async def test_after_a_lost_answer_words_are_found_in_a_closed_journal(rigs: MakeRig) -> None:
    rig = await rigs(hide_journal=True)
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    base = await one(session, id)
    sent, unsent = command(Note(text="lost words"), base), command(Note(text="other words"), base)
    async with rig._fault(Fault.LOST_ANSWER):
        with pytest.raises(AdapterError):
            await session.perform(sent, base.version)
    assert await session.seen(sent, sent.at) is Seen.YES
    assert await session.seen(unsent, datetime.now(UTC) - timedelta(seconds=5)) is Seen.NO


async def test_where_no_journal_is_seen_at_all_nobody_claims_to_know(rigs: MakeRig) -> None:
    rig = await rigs(hide_journal=True, hidden_fields={"work_notes", "comments"})
    (id,) = await rig.seed(["dark"])
    session = await rig.connect()
    done = await act(session, id, Note(text="into the dark"))
    assert "nobody can say" in done.message
    assert rig.instance.words(id, "work_notes") == ("into the dark",)
    base = await one(session, id)
    again = command(Note(text="again"), base)
    assert await session.seen(again, again.at) is Seen.UNKNOWN
    rig.instance.quirks.ignore_fields = {"work_notes"}
    with pytest.raises(ForbiddenError, match="stored no work note"):
        await act(session, id, Note(text="not taken"))


async def test_a_note_alone_is_news_for_a_poll(rig: SnowRig) -> None:
    (id,) = await rig.seed(["quiet"])
    mirror = await mirrored(await rig.connect())
    rig.instance.save(id, work_notes="news")
    await mirror.poll()
    assert mirror.incidents[id].version == "1"


async def test_the_field_history_is_told_where_it_may_be_read(rigs: MakeRig) -> None:
    rig = await rigs(hide_audit=False)
    (id,) = await rig.seed(["watched"])
    rig.instance.save(id, state="2", assigned_to=rig.instance.world.users["bo"])
    session = await rig.connect()
    await session.fields(Verb.HOLD, id)
    texts = {entry.text for entry in await session.timeline(id)}
    assert {"state: New → In Progress", "assigned to: – → Bo Lund"} <= texts


async def test_a_closed_history_is_asked_for_once(rig: SnowRig) -> None:
    (id,) = await rig.seed(["watched"])
    session = await rig.connect()
    for _ in range(3):
        await session.timeline(id)
    assert len([line for line in rig.log if line.path.endswith("/sys_audit")]) == 1


_names = st.text(alphabet="abc ÆØ-.", min_size=1, max_size=12).map(lambda name: f"X{name.strip()}")
_texts = st.text(alphabet="abc \n()-:0129/ÆØ", max_size=60)


@given(st.lists(st.tuples(st.integers(0, 10**8), _names, _texts), max_size=6), st.sampled_from(["dd/MM/yyyy HH:mm:ss"]))
def test_what_the_form_shows_is_taken_apart_as_it_was_put_together(said: list[tuple[int, str, str]], java: str) -> None:
    zone, pattern = ZoneInfo("Europe/Copenhagen"), account_format(*java.split(" "))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ordered = sorted(((start + timedelta(seconds=at), who, text) for at, who, text in said), key=lambda e: e[0])
    ordered = [entry for entry in ordered if not re.search(r"^\d[\d/.\-]+ \d[\d:]+ - ", entry[2], re.MULTILINE)]
    shown = "".join(
        f"{at.astimezone(zone).strftime(pattern)} - {who} (Work notes)\n{text}\n\n"
        for at, who, text in reversed(ordered)
    )
    row: dict[str, Any] = {"work_notes": {"display_value": shown, "value": ""}}
    entries = entries_in(row, zone, [pattern])
    assert sorted(entry.text for entry in entries) == sorted(text for _, _, text in ordered)
    assert len(entries) == len(ordered)


@given(st.text(max_size=200), st.sampled_from(["work_notes", "comments"]))
def test_any_text_is_survived(text: str, name: str) -> None:
    entries_in({name: text}, UTC, [])
    entries_in({name: {"display_value": f"2026-01-01 10:00:00 - A (B)\n{text}"}}, UTC, ["%Y-%m-%d %H:%M:%S"])
