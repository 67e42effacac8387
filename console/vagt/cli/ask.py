"""Questions on the terminal: prompts on standard error, wrong answers asked again, Ctrl-C at any moment."""

from __future__ import annotations

import getpass
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from vagt.checkup.draft import BadAnswer, one_of
from vagt.cli import plain
from vagt.cli.exits import UsageError
from vagt.cli.stdin import interruptible

T = TypeVar("T")


_MOST = 100
_SHORT = 6


def say(text: str = "", *, hang: int = 0) -> None:
    """Words for the person who answers, on as many lines as they need; `hang` blanks before the second and others."""
    width = min(shutil.get_terminal_size().columns, _MOST)
    for part in text.split("\n"):
        kept = textwrap.wrap(part, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)
        sys.stderr.write("\n".join(kept) + "\n")
    sys.stderr.flush()


def show(text: str) -> None:
    """Lines that stay as they are."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def line(prompt: str, default: str = "") -> str:
    """What is typed; `default` for nothing. Raises KeyboardInterrupt and, where the input ends, UsageError."""
    sys.stderr.write(f"{prompt} [{default}]: " if default else f"{prompt}: ")
    sys.stderr.flush()
    with interruptible():
        typed = sys.stdin.readline()
    if not typed:
        say()
        raise UsageError("the input ended; nothing was written")
    return typed.strip() or default


def hidden(prompt: str) -> str:
    """What is typed, without showing it. Raises as `line` does."""
    with interruptible():
        try:
            return getpass.getpass(f"{prompt}: ", stream=sys.stderr).strip()
        except EOFError:
            say()
            raise UsageError("the input ended; nothing was written") from None


def until(ask: Callable[[], str], read: Callable[[str], T]) -> T:
    """Ask until `read` takes the answer; why it does not is said before each further try."""
    while True:
        try:
            given = ask()
            return read(given)
        except BadAnswer as reason:
            say(f"  {plain.line(_unrepeated(str(reason), given))}", hang=2)


def _unrepeated(reason: str, given: str) -> str:
    """The reason without the answer, which stands in the line above, and may be a secret that belonged elsewhere."""
    answer = given.strip()
    if not answer:
        return reason
    reason = reason.replace(f"“{answer}”", "that")
    # a path is named whole; what is short could be a word of ours
    return re.sub(rf"(?<![\w-]){re.escape(answer)}(?![\w-])", "that", reason) if len(answer) >= _SHORT else reason


def forget_typed_ahead() -> None:
    """What was typed before there was a question answers none: a yes to it least of all."""
    import termios  # where there is none, there is no terminal of this kind

    with suppress(termios.error, ValueError, OSError):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def choice(question: str, offered: Sequence[tuple[str, str]], default: str = "") -> str:
    """One of the names in `offered` (name, words), by name or number."""
    width = max(len(name) for name, _ in offered)
    for number, (name, words) in enumerate(offered, 1):
        say(f"  {number}  {name:<{width}}  {plain.line(words)}".rstrip(), hang=width + 7)
    names = tuple(name for name, _ in offered)
    return until(lambda: line(question, default), lambda text: one_of(text, names))


def yes(question: str) -> bool:
    """Yes unless the answer is no."""

    def read(text: str) -> bool:
        word = text.lower()
        if word not in ("y", "yes", "n", "no"):
            raise BadAnswer("answer y or n")
        return word in ("y", "yes")

    return until(lambda: line(question, "y"), read)
