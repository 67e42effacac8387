"""How a message fits its channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vagt.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Size:
    """One message on one channel."""

    channel: str
    size: int
    """Characters of subject and text."""
    limit: int | None
    """None where the channel tells none."""

    @property
    def over(self) -> bool:
        return self.limit is not None and self.size > self.limit

    @property
    def words(self) -> str:
        if self.limit is None:
            return f"{self.channel}: {self.size} characters"
        if self.over:
            return f"{self.channel} takes {self.limit} characters at most, this has {self.size}"
        return f"{self.channel}: {self.size} of {self.limit} characters"


def measure(channels: Sequence[str], subject: str, text: str, limits: Mapping[str, int]) -> tuple[Size, ...]:
    """The message's size on each channel; `limits` knows those that have one."""
    size = len(subject) + 2 + len(text)
    return tuple(
        Size(channel, len(text) if channel == "comment" else size, limits.get(channel)) for channel in channels
    )


def limits_of(settings: Settings) -> dict[str, int]:
    """The longest text that each channel of the config takes, where that is known."""
    return {}
