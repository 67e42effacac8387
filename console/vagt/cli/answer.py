"""What a command found, and how it reaches standard output and standard error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from vagt.cli import json_out, plain
from vagt.cli.exits import Errors, Exit

_ONE = frozenset({"incident", "secret", "connected", "drill", "handover", "report", "metrics"})
"""Nouns whose payload is one thing and no list."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """A command's result, for scripts and for people."""

    noun: str
    """The key of the payload."""
    payload: Any
    human: Sequence[str]
    """Clean lines for people."""
    more: dict[str, Any] = field(default_factory=dict)
    """Further keys beside the payload."""
    errors: Errors = field(default_factory=Errors)
    code: Exit = Exit.DONE
    raw: str | None = None
    """What to print as it is (CSV), instead of lines."""


@dataclass(slots=True)
class Output:
    """Standard output and standard error."""

    json: bool

    def bear_any_text(self) -> None:
        """Where the locale's encoding lacks a character, a question mark stands for it."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")

    def written(self, write: Callable[[], object]) -> bool:
        """Whether `write` came through; else that standard output takes nothing is said. Raises BrokenPipeError."""
        try:
            write()
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            # nothing is written there at exit either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.note(f"the answer cannot be written: {error.strerror or error}")
            return False
        return True

    def give(self, answer: Answer) -> None:
        """Print an answer and what went wrong with which backend."""
        for backend, message in answer.errors.items:
            self.note(f"{backend}: {message}" if backend else message)
        if self.json:
            self._document(json_out.document(answer.noun, answer.payload, answer.errors.items, **answer.more))
        elif answer.raw is not None:
            sys.stdout.write(answer.raw)
        elif answer.human:
            sys.stdout.write("\n".join(answer.human) + "\n")

    def fail(self, message: str, noun: str | None) -> None:
        """Say why nothing was done; with `--json` in the document too."""
        self.note(message)
        if self.json and noun:
            empty: Any = None if noun in _ONE else []
            self.written(lambda: self._document(json_out.document(noun, empty, [("", message)])))

    def note(self, message: str) -> None:
        """One sentence on standard error; where that takes nothing, there is nobody to tell."""
        with suppress(OSError):
            sys.stderr.write(f"vagt: {plain.line(message)}\n")
            sys.stderr.flush()

    def _document(self, data: dict[str, Any]) -> None:
        # ASCII: no terminal and no encoding can make something else of it
        sys.stdout.write(json.dumps(data, indent=2 if sys.stdout.isatty() else None) + "\n")
