"""What runs when an incident is saved: choices, data policies, state, priority, journal, clocks."""

from __future__ import annotations

from tests.doubles.servicenow.clocks import clocks_follow
from tests.doubles.servicenow.quirks import Quirks
from tests.doubles.servicenow.schema import CHOICE, JOURNAL, SCHEMA, target
from tests.doubles.servicenow.state import Row, Store, stamp

STOCK = ((1, 2, 3), (2, 3, 4), (3, 4, 5))
_COUNTED = ("state", "priority", "impact", "urgency", "assigned_to", "assignment_group", "short_description")


class Refused(Exception):
    """403, with the words of what refused."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def priority(quirks: Quirks, impact: str, urgency: str) -> str:
    """By the matrix; empty where it has no cell."""
    if impact not in "123" or urgency not in "123" or not impact or not urgency:
        return ""
    if quirks.other_matrix and impact == urgency == "3":
        return "4"
    return str(STOCK[int(impact) - 1][int(urgency) - 1])


def create(store: Store, table: str, body: Row, who: Row) -> Row:
    """A new row from a POST. Raises Refused."""
    values = _accepted(store, table, {}, body, new=True)
    if table == "incident":
        values = {"impact": "3", "urgency": "3", "severity": "3", "state": "1", "category": "inquiry", **values}
        values |= {
            "number": values.get("number") or store.new_number(),
            "active": "true",
            "opened_at": values.get("opened_at") or stamp(store.now()),
            "opened_by": values.get("opened_by") or who["sys_id"],
            "sys_class_name": "incident",
        }
        values["incident_state"] = values["state"]
        values["priority"] = priority(store.quirks, values["impact"], values["urgency"])
        _policies(store, values)
    words = {name: text for name, text in values.items() if SCHEMA[table][name] == JOURNAL and text}
    row = store.insert(table, {k: v for k, v in values.items() if SCHEMA[table][k] != JOURNAL}, by=who["user_name"])
    if table == "incident":
        _write_words(store, row, words, who)
        _over(store, row, "1", who)
        clocks_follow(store, row)
    return row


def update(store: Store, table: str, row: Row, body: Row, who: Row) -> None:
    """A PATCH. Raises Refused, and stores nothing then."""
    values = _accepted(store, table, row, body, new=False)
    if table != "incident":
        changed = {k: v for k, v in values.items() if row[k] != v}
        row |= changed
        if changed:
            store.save(table, row, who["user_name"])
        return
    if store.quirks.business_rule:
        raise Refused(
            f"Operation against file 'incident' was aborted by Business Rule "
            f"'{store.quirks.business_rule}^{'a' * 32}'. Business Rule Stack:{store.quirks.business_rule}"
        )
    before = dict(row)
    roles = who.get("roles", "").split(",")
    if row["state"] in ("7", "8") and "admin" not in roles:
        values = {k: v for k, v in values.items() if k in ("comments", "work_notes")}
    if values.get("incident_state", row["state"]) != row["state"] and "state" not in values:
        values["state"] = values["incident_state"]
    if values.get("state") == "7" and row["state"] != "7" and not {"itil_admin", "admin"} & set(roles):
        raise Refused("ACL Exception Update Failed due to security constraints")
    words = {name: values.pop(name) for name in list(values) if SCHEMA[table][name] == JOURNAL}
    words = {name: text for name, text in words.items() if text}
    after = {**row, **values}
    if after["state"] == "3" and before["state"] != "3":
        _hold_policies(store, after, words)
    _policies(store, after)
    row |= values
    _derive(store, row, before, who)
    changed = {k for k in row if row[k] != before[k]}
    _write_words(store, row, words, who)
    if changed or words or (body and store.quirks.count_no_op):
        store.save(table, row, who["user_name"])
        _audit(store, row, before, changed, who)
        clocks_follow(store, row)
        if store.quirks.async_rule:
            store.save(table, row, "system")


def _accepted(store: Store, table: str, row: Row, body: Row, *, new: bool) -> Row:
    """What of a body is stored: unknown, protected and forbidden fields, unknown choices are left out."""
    values: Row = {}
    quirks = store.quirks
    for name, given in body.items():
        value = _text(given)
        kind = SCHEMA[table].get(name)
        if kind is None or name in quirks.ignore_fields or (quirks.mim_off and name == "major_incident_state"):
            continue
        if name.startswith("sys_") and not (new and name == "sys_id" and not quirks.ignore_sys_id):
            continue
        if kind == CHOICE and value and not _is_choice(store, table, name, value):
            if new:
                continue
            value = ""
            if name in ("state", "impact", "urgency", "priority"):
                continue
        if target(kind) and value and store.get(target(kind), value) is None:
            value = ""
        values[name] = value
    return values


def _text(given: object) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    return "" if given is None else str(given)


def _is_choice(store: Store, table: str, element: str, value: str) -> bool:
    known = [r for r in store.by("sys_choice", "element", element) if r["name"] in (table, "task")]
    return not known or any(r["value"] == value and r["inactive"] != "true" for r in known)


def _policies(store: Store, row: Row) -> None:
    if row["state"] in ("6", "7"):
        missing = [
            label
            for name, label in (("close_code", "Resolution code"), ("close_notes", "Resolution notes"))
            if not row.get(name)
        ]
        if missing:
            _mandatory(missing)


def _hold_policies(store: Store, row: Row, words: Row) -> None:
    if store.quirks.hold_needs_reason and not row["hold_reason"]:
        _mandatory(["On hold reason"])
    if store.quirks.caller_needs_comment and row["hold_reason"] == "1" and "comments" not in words:
        _mandatory(["Additional comments"])


def _mandatory(labels: list[str]) -> None:
    if len(labels) == 1:
        raise Refused(f"Data Policy Exception: {labels[0]} is mandatory")
    raise Refused(f"Data Policy Exception: The following fields are mandatory: {', '.join(labels)}")


def _derive(store: Store, row: Row, before: Row, who: Row) -> None:
    row["incident_state"] = row["state"]
    if row["impact"] != before["impact"] or row["urgency"] != before["urgency"] or not store.quirks.keep_priority:
        row["priority"] = priority(store.quirks, row["impact"], row["urgency"]) or row["priority"]
    if row["state"] != "3":
        row["hold_reason"] = ""
    if row["assignment_group"] != before["assignment_group"]:
        row["reassignment_count"] = str(int(before["reassignment_count"] or 0) + 1)
    strange = row["assigned_to"] and row["assignment_group"]
    if store.quirks.reset_assignee and strange and not store.is_member(row["assigned_to"], row["assignment_group"]):
        row["assigned_to"] = before["assigned_to"]
    for name in ("parent_incident",):
        if row[name] != before[name]:
            for id in {row[name], before[name]} - {""}:
                other = store.get("incident", id)
                if other is not None:
                    children = store.all("incident", parent_incident=id)
                    other["child_incidents"] = str(
                        len({c["sys_id"] for c in children} | ({row["sys_id"]} if row[name] == id else set()))
                    )
    _over(store, row, before["state"], who)


def _over(store: Store, row: Row, was: str, who: Row) -> None:
    """Resolved, closed and reopened."""
    now, is_ = stamp(store.now()), row["state"]
    row["active"] = "false" if is_ in ("7", "8") else "true"
    if is_ == "6" and was != "6":
        row["resolved_at"], row["resolved_by"] = now, who["sys_id"]
    if is_ in ("7", "8") and was not in ("7", "8"):
        row["closed_at"], row["closed_by"] = now, who["sys_id"]
    if was in ("6", "7", "8") and is_ not in ("6", "7", "8"):
        row |= {
            "resolved_at": "",
            "resolved_by": "",
            "closed_at": "",
            "closed_by": "",
            "close_code": "",
            "close_notes": "",
        }
        row["reopen_count"] = str(int(row["reopen_count"] or 0) + 1)


def _write_words(store: Store, row: Row, words: Row, who: Row) -> None:
    for element, text in words.items():
        store.insert(
            "sys_journal_field",
            {"name": "incident", "element": element, "element_id": row["sys_id"], "value": text},
            by=who["user_name"],
        )


def _audit(store: Store, row: Row, before: Row, changed: set[str], who: Row) -> None:
    for name in _COUNTED:
        if name in changed:
            values = {
                "tablename": "incident",
                "documentkey": row["sys_id"],
                "fieldname": name,
                "user": who["user_name"],
            }
            store.insert("sys_audit", {**values, "oldvalue": before[name], "newvalue": row[name]}, by=who["user_name"])
