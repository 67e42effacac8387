"""The values of a query's fields: what may be written, its one canonical form, and what that means."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from vagt.domain import durations, moments
from vagt.domain.query_error import nearest
from vagt.domain.query_fields import FLAG_ALIASES, NONE, Kind, QueryField
from vagt.domain.query_nodes import Op
from vagt.domain.query_text import fold

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}.*)", re.ASCII | re.IGNORECASE)
_DATE_BEGUN = re.compile(r"[\d:T.+-]*", re.ASCII | re.IGNORECASE)
_SPAN_BEGUN = re.compile(r"(\d{1,6}[dhms])*\d{0,8}", re.IGNORECASE | re.ASCII)
_LEVEL = re.compile(r"p?(\d+)", re.IGNORECASE | re.ASCII)
_EQUALS = (Op.HAS, Op.IS, Op.NOT)


class ValueProblem(ValueError):
    """The value makes no sense for its field; the message tells what would."""

    def __init__(self, message: str, *, unfinished: bool = False) -> None:
        super().__init__(message)
        self.unfinished = unfinished
        """It may become right when more is typed."""


def canonical(field: QueryField, op: Op, text: str, zone: tzinfo | None) -> str:
    """The one way to write this value. Raises ValueProblem."""
    text = text.strip()
    match field.kind:
        case Kind.FLAG:
            return _flag(field, text)
        case Kind.LEVEL:
            return _level(field, op, text)
        case Kind.SPAN:
            return _span(text, signed=field.name == "sla")
        case Kind.MOMENT:
            return _moment(field, op, text, zone)
        case Kind.SPAN_OR_MOMENT:
            if op not in _EQUALS and (_SPAN_BEGUN.fullmatch(text) or not _DATE_BEGUN.fullmatch(text)):
                return _span(text, signed=False)
            return _moment(field, op, text, zone)
        case Kind.NAME:
            lowered = text.lower()
            return lowered if any(lowered == value.text for value in field.values) else text
        case Kind.NUMBER:
            return text


def level(text: str) -> int | None:
    """What a canonical level means; None is the lack of one."""
    return None if text == NONE else int(text)


def span(text: str) -> timedelta:
    """What a canonical span means."""
    if text.startswith("-"):
        return -timedelta(seconds=durations.parse(text[1:]))
    return timedelta(seconds=durations.parse(text))


def is_moment(text: str) -> bool:
    """Whether a canonical value is a day or a moment, and no span."""
    return _DATE.match(text) is not None


def interval(text: str, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The first moment (UTC) of a day or minute, and the first after it. Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(text)
    if _DATE.fullmatch(text):
        return moments.in_zone(moment, zone), moments.in_zone(moment + timedelta(days=1), zone)
    start = moments.in_zone(moment, zone)
    size = timedelta(seconds=1) if text.count(":") > 1 + ("+" in text or text.rfind("-") > 10) else timedelta(minutes=1)
    return start, start + size


def _flag(field: QueryField, text: str) -> str:
    name = FLAG_ALIASES.get(text.lower(), text.lower())
    known = [value.text for value in field.values]
    if name in known:
        return name
    near = nearest(name, known)
    hint = f"did you mean {field.name}:{near}?" if near else f"there are {', '.join(known)}"
    raise ValueProblem(
        f"there is no {field.name}:{text}; {hint}", unfinished=any(word.startswith(name) for word in known)
    )


def _level(field: QueryField, op: Op, text: str) -> str:
    levels = [value for value in field.values if value.text != NONE]
    low = text.lower()
    if low == NONE:
        if op in _EQUALS:
            return NONE
        raise ValueProblem(f"“none” cannot be compared; write {field.name}:none")
    for value in levels:
        if low == value.help:
            return value.text
    written = _LEVEL.fullmatch(text)
    if written is not None and any(written.group(1) == value.text for value in levels):
        return written.group(1)
    message = f"{field.name} is {levels[0].text} to {levels[-1].text}, not “{text}”"
    raise ValueProblem(message, unfinished=low == "p" or any(value.help.startswith(low) for value in levels))


def _span(text: str, *, signed: bool) -> str:
    sign, rest = ("-", text[1:]) if signed and text.startswith("-") else ("", text)
    try:
        seconds = durations.parse(rest)
    except durations.DurationError as error:
        raise ValueProblem(str(error), unfinished=_SPAN_BEGUN.fullmatch(rest) is not None) from None
    return f"{sign if seconds else ''}{durations.written(seconds)}"


def _moment(field: QueryField, op: Op, text: str, zone: tzinfo | None) -> str:
    remedy = "write a day like 2026-11-01, or a moment like 2026-11-01T14:15"
    if fold(text) == NONE and op in _EQUALS:
        return NONE
    written = text.upper()
    if (parts := _DATE_TIME.fullmatch(written)) is not None:
        written = f"{parts.group(1)}T{parts.group(2)}"
    elif _DATE.fullmatch(written) is None:
        begun = _DATE_BEGUN.fullmatch(written) is not None and len(written) < len("2026-11-01T14:15")
        if not begun and field.kind is Kind.MOMENT and field.name == "created":
            remedy += "; for the time since then there is age>2h"
        raise ValueProblem(f"“{text}” is not a day; {remedy}", unfinished=begun)
    try:
        interval(written, zone)
    except (ValueError, OverflowError):
        raise ValueProblem(f"“{text}” is not on the calendar; {remedy}", unfinished="T" in written) from None
    return written
