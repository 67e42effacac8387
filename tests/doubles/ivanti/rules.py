"""The stock business rules of an incident: defaults, what each status requires, what follows from what."""

from __future__ import annotations

from typing import Any

from tests.doubles.ivanti import stock
from tests.doubles.ivanti.tenant import Row, Tenant

_FINAL = "Closed"
_GENERATED = frozenset({"RecId", "IncidentNumber", "CreatedDateTime", "LastModDateTime", "LastModBy", "ReadOnly"})


class Refused(Exception):
    """400 ISM_4000 with these messages."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = list(messages)


def create(tenant: Tenant, body: dict[str, Any], by: str) -> Row:
    """A new incident. Raises Refused."""
    _known(tenant, body)
    if "CreatedBy" in body and tenant.quirks.refuses_created_by:
        raise Refused("Field 'CreatedBy' cannot be set")
    author = str(body.pop("CreatedBy", "") or by) if tenant.quirks.keeps_created_by else by
    body.pop("CreatedBy", None)
    person = tenant.person(by)
    row = tenant.insert("incidents", author)
    row |= {
        "IncidentNumber": tenant.number(),
        "Status": "Active",
        "Source": "Phone",
        "Service": "Service Desk",
        "TypeOfIncident": "Failure",
        "Priority": "3",
        "HoursOfOperation": "Weekly HOP",
        "OwnerTeam": person["Team"] if person else None,
        **dict.fromkeys(stock.FLAGS, False),
        "IsNotification": True,
    }
    if "ProfileLink" in body and "ProfileLink_RecID" not in body:
        body["ProfileLink_RecID"] = body.pop("ProfileLink")
    if body.get("Status") != "Logged" and not body.get("Owner"):
        row["Owner"] = by
    try:
        _apply(tenant, row, body, {})
    except Refused:
        del tenant.sets["incidents"][row["RecId"]]
        raise
    if not tenant.quirks.clocks_late:
        tenant.watches(row)
    if tenant.quirks.workflow:
        row["LastModBy"] = "InternalServices"
    return row


def update(tenant: Tenant, row: Row, body: dict[str, Any], by: str) -> None:
    """Change an incident, wholly or not at all. Raises Refused."""
    if not body:
        raise Refused("Empty payload")
    _known(tenant, body)
    if row["Status"] == _FINAL and body.get("Status", _FINAL) != _FINAL:
        raise Refused(f"Incident({row['RecId']}): a closed record cannot be reopened")
    before = dict(row)
    try:
        _apply(tenant, row, {key: value for key, value in body.items() if key not in _GENERATED}, before)
    except Refused:
        row.clear()
        row.update(before)
        raise
    tenant.stamp(row, "InternalServices" if tenant.quirks.workflow else by)
    if before["Priority"] != row["Priority"] or before["Owner"] != row["Owner"]:
        tenant.mails.append(f"{row['IncidentNumber']} changed")


def _known(tenant: Tenant, body: dict[str, Any]) -> None:
    for name in body:
        if name not in tenant.fields["incidents"] and name != "ProfileLink":
            raise Refused(f"Field '{name}' was not found")


def _apply(tenant: Tenant, row: Row, body: dict[str, Any], before: Row) -> None:
    quirks = tenant.quirks
    for name, value in body.items():
        if name in quirks.deaf or (name in quirks.valid_needed and f"{name}_Valid" not in body):
            continue
        if value is None and not quirks.clears_with_null:
            continue
        row[name] = None if value == "" else value
    status = row["Status"]
    if before and status != before["Status"] and status in quirks.gated:
        raise Refused("DataLayer.PromptException: the change needs a prompt")
    if row["Source"] == "Chat" and before and status != before["Status"] and status in ("Resolved", _FINAL):
        raise Refused("DataLayer.PromptException: the change needs a prompt")
    _check_lists(tenant, row)
    if status == "Resolved" and not row["ResolvedBy"] and quirks.fills_resolver:
        row["ResolvedBy"] = tenant.api_account
    if status == "Resolved" and not row["ResolvedDateTime"]:
        row["ResolvedDateTime"] = tenant.now()
    _check_required(tenant, row, before)
    _derive(tenant, row, body, before)


def _check_lists(tenant: Tenant, row: Row) -> None:
    lists: dict[str, dict[str, str] | list[str]] = {
        **stock.VALIDATED,
        "CauseCode": stock.CAUSES,
        "Source": stock.SOURCES,
    }
    for name, allowed in lists.items():
        value = row[name]
        if value in (None, ""):
            continue
        match = next((item for item in allowed if item.casefold() == str(value).casefold()), None)
        if match is None:
            raise Refused(f"Incident.{name}: '{value}' is not in the validation list")
        row[name] = match
        if isinstance(allowed, dict):
            row[f"{name}_Valid"] = allowed[match]
    if row["OwnerTeam"]:
        team = tenant.team(str(row["OwnerTeam"]))
        if team is None:
            raise Refused(f"UndefinedValidatedValue: Incident.Team '{row['OwnerTeam']}' is not in the validation list")
        row |= {"OwnerTeam": team["Team"], "OwnerTeam_Valid": team["RecId"], "OwnerTeamEmail": team["TeamEmail"]}
    if row["Owner"]:
        person = tenant.person(str(row["Owner"]))
        outside = tenant.quirks.owner_within_team and person is not None and person["Team"] != row["OwnerTeam"]
        if person is None or outside:
            raise Refused(f"UndefinedValidatedValue: Incident.Owner '{row['Owner']}' is not in the validation list")
        row |= {"Owner": person["LoginID"], "Owner_Valid": person["RecId"], "OwnerEmail": person["PrimaryEmail"]}
    if row["Service"] and row["Service"] not in stock.SERVICES:
        raise Refused(f"UndefinedValidatedValue: Incident.Service '{row['Service']}' is not in the validation list")
    if row["Category"] and row["Category"] not in stock.SERVICES.get(row["Service"] or "", ()):
        raise Refused(f"UndefinedValidatedValue: Incident.Category '{row['Category']}' is not in the validation list")


def _check_required(tenant: Tenant, row: Row, before: Row) -> None:
    needed = ["Status", "Subject", "Symptom"]
    if row["Status"] != "Logged":
        needed += ["Category", "Service", "Owner", "OwnerTeam"]
    if row["Status"] in ("Resolved", _FINAL):
        needed += ["CauseCode", "Resolution"]
    if row["Status"] == "Resolved":
        needed.append("ResolvedBy")
    missing = [name for name in needed if row[name] in (None, "")]
    if tenant.quirks.customer_required and not row["ProfileLink_RecID"]:
        missing.append("ProfileLink")
    if missing:
        of = row["RecId"] if before else "(new)"
        labels = [stock.DISPLAY.get(name, name) for name in missing]
        raise Refused(
            *(f"Incident({of}).NotEmpty: Required field Incident.{label} value must be provided." for label in labels)
        )


def _derive(tenant: Tenant, row: Row, body: dict[str, Any], before: Row) -> None:
    judged = row["Impact"] is not None or row["Urgency"] is not None
    moved = any(row[name] != before.get(name) for name in ("Impact", "Urgency"))
    if judged and (moved or not tenant.quirks.priority_writable):
        row["Priority"] = priority(row["Impact"], row["Urgency"])
    row["Priority"] = str(row["Priority"])
    row["Priority_Valid"] = stock.PRIORITY[row["Priority"]]
    person = tenant.sets["employees"].get(str(row["ProfileLink_RecID"] or "").upper())
    if row["ProfileLink_RecID"] and person is None:
        raise Refused("Incident.ProfileLink: no such contact")
    if person is not None:
        row |= {"ProfileFullName": person["DisplayName"], "Email": person["PrimaryEmail"], "LoginId": person["LoginID"]}
    row |= {"ActualService": row["Service"], "ActualCategory": row["Category"]}
    master = row["IsMasterIncident"] and not before.get("IsMasterIncident")
    if master and (row["Impact"] != "High" or row["MasterIncidentLink_RecID"]):
        raise Refused("Incident.IsMasterIncident is read-only unless Impact is High and there is no master incident")
    status, was = row["Status"], before.get("Status")
    row["PreviousState"] = was if status != was else row["PreviousState"]
    if status == _FINAL and was != _FINAL:
        row |= {"ClosedBy": tenant.api_account, "ClosedDateTime": tenant.now(), "ReadOnly": True}
    if status not in ("Resolved", _FINAL):
        row |= {"ResolvedBy": None, "ResolvedDateTime": None}
    if status != "Logged" and not row["RespondedDateTime"]:
        row["RespondedDateTime"] = tenant.now()
    _clocks(tenant, row)


def _clocks(tenant: Tenant, row: Row) -> None:
    for name, link in (("response", row["ResponseEscLink_RecID"]), ("resolution", row["ResolutionEscLink_RecID"])):
        watch = tenant.sets["frs_data_escalation_watchs"].get(str(link or "").upper())
        if watch is None:
            continue
        over = row["Status"] != "Logged" if name == "response" else row["Status"] in ("Resolved", _FINAL)
        waiting = name == "resolution" and str(row["Status"]).startswith("Waiting")
        watch["ClockState"] = "Stop" if over else "Pause" if waiting else "Run"
        if over and not watch["ResponseDateTime"]:
            watch["ResponseDateTime"] = tenant.now()


def priority(impact: str | None, urgency: str | None) -> str:
    """The stock matrix."""
    order = {"High": 1, "Medium": 2, "Low": 3}
    total = order.get(impact or "", 9) + order.get(urgency or "", 9)
    return {2: "1", 3: "2", 4: "3", 5: "4"}.get(total, "5")
