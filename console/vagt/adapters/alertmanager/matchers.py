"""Alertmanager's matchers: read from the config, written into requests, and held against labels ("Silences")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_MATCHER = re.compile(
    r'\s*(?:(?P<name>[a-zA-Z_:.][a-zA-Z0-9_:.]*)|"(?P<quoted>(?:[^"\\]|\\.)+)")'
    r"\s*(?P<way>=~|!~|!=|=)\s*"
    r'(?:"(?P<value>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",{}]+))\s*(?P<end>,|$|(?=[a-zA-Z_"]))',
    re.DOTALL,
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\", "t": "\t"}


class MatcherError(ValueError):
    """A text that is no list of matchers; the message says where."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. A missing label counts as the empty text; regular expressions are anchored."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    @property
    def text(self) -> str:
        """As `filter` wants it: the value always in double quotes ("GET /alerts")."""
        way = ("=~" if self.is_equal else "!~") if self.is_regex else ("=" if self.is_equal else "!=")
        name = self.name if _NAME.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{way}{_quoted(self.value)}"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` fit. An expression that only Go understands fits nothing."""
        held = labels.get(self.name, "")
        if not self.is_regex:
            return (held == self.value) is self.is_equal
        expression = _compiled(self.value)
        return expression is not None and (expression.fullmatch(held) is not None) is self.is_equal

    def body(self) -> dict[str, object]:
        """As the body of a silence wants it."""
        return {"name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal}


def equals(name: str, value: str) -> Matcher:
    """The label is exactly this."""
    return Matcher(name, value)


def parse(text: str) -> tuple[Matcher, ...]:
    """Matchers one after the other, with blanks or commas between them, in braces or not. Raises MatcherError."""
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found: list[Matcher] = []
    at = 0
    while text[at:].strip(" \t\n,"):
        match = _MATCHER.match(text, at)
        if match is None:
            raise MatcherError(f'“{text[at:].strip()[:40]}” is no matcher; one looks like severity=~"critical|page"')
        name = match["name"] or _plain(match["quoted"])
        value = _plain(match["value"]) if match["value"] is not None else match["bare"]
        way = match["way"]
        found.append(Matcher(name, value, is_regex="~" in way, is_equal=not way.startswith("!")))
        if found[-1].is_regex and _compiled(value) is None:
            raise MatcherError(f"“{value}” is no regular expression")
        at = match.end()
    return tuple(found)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text, flags=re.DOTALL)


@lru_cache(maxsize=1000)
def _compiled(expression: str) -> re.Pattern[str] | None:
    try:
        return re.compile(expression, re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        return None
