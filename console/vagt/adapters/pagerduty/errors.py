"""PagerDuty's refusals ("Errors"): its words and code out of every form they come in, and what a code means."""

from __future__ import annotations

import json

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer
from vagt.adapters.lenient import text_of
from vagt.adapters.protocol import AdapterError, ForbiddenError, InvalidError, NotFoundError, TransitionError

ALREADY_RESOLVED = 1001
ALREADY_ACKNOWLEDGED = 1002
DATA_CHANGED = 1005
TOP_OF_POLICY = 1006
NOT_ACKNOWLEDGED = 1012
NOBODY_ON_CALL = 1015
ALREADY_MERGED = 1019
_STATE = frozenset(
    {ALREADY_RESOLVED, ALREADY_ACKNOWLEDGED, 1003, TOP_OF_POLICY, 1011, NOT_ACKNOWLEDGED, ALREADY_MERGED}
)
_RIGHTS = frozenset({1018, 2010, 2018})
_NOBODY = frozenset({1008, 2011})
_GONE = frozenset({2100, 5001, 5002})


class Refusal(InvalidError):
    """HTTP 400 with PagerDuty's code; 0 where it tells none."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class MissingAbility(ForbiddenError):
    """HTTP 402: the account has not paid for that."""


def told(answer: Answer) -> tuple[str, int]:
    """Words and code; the lines of `errors` are the useful ones. The body may be empty, HTML, or of an older form."""
    if is_html(answer.headers.get("content-type", ""), answer.body):
        return page_title(answer.body), 0
    try:
        body = json.loads(answer.text)
    except (ValueError, RecursionError):
        return answer.text, 0
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, list):
        return "; ".join(text_of(line) for line in error if text_of(line)), 0
    if not isinstance(error, dict):
        return text_of(error) or (text_of(body.get("error_description")) if isinstance(body, dict) else ""), 0
    message = text_of(error.get("message"))
    lines = error.get("errors")
    lines = [lines] if isinstance(lines, str) else lines if isinstance(lines, list) else []
    detail = "; ".join(text_of(line) for line in lines if text_of(line))
    code = error.get("code")
    words = (
        detail
        if detail and message in ("", "Invalid Input Provided", detail)
        else ": ".join(part for part in (message, detail) if part)
    )
    return words, code if isinstance(code, int) else 0


def pd_words(answer: Answer) -> str:
    """What PagerDuty says went wrong."""
    description = ""
    if answer.status in (400, 401) and "/oauth/" in answer.where:
        try:
            body = json.loads(answer.text)
            description = text_of(body.get("error_description")) if isinstance(body, dict) else ""
        except (ValueError, RecursionError):
            description = ""
    return description or told(answer)[0] or f"PagerDuty refused it without a word (HTTP {answer.status})"


def as_error(refusal: Refusal) -> AdapterError:
    """The error that a refusal's code stands for."""
    words, code = refusal.words, refusal.code
    if code in _STATE:
        return TransitionError(words)
    if code in _RIGHTS:
        return ForbiddenError(words)
    if code in _NOBODY:
        return ForbiddenError(f"{words}: PagerDuty does not know the address that this console acts as (`username`)")
    if code in _GONE:
        return NotFoundError(words)
    return InvalidError(words, refusal.fields)
