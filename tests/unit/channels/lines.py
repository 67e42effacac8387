"""Channels opened for a test, with a secret that must be seen nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from vagt.channels.opening import open_channel
from vagt.channels.protocol import ChannelSession, Line, Message
from vagt.config.response import ChannelSettings
from vagt.domain.clock import SystemClock

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MESSAGE = Message("5f0c8e2a", "Mail is down", "We are on it.\nNext word at 14:30.", AT, ref="desk:11")


def channel(url: str, secret: str = "", timeout: float = 5.0, **more: object) -> ChannelSession:
    """A channel of this address."""

    async def found() -> str:
        return secret

    settings = ChannelSettings(name="noc", url=url, timeout=timeout, **more)  # type: ignore[arg-type]
    return open_channel(Line(settings, found, SystemClock()))


def message(**changes: object) -> Message:
    return replace(MESSAGE, **changes)  # type: ignore[arg-type]
