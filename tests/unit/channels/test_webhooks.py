"""JSON webhooks and status pages on a real HTTP receiver: what they get, and what their answers mean."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.doubles.web import Reply
from tests.servers.receiver import receiver
from tests.unit.channels.lines import channel, message
from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Seen,
    ThrottledError,
    UnavailableError,
)

STATUS_PAGE: dict[str, Any] = {
    "incident": {
        "name": "{title}",
        "status": "investigating",
        "body": "{text}",
        "metadata": {"vagt": {"id": "{id}", "ref": "{ref}"}},
        "component_ids": ["mail", "{unknown}"],
        "deliver_notifications": True,
    }
}


async def test_it_gets_what_apprise_would_send_and_a_key_that_knows_a_repeat() -> None:
    async with receiver() as web:
        await channel(f"json://{web.host}/hook").tell(message())
        (request,) = web.requests
        assert (request.method, request.path) == ("POST", "/hook")
        assert request.headers["idempotency-key"] == "5f0c8e2a"
        assert request.headers["content-type"] == "application/json"
        assert request.json() == {
            "version": "1.0",
            "title": "Mail is down",
            "message": "We are on it.\nNext word at 14:30.",
            "attachments": [],
            "type": "info",
        }


async def test_fields_headers_and_method_as_apprise_writes_them() -> None:
    async with receiver() as web:
        url = f"json://{web.host}/x?method=put&:title=subject&:version=&:team=noc&-room=5&+X-Way=phone"
        await channel(url).tell(message(purpose="escalation"))
        (request,) = web.requests
        assert (request.method, request.query) == ("PUT", {"room": "5"})
        assert request.headers["x-way"] == "phone"
        assert request.json() == {
            "subject": "Mail is down", "message": message().text, "attachments": [], "type": "warning", "team": "noc",
        }  # fmt: skip


async def test_a_status_page_gets_its_own_shape_and_nothing_in_a_title_is_a_field() -> None:
    async with receiver() as web:
        url = f"json://{web.host}/v1/pages/p1/incidents?+Authorization=OAuth%20{{secret}}"
        line = channel(url, "k3y/+%41&=? x", payload=STATUS_PAGE)
        await line.tell(message(title='{text} {{ 7*7 }} "{id}"', text="{title}"))
        (request,) = web.requests
        assert request.headers["authorization"] == "OAuth k3y/+%41&=? x"
        assert request.json() == {
            "incident": {
                "name": '{text} {{ 7*7 }} "{id}"',
                "status": "investigating",
                "body": "{title}",
                "metadata": {"vagt": {"id": "5f0c8e2a", "ref": "desk:11"}},
                "component_ids": ["mail", "{unknown}"],
                "deliver_notifications": True,
            }
        }


async def test_user_and_secret_of_the_address_sign_it() -> None:
    async with receiver() as web:
        await channel(f"json://anna:{{secret}}@{web.host}/", "p@ss:w/o%20rd?#&").tell(message())
        expected = base64.b64encode(b"anna:p@ss:w/o%20rd?#&").decode()
        assert web.requests[0].headers["authorization"] == f"Basic {expected}"


@pytest.mark.parametrize(
    ("status", "kind", "sent"),
    [
        (400, InvalidError, None),
        (401, AuthError, None),
        (403, ForbiddenError, None),
        (404, NotFoundError, None),
        (422, InvalidError, None),
        (429, ThrottledError, None),
        (500, UnavailableError, False),
        (503, UnavailableError, False),
        (502, UnavailableError, True),
        (504, UnavailableError, True),
    ],
)
async def test_what_an_answer_means(status: int, kind: type[AdapterError], sent: bool | None) -> None:
    async with receiver() as web:
        web.down = Reply(status, b'{"message": "the room is closed"}', {"Content-Type": "application/json"})
        with pytest.raises(kind, match="the room is closed") as told:
            await channel(f"json://{web.host}/").tell(message())
        assert getattr(told.value, "sent", None) is sent
        assert web.tries == 1, "a message is not repeated behind the outbox's back"


async def test_a_pause_that_is_asked_for_is_told() -> None:
    async with receiver() as web:
        web.down = Reply(503, b"later", {"Retry-After": "17"})
        with pytest.raises(ThrottledError) as told:
            await channel(f"json://{web.host}/").tell(message())
        assert told.value.wait == pytest.approx(17, abs=1)


async def test_a_redirect_is_not_followed() -> None:
    async with receiver() as web:
        web.down = Reply(302, b"", {"Location": "https://elsewhere.test/login"})
        with pytest.raises(AdapterError, match=r"redirects to elsewhere\.test"):
            await channel(f"json://{web.host}/").tell(message())
        assert web.tries == 1


async def test_cut_off_in_the_act_nobody_can_tell_but_refused_is_refused() -> None:
    async with receiver() as web:
        web.web.lose_answers = 1
        line = channel(f"json://{web.host}/", timeout=1.0)
        with pytest.raises(UnavailableError) as cut:
            await line.tell(message())
        assert cut.value.sent and len(web.requests) == 1
        assert await line.seen(message(), message().at) is Seen.UNKNOWN
        web.hang = True
        with pytest.raises(UnavailableError) as hung:
            await channel(f"json://{web.host}/", timeout=0.3).tell(message())
        assert hung.value.sent
        url = f"json://{web.host}/"
    with pytest.raises(UnavailableError) as refused:
        await channel(url).tell(message())
    assert not refused.value.sent


async def test_checking_sends_nothing() -> None:
    async with receiver() as web:
        assert await channel(f"json://{web.host}/").check() == f"{web.host} answers, unencrypted"
        assert web.tries == 0
