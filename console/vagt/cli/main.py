"""One call of the command line, from the arguments to the exit code."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

from vagt.cli import parser as line
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Exit, UsageError
from vagt.config.errors import ConfigError, did_you_mean, nearest
from vagt.config.settings import Settings
from vagt.engine.errors import EngineError
from vagt.engine.log import Redactor

Command = Callable[[argparse.Namespace, Output], Awaitable[Answer]]
Console = Callable[[Settings, Path], Awaitable[tuple[str, int]]]
"""Opens the console on settings and a data folder; what to say once it is left, and its exit code."""

_HOMES = {
    "list": "listing",
    "show": "showing",
    "files": "files",
    "oncall": "oncall",
    "escalate": "escalating",
    "watch": "watch",
    "handover": "handover",
    "outbox": "outbox",
    "adapters": "adapters",
    "secret": "secret",
    "doctor": "doctor",
    "init": "init",
    "drill": "drill",
    "update": "update",
    "approvals": "approvals",
    "templates": "templates",
    **dict.fromkeys(line.VERBS, "acting"),
}
"""The module of each command; imported when it is used."""

_NOUNS = {"list": "incidents", "show": "incident", "oncall": "oncall", "outbox": "actions", "adapters": "adapters"}
_NOUNS |= {"files": "files", "secret": "secret", "doctor": "checks", "init": "connected", "drill": "drill"}
_NOUNS |= {"update": "messages", "approvals": "approvals", "templates": "templates"}
_NOUNS |= {"handover": "handover", "report": "report", "metrics": "metrics"}
_NOUNS |= dict.fromkeys((*line.VERBS, "escalate", "watch"), "results")
_WITH_VALUE = ("--config", "--data-dir")


def run(argv: Sequence[str], console: Console | None = None) -> int:
    """Do what `argv` says; the exit code comes back. Lets KeyboardInterrupt and BrokenPipeError through.

    `console` opens the screens, which nothing here knows, for the one command that wants them.
    """
    # a library's warnings are not for whoever called us; what matters comes as an error of ours
    logging.getLogger().addHandler(logging.NullHandler())
    output = Output(json="--json" in argv)
    output.bear_any_text()
    name = _command_word(argv)
    try:
        _refuse_unknown(name)
        parser = line.build()
        given = parser.whole(line.joined(parser, argv))
        if given.version:
            from importlib.metadata import version

            return Exit.DONE if output.written(lambda: print(f"vagt {version('vagt')}")) else Exit.REFUSED
        if given.command is None:
            raise UsageError("no command; “vagt --help” lists them")
        given.console = console
        answer = asyncio.run(_answer(given, output))
    except (UsageError, ConfigError, EngineError) as problem:
        output.fail(str(problem), _NOUNS.get(name))
        return Exit.USAGE
    except SystemExit as left:  # argparse has printed its help
        return int(left.code or 0)
    except BrokenPipeError:
        raise
    except Exception as fault:  # ours, but nobody on call is helped by a traceback
        output.fail(_fault_words(fault), _NOUNS.get(name))
        return Exit.REFUSED
    return answer.code if output.written(lambda: output.give(answer)) else Exit.REFUSED


def _fault_words(fault: Exception) -> str:
    """What happened and where, for a bug report, without secrets."""
    where = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(where.filename).name}, line {where.lineno}"
    words = Redactor().clean(f"{type(fault).__name__}: {fault}")
    return f"Vagt itself failed ({words}; {place}); “vagt doctor --bundle” collects what a bug report needs"


async def _answer(given: argparse.Namespace, output: Output) -> Answer:
    module = importlib.import_module(f"vagt.cli.{_HOMES[given.command]}")
    return await cast("Command", module.answer)(given, output)


def _command_word(argv: Sequence[str]) -> str:
    """The command in `argv`; empty where there is none before help or a mistake."""
    words = iter(argv)
    for word in words:
        if word in _WITH_VALUE:
            next(words, "")
        elif not word.startswith("-"):
            return word
        elif word.partition("=")[0] not in _WITH_VALUE:
            return ""
    return ""


def _refuse_unknown(name: str) -> None:
    if not name or name in _HOMES:
        return
    if name in line.LATER:
        raise UsageError(f"this version of Vagt cannot {line.LATER[name]}: it has no command “{name}” yet")
    if nearest(name, _HOMES):
        raise UsageError(f"there is no command “{name}”; {did_you_mean(name, _HOMES)}")
    raise UsageError(f"there is no command “{name}”; “vagt --help” lists them")
