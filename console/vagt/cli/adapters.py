"""`vagt adapters`: which backends can be connected, and what each offers."""

from __future__ import annotations

import argparse
from typing import Any

from vagt.adapters.protocol import Manifest
from vagt.adapters.registry import AdapterInfo, BrokenAdapter, installed, manifest
from vagt.cli import plain, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Exit

_COLUMNS = (
    table.Column("NAME"),
    table.Column("SYSTEM", least=12),
    table.Column("PACKAGE", least=8),
    table.Column("SIGN IN", least=8),
    table.Column("OPTIONS", least=10),
)


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Every installed adapter; a broken one is told with its reason."""
    payload: list[dict[str, Any]] = []
    rows = []
    broken = False
    for info in installed():
        try:
            facts = manifest(info.name)
        except BrokenAdapter as error:
            broken = True
            payload.append(_facts(info) | {"problem": str(error)})
            rows.append([info.name, plain.line(str(error)), f"{info.distribution} {info.version}", "", ""])
            continue
        payload.append(_facts(info) | _manifest(facts) | {"problem": None})
        ways = ", ".join(way.name for way in facts.auth)
        options = ", ".join(option.name for option in facts.options)
        rows.append([info.name, facts.title, f"{info.distribution} {info.version}", ways, options])
    return Answer(
        noun="adapters",
        payload=payload,
        human=table.lines(_COLUMNS, rows, table.terminal_width()),
        code=Exit.REFUSED if broken else Exit.DONE,
    )


def _facts(info: AdapterInfo) -> dict[str, Any]:
    return {"name": info.name, "distribution": info.distribution, "version": info.version}


def _manifest(facts: Manifest) -> dict[str, Any]:
    return {
        "title": facts.title,
        "needs_url": facts.needs_url,
        "url": facts.url_help,
        "query": facts.query_help,
        "auth": [
            {
                "name": way.name,
                "needs_username": way.needs_username,
                "needs_secret": way.needs_secret,
                "help": way.help,
            }
            for way in facts.auth
        ],
        "options": [
            {
                "name": option.name,
                "kind": option.kind.value,
                "help": option.help,
                "default": option.default,
                "required": option.required,
                "choices": list(option.choices),
            }
            for option in facts.options
        ],
        "capabilities": sorted(capability.value for capability in facts.capabilities),
        "quirks": list(facts.quirks),
    }
