"""What belongs to a queue: teams, services and urgencies, as parameters of a list and judged on this side.

The log of the account tells of everything; what it names is judged here before it is shown. An
address longer than some 4096 bytes is refused (414): lists that would make it so are not sent, and
what comes is judged here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty.client import PdClient
from vagt.adapters.pagerduty.options import PdOptions
from vagt.adapters.pagerduty.wire import held, id_of, name_of, rows
from vagt.adapters.protocol import InvalidError

_ROOM = 3000
"""Bytes that the narrowing may take of an address."""
_EVERY = 30
"""Pages of teams or services that are listed at most."""
_FEW = 10
"""So many names are looked up one by one; for more, listing all is cheaper."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Ids; an empty set narrows nothing."""

    teams: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()

    @property
    def params(self) -> list[tuple[str, str]]:
        """As parameters of `GET /incidents`, the shortest lists first and as far as an address holds them."""
        found: list[tuple[str, str]] = []
        named = (("team_ids[]", self.teams), ("service_ids[]", self.services), ("urgencies[]", self.urgencies))
        room = _ROOM
        for name, values in sorted(named, key=lambda one: len(one[1])):
            room -= len(urlencode([(name, value) for value in values]))
            if room < 0:
                break
            found += [(name, value) for value in values]
        return found

    @property
    def teams_params(self) -> list[tuple[str, str]]:
        """The teams alone, as parameters of `GET /log_entries`, likewise."""
        return [(name, value) for name, value in self.params if name == "team_ids[]"]

    def holds(self, row: Row) -> bool:
        """Whether an incident belongs to it."""
        teams = {id_of(team) for team in rows(row.get("teams"))}
        return (
            (not self.teams or bool(teams & set(self.teams)))
            and (not self.services or id_of(held(row, "service")) in self.services)
            and (not self.urgencies or text_of(row.get("urgency")) in self.urgencies)
        )

    @property
    def words(self) -> str:
        """What narrows the queue, for a person who sees nothing."""
        named = (("teams", self.teams), ("services", self.services), ("urgencies", self.urgencies))
        return ", ".join(name for name, values in named if values)


async def scope_of(client: PdClient, options: PdOptions) -> Scope:
    """The ids of what the config names. Raises InvalidError for what the account does not know."""
    return Scope(
        await _ids(client, "/teams", "teams", options.teams),
        await _ids(client, "/services", "services", options.services),
        options.urgencies,
    )


async def _ids(client: PdClient, path: str, name: str, wanted: Sequence[str]) -> tuple[str, ...]:
    found = []
    everything: list[Row] | None = None
    for one in wanted:
        fits: list[Row] = []
        if len(wanted) <= _FEW:
            known, _ = await client.every(path, name, [("query", one)], pages=2)
            fits = [row for row in known if one.lower() in (name_of(row).lower(), id_of(row).lower())]
        if not fits:
            # a search matches names: an id is looked for among all of them
            if everything is None:
                everything, _ = await client.every(path, name, pages=_EVERY)
            fits = [row for row in everything if one.lower() in (id_of(row).lower(), name_of(row).lower())]
        if not fits:
            words = f"PagerDuty shows this account no {name.removesuffix('s')} called “{one}”"
            raise InvalidError(words, ((name, "are not known"),))
        found.append(id_of(fits[0]))
    return tuple(dict.fromkeys(found))
