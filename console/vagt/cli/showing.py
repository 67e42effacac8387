"""`vagt show`: one incident with its timeline, asked now."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from vagt.adapters.protocol import AdapterError
from vagt.cli import json_out, people
from vagt.cli.answer import Answer, Output
from vagt.cli.clocks import with_deadlines
from vagt.cli.exits import Errors, Exit
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import load_settings, opened, words_of
from vagt.domain.timeline import TimelineEntry


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """The incident. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    errors = Errors()
    timeline: Sequence[TimelineEntry] = ()
    async with opened(settings, given, load=False) as engine:
        (found,) = await resolve_all(engine, [given.ref], errors)
        if isinstance(found, Missing):
            if not found.unreachable:
                errors.add(found.backend, found.message)
            code = Exit.UNREACHABLE if found.unreachable else Exit.REFUSED
            return Answer(noun="incident", payload=None, human=[], more={"timeline": []}, errors=errors, code=code)
        try:
            timeline = await engine.timeline(found.key)
        except AdapterError as error:
            errors.add(found.backend, words_of(error))
        (found,) = await with_deadlines(engine, [found])
        pending = engine.unconfirmed(found.key)
    now = datetime.now(UTC)
    human = people.described(found, pending, now)
    for entry in timeline:
        human += ["", *people.told(entry, now)]
    return Answer(
        noun="incident",
        payload=json_out.incident(found, pending),
        human=human,
        more={"timeline": [json_out.entry(entry) for entry in timeline]},
        errors=errors,
        code=Exit.UNREACHABLE if errors else Exit.DONE,
    )
