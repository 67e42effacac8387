"""The engine for the length of one command."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vagt.adapters.checked import load_checked
from vagt.adapters.protocol import AdapterError
from vagt.cli.answer import Output
from vagt.cli.exits import UsageError
from vagt.config import paths
from vagt.config.errors import did_you_mean
from vagt.config.operator import operator
from vagt.config.secrets import secret_of
from vagt.config.settings import Settings
from vagt.domain.clock import SystemClock
from vagt.engine.engine import Engine


def load_settings(given: argparse.Namespace, output: Output) -> Settings:
    """The config, its notices told on standard error. Raises ConfigError."""
    settings = load_checked(getattr(given, "config", None))
    for notice in settings.notices:
        output.note(f"note: {notice}")
    return settings


@asynccontextmanager
async def opened(settings: Settings, given: argparse.Namespace, *, load: bool) -> AsyncIterator[Engine]:
    """The engine, not started: nothing is polled or sent. Raises ConfigError and EngineError.

    `load`: bring the last snapshot into the board, for what must work while a backend is away.
    """
    folder = paths.data_dir(getattr(given, "data_dir", None))
    engine = await Engine.open(settings, folder, clock=SystemClock(), operator=operator(), secrets=secret_of, load=load)
    try:
        for words in engine.problems():
            Output(json=False).note(f"note: {words}")
        yield engine
    finally:
        await engine.stop()


def backend_names(settings: Settings, wanted: list[str]) -> list[str]:
    """The backends called so, all of them where none is named. Raises UsageError."""
    known = [backend.name for backend in settings.backends]
    for name in wanted:
        if name not in known:
            raise UsageError(f"no backend is called “{name}”; {did_you_mean(name, known, otherwise='the config has')}")
    return [name for name in known if not wanted or name in wanted]


def words_of(error: AdapterError) -> str:
    """An adapter's error as a sentence."""
    return error.words or type(error).__name__
