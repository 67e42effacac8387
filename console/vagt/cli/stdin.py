"""Standard input: read to its end, and Ctrl-C ends the wait at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def text() -> str:
    """All of it, for people to read: bytes that are no text become U+FFFD. Raises KeyboardInterrupt."""
    return raw().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def raw(most: int = -1) -> str:
    """All of it, or its first `most` characters, as they are. Raises KeyboardInterrupt."""
    with interruptible():
        return sys.stdin.read(most)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends a question at once; the event loop would only note it and go on waiting for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
