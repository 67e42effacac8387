"""Paths as people type, paste and drop them into a terminal, and how they go on."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_MOST = 2000
"""Entries of a folder that are looked at."""


def path_of(typed: str) -> Path:
    """The path that is meant: `~` and quotes, a file's address, and escaped blanks as terminals drop them.

    Raises ValueError where nothing is typed.
    """
    text = typed.strip()
    if not text:
        raise ValueError("no path is given")
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    plain = _expanded(text)
    if not plain.exists() and (text[0] in "'\"" or "\\" in text):
        try:
            (text,) = shlex.split(text)
        except ValueError:
            return plain
        return _expanded(text)
    return plain


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


@dataclass(frozen=True, slots=True)
class Completion:
    """What a path can become."""

    text: str
    """As far as it is certain."""
    candidates: tuple[str, ...] = ()
    """The names that it can be, folders with a slash, where there are several."""


def completed(typed: str) -> Completion:
    """As a shell's Tab does it; hidden names only where the name begins with a dot. Reads a folder."""
    shown, _, begun = typed.rpartition("/")
    folder = shown + "/" if "/" in typed else ""
    place = _expanded(folder) if folder else Path()
    if typed.strip() == "~":
        return Completion("~/")
    try:
        with os.scandir(place) as entries:
            found = [
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry, _ in zip(entries, range(_MOST), strict=False)
                if entry.name.startswith(begun) and (begun.startswith(".") or not entry.name.startswith("."))
            ]
    except (OSError, ValueError):
        return Completion(typed)
    if not found:
        return Completion(typed)
    first, last = min(found), max(found)
    alike = next((at for at, letter in enumerate(first) if last[at : at + 1] != letter), len(first))
    certain = first[:alike]
    return Completion(folder + certain, tuple(sorted(found)) if len(found) > 1 else ())


def size_words(size: int) -> str:
    """`512 B`, `3.4 kB`, `25.0 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
