"""The files that hang on an incident: one is saved here, or one of yours is attached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Static

from vagt.adapters.protocol import AdapterError, Attachment
from vagt.domain.actions import BY_NAME
from vagt.domain.incident import Incident
from vagt.engine.errors import SpoolError
from vagt.engine.files import safe_name, save, target_of
from vagt.ui.messages import Tone
from vagt.ui.present.times import relative
from vagt.ui.screens.files.path import PathQuestion, Refused
from vagt.ui.screens.files.paths import size_words
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.typed import vagt_of

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

_ATTACH = "attach"


@dataclass(frozen=True, slots=True)
class _Saved:
    path: Path
    size: int


async def look(app: VagtApp, incident: Incident) -> None:
    """Show the files; save the one that is picked, or go on to attach one."""
    picked = await app.push_screen_wait(FilesQuestion(app, incident))
    if picked == _ATTACH:
        app.acting.start(BY_NAME["attach"], (incident.key,))
    elif isinstance(picked, Attachment):
        await _save(app, incident, picked)


async def _save(app: VagtApp, incident: Incident, file: Attachment) -> None:
    async def take(path: Path) -> _Saved:
        target = await asyncio.to_thread(target_of, path, file.name)
        if await asyncio.to_thread(target.exists):
            raise Refused(f"{target} is there already; nothing is overwritten")
        try:
            content = await app.engine.file(incident.key, file.id)
            await asyncio.to_thread(save, content, target)
        except AdapterError as error:
            raise Refused(f"{incident.backend}: {error.words}") from error
        except SpoolError as error:
            raise Refused(error.words) from error
        return _Saved(target, len(content))

    saved = await app.push_screen_wait(
        PathQuestion(
            f"Save · {file.name}",
            lead="Where to? A folder, or a path with a new name.",
            enter="saves",
            value=f"{_folder()}/{safe_name(file.name)}",
            take=take,
        )
    )
    if saved is not None:
        app.say(f"Saved {saved.path} ({size_words(saved.size)})", Tone.GOOD, seconds=15)


def _folder() -> str:
    return "~/Downloads" if Path("~/Downloads").expanduser().is_dir() else "~"


class FilesQuestion(Question["Attachment | str"]):
    """Returns the file that is picked, or that one is to be attached."""

    def __init__(self, app: VagtApp, incident: Incident) -> None:
        super().__init__(
            f"Files · {incident.ref} {incident.title}", hint="enter saves · a attaches one of yours · esc back"
        )
        self._engine = app.engine
        self._incident = incident
        self._reason = app.engine.unable(BY_NAME["attach"], incident.key)

    def parts(self) -> ComposeResult:
        none = Static("No files hang on it.", id="none", classes="lead", markup=False)
        none.display = False
        yield none
        yield Options()

    def on_mount(self) -> None:
        self.query_one(Options).set_options(self._attaching())
        self.run_worker(vagt_of(self).guarded(self._ask()), exit_on_error=False)

    async def _ask(self) -> None:
        found = await self.look_up("Asking for its files", self._engine.files(self._incident.key))
        if found is None:
            return
        now = self._engine.clock.now()
        files = [Option("", file.name, _detail(file, now), file) for file in reversed(found)]
        if not files:
            self.query_one("#none", Static).update("It has no files yet.")
        self.query_one(Options).set_options([*files, *self._attaching()])

    def _attaching(self) -> list[Option]:
        return [Option("a", "Attach a file of yours …", self._reason, _ATTACH)]


def _detail(file: Attachment, now: datetime) -> str:
    parts = [
        size_words(file.size) if file.size is not None else "",
        file.by,
        relative(file.at, now) if file.at is not None else "",
    ]
    return " · ".join(filter(None, parts))
