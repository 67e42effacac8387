"""`vagt adapters`: which kinds of system can be connected, and what one of them offers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from vagt.adapters.protocol import Manifest
from vagt.adapters.registry import AdapterInfo, BrokenAdapter, installed, manifest
from vagt.cli import plain, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Exit, UsageError
from vagt.config.errors import did_you_mean

_COLUMNS = (
    table.Column("NAME"),
    table.Column("SYSTEM", least=12),
    table.Column("PACKAGE", least=8),
    table.Column("SIGN IN", least=8),
    table.Column("OPTIONS", least=10),
)
_HINT = "Of another's package nothing runs here: “vagt adapters NAME” loads it and tells what it offers."


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Every installed adapter, nobody else's imported; or all about the named ones."""
    infos = installed()
    if given.names:
        known = {info.name: info for info in infos}
        for name in given.names:
            if name not in known:
                remedy = did_you_mean(name, known, otherwise="installed are")
                raise UsageError(f"no adapter is called “{name}”; {remedy}")
        infos = tuple(known[name] for name in dict.fromkeys(given.names))
    found = [_looked_at(info, load=bool(given.names) or info.is_ours) for info in infos]
    return Answer(
        noun="adapters",
        payload=[_json(*one) for one in found],
        human=list(_pages(found) if given.names else _list(found)),
        code=Exit.REFUSED if any(info.problem for info, _ in found) else Exit.DONE,
    )


_Found = tuple[AdapterInfo, Manifest | None]


def _looked_at(info: AdapterInfo, *, load: bool) -> _Found:
    """With its manifest where that may be loaded; a broken adapter with the reason."""
    if not load:
        return info, None
    try:
        return info, manifest(info.name)
    except BrokenAdapter as error:
        return AdapterInfo(info.name, info.distribution, info.version, str(error)), None


def _list(found: list[_Found]) -> Iterator[str]:
    rows = []
    for info, facts in found:
        package = f"{info.distribution} {info.version}"
        if facts is None:
            rows.append([info.name, "", package, "", ""])
        else:
            ways = ", ".join(way.name for way in facts.auth)
            rows.append([info.name, facts.title, package, ways, ", ".join(option.name for option in facts.options)])
    yield from table.lines(_COLUMNS, rows, table.terminal_width())
    yield from _problems(found)
    if any(facts is None and not info.problem for info, facts in found):
        yield _HINT


def _problems(found: list[_Found]) -> Iterator[str]:
    for info, _ in found:
        if info.problem:
            yield plain.line(f"{info.name}: {info.problem}")


def _pages(found: list[_Found]) -> Iterator[str]:
    for position, (info, facts) in enumerate(found):
        if position:
            yield ""
        if facts is None:
            yield from _problems([(info, None)])
            continue
        for label, text in _page(info, facts):
            yield f"{plain.line(label):8}{plain.line(text)}"
        yield from _problems([(info, facts)])


def _page(info: AdapterInfo, facts: Manifest) -> Iterator[tuple[str, str]]:
    yield "name", f"{info.name}: {facts.title}, from {info.distribution} {info.version}"
    if facts.needs_url:
        yield "url", facts.url_help or f"the address of {facts.title}"
    if facts.query_help:
        yield "query", facts.query_help
    for way in facts.auth:
        needs = [word for word, needed in (("username", way.needs_username), ("secret", way.needs_secret)) if needed]
        needs += way.needs_options
        yield "auth", f"{way.name} ({', '.join(needs) or 'needs nothing'}) {way.help}".rstrip()
    for option in facts.options:
        yield "option", f"{option.name} ({option.kind.value}{', required' if option.required else ''}): {option.help}"
    yield "can", ", ".join(sorted(capability.value for capability in facts.capabilities))
    for quirk in facts.quirks:
        yield "note", quirk


def _json(info: AdapterInfo, facts: Manifest | None) -> dict[str, Any]:
    """All keys always; null where the adapter was not loaded."""
    shown = {
        "name": info.name,
        "distribution": info.distribution,
        "version": info.version,
        "problem": info.problem or None,
        "loaded": facts is not None,
    }
    if facts is None:
        return shown | dict.fromkeys(
            ("title", "needs_url", "url", "query", "auth", "options", "capabilities", "quirks")
        )
    return shown | _manifest(facts)


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
                "needs_options": list(way.needs_options),
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
