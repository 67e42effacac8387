"""Where the program begins: a bare `vagt` opens the console, anything else is a command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vagt.config.settings import Settings

_WITH_VALUE = {"--config": "config", "--data-dir": "data_dir"}


def main(argv: list[str] | None = None) -> int:
    """Run with `argv` (without the program's name); the exit code comes back."""
    os.umask(0o077)  # whatever we write is for its owner only
    _leave_no_core_file()
    _open_what_is_closed()
    arguments = sys.argv[1:] if argv is None else argv
    console = _opens_console(arguments)
    try:
        if console is None:
            from vagt.cli.main import run as run_command

            return run_command(arguments, _screens)
        return _open_console(console)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # whoever read us has enough; nothing must be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


async def _screens(settings: Settings, folder: Path) -> tuple[str, int]:
    if words := _unfit():
        return words, 2
    from vagt.ui.start import open_on

    return await open_on(settings, folder)


def _leave_no_core_file() -> None:
    """What the memory holds, secrets among it, is written nowhere, whatever kills us."""
    from resource import RLIMIT_CORE, getrlimit, setrlimit  # 0.2 ms

    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))


def _open_what_is_closed() -> None:
    """Where standard input or output was closed an empty one is opened, so that no file of ours takes its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  for as long as we are


def _unfit() -> str:
    """Why no screen can be drawn here; empty where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "the console needs a terminal; “vagt --help” lists the commands that do not"
    # what draws our screens takes such a terminal for one of 80×25, whatever its size, and comes to no end
    if (kind := os.environ.get("TERM", "").lower()) in ("dumb", "unknown"):
        return f"the console cannot be drawn on TERM={kind}; set TERM, as in TERM=xterm-256color"
    return ""


def _open_console(options: dict[str, Path]) -> int:
    if words := _unfit():
        sys.stderr.write(f"vagt: {words}\n")
        return 2
    from vagt.ui.start import run as run_console

    return run_console(options.get("config"), options.get("data_dir"))


def _opens_console(arguments: list[str]) -> dict[str, Path] | None:
    """The options of a call without a command; None where there is a command, help or a mistake to tell.

    By hand, since the first frame should not wait for argparse.
    """
    options: dict[str, Path] = {}
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name not in _WITH_VALUE or not (equals or rest):
            return None
        options[_WITH_VALUE[name]] = Path(value if equals else rest.pop(0))
    return options


if __name__ == "__main__":
    sys.exit(main())
