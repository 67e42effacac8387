"""Tidy Desk's requests as its "API reference" documents them; nothing here knows what an incident is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vagt.adapters.http import Answer, HttpClient, plain_words
from vagt.adapters.protocol import Connection, InvalidError, ProtocolError, TransitionError
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import SecretHeader

Record = Mapping[str, Any]
"""A JSON object of theirs."""
FIELDS = {"solution": "text", "wait_reason": "reason", "wait_until": "until", "assignee": "to"}
"""What Vagt calls their fields, where that is another name: so that a form shows an error at the right one."""


class TidyDesk:
    """One Tidy Desk. Every method may raise an AdapterError."""

    def __init__(self, connection: Connection) -> None:
        redact = Redactor()
        self._http = HttpClient(
            connection.settings,
            connection.clock,
            base=connection.settings.url,
            sign_in=SecretHeader(connection.secret, lambda token: {"Authorization": f"Bearer {token}"}, redact),
            redact=redact,
            seed=connection.seed,
        )

    async def close(self) -> None:
        await self._http.close()

    async def me(self) -> Record:
        return await self._read("/api/me")

    async def tickets(self, **asked: str | int) -> Record:
        """`{"tickets": […], "more": bool, "stamp": number}`; the stamp is where changes go on from."""
        return await self._read("/api/tickets", **asked)

    async def entries(self, id: str) -> list[Record]:
        return list((await self._read(f"/api/tickets/{id}/entries"))["entries"])

    async def names(self, kind: str, text: str = "") -> list[Record]:
        """`people`, `teams` or `codes` whose id or name holds `text`."""
        return list((await self._read(f"/api/{kind}", q=text))["entries"])

    async def has_receipt(self, key: str) -> bool:
        """Whether a request with this idempotency key was carried out."""
        return (await self._http.request("GET", f"/api/receipts/{key}", accept=(404,))).status != 404

    async def create(self, body: Record, *, key: str) -> Record:
        return _object(await self._write("POST", "/api/tickets", body, key), sent=True)

    async def say(self, id: str, text: str, *, public: bool, key: str) -> None:
        await self._write("POST", f"/api/tickets/{id}/entries", {"text": text, "public": public}, key)

    async def update(self, id: str, body: Record, *, key: str, revision: str | None) -> Record | None:
        """The ticket as it then is; None where it has another `revision` by now and nothing was done."""
        answer = await self._write("PATCH", f"/api/tickets/{id}", body, key, revision)
        return None if answer.status == 412 else _object(answer, sent=True)

    async def _read(self, path: str, **asked: str | int) -> Record:
        return _object(await self._http.request("GET", path, params={name: str(asked[name]) for name in asked}))

    async def _write(self, method: str, path: str, body: Record, key: str, revision: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} | ({} if revision is None else {"If-Match": revision})
        answer = await self._http.request(method, path, body=dict(body), headers=headers, accept=(409, 412, 422))
        words = self._http.redact.words(plain_words(answer))
        if answer.status == 409:
            raise TransitionError(words)
        if answer.status == 422:
            fields = _object(answer).get("fields", {})
            raise InvalidError(words, tuple((FIELDS.get(name, name), wrong) for name, wrong in fields.items()))
        return answer


def _object(answer: Answer, *, sent: bool = False) -> Record:
    try:
        found = answer.json()
    except ProtocolError as error:
        raise ProtocolError(error.words, sent=sent) from None
    if not isinstance(found, dict):
        raise ProtocolError(f"{answer.where} gave no object", sent=sent)
    return found
