"""Words of others made harmless before they leave: nobody is mentioned, and no header begins within a title."""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
_EVERYBODY = re.compile(
    # Discord finds the first two anywhere, also behind a letter
    r"@(?=(?:everyone|here)(?![a-z0-9]))|(?<![\w.])@(?=(?:channel|all|room|group|team|users?)\b)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<(?=[!@#])|<(?=users/)|<(?=at\b)", re.IGNORECASE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_MARKUP = re.compile(r"\w+://[^\s\\`*|<>]+|[\\`*_~|\[\]]|^(?:[#>-]|\d+(?=[.)]))", re.MULTILINE)
"""What Markdown acts on, at the beginning of a line or anywhere; an address by itself is left alone."""
_BREAK = "\u2060"
"""A word joiner: nobody sees it, and no chat reads a mention across it."""


def line(text: str) -> str:
    """One line without control characters: a title can begin no header and no second line."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def header(text: str) -> str:
    """One line for a mail's header: what looks like an encoded word (RFC 2047) stays as it stands."""
    return line(text).replace("=?", f"={_BREAK}?")


def lines(text: str) -> str:
    """Text without control characters, its line breaks as they are."""
    return _CONTROLS_BUT_LINES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def quiet(text: str) -> str:
    """Text in which no chat finds a mention: no `@here` and its like, no `<!channel>`, `<@U…>` or `<users/all>`."""
    return _BRACKETED.sub(lambda found: found[0] + _BREAK, _EVERYBODY.sub(f"@{_BREAK}", text))


def untagged(text: str) -> str:
    """Text in which nothing is a tag of HTML, read as it was written."""
    return _TAG.sub(f"<{_BREAK}", text)


def unmarked(text: str) -> str:
    """Text in which nothing is Markdown, for a service that reads plain text as that."""
    return _MARKUP.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    part = found[0]
    if "://" in part:
        return part
    return f"{part}\\" if part.isdigit() else f"\\{part}"
