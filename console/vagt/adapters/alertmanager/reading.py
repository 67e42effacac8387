"""Following an Alertmanager: everything each time, in one request, and of that what differs ("GET /alerts/groups").

Alertmanager has no paging, no "since" and no memory. What a long first listing gives is handed on in
pages, so that the first rows can be worked on while the rest is stored. What is missing from a listing
is over, unless Alertmanager was restarted since it heard of it: it then knows nothing until Prometheus
sends again, and what was open stays so for the option `after_restart`.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.alertmanager.cases import Case, cases_of
from vagt.adapters.alertmanager.context import Context
from vagt.adapters.alertmanager.ledger import Ledger
from vagt.adapters.alertmanager.mapping import Frame, incident_of
from vagt.adapters.alertmanager.matchers import Matcher, equals
from vagt.adapters.alertmanager.wire import Group, Labels
from vagt.adapters.lenient import text_of
from vagt.adapters.protocol import Batch, NotFoundError
from vagt.domain.incident import Incident

PAGE = 250
"""Incidents handed on at once."""
_MANY = 300
"""Groups that are sorted beside everything else."""
_SLICE = 50
"""Incidents made without letting anything else run: some milliseconds."""
_ONE_BY_ONE = 3
"""So many are asked for by their labels; for more, one listing is cheaper."""
_LONGEST_FILTER = 1500


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are; `of` ties it to the listing that this session remembers."""

    of: str
    after: int | None = None
    """How many of the listing were handed on; None: all."""
    started: str = ""
    """When the Alertmanager was started that all of it was heard from."""

    def text(self) -> str:
        return json.dumps([self.of, self.after, self.started])


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        of, after, started = json.loads(text) if text else ("", None, "")
    except (ValueError, TypeError):
        return None
    return _Cursor(text_of(of), after if isinstance(after, int) else None, text_of(started)) if text else None


