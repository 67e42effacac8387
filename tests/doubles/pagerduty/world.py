"""A small company: Anna on call, her colleagues, services, policies, priorities and templates; and many incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.doubles.pagerduty.rules import open_incident
from tests.doubles.pagerduty.state import Incident, Policy, Rule, Schedule, Service, Store, User

USER_KEY = "u+Rx9fake-user-key-7f3a"
ACCOUNT_KEY = "y_NbAkKc66fake-account-key"
READ_ONLY_KEY = "r0_fakereadonly-key-11"
BEARER = "pdus+_0XBPWQQ_fake-oauth-token-2c"
CLIENT_ID = "a1b2c3d4-client"
CLIENT_SECRET = "s3cr3t-of-the-app-99"

_TITLES = (
    "Checkout answers 502",
    "Disk of db-07 is 95 % full",
    "Mail queue is growing",
    "Login takes longer than 5 s",
    "Certificate of api.acme.example ends in 3 days",
    "Replica is 40 minutes behind",
)


@dataclass(frozen=True, slots=True)
class World:
    """Names for ids."""

    users: dict[str, str]
    services: dict[str, str]
    policies: dict[str, str]
    teams: dict[str, str]


def furnish(store: Store) -> World:
    """People and things; no incident yet."""
    users = {}
    for login, name in (("anna", "Anna Holm"), ("bo", "Bo Lund"), ("carl", "Carl Ek"), ("dina", "Dina Æbelø")):
        id = store.id()
        store.users[id] = User(id, name, f"{login}@acme.example", "admin" if login == "anna" else "user")
        users[login] = id
    teams = {name: store.id() for name in ("Operations", "Data")}
    store.teams = {id: name for name, id in teams.items()}
    until = store.now() + timedelta(hours=6)
    primary = Schedule(store.id(), "Operations primary", [users["anna"], users["bo"]], until)
    database = Schedule(store.id(), "Database weekly", [users["dina"]], until)
    unmanned = Schedule(store.id(), "Inbox, office hours", [], until)
    store.schedules = {one.id: one for one in (primary, database, unmanned)}
    policies = {
        "Operations": Policy(
            store.id(),
            "Operations",
            [Rule(5, [primary.id]), Rule(10, [users["bo"]]), Rule(15, [users["carl"]])],
            2,
            [teams["Operations"]],
        ),
        "Database": Policy(
            store.id(), "Database", [Rule(10, [database.id]), Rule(20, [users["carl"]])], 1, [teams["Data"]]
        ),
        # two levels, nobody on call at the first: what comes in is nobody's
        "Inbox": Policy(
            store.id(), "Inbox", [Rule(30, [unmanned.id]), Rule(30, [users["bo"]])], 0, [teams["Operations"]]
        ),
    }
    store.policies = {policy.id: policy for policy in policies.values()}
    services = {}
    for name, policy, ack in (
        ("Shop", "Operations", None),
        ("Mail", "Inbox", None),
        ("Warehouse DB", "Database", 1800),
    ):
        id = store.id()
        owner = policies[policy]
        store.services[id] = Service(id, name, owner.id, ack, None, list(owner.teams))
        services[name] = id
    store.priorities = [(store.id(), f"P{n}") for n in range(1, 6)]
    store.types = [(store.id(), "incident_default"), (store.id(), "major_incident"), (store.id(), "security")]
    for name, subject, body in (
        ("For users", "{{incident.title}}", "<p>{{status_update.message}}</p>"),
        ("For managers", "Status of {{incident.title}}", "<h1>{{status_update.message}}</h1>"),
    ):
        id = store.id()
        fields = {"email_subject": subject, "email_body": body, "message": "Update: {{status_update.message}}"}
        store.templates[id] = {"id": id, "name": name, "template_type": "status_update", "templated_fields": fields}
    return World(users, services, {name: policy.id for name, policy in policies.items()}, teams)


def incidents(store: Store, world: World, count: int) -> list[Incident]:
    """So many of all kinds, over the last forty days."""
    made = []
    services = list(world.services.values())
    for n in range(count):
        title = f"{_TITLES[n % len(_TITLES)]} ({n})"
        ago = timedelta(minutes=(count - n) * 57600 // max(count, 1))
        incident = open_incident(store, title, services[n % 3], urgency="low" if n % 4 else "high", ago=ago)
        at = incident.created
        if incident.escalates and incident.escalates < store.now():
            # it has climbed to the top by now
            incident.escalates, incident.level = None, len(store.policies[incident.policy].rules)
            incident.assigned = [(id, at) for id in store.on_call(store.policies[incident.policy], incident.level)]
        if n % 3:
            incident.priority = store.priorities[n % 5][0]
        if n % 5 == 0:
            incident.status, incident.acked = "acknowledged", [(world.users["bo"], incident.created)]
            incident.escalates = None
        made.append(incident)
    return made
