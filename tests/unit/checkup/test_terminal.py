"""What is said of terminals, from what they tell of themselves."""

from __future__ import annotations

import pytest

from vagt.checkup.finding import Finding, Status
from vagt.checkup.terminal import Terminal, check_terminal

GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def found(
    size: tuple[int, int] | None = (80, 24), encoding: str = "utf-8", clipboard: str = "", **environ: str
) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_terminal(Terminal(size, GOOD | environ, encoding, clipboard))}


def test_a_good_terminal() -> None:
    told = found()
    assert {finding.status for finding in told.values()} == {Status.OK}
    assert told["terminal"].message == "80×24, TERM=xterm-256color"
    assert told["colours"].message == "16 million"


def test_no_terminal_is_nothing_to_complain_of() -> None:
    told = found(None)
    assert [finding.status for finding in told.values()] == [Status.SKIPPED]


@pytest.mark.parametrize("size", [(79, 24), (80, 23)])
def test_one_that_is_too_small(size: tuple[int, int]) -> None:
    told = found(size)["terminal"]
    assert told.status is Status.WARNING
    assert "80×24" in told.remedy


def test_one_that_cannot_be_drawn_on() -> None:
    assert "cannot be drawn" in found(TERM="dumb")["terminal"].message
    assert "TERM=nothing" in found(TERM="")["terminal"].message


def test_where_it_runs() -> None:
    told = found(TMUX="/tmp/x", SSH_CONNECTION="1 2 3 4")["terminal"]
    assert told.message.endswith("in tmux, over ssh")


def test_colours() -> None:
    assert found(COLORTERM="")["colours"].message.startswith("256")
    assert found(COLORTERM="", TERM="xterm")["colours"].status is Status.WARNING
    assert "NO_COLOR" in found(NO_COLOR="1")["colours"].message


def test_letters() -> None:
    told = found(encoding="ascii")["letters"]
    assert told.status is Status.WARNING
    assert "LANG=C.UTF-8" in told.remedy
    assert found(encoding="UTF8")["letters"].status is Status.OK


@pytest.mark.parametrize(
    ("environ", "clipboard", "says"),
    [
        ({"TMUX": "x"}, "external", "set -s set-clipboard on"),
        ({"TMUX": "x"}, "on", "reach the clipboard where the terminal allows it"),
        ({"STY": "x"}, "", "screen does not pass on"),
        ({"VTE_VERSION": "7600"}, "", "does not take what y and Y copy"),
        ({"TERM_PROGRAM": "WezTerm"}, "", "y and Y reach the clipboard;"),
    ],
)
def test_copying(environ: dict[str, str], clipboard: str, says: str) -> None:
    assert says in found(clipboard=clipboard, **environ)["copying"].message
