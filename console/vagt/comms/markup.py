"""Text with data in it: what came from people or backends can never act as markup, in any form of the message.

A template's own text may hold light markup: paragraphs, `- ` for lists, `**bold**`. While a template
is filled in, every character of a value that could mean something to somebody is moved to a private
plane, so that only the template's own characters are read as markup; then each comes back, escaped as
the form wants it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import StrEnum


class Form(StrEnum):
    """How a channel wants its text."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


_PLANE = 0xF0000
_SPECIAL = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n")
_HIDE = {ord(char): _PLANE + ord(char) for char in _SPECIAL}
_SHOW = {_PLANE + ord(char): char for char in _SPECIAL}
_MARKDOWN = {
    point: ("&lt;" if char == "<" else "&amp;" if char == "&" else f"\\{char}" if char in "\\`*_{}[]#|~>" else char)
    for point, char in _SHOW.items()
}
_HTML = {point: "<br>\n" if char == "\n" else html.escape(char) for point, char in _SHOW.items()}
_INVISIBLE = frozenset(
    "\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\u115f\u1160\u3164\uffa0"
)
_MENTION = re.compile(r"(?<![\w.+-])@(?=\w)")
_CHAT = re.compile(r"<(?=[!@#])")
_ACTS = re.compile(
    # a marker of ours; ServiceNow's journal shows what stands between [code] and [/code] as HTML; in Jira's wiki
    # markup `[~name]` mentions and `[words|address]` links
    r"\[(?=\s*(?:vagt\b|/?code\b|~)|[^\[\]\n|]*\|\s*\w+:)",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def clean(text: str, *, lines: bool = True) -> str:
    """A value made harmless: no controls, nothing invisible, no mention that wakes anybody, no marker of ours.

    `lines=False` puts it on one line, for a subject.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    kept = "".join(_kept(char) for char in unified)
    kept = _MENTION.sub("\uff20", _CHAT.sub("\u2039", _ACTS.sub("(", kept)))
    if not lines:
        return " ".join(kept.split())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept.split("\n"))).strip()


def _kept(char: str) -> str:
    if char == "\n":
        return char
    if char in "\v\f\x85":
        return "\n"
    if char in _INVISIBLE or 0xE0000 <= ord(char) <= 0xE0FFF:
        return ""
    category = unicodedata.category(char)
    if category == "Cc":
        return ""
    return "\ufffd" if category in ("Cs", "Cn", "Co") else char


def as_data(text: str) -> str:
    """A clean value on its way into a template's text."""
    return text.translate(_HIDE)


def plain(text: str) -> str:
    """A filled-in text for a reader without any markup."""
    return _tidied(_BOLD.sub(r"\1", text)).translate(_SHOW)


def markdown(text: str) -> str:
    """A filled-in text as Markdown: the template's own marks stay, data is escaped."""
    return _tidied(text).translate(_MARKDOWN)


def as_html(text: str) -> str:
    """A filled-in text as HTML; nothing but `p`, `ul`, `li`, `strong` and `br` occurs in it."""
    blocks: list[str] = []
    for block in _tidied(text).split("\n\n"):
        run: list[str] = []
        items: list[str] = []
        for line in block.split("\n"):
            if line.startswith("- "):
                _flush(run, blocks)
                items.append(f"<li>{_inline(line[2:])}</li>")
            else:
                _flush_items(items, blocks)
                run.append(_inline(line))
        _flush(run, blocks)
        _flush_items(items, blocks)
    return "\n".join(blocks).translate(_HTML)


def of(form: Form, text: str) -> str:
    """A filled-in text in that form."""
    return {Form.PLAIN: plain, Form.MARKDOWN: markdown, Form.HTML: as_html}[form](text)


def _inline(line: str) -> str:
    escaped = html.escape(line)
    return _BOLD.sub(r"<strong>\1</strong>", escaped)


def _flush(run: list[str], blocks: list[str]) -> None:
    if run:
        blocks.append(f"<p>{'<br>'.join(run)}</p>")
        run.clear()


def _flush_items(items: list[str], blocks: list[str]) -> None:
    if items:
        blocks.append(f"<ul>{''.join(items)}</ul>")
        items.clear()


def _tidied(text: str) -> str:
    """No blanks at the ends of lines, never more than one empty line: what an `if` left out leaves no hole."""
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
