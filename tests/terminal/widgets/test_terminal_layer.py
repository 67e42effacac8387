"""What happens at the two ends of a run: the first picture, and a terminal that goes away."""

from __future__ import annotations

import os
import signal
import termios
from pathlib import Path

import pytest

from tests.terminal.widgets.pty_run import PtyRun
from tests.waiting import best_of
from vagt_widgets.first_picture import save

APP = str(Path(__file__).with_name("small_app.py"))

pytestmark = pytest.mark.terminal


@pytest.mark.parametrize("ignore_hangup", [False, True], ids=["hangup heard", "hangup ignored"])
def test_a_closed_terminal_ends_the_process_within_a_second(tmp_path: Path, ignore_hangup: bool) -> None:
    def once() -> float:
        with PtyRun(APP, str(tmp_path / "picture"), ignore_hangup=ignore_hangup) as run:
            run.wait_for("ready")
            run.hang_up()
            code, seconds = run.exit_within(20.0)
        # 7: the clean way; on a machine too busy for that the deadline ends it.
        assert code in {7, 128 + signal.SIGHUP}
        return seconds

    assert best_of(once, 1.0) < 1.0


def test_a_program_that_is_stuck_is_ended_all_the_same(tmp_path: Path) -> None:
    def once() -> float:
        with PtyRun(APP, str(tmp_path / "picture"), "stuck", ignore_hangup=True) as run:
            run.wait_for("ready")
            run.hang_up()
            code, seconds = run.exit_within(20.0)
        assert code == 128 + signal.SIGHUP
        return seconds

    assert 0.5 < best_of(once, 1.0) < 1.0


def test_being_asked_to_end_puts_the_terminal_back(tmp_path: Path) -> None:
    def once() -> float:
        with PtyRun(APP, str(tmp_path / "picture")) as run:
            run.wait_for("ready")
            os.kill(run.pid, signal.SIGTERM)
            code, seconds = run.exit_within(20.0)
            run.read(0.1)
            assert b"Traceback" not in run.output
            if seconds < 1.0:
                assert code == 7, "the clean way"
                assert b"\x1b[?1049l" in run.output
        return seconds

    assert best_of(once, 1.0) < 1.0


def go(picture: Path) -> None:
    """Let a program that has begun slowly go on."""
    picture.with_name(f"{picture.name}.go").touch()


def local_flags(run: PtyRun) -> int:
    return int(termios.tcgetattr(run.fd)[3])


def test_the_last_picture_stands_there_at_once_and_says_so(tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    assert save(str(picture), "\x1b[3Hyesterday's rows", 60, 12, now=1234.0)
    assert picture.stat().st_mode & 0o777 == 0o600
    with PtyRun(APP, str(picture), "slow") as run:
        shown = run.wait_for("yesterday's rows")
        assert "as of 1234, connecting" in shown
        assert not local_flags(run) & termios.ECHO
        run.type("jk\r")
        go(picture)
        shown = run.wait_for("keys=jkenter")
        assert "yesterday" not in shown
        assert run.output.count(b"\x1b[?1049h") == 1, "taken over without entering, and so clearing, again"
        assert b"\x1b[2J" not in run.output
        run.type("q")
        assert run.exit_within(20.0)[0] == 0
        assert local_flags(run) & termios.ECHO


def test_what_is_kept_at_the_end_is_the_next_first_picture(tmp_path: Path) -> None:
    picture = str(tmp_path / "picture")
    with PtyRun(APP, picture) as run:
        run.wait_for_bytes(b"nothing kept, connecting")
        run.wait_for("ready")
        run.type("x")
        run.wait_for("keys=x")
        run.type("q")
        assert run.exit_within(20.0)[0] == 0
    with PtyRun(APP, picture, "slow") as run:
        run.wait_for("keys=x")
        assert "as of 1000" in run.screen.display[0]


def test_a_picture_of_another_size_or_cut_short_is_not_shown(tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    save(str(picture), "wrong size", 61, 12)
    with PtyRun(APP, str(picture), "slow") as run:
        assert "wrong size" not in run.wait_for("nothing kept")
    save(str(picture), "cut short", 60, 12)
    picture.write_bytes(picture.read_bytes()[:-1])
    with PtyRun(APP, str(picture), "slow") as run:
        assert "cut short" not in run.wait_for("nothing kept")


def test_a_failed_start_puts_the_terminal_back(tmp_path: Path) -> None:
    with PtyRun(APP, str(tmp_path / "picture"), "fail") as run:
        assert run.exit_within(20.0)[0] == 1
        assert local_flags(run) & termios.ECHO
        assert run.output.index(b"\x1b[?1049h") < run.output.index(b"\x1b[?1049l")


PASTE = "please do this:\nq\nand then that\n"


def test_a_marked_paste_is_no_keys(tmp_path: Path) -> None:
    with PtyRun(APP, str(tmp_path / "picture")) as run:
        run.wait_for("ready")
        run.type(f"\x1b[200~{PASTE}\x1b[201~")
        assert "keys= " in run.wait_for(f"pasted={len(PASTE)}")


@pytest.mark.parametrize("term", ["xterm-256color", "linux"])
def test_an_unmarked_paste_is_no_keys_either(tmp_path: Path, term: str) -> None:
    with PtyRun(APP, str(tmp_path / "picture"), TERM=term) as run:
        run.wait_for("ready")
        run.type(PASTE)
        assert "keys= " in run.wait_for(f"pasted={len(PASTE)}")
        run.read(0.2)
        run.type("jjjjjjjjjjjjjjjjjj")
        run.wait_for("keys=" + "j" * 18)


def test_coming_back_from_the_shell_paints_the_screen_again(tmp_path: Path) -> None:
    with PtyRun(APP, str(tmp_path / "picture")) as run:
        run.wait_for("ready")
        os.kill(run.pid, signal.SIGTSTP)
        run.wait_for_bytes(b"\x1b[?1049l")
        run.read(0.3)
        run.output = b""
        os.kill(run.pid, signal.SIGCONT)
        run.wait_for_bytes(b"ready")
        run.type("x")
        run.wait_for("keys=x")
