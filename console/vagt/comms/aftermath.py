"""Tells the incident's timeline when an update did not go out as its note said: given up, or by another channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from vagt.comms.audiences import OWN_CHANNELS
from vagt.comms.delivery import delivery_id
from vagt.comms.record import KIND, missed_line, unpacked
from vagt.domain import marker
from vagt.domain.commands import Announce, Comment, Note, Notify
from vagt.domain.incident import Key
from vagt.domain.marker import Marker
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

_SPACE = UUID("e3c6bb2f-0d1f-4d1a-8c6e-8f5b5b1c7a90")
_ENDED = frozenset({Stage.DONE, Stage.DISCARDED, Stage.UNDONE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One update that has come to its end, with what went otherwise."""

    update: str
    subject: Key
    lines: tuple[str, ...]
    missed: tuple[str, ...] = ()
    """Audiences at which nothing of it arrived."""


def outcomes(engine: Engine) -> tuple[Outcome, ...]:
    """Every update of the outbox of which nothing is left to happen and something went otherwise; no network."""
    groups: dict[str, list[Intent]] = {}
    for intent in (*engine.recent(), *engine.intents()):
        if intent.command.bulk is not None:
            groups.setdefault(intent.command.bulk, []).append(intent)
    found = (_outcome(group) for group in groups.values())
    return tuple(one for one in found if one is not None)


def _outcome(group: Sequence[Intent]) -> Outcome | None:
    record = next((intent for intent in group if _update_of(intent)), None)
    if record is None or record.command.subject is None or record.stage is not Stage.DONE:
        return None
    sent = [intent for intent in group if isinstance(intent.command.change, Comment | Announce | Notify)]
    if any(intent.stage not in _ENDED for intent in sent):
        return None
    known = {intent.command.id: intent for intent in sent}
    firsts = known.keys() - {intent.passed_to for intent in sent}
    lines = [line for intent in sent if intent.command.id in firsts if (line := _line(intent, known))]
    if not lines:
        return None
    return Outcome(_update_of(record), record.command.subject, tuple(lines), _missed(record, sent))


def _missed(record: Intent, sent: Sequence[Intent]) -> tuple[str, ...]:
    """Audiences of whose deliveries none arrived."""
    mark = _mark(record)
    names = unpacked(mark.get("to")) if mark is not None else None
    told = [str(name) for name in names] if isinstance(names, list) else []
    known = {intent.command.id: intent for intent in sent}
    own = {delivery_id(_update_of(record), name, channel): name for name in told for channel in OWN_CHANNELS}
    reached = {
        intent.command.change.audience if isinstance(intent.command.change, Notify) else own.get(id, "")
        for id, intent in known.items()
        if intent.stage is Stage.DONE
    }
    return tuple(name for name in told if name not in reached)


def _mark(intent: Intent) -> Marker | None:
    change = intent.command.change
    marks = marker.find(change.text) if isinstance(change, Note) else ()
    return next((mark for mark in marks if mark.kind == KIND), None)


def _update_of(intent: Intent) -> str:
    mark = _mark(intent)
    return "" if mark is None else mark.get("id")


def _line(intent: Intent, known: dict[str, Intent]) -> str:
    """What went otherwise with one delivery, in words; empty where nothing did."""
    whom, way = _whom(intent)
    last = intent
    while last.passed_to in known:
        last = known[last.passed_to]
    if last is not intent and last.stage is Stage.DONE:
        return f"{whom}: {way} failed, sent by {_whom(last)[1]} instead"
    if last.stage is not Stage.DONE:
        why = f" ({last.reason})" if last.reason else ""
        return f"{whom}: not sent by {way}{why}"
    return ""


def _whom(intent: Intent) -> tuple[str, str]:
    match intent.command.change:
        case Notify(audience=audience, channel=channel):
            return audience, channel
        case Announce(via=via):
            return "those affected", via
        case _:
            return "those affected", "comment"


def taken_back(engine: Engine) -> tuple[tuple[Key, str], ...]:
    """Updates that were taken back before they left, as (incident, update)."""
    return tuple(
        (intent.command.subject, update)
        for intent in engine.recent()
        if intent.stage is Stage.UNDONE and intent.command.subject is not None and (update := _update_of(intent))
    )


async def tell(engine: Engine) -> tuple[Outcome, ...]:
    """Write a note for each such update, once; those of which one was written now. Raises OutboxError."""
    written = []
    for outcome in outcomes(engine):
        words = "\n".join(f"- {line}" for line in outcome.lines)
        text = f"The stakeholder update did not go out as noted:\n{words}"
        id = uuid5(_SPACE, f"{outcome.update}\0{text}").hex
        if engine.delivery(id) is not None:
            continue
        if outcome.missed:
            text += f"\n{missed_line(outcome.update, outcome.missed)}"
        request = Request(outcome.subject.backend, outcome.subject, Note(text), id)
        (intent,) = await engine.submit([request], undo=False)
        if intent.stage is not Stage.DONE:
            written.append(outcome)
    return tuple(written)
