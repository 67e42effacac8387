"""The settings of the config file, wherever it is; cheap where there is none."""

from __future__ import annotations

from pathlib import Path

from vagt.config import paths
from vagt.config.settings import PRACTICE, Settings


def load(given: Path | None = None) -> Settings:
    """The settings of the config file: of `given` (`--config`), else where `paths.config_file` finds one.

    Checks everything that can be checked without an adapter; `vagt.adapters.checked` does the rest.
    Raises ConfigError.
    """
    path = paths.config_file(given)
    if path is None:
        return Settings(backends=(PRACTICE,))
    from vagt.config.build import settings_of  # the checks of every table; without a config nobody needs them
    from vagt.config.document import Document

    return settings_of(Document.open(path))
