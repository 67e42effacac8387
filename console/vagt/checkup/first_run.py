"""Whether this is the first time that the console opens, and what somebody who has never seen it should know."""

from __future__ import annotations

from pathlib import Path

from vagt.config.settings import Settings

MARK = "welcomed"
"""The file in the data folder that says that the words were shown."""

TITLE = "Welcome to Vagt"

PARAGRAPHS: tuple[str, ...] = (
    "There is no config yet, so this is the practice shift: services, incidents and colleagues that exist only on "
    "this machine. Everything works as it would with a real system, and nothing that you do here can do harm.",
    "j and k move, enter opens an incident, a acknowledges it, R resolves it, u takes the last action back, and ? "
    "shows all keys of the screen that you are on.",
    "To work on your own system, leave with q and run `vagt init`: it asks for what it needs, tests the connection, "
    "and writes the config. `vagt doctor` checks everything.",
)
"""Each one a thought, to be wrapped by whoever shows it."""

CLOSING = "Any key goes on; this is shown once."


def is_first_run(settings: Settings, data_dir: Path) -> bool:
    """Whether the words are due: no config, and they were never shown on this data folder."""
    if settings.path is not None:
        return False
    try:
        return not (data_dir / MARK).exists()
    except OSError:
        return False


def remember(data_dir: Path) -> None:
    """They were shown. Where that cannot be written down, they are shown again, which does no harm."""
    try:
        (data_dir / MARK).touch(mode=0o600)
    except OSError:
        return
