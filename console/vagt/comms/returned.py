"""What a colleague sent back: to whom it was to go and from what it was made, so that it can be written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vagt.comms.approval import Standing, same_person
from vagt.comms.office import Seen
from vagt.comms.record import unpacked


@dataclass(frozen=True, slots=True)
class Returned:
    """One update of mine, of which some texts came back."""

    template: str
    audiences: tuple[str, ...]
    answers: Mapping[str, str]


def last(seen: Seen, mine: Sequence[str]) -> Returned | None:
    """The newest of mine that came back, with all audiences of its template; None where nothing is to be written again.

    An audience that was told anything since has it behind it.
    """
    found = [
        one
        for one in seen.proposals
        if one.standing is Standing.RETURNED
        and any(same_person(name, one.by) for name in mine)
        and not any(one.audience in told.audiences and one.at and told.at > one.at for told in seen.updates)
    ]
    if not found:
        return None
    newest = found[-1]
    template = newest.details.get("template", "")
    fields = unpacked(newest.details.get("fields", ""))
    answers = {str(key): str(text) for key, text in fields.items()} if isinstance(fields, dict) else {}
    audiences = tuple(one.audience for one in found if one.details.get("template", "") == template)
    return Returned(template, tuple(dict.fromkeys(audiences)), answers)
