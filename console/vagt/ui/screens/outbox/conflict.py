"""Where an action met somebody else's: both sides, who and when, and the three ways on."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vagt.domain.commands import Comment, Note, Resolve
from vagt.domain.incident import Incident
from vagt.engine.errors import EngineError
from vagt.engine.intent import Intent, Stage
from vagt.ui.messages import Tone
from vagt.ui.present.times import when
from vagt.ui.screens.outbox.lines import STAGES, subject, what
from vagt.ui.screens.outbox.sides import Side, sides
from vagt.ui.screens.triage.drafts import drafts_of
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt_widgets.safe_text import fit, safe_text

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.app import VagtApp

COLUMN = 19


class Decision(Enum):
    """What the operator makes of it."""

    MINE = "mine"
    """Do it on top of what is there now."""
    AGAIN = "again"
    """Try once more as it is: it was refused, not overtaken."""
    GIVE_UP = "give up"
    OPEN = "open"


async def decide(app: VagtApp, intent: Intent) -> Decision | None:
    """Show the conflict or refusal and carry out what is chosen; None where the operator leaves it as it is.

    OPEN is the caller's to carry out. What was written in an action that is given up becomes a draft again.
    """
    decision = await app.push_screen_wait(ConflictQuestion(app.engine, intent))
    id_ = intent.command.id
    try:
        match decision:
            case Decision.MINE:
                await app.engine.retry(id_, accept_theirs=True)
                app.say(f"Yours goes on top: {subject(intent)}")
            case Decision.AGAIN:
                await app.engine.retry(id_)
                app.say(f"Trying again: {subject(intent)}")
            case Decision.GIVE_UP:
                await app.engine.discard(id_)
                kept = keep_words(app, intent)
                app.say(f"Given up: {subject(intent)}" + (". Your words are kept as a draft." if kept else ""))
    except KeyError:
        app.say("That action has ended meanwhile.", Tone.WARN)
    except EngineError as error:
        app.say(error.words, Tone.WARN)
    return decision


def keep_words(app: VagtApp, intent: Intent) -> bool:
    """Keep what was written in the action as a draft of the same form; False where nothing was."""
    key, change = intent.command.subject, intent.command.change
    if key is None or not isinstance(change, Note | Comment | Resolve) or not change.text:
        return False
    answers = {"text": change.text}
    if isinstance(change, Resolve):
        answers |= {"code": change.code or "", **dict(change.fields)}
    drafts_of(app).keep(change.verb.value, (key,), answers)
    return True


class ConflictQuestion(Question[Decision]):
    """Returns the decision."""

    AUTO_FOCUS = "Options"

    def __init__(self, engine: Engine, intent: Intent) -> None:
        word = STAGES[intent.stage]
        super().__init__(f"{word} · {subject(intent)}", hint="a letter decides · esc leaves it for later")
        self.engine = engine
        self.intent = intent

    def parts(self) -> ComposeResult:
        now = self.engine.clock.now()
        asked = f"You wanted, {when(self.intent.command.at, now)}:\n{what(self.intent.command.change, now)[:400]}"
        yield Static(safe_text(self.intent.reason or "It was not done.")[:600], classes="why", markup=False)
        yield Static(safe_text(asked, multiline=True), classes="who", markup=False)
        table = sides(
            self.intent, self._theirs(), self.engine.me(self.intent.command.backend), now, self.engine.settings.matrix
        )
        if table:
            with VerticalScroll(id="sides", can_focus=False):
                yield Static(table_lines(table), markup=False)
        yield Options(self._ways())

    def _theirs(self) -> Incident | None:
        key = self.intent.command.subject
        return self.intent.theirs or (None if key is None else self.engine.board.theirs(key))

    def _ways(self) -> list[Option]:
        ways = []
        if self.intent.command.subject is not None:
            ways.append(Option("o", "open it", "look first; nothing is decided", Decision.OPEN))
        if self.intent.stage is Stage.CONFLICT:
            ways.append(Option("d", "do mine anyway", "on top of what is there now", Decision.MINE))
        elif self.intent.stage is Stage.UNKNOWN:
            ways.append(Option("r", "send it again", "if the first arrived, it is there twice", Decision.AGAIN))
        else:
            ways.append(Option("r", "try again", "as it is", Decision.AGAIN))
        left = "it stays as it is, arrived or not" if self.intent.stage is Stage.UNKNOWN else "it will not be sent"
        ways.append(Option("g", "give mine up", left, Decision.GIVE_UP))
        return ways


def table_lines(table: tuple[Side, ...]) -> Content:
    """Three columns; what somebody else changed is starred."""
    heads = fit("", 12) + "".join(fit(head, COLUMN) + " " for head in ("you saw", "is now", "you want"))
    lines = [(heads.rstrip() + "\n", "$dim")]
    for side in table:
        star = "*" if side.changed else " "
        cells = "".join(fit(text, COLUMN) + " " for text in (side.saw, side.now, side.want))
        lines.append((f"{star} {fit(side.field, 10)}{cells.rstrip()}\n", "bold" if side.changed else ""))
    if any(side.changed for side in table):
        lines.append(("* changed by somebody else since you looked", "$dim"))
    return Content.assemble(*lines)
