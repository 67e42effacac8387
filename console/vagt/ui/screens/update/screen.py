"""The screen on which a stakeholder update is written, read as it will arrive, and sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import TextArea

from vagt.comms.composer import Composer
from vagt.engine.errors import EngineError
from vagt.ui.editor import EditorError, edited
from vagt.ui.screens.update import asked, by_hand, forms, keys, versions
from vagt.ui.screens.update.listeners import AudienceLine
from vagt.ui.screens.update.sheet import UpdateSheet
from vagt.ui.screens.update.stage import StageLine
from vagt.ui.typed import vagt_of
from vagt_widgets.confirm import ConfirmScreen
from vagt_widgets.fuzzy_picker import FuzzyPickerScreen
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.modal import Answered
from vagt_widgets.safe_text import safe_text

if TYPE_CHECKING:
    from vagt.comms.asked import Asked


class UpdateScreen(UpdateSheet):
    """Returns what was handed to the outbox; None where the operator left, and the draft stays."""

    CSS_PATH: ClassVar[Any] = Path(__file__).with_name("update.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        # no priority: it must not overtake letters that are still on their way to a field
        Binding("ctrl+s", "send", "Send"),
        Binding("ctrl+n", "no_change", "No change"),
        Binding("ctrl+e", "editor", "Editor", priority=True),
        Binding("ctrl+x", "discard", "Begin anew", priority=True),
        Binding("ctrl+t", "unedit", "Back to the template", priority=True),
        Binding("ctrl+r", "form", "Another form", priority=True),
        Binding("ctrl+g", "stage", "Stage", priority=True),
        Binding(versions.KEY, "versions", "Other drafts", priority=True),
        Binding("f1,question_mark", "keys", "Keys"),
        Binding("pageup", "read(-1)", show=False, priority=True),
        Binding("pagedown", "read(1)", show=False, priority=True),
    ]

    def __init__(self, composer: Composer) -> None:
        super().__init__(composer)
        self._sending = False
        self._nudged: frozenset[str] = frozenset()
        """What may have been overlooked, and was said when it was to be sent."""

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        if message.value is None:
            self.action_leave()
        else:
            self.action_send()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_read(self, by: int) -> None:
        right = self.query_one("#right", VerticalScroll)
        right.scroll_relative(y=by * max(1, right.size.height - 2), animate=False)

    def action_send(self) -> None:
        """What stands here goes to the outbox; what is wrong with it is said instead."""
        if self._sending:
            return
        self._said = None
        self._show()
        if self.composer.problems:
            missing = next((message.missing for message in self.composer.messages if message.missing), "")
            self._focus_on(missing or self._wrong())
            return
        nudge = next((one for one in self.composer.nudges if one.words not in self._nudged), None)
        if nudge is not None:
            self._nudged |= {one.words for one in self.composer.nudges}
            self._focus_on(nudge.key)
            self._tell(f"{nudge.words} · ctrl+s again sends it so", bad=True)
            return
        self._sending = True
        self.run_worker(self._send(), group="send", exit_on_error=False)

    def _wrong(self) -> str:
        fields: Sequence[Asked] = self.composer.fields
        return next((one.key for one in fields if one.problem), asked.first_open(fields))

    async def _send(self) -> None:
        try:
            deliveries = await self.composer.send()
        except (ValueError, EngineError) as error:
            self._tell(str(error), bad=True)
        else:
            self.dismiss(deliveries)
        finally:
            self._sending = False

    def action_no_change(self) -> None:
        """Still working, all as last time, the next word when it is due: sent with this key."""
        if self.composer.last is None:
            self._tell("Nothing was sent yet: there is nothing to be unchanged.", bad=True)
            return
        self.run_worker(self._no_change(), group="send", exit_on_error=False)

    async def _no_change(self) -> None:
        if self._touched or self.composer.resumed:
            question = "Send “no change”? What you have written here is not sent with it."
            if not await self.app.push_screen_wait(
                ConfirmScreen(question, self.composer.incident.ref, title="No change")
            ):
                return
        self.composer.no_change()
        self._choose_shown()
        await self._build()
        self.action_send()

    def _choose_shown(self) -> None:
        self.query_one("#stage", StageLine).show(self.composer.template)
        self._shape = ()

    def action_discard(self) -> None:
        self.run_worker(self._discard(), group="discard", exit_on_error=False)

    async def _discard(self) -> None:
        question = "Throw away what you have written here, and begin anew?"
        if await self.app.push_screen_wait(ConfirmScreen(question, self.composer.incident.ref, title="Begin anew")):
            self.composer.discard()
            self._said, self._touched = None, False
            self._choose_shown()
            await self._build()
            self._focus_on(asked.first_open(self.composer.fields))

    def action_versions(self) -> None:
        """Another draft on this incident, from another terminal; this one stays on disk."""
        if self.composer.versions:
            self.run_worker(self._versions(), group="versions", exclusive=True, exit_on_error=False)
        else:
            self._tell("There is no other draft on this incident.")

    async def _versions(self) -> None:
        known = {item.id: (item, version) for item, version in versions.items(self.composer)}
        picker = FuzzyPickerScreen([item for item, _ in known.values()], title="Other drafts", glyphs=glyphs_for())
        if picked := await self.app.push_screen_wait(picker):
            self.composer.switch(known[picked[0].id][1])
            self._said, self._touched = None, False
            self._choose_shown()
            await self._build()
            self._focus_on(self._first())

    async def action_editor(self) -> None:
        """The field under the cursor, or from an audience its whole message, in $EDITOR."""
        focused = self.focused
        try:
            if isinstance(focused, TextArea):
                focused.load_text(safe_text(await edited(self.app, focused.text), multiline=True))
                focused.move_cursor(focused.document.end)
            elif isinstance(focused, AudienceLine):
                if words := await by_hand.write(self.app, self.composer, focused.audience):
                    self._tell(words, bad=True)
                else:
                    self._show()
            else:
                self._tell("ctrl+e opens the editor from a long text, or from an audience for its whole message.")
        except EditorError as error:
            self._tell(str(error), bad=True)
        finally:
            self.refresh(layout=True)

    def action_unedit(self) -> None:
        """What was written over by hand comes from the template again: this audience's message, else all."""
        only = self.focused.audience if isinstance(self.focused, AudienceLine) else ""
        self._tell(by_hand.undo(self.composer, only))

    def action_stage(self) -> None:
        """To the stage, and from there back to what is asked."""
        stage = self.query_one("#stage", StageLine)
        if self.focused is stage:
            # another stage may still be making its form: what is typed meanwhile belongs to that
            vagt_of(self).take_keys(())
            self.call_later(self._back_from_stage)
        else:
            stage.focus()

    def _back_from_stage(self) -> None:
        self._focus_on(self._first())
        self.call_after_refresh(vagt_of(self).release_keys)

    def action_form(self) -> None:
        """Read the messages in the next form."""
        self._form = forms.next_form(self._form)
        self._show()

    def action_keys(self) -> None:
        self.app.push_screen(keys.KeysScreen())
