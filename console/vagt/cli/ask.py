"""Questions on the terminal: prompts on standard error, wrong answers asked again, Ctrl-C at any moment."""

from __future__ import annotations

import getpass
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from vagt.checkup.draft import BadAnswer, one_of
from vagt.cli import plain
from vagt.cli.exits import UsageError

T = TypeVar("T")


_MOST = 100


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
            return read(ask())
        except BadAnswer as reason:
            say(f"  {plain.line(str(reason))}", hang=2)


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


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends a question at once; the event loop would only note it and go on waiting for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
