"""From `backend:number`, or a bare number, to the incident."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from vagt.adapters.protocol import AdapterError, NotFoundError
from vagt.cli.exits import Errors, UsageError
from vagt.cli.session import words_of
from vagt.config.errors import did_you_mean
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference that leads to no incident now."""

    ref: str
    message: str
    backend: str
    """Where it should be; empty where no backend is named."""
    unreachable: bool
    """Whether it may exist on a backend that could not be asked."""


async def resolve_all(engine: Engine, refs: list[str], errors: Errors) -> list[Incident | Missing]:
    """Each reference's incident, in their order. Raises UsageError for one that means several."""
    found = await asyncio.gather(*(_resolve(engine, ref, errors) for ref in dict.fromkeys(refs)))
    return list(found)


async def _resolve(engine: Engine, ref: str, errors: Errors) -> Incident | Missing:
    known = [backend.name for backend in engine.settings.backends]
    prefix, colon, number = ref.partition(":")
    if colon and prefix in known:
        backends = [prefix]
    elif colon and prefix.replace("-", "").isalnum() and not prefix.isdigit():
        remedy = did_you_mean(prefix, known, otherwise="the config has")
        raise UsageError(f"“{ref}”: no backend is called “{prefix}”; {remedy}")
    else:
        backends, number = known, ref
    if not number:
        raise UsageError(f"“{ref}” has no number; write backend:number")
    answers = await asyncio.gather(*(_ask(engine, backend, number) for backend in backends))
    hits = [answer for answer in answers if isinstance(answer, Incident)]
    away = [(backend, answer) for backend, answer in zip(backends, answers, strict=True) if isinstance(answer, str)]
    for backend, words in away:
        errors.add(backend, words)
    if len(hits) > 1:
        candidates = ", ".join(f"{hit.ref} ({hit.title})" for hit in hits)
        raise UsageError(f"“{ref}” is on several backends; write one of: {candidates}")
    if hits:
        return hits[0]
    if away:
        message = "; ".join(f"{backend}: {words}" for backend, words in away)
        return Missing(ref, message, away[0][0], unreachable=True)
    return Missing(ref, f"no incident is called “{ref}”", prefix if colon else "", unreachable=False)


async def _ask(engine: Engine, backend: str, number: str) -> Incident | str | None:
    """The incident, None where the backend has none of that number, or why it could not be asked."""
    try:
        return await engine.find(f"{backend}:{number}")
    except NotFoundError:
        return None
    except AdapterError as error:
        # what was seen before can be acted on all the same: the outbox waits for the backend
        return await engine.remembered(backend, number) or words_of(error)
