"""A row as the Table API tells it: raw, displayed or both; links; dates in the account's zone and format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.doubles.servicenow.schema import CHOICE, JOURNAL, MOMENT, SCHEMA, target
from tests.doubles.servicenow.state import FORMAT, Row, Store

_JAVA = (
    ("yyyy", "%Y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("a", "%p"),
)
LABELS = {"comments": "Additional comments", "work_notes": "Work notes"}
OWN_HOST = "https://dev00000.service-now.com"


def python_format(java: str) -> str:
    """`dd/MM/yyyy hh:mm:ss a` as strftime wants it."""
    for word, code in _JAVA:
        java = java.replace(word, code)
    return java


class Renderer:
    """Tells rows to one account."""

    def __init__(self, store: Store, me: Row, *, mode: str, links: bool, host: str) -> None:
        self._store = store
        self._mode = mode
        self._links = links
        self._host = host
        pattern = (
            store.quirks.user_date_format or f"{me['date_format'] or 'yyyy-MM-dd'} {me['time_format'] or 'HH:mm:ss'}"
        )
        self._format = python_format(pattern)
        self._zone = ZoneInfo(me["time_zone"] or "UTC")

    def row(self, table: str, row: Row, fields: str) -> dict[str, Any]:
        """The fields asked for that exist and may be read; all where none are named."""
        hidden = self._store.quirks.hidden_fields if table == "incident" else set()
        wanted = [name for name in fields.split(",") if name] or list(SCHEMA[table])
        told: dict[str, Any] = {}
        for name in (name.strip() for name in wanted):
            if name in hidden or name.partition(".")[0] in hidden or not self._store.kind(table, name):
                continue
            if self._store.quirks.mim_off and name == "major_incident_state":
                continue
            told[name] = self._cell(table, row, name)
        return told

    def moment(self, text: str) -> str:
        """As the account reads it."""
        if not text:
            return ""
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC).astimezone(self._zone).strftime(self._format)

    def _cell(self, table: str, row: Row, name: str) -> Any:
        kind, raw = self._store.kind(table, name), self._store.value(table, row, name)
        shown = self._shown(table, row, name, kind, raw)
        there = target(kind)
        if kind == JOURNAL:
            raw = ""
        if self._mode == "all":
            cell = {"display_value": shown, "value": raw}
            if there and raw and self._links:
                cell["link"] = self._link(there, raw)
            return cell
        if self._mode == "true":
            if there and raw and self._links:
                return {"display_value": shown, "link": self._link(there, raw)}
            return shown
        if there and raw and self._links:
            return {"link": self._link(there, raw), "value": raw}
        return raw

    def _link(self, table: str, id: str) -> str:
        return f"{self._host}/api/now/table/{table}/{id}"

    def _shown(self, table: str, row: Row, name: str, kind: str, raw: str) -> str:
        if kind == JOURNAL:
            return self.stream(row["sys_id"], name) if "." not in name else ""
        if there := target(kind):
            return self._store.shown(there, raw)
        if kind == MOMENT:
            return self.moment(raw)
        if kind == CHOICE and raw:
            return choice_label(self._store, table, name.rpartition(".")[2], raw) or raw
        return raw

    def stream(self, id: str, name: str) -> str:
        """The journal as one text, newest first."""
        elements = ("comments", "work_notes") if name == "comments_and_work_notes" else (name,)
        rows = [r for r in journal(self._store, id) if r["element"] in elements]
        parts = []
        for entry in reversed(rows):
            user = self._store.find("sys_user", user_name=entry["sys_created_by"])
            who = user["name"] if user else entry["sys_created_by"]
            label = LABELS[entry["element"]]
            parts.append(f"{self.moment(entry['sys_created_on'])} - {who} ({label})\n{entry['value']}\n\n")
        return "".join(parts)


def journal(store: Store, id: str) -> list[Row]:
    """Entries of one record, oldest first; they are kept in the order of writing."""
    return list(store.by("sys_journal_field", "element_id", id))


def choice_label(store: Store, table: str, element: str, value: str) -> str:
    """The label of a stored choice."""
    rows = [row for row in store.by("sys_choice", "element", element) if row["value"] == value]
    own = [row["label"] for row in rows if row["name"] == table] or [row["label"] for row in rows]
    return own[0] if own else ""
