"""Makes any string from outside displayable, and measures and cuts text by terminal cells.

Two rules keep columns straight. Nothing that terminals are known to disagree about reaches the
screen: variation selectors, joiners and skin tones are dropped, flags become letters, and what
this Python's Unicode does not know is shown as a replacement. What is left is measured by the
very function that Rich and Textual lay out with.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

from rich.cells import cell_len, get_character_cell_size

REPLACEMENT: Final = "�"
MAX_MARKS: Final = 3
"""Combining marks kept on one base character; more of them climb into neighbouring lines."""
LINE_LIMIT: Final = 4_096
"""Characters of a single line that are looked at at all."""
BLOCK_LIMIT: Final = 400_000
"""Characters of a text with lines that are looked at at all."""
TAB: Final = "    "

Align = Literal["left", "right", "center"]

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,512}(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]{0,4}[0-~]"  # two- and three-character escapes
)
_NEWLINES = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2065\u20e3\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9))))
    + "".join(map(chr, (*range(0x1F3FB, 0x1F400), *range(0xE0000, 0xE1000))))
)
"""Default-ignorable characters beyond category Cf, keycaps and skin tones: no width anyone agrees on."""
_REGIONAL_A = 0x1F1E6


def _shown(character: str) -> str:
    """What stands for one character on the screen; may be nothing."""
    code = ord(character)
    if character in "\n ":
        return character
    if character == "\t":
        return TAB
    if character in _INVISIBLE:
        return ""
    if _REGIONAL_A <= code < _REGIONAL_A + 26:
        return chr(ord("A") + code - _REGIONAL_A)
    category = unicodedata.category(character)
    if category in {"Cc", "Cf"}:
        return ""
    if category in {"Cs", "Co", "Cn"}:
        return REPLACEMENT
    if category == "Zs" and character != "\u3000":
        return " "
    if category[0] != "M":
        width = get_character_cell_size(character)
        told = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width and width != told:
            return REPLACEMENT
    return character


class _Table(dict[int, str]):
    """A translation table that learns a character when it is first met."""

    def __missing__(self, code: int) -> str:
        shown = self[code] = _shown(chr(code))
        return shown


_TABLE = _Table()


def safe_text(text: str, *, multiline: bool = False, limit: int | None = None) -> str:
    """`text` as it may be put on a screen: no controls, escapes, bidi or invisible characters.

    Newlines and tabs become single spaces, or with `multiline` newlines stay and tabs become four
    spaces. No more than `limit` characters are looked at (default `LINE_LIMIT`, `BLOCK_LIMIT`).
    The result is never longer to draw than `cells` says, and making it safe again changes nothing.
    """
    most = limit if limit is not None else BLOCK_LIMIT if multiline else LINE_LIMIT
    text = text[:most]
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPES.sub("", text)
    text = _NEWLINES.sub("\n" if multiline else " ", text)
    if not multiline:
        text = text.replace("\t", " ")
    text = text.translate(_TABLE)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text).translate(_TABLE)
    return text if text.isascii() else _tame_marks(text)


def _tame_marks(text: str) -> str:
    """Drop combining marks that have no base character, and those beyond `MAX_MARKS`."""
    kept: list[str] = []
    marks = MAX_MARKS
    for character in text:
        if character == "\n":
            marks = MAX_MARKS
        elif get_character_cell_size(character):
            marks = 0
        elif marks < MAX_MARKS:
            marks += 1
        else:
            continue
        kept.append(character)
    return "".join(kept)


def cells(text: str) -> int:
    """How many cells of a line `text` takes, as Rich and Textual lay it out."""
    return cell_len(text)


def cut(text: str, width: int) -> str:
    """The longest beginning of safe `text` that takes at most `width` cells."""
    if width <= 0:
        return ""
    if text.isascii():
        return text[:width]
    used = 0
    for position, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return text[:position]
    return text


@lru_cache(maxsize=4_096)
def _fit(text: str, width: int, align: Align, ellipsis: str) -> str:
    clean = safe_text(text)
    size = cell_len(clean)
    if size > width:
        mark = ellipsis if cell_len(ellipsis) <= width else ""
        clean = cut(clean, width - cell_len(mark)) + mark
        size = cell_len(clean)
    space = width - size
    if align == "right":
        return " " * space + clean
    if align == "center":
        return " " * (space // 2) + clean + " " * (space - space // 2)
    return clean + " " * space


def fit(text: str, width: int, align: Align = "left", ellipsis: str = "…") -> str:
    """`text` made safe, cut and padded to exactly `width` cells; what was cut ends in `ellipsis`.

    A double-width character that would be halved gives way to a space. Costs what the width costs,
    not what the text is long.
    """
    if width <= 0:
        return ""
    looked_at = max(256, width * 4)
    if len(text) > looked_at:
        # Escapes and invisible characters can take up the whole beginning: look further when too little came out.
        while looked_at < LINE_LIMIT and cell_len(safe_text(text, limit=looked_at)) <= width:
            looked_at *= 4
        text = text[: min(looked_at, LINE_LIMIT)]
    return _fit(text, width, align, ellipsis)


def wrap(text: str, width: int) -> list[str]:
    """`text` made safe (lines kept) and folded at spaces to lines of at most `width` cells, not padded.

    A word wider than the line is broken at a cell boundary. There is always at least one line.
    """
    width = max(2, width)
    lines: list[str] = []
    for paragraph in safe_text(text, multiline=True).split("\n"):
        lines.extend(_wrap_line(paragraph.rstrip(), width))
    return lines


def _wrap_line(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip(" ")), width // 2, width - 2)
    lines: list[str] = []
    current, used = indent, len(indent)
    for whole in line.split():
        word, size = whole, cell_len(whole)
        gap = 1 if used > len(indent) else 0
        if used + gap + size <= width:
            current += " " * gap + word
            used += gap + size
            continue
        if used > len(indent):
            lines.append(current)
            current, used = indent, len(indent)
        while len(indent) + size > width:
            head = cut(word, width - len(indent)) or word[:1]
            lines.append(indent + head)
            word = word[len(head) :]
            size = cell_len(word)
        current, used = indent + word, len(indent) + size
    if used > len(indent) or not lines:
        lines.append(current)
    return lines
