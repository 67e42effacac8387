"""Prints how far an adapter can be relied on: `python -m vagt.adapters.conformance my_package.rig:make_rig`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

from vagt.adapters.conformance.catalogue import CHECKS
from vagt.adapters.conformance.checks import Check, Level
from vagt.adapters.conformance.report import MakeRig, Report, examine, made

_LEVELS = {level.name.lower(): level for level in Level if level}


class NoRig(Exception):
    """What was named gives no rig; the message says why."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vagt.adapters.conformance",
        description="Try everything that the console relies on, and say how far this adapter can be relied on.",
        epilog="Exit 0 where the level is reached, 1 where it is not, 2 where no rig is found.",
    )
    parser.add_argument("rig", metavar="MODULE:NAME", help="a class or (async) function that gives a new rig")
    parser.add_argument("--level", choices=_LEVELS, default="trusted", help="what is asked for (default: trusted)")
    parser.add_argument("--only", action="append", default=[], metavar="CHECK", help="this one; may be repeated")
    parser.add_argument("--limit", type=float, default=120.0, metavar="S", help="seconds for each check")
    return parser


def _maker(spec: str) -> MakeRig:
    module, colon, name = spec.partition(":")
    if not (module and colon and name):
        raise NoRig(f"“{spec}” is not MODULE:NAME")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise NoRig(str(error)) from error
    if not callable(found):
        raise NoRig(f"“{spec}” cannot be called")
    return cast(MakeRig, found)


def _chosen(names: Sequence[str]) -> tuple[Check, ...]:
    known = {check.name: check for check in CHECKS}
    for name in names:
        if name not in known:
            raise NoRig(f"no check is called “{name}”; there are: {', '.join(known)}")
    return tuple(known[name] for name in known if not names or name in names)


async def _report(rig: MakeRig, checks: tuple[Check, ...], limit: float) -> Report:
    first = await made(rig)
    adapter = first.manifest.name
    await first.close()
    return await examine(adapter, rig, checks=checks, limit=limit)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; the exit code comes back."""
    given = _parser().parse_args(argv)
    try:
        rig, checks = _maker(given.rig), _chosen(given.only)
    except NoRig as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    report = asyncio.run(_report(rig, checks, given.limit))
    print(report)  # noqa: T201
    if given.only:
        return int(any(finding.problem for finding in report.findings))
    return int(report.level < _LEVELS[given.level])


if __name__ == "__main__":
    sys.path.insert(0, "")
    sys.exit(main())
