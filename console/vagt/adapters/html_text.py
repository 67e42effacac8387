"""Readable text from HTML, and the recognition of a web page where data was expected.

Not the standard library's parser: it raises on some markup and takes a time that grows with the
square of the text on some other, and anybody who may write to a help desk can send it either.
"""

from __future__ import annotations

import html as entities
import re

_BREAKS = frozenset(
    {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote", "table", "ul", "ol"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_RAW = frozenset({"script", "style"})
"""Elements whose content is no markup (WHATWG, “HTML Standard”, raw text elements)."""
_LONGEST = 1_000_000
_PATIENCE = 10
"""So many tags with a quotation mark that nothing closes are looked into; from then on a tag ends at the next `>`."""
_NAME = re.compile(r"[a-zA-Z][^\s/<>]{0,60}")
_QUOTED = re.compile(r"=\s*(\"[^\"]*\"|'[^']*')|>")
_LONG_NUMBER = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")
"""Beyond every character, and perhaps beyond what Python reads as a number."""


class _Reader:
    """Goes over the text once. What looks like a tag and is none is text."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._lower = html.lower() if len(html.lower()) == len(html) else html
        self._lost = 0
        self._missing: set[str] = set()
        """What does not come any more: looked for once, and not again from each further place."""
        self._silent = 0
        self._in_title = False
        self.parts: list[str] = []
        self.title: list[str] = []

    def read(self) -> None:
        at, html = 0, self._html
        while (begin := html.find("<", at)) >= 0:
            self._text(html[at:begin])
            end = self._markup(begin)
            if end is None:
                self._text("<")
                end = begin + 1
            at = end
        self._text(html[at:])

    def _markup(self, begin: int) -> int | None:
        """Where the markup that begins here ends; None where it is none."""
        html = self._html
        if html.startswith("<!--", begin):
            return self._past("-->", begin + 4)
        if html.startswith("<![CDATA[", begin):
            return self._past("]]>", begin + 9)
        if html.startswith(("<!", "<?"), begin):
            return self._past(">", begin + 2)
        closing = html.startswith("</", begin)
        named = _NAME.match(html, begin + (2 if closing else 1))
        end = None if named is None else self._end_of_tag(named.end())
        if named is None or end is None:
            return None
        name = named[0].lower()
        if closing:
            self._closed(name)
            return end
        self._opened(name)
        if html[end - 2] == "/":
            self._closed(name)
        elif name in _RAW:
            found = self._lower.find(f"</{name}", end)
            return len(html) if found < 0 else found
        return end

    def _past(self, what: str, start: int) -> int | None:
        found = -1 if what in self._missing else self._html.find(what, start)
        if found < 0:
            self._missing.add(what)
            return None
        return found + len(what)

    def _end_of_tag(self, start: int) -> int | None:
        at = start
        while self._lost < _PATIENCE and (found := _QUOTED.search(self._html, at)):
            if found[0] == ">":
                return found.end()
            at = found.end()
        self._lost += 1
        return self._past(">", start)

    def _opened(self, name: str) -> None:
        if name == "title":
            self._in_title = True
        if name == "body":
            # the end tags of what stands before it may be left out
            self._silent, self._in_title = 0, False
        if name in _SILENT:
            self._silent += 1
        elif name in _BREAKS:
            self.parts.append("\n")
        if name == "li":
            self.parts.append("- ")

    def _closed(self, name: str) -> None:
        if name == "title":
            self._in_title = False
        if name in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif name in _BREAKS and name != "br":
            self.parts.append("\n")

    def _text(self, raw: str) -> None:
        if not raw or (self._silent and not self._in_title):
            return
        text = entities.unescape(_LONG_NUMBER.sub("\ufffd", raw)) if "&" in raw else raw
        (self.title if self._in_title else self.parts).append(text)


def html_to_text(html: str) -> str:
    """The words of `html`, one line a block; scripts and styles are dropped. Never raises."""
    reader = _read(html)
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def is_html(content_type: str, body: bytes) -> bool:
    """Whether an answer is a web page, by its type or by how it begins."""
    if content_type.lower().startswith(("text/html", "application/xhtml")):
        return True
    return body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def page_title(body: bytes) -> str:
    """What a web page calls itself, or its first words."""
    reader = _read(body[:65536].decode("utf-8", "replace"))
    title = " ".join("".join(reader.title).split())
    return title or " ".join("".join(reader.parts).split())[:120]


def _read(html: str) -> _Reader:
    reader = _Reader(html[:_LONGEST])
    reader.read()
    return reader
