"""From the command line to the first frame, and back to an exit code."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vagt.domain.clock import SystemClock

if TYPE_CHECKING:
    from vagt.config.settings import Settings


def run(config_path: Path | None, data_dir: Path | None) -> int:
    """Open the console; return the exit code (0: left on purpose, 2: config or data folder cannot be used).

    `config_path` and `data_dir` are what the command line said, None where it said nothing.
    """
    from vagt.config.errors import ConfigError
    from vagt.config.load import load
    from vagt.config.paths import data_dir as find_data_dir
    from vagt.engine.errors import DataError

    try:
        settings = load(config_path)
        return asyncio.run(_run(settings, find_data_dir(data_dir)))
    except ConfigError as error:
        print(f"vagt: {error}", file=sys.stderr)  # noqa: T201
    except DataError as error:
        print(f"vagt: {error.words}", file=sys.stderr)  # noqa: T201
    return 2


async def _run(settings: Settings, folder: Path) -> int:
    from vagt.config.secrets import secret_of
    from vagt.engine.engine import Engine
    from vagt.ui.app import VagtApp

    engine = await Engine.open(settings, folder, clock=SystemClock(), operator=operator(), secrets=secret_of)
    try:
        code = await VagtApp(engine, data_dir=folder).run_async()
    finally:
        await engine.stop()
    return code or 0


def operator() -> str:
    """The login name on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
