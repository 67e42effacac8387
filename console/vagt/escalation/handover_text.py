"""A hand-over as Markdown, which is read as it is, mailed, or put into a channel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, tzinfo

from vagt.domain import durations, marker, moments, sla
from vagt.domain.incident import ClockKind, ClockState, Incident
from vagt.escalation.duty import nobody
from vagt.escalation.handover import Handover, Item
from vagt.escalation.memory import Reminder

_LINE = 300
"""Characters of an entry that are told; who wants more reads the timeline."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


def markdown(found: Handover, zone: tzinfo | None = None) -> str:
    """All of it; times on the clocks of `zone` (None: this machine's)."""
    return "\n".join(_lines(found, zone)) + "\n"


def _lines(found: Handover, zone: tzinfo | None) -> Iterator[str]:
    now = found.at
    yield f"# Hand-over, {now.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    yield ""
    span = durations.spoken((now - found.since).total_seconds())
    yield f"From {plain(found.by)}; the shift since {moments.local(found.since, now, zone)} ({span})."
    for rota in found.rotas:
        yield f"- On call for {plain(rota.settings.team)}: {_oncall(rota, now, zone)}"
    for problem in found.problems:
        yield f"- **Not known:** {plain(problem)}"
    yield ""
    yield f"## Open, one by one ({len(found.items)})"
    yield ""
    if not found.items:
        yield "Nothing that needs a word."
        yield ""
    for item in found.items:
        yield from item_lines(item, now, zone)
        yield ""
    if found.others:
        parts = [
            f"{count} of priority {level}" if level else f"{count} without" for level, count in found.others.items()
        ]
        yield f"Besides, {', '.join(parts)} {'is' if sum(found.others.values()) == 1 else 'are'} open."
        yield ""
    yield f"## Over since the shift began ({len(found.resolved)})"
    yield ""
    for one in found.resolved:
        how = f": {plain(_one_line(one.resolution))}" if one.resolution else ""
        yield f"- {headline(one)}{how}"
    yield ""
    yield f"## Done from this console ({len(found.deeds)})"
    yield ""
    for (ref, what, result), count in _counted(found).items():
        times = f" ({count} times)" if count > 1 else ""
        yield f"- {plain(ref)}: {plain(what)}{'' if result == 'done' else f', {plain(result)}'}{times}"


def item_lines(item: Item, now: datetime, zone: tzinfo | None = None) -> Iterator[str]:
    """One incident, as it stands in the hand-over."""
    one = item.incident
    yield f"### {headline(one)}"
    yield ""
    team, who = one.team or "no team", one.assignee_name or one.assignee or "nobody"
    age = f", came {moments.local(one.created_at, now, zone)}" if one.created_at else ""
    yield f"{plain(one.native_state or one.state.value)}; {plain(team)}, {plain(who)} has it{age}."
    for words in clock_words(one, now, zone):
        yield f"- {words}"
    for promise in item.promises:
        late = " (**overdue**)" if promise.until < now else ""
        yield f"- Promised to {plain(promise.to)}: a word until {moments.local(promise.until, now, zone)}{late}"
    if one.waiting_reason or one.waiting_until:
        until = f" until {moments.local(one.waiting_until, now, zone)}" if one.waiting_until else ""
        yield f"- Waits{until}: {plain(one.waiting_reason or 'nobody said for what')}"
    if item.snoozed_until is not None:
        yield f"- Snoozed until {moments.local(item.snoozed_until, now, zone)}"
    if item.reminder is not None:
        yield f"- Reminder: {plain(reminder_words(item.reminder, now, zone))}"
    if item.pending:
        yield f"- Not confirmed yet: {item.pending} of our actions"
    for entry in item.happened:
        text = _one_line(marker.without(entry.text))
        if text:
            yield f"- {moments.local(entry.at, now, zone)} {plain(entry.by)}: {plain(text)}"
    if item.problem:
        yield f"- **Not known:** {plain(item.problem)}"


def reminder_words(reminder: Reminder, now: datetime, zone: tzinfo | None = None) -> str:
    """`13:45 CET call the vendor`: it is one operator's own, and goes by that one's clock."""
    at = f"{moments.local(reminder.at, now, zone)} {reminder.at.astimezone(zone):%Z}"
    return f"{at} {reminder.note}".strip()


def headline(incident: Incident) -> str:
    """`P1 desk:7 Mail is down`."""
    level = f"P{incident.priority} " if incident.priority else ""
    major = "MAJOR " if incident.major else ""
    return f"{level}{major}{plain(incident.ref)} {plain(_one_line(incident.title))}"


def clock_words(incident: Incident, now: datetime, zone: tzinfo | None = None) -> Iterator[str]:
    """Each clock that counts, in words; a reminder is told with its note elsewhere."""
    for clock in incident.sla:
        if clock.kind is ClockKind.REMINDER:
            continue
        left = sla.seconds_left(clock, now)
        if clock.state is ClockState.MET or left is None or clock.due_at is None:
            continue
        due = moments.local(clock.due_at, now, zone)
        if clock.kind is ClockKind.SLA and left < 0:
            yield f"{plain(clock.name)}: **missed** by {durations.spoken(-left)} (was due {due})"
        else:
            yield f"{plain(clock.name)}: {durations.spoken(max(0.0, left))} left (due {due})"


def _oncall(rota, now: datetime, zone: tzinfo | None) -> str:  # type: ignore[no-untyped-def]
    if warning := nobody(rota):
        return f"**{plain(warning)}**"
    names = ", ".join(plain(shift.who_name or shift.who) for shift in rota.shifts)
    if rota.next_handover is None:
        return names
    then = ", ".join(plain(who) for who in rota.then) or "nobody"
    return f"{names}; from {moments.local(rota.next_handover, now, zone)} {then}"


def _counted(found: Handover) -> dict[tuple[str, str, str], int]:
    return dict(Counter((deed.ref, deed.what, deed.result) for deed in found.deeds))


def _one_line(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _LINE else f"{whole[: _LINE - 1]}…"


def plain(text: str) -> str:
    """Text of others that Markdown must not take for its own signs."""
    return _SPECIAL.sub(r"\\\1", text)
