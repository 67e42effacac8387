"""The lines around the page of triage mode: how far one is, what enter does, what happened meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vagt.domain.incident import Incident, Key
from vagt.ui.present.words import counted
from vagt.ui.screens.triagemode.offer import Offer, deed_words
from vagt.ui.screens.triagemode.walk import Fate, Walk, settled_words

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap

_KEYS = (
    "triage_accept",
    "triage_skip",
    "triage_same",
    "triage_impact",
    "triage_urgency",
    "triage_team",
    "back",
    "outbox",
    "link",
)


def key_words(keymap: Keymap) -> dict[str, str]:
    """The keys that the page names, as people write them, by action; and by the rows that they correct."""
    found = {name: keymap.shown(name) for name in _KEYS}
    return {**found, "triage_priority": found["triage_impact"]}


def progress(walk: Walk) -> str:
    """`Triage: 3 of 24 · 1 accepted · 1 skipped`."""
    parts = [f"{walk.count(fate)} {fate.value}" for fate in Fate if walk.count(fate)]
    where = f"{walk.number} of {walk.total}" if walk.current is not None else "the end"
    return " · ".join((f"Triage: {where}", *parts))


def deed(made: Offer, incident: Incident, settled: str, keys: dict[str, str]) -> tuple[str, ...]:
    """What enter would do now, and how to get past."""
    if settled:
        return (f"{keys['triage_accept']} goes on: there is nothing left to decide here",)
    skip = f"{keys['triage_skip']} skips"
    words = deed_words(made, incident.priority)
    if words:
        return f"{keys['triage_accept']} sets {words}", skip
    return f"{keys['triage_accept']} has nothing to set here", skip


def end_deed(walk: Walk, keys: dict[str, str]) -> tuple[str, ...]:
    """What enter would do at the end."""
    if walk.left:
        return (f"{counted(walk.left, 'incident')} arrived since: {keys['triage_accept']} shows the worst",)
    back = f"{keys['back']} goes back to the queue"
    return (f"{keys['triage_accept']} shows the skipped ones again", back) if walk.count(Fate.SKIPPED) else (back,)


def meanwhile(engine: Engine, key: Key) -> str:
    """What became of an incident by somebody else's hand, as the end of a sentence about it."""
    board = engine.board
    return settled_words(board.get(key), engine.me(key.backend), snoozed=board.is_snoozed(key))


def passed_words(engine: Engine, passed: Sequence[Key]) -> str:
    """Which of those to come were settled by others."""
    incident = engine.board.get(passed[0])
    what = "One of those to come" if incident is None else incident.ref
    more = f", and {len(passed) - 1} more" if len(passed) > 1 else ""
    return f"{what} {meanwhile(engine, passed[0])}: passed over{more}"


def pending_words(engine: Engine, key: Key, keys: dict[str, str]) -> str:
    """What of mine on it is not confirmed; empty where nothing is."""
    stuck = sum(intent.stage.needs_person for intent in engine.pending(key))
    if stuck:
        return f"{counted(stuck, 'action')} of yours on it cannot go on: {keys['outbox']} decides."
    under_way = sum(intent.stage.is_pending for intent in engine.pending(key))
    return f"{counted(under_way, 'action')} of yours on it not confirmed yet." if under_way else ""
