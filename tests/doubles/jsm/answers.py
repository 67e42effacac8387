"""The forms in which the site says no."""

from __future__ import annotations

from tests.doubles.web import Reply, Request, json_reply


def refused(status: int, *messages: str, errors: dict[str, str] | None = None) -> Reply:
    """The platform's form."""
    return json_reply(status, {"errorMessages": list(messages), "errors": errors or {}})


def problem(status: int, title: str, detail: str, request: Request) -> Reply:
    """RFC 7807, as the newer parts answer."""
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.path}
    reply = json_reply(status, told)
    reply.headers["Content-Type"] = "application/problem+json"
    return reply


def desk_refused(status: int, words: str, key: str = "sd.error") -> Reply:
    """The service API's form, singular."""
    return json_reply(status, {"errorMessage": words, "i18nErrorMessage": {"i18nKey": key, "parameters": []}})


def page(status: int, title: str) -> Reply:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Reply(status, body.encode(), {"Content-Type": "text/html;charset=UTF-8"})


GONE = "Issue does not exist or you do not have permission to see it."
GONE_FOREIGN = "Der Vorgang existiert nicht oder Sie haben keine Berechtigung, ihn zu sehen."
FORBIDDEN = "You do not have permission to do that."
