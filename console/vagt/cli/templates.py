"""`vagt templates`: which message templates there are, what they ask for, and whether they work."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from vagt.cli import plain, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings
from vagt.comms import check, library
from vagt.comms.audiences import problems_of
from vagt.comms.library import Library
from vagt.comms.template import Template
from vagt.config.errors import did_you_mean
from vagt.config.settings import Settings

_COLUMNS = (
    table.Column("NAME"),
    table.Column("FOR"),
    table.Column("LANGUAGE"),
    table.Column("FROM"),
    table.Column("NEEDS", least=12),
    table.Column("WHAT FOR", least=20),
)


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """List, show or check. Raises UsageError and ConfigError."""
    settings = load_settings(given, output)
    known = library.load(settings.path)
    chosen = _chosen(known, given)
    if given.do == "check":
        return _checked(chosen, known, settings)
    for words in known.problems:
        output.note(f"note: {words}")
    if given.do == "show":
        if not given.name:
            raise UsageError("“templates show” needs a name; “vagt templates list” tells them")
        return Answer(
            noun="templates",
            payload=[{**_json(one), "subject": one.subject, "body": one.body} for one in chosen],
            human=[line for one in chosen for line in _shown(one)],
        )
    rows = [
        [one.name, one.side.value, one.language, _source(one), ", ".join(_needed(one)), one.title] for one in chosen
    ]
    return Answer(
        noun="templates",
        payload=[_json(one) for one in chosen],
        human=table.lines(_COLUMNS, rows, table.terminal_width()) if rows else [],
    )


def _chosen(known: Library, given: argparse.Namespace) -> list[Template]:
    if given.name and given.name not in known.names():
        remedy = did_you_mean(given.name, known.names(), otherwise="there are")
        raise UsageError(f"no template is called “{given.name}”; {remedy}")
    if given.language and given.language not in known.languages:
        remedy = did_you_mean(given.language, known.languages, otherwise="there are templates in")
        raise UsageError(f"no template is in “{given.language}”; {remedy}")
    return [
        one
        for one in known.all()
        if (not given.name or one.name == given.name) and (not given.language or one.language == given.language)
    ]


def _needed(one: Template) -> list[str]:
    return [name for name in one.asks if name in one.needs]


def _source(one: Template) -> str:
    return "Vagt" if one.shipped else one.path


def _json(one: Template) -> dict[str, Any]:
    return {
        "name": one.name,
        "for": one.side.value,
        "language": one.language,
        "title": one.title,
        "asks": list(one.asks),
        "needs": _needed(one),
        "source": _source(one),
    }


def _shown(one: Template) -> list[str]:
    asks = ", ".join(f"{name}!" if name in one.needs else name for name in one.asks)
    return [
        plain.line(f"{one.name}, {one.side.value}, {one.language}: {one.title} ({_source(one)})"),
        plain.line(f"asks: {asks or 'nothing'}"),
        plain.line(f"subject: {one.subject}"),
        "",
        *(f"  {line}".rstrip() for line in plain.block(one.body).split("\n")),
        "",
    ]


def _checked(chosen: Sequence[Template], known: Library, settings: Settings) -> Answer:
    found = [check.check(one, known, settings) for one in chosen]
    own = [name.name for one in known.all() for name in one.own]
    general = (*known.problems, *problems_of(settings, own))
    errors = Errors()
    for words in general:
        errors.add("", words)
    human = []
    for one in found:
        head = f"{one.template.name} {one.template.side.value} {one.template.language}"
        human.append(plain.line(f"{head}: " + "; ".join((*(one.problems or ("ok",)), *one.withheld))))
    bad = sum(bool(one.problems) for one in found)
    count = f"{len(found)} templates" if len(found) != 1 else "1 template"
    human.append(f"{count}, {bad} with problems" if bad else f"{count}, all in order")
    return Answer(
        noun="templates",
        payload=[
            {
                **_json(one.template),
                "problems": list(one.problems),
                "withheld": list(one.withheld),
                "longest": one.longest,
            }
            for one in found
        ],
        human=human,
        errors=errors,
        code=Exit.USAGE if bad or errors else Exit.DONE,
    )
