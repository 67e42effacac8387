"""Which session a channel's address needs."""

from __future__ import annotations

from vagt.channels.protocol import ChannelSession, Line


def open_channel(line: Line) -> ChannelSession:
    """The session of a channel; connects to nothing yet."""
    raise NotImplementedError
