"""Texts in the site's two forms: Atlassian Document Format, and wiki markup, which does not keep every word."""

from __future__ import annotations

import re
from typing import Any

_MACRO = re.compile(r"\{[a-z:]+\}")
_BOLD = re.compile(r"\*(\S[^*\n]*)\*")


class BadDocument(ValueError):
    """It is no document."""


def check(value: object) -> dict[str, Any]:
    """A document as a client may send it. Raises BadDocument."""
    if not isinstance(value, dict) or value.get("type") != "doc" or value.get("version") != 1:
        raise BadDocument("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    if not isinstance(value.get("content"), list):
        raise BadDocument("INVALID_INPUT")
    _check_nodes(value["content"])
    return value


def _check_nodes(nodes: list[Any]) -> None:
    for node in nodes:
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            raise BadDocument("INVALID_INPUT")
        if node["type"] == "text" and not node.get("text"):
            raise BadDocument("INVALID_INPUT")
        if "content" in node:
            _check_nodes(node["content"])


def from_wiki(text: str) -> dict[str, Any]:
    """As Cloud converts wiki markup: macros and stars go, blanks in front of a line too."""
    lines = [_BOLD.sub(r"\1", _MACRO.sub("", line.strip())) for line in text.split("\n")]
    content: list[dict[str, Any]] = []
    for position, line in enumerate(lines):
        if position:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}


def plain(value: object) -> str:
    """What a person reads of a document or of a text."""
    if not isinstance(value, dict):
        return str(value or "")
    blocks = [_inline(block) for block in value.get("content", [])]
    return "\n\n".join(blocks)


def _inline(node: dict[str, Any]) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    return "".join(_inline(child) for child in node.get("content", []))
