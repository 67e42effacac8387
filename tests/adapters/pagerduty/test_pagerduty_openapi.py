"""Every request that the adapter sends is valid by PagerDuty's own OpenAPI document, as Prism judges it.

Prism stands between the adapter and the stand-in account, lets through what the document allows, and
names what it does not. It needs the vendor's document, which is not ours to ship, and Prism from npm
(`npm install @stoplight/prism-cli`): VAGT_PAGERDUTY_OPENAPI holds the path of the one, VAGT_PRISM of
the other where `prism` is not on the path. The document has to be one that Prism can judge by: with
the vendor's media type among the answers, and parameters in brackets of a style that Prism checks.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.adapters.pagerduty.acts import command, mirrored, one
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import ANNA, BO, PdRig
from tests.servers.cutter import Cutter
from vagt.adapters.pagerduty.client import PdClient
from vagt.adapters.pagerduty.session import PdSession
from vagt.adapters.protocol import AdapterError
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Change,
    Comment,
    Create,
    Escalate,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
    Verb,
)
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import LinkKind, State

DOCUMENT = os.environ.get("VAGT_PAGERDUTY_OPENAPI", "")
PRISM = os.environ.get("VAGT_PRISM", "") or shutil.which("prism") or ""
_STARTS = 60.0
_VIOLATIONS = re.compile(rb"\r\nsl-violations: ([^\r]*)\r\n", re.IGNORECASE)
_ID = re.compile(r"/(?:[A-Z0-9]{7,14}|\d+)(?=/|$)")

_CONTRADICTORY = ("/log_entries", "/oncalls")
"""Answers of these are not judged: no entry fits the document's own union of types, and it forbids the null schedules
and whole users that its prose promises."""

needs_prism = pytest.mark.skipif(
    not DOCUMENT or not Path(DOCUMENT).is_file() or not PRISM,
    reason="the vendor's OpenAPI document (VAGT_PAGERDUTY_OPENAPI) or Prism (VAGT_PRISM, or on the path) is missing",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what Prism found wrong with it."""

    line: str
    body: bytes
    status: int
    wrong: tuple[str, ...]
    """With the request."""
    odd: tuple[str, ...]
    """With the stand-in's answer."""

    @property
    def shape(self) -> str:
        """What makes one request another kind than the next: method, path, names of parameters and of fields."""
        method, target, _ = self.line.split(" ", 2)
        names = sorted({name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True)})
        path = _ID.sub("/{id}", urlsplit(target).path)
        return " ".join([method, path, *names, *_names(json.loads(self.body) if self.body else None)])


def _names(value: Any, at: str = "") -> list[str]:
    if isinstance(value, dict):
        return sorted(name for key, held in value.items() for name in (f"{at}.{key}", *_names(held, f"{at}.{key}")))
    return sorted({name for held in value for name in _names(held, f"{at}[]")}) if isinstance(value, list) else []


class Judge(Cutter):
    """Passes everything on to Prism, and keeps what it says."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.heard: list[Exchange] = []

    async def _forward(self, request: bytes) -> bytes:
        answer = await super()._forward(request)
        head, _, body = request.partition(b"\r\n\r\n")
        found = _VIOLATIONS.search(answer.split(b"\r\n\r\n", 1)[0] + b"\r\n")
        told = list(_objects(found[1].decode())) if found else []
        words = [(one["location"][0], f"{'.'.join(map(str, one['location']))}: {one['message']}") for one in told]
        self.heard.append(
            Exchange(
                head.split(b"\r\n", 1)[0].decode("latin-1"),
                body,
                int(answer.split(b" ", 2)[1]),
                tuple(text for where, text in words if where == "request"),
                tuple(text for where, text in words if where != "request"),
            )
        )
        return answer


def _objects(text: str) -> Iterator[Any]:
    """The violations in a header, which Prism cuts off where they are many; those of the request come first."""
    reader = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, end = reader.raw_decode(text, at)
        except ValueError:
            return
        yield found
        at = text.find("{", end)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def judged(rigs: MakeRig, tmp_path: Path) -> AsyncIterator[tuple[PdRig, Judge]]:
    """An account with Prism in front of it."""
    rig: PdRig = await rigs(incidents=30)
    port, log = _free_port(), tmp_path / "prism.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            PRISM, "proxy", "-h", "127.0.0.1", "-p", str(port), DOCUMENT, rig.account.url, stdout=out, stderr=out
        )
    judge = Judge(port)
    try:
        for _ in range(int(_STARTS / 0.1)):
            if b"Prism is listening" in log.read_bytes():
                break
            assert process.returncode is None, f"Prism ended: {log.read_text()[-500:]}"
            await asyncio.sleep(0.1)
        else:
            raise AssertionError(f"Prism did not start: {log.read_text()[-500:]}")
        await judge.start()
        yield rig, judge
    finally:
        await judge.stop()
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _watched(session: PdSession, used: set[str]) -> PdSession:
    """The same session; the names of the client's requests that it uses are put into `used`."""
    client = session._context.client
    for name, method in inspect.getmembers(client, inspect.iscoroutinefunction):
        if name.startswith("_"):
            continue

        def watching(method: Any = method, name: str = name) -> Any:
            async def call(*args: Any, **given: Any) -> Any:
                used.add(name)
                return await method(*args, **given)

            return call

        setattr(client, name, watching())
    return session


