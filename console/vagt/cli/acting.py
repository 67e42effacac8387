"""Every command that changes something: into the outbox, and what became of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, manifest
from vagt.cli import json_out, plain, stdin
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.parser import VERBS
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import backend_names, load_settings, opened
from vagt.config.settings import Settings
from vagt.domain import durations, moments
from vagt.domain.actions import ACTIONS, Action
from vagt.domain.answers import change_from
from vagt.domain.capability import Capability
from vagt.domain.commands import Assign, Attach, Change, LinkTo, SetMajor, Snooze, Verb
from vagt.domain.incident import Incident, LinkKind
from vagt.domain.overlay import is_so
from vagt.engine.engine import Engine
from vagt.engine.errors import SpoolError
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

_PATIENCE = 3.0
"""How many of the backend's timeouts we wait for an action to be confirmed."""
_FILE_PATIENCE = 30.0
"""The same for a file, which takes as long as its way is narrow."""
_NO_FILE = Attach("", 0, "")
"""Stands for each of the files, until it is known that the incident can take any."""
_RECORDS = frozenset({LinkKind.PROBLEM, LinkKind.CHANGE})
"""Kinds of links whose other end is no incident: its number is taken as it is."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one action; `backend` is where it belongs."""

    ref: str
    status: str
    message: str
    id: str = ""
    away: bool = False
    """It did not get through because the backend was not to be reached."""


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Do it. Raises UsageError, ConfigError and EngineError."""
    verb = VERBS[given.command]
    settings = load_settings(given, output)
    if verb is Verb.CREATE:
        backend_names(settings, [given.backend])
    if verb in (Verb.CREATE, Verb.PRIORITY):
        _check_levels(settings, given, verb)
    change = None if verb in (Verb.LINK, Verb.ATTACH) else change_of(verb, given, moments_now())
    errors = Errors()
    async with opened(settings, given, load=False) as engine:
        asked, results = await _asked(engine, verb, given, change, errors)
        requests = _able(engine, verb, asked, results)
        if requests and verb is Verb.ATTACH:
            requests = await _with_files(engine, requests, given.files)
        if requests and verb in (Verb.ACKNOWLEDGE, Verb.TAKE) and settings.escalations:
            requests = [await _in_hand(engine, request) for request in requests]
        if requests:
            intents = await engine.submit(requests, undo=False)
            if verb is Verb.SNOOZE and given.note.strip():
                await _remind(engine, intents, given.note.strip())
            if not given.no_wait:
                await engine.start(poll=False)
                patience = _FILE_PATIENCE if verb is Verb.ATTACH else _PATIENCE
                timeout = patience * max(settings.backend(request.backend).timeout for request in requests)
                intents = await engine.settled([intent.command.id for intent in intents], timeout)
                await _give_up_refused(engine, intents)
            results += [_result_of(intent, waited=not given.no_wait) for intent in intents]
        if verb is Verb.ATTACH:
            return _answer(results, errors, no_wait=given.no_wait)
    return _answer(_in_order(given, results), errors, no_wait=given.no_wait)


async def _in_hand(engine: Engine, request: Request) -> Request:
    """What came back and climbs, though its state says that somebody works on it, is taken in hand by a note."""
    from vagt.escalation.desk import Escalation  # only where paths are configured

    incident = None if request.subject is None else engine.board.theirs(request.subject)
    if incident is None or not is_so(incident, request.change, engine.me(request.backend), engine.clock.now()):
        return request
    desk = Escalation(engine)
    climb = await desk.climb(incident)
    return desk.in_hand(incident, climb.standing) or request


def _check_levels(settings: Settings, given: argparse.Namespace, verb: Verb) -> None:
    """A backend without impacts, such as PagerDuty, takes an urgency alone. Raises UsageError for any other."""
    if (given.impact is None) == (given.urgency is None):
        return
    known = {backend.name: backend.adapter for backend in settings.backends}
    named = [given.backend] if verb is Verb.CREATE else [ref.partition(":")[0] for ref in given.refs]
    # a bare number may be any backend's
    asked = {name for name in named if name in known} if all(name in known for name in named) else set(known)
    for name in sorted(asked):
        try:
            both = Capability.SET_IMPACT_URGENCY in manifest(known[name]).capabilities
        except (UnknownAdapter, BrokenAdapter):
            continue
        if both or given.urgency is None:
            raise UsageError("--impact and --urgency go together")


def moments_now() -> datetime:
    """Now, by this machine's clock."""
    return datetime.now().astimezone()


