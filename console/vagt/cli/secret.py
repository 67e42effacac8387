"""`vagt secret`: the keyring's secrets; none is ever shown, and none is ever an argument."""

from __future__ import annotations

import argparse
import sys

from vagt.channels.address import Address
from vagt.checkup.setup import needs_secret
from vagt.cli import ask, stdin
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings
from vagt.config import secrets
from vagt.config.errors import did_you_mean
from vagt.config.settings import Settings


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Set, check or delete. Raises UsageError and ConfigError."""
    settings = load_settings(given, output)
    name = given.backend
    # one that has gone from the config may still lie in the keyring
    if given.do != "delete":
        _refuse_unknown(settings, name)
    try:
        if given.do == "set":
            await secrets.keyring_holds(name)  # before it is asked for: a secret typed in vain is typed once too often
            await secrets.store(name, _typed(name))
            return _answer(name, "the keyring", f"the secret of “{name}” is in the keyring now")
        if given.do == "delete":
            if await secrets.forget(name):
                return _answer(name, "", f"the secret of “{name}” is gone from the keyring")
            raise secrets.SecretError(f"the keyring has no secret for “{name}”")
        found = await secrets.find(name, _command(settings, name))
        return _answer(name, found.source, f"the secret of “{name}” comes from {found.source}")
    except secrets.SecretError as error:
        if given.do == "check" and _needs_none(settings, name):
            return _answer(name, "", f"“{name}” needs no secret")
        problem = Errors()
        # whoever wants to be rid of a secret is not helped by other places for it
        problem.add(name, error.keyring if given.do == "delete" and error.keyring else error.words)
        return _answer(name, "", "", problem)


def _answer(name: str, source: str, message: str, problem: Errors | None = None) -> Answer:
    payload = {"backend": name, "found": bool(source), "source": source, "message": message}
    return Answer(
        noun="secret",
        payload=payload,
        human=[message] if message else [],
        errors=problem or Errors(),
        code=Exit.REFUSED if problem else Exit.DONE,
    )


def _refuse_unknown(settings: Settings, name: str) -> None:
    known = [backend.name for backend in settings.backends] + [channel.name for channel in settings.channels]
    if name not in known:
        raise UsageError(
            f"no backend or channel is called “{name}”; {did_you_mean(name, known, otherwise='the config has')}"
        )


def _needs_none(settings: Settings, name: str) -> bool:
    """Whether it is a backend that is signed in to without one, or a channel whose address has no place for it."""
    if any(channel.name == name and not Address(channel.url).needs_secret for channel in settings.channels):
        return True
    return any(backend.name == name and not needs_secret(backend) for backend in settings.backends)


def _command(settings: Settings, name: str) -> tuple[str, ...]:
    commands = {channel.name: channel.secret_command for channel in settings.channels}
    commands |= {backend.name: backend.secret_command for backend in settings.backends}
    return commands.get(name, ())


def _typed(name: str) -> str:
    """The secret, from the terminal without echo, or from standard input where that is a pipe."""
    value = ask.hidden(f"Secret of {name} (not shown)") if sys.stdin.isatty() else stdin.raw().strip()
    if not value:
        raise UsageError("an empty secret was not stored")
    return value
