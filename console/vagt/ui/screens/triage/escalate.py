"""Who must know: the path with who is reached on it now, one key for a step, and the reason asked once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from vagt.domain import durations
from vagt.domain.capability import Capability
from vagt.domain.moments import local
from vagt.escalation.desk import Climb, Escalation, EscalationError
from vagt.escalation.order import Order
from vagt.escalation.paths import Step, Target, TargetKind
from vagt.escalation.reach import Reach
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.watchkeeping import watch_of
from vagt_widgets.safe_text import safe_text, wrap

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

OTHER, NATIVE = "other", "native"


async def ask(asking: Asking) -> Answer:
    """Ask which step or whom, and why; the requests put everything of it into the outbox."""
    order = await ask_order(asking)
    return None if order is None else watch_of(cast("VagtApp", asking.app)).escalation.requests(order)


async def ask_order(asking: Asking) -> Order | None:
    """The same, before it becomes requests; None where the operator left."""
    escalation = await watch_of(cast("VagtApp", asking.app)).opened()
    return await asking.app.push_screen_wait(EscalateQuestion(asking, escalation))


class EscalateQuestion(Question[Order]):
    """Returns the order, ready for the outbox."""

    CSS = """
    EscalateQuestion #frame { width: 96; }
    EscalateQuestion #told { height: auto; margin-top: 1; }
    EscalateQuestion #happens { height: auto; color: $warning; }
    EscalateQuestion Input { margin-top: 1; }
    """

    def __init__(self, asking: Asking, escalation: Escalation) -> None:
        super().__init__(asking.title, hint="a digit or enter picks · esc back", refusals=asking.refusals)
        self.asking = asking
        self.escalation = escalation
        self.climb: Climb | None = None
        self.order: Order | None = None
        self._reaches: tuple[tuple[Step, Reach], ...] = ()

    def parts(self) -> ComposeResult:
        yield Static("", id="stands", markup=False)
        yield Options()
        yield Static("", id="told", markup=False)
        yield Static("", id="happens", markup=False)
        field = Input(placeholder="why", id="why")
        field.display = False
        yield field

    def on_mount(self) -> None:
        self.query_one(Options).focus()
        self.run_worker(self._look_up(), exit_on_error=False)

    async def _look_up(self) -> None:
        incident = self.asking.subjects[0]
        self.climb = await self._waited("reading what was escalated", self.escalation.climb(incident))
        self._reaches = await self._waited("looking up who is on call", self.escalation.reaches(self.climb))
        self._show()
        if self.climb.problem:
            self.tell(f"What was escalated already is not known: {self.climb.problem}", bad=True)

    async def _waited(self, what: str, asked):  # type: ignore[no-untyped-def]
        found = await self.look_up(what, asked)
        assert found is not None  # neither of them raises
        return found

    def _show(self) -> None:
        assert self.climb is not None
        self.query_one("#stands", Static).update(safe_text(stands(self.climb, self._now)))
        options = [self._option(step, reach) for step, reach in self._reaches]
        if self.escalation.engine.knows(self.asking.subjects[0].backend, Capability.ESCALATE):
            options.append(Option("b", "the backend's own next level", "", NATIVE))
        options.append(Option("o", "somebody else …", "a rota, a person, a team or a channel", OTHER))
        at = next((place for place, option in enumerate(options) if option.value is self.climb.next), 0)
        chooser = self.query_one(Options)
        chooser.set_options(options)
        chooser.at = at
        chooser.refresh(layout=True)
        self._detail()

    def _option(self, step: Step, reach: Reach) -> Option:
        assert self.climb is not None
        return Option(
            str(step.number) if step.number < 10 else "", step.to.words, step_words(self.climb, step, self._now), step
        )

    @property
    def _now(self) -> datetime:
        return self.escalation.engine.now_at(self.asking.subjects[0].backend)

    def _detail(self) -> None:
        """Everybody on the path with their clock and how they are reached, a line or two each."""
        now = self.escalation.engine.clock.now()
        width = max(30, self.query_one("#parts").size.width - 4)
        lines: list[str] = []
        for step, reach in self._reaches:
            first, *more = wrap(f"{step.number}. {reach.words(now)}", width)
            lines += [first, *(f"   {line}" for line in more)]
        self.query_one("#told", Static).update(safe_text("\n".join(lines), multiline=True) if lines else "")

    def answer(self, value: object) -> None:
        """A step, the backend's own level, or somebody else was picked."""
        self.run_worker(self._picked(value), exclusive=True, exit_on_error=False)

    async def _picked(self, value: object) -> None:
        if value == OTHER:
            self._ask_whom()
            return
        target = Target(TargetKind.BACKEND) if value == NATIVE else None
        step = value if isinstance(value, Step) else None
        await self._prepare(step=step, target=target)

    def _ask_whom(self) -> None:
        field = self.query_one("#why", Input)
        field.placeholder = "whom: oncall:ROTA, user:NAME, team:NAME, channel:NAME, manager or a name"
        field.value = ""
        self._open(field)
        self.order = None
        self.keys_are("enter looks up · esc back")
        self.tell("Whom?")

    async def _prepare(self, *, step: Step | None = None, target: Target | None = None) -> None:
        assert self.climb is not None
        reach = next((found for own, found in self._reaches if own is step), None)
        why = usual_reason(self.climb, self._now)
        try:
            level = None if step is None else step.number
            made = self.escalation.order(self.climb, why, level=level, to=target, reach=reach)
            self.order = await self.look_up("looking up who that is", made)
        except EscalationError as error:
            self.tell(str(error), bad=True)
            return
        if self.order is None:
            return
        what = happens(self.order, self.escalation.engine.clock.now())
        self.query_one("#happens", Static).update(safe_text(f"Enter: {what}", multiline=True))
        field = self.query_one("#why", Input)
        field.placeholder = "why"
        field.value = why
        self._open(field)
        self.keys_are("enter escalates · esc back")
        self.tell("Why? It goes into the timeline.")

    def _open(self, field: Input) -> None:
        self.query_one(Options).display = False
        self.query_one("#told").display = False
        field.display = True
        field.focus()
        field.action_select_all()  # what stands there is a proposal: typing replaces it

    @on(Input.Submitted)
    async def _entered(self, message: Input.Submitted) -> None:
        text = message.value.strip()
        if self.order is None:
            try:
                target = self.escalation.target_of(text, self.asking.subjects[0].backend)
            except EscalationError as error:
                self.tell(str(error), bad=True)
                return
            await self._prepare(target=target)
            return
        if not text:
            self.tell("Say why; the reason goes into the timeline.", bad=True)
            return
        from dataclasses import replace

        self.dismiss(replace(self.order, reason=text))


