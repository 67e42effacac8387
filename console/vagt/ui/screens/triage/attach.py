"""Attaching a file of the operator's: it is copied into the data folder before the form closes."""

from __future__ import annotations

from pathlib import Path

from vagt.domain.commands import Attach
from vagt.engine.errors import SpoolError
from vagt.ui.screens.files.path import PathQuestion, Refused
from vagt.ui.screens.triage.asking import Answer, Asking


async def ask(asking: Asking) -> Answer:
    """Pick one file for all subjects."""

    async def take(path: Path) -> Attach:
        try:
            return await asking.engine.stage(path)
        except SpoolError as error:
            raise Refused(error.words) from error

    change = await asking.app.push_screen_wait(
        PathQuestion(
            f"Attach to · {asking.what}",
            lead="Which file? Those who can see the incident can read it.",
            enter="attaches",
            value=asking.draft().get("path", ""),
            take=take,
            refusals=asking.refusals,
            keep=lambda typed: asking.keep_draft({"path": typed}),
        )
    )
    if change is None:
        return None
    asking.drop_draft()
    return asking.same(change)
