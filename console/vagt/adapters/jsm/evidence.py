"""Finding out, after a lost answer, whether Jira already has what we sent.

Words bear a mark of the command's id as a property of the comment; a new incident bears it as a
property of the issue. Both are looked for in the store, past the index: for a new incident that is
the keys around and behind the newest that the index knows, since keys are counted up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context, identity
from vagt.adapters.jsm.documents import clean
from vagt.adapters.jsm.jql import among
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.saying import MARK, Speaker
from vagt.adapters.jsm.wire import Row, id_of, moment, part, text
from vagt.adapters.lenient import moment_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, Seen
from vagt.domain.commands import (
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Escalate,
    Fields,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    Take,
)
from vagt.domain.incident import Incident, State
from vagt.domain.overlay import holds

NOTE = "note"
"""What forms call an internal note that goes with a move."""
_MARGIN = timedelta(seconds=2)
"""The server's clock is known to half a second, by whole ones."""
_SETTLE = 1.5
"""Seconds after the first try within which a request may still be on its way through Jira."""
_REMEMBERED = 2000
_AHEAD, _AHEAD_ONE_BY_ONE = 60, 8
"""How many keys behind the newest known one are looked at."""
_LOOKED_AT = 40


def words_for_hold(change: Hold) -> str:
    """The note of a hold; its end stands in it, since Jira has no field for that."""
    until = f"Until {change.until:%Y-%m-%d %H:%M} UTC." if change.until else ""
    return "\n".join(part for part in (change.reason.strip(), until) if part)


def words_for_move(fields: Fields) -> str:
    """The note of any other move: what its form asked for that Jira has no field for."""
    given = dict(fields)
    until = moment_of(given.get("until", ""))
    told = [given.get(name, "").strip() for name in ("text", "reason", NOTE)]
    told += [f"Until {until:%Y-%m-%d %H:%M} UTC."] if until else []
    return "\n\n".join(words for words in told if words)


def words_of(command: Command) -> str:
    """The words that a command leaves on the issue besides; empty for one that leaves none."""
    match command.change:
        case Note(text=text_) | Comment(text=text_) | Resolve(text=text_):
            return text_
        case Hold() as hold:
            return words_for_hold(hold)
        case MoveTo(fields=fields) | Close(fields=fields) | Reopen(fields=fields):
            return words_for_move(fields)
        case _:
            return ""


