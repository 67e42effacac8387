"""Stock content of a tenant: value lists, people, teams, services, and the names of an incident's fields."""

from __future__ import annotations

STATUS = {
    "Logged": "AB3D0090B6D8471FB0D2720D301A22AF",
    "Active": "EAB221009EE34AB4BC1D14A42ED099AA",
    "Waiting for Customer": "35CAD031B9794B8EB5813FAB69839831",
    "Waiting for 3rd Party": "726C4658DFF0412C9995581E729CA190",
    "Waiting for Resolution": "ECD34E111046473BA552BB7E1D56F9EC",
    "Resolved": "D562C1C0DF4742CB8D60276059C3B828",
    "Closed": "2905321A3B12477A82E94E289F47786B",
}
PRIORITY = {
    "1": "CBB1D619A1BD452590E84E1B0DFC4F9B",
    "2": "C51852F3F3544F8A8F78D3E7FDE9EB2E",
    "3": "29CD5D78E16F4D82916C3E933A600096",
    "4": "3EBE541E65EF4292AC207BFE7A8A4804",
    "5": "DA5FF948701D4022927500E08FCF574E",
}
IMPACT = {
    "High": "C052472E5ADC45DB94624B6010F24B01",
    "Medium": "1AFFC174C7EA4AB79CCA6B15EB67006D",
    "Low": "0ABE7B9E677D4A70BDC3BC5E9B19B258",
}
URGENCY = {
    "High": "6E4077D3FB6C44AA9DE3493422A27DC2",
    "Medium": "44021B6CC6E44E598868C4B3306053AE",
    "Low": "320F22CAA2984C87B06AEFD3DE6FFBBF",
}
SOURCES = (
    "AutoTicket,Change Request,Chat,Email,Fax,FrontRange Voice,Instant Message,Microsoft Teams,Network Monitor,Phone,"
    "Self Service,Voice Mail,Walk-In"
).split(",")
CAUSES = (
    "Configuration,Documentation Request,Hardware,Install Request,Installation,Linked Problem,Other,Reference Request,"
    "Session Reset,Software,Training"
).split(",")
TEAMS = (
    "Service Desk,IT,HR,Desktop Support,Network Support,Operations,Problem Management,Change Management,"
    "Application Development,Facilities"
).split(",")
NOTE_CATEGORIES = (
    "Called Customer,Customer Complaint,Customer Feedback,Customer Follow-up,Customer Notes,E-mailed Customer,"
    "Left Voice Mail,Memo,Resolution Communication,Status Update"
).split(",")
SERVICES = {
    "Service Desk": ("How To", "Complaint"),
    "Desktop Service": ("Hardware", "Software"),
    "Network Service": ("Connectivity", "Firewall"),
    "E-mail Service": ("Outlook", "Mail Queue"),
}
PEOPLE = {
    "anna": ("Anna", "Aas", "Service Desk"),
    "bo": ("Bo", "Berg", "Service Desk"),
    "cara": ("Cara", "Cole", "Service Desk"),
    "dag": ("Dag", "Dahl", "Network Support"),
    "eva": ("Eva", "Ek", "Network Support"),
    "oncall.api": ("On-call", "Interface", "Service Desk"),
}
CUSTOMERS = {"AGreen": ("Aaron", "Green", ""), "MMoe": ("Mia", "Moe", "")}

VALIDATED = {"Status": STATUS, "Priority": PRIORITY, "Impact": IMPACT, "Urgency": URGENCY}
DISPLAY = {"Symptom": "Description", "Subject": "Summary", "ProfileLink": "Customer", "OwnerTeam": "Team"}
"""Display names, as messages tell them: each of these fields by its label."""
RELATIONS = {
    "IncidentContainsJournal": "journals",
    "IncidentContainsTask": "tasks",
    "IncidentAssocTaskAssignment": "task__assignments",
    "IncidentContainsAttachment": "attachments",
    "ProblemAssociatesIncident": "problems",
    "IncidentAssociatesChange": "changes",
    "IncidentAssociatesCI": "cis",
    "IncidentAssociatesService": "ci__services",
    "IncidentAssocChildIncident": "incidents",
    "IncidentAssocMasterIncident": "incidents",
    "IncidentAssociatedEscalationWatch": "frs_data_escalation_watchs",
}
TEXTS = (
    "RecId Subject Symptom SocialTextHeader TypeOfIncident Source Status PreviousState Impact Urgency Priority Owner "
    "OwnerTeam OwnerType OwnerEmail OwnerTeamEmail TeamManagerEmail ProfileLink ProfileLink_RecID ProfileLink_Category "
    "ProfileFullName LoginId Email Phone CustomerDepartment CustomerLocation OrganizationUnitID OrgUnitLink Service "
    "Category Subcategory ActualService ActualCategory CauseCode Resolution ResolvedBy ResolvedByType ClosedBy "
    "RespondedBy SLA SLADisplayText SLALink SLALink_RecID ResponseEscLink_RecID ResolutionEscLink_RecID "
    "WaitingEscLink_RecID ClosingEscLink_RecID HoursOfOperation MasterIncidentLink_RecID MasterIncidentLink_Category "
    "ResolvedByIncidentNumber ServiceOwnerEmail ProblemLink_RecID ProblemLink_Category ServiceReqLink_RecID "
    "KnowledgeLink_RecID Cost Cost_Currency CostPerMinute CostPerMinute_Currency NewNotes CreatedByType CreatedBy "
    "LastModBy Status_Valid Priority_Valid Impact_Valid Urgency_Valid Owner_Valid OwnerTeam_Valid Service_Valid "
    "Category_Valid CauseCode_Valid Source_Valid"
).split()
NUMBERS = ("IncidentNumber", "ClosedDuration", "TotalTimeSpent", "ProgressBarPosition")
FLAGS = (
    "ReadOnly IsInFinalState IsUnRead IsVIP IsReportedByAlternateContact FirstCallResolution IsWorkAround "
    "IsMasterIncident IsResolvedByMaster IsRelatedIncidentUpdate IsRelatedIncidentResolutionUpdate IsNotification "
    "SendSurveyNotification"
).split()
MOMENTS = ("CreatedDateTime", "LastModDateTime", "ResolvedDateTime", "ClosedDateTime", "RespondedDateTime")
INCIDENT = {
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(NUMBERS, "number"),
    **dict.fromkeys(FLAGS, "flag"),
    **dict.fromkeys(MOMENTS, "moment"),
}
"""Every field of an incident with its type."""
ACTIONS = {
    "Close_Incident": "3492dbcc-e502-44fd-9790-e3e45cb26c45",
    "Send_to_Network_Support": "5f0c7a10-35b7-4f0c-9e0b-6f2ea8d70b11",
}
"""Quick actions: one closes, one moves to another team."""
ODD_ACTIONS = {
    "Print_Preview": "0b8f3a6e-2c0e-4b6f-8a55-97a5c0d4a001",
    "Ask_Vendor": "c1d7e0a2-7a52-4c55-9f0e-2f8b13a9aa07",
}
"""One works in the browser only, one asks first."""
SEARCHES = {
    "All_Active_Incidents": "9d2f9b60-1111-4a2f-8f51-0c2d3e4f5a01",
    "My_Teams_Active_Incidents": "9d2f9b60-2222-4a2f-8f51-0c2d3e4f5a02",
    "Network_Outages": "9d2f9b60-3333-4a2f-8f51-0c2d3e4f5a03",
}
"""Saved searches."""
