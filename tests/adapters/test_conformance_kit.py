"""The kit finds what is wrong with an adapter, at exactly the right place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.tiny.faults import PLANTED, AcceptsAnybody, Hammers, Planted
from tests.adapters.tiny.rig import TinyRig
from tests.adapters.tiny.session import TinySession
from vagt.adapters.conformance import CHECKS, BaseRig, Level, Report, examine
from vagt.adapters.conformance.__main__ import main
from vagt.adapters.protocol import Connection, Manifest
from vagt.config.settings import BackendSettings
from vagt.domain.capability import Capability
from vagt.domain.clock import SystemClock
from vagt.domain.priority import PriorityMatrix

UNDECLARED = {"undeclared-verbs-are-refused", "undeclared-files-are-refused"}
"""The checks of what an adapter does not declare."""


async def report_on(session_type: type[TinySession], *, crowd: int = 0) -> Report:
    return await examine("tiny", lambda: TinyRig(session_type, crowd=crowd), limit=20)


def failed(report: Report) -> set[str]:
    return {finding.check.name for finding in report.findings if finding.problem}


class BigPages(TinySession):
    page = 500


class OnlyReads(TinySession):
    manifest = Manifest(
        name="tiny", title="Tiny", session="a:b", auth=TinySession.manifest.auth, capabilities=frozenset()
    )


async def test_a_sound_adapter_is_trusted_also_with_ten_thousand_incidents() -> None:
    report = await report_on(BigPages, crowd=10_000)
    assert failed(report) == set()
    assert report.level is Level.TRUSTED
    assert str(report).endswith("tiny: level “trusted”")
    assert {finding.check.name for finding in report.findings if finding.skipped} == UNDECLARED


class OnlyResolves(TinySession):
    manifest = replace(OnlyReads.manifest, capabilities=frozenset({Capability.RESOLVE, Capability.HOLD}))


async def test_an_adapter_is_asked_for_nothing_else_than_it_declares() -> None:
    report = await report_on(OnlyResolves)
    assert failed(report) == set()
    done = {finding.check.name for finding in report.findings if not finding.skipped}
    assert {"resolving-works", "holding-works"} <= done


async def test_an_adapter_without_pages_says_so() -> None:
    class AllAtOnce(TinyRig):
        def __init__(self) -> None:
            super().__init__(BigPages, crowd=200)
            self.page_size = 0

    report = await examine("tiny", AllAtOnce, limit=20)
    assert (failed(report), report.level) == (set(), Level.TRUSTED)


async def test_an_adapter_that_declares_nothing_is_asked_for_nothing() -> None:
    report = await report_on(OnlyReads)
    assert failed(report) == set()
    skipped = {finding.check.name for finding in report.findings if finding.skipped}
    acts = {check.name for check in CHECKS if check.level is Level.ACTS}
    assert acts - skipped == UNDECLARED


@pytest.mark.parametrize("planted", PLANTED, ids=str)
async def test_a_planted_fault_is_found_where_it_is_and_nowhere_else(planted: Planted) -> None:
    report = await report_on(planted.adapter, crowd=planted.crowd)
    assert failed(report) == set(planted.fails)
    (meant,) = [check for check in CHECKS if check.name == planted.fails[0]]
    assert report.level < meant.level


def test_each_check_is_failed_by_an_adapter_that_is_meant_to() -> None:
    assert {planted.fails[0] for planted in PLANTED} == {check.name for check in CHECKS}


async def test_the_report_names_what_is_missing_for_the_next_level() -> None:
    text = str(await report_on(AcceptsAnybody))
    assert "tiny: level “reads”" in text
    assert "For “acts” it still lacks:" in text
    assert "an-unknown-person-is-refused: Assigning somebody who does not exist is an error in words" in text


async def test_the_report_says_what_the_rig_could_not_show() -> None:
    class Blind(TinyRig):
        requests = BaseRig.requests
        inject = BaseRig.inject
        remove = BaseRig.remove

    report = await examine("tiny", Blind, limit=20)
    assert (report.level, failed(report)) == (Level.TRUSTED, set())
    unproved = {finding.check.name for finding in report.unproved}
    assert {"what-disappears-is-gone", "a-quiet-poll-costs-little", "a-lost-answer-is-found-out"} <= unproved
    assert f"as far as this rig can show ({len(unproved)} marked ? not tried)" in str(report)


async def test_a_rig_is_closed_after_each_check_and_a_failed_assertion_is_a_problem() -> None:
    closed = []

    class Breaks(TinyRig):
        async def close(self) -> None:
            closed.append(self)

        async def finish(self, id: str) -> None:
            raise AssertionError

    report = await examine("tiny", Breaks, limit=20)
    assert len(closed) == len(CHECKS)
    assert report.level is Level.NONE
    assert "closing-works" in failed(report)


async def test_a_check_that_does_not_end_is_a_problem() -> None:
    class Hangs(TinySession):
        async def find(self, number: str) -> object:  # type: ignore[override]
            await SystemClock().sleep(60)
            raise AssertionError

    only = tuple(check for check in CHECKS if check.name == "numbers-are-found")
    report = await examine("tiny", lambda: TinyRig(Hangs), checks=only, limit=0.05)
    assert report.findings[0].problem == "no end within 0.05 s"


class HammeringRig(TinyRig):
    """Found by its name from the command line."""

    def __init__(self) -> None:
        super().__init__(Hammers)


def test_the_report_is_printed_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    here = "tests.adapters.test_conformance_kit"
    assert main(["tests.adapters.tiny.rig:TinyRig"]) == 0
    assert "tiny: level “trusted”" in capsys.readouterr().out
    assert main([f"{here}:HammeringRig"]) == 1
    assert "a-throttled-backend-is-left-alone: Asked again" in capsys.readouterr().out
    assert main([f"{here}:HammeringRig", "--level", "acts"]) == 0
    assert main([f"{here}:HammeringRig", "--only", "a-throttled-backend-is-left-alone"]) == 1
    assert main([f"{here}:HammeringRig", "--only", "unicode-survives"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["nowhere"], "not MODULE:NAME"),
        (["no.such.module:rig"], "No module named"),
        (["tests.adapters.tiny.rig:nope"], "nope"),
        (["tests.adapters.tiny.session:ME"], "cannot be called"),
        (["tests.adapters.tiny.rig:TinyRig", "--only", "x"], "no check is called “x”"),
    ],
)
def test_a_rig_that_is_not_there_is_told_in_words(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert words in capsys.readouterr().err


def test_a_connection_does_not_show_its_secret() -> None:
    async def secret() -> str:
        return "tok-canary-1"

    connection = Connection(
        settings=BackendSettings(name="a", adapter="tiny"),
        secret=secret,
        clock=SystemClock(),
        matrix=PriorityMatrix(),
        data_dir=Path(),
        operator="me",
    )
    assert "tok-canary-1" not in repr(connection)
