"""The actions that belong to the console itself and not to one screen: one method `do_NAME` each."""

from __future__ import annotations

import asyncio
import os
import shutil
import webbrowser
from typing import TYPE_CHECKING

from vagt.domain.actions import BY_NAME
from vagt.domain.incident import Incident, Key
from vagt.ui.messages import Tone
from vagt.ui.present.words import counted
from vagt_widgets.safe_text import safe_text

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

OPENING = 5.0
"""Seconds after which the desktop's opener counts as the browser itself."""


class Deeds:
    """What the keys of the console do, wherever they are pressed."""

    def __init__(self, app: VagtApp) -> None:
        self.app = app

    def do_undo(self) -> None:
        self.app.run_worker(self.app.guarded(self.app.acting.undo()), group="acting", exit_on_error=False)

    def do_refresh(self) -> None:
        self.app.engine.refresh()
        names = ", ".join(backend.name for backend in self.app.engine.settings.backends)
        self.app.say(f"Asking {names}" if names else "No backend is configured.")

    def do_outbox(self) -> None:
        self.app.open_screen("outbox")

    def do_backends(self) -> None:
        self.app.open_screen("backends")

    def do_oncall(self) -> None:
        self.app.open_screen("oncall")

    def do_update(self, subjects: tuple[Key, ...]) -> None:
        from vagt.ui.communicating import update  # templates are not needed for the first frame

        update(self.app, subjects)

    def do_due_update(self) -> None:
        from vagt.ui.communicating import due_update  # templates are not needed for the first frame

        due_update(self.app)

    def do_approvals(self) -> None:
        self.app.open_screen("approvals")

    def do_escalate(self, subjects: tuple[Key, ...]) -> None:
        from vagt.ui.escalating import escalate  # not needed for the first frame

        escalate(self.app, subjects)

    def do_handover(self) -> None:
        self.app.open_screen("handover")

    def do_hold_step(self) -> None:
        self.app.run_worker(self.app.guarded(self._hold_step()), group="acting", exit_on_error=False)

    async def _hold_step(self) -> None:
        if self.app.keeping is None:
            self.app.say("No escalation is announced, and no reminder shown.")
            return
        await self.app.keeping.answer()

    def do_triage_mode(self) -> None:
        self.app.open_screen("triage")

    def do_help(self) -> None:
        self.app.open_help()

    def do_palette(self) -> None:
        self.app.open_palette()

    def do_quit(self) -> None:
        self.app.exit(0)

    def do_copy_ref(self, subjects: tuple[Key, ...]) -> None:
        self._copy([incident.ref for incident in self._incidents(subjects)], "reference")

    def do_copy_url(self, subjects: tuple[Key, ...]) -> None:
        self._copy([incident.url for incident in self._incidents(subjects) if incident.url], "address")

    def do_browse(self, subjects: tuple[Key, ...]) -> None:
        incidents = self._incidents(subjects)
        url = incidents[0].url if incidents else None
        if not url:
            self.app.say("This incident has no web address.", Tone.WARN)
            return
        if not url.startswith(("https://", "http://")):
            self.app.say(f"Not opened, no web address: {url}", Tone.WARN)
            return
        if not has_display():
            copies = self.app.keymap.shown("copy_url")
            self.app.say(f"No browser here ({copies} copies the address): {url}", seconds=30)
            return
        self.app.run_worker(self.app.guarded(self._browse(url)), group="browser", exit_on_error=False)

    def do_files(self, subjects: tuple[Key, ...]) -> None:
        incidents = self._incidents(subjects)
        if len(incidents) != 1:
            self.app.say(
                f"Files are shown of one incident at a time; {len(subjects)} are marked."
                if incidents
                else "No incident is selected.",
                Tone.WARN,
            )
            return
        if reason := self.app.engine.unable(BY_NAME["files"], incidents[0].key):
            self.app.say(f"Files: {reason}", Tone.WARN)
            return
        self.app.run_worker(self.app.guarded(self._files(incidents[0])), group="acting", exit_on_error=False)

    async def _files(self, incident: Incident) -> None:
        from vagt.ui.screens.files.listing import look  # not needed for the first frame

        await look(self.app, incident)

    async def _browse(self, url: str) -> None:
        opened = await opened_by_desktop(url) or await asyncio.to_thread(webbrowser.open, url)
        self.app.say(f"Opened {url}" if opened else f"No browser took it: {url}", seconds=10)

    def _incidents(self, subjects: tuple[Key, ...]) -> list[Incident]:
        found = (self.app.engine.board.get(key) for key in subjects)
        return [incident for incident in found if incident is not None]

    def _copy(self, texts: list[str], what: str) -> None:
        if not texts:
            self.app.say(f"There is no {what} to copy.", Tone.WARN)
            return
        texts = [safe_text(text) for text in texts]
        text = "\n".join(texts)
        self.app.copy_to_clipboard(text)
        if os.environ.get("TMUX") and shutil.which("tmux"):
            self.app.run_worker(self.app.guarded(_tmux_buffer(text)), group="clipboard", exit_on_error=False)
        shown = texts[0] if len(texts) == 1 else counted(len(texts), "line")
        self.app.say(f"Copied {shown}", seconds=10)


def has_display() -> bool:
    """Whether a browser started here would be seen by whoever sits at the keyboard."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and not os.environ.get("SSH_CONNECTION")


async def opened_by_desktop(url: str) -> bool:
    """Let the desktop open it, if it has a program for that; what a browser prints never reaches our screen."""
    program = shutil.which("xdg-open")
    if program is None:
        return False
    # whatever opens it lives on after us, and has no use for our secrets
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAGT_SECRET_")}
    process = await asyncio.create_subprocess_exec(
        program,
        url,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        return await asyncio.wait_for(process.wait(), OPENING) == 0
    except TimeoutError:
        return True  # it is the browser itself, and stays


async def _tmux_buffer(text: str) -> None:
    """Give tmux the text itself: by default it ignores what a program inside it puts on the clipboard."""
    process = await asyncio.create_subprocess_exec(
        "tmux",
        "load-buffer",
        "-w",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.communicate(text.encode())
