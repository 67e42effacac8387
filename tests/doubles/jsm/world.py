"""The furniture of a site: people, projects, types, statuses, priorities, fields, options, and incidents to look at."""

from __future__ import annotations

import random

from tests.doubles.jsm.state import Issue, Store, User

CLOUD_ID = "1324a887-45db-1bf4-1e99-ef0ff456d421"
API_TOKEN = "ATATT3xcanary-api-token-of-anna"
SCOPED_TOKEN = "ATATT3xcanary-scoped-token-of-anna"
SERVICE_TOKEN = "ATSTTcanary-service-account-token"
PAT = "canaryPatOfAnna0123456789abcdefghijklmnopqrs"
PASSWORD = "canary-password-of-anna"

PROJECTS = {
    "OPS": {"id": "10000", "key": "OPS", "name": "Operations", "projectTypeKey": "service_desk", "simplified": False},
    "WEB": {"id": "10001", "key": "WEB", "name": "Website", "projectTypeKey": "software", "simplified": False},
}
DESKS = {"OPS": "4"}
TYPES = {
    "10004": "[System] Incident",
    "10005": "[System] Service request",
    "10006": "[System] Problem",
    "10007": "[System] Change",
}
CATEGORIES = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
STATUSES = {
    "1": ("Open", "new"),
    "3": ("Work in progress", "indeterminate"),
    "10010": ("Pending", "indeterminate"),
    "5": ("Resolved", "done"),
    "6": ("Closed", "done"),
    "10011": ("Canceled", "done"),
}
RENAMED = {
    "1": "Eingang",
    "3": "In Arbeit",
    "10010": "Wartet auf Dritte",
    "5": "Erledigt",
    "6": "Zu",
    "10011": "Nichts",
}
# ids carry no rank
PRIORITIES = {"2": "Highest", "10002": "High", "1": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS = {"10000": "Done", "10001": "Won't do", "10002": "Duplicate", "10003": "Cannot reproduce"}
LINK_TYPES = {
    "10000": ("Blocks", "is blocked by", "blocks"),
    "10002": ("Duplicate", "is duplicated by", "duplicates"),
    "10003": ("Relates", "relates to", "relates to"),
    "10004": ("Problem/Incident", "is caused by", "causes"),
}
COMPONENTS = {"10100": "Network", "10101": "Database"}
TEAMS = {"8d1f6a00-net": "Network", "8d1f6a00-db": "Database"}
GROUPS = {"g-net": "network-oncall", "g-db": "database-oncall"}

REQUEST_TYPE, FIRST_RESPONSE, RESOLUTION = "customfield_10110", "customfield_10201", "customfield_10202"
IMPACT, URGENCY, PENDING_REASON = "customfield_10301", "customfield_10302", "customfield_10303"
MAJOR, TEAM, SERVICES, ROOT_CAUSE = "customfield_10304", "customfield_10305", "customfield_10306", "customfield_10307"
OTHER_IMPACT, GROUP = "customfield_10399", "customfield_10308"
SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"
OPTIONS = {
    IMPACT: {
        "501": "Extensive / Widespread",
        "502": "Significant / Large",
        "503": "Moderate / Limited",
        "504": "Minor / Localized",
    },
    URGENCY: {"511": "Critical", "512": "High", "513": "Medium", "514": "Low"},
    PENDING_REASON: {"521": "More info required", "522": "Awaiting vendor", "523": "Pending on change request"},
    OTHER_IMPACT: {"591": "Much", "592": "Little"},
}
# field id → (name, name in another language, custom type, type)
CUSTOM = {
    REQUEST_TYPE: ("Request Type", "Anfragetyp", "com.atlassian.servicedesk:vp-origin", "sd-customerrequesttype"),
    FIRST_RESPONSE: (
        "Time to first response",
        "Zeit bis zur ersten Antwort",
        "com.atlassian.servicedesk:sd-sla-field",
        "sd-servicelevelagreement",
    ),
    RESOLUTION: (
        "Time to resolution",
        "Zeit bis zur Lösung",
        "com.atlassian.servicedesk:sd-sla-field",
        "sd-servicelevelagreement",
    ),
    OTHER_IMPACT: ("Impact", "Auswirkung", SELECT, "option"),
    IMPACT: ("Impact", "Auswirkung", SELECT, "option"),
    URGENCY: ("Urgency", "Dringlichkeit", SELECT, "option"),
    PENDING_REASON: ("Pending reason", "Wartegrund", SELECT, "option"),
    MAJOR: (
        "Major incident",
        "Großstörung",
        "com.atlassian.jira.modules.servicemanagement.major-incident-entity:major-incident-entity-field-cftype",
        "string",
    ),
    TEAM: ("Team", "Team", "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team", "team"),
    GROUP: ("Support group", "Gruppe", "com.atlassian.jira.plugin.system.customfieldtypes:grouppicker", "group"),
    SERVICES: (
        "Affected services",
        "Betroffene Dienste",
        "com.atlassian.jira.plugins.service-entity:service-entity-field-cftype",
        "service-entity-field-type",
    ),
    ROOT_CAUSE: (
        "Root cause",
        "Ursache",
        "com.atlassian.jira.plugin.system.customfieldtypes:textarea",
        "string",
    ),
}
SYSTEM = (
    ("summary", "Summary", "string"),
    ("description", "Description", "string"),
    ("status", "Status", "status"),
    ("priority", "Priority", "priority"),
    ("assignee", "Assignee", "user"),
    ("reporter", "Reporter", "user"),
    ("issuetype", "Issue Type", "issuetype"),
    ("project", "Project", "project"),
    ("resolution", "Resolution", "resolution"),
    ("labels", "Labels", "array"),
    ("components", "Components", "array"),
    ("created", "Created", "datetime"),
    ("updated", "Updated", "datetime"),
    ("issuelinks", "Linked Issues", "array"),
)
MATRIX = {  # impact × urgency → priority id, by the place among the options
    (i, u): list(PRIORITIES)[min(4, (i + u + 1) * 5 // 8)] for i in range(4) for u in range(4)
}
_TROUBLES = ("Mail queue stuck", "VPN drops every hour", "Checkout answers 500", "Disk full on db-3", "DNS is slow")
_OPEN = ("1", "1", "1", "3", "3", "10010")


def furnish(store: Store) -> None:
    """People."""
    for login, name, agent in (
        ("anna", "Anna Andersson", True),
        ("bo", "Bo Berg", True),
        ("cleo", "Cleo Chen", True),
        ("carl", "Carl Customer", False),
    ):
        store.users[login] = User(
            login,
            name,
            f"712020:{login}-4f6b-8a31",
            f"JIRAUSER1010{len(store.users)}",
            f"{login}@example.org",
            agent=agent,
        )


def register(store: Store, title: str, *, by: str = "carl", project: str = "OPS", **fields: object) -> Issue:
    """A new incident, as the portal makes it; without a request type where an agent made it."""
    values = {
        "summary": title,
        "description": None,
        "status": "1",
        "priority": "1",
        "assignee": None,
        "reporter": by,
        "creator": by,
        "resolution": None,
        "labels": [],
        "components": [],
        REQUEST_TYPE: "25" if not store.users[by].agent else None,
        **fields,
    }
    return store.add(project, "10004", values)


def incidents(store: Store, count: int) -> None:
    """A queue to look at."""
    chance = random.Random(7)
    for number in range(count):
        # the last two days, up to an hour ago
        store.skipped = -3600.0 - 172_800 * (count - number) / count
        impact, urgency = chance.choice(list(OPTIONS[IMPACT])), chance.choice(list(OPTIONS[URGENCY]))
        register(
            store,
            f"{chance.choice(_TROUBLES)} ({number + 1})",
            by=chance.choice(("carl", "carl", "bo")),
            status=chance.choice(_OPEN),
            priority=chance.choice(list(PRIORITIES)),
            assignee=chance.choice((None, None, "bo", "cleo")),
            components=[chance.choice(list(COMPONENTS))],
            **{IMPACT: impact, URGENCY: urgency, TEAM: chance.choice(list(TEAMS))},
        )
    store.skipped = 0.0
