"""Tells pasted text from typed keys where the terminal does not mark pastes.

Terminals with bracketed paste mark what is pasted, and it goes to text fields only. Where a terminal does not
(the Linux console, old multiplexers), a paste looks like keys that all arrive in one read. Decided here, per read:

- a text of twelve or more characters with a line break inside it is pasted, in any terminal: nobody types that
  between two reads. A macro may well end with Enter, so a break at the very end does not count;
- on terminals not known to mark pastes, any twelve or more characters in one read are pasted;
- the same key over and over is a key held down, however many arrive at once over a slow line;
- what follows a pasted read within 50 ms belongs to it: long pastes arrive in pieces.

Fewer than twelve characters are always keys, so that fast typing over a slow line works.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

MIN_CHARACTERS = 12
CONTINUES = 0.05
"""Seconds within which a further read belongs to the paste before it."""

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])?", re.DOTALL)
_UNMARKED = ("linux", "dumb", "vt", "ansi", "cons", "sun", "wyse", "screen")


def marks_pastes(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this terminal is known to mark what is pasted."""
    environ = os.environ if environ is None else environ
    if environ.get("TMUX"):
        return True
    term = environ.get("TERM", "")
    return bool(term) and not term.startswith(_UNMARKED)


class PasteGuard:
    """Judges read after read of what comes from the terminal; `now` is in seconds of any steady clock."""

    def __init__(self, marked: bool) -> None:
        self._marked = marked
        self._inside = False
        self._last_pasted = float("-inf")

    def is_paste(self, chunk: str, now: float) -> bool:
        """Whether this read is pasted text that the terminal has not marked as such."""
        start, end = chunk.rfind(PASTE_START), chunk.rfind(PASTE_END)
        if self._inside or start >= 0 or end >= 0:
            # The terminal marks pastes after all: from now on a burst of keys is a macro.
            self._marked = True
            self._inside = start > end if start >= 0 or end >= 0 else self._inside
            return False
        pasted = self._judge(chunk) or (now - self._last_pasted < CONTINUES and chunk != "\x1b")
        if pasted:
            self._last_pasted = now
        return pasted

    def _judge(self, chunk: str) -> bool:
        text = _SEQUENCES.sub("", chunk) if "\x1b" in chunk else chunk
        if sum(character.isprintable() for character in text) < MIN_CHARACTERS or len(set(text)) == 1:
            return False
        if not self._marked:
            return True
        return any(end in text.rstrip("\r\n") for end in "\r\n")
