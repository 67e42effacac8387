"""`vagt files`: what hangs on an incident, asked now, and one of it saved."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from vagt.adapters.protocol import AdapterError, Attachment, AuthError, ThrottledError, UnavailableError
from vagt.cli import json_out, plain, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import load_settings, opened, words_of
from vagt.cli.table import Column
from vagt.domain import moments
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.engine.errors import SpoolError
from vagt.engine.files import save, target_of

_COLUMNS = (Column("ID"), Column("SIZE", right=True), Column("AT"), Column("BY", least=6), Column("NAME", least=20))


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """The list, or what was saved. Raises UsageError, ConfigError and EngineError."""
    if given.to is not None and given.save is None:
        raise UsageError("--to says where --save puts a file; which one?")
    settings = load_settings(given, output)
    errors = Errors()
    async with opened(settings, given, load=False) as engine:
        (found,) = await resolve_all(engine, [given.ref], errors)
        if isinstance(found, Missing):
            if not found.unreachable:
                errors.add(found.backend, found.message)
            return _failed(errors, Exit.UNREACHABLE if found.unreachable else Exit.REFUSED)
        try:
            files = await engine.files(found.key)
            if given.save is not None:
                return await _saved(engine, found, _one(files, given.save, found), given.to or Path(), files)
        except AdapterError as error:
            errors.add(found.backend, words_of(error))
            away = isinstance(error, UnavailableError | AuthError | ThrottledError)
            return _failed(errors, Exit.UNREACHABLE if away else Exit.REFUSED)
        except SpoolError as error:
            errors.add("", error.words)
            return _failed(errors, Exit.REFUSED)
    return _listed(files, found)


def _one(files: Sequence[Attachment], wanted: str, incident: Incident) -> Attachment:
    """By its id, else by its name where that is one file's alone. Raises UsageError."""
    hits = [file for file in files if file.id == wanted] or [file for file in files if file.name == wanted]
    if len(hits) > 1:
        raise UsageError(f"{len(hits)} files are called “{wanted}”; write one of the ids: {_ids(hits)}")
    if not hits:
        raise UsageError(f"{incident.ref} has no file “{wanted}”; there are: {_ids(files) or 'none'}")
    return hits[0]


def _ids(files: Sequence[Attachment]) -> str:
    return ", ".join(f"{file.id} ({file.name})" for file in files[:10])


async def _saved(engine: Engine, incident: Incident, file: Attachment, to: Path, files: Sequence[Attachment]) -> Answer:
    """Raises AdapterError, and SpoolError where something is there already."""
    target = await asyncio.to_thread(target_of, to, file.name)
    if await asyncio.to_thread(target.exists):
        raise SpoolError(f"{target} is there already; nothing is overwritten")
    content = await engine.file(incident.key, file.id)
    await asyncio.to_thread(save, content, target)
    answer = _listed(files, incident)
    answer.human = [plain.line(f"{target}: saved, {len(content)} bytes")]
    answer.more = {"saved": str(target)}
    return answer


def _listed(files: Sequence[Attachment], incident: Incident) -> Answer:
    rows = [
        [
            file.id,
            "" if file.size is None else str(file.size),
            "" if file.at is None else moments.rfc3339(file.at),
            file.by,
            file.name,
        ]
        for file in files
    ]
    human = table.lines(_COLUMNS, rows, table.terminal_width()) if rows else [f"no files hang on {incident.ref}"]
    return Answer(noun="files", payload=[json_out.file(file) for file in files], human=human, more={"saved": None})


def _failed(errors: Errors, code: Exit) -> Answer:
    return Answer(noun="files", payload=[], human=[], more={"saved": None}, errors=errors, code=code)
