"""What Jira's refusals mean ("Status codes"): several forms, texts in any language, none to match.

A dead credential is no refusal on Cloud: the caller becomes anonymous, and only a header, or
`/myself`, tells. A missing scope is 401 and no reason to ask for another token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer, leads_to_sign_in

_SCOPE = "scope does not match"
_READS = ("/search/jql", "/search", "/search/approximate-count", "/issue/bulkfetch")
"""POST requests that only read."""
_HINT = (
    ". Such a token works at api.atlassian.com only: set the option gateway. Where it is a personal access token, "
    "this is no Data Center"
)


def jira_words(answer: Answer) -> str:
    """What an answer says went wrong, in whichever form it does."""
    if there := leads_to_sign_in(answer):
        return f"it leads to a sign-in: {there}"
    if is_html(answer.headers.get("content-type", ""), answer.body):
        return page_title(answer.body)
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        return answer.text[:1000]
    if not isinstance(told, Mapping):
        return answer.text[:1000]
    found: list[str] = []
    messages = told.get("errorMessages")
    if isinstance(messages, list):
        found += [text for text in messages if isinstance(text, str)]
    found += list(fields_of(told).values())
    for name in ("errorMessage", "message", "error", "detail", "title"):
        if not found and isinstance(told.get(name), str):
            found.append(str(told[name]))
    errors = told.get("errors")
    if isinstance(errors, list):
        found += [
            str(error.get("detail") or error.get("title") or "") for error in errors if isinstance(error, Mapping)
        ]
    words = " ".join(text.strip() for text in found if text.strip())
    return words + _HINT if "Connect Session Auth Token" in words else words


def fields_of(told: object) -> dict[str, str]:
    """Words by field of Jira's."""
    errors = told.get("errors") if isinstance(told, Mapping) else None
    if not isinstance(errors, Mapping):
        return {}
    return {str(name): str(words) for name, words in errors.items() if isinstance(words, str)}


def is_scope(answer: Answer) -> bool:
    """401 because the token does not open this API; it is good for others."""
    return answer.status == 401 and _SCOPE in answer.text


def reads(answer: Answer) -> bool:
    """Whether the request changed nothing."""
    return answer.where.startswith("GET ") or answer.where.endswith(_READS)


def is_refused(answer: Answer) -> bool:
    """Whether the credential was not accepted, however the answer looks."""
    if is_scope(answer):
        return False
    if answer.status == 401 or is_captcha(answer) or leads_to_sign_in(answer):
        return True
    # What a stranger may write is written: such an answer is not asked for a second time.
    if 200 <= answer.status < 300 and not reads(answer):
        return False
    reason = answer.headers.get("x-seraph-loginreason", "")
    return "AUTHENTICATED_FAILED" in reason and "OK" not in reason.split(",")[-1]


def is_captcha(answer: Answer) -> bool:
    """Data Center wants somebody to log in with a browser before it looks at this account's credentials again."""
    return answer.status == 403 and "CAPTCHA" in answer.headers.get("x-authentication-denied-reason", "").upper()


def is_login_page(answer: Answer) -> bool:
    """A page to log in where data was expected, which says that nobody is signed in."""
    nobody = answer.headers.get("x-ausername", "").lower() == "anonymous"
    return nobody and is_html(answer.headers.get("content-type", ""), answer.body)


def names_us(answer: Answer) -> bool:
    """Whether the answer tells that it was given to an account and not to a stranger."""
    if answer.headers.get("x-aaccountid", "").strip():
        return True
    return answer.headers.get("x-ausername", "anonymous").strip().lower() not in ("", "anonymous")
