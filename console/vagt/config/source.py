"""Where in a TOML text each key stands, which the standard library's parser does not tell."""

from __future__ import annotations

import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]
"""A place in the document: keys, and positions in arrays counted from 0."""

_BARE_ENDS = frozenset(",]}\n#")
_KEY_ENDS = frozenset("=.] \t\r\n")


def key_lines(text: str) -> dict[Path, int]:
    """The line (from 1) on which each key, table and array element of `text` begins.

    `text` must be valid TOML: this walks over it and checks nothing.
    """
    return _Walker(text.replace("\r\n", "\n")).walk()


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """The line of `path`, or of the nearest table around it; None where the document is empty of it."""
    for length in range(len(path), 0, -1):
        line = lines.get(path[:length])
        if line is not None:
            return line
    return None


class _Walker:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(index + 1 for index, char in enumerate(text) if char == "\n")]
        self._lines: dict[Path, int] = {}
        self._last: dict[Path, int] = {}

    def walk(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_blank(self, also: str = "") -> bool:
        """Go past white space, comments and `also`; False at the end."""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "#":
                self._at = self._find("\n")
            elif char.isspace() or char in also:
                self._at += 1
            else:
                return True
        return False

    def _find(self, what: str) -> int:
        found = self._text.find(what, self._at)
        return len(self._text) if found < 0 else found

    def _mark(self, path: Path) -> None:
        self._lines.setdefault(path, bisect_right(self._starts, self._at))

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        begin = self._at
        self._at += 2 if many else 1
        keys = self._keys()
        after = self._at
        self._at = begin
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self._mark(path)
            if many and position == len(keys) - 1:
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
                self._mark(path)
        self._at = after + (2 if many else 1)
        return path

    def _keys(self) -> list[str]:
        """A dotted key, up to and not including what ends it."""
        keys = []
        while True:
            self._skip_spaces()
            keys.append(self._key())
            self._skip_spaces()
            if self._peek() != ".":
                return keys
            self._at += 1

    def _skip_spaces(self) -> None:
        while self._peek() in (" ", "\t"):
            self._at += 1

    def _key(self) -> str:
        begin = self._at
        if self._peek() in ('"', "'"):
            self._string()
            return str(tomllib.loads(f"key = {self._text[begin : self._at]}")["key"])
        while self._at < len(self._text) and self._text[self._at] not in _KEY_ENDS:
            self._at += 1
        return self._text[begin : self._at]

    def _pair(self, table: Path) -> None:
        begin = self._at
        keys = self._keys()
        after = self._at
        self._at = begin
        path = table
        for key in keys:
            path = (*path, key)
            self._mark(path)
        self._at = after + 1
        self._skip_spaces()
        self._value(path)

    def _value(self, path: Path) -> None:
        char = self._peek()
        if char in ('"', "'"):
            self._string()
        elif char == "[":
            self._at += 1
            position = 0
            while self._skip_blank(also=",") and self._peek() != "]":
                self._mark((*path, position))
                self._value((*path, position))
                position += 1
            self._at += 1
        elif char == "{":
            self._at += 1
            while self._skip_blank(also=",") and self._peek() != "}":
                self._pair(path)
            self._at += 1
        else:
            while self._at < len(self._text) and self._text[self._at] not in _BARE_ENDS:
                self._at += 1

    def _string(self) -> None:
        quote = self._peek()
        fence = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(fence)
        while self._at < len(self._text) and not self._text.startswith(fence, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(fence)
        if len(fence) == 3:
            # up to two quotes more may stand inside, right before the end
            while self._peek() == quote:
                self._at += 1
