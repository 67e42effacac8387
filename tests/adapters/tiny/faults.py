"""Adapters to the service in memory with one fault each, and where the kit must find it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.adapters.tiny.service import Row, Service
from tests.adapters.tiny.session import MANIFEST, TinySession
from vagt.adapters.conformance import Fault
from vagt.adapters.protocol import (
    Account,
    Attachment,
    Batch,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Seen,
    ThrottledError,
    Transition,
    UnavailableError,
)
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.incident import Incident, LinkKind
from vagt.domain.timeline import TimelineEntry


@dataclass(frozen=True)
class Planted:
    """An adapter with a fault, and exactly the checks that fail because of it; the first is the one that is meant."""

    adapter: type[TinySession]
    fails: tuple[str, ...]
    crowd: int = 0

    def __str__(self) -> str:
        return self.adapter.__name__


PLANTED: list[Planted] = []


def fails(*checks: str, crowd: int = 0) -> Callable[[type[TinySession]], type[TinySession]]:
    def planted(adapter: type[TinySession]) -> type[TinySession]:
        PLANTED.append(Planted(adapter, checks, crowd))
        return adapter

    return planted


# The queue


@fails("paging-loses-and-doubles-nothing", "paging-holds-while-rows-change")
class LosesAPage(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        if after == 0 and batch.more:
            return replace(super()._full(began, int(batch.cursor.split(":")[2])), restart=True)
        return batch


@fails("paging-loses-and-doubles-nothing")
class DoublesRows(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        return replace(batch, items=batch.items + batch.items)


@fails("paging-holds-while-rows-change")
class BeginsItsIncrementsTooLate(TinySession):
    """What changed behind the page that is being read is told by nobody."""

    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        return batch if batch.more or after == 0 else replace(batch, cursor=f"since:0:{self.service.counter}")


@fails(
    "changes-arrive-by-increment",
    "paging-holds-while-rows-change",
    "cursor-outlives-the-session",
    "what-disappears-is-gone",
    "a-quiet-poll-costs-little",
)
class NeverEnds(TinySession):
    def _since(self, counter: int) -> Batch:
        return replace(super()._since(counter), more=True)


@fails("changes-arrive-by-increment", "paging-holds-while-rows-change")
class ForgetsWhatLeft(TinySession):
    def _since(self, counter: int) -> Batch:
        batch = super()._since(counter)
        return replace(batch, items=tuple(item for item in batch.items if item.is_open))


@fails("changes-arrive-by-increment", "paging-holds-while-rows-change", "cursor-outlives-the-session")
class MissesChanges(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if cursor is not None and cursor.startswith("since"):
            await self._reach()
            return Batch(cursor=cursor)
        return await super().changes(cursor)


@fails("cursor-outlives-the-session")
class KeepsItsCursorToItself(TinySession):
    """The text means something to the session that gave it only."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.given: set[str] = set()

    async def changes(self, cursor: str | None) -> Batch:
        if cursor is not None and cursor not in self.given:
            await self._reach()
            return Batch(cursor=cursor)
        batch = await super().changes(cursor)
        self.given.add(batch.cursor)
        return batch


@fails("what-disappears-is-gone")
class KeepsWhatIsGone(TinySession):
    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        found = await super().get(ids)
        missing = {id for id in ids if id.isdecimal()} - {incident.id for incident in found}
        ghosts = tuple(self.incident(Row(int(id), "a ghost", 1)) for id in missing)
        return (*found, *ghosts)

    async def find(self, number: str) -> Incident:
        if not await super().get([number]):
            raise NotFoundError(number)
        return await super().find(number)


