"""The tables and fields that the double knows, each field with its kind."""

from __future__ import annotations

TEXT, INTEGER, FLAG, MOMENT, DURATION, JOURNAL, CHOICE = (
    "text",
    "integer",
    "flag",
    "moment",
    "duration",
    "journal",
    "choice",
)

Table = dict[str, str]
"""Field name → kind; `ref:TABLE` for a reference."""

_STAMPS: Table = {
    "sys_id": TEXT,
    "sys_created_on": MOMENT,
    "sys_created_by": TEXT,
    "sys_updated_on": MOMENT,
    "sys_updated_by": TEXT,
    "sys_mod_count": INTEGER,
}

_TASK: Table = {
    **_STAMPS,
    "number": TEXT,
    "short_description": TEXT,
    "description": TEXT,
    "state": CHOICE,
    "active": FLAG,
    "impact": CHOICE,
    "urgency": CHOICE,
    "priority": CHOICE,
    "assignment_group": "ref:sys_user_group",
    "assigned_to": "ref:sys_user",
    "opened_at": MOMENT,
    "opened_by": "ref:sys_user",
    "closed_at": MOMENT,
    "closed_by": "ref:sys_user",
    "close_notes": TEXT,
    "follow_up": MOMENT,
    "due_date": MOMENT,
    "parent": "ref:task",
    "cmdb_ci": "ref:cmdb_ci",
    "business_service": "ref:cmdb_ci_service",
    "contact_type": CHOICE,
    "correlation_id": TEXT,
    "correlation_display": TEXT,
    "reassignment_count": INTEGER,
    "sys_class_name": TEXT,
    "comments": JOURNAL,
    "work_notes": JOURNAL,
    "comments_and_work_notes": JOURNAL,
}

_CI: Table = {**_STAMPS, "name": TEXT, "short_description": TEXT}

SCHEMA: dict[str, Table] = {
    "task": _TASK,
    "incident": {
        **_TASK,
        "incident_state": CHOICE,
        "hold_reason": CHOICE,
        "severity": CHOICE,
        "caller_id": "ref:sys_user",
        "close_code": CHOICE,
        "resolved_at": MOMENT,
        "resolved_by": "ref:sys_user",
        "reopen_count": INTEGER,
        "category": CHOICE,
        "subcategory": CHOICE,
        "major_incident_state": CHOICE,
        "parent_incident": "ref:incident",
        "child_incidents": INTEGER,
        "problem_id": "ref:problem",
        "rfc": "ref:change_request",
        "caused_by": "ref:change_request",
        "escalation": CHOICE,
        "made_sla": FLAG,
        "sla_due": MOMENT,
        "u_site": TEXT,
    },
    "problem": _TASK,
    "change_request": _TASK,
    "sys_user": {
        **_STAMPS,
        "user_name": TEXT,
        "name": TEXT,
        "email": TEXT,
        "active": FLAG,
        "locked_out": FLAG,
        "time_zone": TEXT,
        "date_format": TEXT,
        "time_format": TEXT,
    },
    "sys_user_group": {
        **_STAMPS,
        "name": TEXT,
        "description": TEXT,
        "active": FLAG,
        "manager": "ref:sys_user",
        "type": TEXT,
    },
    "sys_user_grmember": {**_STAMPS, "user": "ref:sys_user", "group": "ref:sys_user_group"},
    "sys_user_has_role": {**_STAMPS, "user": "ref:sys_user", "role": "ref:sys_user_role"},
    "sys_user_role": {**_STAMPS, "name": TEXT},
    "sys_journal_field": {**_STAMPS, "name": TEXT, "element": TEXT, "element_id": TEXT, "value": TEXT},
    "sys_audit": {
        **_STAMPS,
        "tablename": TEXT,
        "documentkey": TEXT,
        "fieldname": TEXT,
        "oldvalue": TEXT,
        "newvalue": TEXT,
        "user": TEXT,
    },
    "sys_choice": {
        **_STAMPS,
        "name": TEXT,
        "element": TEXT,
        "value": TEXT,
        "label": TEXT,
        "sequence": INTEGER,
        "inactive": FLAG,
        "language": TEXT,
        "dependent_value": TEXT,
    },
    "dl_u_priority": {**_STAMPS, "impact": TEXT, "urgency": TEXT, "priority": TEXT, "active": FLAG},
    "contract_sla": {**_STAMPS, "name": TEXT, "type": CHOICE, "target": CHOICE, "duration": DURATION},
    "task_sla": {
        **_STAMPS,
        "task": "ref:task",
        "sla": "ref:contract_sla",
        "stage": CHOICE,
        "active": FLAG,
        "has_breached": FLAG,
        "start_time": MOMENT,
        "end_time": MOMENT,
        "planned_end_time": MOMENT,
        "pause_time": MOMENT,
        "percentage": TEXT,
        "time_left": DURATION,
    },
    "cmdb_ci": _CI,
    "cmdb_ci_service": _CI,
    "cmn_rota": {**_STAMPS, "name": TEXT, "group": "ref:sys_user_group", "active": FLAG},
    "cmn_rota_roster": {**_STAMPS, "name": TEXT, "rota": "ref:cmn_rota", "order": INTEGER},
    "sys_attachment": {
        **_STAMPS,
        "table_name": TEXT,
        "table_sys_id": TEXT,
        "file_name": TEXT,
        "content_type": TEXT,
        "size_bytes": INTEGER,
    },
}

TASKS = ("incident", "problem", "change_request")
"""What `task` reads, mixed."""

SHOWN_BY = {"sys_user": "name", "contract_sla": "name", "sys_user_role": "name", "sys_user_group": "name"}
"""Which field stands for a referenced row; `number` for tasks, `name` for the rest."""


def display_field(table: str) -> str:
    """The field that people see of a referenced row."""
    return "number" if table in (*TASKS, "task") else SHOWN_BY.get(table, "name")


def target(kind: str) -> str:
    """The table that a reference points to; empty for another kind."""
    return kind[4:] if kind.startswith("ref:") else ""
