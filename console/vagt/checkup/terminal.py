"""What the terminal can do, as far as it tells: size, colours, letters, and copying out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from vagt.checkup.finding import Finding, ok, skipped, warning

_COLUMNS, _ROWS = 80, 24
_COPIES = ("xterm-kitty", "foot", "alacritty", "wezterm", "xterm-ghostty", "tmux")
_COPYING_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "ghostty", "vscode", "kitty"})


@dataclass(frozen=True, slots=True)
class Terminal:
    """What can be known of a terminal without asking it anything."""

    size: tuple[int, int] | None
    """Columns and rows; None where there is no terminal."""
    environ: Mapping[str, str]
    encoding: str
    """What letters leave this program in."""
    clipboard: str = ""
    """tmux's option `set-clipboard`; empty outside of tmux."""


def here() -> Terminal:
    """The terminal that this process runs on. Asks tmux one question where there is one."""
    size: tuple[int, int] | None = None
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            if stream is not None and stream.isatty():
                columns, rows = os.get_terminal_size(stream.fileno())
                size = (columns, rows)
                break
        except (OSError, ValueError):
            continue
    return Terminal(size, os.environ, getattr(sys.__stdout__, "encoding", "") or "", _clipboard() if size else "")


def _clipboard() -> str:
    program = shutil.which("tmux")
    if "TMUX" not in os.environ or program is None:
        return ""
    try:
        told = subprocess.run(
            [program, "show-options", "-sv", "set-clipboard"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip()


def check_terminal(terminal: Terminal) -> list[Finding]:
    """Everything that the console would like to have of it."""
    if terminal.size is None:
        return [skipped("terminal", "none here: the output goes to a pipe or a file")]
    return [_screen(terminal), _colours(terminal.environ), _letters(terminal), _copying(terminal)]


def _screen(terminal: Terminal) -> Finding:
    assert terminal.size is not None
    columns, rows = terminal.size
    kind = terminal.environ.get("TERM", "")
    inside = [word for word, name in (("in tmux", "TMUX"), ("in screen", "STY")) if terminal.environ.get(name)]
    if terminal.environ.get("SSH_CONNECTION") or terminal.environ.get("SSH_TTY"):
        inside.append("over ssh")
    words = ", ".join([f"{columns}×{rows}", f"TERM={kind or 'nothing'}", *inside])
    if kind in ("", "dumb", "unknown"):
        return warning("terminal", f"{words}: the console cannot be drawn on it", "set TERM, as in TERM=xterm-256color")
    if columns < _COLUMNS or rows < _ROWS:
        remedy = f"make the window larger: {_COLUMNS}×{_ROWS} shows everything"
        return warning("terminal", f"{words}: some columns and lines will not fit", remedy)
    return ok("terminal", words)


def _colours(environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        return ok("colours", "none, as $NO_COLOR wants it: priorities and states have letters as well")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return ok("colours", "16 million")
    if "256" in environ.get("TERM", "") or environ.get("TERM", "").endswith(("-direct", "kitty", "alacritty", "foot")):
        return ok("colours", "256; COLORTERM=truecolor gives the finer ones where the terminal can")
    return warning("colours", "16 or fewer", "set TERM=xterm-256color where your terminal can do more")


def _letters(terminal: Terminal) -> Finding:
    if terminal.encoding.lower().replace("-", "") == "utf8":
        return ok("letters", "UTF-8")
    words = f"{terminal.encoding or 'unknown'}: names and lines will show as question marks"
    return warning("letters", words, "use a UTF-8 locale, as in LANG=C.UTF-8")


def _copying(terminal: Terminal) -> Finding:
    """`y` copies by OSC 52 (xterm, “Control Sequences”); nothing tells for sure whether that is heard."""
    environ = terminal.environ
    if terminal.clipboard in ("external", "off"):
        words = f"tmux keeps what y and Y copy to itself (set-clipboard {terminal.clipboard})"
        return ok("copying", f"{words}; “set -s set-clipboard on” in ~/.tmux.conf passes it on")
    if environ.get("STY"):
        return ok("copying", "screen does not pass on what y and Y copy; select with the mouse instead")
    if environ.get("VTE_VERSION") or environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return ok("copying", "this terminal does not take what y and Y copy; select with the mouse instead")
    known = environ.get("TERM_PROGRAM") in _COPYING_PROGRAMS or "WT_SESSION" in environ
    if known or environ.get("TERM", "").startswith(_COPIES):
        return ok("copying", "y and Y reach the clipboard; pasted text is told from typed keys")
    return ok("copying", "y and Y reach the clipboard where the terminal allows it (OSC 52); pasting is safe")
