"""The arguments of the commands for stakeholder communication."""

from __future__ import annotations

import argparse
from typing import Protocol


class Add(Protocol):
    """How a command is added."""

    def __call__(self, name: str, summary: str, *, json: bool = True) -> argparse.ArgumentParser: ...


def add_all(add: Add, ref: str) -> None:
    """`update`, `approvals` and `templates`; `ref` tells what a reference is."""
    update = add("update", "Write a stakeholder update: show what each audience would get, or send it.")
    update.add_argument("ref", metavar="REF", help=ref)
    update.add_argument("--template", required=True, metavar="T", help="which one; “vagt templates list” tells them")
    update.add_argument(
        "--audience", action="append", required=True, metavar="A", help="an audience of the config; may be repeated"
    )
    update.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="K=V",
        help="a field, as in impact_text=…, impact_text.da=… for one language, next_update=+30m; may be repeated",
    )
    how = update.add_mutually_exclusive_group(required=True)
    how.add_argument("--preview", action="store_true", help="show it, send nothing")
    how.add_argument("--send", action="store_true", help="send it; what needs approval is put to a colleague")
    update.add_argument("--no-wait", action="store_true", help="leave once it is in the outbox")
    approvals = add("approvals", "Approve stakeholder updates that colleagues have written, or send them back.")
    approvals.add_argument("do", choices=["list", "approve", "return"], metavar="list|approve|return")
    approvals.add_argument("id", nargs="?", default="", metavar="ID", help="from the list, or its beginning")
    approvals.add_argument("--text", metavar="T", help="what the author should know; - reads standard input")
    approvals.add_argument(
        "--again", action="store_true", help="send it although another console began to, and has not said that it did"
    )
    approvals.add_argument("--ref", metavar="REF", help="look at this incident only")
    templates = add("templates", "List, show or check the templates of stakeholder updates.")
    templates.add_argument("do", choices=["list", "show", "check"], metavar="list|show|check")
    templates.add_argument("name", nargs="?", default="", metavar="NAME", help="one template; check without: all")
    templates.add_argument("--language", metavar="L", help="in this language only")
