"""The kit finds what is wrong with an adapter, at exactly the right place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.tiny.rig import TinyRig
from tests.adapters.tiny.service import Row
from tests.adapters.tiny.session import TinySession
from vagt.adapters.conformance import Fault, Level, Report, examine
from vagt.adapters.protocol import Account, Batch, Done, NotFoundError, Seen, UnavailableError
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.commands import Acknowledge, Assign, Command, Comment, Note, Resolve, SetPriority, Take
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry


async def report_on(session_type: type[TinySession]) -> Report:
    async def rig() -> TinyRig:
        return TinyRig(session_type)

    return await examine("tiny", rig, limit=20)


def failed(report: Report) -> set[str]:
    return {finding.check.name for finding in report.findings if finding.problem}


async def test_a_sound_adapter_is_trusted() -> None:
    report = await report_on(TinySession)
    assert failed(report) == set()
    assert report.level is Level.TRUSTED
    assert "tiny: level “trusted”" in str(report)
    skipped = {finding.check.name for finding in report.findings if finding.skipped}
    assert skipped == {
        "holding-works",
        "snoozing-works",
        "closing-works",
        "transitions-are-offered-and-work",
        "impact-and-urgency-can-be-set",
        "major-can-be-declared",
        "linking-works",
        "merging-leaves-the-other",
        "registering-works",
        "escalating-works",
    }


class LosesAPage(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        if after == 0 and batch.more:
            return replace(super()._full(began, int(batch.cursor.split(":")[2])), restart=True)
        return batch


class DoublesRows(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        return replace(batch, items=batch.items + batch.items)


class NeverEnds(TinySession):
    def _since(self, counter: int) -> Batch:
        return replace(super()._since(counter), more=True)


class ForgetsWhatLeft(TinySession):
    def _since(self, counter: int) -> Batch:
        batch = super()._since(counter)
        return replace(batch, items=tuple(item for item in batch.items if item.is_open))


class KeepsWhatIsGone(TinySession):
    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        found = await super().get(ids)
        missing = set(ids) - {incident.id for incident in found}
        ghosts = tuple(self.incident(Row(int(id), "a ghost", 1)) for id in missing)
        return (*found, *ghosts)


class MissesChanges(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if cursor is not None and cursor.startswith("since"):
            return Batch(cursor=cursor)
        return await super().changes(cursor)


class ManglesTitles(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        return replace(incident, title=incident.title.encode("ascii", "replace").decode())


class TellsLocalTime(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        assert incident.created_at
        return replace(incident, created_at=incident.created_at.replace(tzinfo=None))


class ClaimsTooMuch(TinySession):
    async def probe(self) -> Account:
        account = await super().probe()
        return replace(account, capabilities=Capabilities(account.capabilities.able | {Capability.MAJOR}))


class GivesNoReason(TinySession):
    async def probe(self) -> Account:
        account = await super().probe()
        return replace(account, capabilities=Capabilities(account.capabilities.able - {Capability.NOTE}))


class SwallowsConflicts(TinySession):
    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        return None


class SaysDoneAndDoesNothing(TinySession):
    def write(self, command: Command, row: Row) -> Row:
        return row if isinstance(command.change, SetPriority) else super().write(command, row)


class TakesWhenAcknowledging(TinySession):
    def write(self, command: Command, row: Row) -> Row:
        if isinstance(command.change, Acknowledge):
            return self.service.update(row.id, state="active", assignee="me")
        return super().write(command, row)


class PublishesNotes(TinySession):
    def write(self, command: Command, row: Row) -> Row:
        if isinstance(command.change, Note):
            return self.service.update(row.id, words=(*row.words, (command.change.text, True, "me", command.id)))
        return super().write(command, row)


class AcceptsAnybody(TinySession):
    def _assign(self, row: Row, team: str | None, to: str | None) -> Row:
        if to and to not in self.service.people:
            return row
        return super()._assign(row, team, to)


class DoesUndeclaredThings(TinySession):
    def write(self, command: Command, row: Row) -> Row:
        return super().write(command, row) if isinstance(command.change, _DECLARED) else row


class ForgetsWhatArrived(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return Seen.NO


class ComparesWordsOnly(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        assert command.subject and isinstance(command.change, Note)
        row = self.service.rows[int(command.subject.id)]
        return Seen.YES if any(said[0] == command.change.text for said in row.words) else Seen.NO


class SaysNothingWasSent(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        try:
            return await super().perform(command, expected)
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=False) from None


class EmptyWhenSignedOut(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.SIGNED_OUT in self.service.faults:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        return await super().changes(cursor)


class EmptyWhenNonsense(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.NONSENSE in self.service.faults:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        return await super().changes(cursor)


class HidesThrottling(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.THROTTLED in self.service.faults:
            raise UnavailableError("429")
        return await super().changes(cursor)


class LeaksItsToken(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.DOWN in self.service.faults:
            raise UnavailableError("GET https://tiny/?token=tok-canary-1 refused")
        return await super().changes(cursor)


class FindsAnything(TinySession):
    async def find(self, number: str) -> Incident:
        try:
            return await super().find(number)
        except NotFoundError:
            return self.incident(next(iter(self.service.rows.values())))


class IgnoresTheText(TinySession):
    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await super().directory(kind, "", within=within)


class TimelineBackwards(TinySession):
    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        entries = await super().timeline(id)
        early = replace(entries[-1], at=datetime.now(UTC) - timedelta(days=9999))
        return (*entries, early)


class BreaksWhenCancelled(TinySession):
    busy = False

    async def changes(self, cursor: str | None) -> Batch:
        if self.busy:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        self.busy = True
        batch = await super().changes(cursor)
        self.busy = False
        return batch


_DECLARED = (Acknowledge, Take, Assign, SetPriority, Note, Comment, Resolve)

PLANTED: list[tuple[type[TinySession], str]] = [
    (LosesAPage, "paging-loses-and-doubles-nothing"),
    (DoublesRows, "paging-loses-and-doubles-nothing"),
    (NeverEnds, "changes-arrive-by-increment"),
    (ForgetsWhatLeft, "changes-arrive-by-increment"),
    (KeepsWhatIsGone, "what-disappears-is-gone"),
    (MissesChanges, "changes-arrive-by-increment"),
    (ManglesTitles, "unicode-survives"),
    (TellsLocalTime, "listing-shows-what-is-there"),
    (ClaimsTooMuch, "probe-tells-who-we-are"),
    (GivesNoReason, "probe-tells-who-we-are"),
    (SwallowsConflicts, "a-stale-write-is-a-conflict"),
    (SaysDoneAndDoesNothing, "priority-can-be-set"),
    (TakesWhenAcknowledging, "acknowledging-works"),
    (PublishesNotes, "notes-stay-inside"),
    (AcceptsAnybody, "an-unknown-person-is-refused"),
    (DoesUndeclaredThings, "undeclared-verbs-are-refused"),
    (ForgetsWhatArrived, "a-lost-answer-is-found-out"),
    (ComparesWordsOnly, "the-same-words-twice-are-two"),
    (SaysNothingWasSent, "a-lost-answer-is-found-out"),
    (EmptyWhenSignedOut, "dead-credentials-are-signed-out"),
    (EmptyWhenNonsense, "nonsense-is-no-queue"),
    (HidesThrottling, "a-throttle-tells-its-wait"),
    (LeaksItsToken, "errors-keep-secrets"),
    (FindsAnything, "numbers-are-found"),
    (IgnoresTheText, "directories-narrow"),
    (TimelineBackwards, "timeline-is-in-order"),
    (BreaksWhenCancelled, "a-cancelled-listing-leaves-the-session-usable"),
]


@pytest.mark.parametrize(("faulty", "place"), PLANTED, ids=lambda value: getattr(value, "__name__", value))
async def test_a_planted_fault_is_found_where_it_is(faulty: type[TinySession], place: str) -> None:
    report = await report_on(faulty)
    assert place in failed(report)
    assert report.level < Level.TRUSTED


@pytest.mark.parametrize(
    "faulty",
    [ManglesTitles, GivesNoReason, AcceptsAnybody, LeaksItsToken, HidesThrottling, FindsAnything, IgnoresTheText],
    ids=lambda value: value.__name__,
)
async def test_a_small_fault_fails_nothing_else(faulty: type[TinySession]) -> None:
    assert failed(await report_on(faulty)) == {dict(PLANTED)[faulty]}


async def test_the_report_names_what_is_missing_for_the_next_level() -> None:
    text = str(await report_on(AcceptsAnybody))
    assert text.startswith("tiny: level “reads”")
    assert "For “acts” it still lacks:" in text
    assert "Assigning somebody who does not exist is an error in words" in text
