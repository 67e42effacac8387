"""How a message fits its channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vagt.channels import Limits, limits
from vagt.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Size:
    """One message on one channel."""

    channel: str
    size: int
    """Characters of the text, with its subject where the channel has no place of its own for that."""
    limit: int | None
    """None where the channel tells none."""
    subject: int = 0
    subject_limit: int | None = None

    @property
    def over(self) -> bool:
        """It is too long to arrive whole."""
        return (self.limit is not None and self.size > self.limit) or self._subject_over

    @property
    def words(self) -> str:
        """For people."""
        if self._subject_over:
            return f"{self.channel} takes a subject of {self.subject_limit} characters at most, this has {self.subject}"
        if self.limit is None:
            return f"{self.channel}: {self.size} characters"
        if self.over:
            return f"{self.channel} takes {self.limit} characters at most, this has {self.size}"
        return f"{self.channel}: {self.size} of {self.limit} characters"

    @property
    def _subject_over(self) -> bool:
        return bool(self.subject_limit) and self.subject > (self.subject_limit or 0)


def measure(channels: Sequence[str], subject: str, text: str, known: Mapping[str, Limits]) -> tuple[Size, ...]:
    """The message's size on each channel; `known` has those of the config."""
    return tuple(_size(channel, subject, text, known.get(channel)) for channel in channels)


def _size(channel: str, subject: str, text: str, limit: Limits | None) -> Size:
    if limit is None:
        return Size(channel, len(text), None, len(subject))
    leads = limit.title == 0
    return Size(channel, len(text) + (len(subject) + 2 if leads else 0), limit.body, len(subject), limit.title or None)


def limits_of(settings: Settings) -> dict[str, Limits]:
    """What each channel of the config takes."""
    return {channel.name: limits(channel) for channel in settings.channels}
