"""One backend of the config: its session, made when it is first needed, and who we are there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from vagt.adapters.protocol import (
    Account,
    AdapterError,
    AuthError,
    Connection,
    Manifest,
    ProtocolError,
    Session,
    UnavailableError,
)
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.clock import Clock
from vagt.engine.border import guarded

T = TypeVar("T")
_RIGHTS_LAST = timedelta(hours=1)
"""So long what the account may do is believed; it is asked for again after that, or once something was forbidden."""
_RIGHTS_REST = timedelta(minutes=1)
"""No sooner than that after the last time."""
log = logging.getLogger("vagt.backend")

Secrets = Callable[[BackendSettings | ChannelSettings], Awaitable[str]]
Connect = Callable[[Connection], Awaitable[Session]]


class Backend:
    """Holds the session; every call through `ask` ends in time and raises nothing but an AdapterError."""

    def __init__(
        self,
        settings: Settings,
        backend: BackendSettings,
        *,
        clock: Clock,
        data_dir: Path,
        operator: str,
        secrets: Secrets,
        seed: int,
        connect: Connect | None = None,
        thorough: bool = False,
    ) -> None:
        self.settings = backend
        self.clock = clock
        self.account: Account | None = None
        """As of the last probe, in this process or an earlier one."""
        self._connection = Connection(
            settings=backend,
            secret=lambda: self._secret(secrets),
            clock=clock,
            matrix=settings.matrix,
            data_dir=data_dir,
            operator=operator,
            seed=seed,
            thorough=thorough,
        )
        self._connect = connect
        self._session: Session | None = None
        self._probed = False
        self._probed_at = clock.now()
        self._doubted = False
        self._lock = asyncio.Lock()
        self._pause_until = 0.0

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def system(self) -> str:
        """Adapter and address: what must be the same for an id to mean the same incident."""
        return f"{self.settings.adapter} {self.settings.url.rstrip('/')}".strip()

    @property
    def scope(self) -> str:
        """What else decides which incidents are ours, as a hash: query, user, options."""
        parts = [self.settings.query, self.settings.username, self.settings.options]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]

    def manifest(self) -> Manifest | None:
        """What the adapter tells of itself; None where it is not installed or broken."""
        from vagt.adapters import registry  # reads entry points; not before something asks

        try:
            return registry.manifest(self.settings.adapter)
        except (registry.UnknownAdapter, registry.BrokenAdapter):
            return None

    async def ready(self) -> tuple[Session, Account]:
        """Signed in, and we know who we are. Raises AdapterError."""
        async with self._lock:
            if self._session is None:
                made = await self._bounded(self._new_session(), self.settings.timeout * 3, sent=False)
                self._session = guarded(made, self.name)
            if not self._probed or self.account is None:
                self.account = await self._probe(self._session)
                self._probed = True
            return self._session, self.account

    async def look_again(self) -> None:
        """Ask once more what the account may do, where that is long ago or in doubt. Raises AuthError.

        Meanwhile, and where there is no answer, what was known stands.
        """
        session, age = self._session, abs(self.clock.now() - self._probed_at)
        if session is None or not self._probed or age < (_RIGHTS_REST if self._doubted else _RIGHTS_LAST):
            return
        self._doubted = False
        try:
            account = await self._probe(session)
        except AuthError:
            raise
        except AdapterError as error:
            log.info("%s: what the account may do was not found out: %s", self.name, error.words)
            self._probed_at = self.clock.now()
            return
        if session is self._session:
            self.account = account

    def doubt(self) -> None:
        """Something was forbidden that the account was believed to be allowed: `look_again` asks soon."""
        self._doubted = True

    async def _probe(self, session: Session) -> Account:
        account = await self._bounded(session.probe(), self.settings.timeout * 3, sent=False)
        self._probed_at = self.clock.now()
        return account

    async def ask(self, question: Callable[[Session], Awaitable[T]], patience: float = 1.0) -> T:
        """Ask the session, at most `patience` times the backend's timeout. Raises AdapterError."""
        session, _ = await self.ready()
        return await self._bounded(question(session), self.settings.timeout * patience)

    async def reset(self) -> None:
        """Sign out; the next use signs in anew and reads the secret again."""
        async with self._lock:
            session, self._session, self._probed = self._session, None, False
            if session is not None:
                try:
                    async with asyncio.timeout(0.3):
                        await session.close()
                except Exception as error:  # a stranger's adapter may break its promise not to raise
                    log.warning("%s did not close cleanly: %s", self.name, type(error).__name__)

    def pause(self, seconds: float) -> None:
        """The backend wants to be left alone for so long, by pollers and senders alike."""
        self._pause_until = max(self._pause_until, self.clock.monotonic() + seconds)

    @property
    def paused(self) -> float:
        """For how many more seconds it wants to be left alone."""
        return max(0.0, self._pause_until - self.clock.monotonic())

    async def _new_session(self) -> Session:
        if self._connect is not None:
            return await self._connect(self._connection)
        from vagt.adapters import registry  # as in manifest()

        try:
            return await registry.connect(self._connection)
        except (registry.UnknownAdapter, registry.BrokenAdapter) as error:
            raise ProtocolError(str(error)) from error

    async def _secret(self, secrets: Secrets) -> str:
        try:
            return await secrets(self.settings)
        except AdapterError:
            raise
        except Exception as error:  # whatever a keyring or a command raises, a person must act
            raise AuthError(str(error) or f"no secret was found for {self.name}") from error

    async def _bounded(self, answer: Awaitable[T], seconds: float, *, sent: bool = True) -> T:
        """`sent`: what is asked may have been a write, which a lost answer leaves in doubt."""
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except AdapterError:
            raise
        except TimeoutError as error:
            raise UnavailableError(f"no answer within {seconds:g} s", sent=sent) from error
        except Exception as error:  # a bug in an adapter is that backend's trouble, not the console's
            log.exception("the adapter of %s failed", self.name)
            raise ProtocolError(f"the adapter failed: {type(error).__name__}: {error}", sent=sent) from error
