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
from vagt_widgets.safe_text import cut, safe_text

if TYPE_CHECKING:
    # the first frame has nothing due, and need not wait for these
    from vagt.escalation.memory import Reminder
    from vagt.escalation.watch import Proposal


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
            words = due_words(proposals, reminders, app.name_of, hold=hold, escalate=escalate)
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
) -> str:
    """What the line says: a step that can be held, else reminders, else the step that is due; and how many more."""
    named = name_of if callable(name_of) else str
    more = len(proposals) + len(reminders) - 1
    others = f" · and {more} more" if more > 0 else ""
    if reminders and not is_urgent(proposals):
        first = reminders[0]
        note = f": {first.note}" if first.note else ""
        return f"Reminder for {named(first.ref)}{note} · {hold} puts it away{others}"
    if not proposals:
        return ""
    proposal = proposals[0]
    step, incident = proposal.rung.standing.next, proposal.rung.incident
    if step is None:
        return ""
    level = f"P{incident.priority} " if incident.priority else ""
    what = f"{level}{named(incident.ref)} {cut(incident.title, 30)}: step {step.number}, {step.to.words},"
    if proposal.taken:
        when = f"in {durations.spoken(proposal.seconds)}" if proposal.seconds >= 1 else "now"
        return f"{what} {when} · {hold} holds it{others}"
    if proposal.seconds >= 1:
        return f"{what} is due in {durations.spoken(proposal.seconds)} · {escalate} escalates{others}"
    return f"{what} is due since {durations.spoken(-proposal.seconds)} · {escalate} escalates{others}"