def change_of(verb: Verb, given: argparse.Namespace, now: datetime) -> Change:
    """The change that the arguments describe. Raises UsageError."""
    answers: dict[str, str] = dict(_fields(getattr(given, "field", [])))
    match verb:
        case Verb.ASSIGN:
            if given.team is None and given.to is None:
                raise UsageError("assign needs --team, --to or both")
            return Assign(team=given.team or None, to=given.to)
        case Verb.PRIORITY:
            judged = given.impact is not None or given.urgency is not None
            if (given.set is not None) == judged:
                raise UsageError("priority needs either --set, or --impact and --urgency")
            answers |= _given(priority=given.set, impact=given.impact, urgency=given.urgency)
        case Verb.HOLD:
            answers |= _given(reason=given.reason)
            if given.until is not None:
                answers["until"] = _moment(given.until, now).isoformat()
        case Verb.SNOOZE:
            answers["until"] = (now + timedelta(seconds=_duration(given.duration))).isoformat()
            answers |= _given(reason=given.reason)
        case Verb.NOTE | Verb.COMMENT:
            answers["text"] = _text(given.text)
        case Verb.RESOLVE:
            answers |= _given(text=_text(given.text), code=given.code)
        case Verb.MAJOR:
            return SetMajor(not given.off, tuple(answers.items()))
        case Verb.CREATE:
            if not given.title.strip():
                raise UsageError("--title must not be empty")
            description = _text(given.description) if given.description == "-" else given.description
            answers |= _given(title=given.title, description=description, impact=given.impact, urgency=given.urgency)
            answers |= _given(service=given.service, team=given.team, caller=given.caller)
        case _:
            assert verb in (Verb.ACKNOWLEDGE, Verb.TAKE, Verb.CLOSE, Verb.REOPEN)
    return change_from(verb, answers)


async def _asked(
    engine: Engine, verb: Verb, given: argparse.Namespace, change: Change | None, errors: Errors
) -> tuple[dict[str, Request], list[_Result]]:
    """What can be asked for, by reference, and the results of what cannot."""
    if verb is Verb.CREATE and change is not None:
        return {given.backend: Request(given.backend, None, change)}, []
    requests: dict[str, Request] = {}
    results: list[_Result] = []
    other: Incident | Missing | None = None
    if verb is Verb.LINK and LinkKind(given.kind) not in _RECORDS:
        (other,) = await resolve_all(engine, [given.to], errors)
    for found in await resolve_all(engine, given.refs, errors):
        if isinstance(found, Missing):
            results.append(_Result(found.ref, "refused", found.message, away=found.unreachable))
        elif isinstance(other, Missing):
            results.append(_Result(found.ref, "refused", other.message, away=other.unreachable))
        elif change is not None:
            requests[found.ref] = Request(found.backend, found.key, change)
        elif verb is Verb.ATTACH:
            requests[found.ref] = Request(found.backend, found.key, _NO_FILE)
        else:
            requests[found.ref] = Request(found.backend, found.key, _link(found, other, given))
    return requests, results


async def _with_files(engine: Engine, requests: list[Request], files: Sequence[Path]) -> list[Request]:
    """One request for each file, once all are copied. Raises UsageError where one cannot be."""
    changes = []
    for file in files:
        try:
            changes.append(await engine.stage(file))
        except SpoolError as error:
            raise UsageError(error.words) from error
    return [Request(request.backend, request.subject, change) for request in requests for change in changes]


def _link(subject: Incident, other: Incident | None, given: argparse.Namespace) -> LinkTo:
    kind = LinkKind(given.kind)
    if other is None:
        backend, colon, number = given.to.partition(":")
        if colon and backend == subject.backend:
            return LinkTo(number, given.to, kind)
        return LinkTo(given.to, f"{subject.backend}:{given.to}", kind)
    if other.backend != subject.backend:
        raise UsageError(f"{subject.ref} and {other.ref} are on two backends; a link stays within one")
    if other.key == subject.key:
        raise UsageError(f"{subject.ref} cannot be linked to itself")
    return LinkTo(other.id, other.ref, kind)


