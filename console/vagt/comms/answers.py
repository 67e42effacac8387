"""What was typed for an update: read by kind, kept in one canonical way, and found again by language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from vagt.comms import markup, record
from vagt.comms.catalogue import SURENESS, Name
from vagt.comms.expected import Expected
from vagt.domain import moments
from vagt.domain.fields import FieldKind

Answers = Mapping[str, str]
"""Name, or `name.language`, to canonical text: moments as RFC 3339, flags as true or false."""
UNKNOWN = frozenset({"", "-", "?", "unknown", "not known", "ukendt"})
_YES, _NO = frozenset({"true", "yes", "y", "ja", "1", "on"}), frozenset({"false", "no", "n", "nej", "0", "off"})
_OF_DAY = re.compile(r"\d{1,2}:\d{2}")
_SLACK = timedelta(minutes=1)


class AnswerError(ValueError):
    """What was typed does not do; the message says what would."""


def read(name: Name, text: str, *, now: datetime, zone: tzinfo | None) -> str:
    """The canonical form of what was typed; "" takes the answer away. Raises AnswerError.

    Times of day are those of `zone` (None: the machine's).
    """
    stripped = markup.clean(text)
    if name.kind is FieldKind.TIME:
        if stripped.lower() in UNKNOWN:
            return ""
        try:
            moment = _past(stripped, now, zone) if name.past else moments.parse(stripped, now, zone)
        except moments.MomentError as error:
            raise AnswerError(str(error)) from error
        if name.past and moment > now + _SLACK:
            raise AnswerError(f"“{stripped}” is still to come; write when it was: 13:45, -30m or 2026-12-24T08:00")
        return moments.rfc3339(moment)
    if not stripped:
        return ""
    if name.kind is FieldKind.FLAG:
        return _flag(stripped)
    if name.kind is FieldKind.CHOICE:
        word = stripped.lower()
        if word not in SURENESS:
            raise AnswerError(f"“{stripped}” is none of {', '.join(SURENESS)}")
        return word
    if name.kind is FieldKind.NUMBER and not stripped.lstrip("-").replace(".", "", 1).isdigit():
        raise AnswerError(f"“{stripped}” is not a number")
    if name.kind is not FieldKind.LONG_TEXT:
        stripped = markup.clean(stripped, lines=False)
    if name.max_length is not None and len(stripped) > name.max_length:
        raise AnswerError(f"has {len(stripped)} characters; at most {name.max_length}")
    return stripped


def _past(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    """A moment that has come: a time of day is the last one, `-30m` counts back. Raises MomentError."""
    if text.startswith("-"):
        return now - (moments.parse(f"+{text[1:].strip()}", now, zone) - now)
    if _OF_DAY.fullmatch(text):
        today = moments.parse(text, now - timedelta(days=1), zone)
        tomorrow = moments.parse(text, now, zone)
        return tomorrow if tomorrow <= now + _SLACK else today
    return moments.parse(text, now, zone)


def _flag(text: str) -> str:
    word = text.lower()
    if word in _YES:
        return "true"
    if word in _NO:
        return "false"
    raise AnswerError(f"“{text}” is neither yes nor no")


def split(key: str) -> tuple[str, str]:
    """(name, language) of `impact_text.da`; an empty language where none is named."""
    name, _, language = key.partition(".")
    return name, language


def words_in(answers: Answers, name: str, language: str) -> str:
    """The answer in that language, else the one that names no language; "" where there is none."""
    return answers.get(f"{name}.{language}") or answers.get(name, "")


def moment_of(answers: Answers, name: str) -> datetime | None:
    """The moment that was answered; None where none was."""
    return record.moment_of(answers.get(name, ""))


def expected_of(answers: Answers) -> Expected | None:
    """The expected time with who stands behind it; None where nobody knows."""
    at = moment_of(answers, "expected")
    if at is None:
        return None
    return Expected(at, answers.get("expected_by", ""), answers.get("expected_sure", "") or "likely")


def carried(answers: Answers, names: Mapping[str, Name], now: datetime) -> dict[str, str]:
    """What of the last update's answers the next one begins with: no promise, and no expected time that has passed."""
    kept = {
        key: text for key, text in answers.items() if (name := names.get(split(key)[0])) is not None and name.carried
    }
    expected = expected_of(kept)
    if expected is not None and expected.problem(now):
        for name_of in ("expected", "expected_by", "expected_sure"):
            kept.pop(name_of, None)
    return kept


def times(answers: Answers, name: str, now: datetime) -> str:
    """Why a promised moment cannot stand, in words; empty where it can."""
    moment = moment_of(answers, name)
    if moment is not None and moment <= now + _SLACK:
        return "has passed, or is about to"
    return ""
