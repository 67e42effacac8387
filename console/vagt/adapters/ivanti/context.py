"""What the parts of one Ivanti session share: who we are, what the tenant was found to have, and what was looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS, IvantiClient
from vagt.adapters.ivanti.clocks import WATCH_FIELDS, WATCHES
from vagt.adapters.ivanti.mapping import LONG, SHOWN, Details, Frame, incident_of, readable, record_id
from vagt.adapters.ivanti.options import IvantiOptions
from vagt.adapters.ivanti.wire import RECORD_ID
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import Connection, ForbiddenError, InvalidError, NotFoundError
from vagt.domain.incident import Incident

PERSON_FIELDS = ("RecId", "LoginID", "DisplayName", "PrimaryEmail", "Team", "Status", "Disabled", "Title")
"""An employee has 262 fields, many of them private: only these are ever asked for."""
LEARNED = ("Status", "Impact", "Urgency", "Source", "CauseCode", "Service", "Category", "OwnerTeam", "Priority")
CHAIN = 15
"""Keys in one filter: an address longer than 2,000 characters is refused by many web servers."""
_MANY = 20_000


@dataclass(frozen=True, slots=True)
class Me:
    """The person at the keyboard, as Ivanti knows them; without a RecId it does not (or does not show it)."""

    login: str
    name: str = ""
    id: str = ""
    team: str = ""


class Context:
    """State and look-ups of one session."""

    def __init__(self, connection: Connection, client: IvantiClient, options: IvantiOptions) -> None:
        self.connection = connection
        self.client = client
        self.options = options
        self.backend = connection.settings.name
        self.open: dict[str, Row] = {}
        """The rows of the open set, as they were last read."""
        self.names: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.watches: dict[str, tuple[Row, ...]] = {}
        self.details: dict[str, Details] = {}
        self.texts: dict[str, tuple[str, str]] = {}
        self.values: dict[str, dict[str, None]] = {name: {} for name in LEARNED}
        """Field → values met on incidents, in the order in which they were met."""
        self.valid: dict[tuple[str, str], str] = {}
        """(field, value in lower case) → the key of its list row, from `_Valid` companions."""
        self.confirmed: dict[str, str] = {}
        """Keys of notes and incidents that Ivanti confirmed to us → the command that made them, for which alone they
        are evidence."""
        self.authors: set[str] = set()
        """In whose name our own writes were stored, lower case."""
        self.clocks_work: bool | None = None
        """Whether SLA clocks can be read; None: not tried."""
        self.members_only: bool | None = None
        """Whether only the members of a team may own its incidents; None: as the stock lists have it, not tried."""
        self.no_files = ""
        """Why this role cannot see files; empty where it can."""
        self.settled: dict[str, str] = {}
        """Open points of the interface that this tenant has settled: topic → how."""
        self.moved: set[str] = set()
        """Incidents whose looked-up facts changed, to be told again with the next poll."""
        self.skew: float | None = None
        """Seconds that the tenant's clock is ahead of ours; None while it is not known."""
        self._me: Me | None = None
        self._lock = asyncio.Lock()

    @property
    def select(self) -> list[str]:
        """The fields that a list asks for."""
        options = self.options
        own = [options.major_field] if options.major_field else []
        scope = list(filters.fields_in(options.scope)) if options.scope is not None else []
        return list(dict.fromkeys([*SHOWN, *own, *options.extra_fields, *scope]))

    async def me(self) -> Me:
        """Who we are; asked for once. The interface does not tell whom a key belongs to, so the config does."""
        async with self._lock:
            if self._me is None:
                self._me = await self._find_me()
            return self._me

    async def _find_me(self) -> Me:
        login = self.options.operator or self.connection.operator
        try:
            row = await self.employee(login)
        except (ForbiddenError, InvalidError, NotFoundError):
            row = None
        if row is None:
            return Me(login)
        known = text_of(row.get("LoginID")) or login
        name = text_of(row.get("DisplayName"))
        self.names[known.lower()] = name or known
        self.authors.add(known.lower())
        return Me(known, name, record_id(row), text_of(row.get("Team")))

    async def employee(self, who: str) -> Row | None:
        """The employee with this Login ID, address or name; None where there is none or more than one."""
        for column in ("LoginID", "PrimaryEmail", "DisplayName"):
            page = await self.client.rows("employees", where=filters.eq(column, who), select=PERSON_FIELDS, top=2)
            hits = [row for row in page.rows if text_of(row.get(column)).lower() == who.strip().lower()]
            if len(hits) == 1:
                return hits[0]
        return None

    def server_time(self, ours: datetime) -> datetime:
        """A moment of our clock on the tenant's clock, to a second."""
        return ours + timedelta(seconds=self.skew or 0.0)

    def frame(self) -> Frame:
        return Frame(
            backend=self.backend,
            options=self.options,
            names=self.names,
            numbers=self.numbers,
            watches=self.watches,
            details=self.details,
            texts=self.texts,
        )

    def incidents(self, rows: Iterable[Row]) -> tuple[Incident, ...]:
        """Rows as incidents, with what is known besides."""
        frame = self.frame()
        return tuple(incident for row in rows if (incident := incident_of(row, frame)) is not None)

    def learn(self, rows: Iterable[Row]) -> None:
        """Remember numbers, long texts, list values and their keys from rows that came anyway."""
        for row in rows:
            id = record_id(row)
            if not id:
                continue
            if number := text_of(row.get("IncidentNumber")):
                self.numbers[id.upper()] = number
            if any(name in row for name in LONG):
                self.texts[id] = (readable(text_of(row.get("Symptom"))), readable(text_of(row.get("Resolution"))))
            for name in LEARNED:
                value = text_of(row.get(name))
                if value and len(self.values[name]) < 500:
                    self.values[name].setdefault(value)
                if value and (key := text_of(row.get(f"{name}_Valid"))):
                    self.valid[(name, value.lower())] = key
        tables: tuple[dict[str, Any], ...] = (self.numbers, self.texts, self.watches, self.details, self.names)
        for table in tables:
            _trim(table)

    async def enrich(self, rows: Sequence[Row]) -> None:
        """Look up the names of owners and the numbers of master incidents that are not known yet."""
        logins = {text_of(row.get("Owner")) for row in rows} - {""}
        unknown = sorted(login for login in logins if login.lower() not in self.names)
        for some in _chunks(unknown):
            where = filters.any_of("LoginID", some)
            try:
                page = await self.client.rows("employees", where=where, select=("RecId", "LoginID", "DisplayName"))
                self.names |= {
                    login.lower(): text_of(row.get("DisplayName")) or login
                    for row in page.rows
                    if (login := text_of(row.get("LoginID")))
                }
            except (ForbiddenError, InvalidError, NotFoundError):
                self.settled["people"] = "the role may not read employees: owners are shown by their Login ID"
            for login in some:
                self.names.setdefault(login.lower(), login)
        await self.enrich_masters(rows)

    async def enrich_masters(self, rows: Sequence[Row]) -> None:
        """The numbers of master incidents that are not known yet; no request where all are."""
        masters = {text_of(row.get("MasterIncidentLink_RecID")).upper() for row in rows} - {""}
        for some in _chunks(sorted(id for id in masters if id not in self.numbers and RECORD_ID.match(id))):
            page = await self.client.rows(
                INCIDENTS, where=filters.any_of("RecId", some), select=("RecId", "IncidentNumber")
            )
            self.learn(page.rows)
            for id in some:
                self.numbers.setdefault(id, id)

    async def read_clocks(self, ids: Sequence[str]) -> None:
        """All clocks of these incidents, whatever they do."""
        if not self.options.sla or self.clocks_work is False:
            return
        try:
            answers = await asyncio.gather(*(self._clocks_of(some) for some in _chunks(ids)))
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            self.no_clocks(error.words)
            return
        self.clocks_work = True
        for id in ids:
            self.watches[id.upper()] = ()
        for rows in answers:
            self.keep_clocks(rows)

    async def _clocks_of(self, ids: Sequence[str]) -> list[Row]:
        where = filters.any_of("ParentLink_RecID", ids)
        return await self.client.all_rows(WATCHES, where=where, select=WATCH_FIELDS, order="RecId asc", most=600)

    def keep_clocks(self, rows: Iterable[Row]) -> set[str]:
        """Remember these clocks, each under its incident; the incidents, in upper case."""
        touched = set()
        for row in rows:
            parent, id = text_of(row.get("ParentLink_RecID")).upper(), record_id(row)
            if parent and id:
                others = [w for w in self.watches.get(parent, ()) if record_id(w) != id]
                self.watches[parent] = (*others, row)
                touched.add(parent)
        return touched

    def no_clocks(self, why: str) -> None:
        """SLA clocks cannot be read here."""
        self.clocks_work = False
        self.settled["clocks"] = f"SLA clocks cannot be read: {why}"


def _chunks(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[start : start + CHAIN] for start in range(0, len(items), CHAIN)]


def _trim(table: dict[str, Any]) -> None:
    while len(table) > _MANY:
        del table[next(iter(table))]
