"""From a key to a deed: the one path that every action takes, from whatever screen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vagt.domain.actions import Action, Danger, Scope
from vagt.domain.commands import Acknowledge, Assign, Attach, Change, MoveTo, Resolve, Take, Verb
from vagt.domain.incident import Key
from vagt.domain.overlay import is_so
from vagt.ui.messages import Tone
from vagt.ui.present.words import DONE, aim_words, counted, ref_words
from vagt.ui.watching import Watching

if TYPE_CHECKING:
    from vagt.engine.engine import Request
    from vagt.engine.intent import Intent
    from vagt.ui.app import VagtApp
    from vagt.ui.screens.base import VagtScreen
    from vagt.ui.screens.triage.asking import Asking
    from vagt.ui.screens.triage.moves import Move


_PLAIN: dict[str, Change] = {"acknowledge": Acknowledge(), "take": Take()}
"""Actions that ask nothing, as what they do: on what is so already they need not be sent."""
_ALREADY = {"acknowledge": "acknowledged already", "take": "yours already"}


@dataclass(frozen=True, slots=True)
class Last:
    """What `.` does again."""

    action: Action
    change: Change
    backend: str


class Acting:
    """Carries out actions of the table on the screens' behalf."""

    def __init__(self, app: VagtApp) -> None:
        self.app = app
        self.watching = Watching(app)
        self._last: Last | None = None

    def press(self, action: Action, screen: VagtScreen) -> None:
        """A key of `action` went down on `screen`: bind it to what is selected right now, and do it."""
        subjects = screen.subjects() if action.scope is Scope.INCIDENT else ()
        self.run(action, subjects, screen)

    def run(self, action: Action, subjects: Sequence[Key], screen: VagtScreen) -> None:
        """Do `action` on `subjects`; what the screen does by itself goes to its `do_NAME` method."""
        try:
            own = screen.deed(action.name) or getattr(self.app.deeds, f"do_{action.name}", None)
            if own is not None:
                own(tuple(subjects)) if action.scope is Scope.INCIDENT else own()
            elif action.name == "repeat":
                self._repeat(tuple(subjects))
            elif action.verb is not None:
                self.start(action, tuple(subjects))
        except Exception as error:  # a key must never bring the console down
            self.app.trouble(error)

    def start(self, action: Action, subjects: tuple[Key, ...]) -> None:
        """Ask what the action needs to know, and hand it to the engine; says why where it cannot be done."""
        if action.scope is Scope.INCIDENT and not subjects:
            self.app.say("No incident is selected.", Tone.WARN)
            return
        if len(subjects) > 1 and not action.bulk:
            self.app.say(f"{action.label} works on one incident at a time; {len(subjects)} are marked.", Tone.WARN)
            return
        reasons = {key: self.app.engine.unable(action, key) for key in subjects}
        already = {key for key in subjects if not reasons[key] and self._is_so(action, key)}
        able = tuple(key for key in subjects if not reasons[key] and key not in already)
        if already and not able:
            so = _ALREADY[action.name]
            what = self._title(subjects[0]) if len(subjects) == 1 else counted(len(already), "incident")
            self.app.say(f"{what}: {so}.")
            return
        if subjects and not able:
            self.app.say(f"{action.label}: {reasons[subjects[0]]}", Tone.WARN)
            if len(subjects) > 1:
                self.watching.fail(reasons)
            return
        if not subjects and (reason := self.app.engine.unable(action, None)):
            self.app.say(f"{action.label}: {reason}", Tone.WARN)
            return
        self.app.hold_keys()
        self.app.run_worker(
            self._ask(action, tuple(key for key in subjects if key not in already), reasons, already),
            group="acting",
            exit_on_error=False,
        )

    def _is_so(self, action: Action, key: Key) -> bool:
        """Whether the incident is already as the action would make it, my pending actions included."""
        change = _PLAIN.get(action.name)
        incident = self.app.engine.board.get(key)
        if change is None or incident is None:
            return False
        if self.app.keeping is not None and self.app.keeping.comes_back(key):
            return False
        return is_so(incident, change, self.app.engine.me(key.backend), self.app.engine.clock.now())

    def _title(self, key: Key) -> str:
        incident = self.app.engine.board.get(key)
        return key.id if incident is None else self.app.name_of(incident.ref)

    async def _ask(
        self, action: Action, subjects: tuple[Key, ...], reasons: dict[Key, str], already: Collection[Key]
    ) -> None:
        from vagt.ui.screens.triage import ask  # forms are not needed for the first frame

        try:
            requests = await ask(self.app, self.app.engine, action, subjects)
            if requests is None:
                return
            self.app.unmark(already)  # these are as wanted: only what goes wrong stays marked
            await self.submit(action, requests, reasons)
        except Exception as error:  # as above; the worker has nobody else to tell
            self.app.trouble(error)
        finally:
            self.app.release_keys()

    def go(self, asking: Asking, move: Move) -> None:
        """Do one of the backend's own moves, picked by its name elsewhere than in the form."""
        self.app.run_worker(self._go(asking, move), group="acting", exit_on_error=False)

    async def _go(self, asking: Asking, move: Move) -> None:
        from vagt.ui.screens.triage import state  # forms are not needed for the first frame

        try:
            requests = await state.go(asking, move)
            if requests is not None:
                await self.submit(asking.action, requests)
        except Exception as error:  # as above
            self.app.trouble(error)

    async def submit(self, action: Action, requests: Sequence[Request], reasons: dict[Key, str] | None = None) -> None:
        """Hand `requests` to the engine, and tell the operator what became of them."""
        if not requests:
            self.app.say(f"{action.label}: nothing was left to do.", Tone.WARN)
            return
        keeping = self.app.keeping
        if keeping is not None:
            requests = [keeping.in_hand(each, self.app.engine.me(each.backend)) for each in requests]
        intents = await self.app.engine.submit(requests)
        left_out = {key: why for key, why in (reasons or {}).items() if why}
        self.app.unmark({request.subject for request in requests if request.subject is not None} | left_out.keys())
        if action.verb is not None and action.verb is not Verb.CREATE:
            self._last = Last(action, requests[-1].change, requests[-1].backend)
        self.watching.begin(action, intents, left_out)
        if len(intents) == 1 and not left_out:
            self._say_done(action, ref_words(self.app.name_of(intents[0].command.ref), intents[0].command.change))
            return
        aims = {aim_words(intent.command.change) for intent in intents}
        words = self._counted(intents) + (aims.pop() if len(aims) == 1 else "")
        self._say_done(action, f"{words}, {len(left_out)} left out" if left_out else words)

    def remember(self, action: Action, request: Request) -> None:
        """What was done by another way than `submit`: `.` does it again."""
        self._last = Last(action, request.change, request.backend)

    def _say_done(self, action: Action, what: str) -> None:
        undo = self.app.engine.settings.console.undo
        text = f"{DONE.get(action.name, action.label)} {what}"
        if undo > 0:
            self.app.say(f"{text} · {self.app.keymap.shown('undo')} undoes", Tone.GOOD, seconds=undo, countdown=True)
        else:
            self.app.say(text, Tone.GOOD)

    def _repeat(self, subjects: tuple[Key, ...]) -> None:
        last = self._last
        if last is None:
            self.app.say("Nothing to repeat yet.", Tone.WARN)
            return
        foreign = any(key.backend != last.backend for key in subjects)
        asks_again = last.action.danger is Danger.CONFIRM or isinstance(last.change, Attach)
        asks_again = asks_again or last.action.name == "escalate"
        if asks_again or (foreign and _is_local(last.change)):
            self.start(last.action, subjects)
            return
        reasons = {key: self.app.engine.unable(last.action, key) for key in subjects}
        able = [key for key in subjects if not reasons[key]]
        if not able:
            self.app.say(
                f"{last.action.label}: {reasons[subjects[0]]}" if subjects else "No incident is selected.", Tone.WARN
            )
            return
        self.app.run_worker(self._again(last, able, reasons), group="acting", exit_on_error=False)

    async def _again(self, last: Last, keys: list[Key], reasons: dict[Key, str]) -> None:
        from vagt.engine.engine import Request

        try:
            await self.submit(last.action, [Request(key.backend, key, last.change) for key in keys], reasons)
        except Exception as error:  # as above
            self.app.trouble(error)

    async def undo(self) -> tuple[Intent, ...]:
        """Take back the newest action that has not left, a whole bulk at once; what was taken back."""
        undone = await self.app.engine.undo()
        if not undone:
            self.app.say("Nothing to undo: all that you did has been sent.", Tone.WARN)
            return ()
        self.watching.forget({intent.command.id for intent in undone})
        verbs = " and ".join(dict.fromkeys(intent.command.verb.value for intent in undone))
        self.app.say(f"Taken back: {verbs} {self._counted(undone)}", Tone.GOOD)
        subjects = {intent.command.subject for intent in undone if intent.command.subject is not None}
        if len(subjects) > 1:
            self.app.mark(subjects)
        return undone

    def _counted(self, intents: Sequence[Intent]) -> str:
        """What they are done to: one incident by its name, several by their number."""
        subjects = {intent.command.subject for intent in intents}
        if len(subjects) == 1:
            return self.app.name_of(intents[0].command.ref)
        return counted(len(subjects), "incident")


def _is_local(change: Change) -> bool:
    """Whether the change speaks in words that only its own backend knows."""
    if isinstance(change, MoveTo | Assign):
        return True
    if isinstance(change, Resolve) and change.code:
        return True
    return bool(getattr(change, "fields", ()))
