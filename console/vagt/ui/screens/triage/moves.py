"""What can be done to the state of all subjects at once: their backends' transitions, matched by their words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vagt.adapters.protocol import AdapterError, Transition
from vagt.domain.capability import Capability
from vagt.domain.commands import Verb
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, State
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triage.asking import Asking
from vagt.ui.screens.triage.usual import usual_fields
from vagt.ui.screens.triage.wanted import Kind, Wanted, alike, cannot_ask, representatives

_COMMON = frozenset({Verb.HOLD, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})
"""Verbs that say more of what will be than a bare transition does."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way on, the same words for every subject."""

    label: str
    verb: Verb | None
    """The common verb that it is, where it is one."""
    ways: Mapping[Kind, Transition]
    """The backend's transition for each kind of subject."""
    wanted: Wanted

    @property
    def leads_to(self) -> str:
        """Where it leads, in the backend's words where they say more."""
        names = dict.fromkeys(way.native_to or way.to.value for way in self.ways.values())
        return ", ".join(names)


@dataclass(frozen=True, slots=True)
class Moves:
    """All ways on, and what could not be asked."""

    all: tuple[Move, ...]
    problem: str = ""


async def moves(asking: Asking) -> Moves:
    """Ask each backend once for every kind of subject; holds first."""
    chosen = representatives(asking.subjects)
    answers = await asyncio.gather(
        *(asking.engine.transitions(incident.key) for incident in chosen), return_exceptions=True
    )
    offered: dict[Kind, tuple[Transition, ...]] = {}
    problem = ""
    for incident, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, AdapterError):
            problem = cannot_ask(incident.backend, answer)
            offered[alike(incident)] = usual_transitions(asking, incident)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            offered[alike(incident)] = answer or usual_transitions(asking, incident)
    return Moves(common_moves(offered), problem)


def common_moves(offered: Mapping[Kind, Sequence[Transition]]) -> tuple[Move, ...]:
    """The moves that every kind of subject can make; those that wait for somebody first."""
    if not offered:
        return ()
    by_name = [{_name(way, ways): way for way in ways} for ways in offered.values()]
    found = []
    for name, first in by_name[0].items():
        if all(name in ways for ways in by_name):
            ways = {kind: of[name] for kind, of in zip(offered, by_name, strict=True)}
            verb = first.verb if isinstance(name, Verb) else None
            found.append(Move(first.label, verb, ways, _wanted(ways)))
    return tuple(sorted(found, key=lambda move: move.verb is not Verb.HOLD))


def _name(way: Transition, ways: Sequence[Transition]) -> Verb | str:
    """By what the same move of different backends is known: its common verb where only it is that, else its words."""
    alone = sum(other.verb is way.verb for other in ways) == 1
    if way.verb is not None and way.verb in _COMMON and alone:
        return way.verb
    return way.label.casefold()


def _wanted(ways: Mapping[Kind, Transition]) -> Wanted:
    fields: dict[str, dict[str, FieldSpec]] = {}
    for (backend, *_), way in ways.items():
        known = fields.setdefault(backend, {})
        for spec in way.fields:
            if spec.name not in known or spec.required:
                known[spec.name] = spec
    return Wanted({backend: tuple(specs.values()) for backend, specs in fields.items()})


def usual_transitions(asking: Asking, incident: Incident) -> tuple[Transition, ...]:
    """The common moves that the account can make, where the backend tells none itself or cannot be asked."""
    possible = [
        (Verb.HOLD, Capability.HOLD, "Hold", State.WAITING, incident.is_open),
        (Verb.RESOLVE, Capability.RESOLVE, "Resolve", State.RESOLVED, incident.is_open),
        (Verb.CLOSE, Capability.CLOSE, "Close", State.CLOSED, incident.state is not State.CLOSED),
        (Verb.REOPEN, Capability.REOPEN, "Reopen", State.ACTIVE, not incident.is_open),
    ]
    return tuple(
        Transition(verb.value, label, to, "", usual_fields(verb), verb)
        for verb, capability, label, to, fits in possible
        if fits and able(asking.engine, incident.backend, capability)
    )
