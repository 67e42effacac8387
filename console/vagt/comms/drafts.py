"""Updates that are being written: on disk at every keystroke, so that a lost terminal loses nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from vagt.domain import moments
from vagt.domain.incident import Key

FOLDER = "drafts"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Edited:
    """A message that somebody wrote over by hand."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One update on one incident, as far as it has come."""

    id: str = field(default_factory=lambda: uuid4().hex)
    """The update's own: whatever is sent of it derives its id from this one."""
    template: str = ""
    audiences: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[str, Edited] = field(default_factory=dict)
    """By audience."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What stands in an input and does not do yet, by field."""
    saved_at: datetime | None = None
    sent: bool = False
    """It was handed to the outbox; kept in case that it is taken back."""
    origin: str = ""
    """The id of the draft that another terminal was writing when this one was copied from it."""

    @property
    def family(self) -> str:
        """What drafts have in common that began as one."""
        return self.origin or self.id

    def copy(self) -> Draft:
        """The same words, to go on with beside whoever writes this one."""
        return replace(self, id=uuid4().hex, origin=self.family, sent=False)


class Drafts:
    """The drafts of a data folder: one file each, mode 0600, replaced whole."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def path(self, key: Key) -> Path:
        """Where the draft for an incident is kept."""
        name = hashlib.sha256(f"{key.backend}\0{key.id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / f"{name}.json"

    def beside(self, key: Key) -> Path:
        """Where another draft for the same incident can be kept."""
        return self.path(key).with_name(f"{self.path(key).stem}-{uuid4().hex[:8]}.json")

    def files(self, key: Key) -> tuple[Path, ...]:
        """Where drafts for an incident are, or may be: its own place, and those beside it."""
        path = self.path(key)
        return (path, *sorted(self._folder.glob(f"{path.stem}-*.json")))

    def load(self, key: Key, path: Path | None = None) -> Draft | None:
        """The draft for an incident (at `path`: one beside it); None where there is none that can be read."""
        try:
            data = json.loads((path or self.path(key)).read_bytes())
            return _draft(data)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return None

    def save(self, key: Key, draft: Draft, now: datetime, path: Path | None = None) -> None:
        """Put it on disk; when the call returns, a killed process loses nothing. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path or self.path(key)
        data = {
            "schema": _SCHEMA,
            "on": [key.backend, key.id],
            **asdict(draft),
            "saved_at": moments.rfc3339(now),
        }
        body = json.dumps(data, ensure_ascii=True, indent=1).encode("ascii")
        # two terminals may write at once: each has a file of its own until it takes its place
        fresh = path.with_suffix(f".{os.getpid()}-{uuid4().hex[:8]}.new")
        try:
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                view = memoryview(body)
                while view:
                    view = view[os.write(file, view) :]
            finally:
                os.close(file)
            fresh.replace(path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise

    def drop(self, key: Key, path: Path | None = None) -> None:
        """It was sent, or given up."""
        with suppress(OSError):
            (path or self.path(key)).unlink()


def _draft(data: Any) -> Draft:
    if data.get("schema") != _SCHEMA:
        raise ValueError("written by another version")
    saved = data.get("saved_at")
    return Draft(
        id=str(data["id"]),
        template=str(data["template"]),
        audiences=tuple(map(str, data["audiences"])),
        answers={str(key): str(text) for key, text in data["answers"].items()},
        edited={str(name): Edited(str(one["subject"]), str(one["text"])) for name, one in data["edited"].items()},
        typed={str(key): str(text) for key, text in data.get("typed", {}).items()},
        sent=data.get("sent") is True,
        origin=str(data.get("origin", "")),
        saved_at=datetime.fromisoformat(saved).astimezone(UTC) if saved else None,
    )
