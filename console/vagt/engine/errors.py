"""What can go wrong on our own side; every error carries a sentence for a person."""

from __future__ import annotations


class EngineError(Exception):
    """Something on this machine; `words` say what, and what to do about it."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class DataError(EngineError):
    """The data folder cannot be used as it is: written by a newer Vagt, not ours, not a folder."""


class OutboxError(EngineError):
    """The action is not on disk, so it was not taken; nothing will be sent."""


class SpoolError(EngineError):
    """A file cannot be attached or saved; nothing was taken and nothing written."""
