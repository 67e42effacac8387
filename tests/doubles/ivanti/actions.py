"""Quick actions of the tenant: one closes, one moves to another team, one does nothing here, one asks first."""

from __future__ import annotations

from typing import Any

from tests.doubles.ivanti import rules, stock
from tests.doubles.ivanti.tenant import Row, Tenant

PROMPT = {
    "__type": "DataLayer.PromptData",
    "PromptObjectId": "b7b1f2c4-0000-4d1e-9a51-8c1c2f3a4d01",
    "PromptObjectType": "Incident#",
    "FieldName": "VendorCase",
    "Label": "Vendor's case number",
    "Required": True,
    "FieldType": "text",
    "ValidList": None,
    "Value": None,
}


def known(tenant: Tenant) -> dict[str, str]:
    """The tenant's quick actions: name → ActionId."""
    return {**stock.ACTIONS, **(stock.ODD_ACTIONS if tenant.quirks.odd_actions else {})}


def run(tenant: Tenant, name: str, row: Row, body: Any, by: str) -> dict[str, Any] | None:
    """The reply; None where there is no such action. Raises rules.Refused."""
    if not isinstance(body, dict) or body.get("ActionId") != known(tenant).get(name):
        return None
    form = (body.get("ActionParams") or {}).get("FormParams") or {}
    if form.get("objectId") != row["RecId"] or form.get("actionId") != body["ActionId"]:
        raise rules.Refused("Invalid ActionParams")
    if form.get("actualObjectType") != "Incident#" or body.get("ShouldSave") is not True:
        return {"status": "Success", "saved": False}
    match name:
        case "Close_Incident":
            given = {"CauseCode": row["CauseCode"] or "Other", "Resolution": row["Resolution"] or "Closed at once"}
            rules.update(tenant, row, {"Status": "Closed", "Owner": row["Owner"] or "oncall.api", **given}, by)
        case "Send_to_Network_Support":
            rules.update(tenant, row, {"OwnerTeam": "Network Support", "Owner": None, "Status": "Logged"}, by)
        case "Ask_Vendor":
            prompts = body.get("PromptParams") or []
            if not prompts or not prompts[0].get("Value"):
                return {"status": "Prompt", "saved": False, "IsPromptRequired": True, "promptParams": [PROMPT]}
            text = f"Vendor's case {prompts[0]['Value']}"
            tenant.insert(
                "journal__notess",
                by,
                NotesBody=text,
                JournalType="Notes",
                PublishToWeb=False,
                ParentLink_RecID=row["RecId"],
                ParentLink_Category="Incident",
            )
    tenant.actions_run.append((name, row["RecId"]))
    return {"status": "Success", "saved": True, "errors": {"errorMessages": [], "validationErrors": {}}}
