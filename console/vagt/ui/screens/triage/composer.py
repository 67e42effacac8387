"""Where words are written: one text area whose frame says who will read it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from vagt.domain.commands import Verb
from vagt.ui.editor import EditorError, edited
from vagt.ui.screens.triage.asking import Asking
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triage.wanted import Wanted, wanted
from vagt_widgets.safe_text import safe_text


async def compose(asking: Asking, *, kind: str, title: str, who: str) -> str | None:
    """One text over all subjects, its draft kept until it is sent; None where the operator left.

    `kind` is "public" or "internal": how the frame looks. `who`: who will read this, in words.
    """
    limits = asyncio.create_task(wanted(asking, asking.action.verb or Verb.NOTE))
    text = await asking.app.push_screen_wait(Composer(asking, limits, kind=kind, title=title, who=who))
    limits.cancel()
    if text is not None:
        asking.drop_draft()
    return text


class Composer(Question[str]):
    """Returns the text as it was typed or pasted; esc keeps it for the next time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # no priority: it must not overtake letters that are still on their way to the text
        Binding("ctrl+s", "send", "Send"),
        Binding("ctrl+e", "editor", "Editor", priority=True),
    ]
    AUTO_FOCUS = "TextArea"

    def __init__(self, asking: Asking, limits: asyncio.Task[Wanted], *, kind: str, title: str, who: str) -> None:
        super().__init__(title, hint="ctrl+s send · ctrl+e editor · esc back, kept", refusals=asking.refusals)
        self.asking = asking
        self._limits = limits
        self._kind = kind
        self._who = who
        self._text = asking.draft().get("text", "")

    def parts(self) -> ComposeResult:
        yield Static(safe_text(self._who), classes="who", markup=False)
        yield TextArea(self._text, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def on_mount(self) -> None:
        self.query_one("#frame").add_class(self._kind)
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    @on(TextArea.Changed)
    def _edited(self, message: TextArea.Changed) -> None:
        self.asking.keep_draft({"text": message.text_area.text})

    def action_send(self) -> None:
        text = self.query_one(TextArea).text
        if not text.strip():
            self.tell("Nothing is written yet.", bad=True)
            return
        limit = self._limit()
        if limit is not None and len(text) > limit:
            self.tell(
                f"{len(text)} characters; at most {limit} are taken. Shorten it by {len(text) - limit}.", bad=True
            )
            return
        self.dismiss(text)

    def _limit(self) -> int | None:
        """How long the text may be, as far as the backends have told by now."""
        if not self._limits.done() or self._limits.cancelled() or self._limits.exception() is not None:
            return None
        specs = (spec for specs in self._limits.result().fields.values() for spec in specs if spec.name == "text")
        return min((spec.max_length for spec in specs if spec.max_length is not None), default=None)

    async def action_editor(self) -> None:
        """Write it in $VISUAL or $EDITOR."""
        area = self.query_one(TextArea)
        try:
            area.load_text(await edited(self.app, area.text))
            area.move_cursor(area.document.end)
        except EditorError as error:
            self.tell(str(error), bad=True)
        finally:
            self.refresh(layout=True)
