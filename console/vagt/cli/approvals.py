"""`vagt approvals`: updates that colleagues have written, approved and sent, or sent back."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from vagt.adapters.protocol import AdapterError
from vagt.cli import json_out, plain, stdin
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import load_settings, opened, words_of
from vagt.cli.update import delivery_json, delivery_lines
from vagt.comms import approvals, delivery, releasing
from vagt.comms.approvals import DecisionError, Waiting, Why
from vagt.comms.delivery import Delivery, Status
from vagt.comms.office import Office
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine

_PATIENCE = 3.0
_LATELY = timedelta(days=2)
"""So long ago a closed incident may have changed to be looked at: its last word may wait."""
_CLOSED = 100


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """List, approve or return. Raises UsageError, ConfigError and EngineError."""
    if given.do != "list" and not given.id:
        raise UsageError(f"“approvals {given.do}” needs the id of a text; “vagt approvals list” tells them")
    if given.do == "list" and given.id:
        raise UsageError("“approvals list” takes no id")
    comment = _comment(given)
    settings = load_settings(given, output)
    errors = Errors()
    async with opened(settings, given, load=False) as engine:
        office = Office(engine)
        asked = await _incidents(engine, given.ref, errors)
        incidents = approvals.likely(office, asked)
        found = await approvals.look(office, incidents, every=given.do != "list")
        for backend, words in found.problems:
            errors.add(backend, words)
        if left_out := len(asked) - len(incidents) + found.left_out:
            output.note(
                f"note: {left_out} incidents were not looked at, as they concern no such audience; --ref names one"
            )
        if given.do == "list":
            return _listed(found.waiting, errors)
        try:
            waiting = approvals.find(found.waiting, given.id)
            await engine.start(poll=False)
            patience = _PATIENCE * settings.backend(waiting.seen.incident.backend).timeout
            if given.do == "return":
                await approvals.send_back(office, waiting, comment, patience=patience)
                return Answer(noun="approvals", payload=[_json(waiting)], human=["sent back"], errors=errors)
            sent = await releasing.approve(office, waiting, patience=patience, again=given.again)
            sent = await delivery.settled(engine, sent, patience)
        except DecisionError as error:
            remedy = "; --again sends it all the same" if error.why is Why.SILENT else ""
            errors.add("", f"{error.words}{remedy}")
            away = error.why is Why.AWAY
            return Answer(
                noun="approvals",
                payload=[],
                human=[],
                errors=errors,
                code=Exit.UNREACHABLE if away else Exit.REFUSED,
                more={"deliveries": []},
            )
    return _approved(waiting, sent, errors)


def _comment(given: argparse.Namespace) -> str:
    if given.text is not None and given.do != "return":
        raise UsageError("--text goes with “approvals return” only")
    if given.again and given.do != "approve":
        raise UsageError("--again goes with “approvals approve” only")
    if given.do != "return":
        return ""
    words = stdin.text() if given.text == "-" else given.text or ""
    if not words.strip():
        raise UsageError("“approvals return” needs --text: what the author should know")
    return words.strip()


async def _incidents(engine: Engine, ref: str | None, errors: Errors) -> list[Incident]:
    """The one that is named, or all that are open or were lately."""
    if ref is not None:
        (found,) = await resolve_all(engine, [ref], errors)
        if isinstance(found, Missing):
            if not found.unreachable:
                errors.add(found.backend, found.message)
            return []
        return [found]
    known: dict[tuple[str, str], Incident] = {}
    since = engine.clock.now() - _LATELY

    async def ask(backend: str) -> None:
        try:
            for one in await engine.fetch(backend):
                known[one.key] = one
            for one in await engine.fetch(backend, include_closed=True, limit=_CLOSED):
                if one.is_open or (one.updated_at is not None and one.updated_at >= since):
                    known.setdefault(one.key, one)
        except AdapterError as error:
            errors.add(backend, words_of(error))

    await asyncio.gather(*(ask(backend.name) for backend in engine.settings.backends))
    return list(known.values())


def _json(waiting: Waiting) -> dict[str, Any]:
    proposal = waiting.proposal
    return {
        "id": proposal.id,
        "ref": waiting.seen.incident.ref,
        "audience": proposal.audience,
        "by": proposal.by,
        "text": proposal.text,
        "digest": proposal.digest,
        "subject": proposal.subject,
        "language": proposal.language,
        "at": json_out.moment(proposal.at),
        "standing": proposal.standing.value,
        "decided_by": proposal.decided_by,
    }


def _listed(found: Sequence[Waiting], errors: Errors) -> Answer:
    human: list[str] = []
    for waiting in found:
        proposal = waiting.proposal
        whom = f"to {proposal.audience} ({proposal.language}), by {proposal.by}"
        if proposal.decided_by:
            whom += f", approved by {proposal.decided_by} and not sent yet"
        head = f"{proposal.id[:8]}  {waiting.seen.incident.ref}  {whom}"
        human += [plain.line(head), plain.line(f"  {proposal.subject}")]
        human += [*(f"  {line}".rstrip() for line in plain.block(proposal.text).split("\n")), ""]
    code = Exit.UNREACHABLE if errors else Exit.DONE
    return Answer(noun="approvals", payload=[_json(one) for one in found], human=human, errors=errors, code=code)


def _approved(waiting: Waiting, sent: Sequence[Delivery], errors: Errors) -> Answer:
    code = Exit.DONE
    if any(one.status is Status.QUEUED for one in sent):
        code = Exit.UNREACHABLE
    if any(one.status is Status.FAILED for one in sent):
        code = Exit.REFUSED
    return Answer(
        noun="approvals",
        payload=[_json(waiting)],
        human=["approved", *delivery_lines(sent)],
        more={"deliveries": [delivery_json(one) for one in sent]},
        errors=errors,
        code=code,
    )
