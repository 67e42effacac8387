"""The line above the queue that announces what is due: a step of an escalation, or a reminder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget

from vagt.domain import durations
from vagt.ui.messages import OutboxChanged, SecondPassed
from vagt.ui.sturdy import Sturdy
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import cells, cut, safe_text

if TYPE_CHECKING:
    # the first frame has nothing due, and need not wait for these
    from vagt.escalation.memory import Reminder
    from vagt.escalation.watch import Proposal


_LEAST = 8
"""Cells of a title that still tell anything."""


class DueBar(Sturdy, Widget):
    """Takes no room while nothing is due."""

    DEFAULT_CSS = """
    DueBar { height: 1; width: 1fr; padding: 0 1; background: $warning-muted; color: $foreground; display: none; }
    DueBar.-due { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def on_mount(self) -> None:
        vagt_of(self).listen(self)

    @on(SecondPassed)
    @on(OutboxChanged)
    def look(self) -> None:
        """Ask again what is due, and draw it only where it reads differently."""
        app = vagt_of(self)
        watch = app.keeping
        words = ""
        if watch is not None:
            reminders = watch.escalation.reminding.rung()
            proposals = watch.escalation.watch.proposals()
            hold, escalate = app.keymap.shown("hold_step"), app.keymap.shown("escalate")
            # without a width the bar has not been seen yet; then it is as wide as the screen
            width = self.content_size.width or self.screen.size.width - 2
            words = due_words(proposals, reminders, app.name_of, hold=hold, escalate=escalate, width=width)
        if words != self.words:
            self.words = words
            self.set_class(bool(words), "-due")
            self.refresh()

    def render(self) -> Content:
        text = safe_text(self.words)
        width = self.content_size.width
        return Content(text if len(text) <= width else f"{cut(text, max(0, width - 1))}…")


def is_urgent(proposals: tuple[Proposal, ...]) -> bool:
    """Whether a step that can be held only now comes before reminders, which wait until they are put away."""
    return bool(proposals) and proposals[0].taken


def due_words(
    proposals: tuple[Proposal, ...],
    reminders: tuple[Reminder, ...],
    name_of: object,
    *,
    hold: str,
    escalate: str,
    width: int = 1000,
) -> str:
    """What the line says: a step that can be held, else reminders, else the step that is due; and how many more.

    Where it is too long for `width` cells the title gives way, and then the rest of what is due: never the key.
    """
    named = name_of if callable(name_of) else str
    more = len(proposals) + len(reminders) - 1
    others = f" · and {more} more" if more > 0 else ""
    if reminders and not is_urgent(proposals):
        first = reminders[0]
        note = f": {safe_text(first.note)}" if first.note else ""
        return _fitted(f"Reminder for {named(first.ref)}", note, "", f" · {hold} puts it away{others}", width)
    if not proposals:
        return ""
    proposal = proposals[0]
    step, incident = proposal.rung.standing.next, proposal.rung.incident
    if step is None:
        return ""
    level = f"P{incident.priority} " if incident.priority else ""
    if proposal.taken:
        when = f"in {durations.spoken(proposal.seconds)}" if proposal.seconds >= 1 else "now"
        end = f" {when} · {hold} holds it{others}"
    elif proposal.seconds >= 1:
        end = f" is due in {durations.spoken(proposal.seconds)} · {escalate} escalates{others}"
    else:
        end = f" is due since {durations.spoken(-proposal.seconds)} · {escalate} escalates{others}"
    title = f" {cut(safe_text(incident.title), 30)}"
    return _fitted(
        f"{level}{named(incident.ref)}", title, f": step {step.number}, {safe_text(step.to.words)},", end, width
    )


def _fitted(head: str, title: str, what: str, end: str, width: int) -> str:
    """All of it within so many cells; what cannot stand there whole is cut, the end last of all."""
    room = width - cells(head) - cells(end)
    over = cells(title) + cells(what) - room
    if over > 0:
        left = cells(title) - over - 1
        title = f"{cut(title, left).rstrip()}…" if left >= _LEAST else ""
    if cells(title) + cells(what) > room:
        what = f"{cut(what, max(0, room - 1)).rstrip()}…"
    return f"{head}{title}{what}{end}"
