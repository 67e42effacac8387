"""`vagt update`: what each audience would get, or the sending of it, without a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from vagt.cli import plain
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import load_settings, opened
from vagt.comms import aftermath, delivery
from vagt.comms.audiences import problems_of
from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery, Status
from vagt.comms.message import Message
from vagt.config.errors import did_you_mean
from vagt.config.settings import Settings
from vagt.engine.engine import Engine

_PATIENCE = 3.0
"""How many of the longest timeouts we wait for a delivery."""
_SPACE = UUID("6a0e9c2d-1c73-4c0e-8a5d-2f2f4f1f3b55")


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Show or send it. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    _check_audiences(settings, given.audience)
    for words in problems_of(settings):
        output.note(f"note: {words}")
    errors = Errors()
    async with opened(settings, given, load=False) as engine:
        (found,) = await resolve_all(engine, [given.ref], errors)
        if isinstance(found, Missing):
            if not found.unreachable:
                errors.add(found.backend, found.message)
            return _answer((), (), errors, Exit.UNREACHABLE if found.unreachable else Exit.REFUSED)
        composer = await Composer.open(engine, found.key, resume=False, keep=False)
        _fill_in(composer, given)
        for words in composer.remarks:
            output.note(f"note: {words}")
        if composer.problems:
            for words in composer.problems:
                errors.add("", words)
            refused = any(message.problem and not message.missing for message in composer.messages)
            return _answer(composer.messages, (), errors, Exit.REFUSED if refused else Exit.USAGE)
        if given.preview:
            return _answer(composer.messages, (), errors, Exit.DONE)
        return await _send(engine, composer, errors, wait=not given.no_wait)


async def _send(engine: Engine, composer: Composer, errors: Errors, *, wait: bool) -> Answer:
    told = composer.last
    repeated = composer.repeated
    messages = composer.messages
    already = await _already(composer, repeated)
    rest = [message.audience.name for message in messages if message.audience.name not in repeated]
    composer.choose_audiences(rest)
    deliveries: Sequence[Delivery] = ()
    if rest:
        # derived from what is sent: a script that is started again after a crash sends nothing twice
        texts = sorted(delivery.text_digest(one.subject, one.text) + one.audience.name for one in composer.messages)
        name = "\0".join((*composer.incident.key, told.id if told else "", composer.template, *texts))
        deliveries = await composer.send(undo=False, update_id=uuid5(_SPACE, name).hex)
    deliveries = (*already, *deliveries)
    if wait:
        await engine.start(poll=False)
        deliveries = await delivery.settled(engine, deliveries, _PATIENCE * _longest(engine.settings))
        await aftermath.tell(engine)
        left = [one.command.id for one in engine.pending(composer.incident.key) if one.stage.is_pending]
        await engine.settled(left, _longest(engine.settings))
    code = Exit.DONE
    if wait and any(one.status is Status.QUEUED for one in deliveries):
        code = Exit.UNREACHABLE
        for one in deliveries:
            if one.status is Status.QUEUED:
                errors.add(one.channel, one.message or "no answer yet; it stays in the outbox")
    if any(one.status is Status.FAILED for one in deliveries):
        code = Exit.REFUSED
    return _answer(messages, deliveries, errors, code)


async def _already(composer: Composer, repeated: Sequence[str]) -> list[Delivery]:
    """How far the last update has come with those who would get the same text again: it is not sent a second time."""
    here = {(one.audience, one.channel): one for one in await composer.progress()}
    told = "this very text is the last that went out"
    return [
        here.get((audience.name, channel), Delivery(audience.name, channel, Status.SENT, told))
        for audience in composer.audiences
        if audience.name in repeated
        for channel in audience.channels
    ]


def _longest(settings: Settings) -> float:
    return max([backend.timeout for backend in settings.backends] + [channel.timeout for channel in settings.channels])


def _check_audiences(settings: Settings, wanted: Sequence[str]) -> None:
    known = [audience.name for audience in settings.audiences]
    for name in wanted:
        if not known:
            raise UsageError("the config has no [[audiences]]: there is nobody to write to")
        if name not in known:
            remedy = did_you_mean(name, known, otherwise="the config has")
            raise UsageError(f"no audience is called “{name}”; {remedy}")


def _fill_in(composer: Composer, given: argparse.Namespace) -> None:
    names = composer.office.library.names()
    if given.template not in names:
        remedy = did_you_mean(given.template, names, otherwise="there are")
        raise UsageError(f"no template is called “{given.template}”; {remedy}")
    composer.choose(given.template)
    composer.choose_audiences(given.audience)
    for pair in given.set:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {pair}: write K=V")
        try:
            why = composer.set(key, value)
        except KeyError:
            remedy = did_you_mean(key.partition(".")[0], composer.office.names)
            raise UsageError(f"--set {key}: no field is called so; {remedy}") from None
        if why:
            raise UsageError(f"--set {key}: {why}")


def message_json(message: Message) -> dict[str, Any]:
    """A message as scripts read it."""
    return {
        "audience": message.audience.name,
        "language": message.language,
        "subject": message.subject,
        "text": message.text,
        "problem": message.problem,
        "channels": list(message.audience.channels),
        "sizes": [{"channel": one.channel, "size": one.size, "limit": one.limit} for one in message.sizes],
    }


def delivery_json(one: Delivery) -> dict[str, Any]:
    """A delivery as scripts read it."""
    return {
        "audience": one.audience,
        "channel": one.channel,
        "status": one.status.value,
        "message": one.message,
        "unknown": one.unknown,
        "id": one.id,
    }


def delivery_lines(deliveries: Sequence[Delivery]) -> list[str]:
    """For people: a line each, and how far it has come."""
    return [
        plain.line(f"{one.audience} by {one.channel}: {one.word}" + (f": {one.message}" if one.message else ""))
        for one in deliveries
    ]


def _answer(messages: Sequence[Message], deliveries: Sequence[Delivery], errors: Errors, code: Exit) -> Answer:
    human: list[str] = []
    if deliveries:
        human = [*delivery_lines(deliveries), plain.line(delivery.summary(deliveries))]
    else:
        for message in messages:
            if not message.text:
                continue
            ways = ", ".join(message.audience.channels)
            human += [
                plain.line(f"To {message.audience.name} ({message.language}), by {ways}"),
                plain.line(message.subject),
            ]
            human += ["", *(f"  {line}".rstrip() for line in plain.block(message.text).split("\n")), ""]
    return Answer(
        noun="messages",
        payload=[message_json(message) for message in messages],
        human=human,
        more={"deliveries": [delivery_json(one) for one in deliveries]},
        errors=errors,
        code=code,
    )
