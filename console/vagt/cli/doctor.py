"""`vagt doctor`: whether everything is in order here and with the backends, and what to do where it is not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vagt.checkup.bundle import Taken, write_bundle
from vagt.checkup.finding import Finding, Status, Trouble
from vagt.checkup.run import Bench, diagnose, verdict
from vagt.checkup.setup import read_config
from vagt.checkup.terminal import here
from vagt.cli import checks_text, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import backend_names
from vagt.config import paths
from vagt.config.operator import operator
from vagt.config.secrets import secret_of
from vagt.domain.aside import aside
from vagt.domain.clock import SystemClock

_CODES: dict[Trouble | Status, Exit] = {
    Trouble.CONFIG: Exit.USAGE,
    Trouble.HERE: Exit.REFUSED,
    Trouble.AWAY: Exit.UNREACHABLE,
    Status.WARNING: Exit.REFUSED,
    Status.OK: Exit.DONE,
}
_WIDEST = 100


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Check everything. Raises UsageError for a backend that is none, or a bundle that cannot be written."""
    read = read_config(getattr(given, "config", None))
    settings = read.settings
    chosen = backend_names(settings, given.backend) if settings else []
    backends = tuple(backend for backend in settings.backends if backend.name in chosen) if settings else ()
    folder = paths.data_folder(getattr(given, "data_dir", None))
    if not output.json and sys.stderr.isatty():
        output.note("checking …")
    bench = Bench(
        read=read,
        backends=backends,
        # one backend was asked for: then nothing else is looked at
        channels=settings.channels if settings and not given.backend else (),
        folder=folder,
        clock=SystemClock(),
        operator=operator(),
        secrets=secret_of,
        terminal=here(),
    )
    findings = await diagnose(bench)
    if settings is not None and settings.audiences and not given.backend:
        from vagt.cli import updates_check  # templates are there only for who writes to somebody

        findings = (*findings, *await aside(lambda: updates_check.findings(settings)))
    if settings is not None and not given.backend and (settings.rotas or settings.calendars or settings.escalations):
        from vagt.cli import duty_check  # rotas and zones are read only where there are such

        findings = (*findings, *await duty_check.findings(settings, bench.clock))
    lines = checks_text.lines(findings, min(table.terminal_width(), _WIDEST))
    if given.bundle is not None:
        lines += await _bundled(given.bundle, bench, findings)
    return Answer(
        noun="checks",
        payload=[_check(finding) for finding in findings],
        human=lines,
        # for people the lines themselves say it
        errors=_away(findings) if output.json else Errors(),
        code=_CODES[verdict(settings, findings)],
    )


async def _bundled(path: Path, bench: Bench, findings: Sequence[Finding]) -> list[str]:
    taken = Taken(
        settings=bench.read.settings,
        config=bench.read.path,
        folder=bench.folder,
        findings=tuple(findings),
        now=bench.clock.now(),
        operator=bench.operator,
    )
    try:
        await write_bundle(path, taken)
    except FileExistsError:
        raise UsageError(f"{path} exists already; name another file for the bundle") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}; name another file") from error
    return ["", f"Written: {path}. No secret is in it; read it through before you send it to anybody."]


def _check(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "backend": finding.backend or None,
        "status": finding.status.value,
        "message": finding.message,
        "remedy": finding.remedy or None,
        "details": list(finding.details),
    }


def _away(findings: Sequence[Finding]) -> Errors:
    errors = Errors()
    for finding in findings:
        if finding.status is Status.PROBLEM and finding.trouble is Trouble.AWAY:
            errors.add(finding.backend, f"{finding.name}: {finding.message}")
    return errors
