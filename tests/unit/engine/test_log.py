"""The log file: JSON lines, turned over, and never a secret in it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, opened, settle
from vagt.adapters.protocol import UnavailableError
from vagt.domain.clock import ManualClock
from vagt.engine.log import HIDDEN, JsonLines, Redactor, begin, end


def logger_to(handler: JsonLines) -> logging.Logger:
    logger = logging.Logger("vagt.test")
    logger.addHandler(handler)
    return logger


def test_a_line_says_when_how_grave_from_where_and_what_went_wrong(tmp_path: Path) -> None:
    logger = logger_to(JsonLines(tmp_path / "vagt.log", Redactor()))
    try:
        raise ValueError("bad\nthing")
    except ValueError:
        logger.exception("it failed: %s", "why")
    (line,) = (tmp_path / "vagt.log").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["from"], entry["text"]) == ("error", "vagt.test", "it failed: why")
    assert "ValueError: bad" in entry["trace"]
    assert (tmp_path / "vagt.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic c2VjcmV0dmFsdWU=",
        "'authorization': 'token secretvalue'",
        "https://anna:secretvalue@rt.example/REST",
        "password=secretvalue&user=anna",
        '{"api_key": "secretvalue"}',
        "Cookie: secretvalue",
        "learned: secretvalue",
    ],
)
def test_what_is_a_secret_or_looks_like_one_is_hidden(text: str) -> None:
    redactor = Redactor()
    if text.startswith("learned"):
        redactor.learn("secretvalue")
    cleaned = redactor.clean(text)
    assert "secretvalue" not in cleaned and "c2VjcmV0dmFsdWU" not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize("text", ["Token ring is down", "https://rt.example/Ticket/1?a=b", "mail to anna@example.org"])
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor().clean(text) == text


async def test_a_secret_that_the_engine_hands_out_never_reaches_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path, World(ManualClock(START)), start=False) as bench:
        bench.session.before["changes"] = [UnavailableError("refused for hunter2-secret"), KeyError("hunter2-secret")]
        await bench.engine.start()
        await bench.pass_time(10)
        await settle()
    text = (tmp_path / "vagt.log").read_text()
    assert "refused for" in text and "KeyError" in text
    assert "hunter2" not in text


def test_a_long_file_is_turned_over_and_only_some_are_kept(tmp_path: Path) -> None:
    logger = logger_to(JsonLines(tmp_path / "vagt.log", Redactor(), limit=500))
    for number in range(100):
        logger.warning("line %d", number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["vagt.log", "vagt.log.1", "vagt.log.2", "vagt.log.3"] or names == [
        "vagt.log.1", "vagt.log.2", "vagt.log.3",
    ]  # fmt: skip
    assert all(path.stat().st_size < 1000 for path in tmp_path.iterdir())
    assert "line 99" in "".join(path.read_text() for path in tmp_path.iterdir())


def test_a_log_that_cannot_be_written_disturbs_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logger_to(JsonLines(tmp_path / "no" / "such" / "vagt.log", Redactor())).error("x")
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_nothing_goes_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = begin(tmp_path / "vagt.log", Redactor())
    logging.getLogger("vagt.somewhere").error("x")
    end(handler)
    assert capsys.readouterr().err == ""
    assert "x" in (tmp_path / "vagt.log").read_text()
