"""From an action and the incidents it was pressed on to the one form that asks, and the requests that come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from vagt.domain.actions import Action
from vagt.domain.commands import Acknowledge, Change, Take
from vagt.domain.incident import Incident, Key
from vagt.engine.engine import Request
from vagt.ui.messages import Tone
from vagt.ui.screens.triage.drafts import drafts_of
from vagt.ui.typed import vagt_of

if TYPE_CHECKING:
    from textual.app import App

    from vagt.engine.engine import Engine

Answer = tuple[Request, ...] | None
"""The requests; None where the operator left the form."""

FORMS = frozenset(
    {
        "assign",
        "attach",
        "close",
        "comment",
        "escalate",
        "link",
        "major",
        "note",
        "priority",
        "register",
        "reopen",
        "resolve",
        "snooze",
        "state",
    }
)
"""Actions with a form: the module of the action's name in this folder."""

AT_ONCE: Mapping[str, Change] = {"acknowledge": Acknowledge(), "take": Take()}
"""Actions that need to know nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An incident that cannot take the action, and why."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What a form is given: the action, the incidents that can take it, and those that cannot."""

    app: App[Any]
    engine: Engine
    action: Action
    subjects: tuple[Incident, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(incident.key for incident in self.subjects)

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends of the subjects, in order of appearance."""
        return tuple(dict.fromkeys(incident.backend for incident in self.subjects))

    @property
    def title(self) -> str:
        """What stands in the form's frame: what is done, and to what."""
        return f"{self.action.label} · {self.what}"

    @property
    def what(self) -> str:
        """The subjects in few words."""
        if not self.subjects:
            return "new incident"
        if len(self.subjects) == 1:
            return f"{self.subjects[0].ref} {self.subjects[0].title}"
        return f"{len(self.subjects)} incidents"

    def same(self, change: Change) -> tuple[Request, ...]:
        """One request for each subject, all with this change."""
        return tuple(Request(key.backend, key, change) for key in self.keys)

    def each(self, change_of: Callable[[Incident], Change | None]) -> tuple[Request, ...]:
        """One request for each subject for which there is a change."""
        made = ((incident.key, change_of(incident)) for incident in self.subjects)
        return tuple(Request(key.backend, key, change) for key, change in made if change is not None)

    def draft(self, part: str = "") -> dict[str, str]:
        """What was typed here before and not sent; `part` tells several forms of one action apart."""
        return drafts_of(self.app).get(_form(self.action.name, part), self.keys)

    def keep_draft(self, answers: Mapping[str, str], part: str = "") -> None:
        drafts_of(self.app).keep(_form(self.action.name, part), self.keys, answers)

    def drop_draft(self, part: str = "") -> None:
        drafts_of(self.app).drop(_form(self.action.name, part), self.keys)


def gather(app: App[Any], engine: Engine, action: Action, keys: tuple[Key, ...]) -> Asking:
    """Tell the incidents that can take the action from those that cannot."""
    able: list[Incident] = []
    refusals: list[Refusal] = []
    for key in keys:
        incident = engine.board.get(key)
        if incident is None:
            refusals.append(Refusal(f"{key.backend}:{key.id}", "it is gone"))
        elif reason := engine.unable(action, key):
            refusals.append(Refusal(incident.ref, reason))
        else:
            able.append(incident)
    return Asking(app, engine, action, tuple(able), tuple(refusals))


async def run(app: App[Any], engine: Engine, action: Action, keys: tuple[Key, ...]) -> Answer:
    """What `triage.ask` does."""
    asking = gather(app, engine, action, keys)
    if keys and not asking.subjects:
        say_why_not(asking)
        return None
    if action.name in AT_ONCE:
        return asking.same(AT_ONCE[action.name])
    if action.name not in FORMS:
        raise ValueError(f"“{action.name}” does nothing to an incident")
    module = import_module(f"vagt.ui.screens.triage.{action.name}")
    return await cast("Callable[[Asking], Awaitable[Answer]]", module.ask)(asking)


def say_why_not(asking: Asking) -> None:
    """Tell why none of the incidents can take the action."""
    reasons = dict.fromkeys(refusal.reason for refusal in asking.refusals)
    what = asking.refusals[0].ref if len(asking.refusals) == 1 else f"{len(asking.refusals)} incidents"
    vagt_of(asking.app).say(f"{asking.action.label}: {what}: {'; '.join(reasons)}", Tone.WARN)


def _form(action: str, part: str) -> str:
    return f"{action} {part}".rstrip()
