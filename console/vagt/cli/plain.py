"""Text from a backend made harmless for a terminal or a pipe: no controls, no escapes, no bidi tricks."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|\x1b[ -/]*[0-~]?",  # the rest
    re.DOTALL,
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u2028\u2029\u115f\u1160\u3164\uffa0")


def line(text: str) -> str:
    """`text` on one line: every run of white space is one blank."""
    return " ".join(_clean(text, keep_lines=False).split())


def block(text: str) -> str:
    """`text` with its lines kept; tabs become blanks."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _clean(unified, keep_lines=True).expandtabs(4)


def _clean(text: str, *, keep_lines: bool) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for char in _ESCAPES.sub("", text):
        if char in "\n\t":
            kept.append(char if keep_lines else " ")
        elif char in "\r\v\f\x85":
            kept.append(" ")
        elif char in _BIDI or char in _INVISIBLE:
            continue
        elif unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co"):
            kept.append("\ufffd" if unicodedata.category(char) != "Cc" else "")
        elif 0xE0000 <= ord(char) <= 0xE0FFF:
            continue  # tags: letters that no screen shows
        else:
            kept.append(char)
    return "".join(kept)


def width(text: str) -> int:
    """Terminal cells of one clean line."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def fit(text: str, cells: int) -> str:
    """`text` cut to at most `cells`, with `…` where something is missing."""
    if width(text) <= cells:
        return text
    kept, used = "", 0
    for char in text:
        if used + _cells(char) > cells - 1:
            break
        kept += char
        used += _cells(char)
    return f"{kept}…" if cells > 0 else ""


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """`text` in exactly `cells`."""
    fitted = fit(text, cells)
    blanks = " " * (cells - width(fitted))
    return blanks + fitted if right else fitted + blanks


def _cells(char: str) -> int:
    if char == "\u200d" or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
