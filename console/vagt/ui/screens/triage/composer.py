"""Where words are written: one text area whose frame says who will read it."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from vagt.ui.screens.triage.asking import Refusal
from vagt.ui.screens.triage.question import Question
from vagt_widgets.safe_text import safe_text


class Composer(Question[str]):
    """Returns the text as it was typed or pasted; esc keeps it for the next time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "Send", priority=True),
        Binding("ctrl+e", "editor", "Editor", priority=True),
    ]
    AUTO_FOCUS = "TextArea"

    def __init__(
        self,
        title: str,
        *,
        kind: str,
        who: str,
        text: str = "",
        on_draft: Callable[[str], None],
        refusals: Sequence[Refusal] = (),
    ) -> None:
        """`kind` is "public" or "internal": how the frame looks. `who`: who will read this, in words."""
        super().__init__(title, hint="ctrl+s send · ctrl+e editor · esc back, kept", refusals=refusals)
        self._kind = kind
        self._who = who
        self._text = text
        self._on_draft = on_draft

    def parts(self) -> ComposeResult:
        yield Static(safe_text(self._who), classes="who", markup=False)
        yield TextArea(self._text, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def on_mount(self) -> None:
        self.query_one("#frame").add_class(self._kind)
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    @on(TextArea.Changed)
    def _edited(self, message: TextArea.Changed) -> None:
        self._on_draft(message.text_area.text)

    def action_send(self) -> None:
        text = self.query_one(TextArea).text
        if not text.strip():
            self.tell("Nothing is written yet.", bad=True)
            return
        self.dismiss(text)

    async def action_editor(self) -> None:
        """Write it in $VISUAL or $EDITOR; the console goes on behind it and draws nothing meanwhile."""
        area = self.query_one(TextArea)
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        name = await asyncio.to_thread(_write_draft, area.text)
        try:
            with self.app.batch_update(), self.app.suspend():
                result = await asyncio.to_thread(subprocess.run, [*command, str(name)], check=False)
            if result.returncode == 0:
                area.load_text(await asyncio.to_thread(_read_draft, name))
                area.move_cursor(area.document.end)
            else:
                self.tell(f"{command[0]} ended with {result.returncode}; the text is as it was.", bad=True)
        except SuspendNotSupported:
            self.tell("This terminal cannot be lent to an editor.", bad=True)
        except (OSError, UnicodeDecodeError) as error:
            self.tell(f"{command[0]}: {error}; the text is as it was.", bad=True)
        finally:
            await asyncio.to_thread(name.unlink, missing_ok=True)
            self.refresh(layout=True)


def _write_draft(text: str) -> Path:
    handle, name = mkstemp(prefix="vagt-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _read_draft(name: Path) -> str:
    text = name.read_text(encoding="utf-8")
    # editors end the last line; what was typed here did not
    return text[:-1] if text.endswith("\n") else text
