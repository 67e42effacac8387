"""Writes docs/keys.md from the table of actions: `python -m vagt.ui.docs > docs/keys.md`."""

from __future__ import annotations

import sys

from vagt.domain.actions import ACTIONS, Danger, Group, Scope
from vagt.ui.keymap import Keymap

_WHERE = {
    Scope.INCIDENT: "what is marked, else the incident under the cursor",
    Scope.QUEUE: "the queue",
    Scope.APP: "everywhere",
    Scope.OUTBOX: "the outbox",
    Scope.APPROVALS: "the text that waits for approval",
    Scope.TRIAGE: "the incident that triage mode shows",
    Scope.HANDOVER: "the incident that the hand-over shows",
}
_BEFORE = {
    Danger.NONE: "",
    Danger.UNDO: "can be undone",
    Danger.FORM: "form, then can be undone",
    Danger.CONFIRM: "asks first",
}


def keys_page() -> str:
    """The page, in Markdown."""
    keymap = Keymap()
    lines = [
        "# Keys",
        "",
        "Each key stands for an action with a name. `[keys]` in the config gives an action other keys:",
        '`acknowledge = "a,f2"`; an empty text takes its keys away. `?` shows the keys of the screen you are on,',
        "and why one cannot be used just now. What leaves the console waits some seconds first: `u` takes it back.",
        "Pasted text never triggers a key.",
    ]
    for group in Group:
        lines += ["", f"## {group.value}", "", "| keys | name | what it does | works on | before it is done |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for action in ACTIONS:
            if action.group is not group:
                continue
            keys = " ".join(f"`{key.replace('|', chr(92) + '|')}`" for key in keymap.all_shown(action.name).split())
            lines.append(
                f"| {keys} | `{action.name}` | {action.help} | {_WHERE[action.scope]} | {_BEFORE[action.danger]} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(keys_page())
