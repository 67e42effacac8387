"""Textual's driver for Unix terminals, made to notice an end of input, unmarked pastes and a picture already shown."""

from __future__ import annotations

import os
import selectors
import sys
import time
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from vagt_widgets.first_picture import Shown
from vagt_widgets.paste_guard import PasteGuard, marks_pastes
from vagt_widgets.safe_text import safe_text
from vagt_widgets.terminal_gone import TerminalWatch

if TYPE_CHECKING:
    from textual.app import App

_ALTERNATE_SCREEN = "\x1b[?1049h"


class _Output:
    """The terminal as a file whose failing tells the watch, since Textual's writer thread would die of it."""

    def __init__(self, file: TextIO, watch: TerminalWatch | None) -> None:
        self._file = file
        self._watch = watch
        self._gone = False

    def write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._file.write(text)
        except UnicodeEncodeError:
            encoding = self._file.encoding or "ascii"
            self._file.write(text.encode(encoding, "replace").decode(encoding, "replace"))
        except (OSError, ValueError):
            self._lost()

    def flush(self) -> None:
        if self._gone:
            return
        try:
            self._file.flush()
        except (OSError, ValueError):
            self._lost()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _lost(self) -> None:
        self._gone = True
        if self._watch is not None:
            self._watch.gone("the terminal cannot be written to")


class TerminalDriver(LinuxDriver):
    """See `terminal_driver`."""

    watch: ClassVar[TerminalWatch | None] = None
    shown: ClassVar[Shown | None] = None

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Textual writes to standard error: the screen would go wherever that is sent, as in `2>errors.log`.
        terminal = sys.__stdout__ if sys.__stdout__ is not None and sys.__stdout__.isatty() else self._file
        self._file: Any = _Output(terminal, self.watch)  # type: ignore[assignment,arg-type,unused-ignore]
        self._guard = PasteGuard(marks_pastes())

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.shown is not None and self.shown.pending:
            self.attrs_before = list(self.shown.attributes)
            self.shown.taken_over()

    def write(self, data: str) -> None:
        # Entering the alternate screen a second time would clear the picture.
        if data == _ALTERNATE_SCREEN and self.shown is not None and self.shown.pending:
            return
        super().write(data)

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.Paste):
            message.text = safe_text(message.text, multiline=True)
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read, judge and parse until told to stop or until nobody is there."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    try:
                        data = os.read(self.fileno, 4_096)
                    except OSError:
                        data = b""
                    if not data:
                        if self.watch is not None:
                            self.watch.gone("end of input")
                        return
                    self._take(parser, decode(data))
                for message in parser.tick():
                    self.process_message(message)

    def _take(self, parser: XTermParser, text: str) -> None:
        if not text:
            return
        if self._guard.is_paste(text, time.monotonic()):
            self.process_message(events.Paste(text))
            return
        for message in parser.feed(text):
            self.process_message(message)


def terminal_driver(*, watch: TerminalWatch | None = None, shown: Shown | None = None) -> type[TerminalDriver]:
    """A driver class for `App(driver_class=…)`.

    It tells `watch` when the input ends or the output fails, takes over from a picture `shown` before without
    clearing it, and turns unmarked bursts of pasted text into paste events, which go to text fields only and
    otherwise reach the app's `on_paste`. Pasted text is made safe to show.
    """
    return type("ConsoleDriver", (TerminalDriver,), {"watch": watch, "shown": shown})
