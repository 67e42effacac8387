"""What an operator asks for, before it becomes an intent on disk."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.domain.commands import Change
from vagt.domain.incident import Key


@dataclass(frozen=True, slots=True)
class Request:
    """One change to one incident; `subject` is None for a Create only."""

    backend: str
    subject: Key | None
    change: Change
