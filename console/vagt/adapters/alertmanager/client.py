"""Requests as Alertmanager's API v2 documents them, and its three shapes of error made plain ("API v2")."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from vagt.adapters.alertmanager.matchers import Matcher
from vagt.adapters.alertmanager.members import Members
from vagt.adapters.alertmanager.wire import Group, Silence, groups_of, silence_of, silences_of
from vagt.adapters.http import Answer, leads_to_sign_in, plain_words
from vagt.adapters.lenient import moment_of, text_of
from vagt.adapters.protocol import AdapterError, ProtocolError, UnavailableError

API = "/api/v2"
_LARGE = 100_000
"""Bytes from which an answer is read beside everything else."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a server tells of itself; its configuration, which it tells as well, is nobody's business."""

    version: str
    cluster: str
    """ready, settling or disabled."""
    peers: int
    started_at: datetime | None
    """When it was started, UTC: what Alertmanager calls uptime."""
    now: datetime | None
    """Its clock, UTC, to the second."""


def am_words(answer: Answer) -> str:
    """A bare JSON string, an object with a message, or nothing at all."""
    if there := leads_to_sign_in(answer):
        return f"it leads to a sign-in: {there}"
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        told = None
    words = told if isinstance(told, str) else plain_words(answer)
    if answer.status == 400 and "HTTP request to an HTTPS server" in words:
        return "it speaks https: let `url` begin with https://"
    return words.strip() or f"Alertmanager failed without a word (HTTP {answer.status})"


def is_refused(answer: Answer) -> bool:
    """401, or a proxy's way to its sign-in page."""
    return answer.status == 401 or bool(leads_to_sign_in(answer))


class Client:
    """Alertmanager's API v2 below the addresses of `members`."""

    def __init__(self, members: Members) -> None:
        self.members = members

    async def status(self) -> Status:
        """Version, cluster and start."""
        return _status_of(await self.members.request("GET", f"{API}/status"))

    async def each_status(self) -> dict[str, Status | AdapterError]:
        """The same of every address, or why it does not tell."""
        found: dict[str, Status | AdapterError] = {}
        for name, answer in (await self.members.each(self.members.names, f"{API}/status")).items():
            try:
                found[name] = answer if isinstance(answer, AdapterError) else _status_of(answer)
            except ProtocolError as error:
                found[name] = error
        return found

    async def groups(self, filters: Sequence[Matcher] = (), receiver: str = "") -> tuple[Group, ...]:
        """All groups with the alerts that fit every one of `filters`; `receiver` is an anchored expression."""
        params = _asked_for(filters, receiver)
        return await _groups_in(await self.members.request("GET", f"{API}/alerts/groups", params=params))

    async def groups_elsewhere(
        self, filters: Sequence[Matcher] = (), receiver: str = ""
    ) -> dict[str, tuple[Group, ...] | None]:
        """The same from all other addresses; None of those that do not answer."""
        params = _asked_for(filters, receiver)
        found: dict[str, tuple[Group, ...] | None] = {}
        answers = await self.members.each(self.members.others, f"{API}/alerts/groups", params=params)
        for name, answer in answers.items():
            try:
                found[name] = None if isinstance(answer, AdapterError) else await _groups_in(answer)
            except ProtocolError:
                found[name] = None
        return found

    async def silences(self) -> tuple[Silence, ...]:
        """All silences, those that ended within the server's retention too."""
        answer = await self.members.request("GET", f"{API}/silences")
        return silences_of(_as_list(answer, "silences"))

    async def silences_elsewhere(self) -> tuple[Silence, ...]:
        """Those of all other addresses that answer: one that was made a moment ago may be on its way to here."""
        found: list[Silence] = []
        for answer in (await self.members.each(self.members.others, f"{API}/silences")).values():
            if not isinstance(answer, AdapterError):
                found += silences_of(_as_list(answer, "silences"))
        return tuple(found)

    async def silence(self, id: str) -> Silence | None:
        """One silence; None where there is none, which is told by an empty 404, or by 422 for what is no id."""
        answer = await self.members.request("GET", f"{API}/silence/{quote(id, safe='')}", accept=(404, 422))
        return silence_of(answer.json()) if answer.status == 200 else None

    async def post_silence(self, body: Mapping[str, object]) -> str:
        """Make or edit a silence; the id that it has now, which may be another than the one that was edited."""
        answer = await self.members.request("POST", f"{API}/silences", body=dict(body))
        try:
            told = answer.json()
        except ProtocolError as error:
            raise ProtocolError(error.words, sent=True) from None
        id = text_of(told.get("silenceID")) if isinstance(told, Mapping) else ""
        if not id:
            raise ProtocolError("Alertmanager took the silence and did not say its id", sent=True)
        return id

    async def expire_silence(self, id: str) -> None:
        """End it now. One that is not there any more (404, and 500 before 0.26) has ended already."""
        answer = await self.members.request("DELETE", f"{API}/silence/{quote(id, safe='')}", accept=(404, 500))
        if answer.status == 500 and "not found" not in am_words(answer):
            raise UnavailableError(self.members.redact.words(am_words(answer)), sent=True)


def _status_of(answer: Answer) -> Status:
    told = answer.json()
    version = told.get("versionInfo") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(version, Mapping):
        raise ProtocolError("this does not answer as Alertmanager's API v2 does; is the address right?")
    cluster = told.get("cluster")
    peers = cluster.get("peers") if isinstance(cluster, Mapping) else None
    return Status(
        version=text_of(version.get("version")),
        cluster=text_of(cluster.get("status")) if isinstance(cluster, Mapping) else "",
        peers=len(peers) if isinstance(peers, list) else 0,
        started_at=moment_of(text_of(told.get("uptime"))),
        now=_date_of(answer),
    )


def _asked_for(filters: Sequence[Matcher], receiver: str) -> list[tuple[str, str]]:
    named = [("receiver", receiver)] if receiver else []
    return [*(("filter", matcher.text) for matcher in filters), *named]


async def _groups_in(answer: Answer) -> tuple[Group, ...]:
    if len(answer.body) < _LARGE:
        return groups_of(_as_list(answer, "groups"))
    # thousands of alerts are a fifth of a second of work: keys are answered meanwhile
    return await asyncio.to_thread(lambda: groups_of(_as_list(answer, "groups")))


def _as_list(answer: Answer, what: str) -> list[object]:
    told = answer.json()
    if not isinstance(told, list):
        raise ProtocolError(f"{what} were asked for, and no list came ({answer.where})")
    return told


def _date_of(answer: Answer) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
