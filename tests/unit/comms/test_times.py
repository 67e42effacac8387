"""When something began or ended is typed in the past, when it is to be in the future."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.unit.comms.desk import composing, desk
from vagt.comms.answers import AnswerError, read
from vagt.comms.catalogue import BY_NAME

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("13:45", "25 13:45"),
        ("14:00", "25 14:00"),
        ("14:30", "24 14:30"),
        ("-30m", "25 13:30"),
        ("- 2h", "25 12:00"),
        ("2026-11-23T08:00", "23 08:00"),
    ],
)
@pytest.mark.parametrize("name", ["started", "resolved"])
def test_what_has_come_is_the_last_such_time(name: str, text: str, there: str) -> None:
    moment = datetime.fromisoformat(read(BY_NAME[name], text, now=NOW, zone=ZONE))
    assert f"{moment.astimezone(ZONE):%d %H:%M}" == there


@pytest.mark.parametrize("text", ["+30m", "2026-11-25T18:00"])
def test_what_is_still_to_come_has_not_begun(text: str) -> None:
    with pytest.raises(AnswerError, match="is still to come"):
        read(BY_NAME["started"], text, now=NOW, zone=ZONE)


@pytest.mark.parametrize("name", ["next_update", "expected", "window_start"])
def test_what_is_to_come_is_the_next_such_time(name: str) -> None:
    moment = datetime.fromisoformat(read(BY_NAME[name], "13:45", now=NOW, zone=ZONE))
    assert f"{moment.astimezone(ZONE):%d %H:%M}" == "26 13:45"


async def test_tab_offers_times_that_have_come_where_one_is_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        assert [one.text for one in composer.complete("started", "-1")] == ["-15m", "-1h"]
        assert all(one.label for one in composer.complete("started", ""))
        assert composer.complete("started", "+30m") == ()
        assert [one.text for one in composer.complete("next_update", "+1")] == ["+15m", "+1h"]
