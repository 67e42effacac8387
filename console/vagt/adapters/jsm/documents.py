"""Texts in the two forms that Jira has for them: Atlassian Document Format on Cloud, wiki markup on Data Center.

A document keeps what was typed letter by letter, blanks in front of a line too; wiki markup is
stored as it is and shown as markup ("Atlassian Document Format", "Text formatting notation").
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

_log = logging.getLogger(__name__)
_LONGEST = 1_000_000
_DEEPEST = 40

LIMIT = 32_767
"""Characters of a comment or description."""


def clean(text: str) -> str:
    """Text that Jira keeps whole: no controls or lone surrogates, LF as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return kept.encode("utf-8", "replace").decode("utf-8")


def document(text: str) -> dict[str, object]:
    """The least document with these words: one paragraph, a hard break for each line end, no empty text."""
    content: list[dict[str, object]] = []
    for position, line in enumerate(text.split("\n")):
        if position:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}


def words_of(value: object) -> str:
    """The words of a document or of a text; what cannot be read is left out. Never raises."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if not isinstance(value, Mapping):
        return ""
    if value.get("type") != "doc":
        _log.warning("Jira: a text is no document and was left out")
        return ""
    return _blocks(value.get("content"), 0).strip("\n")[:_LONGEST]


def _nodes(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [node for node in value if isinstance(node, Mapping)]


def _blocks(value: object, depth: int) -> str:
    parts = [_block(node, depth) for node in _nodes(value)]
    return "\n\n".join(part for part in parts if part)


def _block(node: Mapping[str, object], depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    kind, content = node.get("type"), node.get("content")
    match kind:
        case "bulletList" | "orderedList" | "taskList" | "decisionList":
            items = []
            for number, item in enumerate(_nodes(content), start=1):
                mark = f"{number}. " if kind == "orderedList" else "- "
                held = _inline(item, depth) if kind in ("taskList", "decisionList") else ""
                items.append(mark + (held or _blocks(item.get("content"), depth + 1)).replace("\n", "\n  "))
            return "\n".join(items)
        case "table":
            rows = []
            for row in _nodes(content):
                cells = [_blocks(cell.get("content"), depth + 1) for cell in _nodes(row.get("content"))]
                rows.append(" | ".join(" ".join(cell.split()) for cell in cells))
            return "\n".join(rows)
        case "rule":
            return "----"
        case "mediaSingle" | "mediaGroup" | "media":
            return "[file]"
        case "paragraph" | "heading" | "codeBlock":
            return _inline(node, depth)
        case _ if content is not None:
            return _blocks(content, depth + 1)
        case _:
            return _inline_one(node, depth)


def _inline(node: Mapping[str, object], depth: int) -> str:
    return "".join(_inline_one(child, depth + 1) for child in _nodes(node.get("content")))


def _inline_one(node: Mapping[str, object], depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    held = node.get("attrs")
    attrs: Mapping[str, object] = held if isinstance(held, Mapping) else {}

    def attribute(*names: str) -> str:
        return next((str(attrs[name]) for name in names if isinstance(attrs.get(name), str | int)), "")

    match node.get("type"):
        case "text":
            text = node.get("text")
            return text if isinstance(text, str) else ""
        case "hardBreak":
            return "\n"
        case "mention":
            name = attribute("text", "id")
            return name if name.startswith("@") else f"@{name}"
        case "emoji":
            return attribute("text", "shortName")
        case "inlineCard" | "blockCard":
            return attribute("url")
        case "status":
            return f"[{attribute('text')}]"
        case "date":
            return attribute("timestamp")
        case "mediaInline":
            return "[file]"
        case _:
            return _inline(node, depth)
