"""From the command line to the first frame, and back to an exit code.

The order matters: the config is read while the terminal is untouched; the last picture is painted before
anything slow is imported; the first true frame comes from the local store; only then are adapters looked at
and backends asked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vagt.config.settings import Settings
    from vagt_widgets.first_picture import Shown

PICTURE = "picture"
"""The file in the data folder that keeps the last picture."""


def run(config_path: Path | None, data_dir: Path | None) -> int:
    """Open the console; return the exit code (0: left on purpose, 2: config or data folder cannot be used).

    `config_path` and `data_dir` are what the command line said, None where it said nothing.
    """
    from vagt.config.errors import ConfigError
    from vagt.config.load import load
    from vagt.config.paths import data_dir as find_data_dir
    from vagt.engine.errors import DataError

    shown: Shown | None = None
    try:
        settings = load(config_path)
        folder = find_data_dir(data_dir)
        shown = _first_picture(folder)
        words, code = _console(settings, folder, shown)
    except ConfigError as error:
        words, code = f"vagt: {error}", 2
    except DataError as error:
        words, code = f"vagt: {error.words}", 2
    finally:
        if shown is not None:
            shown.restore()
    if words:
        print(words, file=sys.stderr)  # noqa: T201
    return code


def _first_picture(folder: Path) -> Shown | None:
    from vagt_widgets.first_picture import paint

    return paint(str(folder / PICTURE), _picture_note)


def _picture_note(saved_at: float | None) -> str:
    """What the first line says until the console itself is there."""
    import time

    if saved_at is None:
        return "Vagt opens …"
    return f"Vagt opens … this is how it looked at {time.strftime('%d %b %H:%M', time.localtime(saved_at))}"


def _console(settings: Settings, folder: Path, shown: Shown | None) -> tuple[str, int]:
    import asyncio

    return asyncio.run(_run(settings, folder, shown))


async def open_on(settings: Settings, folder: Path) -> tuple[str, int]:
    """The console on settings made elsewhere, as a drill's: what to say once it is left, and its exit code."""
    return await _run(settings, folder, None)


async def _run(settings: Settings, folder: Path, shown: Shown | None) -> tuple[str, int]:
    import asyncio

    from vagt.config.operator import operator
    from vagt.config.secrets import secret_of
    from vagt.domain.clock import SystemClock
    from vagt.engine.engine import Engine
    from vagt.ui.app import VagtApp
    from vagt_widgets.terminal_driver import terminal_driver
    from vagt_widgets.terminal_gone import TerminalWatch

    loop = asyncio.get_running_loop()

    def gone(_reason: str) -> None:
        loop.call_soon_threadsafe(app.exit, 129)

    engine = await Engine.open(settings, folder, clock=SystemClock(), operator=operator(), secrets=secret_of)
    try:
        watch = TerminalWatch(gone)
        driver = terminal_driver(watch=watch, shown=shown)
        app = VagtApp(engine, data_dir=folder, driver_class=driver)
        watch.install()
        code = await app.run_async()
        if app.keeping is not None:
            await app.keeping.stop()
        if app.courier is not None:
            await app.courier.stop()
        return _last_words(app), app.return_code or code or 0
    finally:
        await engine.stop()


def _last_words(app: object) -> str:
    from vagt.ui.app import VagtApp
    from vagt.ui.present.words import counted

    assert isinstance(app, VagtApp)
    if app.parting:
        return app.parting
    intents = app.engine.intents()
    needing = sum(intent.stage.needs_person for intent in intents)
    words = []
    if waiting := len(intents) - needing:
        words.append(
            f"vagt: {counted(waiting, 'action')} in the outbox, to be sent when Vagt runs again; "
            "“vagt outbox retry” sends now"
        )
    if needing:
        words.append(f"vagt: {counted(needing, 'action')} in the outbox for you to decide; see “vagt outbox list”")
    return "\n".join(words)
