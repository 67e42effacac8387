"""Trying a backend that is not in the config yet, and bringing it and its secret in together or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from vagt.adapters.protocol import Account
from vagt.checkup import account
from vagt.checkup.configfile import Plan, write
from vagt.checkup.finding import Finding, Status
from vagt.checkup.reach import check_reach
from vagt.checkup.run import agreed
from vagt.config import secrets
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings
from vagt.domain.clock import Clock

_RIGHT_AGAIN = "check address, way of signing in, user name and secret"
_IN_CONFIG = "`url` in the config"
_TAKE_BACK = 3.0
"""Seconds for taking a secret out of the keyring again."""


class Keeping(Enum):
    """Where the secret will come from."""

    NOWHERE = auto()
    """The way of signing in has none."""
    FOUND = auto()
    """It is found already: the environment, systemd, or the keyring."""
    KEYRING = auto()
    """It goes into the keyring with the config."""
    COMMAND = auto()
    """A program prints it."""
    LATER = auto()
    """A person will put it somewhere."""


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """How the backend gets its secret; `value` is the secret itself, where it is known now."""

    keeping: Keeping
    words: str
    """Where it comes from, for people."""
    value: str | None = field(default=None, repr=False)

    @property
    def can_be_tried(self) -> bool:
        """Whether there is something to sign in with."""
        return self.value is not None or self.keeping is not Keeping.LATER


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of signing in."""

    findings: tuple[Finding, ...]
    account: Account | None

    @property
    def problem(self) -> Finding | None:
        """Why it did not work; None where it did."""
        if self.account is not None:
            return None
        return next((f for f in self.findings if f.status is Status.PROBLEM), None)


async def trial(plan: Plan, name: str, secret: SecretPlan, *, clock: Clock, folder: Path, operator: str) -> Trial:
    """Sign in to the backend that `plan` adds, and look at its address and certificate meanwhile."""
    backend = plan.settings.backend(name)

    async def find(wanted: BackendSettings | ChannelSettings) -> str:
        return secret.value if secret.value is not None else await secrets.secret_of(wanted)

    told, roads = await asyncio.gather(
        account.sign_in(plan.settings, backend, clock=clock, folder=folder, operator=operator, secrets=find),
        check_reach(backend, clock.now()),
    )
    refresh = backend.refresh if backend.refresh is not None else plan.settings.console.refresh
    entry = account.findings(backend, refresh, told)
    return Trial(tuple(_worth_telling(agreed(backend, (), roads, entry))), told.account)


def _worth_telling(findings: Sequence[Finding]) -> list[Finding]:
    """Without what was not checked; and the config and the keyring do not know this backend yet."""
    return [
        replace(
            finding, remedy=_RIGHT_AGAIN if _is_refusal(finding) else finding.remedy.replace(_IN_CONFIG, "the address")
        )
        for finding in findings
        if finding.status is not Status.SKIPPED
    ]


def _is_refusal(finding: Finding) -> bool:
    """Whether it does not take us as who we say we are."""
    return finding.name == "sign-in" and finding.status is Status.PROBLEM and "secret" in finding.remedy


async def bring_in(plan: Plan, name: str, secret: SecretPlan, now: datetime) -> Path | None:
    """Keep the secret and write the config; the copy of the config as it was.

    Raises SecretError, ConfigError and OSError; then, and where it is cancelled, neither is there.
    """
    if secret.keeping is not Keeping.KEYRING or secret.value is None:
        return write(plan, now)
    before = await _kept(name)
    try:
        await secrets.store(name, secret.value)
        return write(plan, now)
    except BaseException:
        await _take_back(name, before)
        raise


async def _kept(name: str) -> str | None:
    """What the keyring holds under that name now."""
    if not await secrets.keyring_holds(name):
        return None
    return (await secrets.find_in_keyring(name)).reveal()


async def _take_back(name: str, before: str | None) -> None:
    with suppress(secrets.SecretError, TimeoutError):
        async with asyncio.timeout(_TAKE_BACK):
            if before is None:
                await secrets.forget(name)
            else:
                await secrets.store(name, before)
