"""`vagt watch`: carries out what is due, without a terminal: steps, acknowledgements that ran out, reminders."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from dataclasses import replace

from vagt.adapters.protocol import AdapterError
from vagt.cli import json_out, plain
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit
from vagt.cli.session import load_settings, opened, words_of
from vagt.domain.incident import Key
from vagt.engine.engine import Engine
from vagt.escalation.carrying import Result
from vagt.escalation.desk import Escalation
from vagt.escalation.timing import USUAL

_LEAVING = 10.0
"""Seconds that reminders get to reach somebody before `--once` ends."""

_ELSEWHERE = "another Vagt on this data folder keeps the watch"


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Do what is due, once or for ever. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    errors = Errors()
    if not settings.escalations:
        output.note("the config has no [[escalations]]: only reminders are watched")
    for name in (backend.name for backend in settings.backends if backend.read_only or settings.console.read_only):
        output.note(f"{name} is read-only: nothing can be escalated there")
    async with opened(settings, given, load=not given.once) as engine:
        escalation = Escalation(engine, act=True, timing=replace(USUAL, stagger=0.0) if given.once else USUAL)
        await escalation.open()
        try:
            results = await (_once if given.once else _lasting)(engine, escalation, output, errors)
        finally:
            await escalation.stop()
    code = Exit.UNREACHABLE if errors else Exit.DONE
    if any(result.status == "refused" for result in results):
        code = max(code, Exit.REFUSED) if not errors else code
    return Answer(
        noun="results",
        payload=[json_out.result(result.ref, result.status, result.message) for result in results],
        human=[_line(result) for result in results] if given.once else [],
        errors=errors,
        code=code,
    )


async def _once(engine: Engine, escalation: Escalation, output: Output, errors: Errors) -> list[Result]:
    await engine.start(poll=False)
    for backend in engine.settings.backends if engine.settings.escalations else ():
        try:
            escalation.ladder.look(await engine.fetch(backend.name))
        except AdapterError as error:
            errors.add(backend.name, words_of(error))
    results = await escalation.watch.once()
    if escalation.watch.stands_by:
        output.note(f"no step was looked at: {_ELSEWHERE}")
    told = [intent.command.id for intent in engine.intents() if intent.command.channel]
    await engine.settled(told, _LEAVING)
    return results


async def _lasting(engine: Engine, escalation: Escalation, output: Output, errors: Errors) -> list[Result]:
    """Until it is told to end; each result is a line at once, and with `--json` the document comes at the end."""
    results: list[Result] = []
    announced: set[tuple[Key, int]] = set()

    def on_result(result: Result) -> None:
        results.append(result)
        if not output.json:
            sys.stdout.write(_line(result) + "\n")
            sys.stdout.flush()

    stood_by = False

    def on_change() -> None:
        nonlocal stood_by
        if escalation.watch.stands_by != stood_by:
            stood_by = escalation.watch.stands_by
            output.note(f"standing by: {_ELSEWHERE}" if stood_by else "the other one has ended: watching")
        for proposal in escalation.watch.proposals():
            step = proposal.rung.standing.next
            about = (proposal.rung.key, step.number if step is not None else 0)
            if step is not None and about not in announced and proposal.seconds > 0:
                announced.add(about)
                output.note(f"{proposal.rung.incident.ref}: step {step.words}, in {proposal.seconds:.0f} s")

    escalation.watch.on_result = on_result
    escalation.watch.on_change = on_change
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, ended.set)
    await engine.start()
    escalation.start()
    output.note("watching; Ctrl-C ends it")
    try:
        await ended.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
    return results


def _line(result: Result) -> str:
    return plain.line(f"{result.ref}: {result.status}: {result.message}")
