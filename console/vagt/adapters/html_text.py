"""Readable text from HTML, and the recognition of a web page where data was expected."""

from __future__ import annotations

from html.parser import HTMLParser

_BREAKS = frozenset(
    {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote", "table", "ul", "ol"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_LONGEST = 1_000_000


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self._silent = 0
        self._in_title = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.parts.append(data)


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
    reader = _Reader()
    reader.feed(html[:_LONGEST])
    reader.close()
    return reader
