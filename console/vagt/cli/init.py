"""`vagt init`: connects a backend: what it needs, a test of it, and the config with it, all or nothing."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vagt.checkup.account import lacking
from vagt.checkup.configfile import Plan, names_in, planned
from vagt.checkup.connecting import Keeping, SecretPlan, Trial, bring_in, trial
from vagt.checkup.draft import Draft
from vagt.checkup.finding import Trouble
from vagt.cli import ask, checks_text, init_flags, init_questions, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.config import paths, secrets
from vagt.config.operator import operator
from vagt.domain.clock import SystemClock

_WIDEST = 100
_CODES = {Trouble.CONFIG: Exit.USAGE, Trouble.AWAY: Exit.UNREACHABLE, Trouble.HERE: Exit.REFUSED}


@dataclass(slots=True)
class _Outcome:
    """What is to be done once everything is known."""

    plan: Plan
    draft: Draft
    secret: SecretPlan
    trial: Trial | None
    go: bool
    """Write it."""


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Ask or read what is needed, test, write. Raises UsageError and ConfigError; then nothing was written."""
    path = paths.config_file(getattr(given, "config", None)) or paths.usual_config_file()
    taken = names_in(path)
    asking = sys.stdin.isatty() and not given.yes
    try:
        outcome = await (_asked(given, path, taken) if asking else _told(given, path, taken))
        if not outcome.go:
            return _left(outcome, asking)
        copy = await bring_in(outcome.plan, outcome.draft.name, outcome.secret, SystemClock().now())
    except (KeyboardInterrupt, asyncio.CancelledError):
        ask.show("")
        output.note("stopped; nothing was written")
        raise
    except secrets.SecretError as error:
        return _failed(given, f"{error.words}; nothing was written")
    except OSError as error:
        words = f"{error.filename or path} cannot be written: {error.strerror or error}"
        return _failed(given, f"{words}; put the lines below into the config by hand", outcome.plan.addition)
    return _written(outcome, path, copy, had_none=not taken)


async def _told(given: argparse.Namespace, path: Path, taken: tuple[str, ...]) -> _Outcome:
    facts, draft = init_flags.draft_of(given, taken)
    secret = await init_flags.secret_of(given, facts, draft)
    plan = planned(path, draft)
    if given.no_test:
        return _Outcome(plan, draft, secret, None, go=True)
    if not secret.can_be_tried:
        raise UsageError(
            f"there is no secret to test “{draft.name}” with; give one by --secret-from-stdin, --secret-command or "
            f"${secrets.variable(draft.name)}, or say --no-test"
        )
    found = await _tried(given, plan, draft, secret)
    return _Outcome(plan, draft, secret, found, go=found.account is not None)


async def _asked(given: argparse.Namespace, path: Path, taken: tuple[str, ...]) -> _Outcome:
    ask.say(f"This connects a backend and writes it into {path}.")
    ask.say("Nothing is written before the end; Ctrl-C leaves everything as it is.\n")
    facts, draft = init_questions.draft_of(given, taken)
    draft, secret = await init_questions.secret_of(given, facts, draft)
    while True:
        plan = planned(path, draft)
        found = None
        if not given.no_test and secret.can_be_tried:
            seconds = plan.settings.backend(draft.name).timeout
            ask.say(f"\nTrying it; each request may take {seconds:g} s …")
            found = await _tried(given, plan, draft, secret)
            ask.forget_typed_ahead()
            for line in (line for finding in found.findings for line in checks_text.told(finding, _room())):
                ask.show(line)
            if found.account is None:
                mended = await init_questions.mend(given, found, facts, draft, secret)
                if mended is None:
                    return _Outcome(plan, draft, secret, found, go=False)
                draft, secret, again = mended
                if again:
                    continue
                plan = planned(path, draft)
        ask.show(f"\nThis goes to the end of {path}:\n\n{plan.addition}")
        return _Outcome(plan, draft, secret, found, go=ask.yes("Write it?"))


async def _tried(given: argparse.Namespace, plan: Plan, draft: Draft, secret: SecretPlan) -> Trial:
    folder = paths.data_folder(getattr(given, "data_dir", None))
    # a place that does not exist: a backend that lives on this machine must leave nothing behind by being tried
    return await trial(plan, draft.name, secret, clock=SystemClock(), folder=folder / "never made", operator=operator())


def _room() -> int:
    return min(table.terminal_width(), _WIDEST)


def _left(outcome: _Outcome, asked: bool) -> Answer:
    errors = Errors()
    found = outcome.trial.problem if outcome.trial else None
    if found is not None:
        remedy = f"; {found.remedy}" if found.remedy else ""
        errors.add(outcome.draft.name, f"{found.name}: {found.message}{remedy}")
    errors.add("", "nothing was written" if asked else "nothing was written; --no-test writes it all the same")
    return Answer(
        noun="connected",
        payload=None,
        human=[],
        errors=errors,
        code=_CODES[found.trouble] if found is not None else Exit.REFUSED,
    )


def _failed(given: argparse.Namespace, words: str, addition: str = "") -> Answer:
    errors = Errors()
    errors.add(given.name or "", words)
    return Answer(noun="connected", payload=None, human=addition.splitlines(), errors=errors, code=Exit.REFUSED)


def _written(outcome: _Outcome, path: Path, copy: Path | None, *, had_none: bool) -> Answer:
    name, found = outcome.draft.name, outcome.trial.account if outcome.trial else None
    lines = [f"“{name}” is in {path} now."]
    if copy is not None:
        lines.append(f"As it was before: {copy}")
    if outcome.secret.keeping is not Keeping.NOWHERE:
        lines.append(f"Its secret: {outcome.secret.words}.")
    if found is None:
        lines.append(f"It was not tested: `vagt doctor --backend {name}` does that.")
    if had_none:
        lines.append("The practice shift is over; docs/connecting.md tells how to keep it as well.")
    lines.append("`vagt` opens the console; `vagt doctor` checks everything.")
    return Answer(noun="connected", payload=_payload(outcome, path, copy), human=lines)


def _payload(outcome: _Outcome, path: Path, copy: Path | None) -> dict[str, Any]:
    found = outcome.trial.account if outcome.trial else None
    return {
        "backend": outcome.draft.name,
        "adapter": outcome.draft.adapter,
        "config": str(path),
        "before": str(copy) if copy else None,
        "secret": outcome.secret.words,
        "tested": found is not None,
        "login": found.login if found else None,
        "product": found.product if found else None,
        "able": sorted(capability.value for capability in found.capabilities.able) if found else None,
        "unable": list(lacking(found)) if found else None,
    }
