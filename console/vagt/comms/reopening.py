"""Which of an incident's drafts goes on when somebody opens the composer."""

from __future__ import annotations

from vagt.comms import delivery
from vagt.comms.holding import Hold, Version
from vagt.comms.office import Office, Seen


async def newest(office: Office, seen: Seen, hold: Hold) -> Version | None:
    """The newest draft that goes on; those that have gone out are taken away once nobody writes beside them."""
    known = hold.versions()
    gone = {update.id for update in seen.updates}
    over = []
    for one in known:
        if one.draft.id not in gone:
            if not one.draft.sent:
                return one
            audiences = [audience for audience in office.audiences if audience.name in one.draft.audiences]
            if one.opened is None and await delivery.was_taken_back(office.engine, one.draft.id, audiences):
                return one
        over.append(one)
    for one in over:
        if one.opened is None and all(each.draft.family != one.draft.family or each in over for each in known):
            office.drafts.drop(seen.incident.key, one.path)
    return None
