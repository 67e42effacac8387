"""The config file, the keyring, and where each backend's secret comes from."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vagt.adapters.checked import checked
from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, manifest
from vagt.checkup.finding import Finding, Status, Trouble, ok, problem, skipped, warning
from vagt.config import paths, secrets
from vagt.config.errors import ConfigError
from vagt.config.load import load
from vagt.config.settings import BackendSettings, Settings


@dataclass(frozen=True, slots=True)
class Read:
    """The config as far as it could be read."""

    settings: Settings | None
    """None where it is refused."""
    path: Path | None
    """The file; None where there is none."""
    findings: tuple[Finding, ...]


def read_config(given: Path | None) -> Read:
    """Load the config and hold it against the installed adapters; what is wrong becomes a finding."""
    try:
        settings = checked(load(given))
    except ConfigError as error:
        remedy = "put that right; nothing else of Vagt works before (docs/configuration.md has every key)"
        found = problem("config", str(error), remedy, trouble=Trouble.CONFIG)
        return Read(None, paths.config_file(given), (found,))
    if settings.path is None:
        where = paths.usual_config_file()
        words = f"there is none ({where}): the practice shift runs; `vagt init` connects a backend"
        return Read(settings, None, (ok("config", words),))
    # notices are of a config in order and said at each start as well: nothing that would have to be put right
    return Read(settings, settings.path, (replace(_file(settings), details=settings.notices),))


def _file(settings: Settings) -> Finding:
    assert settings.path is not None
    count = len(settings.backends)
    words = f"{settings.path}: {count} {'backend' if count == 1 else 'backends'}, {len(settings.views)} views"
    try:
        found = settings.path.stat()
    except OSError:
        return ok("config", words)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or found.st_uid not in (os.geteuid(), 0):
        words = f"{settings.path}: others can change it, and with it which program is run for a secret"
        return warning("config", words, f"chmod go-w {settings.path}, and make it your own")
    return ok("config", words)


async def check_keyring(needed: Sequence[str]) -> Finding:
    """Which keyring there is; `needed` are the backends whose secret is in no place that comes before it."""
    try:
        name = await secrets.keyring_name()
        if name and needed:
            await secrets.keyring_holds(needed[0])
    except secrets.SecretError as error:
        # what that means for a backend is told with its secret
        return warning("keyring", error.words, "unlock it, or give the secrets by another way (docs/connecting.md)")
    if name:
        return ok("keyring", name if needed else f"{name}; no backend needs it")
    if needed:
        words = f"this machine has none, and the secret of {', '.join(needed)} is in no other place"
        remedy = f"give it by ${secrets.variable(needed[0])}, systemd's credentials or secret_command"
        return warning("keyring", words, f"{remedy} (docs/connecting.md)")
    return ok("keyring", "this machine has none, and no backend needs one")


def needs_secret(backend: BackendSettings) -> bool:
    """Whether its way of signing in has a secret."""
    try:
        return manifest(backend.adapter).auth_method(backend.auth).needs_secret
    except (UnknownAdapter, BrokenAdapter, KeyError):
        return True


def from_keyring(backend: BackendSettings) -> bool:
    """Whether its secret would be looked for in the keyring."""
    return needs_secret(backend) and looked_for_in_keyring(backend.name, backend.secret_command)


def looked_for_in_keyring(name: str, command: tuple[str, ...]) -> bool:
    """Whether no place that comes before the keyring has the secret called `name`."""
    if command or os.environ.get(secrets.variable(name), "").strip():
        return False
    folder = os.environ.get(secrets.CREDENTIALS_VARIABLE)
    return not (folder and Path(folder, name).exists())


async def check_secret(backend: BackendSettings) -> Finding:
    """Where its secret is found; never what it is."""
    if not needs_secret(backend):
        return skipped("secret", "its way of signing in has none", backend=backend.name)
    try:
        found = await secrets.find(backend.name, backend.secret_command)
    except secrets.SecretError as error:
        return Finding(
            name="secret",
            status=Status.PROBLEM,
            message=error.words,
            remedy=_remedy(backend, error),
            backend=backend.name,
            trouble=Trouble.AWAY,
        )
    return ok("secret", f"found: {found.source}", backend=backend.name)


def _remedy(backend: BackendSettings, error: secrets.SecretError) -> str:
    """What to do; nothing can be stored where the keyring itself is what fails."""
    if error.keyring:
        return f"give it by ${secrets.variable(backend.name)}, or another of the ways in docs/connecting.md"
    return f"vagt secret set {backend.name}; docs/connecting.md has the other ways"