class Evidence:
    """Looks for traces of what we did."""

    def __init__(self, context: Context, reader: Reader, speaker: Speaker) -> None:
        self._context = context
        self._reader = reader
        self._speaker = speaker
        self._tried: dict[str, datetime] = {}
        """Commands that were begun → when, by the server's clock."""

    def was_tried(self, command: Command) -> bool:
        """Whether this is a second try."""
        return command.id in self._tried

    def trying(self, command: Command, since: datetime | None = None) -> None:
        """Remember that it was begun."""
        self._tried.setdefault(command.id, since or self._context.now)
        while len(self._tried) > _REMEMBERED:
            del self._tried[next(iter(self._tried))]

    async def wrote(self, row: Row, command: Command, words: str) -> bool:
        """Whether an earlier try of `command` has already written `words`."""
        since = self._tried.get(command.id, self._context.now) - _MARGIN
        return await self._speaker.said(row, words, mark=command.id, since=since) is True

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try arrived; asks twice where it may still be on its way."""
        clock = self._context.connection.clock
        answer = await self._once(command, first_tried)
        age = (clock.now() - first_tried).total_seconds()
        if answer is Seen.NO and age < _SETTLE:
            await clock.sleep(_SETTLE - max(age, 0.0))
            answer = await self._once(command, first_tried)
        # What comes next is a second try, also in a process that knows nothing of the first.
        self.trying(command, self._context.server_time(first_tried))
        return answer

    async def _once(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        since = self._context.server_time(first_tried) - _MARGIN
        if isinstance(change, Create):
            return await self._registered(command, since)
        assert command.subject is not None, "only a new incident has no subject"
        try:
            fields = (await self._context.fields()).wanted
            row = await self._context.client.issue(command.subject.id, fields)
        except NotFoundError:
            return Seen.UNKNOWN
        self._reader.saw([row])
        if isinstance(change, Note | Comment):
            return _told(await self._speaker.said(row, change.text, mark=command.id, since=since))
        if isinstance(change, Escalate):
            # the reason is written last
            return await self._of_escalation(row, command, since)
        (incident,) = await self._context.incidents([row])
        if not await self._is_so(incident, command):
            return Seen.NO
        words = words_of(command)
        if not words.strip():
            return Seen.YES
        return _told(await self._speaker.said(row, words, mark=command.id, since=since))

    async def _of_escalation(self, row: Row, command: Command, since: datetime) -> Seen:
        for said in await self._speaker.entries(row, pages=1):
            if said.at is not None and said.at < since:
                break
            if said.text.startswith("Escalated to ") and await self._speaker.mark_of(said.id) == command.id:
                return Seen.YES
        return Seen.NO

    async def _is_so(self, incident: Incident, command: Command) -> bool:
        me = (await self._context.me()).id
        match command.change:
            case Assign(team=team, to=to):
                wanted = (await people.person(self._context, to, incident.number))[0] if to and to.strip() else None
                person = to is None or (incident.assignee or None) == wanted
                teams = ((incident.team or "").lower(), (incident.team_id or "").lower())
                return person and (team is None or team.strip().lower() in teams)
            case MoveTo(native_to=to):
                return incident.native_state.lower() == to.lower()
            case Take():
                # whoever takes a new one starts it, which is a second request
                return holds(incident, command, me) and incident.state is not State.NEW
            case LinkTo(other=other, other_ref=ref):
                refs = {ref.lower(), f"{incident.backend}:{other}".lower()}
                return any(link.ref.lower() in refs for link in incident.links)
            case _:
                return holds(incident, command, me)

    # --- new incidents
    async def _registered(self, command: Command, since: datetime) -> Seen:
        found = await self.registered(command, since)
        if found is None:
            return Seen.UNKNOWN
        return Seen.YES if found else Seen.NO

    async def registered(self, command: Command, since: datetime) -> str | None:
        """The id of the issue that `command` made; empty where there is none, None where that cannot be told."""
        assert isinstance(command.change, Create)
        me = (await self._context.me()).id
        cloud = await self._context.client.is_cloud()
        title = " ".join(clean(command.change.title).split())
        unclear = False
        for row in await self._candidates():
            held = part(row, "fields")
            created = moment(held, "created")
            if created is None or created < since or identity(part(held, "creator"), cloud) != me:
                continue
            mark = await self._mark(id_of(row))
            if mark == command.id:
                return id_of(row)
            unclear = unclear or (mark is None and " ".join(text(held, "summary").split()) == title)
        return None if unclear else ""

    async def _candidates(self) -> list[Row]:
        """The newest issues of the project, also those that the index does not know yet."""
        project = (await self._context.screen()).project
        query = f"{among('project', [project])} ORDER BY created DESC, key DESC"
        fields = ("created", "creator", "summary")
        client = self._context.client
        page = await client.search(query, fields, _LOOKED_AT)
        rows = {text(row, "key", 100): row for row in page.rows}
        numbers = [int(n) for key in rows if (n := key.rpartition("-")[2]).isdigit()]
        newest, oldest = max(numbers, default=0), min(numbers, default=1)
        prefix = next((key.rpartition("-")[0] for key in rows), project)
        gaps = [n for n in range(max(oldest, newest - _LOOKED_AT), newest) if f"{prefix}-{n}" not in rows]
        if await client.is_cloud():
            behind = range(newest + 1, newest + 1 + _AHEAD)
            found = await client.issues([f"{prefix}-{n}" for n in (*gaps, *behind)], fields)
        else:
            found = await client.issues([f"{prefix}-{n}" for n in gaps[-_AHEAD_ONE_BY_ONE:]], fields)
            found += await self._behind(prefix, newest, fields)
        return [*rows.values(), *found]

    async def _behind(self, prefix: str, newest: int, fields: tuple[str, ...]) -> list[Row]:
        """Data Center, one by one until two keys in a row are not there."""
        found: list[Row] = []
        missing = 0
        for number in range(newest + 1, newest + 1 + _AHEAD_ONE_BY_ONE):
            try:
                found.append(await self._context.client.issue(f"{prefix}-{number}", fields))
                missing = 0
            except NotFoundError:
                missing += 1
            if missing > 1:
                break
        return found

    async def _mark(self, issue: str) -> str | None:
        """The command that an issue was made for; None where it bears no mark that we can read."""
        try:
            told = await self._context.client.get(f"/issue/{issue}/properties/{MARK}")
        except (NotFoundError, ForbiddenError, InvalidError):
            return None
        held: Mapping[str, object] = part(told, "value")
        return text(held, "id", 100) or None


def _told(said: bool | None) -> Seen:
    if said is None:
        return Seen.UNKNOWN
    return Seen.YES if said else Seen.NO