def _able(engine: Engine, verb: Verb, asked: dict[str, Request], results: list[_Result]) -> list[Request]:
    """Those that can be done; the reason of each other one becomes its result."""
    action = _action(verb)
    able = []
    for ref, request in asked.items():
        reason = engine.unable(action, request.subject) if request.subject is not None else ""
        if reason:
            results.append(_Result(ref, "refused", reason))
        else:
            able.append(request)
    return able


async def _remind(engine: Engine, intents: Sequence[Intent], note: str) -> None:
    """Kept in the data folder: a console or “vagt watch” on it rings when the time has come."""
    from vagt.escalation.memory import Memory, Reminder

    memory = Memory(engine.data_dir)
    await memory.open()
    try:
        for intent in intents:
            key, change = intent.command.subject, intent.command.change
            if key is not None and isinstance(change, Snooze):
                await memory.remind(Reminder(key, intent.command.ref, change.until, note))
    finally:
        await memory.close()


def _action(verb: Verb) -> Action:
    wanted = Verb.TRANSITION if verb is Verb.HOLD else verb
    return next(action for action in ACTIONS if action.verb is wanted)


async def _give_up_refused(engine: Engine, intents: Sequence[Intent]) -> None:
    """What a backend refused is told here and now; it need not wait in the outbox for a person."""
    for intent in intents:
        if intent.stage is Stage.REFUSED:
            await engine.discard(intent.command.id)


def _result_of(intent: Intent, *, waited: bool) -> _Result:
    status = json_out.status(intent.stage)
    ref = intent.result_ref or intent.command.ref
    message = intent.reason
    if isinstance(intent.command.change, Attach):
        message = f"{intent.command.change.name}: {message}" if message else intent.command.change.name
    if status == "conflict":
        message = f"{message}; “vagt outbox retry {intent.command.id} --over-theirs” does it all the same"
    elif intent.stage is Stage.UNKNOWN:
        message = f"{message}: “vagt outbox retry {intent.command.id}” or “vagt outbox discard {intent.command.id}”"
    elif status == "queued" and waited:
        message = message or "no answer yet; it stays in the outbox"
    return _Result(ref, status, message, intent.command.id, away=status == "queued" and waited)


def _in_order(given: argparse.Namespace, results: list[_Result]) -> list[_Result]:
    """In the order of the arguments where they can be matched to them."""
    order = {ref: position for position, ref in enumerate(getattr(given, "refs", []))}

    def position(result: _Result) -> int:
        return order.get(result.ref, order.get(result.ref.partition(":")[2], len(order)))

    return sorted(results, key=position)


def _answer(results: list[_Result], errors: Errors, *, no_wait: bool) -> Answer:
    code = Exit.DONE
    if any(result.away for result in results):
        code = Exit.UNREACHABLE
    if any(result.status in ("refused", "conflict") and not result.away for result in results):
        code = Exit.REFUSED
    for result in results:
        if result.away and not errors:
            errors.add(result.ref.partition(":")[0], result.message)
    payload: list[dict[str, Any]] = [
        json_out.result(result.ref, result.status, result.message, id=result.id) for result in results
    ]
    human = [
        plain.line(f"{result.ref}: {result.status}" + (f": {result.message}" if result.message else ""))
        for result in results
    ]
    return Answer(noun="results", payload=payload, human=human, errors=errors, code=code)


def _given(**values: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _fields(pairs: list[str]) -> list[tuple[str, str]]:
    found = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--field {pair}: write NAME=VALUE")
        found.append((name, value))
    return found


def _text(text: str) -> str:
    words = stdin.text() if text == "-" else text
    if not words.strip():
        raise UsageError("--text must not be empty")
    return words.rstrip("\n")


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = moments.parse(text, now)
    except moments.MomentError as error:
        raise UsageError(str(error)) from error
    if moment <= now:
        raise UsageError(f"“{text}” is in the past")
    return moment


def _duration(text: str) -> float:
    try:
        seconds = durations.parse(text)
    except durations.DurationError as error:
        raise UsageError(str(error)) from error
    if seconds <= 0:
        raise UsageError(f"“{text}” is no time at all")
    return seconds
