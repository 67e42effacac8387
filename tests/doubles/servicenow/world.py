"""Who and what the instance has before anything happens: people, groups, choices, SLAs, a rota, incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tests.doubles.servicenow.auth import Account, Door
from tests.doubles.servicenow.clocks import clocks_follow
from tests.doubles.servicenow.rules import priority
from tests.doubles.servicenow.state import Row, Store, stamp

PASSWORD = "canary-Pa55word"
API_KEY = "now_canary0123456789abcdef"
_PEOPLE = (
    ("anna", "Anna Holm"),
    ("bo", "Bo Lund"),
    ("carl", "Carl Ærø"),
    ("dora", "Dora Quist"),
    ("vagt.svc", "Vagt Service"),
    ("caller", "Carla Caller"),
)
_GROUPS = ("Network", "Database", "Service Desk")
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
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
    "impact": (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")),
    "urgency": (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")),
    "priority": (
        ("1", "1 - Critical"),
        ("2", "2 - High"),
        ("3", "3 - Moderate"),
        ("4", "4 - Low"),
        ("5", "5 - Planning"),
    ),
    "category": (
        ("inquiry", "Inquiry / Help"),
        ("network", "Network"),
        ("database", "Database"),
        ("software", "Software"),
    ),
    "major_incident_state": (
        ("proposed", "Proposed"),
        ("accepted", "Accepted"),
        ("rejected", "Rejected"),
        ("canceled", "Canceled"),
    ),
}
_NEW_CODES = (
    "Duplicate",
    "Known error",
    "No resolution provided",
    "Resolved by caller",
    "Resolved by change",
    "Resolved by problem",
    "Resolved by request",
    "Solution provided",
    "Workaround provided",
    "User error",
)
_OLD_CODES = (
    "Solved (Work Around)",
    "Solved (Permanently)",
    "Not Solved (Not Reproducible)",
    "Closed/Resolved by Caller",
)
_WHAT = (
    "Switch {n} drops packets",
    "Database {n} is slow",
    "Printer {n} is jammed",
    "Mail to {n} is late",
    "VPN {n} is down",
)


@dataclass(slots=True)
class World:
    """Names → sys_ids."""

    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)


def furnish(store: Store, door: Door) -> World:
    """Everything but incidents."""
    world = World()
    for login, name in _PEOPLE:
        user = {
            "user_name": login,
            "name": name,
            "email": f"{login}@acme.example",
            "active": "true",
            "locked_out": "false",
        }
        world.users[login] = store.insert("sys_user", {**user, "time_zone": "UTC"})["sys_id"]
        roles = ("itil", "admin") if login == "dora" else ("itil",)
        door.accounts[login] = Account(world.users[login], PASSWORD, roles)
    door.accounts["anna"].api_key = API_KEY
    door.accounts["vagt.svc"].web_service_only = True
    del door.accounts["caller"]
    for name in _GROUPS:
        group = store.insert("sys_user_group", {"name": name, "description": f"The {name} team", "active": "true"})
        world.groups[name] = group["sys_id"]
    for login, groups in (
        ("anna", "Network,Service Desk"),
        ("bo", "Network,Database"),
        ("carl", "Database"),
        ("vagt.svc", "Network"),
    ):
        for name in groups.split(","):
            store.insert("sys_user_grmember", {"user": world.users[login], "group": world.groups[name]})
    for name in ("E-mail", "Payroll", "Web shop"):
        row = store.insert("cmdb_ci_service", {"name": name})
        store.tables["cmdb_ci"][row["sys_id"]] = row
        world.services[name] = row["sys_id"]
    _choices(store)
    for name, target, kind in (("P-Response", "response", "SLA"), ("P-Resolution", "resolution", "SLA")):
        store.insert("contract_sla", {"name": name, "target": target, "type": kind})
    for impact in "123":
        for urgency in "123":
            cell = {"impact": impact, "urgency": urgency, "active": "true"}
            store.insert("dl_u_priority", {**cell, "priority": priority(store.quirks, impact, urgency)})
    rota = store.insert("cmn_rota", {"name": "Network 24/7", "group": world.groups["Network"], "active": "true"})
    store.insert("cmn_rota_roster", {"name": "Primary", "rota": rota["sys_id"], "order": "100"})
    return world


def _choices(store: Store) -> None:
    for element, choices in _CHOICES.items():
        table = "incident" if element not in ("priority", "impact", "urgency") else "task"
        for number, (value, label) in enumerate(choices):
            _choice(store, table, element, value, label, number)
    for number, label in enumerate(_OLD_CODES if store.quirks.old_close_codes else _NEW_CODES):
        _choice(store, "incident", "close_code", label, label, number)
    if store.quirks.extra_state:
        _choice(store, "incident", "state", "4", "Awaiting Problem", 20)
        _choice(store, "incident", "state", "10", "Awaiting Parts", 21)
    # the base table's own states, which the incident's set replaces as a whole
    _choice(store, "task", "state", "-5", "Pending", 0)


def _choice(store: Store, table: str, element: str, value: str, label: str, number: int) -> None:
    row = {"name": table, "element": element, "value": value, "label": label, "sequence": str(number)}
    store.insert("sys_choice", {**row, "inactive": "false", "language": "en"})


def incidents(store: Store, world: World, count: int) -> list[str]:
    """So many open incidents of the last ten days, in all states that are open, some with people."""
    made = []
    now = store.now()
    for number in range(count):
        chance = store.random.random
        opened = now - timedelta(seconds=600 + 864000 * chance())
        state = "1" if chance() < 0.4 else "2" if chance() < 0.7 else "3"
        impact, urgency = str(1 + int(3 * chance())), str(1 + int(3 * chance()))
        group = _GROUPS[number % 3]
        row: Row = {
            "number": store.new_number(),
            "short_description": _WHAT[number % len(_WHAT)].format(n=number),
            "description": "Seen by many.",
            "state": state,
            "incident_state": state,
            "hold_reason": "4" if state == "3" else "",
            "active": "true",
            "impact": impact,
            "urgency": urgency,
            "priority": priority(store.quirks, impact, urgency),
            "category": "network",
            "assignment_group": world.groups[group],
            "assigned_to": "" if state == "1" else world.users[("anna", "bo", "carl")[number % 3]],
            "caller_id": world.users["caller"],
            "business_service": world.services["E-mail"] if number % 4 == 0 else "",
            "opened_at": stamp(opened),
            "opened_by": world.users["caller"],
            "sys_class_name": "incident",
        }
        held = store.insert("incident", row, by="caller", at=opened)
        held["sys_updated_on"] = stamp(opened + (now - timedelta(seconds=600) - opened) * chance())
        clocks_follow(store, held)
        made.append(held["sys_id"])
    return made
