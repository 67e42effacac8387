"""The other drafts on an incident: written in other terminals, or left there."""

from __future__ import annotations

from vagt.comms.composer import Composer
from vagt.comms.holding import Opened, Version
from vagt.ui.screens.update.preview import clock
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.safe_text import safe_text

KEY = "ctrl+o"


def items(composer: Composer) -> tuple[tuple[PickItem, Version], ...]:
    """Each with what it says, and where and when it was written; the newest first."""
    return tuple(
        (PickItem(str(one.path), safe_text(_words(one)), safe_text(_place(one, composer))), one)
        for one in composer.versions
    )


def opened_words(composer: Composer) -> str:
    """What is said when the composer opens with a copy of what somebody else is writing; empty where it does not."""
    if composer.copied is None:
        return ""
    return f"a copy of the draft that is {_open(composer.copied, composer)}; yours is kept beside it, {KEY} shows both"


def more_words(composer: Composer) -> str:
    """What is said of drafts beside this one; empty where there are none."""
    count = len(composer.versions)
    if not count or composer.copied is not None:
        return ""
    return f"{KEY} shows {'another draft' if count == 1 else f'{count} other drafts'} on this incident"


def _words(one: Version) -> str:
    said = next((text for text in (*one.draft.answers.values(), *one.draft.typed.values()) if " " in text), "")
    edited = next((each.text for each in one.draft.edited.values()), "")
    return (said or edited or "nothing written yet").replace("\n", " ")


def _place(one: Version, composer: Composer) -> str:
    parts = [one.draft.template]
    if one.draft.saved_at is not None:
        parts.append(clock(one.draft.saved_at, composer))
    if one.opened is not None:
        parts.append(_open(one.opened, composer))
    return " · ".join(part for part in parts if part)


def _open(one: Opened, composer: Composer) -> str:
    since = "" if one.since is None else f", since {clock(one.since, composer)}"
    return f"open on {one.where} ({one.who}{since})"
