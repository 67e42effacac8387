"""The instance's choices (sys_choice): states, hold reasons, codes, levels; read once, never guessed ("Choice lists").

A field that incident inherits from task may have its choices under either name: incident's set, where
it has one, replaces the other as a whole. Where the account may not read them, the stock states and
hold reasons stand in, which every instance began with; there are no stock resolution codes, as they
changed between releases, so that a code is then a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.servicenow.client import SnowClient
from vagt.adapters.servicenow.wire import Row, value

ELEMENTS = ("state", "hold_reason", "close_code", "impact", "urgency", "priority", "category", "major_incident_state")
STOCK: Mapping[str, tuple[tuple[str, str], ...]] = {
    "state": (
        ("1", "New"),
        ("2", "In Progress"),
        ("3", "On Hold"),
        ("6", "Resolved"),
        ("7", "Closed"),
        ("8", "Canceled"),
    ),
    "hold_reason": (
        ("1", "Awaiting Caller"),
        ("5", "Awaiting Change"),
        ("3", "Awaiting Problem"),
        ("4", "Awaiting Vendor"),
    ),
}
_FIELDS = ("name", "element", "value", "label", "sequence")


@dataclass(slots=True)
class Choices:
    """Value and label of each choice, by field."""

    client: SnowClient
    _held: dict[str, tuple[tuple[str, str], ...]] | None = field(default=None)
    denied: bool = False

    async def of(self, element: str) -> tuple[tuple[str, str], ...]:
        """The choices of a field, in their order; the stock ones where they cannot be read."""
        if self._held is None:
            self._held = await self._read()
        return self._held.get(element) or STOCK.get(element, ())

    def known(self, element: str) -> tuple[tuple[str, str], ...]:
        """The same, without asking."""
        return (self._held or {}).get(element) or STOCK.get(element, ())

    async def value_of(self, element: str, text: str) -> str | None:
        """The value that `text` names: a value, a label, or the only label that contains it."""
        wanted = text.strip().lower()
        choices = await self.of(element)
        for stored, label in choices:
            if wanted in (stored.lower(), label.lower()):
                return stored
        near = [stored for stored, label in choices if wanted and wanted in label.lower()]
        return near[0] if len(near) == 1 else None

    async def need(self, element: str, text: str, name: str) -> str:
        """As `value_of`, `text` itself where there are no choices. Raises InvalidError that names the field `name`."""
        choices = await self.of(element)
        if not choices:
            return text.strip()
        found = await self.value_of(element, text)
        if found is None:
            words = f"“{text}” is none of: {', '.join(label for _, label in choices)}"
            raise InvalidError(words, ((name, "is no choice"),))
        return found

    async def _read(self) -> dict[str, tuple[tuple[str, str], ...]]:
        base = f"nameINincident,task^elementIN{','.join(ELEMENTS)}^inactive=false"
        for query in (f"{base}^language=en", base):
            try:
                page = await self.client.rows(
                    "sys_choice", f"{query}^ORDERBYsequence^ORDERBYsys_id", _FIELDS, limit=1000
                )
            except (ForbiddenError, NotFoundError):
                self.denied = True
                return {}
            rows = [row for row in page.rows if value(row, "element") in ELEMENTS]
            if rows:
                return _grouped(rows)
        self.denied = True
        return {}


def _grouped(rows: Sequence[Row]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for element in ELEMENTS:
        of = [row for row in rows if value(row, "element") == element]
        own = [row for row in of if value(row, "name") == "incident"] or [r for r in of if value(r, "name") == "task"]
        pairs = {value(row, "value"): value(row, "label") or value(row, "value") for row in own if value(row, "value")}
        if pairs:
            found[element] = tuple(pairs.items())
    return found
