"""Where the config and the data live."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vagt.config.errors import ConfigError

CONFIG_VARIABLE = "VAGT_CONFIG"
DATA_VARIABLE = "VAGT_DATA_DIR"


def config_file(given: Path | None = None) -> Path | None:
    """The config to read: `given` (`--config`), `$VAGT_CONFIG`, or the platform's; None where there is none.

    One that is named but does not exist is returned all the same, so that reading it says so.
    """
    if given is not None:
        return given.expanduser()
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named).expanduser()
    usual = usual_config_file()
    return usual if _exists(usual) else None


def usual_config_file() -> Path:
    """Where the config stands when nobody says otherwise."""
    from platformdirs import user_config_path  # 8 ms, and not needed where the path is given

    return user_config_path("vagt", appauthor=False) / "config.toml"


def data_folder(given: Path | None = None) -> Path:
    """Where the data folder is or will be: `given`, `$VAGT_DATA_DIR`, or the platform's; nothing is made."""
    if given is not None:
        return given.expanduser()
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path  # as above

    return user_data_path("vagt", appauthor=False)


def data_dir(given: Path | None = None) -> Path:
    """The data folder, made with mode 0700 where it is missing.

    Raises ConfigError where it cannot be made or written to, or where others can write to it.
    """
    path = data_folder(given)
    remedy = f"choose another with --data-dir or ${DATA_VARIABLE}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{path}: cannot be used as data folder: {error.strerror or error}; {remedy}") from error
    if mode & stat.S_IWOTH:
        raise ConfigError(f"{path}: everybody on this machine can write there; chmod 700 it, or {remedy}")
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"{path}: cannot be used as data folder: no right to write there; {remedy}")
    return path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # there, but not for us: reading it tells why
