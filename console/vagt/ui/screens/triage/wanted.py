"""Which fields an action needs on all subjects, and which of these cannot take it after all.

Each backend is asked once for incidents that are alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vagt.adapters.protocol import AdapterError, TransitionError
from vagt.domain.commands import Verb
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key
from vagt.ui.screens.triage.asking import Asking, Refusal, say_why_not
from vagt.ui.screens.triage.usual import usual_fields

AT_ONCE = 0.2
"""Seconds within which an answer spares the operator a form that only waits."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields that each backend wants, and in words what could not be asked."""

    fields: Mapping[str, tuple[FieldSpec, ...]]
    problem: str = ""
    impossible: Mapping[Key, str] = field(default_factory=dict)
    """Subjects whose state does not allow it now, and why."""
    names: Mapping[Kind, frozenset[str]] = field(default_factory=dict)
    """Which fields were asked for each kind of subject; a kind that could not be asked is not among them."""

    @property
    def nothing(self) -> bool:
        return not any(self.fields.values())

    @property
    def required(self) -> bool:
        return any(spec.required for specs in self.fields.values() for spec in specs)

    def answers_for(self, incident: Incident, answers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Of a form's answers by backend those that this subject was asked for: what others lack, it has already."""
        given = answers.get(incident.backend, {})
        names = self.names.get(alike(incident))
        return {name: value for name, value in given.items() if names is None or name in names}


Kind = tuple[str, str, bool, tuple[bool, ...]]
"""`alike` of an incident."""


def alike(incident: Incident) -> Kind:
    """Incidents for which this is the same are asked about once: a backend's rules hang on these, and on what lacks."""
    lacks = (not incident.service, not incident.category, not incident.team, not incident.assignee)
    return incident.backend, incident.native_state, incident.major, lacks


def representatives(incidents: Sequence[Incident]) -> list[Incident]:
    """One incident of each kind, in order of appearance."""
    return list({alike(incident): incident for incident in reversed(incidents)}.values())[::-1]


async def wanted(asking: Asking, verb: Verb) -> Wanted:
    """The fields for `verb` on all subjects; the usual ones where a backend cannot be asked.

    What an incident's state does not allow counts only where no action of ours is on its way there: whoever has
    just resolved it may close it, and the backend hears of both in that order.
    """
    still = [one for one in asking.subjects if not asking.engine.board.pending(one.key)]
    moving = [one for one in asking.subjects if asking.engine.board.pending(one.key)]
    chosen = [*representatives(still), *representatives(moving)]
    asked = [asking.engine.fields(verb, incident.key, incident.backend) for incident in chosen]
    found = list(await asyncio.gather(*asked, return_exceptions=True))
    refused: dict[Kind, str] = {}
    for position, (incident, answer) in enumerate(zip(chosen, found, strict=True)):
        if isinstance(answer, TransitionError):
            found[position] = usual_fields(verb) if incident in moving else ()
            if incident not in moving:
                refused[alike(incident)] = answer.words
    impossible = {one.key: refused[alike(one)] for one in still if alike(one) in refused}
    names: dict[Kind, frozenset[str]] = {}
    for incident, answer in zip(chosen, found, strict=True):
        if isinstance(answer, tuple):
            names[alike(incident)] = names.get(alike(incident), frozenset()) | {spec.name for spec in answer}
    told = _together(verb, [incident.backend for incident in chosen], found)
    return replace(told, impossible=impossible, names=names)


def still_able(asking: Asking, found: Wanted) -> Asking | None:
    """`possible` where that leaves any; else None, and the operator is told why."""
    left = possible(asking, found)
    if left.subjects:
        return left
    say_why_not(left)
    return None


def possible(asking: Asking, found: Wanted) -> Asking:
    """The same question for those subjects whose state allows it; the others are among the refusals."""
    if not found.impossible:
        return asking
    left = tuple(one for one in asking.subjects if one.key not in found.impossible)
    out = tuple(Refusal(one.ref, found.impossible[one.key]) for one in asking.subjects if one.key in found.impossible)
    return replace(asking, subjects=left, refusals=(*asking.refusals, *out))


async def wanted_for_new(asking: Asking, backend: str) -> Wanted:
    """The fields for a new incident on `backend`."""
    asked = await asyncio.gather(asking.engine.fields(Verb.CREATE, None, backend), return_exceptions=True)
    return _together(Verb.CREATE, [backend], asked)


def _together(verb: Verb, backends: Sequence[str], found: Sequence[tuple[FieldSpec, ...] | BaseException]) -> Wanted:
    fields: dict[str, dict[str, FieldSpec]] = {}
    problems: dict[str, None] = {}
    for backend, answer in zip(backends, found, strict=True):
        if isinstance(answer, AdapterError):
            problems[cannot_ask(backend, answer)] = None
        elif isinstance(answer, BaseException):
            raise answer
        known = fields.setdefault(backend, {})
        for spec in usual_fields(verb) if isinstance(answer, AdapterError) else answer:
            before = known.get(spec.name)
            known[spec.name] = spec if before is None else replace(before, required=before.required or spec.required)
    return Wanted({backend: tuple(specs.values()) for backend, specs in fields.items()}, "\n".join(problems))


def cannot_ask(backend: str, error: AdapterError) -> str:
    """Why the form shows the usual fields only."""
    why = error.words or "it does not answer"
    return f"{backend} cannot be asked what it wants to know: {why}. It gets this when it is back, and may refuse it."


async def answered_soon(task: asyncio.Task[Wanted]) -> Wanted | None:
    """The answer where it comes at once; None where the operator should see that it is waited for."""
    done, _ = await asyncio.wait({task}, timeout=AT_ONCE)
    return task.result() if done else None