async def _reads(rig: PdRig, session: PdSession, thorough: PdSession) -> None:
    await session.probe()
    await thorough.probe()
    for one_session in (session, thorough):
        mirror = await mirrored(one_session)
        await rig.change(next(iter(rig.account.store.incidents)))
        await mirror.poll()
    await session.search(include_closed=True, limit=50)
    await session.search(include_closed=False, limit=5)
    id = rig.register("to be read", service="Warehouse DB")
    await session.get([id])
    await session.find(str(rig.incident(id).number))
    await session.timeline(id)
    await session.transitions(id)
    for verb in (Verb.RESOLVE, Verb.SNOOZE, Verb.NOTE, Verb.COMMENT, Verb.ESCALATE, Verb.CREATE):
        await session.fields(verb, None if verb is Verb.CREATE else id)
    for kind in (DirectoryKind.PERSON, DirectoryKind.TEAM, DirectoryKind.SERVICE):
        for text in ("", "data", BO):
            await session.directory(kind, text)
    await session.directory(DirectoryKind.PERSON, "", within="Operations")
    await session.oncall(None)
    await session.oncall("Database")


async def _writes(rig: PdRig, session: PdSession, with_template: PdSession) -> None:
    id = rig.register("to be worked on", service="Shop")
    target = rig.register("the one that survives")
    soon = datetime.now(UTC) + timedelta(hours=1)
    for change in (
        Acknowledge(),
        MoveTo("unacknowledge", "Back", State.NEW, "triggered"),
        Take(),
        Assign(to=BO),
        Assign(to=""),
        Assign(team="Database"),
        SetPriority(priority=1),
        SetPriority(urgency=3),
        Note("looked at it"),
        Comment("we are on it"),
        Announce("status", "Shop", "we are on it still"),
        Escalate("nobody answers"),
        Escalate("straight to two", level=2),
        Escalate("she knows it", to="dina@acme.example"),
        Escalate("they know it", to="policy:Operations"),
        SetMajor(True),
        SetMajor(False),
        Snooze(soon, "until the vendor calls"),
        Resolve("restarted"),
        Reopen(),
        Resolve(""),
        MoveTo("retrigger", "Again", State.NEW, "triggered"),
        LinkTo(target, f"pd:{rig.incident(target).number}", LinkKind.DUPLICATE),
    ):
        await _seen_and_done(session, id, change)
    await _seen_and_done(with_template, target, Announce("status", "Shop", "half of it works"))
    for create in (
        Create("plain", service="Mail"),
        Create("full", "all of it", urgency=1, service="Shop", team="Database", fields=(("priority", "P2"),)),
        Create("mine", "I do it", urgency=3, service="Shop", fields=(("assignee", ANNA),)),
    ):
        doing = command(create, None)
        await session.perform(doing, None)
        await session.seen(doing, datetime.now(UTC) - timedelta(seconds=10))


async def _seen_and_done(session: PdSession, id: str, change: Change) -> None:
    base = await one(session, id)
    doing = command(change, base)
    await session.seen(doing, datetime.now(UTC) - timedelta(seconds=10))
    await session.perform(doing, base.version)


@needs_prism
async def test_every_request_is_valid_by_the_vendors_document(judged: tuple[PdRig, Judge]) -> None:
    rig, judge = judged
    used: set[str] = set()
    narrowed = {"teams": ["Operations"], "services": ["Shop", "Mail"], "urgencies": ["high"]}
    session = _watched(await rig.connect(url=judge.url), used)
    thorough = await rig.connect(url=judge.url, thorough=True, status_template="For users", **narrowed)
    await _reads(rig, session, _watched(thorough, used))
    await _writes(rig, session, thorough)
    refused = [f"{told.line}: {text}" for told in judge.heard for text in told.wrong]
    assert not refused, "\n".join(sorted(set(refused)))
    unknown = sorted({told.line for told in judge.heard if told.status in (404, 405)})
    assert not unknown, f"not in the document: {unknown}"
    public = {name for name, _ in inspect.getmembers(PdClient, inspect.iscoroutinefunction) if not name.startswith("_")}
    assert used == public, f"requests that were not tried: {sorted(public - used)}"
    shapes = {told.shape for told in judge.heard}
    assert len(shapes) >= 45, sorted(shapes)
    print(f"{len(judge.heard)} requests of {len(shapes)} shapes, all valid")


@needs_prism
async def test_the_stand_in_answers_as_the_vendors_document_says(judged: tuple[PdRig, Judge]) -> None:
    rig, judge = judged
    session = await rig.connect(url=judge.url)
    await _reads(rig, session, await rig.connect(url=judge.url, thorough=True))
    await _writes(rig, session, await rig.connect(url=judge.url, status_template="For users"))
    odd = sorted(
        {
            f"{told.line}: {text}"
            for told in judge.heard
            if not any(path in told.line for path in _CONTRADICTORY)
            for text in told.odd
        }
    )
    assert not odd, "\n".join(odd)


@needs_prism
@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", "/incidents?statuses[]=open", None, {}),
        ("PUT", "/incidents/{id}", {"incident": {"type": "incident_reference", "status": "closed"}}, {"From": ANNA}),
        ("PUT", "/incidents/{id}", {"incident": {"type": "incident_reference", "status": "resolved"}}, {}),
        ("POST", "/incidents/{id}/snooze", {"duration": 0}, {"From": ANNA}),
    ],
    ids=["an unknown status in a filter", "an unknown status in a write", "no From", "a snooze of nothing"],
)
async def test_what_is_invalid_would_be_noticed(
    judged: tuple[PdRig, Judge], method: str, path: str, body: object, headers: dict[str, str]
) -> None:
    """The judge is awake: what the document forbids shows as a violation."""
    rig, judge = judged
    session = await rig.connect(url=judge.url)
    id = rig.register("wrongly treated")
    with contextlib.suppress(AdapterError):
        await session._http.request(method, path.format(id=id), body=body, headers=headers)
    assert judge.heard[-1].wrong, judge.heard[-1]
