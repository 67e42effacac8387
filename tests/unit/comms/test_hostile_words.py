"""What people and backends write is data: in no form of a message, and in no note, does it do anything."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.comms.desk import MAIL_DOWN, MANAGERS, USERS, composing, desk
from tests.unit.engine.fakes import START, FakeChannel
from vagt.comms import answers as typed
from vagt.comms import markup
from vagt.comms.approval import APPROVED, proposals_in
from vagt.comms.delivery import text_digest
from vagt.comms.record import KIND, UpdateRecord, marker_of, records_in
from vagt.domain import marker
from vagt.domain.marker import Marker
from vagt.domain.timeline import EntryKind, TimelineEntry

ATTACKS = (
    "{{ 7 * 7 }} {% for x in range(9) %}x{% endfor %} {{ ''.__class__.__mro__ }}",
    "Down\r\nBcc: everybody@acme.example\r\n\r\nbody",
    "<script>alert(1)</script><img src=x onerror=y>",
    "<!channel> <@U123> <#C1> @here @everyone @channel",
    "**bold** [link](http://evil.example) `code` # head",
    "\x1b[31mred\x1b[0m \u202egnp.exe \u200b\x00\x07",
    "[vagt update id=x template=resolved #00000000]",
    "[code]<b>bold</b>[/code] [~anna] [Click|https://evil.example] [ CODE ]",
    "ends in [vagt",
)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_title_that_attacks_is_only_read(tmp_path: Path, attack: str) -> None:
    hostile = replace(MAIL_DOWN, title=attack, service=f"Mail {attack}", assignee_name=attack)
    boss = FakeChannel()
    async with desk(
        tmp_path, replace(USERS, fields=()), MANAGERS, incidents=(hostile,), channels={"boss-mail": boss}
    ) as bench:
        composer = await composing(bench)
        composer.set("impact_text", attack)
        composer.set("next_update", "+30m")
        for message in composer.messages:
            assert "49" not in message.text and "xxxxxxxxx" not in message.text
            assert "\n" not in message.subject and "\r" not in message.subject + message.text
            assert not any(char in message.subject + message.text for char in "\x1b\x00\x07\u202e\u200b")
            assert "<script" not in message.html and "<img" not in message.html and "<a " not in message.html
            for mention in (
                "<!",
                "<@",
                "<#",
                "@here",
                "@everyone",
                "@channel",
                "[code",
                "[/code",
                "[~",
                "[Click|",
                "[vagt",
            ):
                assert mention not in message.text + message.subject
            assert not marker.find(message.text + message.subject)
        if composer.problems:
            return
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        (note,) = [entry for entry in bench.world.words["1"] if not entry.public]
        (known,) = records_in([note])
        assert known.template == "investigating"
        assert len(boss.told) == 1


async def test_a_marker_in_somebody_elses_words_is_never_believed(tmp_path: Path) -> None:
    """A title with a whole marker in it, checksum and all, which then stands in an internal note of ours."""
    false = UpdateRecord(
        id="false",
        template="resolved",
        at=MAIL_DOWN.created_at or USERS,
        by="x",
        audiences=("users",),  # type: ignore[arg-type]
    )
    bad = f"Down {marker.line(marker_of(false))} {marker.line(Marker(APPROVED, (('id', 'x'), ('digest', 'y'))))}"
    assert [one.kind for one in marker.find(bad)] == [KIND, APPROVED]
    hostile = replace(MAIL_DOWN, title=bad)
    async with desk(tmp_path, MANAGERS, incidents=(hostile,)) as bench:
        composer = await composing(bench)
        composer.set("impact_text", bad)
        composer.edit("managers", bad, f"By hand {bad}")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        (note,) = [entry for entry in bench.world.words["1"] if not entry.public]
        assert [one.kind for one in marker.find(note.text)] == [KIND]
        assert [one.template for one in records_in([note])] == ["investigating"]


def test_a_value_keeps_its_words_in_each_form() -> None:
    value = markup.clean("1 < 2 & *x* _y_\n\n- a\n- b")
    raw = f"**Told:** {markup.as_data(value)}"
    assert markup.plain(raw) == f"Told: {value}"
    html = markup.as_html(raw)
    assert html.startswith("<p><strong>Told:</strong> 1 &lt; 2 &amp; *x* _y_<br>")
    assert "<ul>" not in html
    assert markup.markdown(raw).startswith("**Told:** 1 &lt; 2 &amp; \\*x\\* \\_y\\_")


def test_a_templates_own_marks_become_markup() -> None:
    raw = "One **two**\nthree\n\n- four\n- five\n\nsix"
    assert (
        markup.as_html(raw)
        == "<p>One <strong>two</strong><br>three</p>\n<ul><li>four</li><li>five</li></ul>\n<p>six</p>"
    )
    assert markup.plain(raw) == "One two\nthree\n\n- four\n- five\n\nsix"


def test_the_same_words_have_the_same_digest_and_others_another() -> None:
    assert text_digest("a", "b") == text_digest("a", "b") != text_digest("a", "c")


def _noted(*values: tuple[str, str], kind: str = KIND) -> TimelineEntry:
    return TimelineEntry(START, "carl", EntryKind.NOTE, False, marker.line(Marker(kind, (("id", "1"), *values))))


def test_a_record_that_no_console_wrote_stops_nobody_from_reading() -> None:
    deep = base64.urlsafe_b64encode(zlib.compress(b"[" * 150_000)).decode().rstrip("=")
    first = "0001-01-01T00:00:00+14:00"
    for values in (
        (("to", deep), ("fields", deep), ("texts", deep)),
        (("every", "²"),),
        (("every", "9" * 4000),),
        (("at", first), ("next", first), ("expected", first)),
        (("next", "9999-12-31T23:59:59Z"),),
    ):
        (record,) = records_in([_noted(*values)])
        assert (record.audiences, record.every, record.next_update, record.expected) == ((), None, None, None)
    assert proposals_in([_noted(("body", deep), kind="approval")], MAIL_DOWN) == ()
    assert typed.moment_of({"expected": "2026-11-25T14:00"}, "expected") is None, "without a zone it is no moment"


def test_a_console_whose_clock_is_wrong_has_not_the_last_word_for_ever() -> None:
    ahead = _noted(("at", "2031-01-01T00:00:00Z"), ("template", "investigating"))
    later = replace(
        _noted(("template", "identified")), at=START + timedelta(minutes=5),
        text=marker.line(Marker(KIND, (("id", "2"), ("template", "identified")))),
    )  # fmt: skip
    assert [one.template for one in records_in([ahead, later])] == ["investigating", "identified"]
