"""What the tenant holds: objects by set, links between them, and who may come in."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.doubles.ivanti import stock
from tests.doubles.ivanti.quirks import Quirks

Row = dict[str, Any]
_TEXT, _FLAG, _MOMENT, _NUMBER = "text", "flag", "moment", "number"
_COMMON = {
    "RecId": _TEXT,
    "CreatedBy": _TEXT,
    "LastModBy": _TEXT,
    "CreatedDateTime": _MOMENT,
    "LastModDateTime": _MOMENT,
}
_PARENT = {"ParentLink": _TEXT, "ParentLink_RecID": _TEXT, "ParentLink_Category": _TEXT}
_NOTE = {
    **_PARENT,
    **dict.fromkeys(("Subject", "Category", "Source", "JournalType", "DisplayText"), _TEXT),
    "PublishToWeb": _FLAG,
    "IsUnRead": _FLAG,
}
_TASK = {**_PARENT, **dict.fromkeys(("Subject", "Status", "Owner", "OwnerTeam"), _TEXT), "AssignmentID": _NUMBER}
SCHEMA: dict[str, dict[str, str]] = {
    "incidents": stock.INCIDENT,
    "journals": _NOTE,
    "journal__notess": {**_NOTE, "NotesBody": _TEXT},
    "journal__emails": {**_NOTE, "EmailBody": _TEXT, "FromAddr": _TEXT, "ToAddr": _TEXT},
    "tasks": _TASK,
    "task__assignments": _TASK,
    "attachments": {**_PARENT, "ATTACHNAME": _TEXT},
    "problems": {"ProblemNumber": _NUMBER, "Subject": _TEXT, "Status": _TEXT},
    "changes": {"ChangeNumber": _NUMBER, "Subject": _TEXT, "Status": _TEXT},
    "cis": {"Name": _TEXT, "CIType": _TEXT},
    "ci__services": {"Name": _TEXT, "OwnerEmailAddress": _TEXT},
    "categorys": {"Name": _TEXT, "Service": _TEXT},
    "standarduserteams": {"Team": _TEXT, "TeamEmail": _TEXT, "TeamManagerEmail": _TEXT},
    "employees": {
        **dict.fromkeys(
            "LoginID DisplayName FirstName LastName PrimaryEmail PrimaryPhone Status Title Department Team".split(),
            _TEXT,
        ),
        "Disabled": _FLAG,
    },
    "frs_data_escalation_watchs": {
        **_PARENT,
        **dict.fromkeys(("ClockState", "Status"), _TEXT),
        **dict.fromkeys(("BreachDateTime", "L1DateTime", "L2DateTime", "L3DateTime", "ResponseDateTime"), _MOMENT),
        **dict.fromkeys(("BreachPassed", "L1Passed", "L2Passed", "L3Passed"), _FLAG),
    },
    "audit_incidents": {"ParentLink_RecID": _TEXT, "FieldName": _TEXT, "OldValue": _TEXT, "NewValue": _TEXT},
    "causecodes": {"Name": _TEXT},
}


def new_id() -> str:
    """A key as the product makes them: 32 upper hex digits."""
    return uuid.uuid4().hex.upper()


class Tenant:
    """All state; every write goes through `insert` and `stamp`, so that dates and authors are always there."""

    def __init__(self, quirks: Quirks | None = None, *, now: Callable[[], datetime] | None = None) -> None:
        self.quirks = quirks or Quirks()
        self.clock = now or (lambda: datetime.now(UTC))
        self.sets: dict[str, dict[str, Row]] = {name: {} for name in SCHEMA}
        self.fields = {name: {**_COMMON, **fields} for name, fields in SCHEMA.items()}
        self.links: dict[str, set[tuple[str, str]]] = {}
        """Relationship → (incident, other)."""
        self.files: dict[str, bytes] = {}
        self.actions_run: list[tuple[str, str]] = []
        """(quick action, incident), in order."""
        self.mails: list[str] = []
        """What workflows would have sent."""
        self.api_key = secrets.token_hex(16).upper()
        self.api_account = "oncall.api"
        self.passwords = {"anna": "Tr0ub4dor&3-" + secrets.token_hex(4)}
        self.sessions: dict[str, str] = {}
        """Session id or token → login."""
        self.roles = {"ServiceDeskAnalyst", "ServiceDeskManager", "Admin", "SelfService"}
        self._number = 10000
        self._stock()

    def now(self) -> datetime:
        """The tenant's clock, whole seconds."""
        return self.clock().replace(microsecond=0)

    def rows(self, name: str) -> Iterable[Row]:
        return self.sets[name].values()

    def insert(self, name: str, by: str, **fields: Any) -> Row:
        """A new object of a set."""
        id = new_id()
        now = self.now()
        row: Row = dict.fromkeys(self.fields[name])
        row |= {"RecId": id, "CreatedBy": by, "LastModBy": by, "CreatedDateTime": now, "LastModDateTime": now}
        row |= fields
        self.sets[name][row["RecId"]] = row
        return row

    def stamp(self, row: Row, by: str) -> None:
        """It was changed now by `by`."""
        row["LastModBy"], row["LastModDateTime"] = by, self.now()

    def number(self) -> int:
        self._number += 1
        return self._number

    def incident(self, ref: str) -> Row:
        """By RecId or number. Raises KeyError."""
        found = self.sets["incidents"].get(ref)
        if found is None:
            found = next((row for row in self.rows("incidents") if str(row["IncidentNumber"]) == ref), None)
        if found is None:
            raise KeyError(ref)
        return found

    def person(self, login: str) -> Row | None:
        return next((row for row in self.rows("employees") if row["LoginID"].casefold() == login.casefold()), None)

    def team(self, name: str) -> Row | None:
        return next((row for row in self.rows("standarduserteams") if row["Team"].casefold() == name.casefold()), None)

    def notes(self, incident: str) -> list[Row]:
        return [row for row in self.rows("journal__notess") if row["ParentLink_RecID"] == incident]

    def watches(self, row: Row) -> None:
        """The stock clocks of a new incident: response while Logged, resolution until Resolved."""
        now = row["CreatedDateTime"]
        for name, hours in (("Response", 1), ("Resolution", 8)):
            watch = self.insert(
                "frs_data_escalation_watchs",
                "InternalServices",
                ParentLink_RecID=row["RecId"],
                ParentLink_Category="Incident",
                ClockState="Run",
                BreachDateTime=now + timedelta(hours=hours),
                BreachPassed=False,
            )
            row[f"{name}EscLink_RecID"] = watch["RecId"].lower()

    def related(self, relation: str, incident: str) -> list[Row]:
        """The objects at the other end of a relationship."""
        target = stock.RELATIONS[relation]
        if relation == "IncidentContainsJournal":
            mine = [row for name in ("journal__notess", "journal__emails") for row in self.rows(name)]
            shown = [*SCHEMA["journals"], *_COMMON]
            return [{key: row[key] for key in shown} for row in mine if row["ParentLink_RecID"] == incident]
        if target in ("tasks", "task__assignments", "attachments", "frs_data_escalation_watchs"):
            return [row for row in self.rows(target) if row["ParentLink_RecID"] == incident]
        if relation == "IncidentAssocChildIncident":
            return [row for row in self.rows("incidents") if row["MasterIncidentLink_RecID"] == incident]
        if relation == "IncidentAssocMasterIncident":
            master = self.sets["incidents"][incident]["MasterIncidentLink_RecID"]
            return [self.sets["incidents"][master]] if master in self.sets["incidents"] else []
        found = [other for one, other in self.links.get(relation, ()) if one == incident]
        return [self.sets[target][other] for other in sorted(found) if other in self.sets[target]]

    def _stock(self) -> None:
        for login, (first, last, team) in {**stock.PEOPLE, **stock.CUSTOMERS}.items():
            self.insert(
                "employees",
                "admin",
                LoginID=login,
                FirstName=first,
                LastName=last,
                DisplayName=f"{first} {last}",
                PrimaryEmail=f"{login.lower()}@example.org",
                Status="Active",
                Disabled=False,
                Team=team or None,
            )
        for team in stock.TEAMS:
            self.insert(
                "standarduserteams", "admin", Team=team, TeamEmail=f"{team.lower().replace(' ', '.')}@example.org"
            )
        for service, categories in stock.SERVICES.items():
            self.insert("ci__services", "admin", Name=service, OwnerEmailAddress="owner@example.org")
            for category in categories:
                self.insert("categorys", "admin", Name=category, Service=service)
        for code in stock.CAUSES:
            self.insert("causecodes", "admin", Name=code)
        for n, title in enumerate(("Mail queue leaks", "Switch firmware"), start=501):
            self.insert("problems", "admin", ProblemNumber=n, Subject=title, Status="Logged")
        for n, title in enumerate(("Replace core switch", "Upgrade mail gateway"), start=901):
            self.insert("changes", "admin", ChangeNumber=n, Subject=title, Status="Scheduled")
        for name in ("mx2", "core-sw1"):
            self.insert("cis", "admin", Name=name, CIType="Server")