def stands(climb: Climb, now: datetime) -> str:
    """Where it stands, in a line."""
    if climb.path is None:
        return "No path of the config fits it."
    found = climb.standing
    head = f"Path {climb.path.name}"
    if found is None or found.next is None:
        return f"{head} · nothing is due by itself"
    due = _due(found.due_at, now)
    why = " (acknowledged, and left untouched)" if found.lapsed else ""
    if found.back is not None and not found.lapsed:
        why = f" ({found.back.words} {local(found.back.at, now)})"
    if found.claim is not None:
        return f"{head} · {found.claim.by or 'another console'} is carrying out step {found.next.number} just now"
    held = f", held by {found.held.by}" if found.held is not None else ""
    return f"{head} · step {found.next.number} {due}{held}{why}"


def step_words(climb: Climb, step: Step, now: datetime) -> str:
    """What was or will be of a step."""
    found = climb.standing
    taken = [mark for mark in (found.taken if found is not None else ()) if mark.step == step.number]
    if taken:
        last = taken[-1]
        return f"taken {last.at.astimezone():%H:%M} by {last.by}" if last.by else f"taken {last.at.astimezone():%H:%M}"
    if found is not None and found.next is step:
        return _due(found.due_at, now)
    return f"after {durations.spoken(step.after)}"


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return ""
    left = (due - now).total_seconds()
    return f"due in {durations.spoken(left)}" if left >= 1 else f"due since {durations.spoken(-left)}"


def usual_reason(climb: Climb, now: datetime) -> str:
    """The reason that holds unless somebody knows a better one."""
    incident = climb.incident
    if climb.standing is not None and climb.standing.lapsed:
        return "acknowledged, and then left untouched"
    back = None if climb.standing is None or climb.standing.next is None else climb.standing.back
    if back is not None:
        return f"{back.words} {durations.spoken(max(0.0, (now - back.at).total_seconds()))} ago, and nobody has it"
    if not incident.is_acknowledged and incident.created_at is not None:
        return (
            f"nobody has acknowledged it for {durations.spoken(max(0.0, (now - incident.created_at).total_seconds()))}"
        )
    return "more hands are needed"


def happens(order: Order, now: datetime) -> str:
    """What will happen on Enter, part by part."""
    parts: Sequence[str] = order.reach.words(now).split("; ")
    return "\n       ".join(parts)
