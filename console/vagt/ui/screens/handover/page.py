"""The pages of a hand-over, as blocks: the whole, one incident, and what is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vagt.domain import marker
from vagt.domain.incident import Incident, Key
from vagt.escalation.duty import nobody
from vagt.escalation.handover import Handover, Item
from vagt.escalation.handover_text import clock_words, reminder_words
from vagt.ui.present.times import local, when
from vagt.ui.screens.incident.reader import Block, Line
from vagt_widgets.safe_text import safe_text, wrap

Told = tuple[str, str]
"""A style and a text of any length."""


def first_page(found: Handover) -> tuple[Block, ...]:
    """How many of what, who is on call, what could not be found out."""
    now = found.at
    told: list[Told] = [
        ("strong", f"{len(found.items)} to walk through; enter begins."),
        ("plain", f"The shift since {when(found.since, now)}."),
        ("plain", ""),
        ("heading", "On call"),
    ]
    for rota in found.rotas:
        if warning := nobody(rota):
            told.append(("bad", warning))
            continue
        names = ", ".join(shift.who_name or shift.who for shift in rota.shifts)
        then = ", ".join(rota.then) or "nobody"
        after = f"; from {local(rota.next_handover, now)} {then}" if rota.next_handover else ""
        told.append(("plain", f"{rota.settings.team}: {names}{after}"))
    if not found.rotas:
        told.append(("dim", "the config has no rotas"))
    told += [("plain", ""), ("heading", "Open, one by one")]
    told += [("plain", _headline(item.incident)) for item in found.items] or [("dim", "nothing that needs a word")]
    if found.others:
        parts = [
            f"{count} of P{level}" if level else f"{count} without priority" for level, count in found.others.items()
        ]
        told.append(("dim", f"besides: {', '.join(parts)}"))
    told += [("plain", ""), ("heading", f"Over since the shift began ({len(found.resolved)})")]
    told += [("plain", f"{_headline(one)}{f': {one.resolution}' if one.resolution else ''}") for one in found.resolved]
    told += [("bad", f"Not known: {problem}") for problem in found.problems]
    return (_block("first", told),)


def item_page(item: Item, shown: Incident, found: Handover, *, accepted: bool) -> tuple[Block, ...]:
    """One incident: how it is now, and what the last shift leaves with it."""
    now = found.at
    told: list[Told] = [("strong", _headline(shown))]
    team, who = shown.team or "no team", shown.assignee_name or shown.assignee or "nobody"
    told.append(("plain", f"{shown.native_state or shown.state.value} · {team} · {who} has it"))
    if accepted:
        told.append(("dim", "accepted"))
    told.append(("plain", ""))
    told += [("plain", words.replace("\\", "").replace("**", "")) for words in clock_words(shown, now)]
    for promise in item.promises:
        late = promise.until < now
        told.append(("bad" if late else "warn", f"promised to {promise.to}: a word until {when(promise.until, now)}"))
    if shown.waiting_reason or shown.waiting_until:
        until = f" until {when(shown.waiting_until, now)}" if shown.waiting_until else ""
        told.append(("plain", f"waits{until}: {shown.waiting_reason or 'nobody said for what'}"))
    if item.snoozed_until is not None:
        told.append(("warn", f"snoozed until {when(item.snoozed_until, now)}"))
    if item.reminder is not None:
        told.append(("warn", f"reminder: {reminder_words(item.reminder, now)}"))
    if item.pending:
        told.append(("warn", f"not confirmed yet: {item.pending} of our actions"))
    told += [("plain", ""), ("heading", "On this shift")]
    said = [(entry, marker.without(entry.text).strip()) for entry in item.happened]
    told += [("plain", f"{local(entry.at, now)} {entry.by}: {text}") for entry, text in said if text]
    if not any(text for _, text in said):
        told.append(("dim", "nothing happened"))
    if item.problem:
        told.append(("bad", item.problem))
    return (_block(f"item {shown.ref}", told),)


def last_page(found: Handover, accepted: Collection[Key]) -> tuple[Block, ...]:
    """What was not accepted."""
    left = [item.incident for item in found.items if item.incident.key not in accepted]
    if not left:
        return (_block("last", [("strong", "All of it is accepted."), ("dim", "esc goes back to the queue")]),)
    are, them = ("is", "it") if len(left) == 1 else ("are", "them")
    told: list[Told] = [("warn", f"{len(left)} of {len(found.items)} {are} not accepted; enter goes through {them}:")]
    return (_block("last", [*told, *(("plain", _headline(one)) for one in left)]),)


def _headline(incident: Incident) -> str:
    level = f"P{incident.priority} " if incident.priority else ""
    return f"{level}{'MAJOR ' if incident.major else ''}{incident.ref} {incident.title}"


def _block(name: str, told: Sequence[Told]) -> Block:
    def lines(width: int) -> list[Line]:
        return [((style, text),) for style, long in told for text in _folded(long, width)]

    return Block(name, lines)


def _folded(text: str, width: int) -> list[str]:
    """Over as many lines as it takes, those after the first set in a little."""
    first, *more = wrap(safe_text(text), width)
    return [first, *(f"  {line}" for line in wrap(" ".join(more), width - 2))] if more else [first]
