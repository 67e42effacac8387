"""Signing in to a backend over its adapter's own session: who we are there, and what this account can do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vagt.adapters.protocol import (
    Account,
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    Manifest,
    ThrottledError,
    UnavailableError,
)
from vagt.checkup.finding import Finding, Status, Trouble, ok, problem, warning
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.capability import Capability
from vagt.domain.clock import Clock
from vagt.domain.durations import spoken
from vagt.engine.backend import Backend, Secrets

_SKEW = 30.0
"""Seconds between the backend's clock and ours from which on times on the screen mislead."""
_NOT_THERE = "Vagt knows no such thing of this system"
_READS_ONLY = frozenset({Capability.TIMELINE, Capability.SLA, Capability.ONCALL})
"""What an account can have that changes nothing."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in gave: the account, or why there is none."""

    manifest: Manifest | None
    account: Account | None
    error: AdapterError | None
    seconds: float
    """How long it took."""


async def sign_in(
    settings: Settings, backend: BackendSettings, *, clock: Clock, folder: Path, operator: str, secrets: Secrets
) -> SignedIn:
    """Sign in once and out again; nothing is changed on either side. Never raises."""
    with _place_for(folder) as data_dir:
        session = Backend(
            settings,
            backend,
            clock=clock,
            data_dir=data_dir,
            operator=operator,
            secrets=secrets,
            seed=0,
            thorough=True,
        )
        begun = clock.monotonic()
        account, error = None, None
        try:
            _, account = await session.ready()
        except AdapterError as failure:
            error = failure
        finally:
            await session.reset()
        return SignedIn(session.manifest(), account, error, clock.monotonic() - begun)


@contextmanager
def _place_for(folder: Path) -> Iterator[Path]:
    """The data folder, for a backend that lives in it; a passing one where there is none yet."""
    if folder.is_dir():
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="vagt-") as passing:
        yield Path(passing)


def findings(backend: BackendSettings, refresh: float, told: SignedIn) -> list[Finding]:
    """The lines about one account."""
    if told.error is not None or told.account is None:
        return [refusal(backend, told.error or UnavailableError("no answer"))]
    account, name = told.account, backend.name
    called = f" ({account.name})" if account.name and account.name != account.login else ""
    product = f" on {account.product}" if account.product else ""
    found = [ok("sign-in", f"{account.login}{called}{product}", backend=name)]
    if (skew := account.clock_skew) is not None:
        found.append(_time(name, skew))
    found.append(permissions(backend, told.manifest, account))
    if account.notes:
        found.append(
            Finding(name="notes", status=Status.OK, message=account.notes[0], details=account.notes[1:], backend=name)
        )
    found.append(_limits(backend, refresh, told.seconds))
    return found


def refusal(backend: BackendSettings, error: AdapterError) -> Finding:
    """Why there is no signing in, and what to do."""
    words = error.words or type(error).__name__
    name = backend.name
    trouble = Trouble.AWAY
    by = f" (auth = “{backend.auth}”)" if backend.auth else ""
    match error:
        case AuthError():
            words = f"it does not accept the secret{by}: {words}" if "secret" not in words else words
            remedy = f"vagt secret check {name} tells where the secret comes from, vagt secret set {name} replaces it"
        case ForbiddenError():
            remedy = "the account exists but may not do that: ask who runs it for the right to use its interface"
        case ThrottledError(wait=wait):
            words = f"it asks us to stay away for {spoken(wait)}: {words}"
            remedy = f"wait; if it happens often, raise `refresh` of the backend {name}"
        case InvalidError():
            trouble = Trouble.CONFIG
            remedy = f"put right what the config says of {name}: `url`, `auth`, `username`, `query` and the options"
        case UnavailableError():
            remedy = "is it up, and the network between? if it is only slow, raise `timeout`"
        case _:
            remedy = "check `url` in the config: another product, or a page for browsers, may be answering there"
    return problem("sign-in", words, remedy, backend=name, trouble=trouble)


def _time(backend: str, skew: float) -> Finding:
    if abs(skew) <= _SKEW:
        return ok("clocks", f"its clock and ours agree within {max(1, round(abs(skew)))} s", backend=backend)
    words = f"its clock is {spoken(abs(skew))} {'ahead of' if skew > 0 else 'behind'} this machine's"
    return warning("clocks", words, "timedatectl tells whether ours is right; else tell who runs it", backend=backend)


def permissions(backend: BackendSettings, manifest: Manifest | None, account: Account) -> Finding:
    """What this account can do in the message; what it cannot in the details, each with its reason."""
    able = account.capabilities.able
    details = lacking(account)
    if not able - _READS_ONLY and not backend.read_only:
        return Finding(
            name="permissions",
            status=Status.WARNING,
            message="this account can only read",
            remedy="ask who runs it for these rights, or write read_only = true: then every key says so at once",
            details=details,
            backend=backend.name,
        )
    message = f"can {', '.join(spelled(able))}" if able else "can only read"
    if backend.read_only:
        message = f"only read: the config says read_only (the account {message})"
    return Finding(name="permissions", status=Status.OK, message=message, details=details, backend=backend.name)


def spelled(capabilities: frozenset[Capability]) -> list[str]:
    """Capabilities in their usual order, in words."""
    return [capability.words for capability in Capability if capability in capabilities]


def lacking(account: Account) -> tuple[str, ...]:
    """What the account cannot do; several things with one reason stand together."""
    told = dict(account.capabilities.unable)
    reasons: dict[str, list[str]] = {}
    for capability in Capability:
        if capability not in account.capabilities:
            reasons.setdefault(told.get(capability, _NOT_THERE), []).append(capability.words)
    return tuple(f"cannot {', '.join(names)}: {reason}" for reason, names in reasons.items())


def _limits(backend: BackendSettings, refresh: float, seconds: float) -> Finding:
    words = f"answered in {seconds:.1f} s; asked every {refresh:g} s, a request may take {backend.timeout:g} s"
    if seconds > backend.timeout:
        return warning("limits", f"slow: {words}", f"raise `timeout` of {backend.name}", backend=backend.name)
    return ok("limits", words, backend=backend.name)
