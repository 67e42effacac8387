"""The text of an RT message from its parts: plain text where there is some, else what the HTML says."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.html_text import html_to_text
from vagt.adapters.rt.wire import Row, text_of


def body_text(parts: Sequence[Row]) -> str:
    """The words of a message; attached text files are named, not quoted."""
    plain = [_content(part) for part in parts if _kind(part) == "text/plain" and not _file(part)]
    html = [_content(part) for part in parts if _kind(part) == "text/html" and not _file(part)]
    text = "\n".join(plain) if any(words.strip() for words in plain) else "\n".join(html_to_text(h) for h in html)
    files = [f"[{name}]" for part in parts if (name := _file(part))]
    return "\n".join([text.rstrip("\n"), *files]).strip("\n")


def _kind(part: Row) -> str:
    return text_of(part.get("ContentType")).partition(";")[0].strip().lower()


def _content(part: Row) -> str:
    return text_of(part.get("Content"))


def _file(part: Row) -> str:
    return text_of(part.get("Filename")).strip()
