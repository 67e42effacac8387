"""What a person may have overlooked in an update that could be sent as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vagt.comms import answers as typed
from vagt.comms.expected import Expected
from vagt.comms.writing import Writing


@dataclass(frozen=True, slots=True)
class Nudge:
    """Worth a second look before it goes."""

    key: str
    """The input that it is about."""
    words: str


def languages(writing: Writing) -> tuple[Nudge, ...]:
    """Words that some audience would read in another language than its own, or as they were last time."""
    found = []
    last = writing.last.answers if writing.last is not None else {}
    by_key = {one.key: one for one in writing.fields}
    for one in by_key.values():
        name, language = typed.split(one.key)
        first = by_key.get(name)
        if not language or first is None or not first.shown or first.problem or one.problem:
            continue
        readers = ", ".join(audience.name for audience in writing.audiences if audience.language == language)
        if not one.text:
            found.append(Nudge(one.key, f"{writing.label(one.key)} is empty: {readers} would read the other language"))
        elif one.carried and last.get(name, "") != first.text:
            found.append(Nudge(one.key, f"{writing.label(one.key)} is as last time, and {first.spec.label} is not"))
    return tuple(found)


def passing(writing: Writing, now: datetime) -> Nudge | None:
    """The expected time of the last update is about to pass, or has, and nobody has given another one."""
    last = writing.last
    if last is None or last.expected is None or not any(one.key == "expected" for one in writing.fields):
        return None
    if now < Expected(last.expected, last.by).asked_anew_at(last.at):
        return None
    at = typed.moment_of(writing.answers(), "expected")
    if at is not None and at != last.expected:
        return None
    when = f"{last.expected.astimezone(writing.zone):%H:%M}"
    if last.expected <= now:
        return (
            None if at is None else Nudge("expected", f"the expected time {when} has passed: give a new one, or none")
        )
    return Nudge("expected", f"the expected time {when} is about to pass: give a new one, or “?”")