@fails("listing-shows-what-is-there")
class TellsLocalTime(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        assert incident.created_at
        return replace(incident, created_at=incident.created_at.replace(tzinfo=None))


@fails("a-listing-agrees-with-a-read")
class HasAnotherVersionInTheListing(TinySession):
    """Each action from the queue would be a conflict with nobody."""

    async def changes(self, cursor: str | None) -> Batch:
        batch = await super().changes(cursor)
        return replace(batch, items=tuple(replace(item, version=f"v{item.version}") for item in batch.items))


@fails("unicode-survives", "long-titles-survive", "registering-works")
class ManglesTitles(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        return replace(incident, title=incident.title.encode("ascii", "replace").decode())


@fails("long-titles-survive")
class CutsTitles(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        return replace(incident, title=incident.title[:100])


@fails("a-cancelled-listing-leaves-the-session-usable")
class BreaksWhenCancelled(TinySession):
    busy = False

    async def changes(self, cursor: str | None) -> Batch:
        if self.busy:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        self.busy = True
        try:
            batch = await super().changes(cursor)
        except Exception:
            self.busy = False
            raise
        self.busy = False
        return batch


@fails("a-crowd-is-listed-in-time", crowd=500)
class AsksForEachRow(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        self.service.requests += len(batch.items)
        return batch


@fails("a-crowd-is-listed-in-time", crowd=500)
class StopsAtAHundred(TinySession):
    def _full(self, began: int, after: int) -> Batch:
        batch = super()._full(began, after)
        return replace(batch, more=False, complete=True, cursor=f"since:0:{began}") if after > 100 else batch


# What is asked


@fails("manifest-is-sound")
class NamesAWayTwice(TinySession):
    manifest = replace(MANIFEST, auth=MANIFEST.auth * 2)


@fails("manifest-is-sound")
class NeedsAnOptionThatIsNone(TinySession):
    manifest = replace(MANIFEST, auth=(replace(MANIFEST.auth[0], needs_options=("client_id",)),))


@fails("probe-tells-who-we-are")
class GivesNoReason(TinySession):
    async def probe(self) -> Account:
        account = await super().probe()
        return replace(account, capabilities=Capabilities(account.capabilities.able - {Capability.SNOOZE}))


@fails("probe-tells-who-we-are", "undeclared-verbs-are-refused")
class LiesAboutItsAbilities(TinySession):
    manifest = replace(MANIFEST, capabilities=MANIFEST.capabilities - {Capability.MAJOR})

    async def probe(self) -> Account:
        account = await super().probe()
        return replace(account, capabilities=Capabilities(account.capabilities.able | {Capability.MAJOR}))

    def allow(self, command: Command) -> None:
        if not isinstance(command.change, SetMajor):
            super().allow(command)


@fails("numbers-are-found", "awkward-questions-are-answered")
class FindsAnything(TinySession):
    async def find(self, number: str) -> Incident:
        try:
            return await super().find(number)
        except NotFoundError:
            return self.incident(next(iter(self.service.rows.values())))


@fails("awkward-questions-are-answered")
class ChokesOnQuotes(TinySession):
    async def find(self, number: str) -> Incident:
        if "'" in number:
            raise ProtocolError('500 near "\'": syntax error')
        return await super().find(number)


@fails("closed-ones-are-searched-on-request")
class SearchesOpenOnesOnly(TinySession):
    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return await super().search(include_closed=False, limit=limit)


@fails("timeline-is-in-order")
class TimelineBackwards(TinySession):
    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        entries = await super().timeline(id)
        early = replace(entries[-1], at=datetime.now(UTC) - timedelta(days=9999))
        return (*entries, early)


@fails("directories-narrow", "awkward-questions-are-answered")
class IgnoresTheText(TinySession):
    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await super().directory(kind, "", within=within)


@fails("who-is-on-call-is-told")
class TellsEveryTeamsTurns(TinySession):
    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return await super().oncall(None)


@fails("deadlines-are-told")
class NamesNoClock(TinySession):
    def incident(self, row: Row) -> Incident:
        incident = super().incident(row)
        return replace(incident, sla=tuple(replace(clock, name="") for clock in incident.sla))


# What is done


class _Instead(TinySession):
    """Does something else for one kind of change."""

    def instead(self, command: Command, row: Row) -> Row | None:
        raise NotImplementedError

    def write(self, command: Command, row: Row) -> Row:
        done = self.instead(command, row)
        return super().write(command, row) if done is None else done


@fails("acknowledging-works")
class TakesWhenAcknowledging(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        if isinstance(command.change, Acknowledge) and row.is_open:
            return self.service.update(row.id, state="active", assignee="me")
        return None


@fails("what-is-over-is-not-acknowledged")
class ReopensWhenAcknowledging(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        if isinstance(command.change, Acknowledge):
            return self.service.update(row.id, state="active", assignee=row.assignee or "me")
        return None


@fails("taking-works")
class TakesFromNobodyElse(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return row if isinstance(command.change, Take) and row.assignee else None


@fails("assigning-a-person-works")
class NeverReleases(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return row if isinstance(command.change, Assign) and command.change.to == "" else None


@fails("assigning-a-team-works")
class StaysInItsTeam(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return row if isinstance(command.change, Assign) and command.change.team else None


@fails("an-unknown-person-is-refused")
class AcceptsAnybody(TinySession):
    def _assign(self, row: Row, team: str | None, to: str | None) -> Row:
        if to and to not in self.service.people:
            return row
        return super()._assign(row, team, to)


@fails("priority-can-be-set")
class SaysDoneAndDoesNothing(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return row if isinstance(command.change, SetPriority) and command.change.priority else None


@fails("impact-and-urgency-can-be-set")
class ForgetsUrgency(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        if isinstance(command.change, SetPriority) and command.change.impact:
            return self.service.update(row.id, impact=command.change.impact)
        return None


@fails("holding-works")
class HoldsNothing(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id) if isinstance(command.change, Hold) else None


@fails("snoozing-works")
class ClosesWhatIsSnoozed(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id, state="resolved") if isinstance(command.change, Snooze) else None


@fails("resolving-works", "transitions-work-as-their-verbs")
class ResolvesNothing(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id) if isinstance(command.change, Resolve) else None


@fails("closing-works")
class ClosesNothing(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id) if isinstance(command.change, Close) else None


@fails("transitions-are-offered-and-work")
class MovesAlwaysToTheSame(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id, state="active") if isinstance(command.change, MoveTo) else None


@fails("transitions-are-offered-and-work")
class OffersNoTransition(TinySession):
    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return ()


@fails("notes-stay-inside")
class PublishesNotes(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.say(row, command.change.text, True, command.id) if isinstance(command.change, Note) else None


@fails("comments-go-outside")
class HidesComments(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.say(row, command.change.text, False, command.id) if isinstance(command.change, Comment) else None


@fails("long-words-stay-whole")
class CutsLongWords(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        change = command.change
        return self.say(row, change.text[:1000], False, command.id) if isinstance(change, Note) else None


@fails("long-words-stay-whole")
class StripsLines(TinySession):
    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        return tuple(
            replace(entry, text="\n".join(line.strip() for line in entry.text.splitlines()))
            for entry in await super().timeline(id)
        )


@fails("major-can-be-declared")
class StaysMajor(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return row if isinstance(command.change, SetMajor) and not command.change.on else None


@fails("linking-works")
class LinksFromTheOtherSide(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        change = command.change
        if isinstance(change, LinkTo) and change.kind is LinkKind.RELATED:
            self.service.update(int(change.other), related=(row.id,))
            return row
        return None


@fails("merging-leaves-the-other")
class MergesTheWrongWay(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        change = command.change
        if isinstance(change, LinkTo) and change.kind is LinkKind.DUPLICATE:
            self.service.update(int(change.other), state="closed")
            return row
        return None


@fails("registering-works")
class TellsNotWhatItRegistered(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        done = await super().perform(command, expected)
        return Done() if isinstance(command.change, Create) else done


@fails("escalating-works")
class LosesTheReason(_Instead):
    def instead(self, command: Command, row: Row) -> Row | None:
        return self.service.update(row.id) if isinstance(command.change, Escalate) else None


# What is refused


@fails("undeclared-verbs-are-refused")
class DoesUndeclaredThings(TinySession):
    manifest = replace(MANIFEST, capabilities=MANIFEST.capabilities - {Capability.SNOOZE, Capability.ESCALATE})

    def allow(self, command: Command) -> None:
        return None


@fails("undeclared-verbs-are-refused")
class AssignsATeamAllTheSame(TinySession):
    """Half of a verb is declared, and the other half done as well."""

    manifest = replace(MANIFEST, capabilities=MANIFEST.capabilities - {Capability.ASSIGN_TEAM})

    def allow(self, command: Command) -> None:
        if not isinstance(command.change, Assign):
            super().allow(command)


@fails("what-is-required-is-asked-for")
class RequiresNothing(TinySession):
    def check(self, command: Command) -> None:
        return None


@fails("what-is-required-is-asked-for")
class NamesFieldsOfItsOwn(TinySession):
    def check(self, command: Command) -> None:
        try:
            super().check(command)
        except InvalidError as error:
            raise InvalidError(error.words, (("u_resolution_notes", "is missing"),)) from None


@fails("what-is-gone-is-not-found")
class WritesOnWhatIsGone(TinySession):
    def found(self, command: Command) -> Row:
        try:
            return super().found(command)
        except NotFoundError:
            raise UnavailableError("500 no such row") from None


@fails("a-stale-write-is-a-conflict")
class SwallowsConflicts(TinySession):
    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        return None


@fails("a-stale-write-is-a-conflict")
class ShowsItsOwnAsTheirs(TinySession):
    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        try:
            super().compare(command, expected, row)
        except ConflictError as error:
            assert command.base
            raise ConflictError(error.words, command.base) from None


@fails("words-never-conflict")
class ComparesWordsToo(TinySession):
    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        if expected is not None and expected != str(row.changed):
            raise ConflictError("it changed meanwhile", self.incident(row))


# What fails


@fails("a-backend-that-is-down-is-unavailable")
class FearsThatItWasSent(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        try:
            return await super().perform(command, expected)
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=True) from None


@fails("dead-credentials-are-signed-out")
class EmptyWhenSignedOut(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.SIGNED_OUT in self.service.faults:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        return await super().changes(cursor)


@fails("what-is-not-allowed-is-forbidden")
class TakesARefusalForAnInvalidOne(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        if Fault.FORBIDDEN in self.service.faults:
            raise InvalidError("403")
        return await super().perform(command, expected)


@fails("nonsense-is-no-queue")
class EmptyWhenNonsense(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.NONSENSE in self.service.faults:
            return Batch(cursor="since:0:0", complete=True, restart=True)
        return await super().changes(cursor)


@fails("trouble-keeps-secrets")
class LeaksItsTokenInAnError(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.DOWN in self.service.faults:
            raise UnavailableError("GET https://tiny/?token=tok-canary-1 refused")
        return await super().changes(cursor)


@fails("trouble-keeps-secrets")
class LeaksItsTokenInACause(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.DOWN in self.service.faults:
            try:
                raise OSError("Authorization: Bearer tok-canary-1")
            except OSError as error:
                raise UnavailableError("refused") from error
        return await super().changes(cursor)


@fails("trouble-keeps-secrets")
class LogsItsToken(TinySession):
    async def _reach(self, *, reading: bool = True) -> None:
        logging.getLogger("tiny").debug("GET / with Bearer %s", "tok-canary-1")
        await super()._reach(reading=reading)


@fails("objects-keep-secrets")
class ShowsItsToken(TinySession):
    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.headers = {"Authorization": "Bearer tok-canary-1"}


# Once and only once


@fails("a-lost-answer-is-found-out", "a-lost-change-is-found-out", "a-lost-registration-is-found-out")
class SaysNothingWasSent(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        try:
            return await super().perform(command, expected)
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=False) from None


@fails("a-lost-answer-is-found-out")
class ForgetsItsWords(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        answer = await super().seen(command, first_tried)
        return Seen.UNKNOWN if isinstance(command.change, Note) and answer is Seen.YES else answer


@fails("a-lost-change-is-found-out")
class ForgetsWhatItChanged(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return Seen.NO if isinstance(command.change, Assign) else await super().seen(command, first_tried)


@fails("a-lost-registration-is-found-out")
class ForgetsWhatItRegistered(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return Seen.NO if isinstance(command.change, Create) else await super().seen(command, first_tried)


@fails("a-write-that-cannot-be-read-back-is-not-refused")
class BelievesTheReadingBack(TinySession):
    async def perform(self, command: Command, expected: str | None) -> Done:
        done = await super().perform(command, expected)
        if done.incident is not None:
            await self.get([done.incident.id])
        return done


@fails("a-write-that-cannot-be-read-back-is-not-refused")
class DeniesWhatItCouldNotReadBack(TinySession):
    """It knows that the write may have arrived, and looks for it in what it read before."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.unread: set[str] = set()

    async def perform(self, command: Command, expected: str | None) -> Done:
        done = await super().perform(command, expected)
        try:
            await self._reach()
        except (UnavailableError, ForbiddenError, ThrottledError) as error:
            self.unread.add(command.id)
            raise UnavailableError(error.words, sent=True) from None
        return done

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return Seen.NO if command.id in self.unread else await super().seen(command, first_tried)


@fails("what-never-left-was-not-seen")
class TakesAnyChangeForItsOwn(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        assert command.base or isinstance(command.change, Create)
        if isinstance(command.change, Note) and command.base and command.subject:
            (now,) = await self.get([command.subject.id])
            return Seen.YES if now.version != command.base.version else Seen.UNKNOWN
        return await super().seen(command, first_tried)


@fails("the-same-words-twice-are-two")
class ComparesWordsOnly(TinySession):
    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        if command.subject and isinstance(command.change, Note):
            row = self.service.rows[int(command.subject.id)]
            return Seen.YES if any(said[0] == command.change.text for said in row.words) else Seen.NO
        return await super().seen(command, first_tried)


@fails("a-write-cancelled-half-way-is-whole-or-nothing")
class DeniesWhatWasCancelled(TinySession):
    """The write goes on after the call was cancelled, and nobody remembers it."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.remembered: set[str] = set()

    async def perform(self, command: Command, expected: str | None) -> Done:
        writing = asyncio.ensure_future(super().perform(command, expected))
        try:
            return await asyncio.shield(writing)
        finally:
            if writing.done():
                self.remembered.add(command.id)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        arrived = await super().seen(command, first_tried)
        return arrived if command.id in self.remembered else Seen.NO


@fails("a-race-has-one-answer")
class TakesALostRaceForDone(TinySession):
    """Who comes second is told that all is well."""

    async def perform(self, command: Command, expected: str | None) -> Done:
        self.compare(command, expected, self.found(command))
        try:
            return await super().perform(command, expected)
        except ConflictError as error:
            return Done(error.theirs)


@fails("transitions-work-as-their-verbs")
class AsksForWordsByAnotherName(TinySession):
    async def transitions(self, id: str) -> tuple[Transition, ...]:
        start, solve = await super().transitions(id)
        return (start, replace(solve, fields=tuple(replace(spec, name="how") for spec in solve.fields)))


# Files


@fails("files-stay-whole", "a-lost-file-is-found-out")
class CutsFiles(TinySession):
    async def attached(self, id: str, attachment: str) -> bytes:
        return (await super().attached(id, attachment)).rstrip(b"end").rstrip(b"\x00")


@fails("files-stay-whole", "a-lost-file-is-found-out")
class TakesFilesForText(TinySession):
    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        return await super().attach(id, name, content.replace(b"\r\n", b"\n"))


@fails("files-stay-whole", "files-that-are-not-there-are-not-found")
class ShowsFilesEverywhere(TinySession):
    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        known = [await TinySession.attachments(self, str(other)) for other in self.service.rows]
        return tuple(file for files in known for file in files)


@fails("files-that-are-not-there-are-not-found")
class GivesAnyFile(TinySession):
    async def attached(self, id: str, attachment: str) -> bytes:
        try:
            return await super().attached(id, attachment)
        except NotFoundError:
            return b""


@fails("undeclared-files-are-refused")
class AttachesUndeclared(TinySession):
    manifest = replace(MANIFEST, capabilities=MANIFEST.capabilities - {Capability.ATTACH})

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        self.service.files.append((int(id), name, content))
        return (await self.attachments(id))[-1]


@fails("a-file-that-is-not-allowed-is-forbidden")
class AttachesWithoutTheRight(TinySession):
    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        try:
            return await super().attach(id, name, content)
        except ForbiddenError as error:
            self.service.files.append((int(id), name, content))
            raise InvalidError(error.words) from None


@fails("a-lost-file-is-found-out")
class SaysThatALostFileNeverLeft(TinySession):
    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        try:
            return await super().attach(id, name, content)
        except UnavailableError as error:
            raise UnavailableError(error.words) from None


# What is asked how often


@fails("a-throttle-tells-its-wait", "a-throttled-backend-is-left-alone")
class HidesThrottling(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if Fault.THROTTLED in self.service.faults:
            raise UnavailableError("429")
        return await super().changes(cursor)


@fails("a-throttled-backend-is-left-alone")
class Hammers(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        for _ in range(2):
            try:
                return await super().changes(cursor)
            except ThrottledError:
                continue
        return await super().changes(cursor)


@fails("a-quiet-poll-costs-little")
class AsksTwice(TinySession):
    async def changes(self, cursor: str | None) -> Batch:
        if cursor is not None:
            await self._reach()
        return await super().changes(cursor)


@fails("a-quiet-poll-costs-little")
class ChangesByItself(TinySession):
    """Each poll tells of a change that nobody made."""

    async def changes(self, cursor: str | None) -> Batch:
        batch = await super().changes(cursor)
        if cursor is None or not cursor.startswith("since") or not self.service.rows:
            return batch
        row = self.incident(next(iter(self.service.rows.values())))
        return replace(batch, items=(*batch.items, replace(row, version=f"touched {self.service.requests}")))
