"""The border to an adapter: what it says of incidents is made sound, or left out, before anything keeps or shows it.

An adapter may be a stranger's. A time without its zone or a number where a text should stand would
be stored, and would stop every query and every screen that meets it, today and after each restart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, cast

from vagt.adapters.protocol import Batch, ConflictError, Done, ProtocolError, Session
from vagt.domain.commands import Command
from vagt.domain.incident import Incident, Link, SlaClock, State
from vagt.domain.timeline import TimelineEntry

log = logging.getLogger("vagt.border")

_LONGEST_ID = 1000
_TEXTS = ("id", "number", "title", "native_state", "description")
_SCALES = (("priority", 5), ("impact", 3), ("urgency", 3))
_MOMENTS = tuple(part.name for part in fields(Incident) if "datetime" in str(part.type))
_WORDS = tuple(part.name for part in fields(Incident) if str(part.type) == "str | None")
_texts: Callable[[Incident], tuple[object, ...]] = attrgetter(*_TEXTS)
_moments: Callable[[Incident], tuple[object, ...]] = attrgetter(*_MOMENTS)
_levels: Callable[[Incident], tuple[object, ...]] = attrgetter(*(name for name, _ in _SCALES))
_words: Callable[[Incident], tuple[object, ...]] = attrgetter(*_WORDS)
_MAYBE_TEXT = frozenset({str, type(None)})


def guarded(session: Session, backend: str) -> Session:
    """The same session, whose incidents and timelines are sound."""
    return cast("Session", _Border(session, backend))


class _Border:
    def __init__(self, session: Session, backend: str) -> None:
        self._session = session
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        """Everything else is the session's own."""
        return getattr(self._session, name)

    async def changes(self, cursor: str | None) -> Batch:
        batch = await self._session.changes(cursor)
        items = self._sound(batch.items)
        return batch if items == batch.items else replace(batch, items=items)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return self._sound(await self._session.get(ids))

    async def find(self, number: str) -> Incident:
        return self._one(await self._session.find(number))

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return self._sound(await self._session.search(include_closed=include_closed, limit=limit))

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        return tuple(map(_sound_entry, await self._session.timeline(id)))

    async def perform(self, command: Command, expected: str | None) -> Done:
        try:
            done = await self._session.perform(command, expected)
        except ConflictError as error:
            raise ConflictError(error.words, self._one(error.theirs)) from None
        found = self._sound(() if done.incident is None else (done.incident,))
        return replace(done, incident=next(iter(found), None))

    def _sound(self, incidents: Iterable[Incident]) -> tuple[Incident, ...]:
        kept = []
        for incident in incidents:
            try:
                kept.append(sound(incident, self._backend))
            except Unsound as fault:
                log.error("%s: an incident was left out: %s", self._backend, fault)
        return tuple(kept)

    def _one(self, incident: Incident) -> Incident:
        try:
            return sound(incident, self._backend)
        except Unsound as fault:
            raise ProtocolError(f"the adapter gave an incident that cannot be used: {fault}") from None


class Unsound(ValueError):
    """Which field of an incident is nothing that can be kept; never its content."""


def sound(incident: Incident, backend: str) -> Incident:
    """The incident with times in UTC and numbers within their scales; the same object where all is well.

    Raises Unsound for what cannot be mended.
    """
    _refuse(incident)
    changes: dict[str, Any] = {}
    if incident.backend != backend:
        changes["backend"] = backend
    if not incident.number.isascii():
        number = incident.number.encode("utf-8", "replace").decode("utf-8")
        if number != incident.number:
            changes["number"] = number
    for (name, most), value in zip(_SCALES, _levels(incident), strict=True):
        if value is not None and (type(value) is not int or not 1 <= value <= most):
            changes[name] = None
    moments = _moments(incident)
    if any(not _is_utc(moment) for moment in moments if moment is not None):
        changes |= {name: _utc(moment) for name, moment in zip(_MOMENTS, moments, strict=True)}
    if incident.sla and any(not _is_utc(clock.due_at) or not _is_utc(clock.started_at) for clock in incident.sla):
        changes["sla"] = tuple(
            replace(clock, due_at=_utc(clock.due_at), started_at=_utc(clock.started_at)) for clock in incident.sla
        )
    return replace(incident, **changes) if changes else incident


def _refuse(incident: Incident) -> None:
    if type(incident) is not Incident:
        raise Unsound("it is none")
    if set(map(type, _texts(incident))) != {str}:
        raise Unsound("one of id, number, title, native_state, description is no text")
    if not _MAYBE_TEXT.issuperset(map(type, _words(incident))):
        raise Unsound(f"one of {', '.join(_WORDS)} is no text")
    if not 0 < len(incident.id) <= _LONGEST_ID:
        raise Unsound("its id is empty or too long")
    if not incident.id.isascii():
        try:
            incident.id.encode("utf-8")
        except UnicodeEncodeError:
            raise Unsound("its id is no text that can be kept") from None
    if type(incident.state) is not State or type(incident.major) is not bool:
        raise Unsound("its state is none, or major is neither true nor false")
    if not _all(incident.sla, SlaClock) or not _all(incident.links, Link) or not _all(incident.also_assigned, str):
        raise Unsound("its clocks, links or further assignees are none")
    if not _all(incident.extra, tuple) or not all(map(_is_pair, incident.extra)):
        raise Unsound("what else it tells is no pairs of texts")


def _all(values: object, kind: type) -> bool:
    return type(values) is tuple and (not values or set(map(type, values)) == {kind})


def _is_pair(value: tuple[object, ...]) -> bool:
    label_and_value = 2
    return len(value) == label_and_value and _all(value, str)


def _is_utc(moment: object) -> bool:
    return moment is None or getattr(moment, "tzinfo", None) is UTC


def _utc(moment: object) -> datetime | None:
    """In UTC; without a zone it is taken for UTC. None for what is no time, or none that UTC can tell."""
    if not isinstance(moment, datetime):
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _sound_entry(entry: TimelineEntry) -> TimelineEntry:
    if _is_utc(entry.at):
        return entry
    return replace(entry, at=_utc(entry.at) or datetime(1, 1, 1, tzinfo=UTC))
