"""Ivanti's answers made plain: four ways of saying nothing, errors in one body, and what their texts mean.

Pages: "Get-All-Business-Objects", "-by-Filter", "Session-ID-Log-In" and the error samples of each.
A missing record is 400, not 404; a missing right is 400 with a sentence about the role; which of
the ways of saying nothing a release uses is not documented, so all are read as "nothing".
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    TransitionError,
)

NOTHING = "no instances found"
RECORD_ID = re.compile(r"[0-9A-Fa-f]{32}\Z")
LABELS: Mapping[str, str] = {
    "Description": "Symptom",
    "Summary": "Subject",
    "Customer": "ProfileLink",
    "Team": "OwnerTeam",
    "Cause Code": "CauseCode",
    "Resolved By": "ResolvedBy",
}
"""What messages call a field, where that is not its name."""

_SESSION_ID = re.compile(r"[\w.:-]+#[0-9A-Za-z]{16,}#\d+")
_LONG_WORD = re.compile(r"\b[0-9A-Za-z_-]{24,}\b")
_GONE = re.compile(r"cannot be found in the business object|invalid key|does not exist", re.IGNORECASE)
_RIGHTS = re.compile(
    r"\brole\b.*\b(right|permission|allowed|access)|\b(no|lacks?|insufficient) (rights?|permissions?)"
    r"|access (is )?denied|not authori[sz]ed",
    re.IGNORECASE,
)
_PROMPT = re.compile(r"PromptException", re.IGNORECASE)
_REQUIRED = re.compile(r'(?:Required field [\w#]+\.([\w ]+?)|Mandatory field "([^"]+)") value must be provided')
_UNLISTED = re.compile(r"UndefinedValidatedValue|is not in the validation list", re.IGNORECASE)
_UNLISTED_NAME = re.compile(r"\b[A-Za-z]+\.([A-Za-z]+)\b[^.]*is not in the validation list", re.IGNORECASE)
_UNKNOWN_NAME = re.compile(r"(?:Field|property named) '(\w+)'")
_TOO_MANY = re.compile(r"cannot query more than (\d+) records", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a collection; `total` is a hint where the answer has one."""

    rows: tuple[Row, ...]
    total: int | None = None


def page_of(answer: Answer) -> Page:
    """The rows of a collection or relationship. Raises ProtocolError for what is none of the known shapes."""
    if answer.status == 204 or not answer.body.strip():
        return Page(())
    told = answer.json()
    if isinstance(told, list):
        return Page(tuple(item for item in told if isinstance(item, Mapping)))
    if not isinstance(told, Mapping) or "value" not in told:
        raise ProtocolError(f"what came is no list ({answer.where})")
    value, total = told["value"], told.get("@odata.count")
    if isinstance(value, str) and (not value.strip() or NOTHING in value.lower()):
        return Page((), 0)
    if value is None:
        return Page((), 0)
    if not isinstance(value, list):
        raise ProtocolError(f"what came is no list ({answer.where})")
    rows = tuple(item for item in value if isinstance(item, Mapping))
    return Page(rows, total if isinstance(total, int) and not isinstance(total, bool) else None)


def nothing_words(answer: Answer) -> str:
    """How an empty list was told, for people."""
    if answer.status == 204:
        return "204 without a body"
    return "200 with an empty list" if answer.body.strip() else "200 without a body"


def record_of(answer: Answer) -> Row:
    """A single record; empty where the answer has none (200 without a body is one way of saying "gone")."""
    if answer.status == 204 or not answer.body.strip():
        return {}
    told = answer.json()
    if not isinstance(told, Mapping):
        raise ProtocolError(f"what came is no record ({answer.where})")
    inner = told.get("value")
    if isinstance(inner, list) and "RecId" not in told:
        return inner[0] if inner and isinstance(inner[0], Mapping) else {}
    return told


def messages_of(answer: Answer) -> tuple[str, ...]:
    """What an error body says: `message` as text, list of texts, or list of objects; or OData's own shape."""
    if is_html(answer.headers.get("content-type", ""), answer.body):
        return (page_title(answer.body),)
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        return (answer.text,) if answer.text.strip() else ()
    if not isinstance(told, Mapping):
        return (told,) if isinstance(told, str) else ()
    error = told.get("error")
    if isinstance(error, Mapping):
        told = {"message": error.get("message")}
    message = told.get("message")
    items = message if isinstance(message, list) else [message]
    found = [text_of(item.get("Message")) if isinstance(item, Mapping) else text_of(item) for item in items]
    return tuple(text for text in found if text) or tuple(filter(None, (text_of(told.get("description")),)))


def words_of(answer: Answer) -> str:
    """One sentence for people; session ids that a 500 may leak are masked."""
    told = html.unescape("; ".join(dict.fromkeys(messages_of(answer))))
    told = _SESSION_ID.sub("•••", told)
    if answer.status >= 500:
        told = _LONG_WORD.sub("•••", told)
    return told or f"Ivanti failed without a word (HTTP {answer.status})"


def is_json(answer: Answer) -> bool:
    """Whether an answer can be the interface's own, not a web page's."""
    return not is_html(answer.headers.get("content-type", ""), answer.body)


def field_named(label: str) -> str:
    """The field that a message means: it tells display names, the stock ones of which are known."""
    plain = " ".join(label.split())
    return LABELS.get(plain, plain.replace(" ", ""))


def most_rows(words: str) -> int | None:
    """The tenant's own page limit, where a refusal tells it."""
    match = _TOO_MANY.search(words)
    return int(match[1]) if match else None


def unknown_field(words: str) -> str:
    """The field that a refusal says does not exist; empty where it says something else."""
    match = _UNKNOWN_NAME.search(words)
    return match[1] if match else ""


def refusal(told: str, shown: str) -> AdapterError:
    """What a 400 means, from its words `told`; `shown` are the same words, fit to be shown."""
    if _GONE.search(told):
        return NotFoundError(shown)
    if _RIGHTS.search(told):
        return ForbiddenError(shown)
    if _PROMPT.search(told):
        return TransitionError(f"Ivanti wants to ask for more here: use one of its quick actions ({shown})")
    missing = [field_named(match[0] or match[1]) for match in _REQUIRED.findall(told)]
    if missing:
        return InvalidError(shown, tuple((name, "must be filled in") for name in dict.fromkeys(missing)))
    if _UNLISTED.search(told):
        names = [field_named(name) for name in _UNLISTED_NAME.findall(told)]
        return InvalidError(shown, tuple((name, "is not in the list for it") for name in dict.fromkeys(names)))
    unknown = unknown_field(told)
    return InvalidError(shown, ((unknown, "does not exist in this tenant"),) if unknown else ())


def is_unlisted(error: InvalidError, name: str) -> bool:
    """Whether a value list refused the field `name`."""
    return any(field == name and "list" in words for field, words in error.fields)


def is_missing(error: InvalidError, name: str) -> bool:
    """Whether the field `name` was required and not there."""
    return any(field == name and "filled" in words for field, words in error.fields)
