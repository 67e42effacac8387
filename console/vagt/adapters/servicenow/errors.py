"""What ServiceNow's errors mean: the same envelope and few statuses for very different things ("REST API errors")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer
from vagt.adapters.protocol import AdapterError, ForbiddenError, InvalidError, TransitionError

QUOTA = "maximum execution time exceeded"
_RULE = re.compile(r"aborted by Business Rule '([^'^]*)")
_LONGEST = 4000
"""Characters of a server's own words that are read for what they ask: more than any policy has fields for."""
_POLICY = re.compile(
    r"Data Policy Exception: *(?:The following fields are mandatory: *(.+)|(.+?) is mandatory)", re.DOTALL
)


def told_of(told: Mapping[str, object]) -> str:
    """The words of an error object: `error` may be an object or a plain text, `detail` may be missing."""
    error = told.get("error")
    if isinstance(error, Mapping):
        message, detail = error.get("message"), error.get("detail")
    else:
        message, detail = error, told.get("error_description")
    parts = [part.strip() for part in (message, detail) if isinstance(part, str) and part.strip()]
    return ": ".join(dict.fromkeys(parts))


def snow_words(answer: Answer) -> str:
    """What an answer says went wrong, with what is behind it where ServiceNow itself does not tell."""
    if is_html(answer.headers.get("content-type", ""), answer.body):
        return page_title(answer.body)
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        return answer.text[:1000]
    words = told_of(told) if isinstance(told, Mapping) else answer.text[:1000]
    if answer.status == 401:
        if answer.headers.get("x-mfa_token", "").lower() == "invalid":
            return f"{words}. The password is right and a one-time code is wanted: use OAuth or an API key"
        return (
            f"{words}. ServiceNow says the same of a wrong password, a locked account, a way of signing in that is not "
            "allowed (Basic for accounts that log in interactively) and a missing API policy"
        )
    return words


def is_denied_query(error: AdapterError) -> bool:
    """403 because a field of the query may not be read: nothing is wrong with the account."""
    words = error.words.lower()
    return isinstance(error, ForbiddenError) and (
        "insufficient rights to query" in words or "present in the query" in words
    )


def mandatory(words: str) -> tuple[str, ...]:
    """The labels that a data policy wants filled in."""
    match = _POLICY.search(words[:_LONGEST])
    if match is None:
        return ()
    return tuple(label.strip() for label in (match[1] or match[2]).split(",") if label.strip())


def refusal(words: str) -> AdapterError:
    """A 403 to a write as what it is: a data policy, a business rule, or an access rule."""
    if labels := mandatory(words):
        return InvalidError(
            f"ServiceNow wants to know: {', '.join(labels)}", tuple((label, "is mandatory") for label in labels)
        )
    if rule := _RULE.search(words):
        return TransitionError(
            f"the business rule “{rule[1]}” refused it; what it would say on the form is not told over this interface"
        )
    return ForbiddenError(words)