class Reader:
    """Lists, follows and looks up incidents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger = Ledger(context.options.after_restart)
        self._of = ""
        self._listing: tuple[Incident, ...] = ()
        self._whole = True

    async def changes(self, text: str | None) -> Batch:
        """The next page of a listing, or what differs from the one before."""
        cursor = _read_cursor(text)
        if cursor is None or cursor.of != self._of:
            return await self._begin(cursor)
        if cursor.after is not None:
            return self._page(cursor.after)
        if not self._whole and not self._is_young(self._context.now):
            return await self._begin(None)
        self._listing = ()
        items = await self._look()
        if items:
            # whoever comes with the cursor before this one has not got these: then everything is listed again
            self._of = uuid.uuid4().hex
        return Batch(items=items, cursor=_Cursor(self._of, None, self._started).text())

    async def _begin(self, cursor: _Cursor | None) -> Batch:
        """A full listing. What an earlier session saw is not called over by a server that has just started."""
        if self._context.status is None:
            await self._context.ask_status()
        ended = [incident for incident in await self._look() if not incident.is_open]
        self._of = uuid.uuid4().hex
        self._listing = (*self._ledger.incidents, *ended)
        known = cursor is None or not cursor.started or cursor.started == self._started
        self._whole = known or not self._is_young(self._context.now)
        return self._page(0)

    def _is_young(self, now: datetime) -> bool:
        """Whether Alertmanager was started so lately that it may not have been sent everything."""
        started = self._context.started
        return started is not None and (now - started).total_seconds() < self._context.options.after_restart

    def _page(self, after: int) -> Batch:
        items = self._listing[after : after + PAGE]
        following = after + len(items)
        more = following < len(self._listing)
        batch = Batch(
            items=items,
            cursor=_Cursor(self._of, following if more else None, self._started).text(),
            more=more,
            complete=not more and self._whole,
            restart=after == 0,
            total=len(self._listing),
        )
        return batch

    @property
    def _started(self) -> str:
        """When the server was started from which all that is open was heard."""
        if self._ledger.awaits:
            return "not all is heard again"
        started = self._context.started
        return "" if started is None else started.isoformat()

    async def _look(self) -> tuple[Incident, ...]:
        """Read everything; what differs from before. Asks for Alertmanager's start where something is gone."""
        context = self._context
        cases = await self._all()
        by = dict.fromkeys(cases, context.client.members.at)
        silent: frozenset[str] = frozenset()
        if missing := self._ledger.missing(cases):
            elsewhere, silent = await self._elsewhere(missing)
            cases |= {id: case for id, (_, case) in elsewhere.items()}
            by |= {id: name for id, (name, _) in elsewhere.items()}
        listed = await self._incidents(list(cases.values()))
        if self._ledger.missing(cases):
            await context.ask_status()
        wary = context.status is not None and context.status.peers > 1
        return self._ledger.take(listed, now=context.now, started=context.started, wary=wary, by=by, silent=silent)

    async def _elsewhere(
        self, missing: Collection[str], labels: Labels | None = None
    ) -> tuple[dict[str, tuple[str, Case]], frozenset[str]]:
        """Those of `missing` that other members list, with who does; and the members that do not answer.

        Alerts are not shared between members: what one lacks, another may have. `labels`: ask only for such ones.
        """
        context = self._context
        filters = context.options.filters if labels is None else self._filters(labels)
        found: dict[str, tuple[str, Case]] = {}
        silent = set()
        for name, groups in (await context.client.groups_elsewhere(filters, context.receiver)).items():
            if groups is None:
                silent.add(name)
                continue
            cases = cases_of(groups, by_alert=context.options.by_alert)
            found |= {id: (name, case) for id, case in cases.items() if id in missing and id not in found}
        return found, frozenset(silent)

    async def _all(self) -> dict[str, Case]:
        """The cases of this queue that fire now."""
        by_alert = self._context.options.by_alert
        groups = await self._context.groups()
        if len(groups) < _MANY:
            return cases_of(groups, by_alert=by_alert)
        return await asyncio.to_thread(cases_of, groups, by_alert=by_alert)

    async def _incidents(self, cases: Sequence[Case]) -> list[tuple[Case, Incident]]:
        context = self._context
        await context.know_silences(id for case in cases for alert in case.alerts for id in alert.silenced_by)
        wanted = {one for case in cases for alert in case.alerts for one in alert.inhibited_by}
        names = {a.fingerprint: a.name for case in cases for a in case.alerts if a.fingerprint in wanted}
        frame = Frame(
            backend=context.backend, web=context.web, options=context.options, silences=context.silences, names=names
        )
        made: list[tuple[Case, Incident]] = []
        for number, case in enumerate(cases, 1):
            seen = self._ledger.get(case.id)
            # sent again and otherwise as it was: what a silence or another alert does to it may have changed
            same = seen is not None and seen.case == case and all(alert.pages for alert in case.alerts)
            made.append((case, seen.incident if seen is not None and same else incident_of(case, frame)))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return made

    async def _told(self, cases: Sequence[Case]) -> list[tuple[Case, Incident]]:
        """Incidents that are given away outside a poll: the next one tells what differs from these."""
        made = await self._incidents(cases)
        for case, incident in made:
            self._ledger.put(case, incident)
        return made

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        """These as they fire now; what fires no longer is left out, but for what is awaited after a restart."""
        wanted = list(dict.fromkeys(ids))
        found = await self.cases(wanted)
        made = {case.id: incident for case, incident in await self._told([*found.values()])}
        for id in wanted:
            seen = self._ledger.get(id)
            if id not in made and seen is not None and seen.missing_since is not None:
                made[id] = seen.incident
        return tuple(made[id] for id in wanted if id in made)

    async def cases(self, ids: Sequence[str]) -> dict[str, Case]:
        """The cases with these ids that fire now."""
        known = [seen.case.labels for id in ids if (seen := self._ledger.get(id)) is not None]
        if len(known) == len(ids) <= _ONE_BY_ONE:
            found: dict[str, Case] = {}
            for labels in known:
                found |= cases_of(await self._neighbours(labels), by_alert=self._context.options.by_alert)
        else:
            found = await self._all()
        if missing := {id for id in ids if id not in found and self._ledger.get(id) is not None}:
            found |= {id: case for id, (_, case) in (await self._elsewhere(missing))[0].items()}
        return {id: found[id] for id in ids if id in found}

    async def case(self, id: str) -> tuple[Case, tuple[Case, ...]]:
        """One case, and all that a silence of its labels could hit besides. Raises NotFoundError."""
        by_alert = self._context.options.by_alert
        case = self.remembered(id) or (await self._all()).get(id)
        if case is None:
            raise NotFoundError("it fires no longer")
        found = cases_of(await self._neighbours(case.labels, everything=True), by_alert=by_alert)
        if id not in found:
            found |= {id: case for id, (_, case) in (await self._elsewhere([id], case.labels))[0].items()}
        if id not in found:
            raise NotFoundError("it fires no longer")
        return found[id], tuple(found.values())

    async def _neighbours(self, labels: Labels, *, everything: bool = False) -> tuple[Group, ...]:
        """All groups with alerts that have these labels; `everything`: also what is not of this queue."""
        own = () if everything else self._context.options.filters
        filters = [*own, *self._filters(labels)]
        return await self._context.client.groups(filters, "" if everything else self._context.receiver)

    def _filters(self, labels: Labels) -> list[Matcher]:
        """Matchers for these labels, as many as an address holds."""
        filters: list[Matcher] = []
        length = 0
        for name, value in sorted(labels.items(), key=lambda item: len(item[1])):
            matcher = equals(name, value)
            length += len(matcher.text)
            if length > _LONGEST_FILTER:
                break
            filters.append(matcher)
        return filters

    async def find(self, number: str) -> Incident:
        """The incident that fires and that people call so; an id, or an alert's fingerprint, will do as well."""
        wanted = number.strip().lower()
        cases = await self._all()
        case = next((one for one in cases.values() if wanted in (one.number, one.id)), None) or next(
            (one for one in cases.values() if any(wanted == alert.fingerprint for alert in one.alerts)), None
        )
        if case is None:
            raise NotFoundError(f"nothing that fires is called “{number}”; what is over, Alertmanager does not know")
        ((_, incident),) = await self._told([case])
        return incident

    async def search(self, limit: int) -> tuple[Incident, ...]:
        """The newest ones that fire: Alertmanager knows no others."""
        cases = await self._all()
        made = [incident for _, incident in await self._told(list(cases.values()))]
        return tuple(sorted(made, key=_newest_first)[:limit])

    async def show(self, case: Case) -> Incident:
        """The case as an incident."""
        ((_, incident),) = await self._told([case])
        return incident

    def remembered(self, id: str) -> Case | None:
        """The case as it was last listed."""
        seen = self._ledger.get(id)
        return None if seen is None else seen.case


def _newest_first(incident: Incident) -> tuple[float, str]:
    return (-incident.created_at.timestamp() if incident.created_at else 0.0, incident.id)
