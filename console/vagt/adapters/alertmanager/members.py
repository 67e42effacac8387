"""The addresses of one Alertmanager cluster: whichever answers is asked, and a write goes to one of them, once.

Members share their silences, and each is sent all alerts. The one that answered last is asked first; another
takes its place only where it cannot be reached or fails. Whether a write may have arrived decides: one that
never left goes to the next address, any other is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from vagt.adapters.http import Answer, HttpClient
from vagt.adapters.protocol import AdapterError, ThrottledError, UnavailableError


class Members:
    """One connection to each address."""

    def __init__(self, addresses: Mapping[str, HttpClient]) -> None:
        self._clients = dict(addresses)
        self.names = tuple(addresses)
        """The addresses, in the config's order."""
        self._at = self.names[0]
        self.redact = self._clients[self._at].redact

    @property
    def at(self) -> str:
        """The address that answered last."""
        return self._at

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name != self._at)

    async def request(self, method: str, path: str, **given: Any) -> Answer:
        """From whichever answers. Raises the AdapterError of the only address, or of all in one."""
        if len(self.names) == 1:
            return await self._clients[self._at].request(method, path, **given)
        failed: dict[str, AdapterError] = {}
        for name in (self._at, *self.others):
            try:
                answer = await self._once(name, method, path, given)
            except (UnavailableError, ThrottledError) as error:
                if isinstance(error, UnavailableError) and error.sent:
                    raise
                failed[name] = error
                continue
            self._at = name
            return answer
        words = "; ".join(dict.fromkeys(error.words for error in failed.values()))
        waits = [error.wait for error in failed.values() if isinstance(error, ThrottledError)]
        if len(waits) == len(failed):
            raise ThrottledError(words, min(waits))
        raise UnavailableError(f"none of the {len(self.names)} addresses answers: {words}")

    async def each(self, names: Sequence[str], path: str, **given: Any) -> dict[str, Answer | AdapterError]:
        """The same read from several addresses at once: what each answers, or why it does not."""

        async def one(name: str) -> Answer | AdapterError:
            try:
                return await self._once(name, "GET", path, given)
            except AdapterError as error:
                return error

        return dict(zip(names, await asyncio.gather(*(one(name) for name in names)), strict=True))

    async def _once(self, name: str, method: str, path: str, given: Mapping[str, Any]) -> Answer:
        """Without a second try, and within its part of the time: there are others to ask."""
        client = self._clients[name]
        patience = client.timeout / len(self.names)
        return await client.request(method, path, **{"patience": patience, "tries": 1, **given})

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


def shown(address: str) -> str:
    """Host and port, for words."""
    return urlsplit(address).netloc.rpartition("@")[2] or address
