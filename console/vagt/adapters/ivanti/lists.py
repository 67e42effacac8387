"""Value lists of the tenant: from the config, from a set that holds them, or from what its incidents have.

Value lists are in no `$metadata`, and the sets behind most of them are not documented: only teams,
services and categories are. So the others are learned from incidents, and the stock values are the
last resort. What is offered is never a limit: Ivanti itself judges what is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import LEARNED, Context
from vagt.adapters.kept import Kept
from vagt.adapters.lenient import text_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError

"""Seconds for which a list is kept."""
STOCK: Mapping[str, tuple[str, ...]] = {
    "Status": (
        "Logged",
        "Active",
        "Waiting for Customer",
        "Waiting for 3rd Party",
        "Waiting for Resolution",
        "Resolved",
        "Closed",
    ),
    "CauseCode": (
        "Configuration",
        "Documentation Request",
        "Hardware",
        "Install Request",
        "Installation",
        "Linked Problem",
        "Other",
        "Reference Request",
        "Session Reset",
        "Software",
        "Training",
    ),
}
_SETS = {"OwnerTeam": ("standarduserteams", "Team"), "Service": ("ci__services", "Name")}


class Lists:
    """Value lists, each looked up at most every ten minutes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept = Kept[str](context.connection.clock)
        self.sources: dict[str, str] = {}
        """List → where it came from, in words."""

    async def values(self, name: str, within: str = "") -> tuple[str, ...]:
        """The values of a list field; for Category those under the service `within`."""
        return await self._kept.get((name, within), lambda: self._found(name, within))

    async def _found(self, name: str, within: str) -> tuple[str, ...]:
        options = self._context.options
        told = {"Status": options.statuses, "CauseCode": options.causes}.get(name, ())
        if told:
            return self._from(name, told, "the config")
        target = options.pick_lists.get(name, "")
        place = tuple(target.rpartition(".")[::2]) if target else _SETS.get(name)
        if name == "Category" and not target:
            read = await self._read("categorys", "Name", filters.eq("Service", within) if within else None)
        else:
            read = await self._read(place[0], place[1], None) if place else ()
        if read:
            return self._from(name, read, f"the set {place[0] if place else 'categorys'}")
        if not any(self._context.values.values()) or name in STOCK:
            await self._sample()
        met = tuple(self._context.values.get(name, {}))
        stock = STOCK.get(name, ())
        lowered = {value.lower() for value in met}
        if name == "Status" and met and not lowered & {value.lower() for value in stock}:
            # a translated tenant: the stock words would only mislead
            return self._from(name, met, "the statuses of its newest incidents")
        known = [
            *(value for value in stock),
            *(value for value in met if value.lower() not in {s.lower() for s in stock}),
        ]
        return self._from(name, known, "its newest incidents, and the stock list" if met else "the stock list")

    def _from(self, name: str, values: Iterable[str], source: str) -> tuple[str, ...]:
        self.sources[name] = source
        return tuple(dict.fromkeys(values))

    async def _read(self, name: str, column: str, where: filters.Node | None) -> tuple[str, ...]:
        try:
            rows = await self._context.client.all_rows(name, where=where, select=("RecId", column), most=500)
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            self._context.settled[f"set {name}"] = f"the set {name} cannot be read: {error.words}"
            return ()
        return tuple(sorted({value for row in rows if (value := text_of(row.get(column)))}, key=str.lower))

    async def _sample(self) -> None:
        page = await self._context.client.rows(
            INCIDENTS, select=("RecId", "IncidentNumber", *LEARNED), order="LastModDateTime desc"
        )
        self._context.learn(page.rows)
