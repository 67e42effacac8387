"""All checks at once, each within its time, told in an order that a person can follow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vagt.checkup import account, channels, kept
from vagt.checkup.bounded import within
from vagt.checkup.finding import Finding, Status, Trouble, skipped
from vagt.checkup.folder import check_folder
from vagt.checkup.reach import check_reach
from vagt.checkup.setup import Read, check_keyring, check_secret, from_keyring
from vagt.checkup.terminal import Terminal, check_terminal
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.aside import aside
from vagt.domain.clock import Clock
from vagt.domain.commands import channel_backend
from vagt.engine.backend import Secrets

_LOCAL = 25.0
"""Seconds for each check of this machine."""
_KEYRING = 40.0
"""Seconds: it may be asked twice, and each time may wait for its owner."""
_SECRET = 35.0
"""Seconds for finding a secret: a program may have to print it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the checks work with."""

    read: Read
    backends: tuple[BackendSettings, ...]
    """Those to look at; empty where the config is refused."""
    channels: tuple[ChannelSettings, ...] = ()
    """Likewise."""
    folder: Path
    clock: Clock
    operator: str
    secrets: Secrets
    terminal: Terminal


async def diagnose(bench: Bench) -> tuple[Finding, ...]:
    """Check this machine and the backends. Nothing is changed, and nothing takes longer than about a minute."""
    local, *about = await asyncio.gather(
        _here(bench),
        *(_backend(bench, backend) for backend in bench.backends),
        *(_channel(bench, channel) for channel in bench.channels),
    )
    if bench.read.settings is None:
        about = [(skipped("backends", "not looked at: the config has to be put right first"),)]
    return (*local, *(finding for found in about for finding in found))


async def _here(bench: Bench) -> tuple[Finding, ...]:
    folder, clock = bench.folder, bench.clock
    settings = bench.read.settings
    names = [backend.name for backend in settings.backends] if settings else None
    told = [channel_backend(channel.name) for channel in settings.channels] if settings else []
    needed = [backend.name for backend in bench.backends if from_keyring(backend)]
    needed += [channel.name for channel in bench.channels if channels.from_keyring(channel)]

    async def keyring() -> list[Finding]:
        return [await check_keyring(needed)]

    async def files() -> list[Finding]:
        return await aside(lambda: check_folder(folder))

    async def store() -> list[Finding]:
        return [await aside(lambda: kept.check_store(folder))]

    async def audit() -> list[Finding]:
        return [await aside(lambda: kept.check_audit(folder))]

    async def outbox() -> list[Finding]:
        return [await aside(lambda: kept.check_outbox(folder, None if names is None else [*names, *told], clock.now()))]

    async def lease() -> list[Finding]:
        return [await aside(lambda: kept.check_lease(folder, names or ()))]

    async def terminal() -> list[Finding]:
        return check_terminal(bench.terminal)

    found = await asyncio.gather(
        within(_KEYRING, "keyring", keyring()),
        within(_LOCAL, "data folder", files()),
        within(_LOCAL, "store", store()),
        within(_LOCAL, "outbox", outbox()),
        within(_LOCAL, "audit log", audit()),
        within(_LOCAL, "consoles", lease()),
        within(_LOCAL, "terminal", terminal()),
    )
    return (*bench.read.findings, *(finding for group in found for finding in group))


async def _backend(bench: Bench, backend: BackendSettings) -> tuple[Finding, ...]:
    settings = bench.read.settings
    assert settings is not None, "without settings there are no backends to look at"
    refresh = backend.refresh if backend.refresh is not None else settings.console.refresh
    patience = backend.timeout * 6 + _SECRET

    async def secret() -> list[Finding]:
        return [await check_secret(backend)]

    async def signing_in() -> list[Finding]:
        told = await account.sign_in(
            settings,
            backend,
            clock=bench.clock,
            folder=bench.folder,
            operator=bench.operator,
            secrets=bench.secrets,
        )
        return account.findings(backend, refresh, told)

    places, roads, entry = await asyncio.gather(
        within(_SECRET, "secret", secret()),
        within(backend.timeout + _LOCAL, "address", check_reach(backend, bench.clock.now())),
        within(patience, "sign-in", signing_in()),
    )
    return tuple(replace(finding, backend=backend.name) for finding in agreed(backend, places, roads, entry))


async def _channel(bench: Bench, channel: ChannelSettings) -> tuple[Finding, ...]:
    async def secret() -> list[Finding]:
        return [await channels.check_secret(channel)]

    async def reaching() -> list[Finding]:
        return [await channels.check_channel(channel, bench.clock)]

    places, entry = await asyncio.gather(
        within(_SECRET, "secret", secret()),
        within(channel.timeout * 3 + _SECRET, "channel", reaching()),
    )
    if any(finding.status is Status.PROBLEM for finding in places):
        entry = (skipped("channel", "needs the secret put right first"),)
    name = channel_backend(channel.name)
    return tuple(replace(finding, backend=name) for finding in (*places, *entry))


def agreed(
    backend: BackendSettings, places: Sequence[Finding], roads: Sequence[Finding], entry: Sequence[Finding]
) -> list[Finding]:
    """One cause is told once: where the way is blocked or the secret missing, signing in fails for that reason."""
    signed_in = entry[0].status is Status.OK
    blocked = next((f for f in roads if f.status is Status.PROBLEM), None)
    missing = next((f for f in places if f.status is Status.PROBLEM), None)
    if signed_in:
        # The adapter got through, so what our own try met is odd but no obstacle.
        roads = [_eased(finding) for finding in roads]
    elif (cause := blocked or missing) is not None:
        entry = [skipped("sign-in", f"needs the {cause.name} put right first", backend=backend.name)]
    return [*roads, *places, *entry]


def _eased(finding: Finding) -> Finding:
    if finding.status is not Status.PROBLEM:
        return finding
    return replace(finding, status=Status.WARNING, message=f"{finding.message}; signing in worked all the same")


def verdict(settings: Settings | None, findings: Sequence[Finding]) -> Trouble | Status:
    """What the checks come to: the trouble that weighs most, else WARNING or OK.

    A config that is refused comes first, then a problem on this machine, then a backend that is away.
    """
    problems = {finding.trouble for finding in findings if finding.status is Status.PROBLEM}
    if settings is None:
        return Trouble.CONFIG
    for trouble in (Trouble.CONFIG, Trouble.HERE, Trouble.AWAY):
        if trouble in problems:
            return trouble
    return Status.WARNING if any(f.status is Status.WARNING for f in findings) else Status.OK
