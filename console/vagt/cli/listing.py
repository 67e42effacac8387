"""`vagt list`: incidents, asked from the backends now."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from vagt.adapters.protocol import AdapterError
from vagt.cli import json_out, people, plain, table
from vagt.cli.answer import Answer, Output
from vagt.cli.clocks import with_deadlines
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import backend_names, load_settings, opened, words_of
from vagt.config.errors import did_you_mean
from vagt.config.settings import Settings, ViewSettings
from vagt.domain import durations
from vagt.domain.incident import Incident
from vagt.domain.ordering import Sort, parse_sort
from vagt.domain.query import Facts, Query, QueryError, parse
from vagt.domain.query_text import fold
from vagt.engine.engine import Engine

_ALL_LIMIT = 1000
"""Incidents asked from each backend for `--all` where no `--limit` says otherwise: the newest."""
_CSV_KEYS = (
    "ref", "backend", "id", "number", "title", "description", "state", "native_state", "priority", "impact", "urgency",
    "major", "team", "assignee", "assignee_name", "caller", "service", "category", "created_at", "updated_at",
    "acknowledged_at", "resolved_at", "closed_at", "url", "pending",
)  # fmt: skip
_FORMULA = tuple("=+-@＝＋－＠")
"""How a formula begins, the wide letters that some spreadsheets take for the same among them."""


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """The incidents that fit. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    backends = backend_names(settings, given.backend)
    view = _view(settings, given.view) if given.view is not None else None
    asked = _query(given.query or "")
    within = _query(view.query if view else "")
    query = (within.with_closed() if given.all and asked.asks_closed else within).both(asked)
    sort = _sort(given.sort if given.sort is not None else view.sort if view else "")
    errors = Errors()
    async with opened(settings, given, load=False) as engine:
        fetched = await asyncio.gather(*(_fetch(engine, name, given, errors) for name in backends))
        facts = _facts(engine)
        known = await with_deadlines(engine, [incident for part in fetched for incident in part])
        shown = [incident for incident in known if query.matches(incident, facts)]
        if not given.all:
            shown = [incident for incident in shown if incident.is_open]
        if view is not None and not query.wants_snoozed:
            shown = [incident for incident in shown if not _is_asleep(incident, facts)]
        shown.sort(key=sort.key())
        if given.limit is not None:
            shown = shown[: given.limit]
        pending = {incident.key: engine.unconfirmed(incident.key) for incident in shown}
    if not shown and not given.all and not errors and asked.asks_closed:
        output.note("note: resolved and closed incidents are listed with --all only")
    return _answer(given, shown, [pending[incident.key] for incident in shown], errors)


def _answer(given: argparse.Namespace, shown: list[Incident], pending: list[int], errors: Errors) -> Answer:
    now = datetime.now(UTC)
    payload = [json_out.incident(incident, count) for incident, count in zip(shown, pending, strict=True)]
    human: list[str] = []
    if not (given.json or given.csv):
        rows = [people.row(incident, count, now) for incident, count in zip(shown, pending, strict=True)]
        human = table.lines(people.COLUMNS, rows, table.terminal_width()) if rows else []
    return Answer(
        noun="incidents",
        payload=payload,
        human=human,
        errors=errors,
        code=Exit.UNREACHABLE if errors else Exit.DONE,
        raw=_csv(payload) if given.csv else None,
    )


async def _fetch(engine: Engine, backend: str, given: argparse.Namespace, errors: Errors) -> Sequence[Incident]:
    limit = max(given.limit or 0, _ALL_LIMIT) if given.all else None
    try:
        return await engine.fetch(backend, include_closed=given.all, limit=limit)
    except AdapterError as error:
        errors.add(backend, words_of(error))
        return ()


def _facts(engine: Engine) -> Facts:
    """What a query needs to know besides the incident; after the fetch, when the accounts are known."""
    names = [backend.name for backend in engine.settings.backends]
    return Facts(
        now=engine.clock.now(),
        me={name: engine.me(name) for name in names},
        teams={name: frozenset(map(fold, engine.my_teams(name))) for name in names},
        forgotten=durations.parse(engine.settings.console.forgotten),
        pending={intent.command.subject for intent in engine.intents() if intent.command.subject is not None},
        snoozed=engine.board.facts().snoozed,
    )


def _is_asleep(incident: Incident, facts: Facts) -> bool:
    until = facts.snoozed_until(incident)
    return until is not None and until > facts.now


def _view(settings: Settings, wanted: str) -> ViewSettings:
    views = settings.views
    for view in views:
        if view.name.casefold() == wanted.casefold():
            return view
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(views):
        return views[int(wanted) - 1]
    names = [view.name for view in views]
    raise UsageError(f"no view is called “{wanted}”; {did_you_mean(wanted, names, otherwise='there are')}")


def _query(text: str) -> Query:
    try:
        return parse(text)
    except QueryError as error:
        raise UsageError(f"the query “{text}” cannot be read: {error}") from error


def _sort(text: str) -> Sort:
    try:
        return parse_sort(text)
    except QueryError as error:
        raise UsageError(f"the order “{text}” cannot be read: {error}") from error


def _csv(payload: list[dict[str, Any]]) -> str:
    """A table that no spreadsheet takes for formulas (OWASP: CSV injection), and no terminal for orders."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([*_CSV_KEYS, "sla"])
    for incident in payload:
        clocks = "; ".join(
            f"{clock['name']} {clock['state']} {clock['due_at'] or ''}".rstrip() for clock in incident["sla"]
        )
        writer.writerow([_cell(incident[key]) for key in _CSV_KEYS] + [_cell(clocks)])
    return buffer.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = plain.block(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
