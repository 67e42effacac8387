"""What the Ivanti adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability
from vagt.domain.commands import Verb

_LEVELS = {"1": "High", "2": "Medium", "3": "Low"}

MANIFEST = Manifest(
    name="ivanti",
    title="Ivanti Neurons for ITSM",
    session="vagt.adapters.ivanti.session:open_session",
    check="vagt.adapters.ivanti.options:read",
    auth=(
        AuthMethod(
            "api-key",
            needs_username=True,
            help="A key's Reference ID, from Configure, Security Controls, API Keys; `username` is your own Login ID.",
        ),
        AuthMethod(
            "session",
            needs_username=True,
            help="Your Ivanti password, sent once; the option `role` names the role to work in.",
        ),
    ),
    capabilities=frozenset(Capability) - {Capability.SNOOZE, Capability.MERGE, Capability.ONCALL, Capability.STATUS},
    options=(
        OptionSpec("base_path", OptionKind.TEXT, "Where the interface is: /api or /HEAT/api; found out where absent."),
        OptionSpec(
            "odata",
            OptionKind.TEXT,
            "The version of the interface: v2 reads any brackets in `query`, where the release has it.",
            default="v1",
            choices=("v1", "v2"),
        ),
        OptionSpec(
            "role", OptionKind.TEXT, "For auth = “session”: the role's internal name.", default="ServiceDeskAnalyst"
        ),
        OptionSpec("tenant", OptionKind.TEXT, "For auth = “session”: the tenant; the host of `url` where absent."),
        OptionSpec(
            "operator", OptionKind.TEXT, "Your own Login ID, where `username` is an account that several share."
        ),
        OptionSpec("teams", OptionKind.LIST, "The teams whose incidents to show; all that can be seen where absent."),
        OptionSpec(
            "states",
            OptionKind.TABLE,
            "What your tenant's status names mean: new, active, waiting, resolved or closed.",
        ),
        OptionSpec("new_status", OptionKind.TEXT, "The status of a new incident.", default="Logged"),
        OptionSpec(
            "active_status", OptionKind.TEXT, "The status of an acknowledged or reopened incident.", default="Active"
        ),
        OptionSpec("hold_status", OptionKind.TEXT, "The status for a hold whose reason is words instead of a status."),
        OptionSpec("resolve_status", OptionKind.TEXT, "The status of a resolved incident.", default="Resolved"),
        OptionSpec("close_status", OptionKind.TEXT, "The status of a closed incident.", default="Closed"),
        OptionSpec("allow_close", OptionKind.FLAG, "Offer closing, which has no way back.", default=True),
        OptionSpec("statuses", OptionKind.LIST, "The statuses to offer; those found in the tenant where absent."),
        OptionSpec("causes", OptionKind.LIST, "The cause codes to offer; those found in the tenant where absent."),
        OptionSpec(
            "pick_lists",
            OptionKind.TABLE,
            "Where value lists can be read: field = “set.Field”, such as CauseCode = “causecodes.Name”.",
        ),
        OptionSpec("impact_values", OptionKind.TABLE, "The impact's values for 1, 2 and 3.", default=_LEVELS),
        OptionSpec("urgency_values", OptionKind.TABLE, "The urgency's values for 1, 2 and 3.", default=_LEVELS),
        OptionSpec(
            "priorities",
            OptionKind.TABLE,
            "Which of our priorities each of the tenant's is, where they are not called 1 to 5.",
        ),
        OptionSpec(
            "direct_priority",
            OptionKind.FLAG,
            "Write a priority directly; else impact and urgency are written and the tenant calculates it.",
            default=False,
        ),
        OptionSpec("default_service", OptionKind.TEXT, "The service where an incident has none and must have one."),
        OptionSpec("default_category", OptionKind.TEXT, "The category where an incident has none and must have one."),
        OptionSpec("default_team", OptionKind.TEXT, "The team where an incident has none; your own where absent."),
        OptionSpec("default_customer", OptionKind.TEXT, "The Login ID of a new incident's customer; you where absent."),
        OptionSpec("default_source", OptionKind.TEXT, "The source of a new incident."),
        OptionSpec(
            "handover_status",
            OptionKind.TEXT,
            "The status of an incident that goes to a team or nobody, where the tenant wants an owner in its status.",
        ),
        OptionSpec(
            "take_moves_team",
            OptionKind.FLAG,
            "Taking moves the incident to your team where only its members may own it.",
            default=False,
        ),
        OptionSpec("note_category", OptionKind.TEXT, "The category of notes.", default="Memo"),
        OptionSpec(
            "journal",
            OptionKind.TEXT,
            "How your tenant mails those affected, for updates by `journal`: by published notes, or by e-mail entries.",
            default="off",
            choices=("off", "note", "email"),
        ),
        OptionSpec(
            "journal_category", OptionKind.TEXT, "The category of such notes or entries.", default="E-mailed Customer"
        ),
        OptionSpec(
            "journal_body", OptionKind.TEXT, "For journal = “email”: the field of its text.", default="EmailBody"
        ),
        OptionSpec("attribute", OptionKind.FLAG, "Sign notes and new incidents with your Login ID.", default=True),
        OptionSpec(
            "html_fields",
            OptionKind.LIST,
            "Fields that hold HTML: what is written there is escaped.",
            default=["Symptom", "Resolution"],
        ),
        OptionSpec(
            "major_field", OptionKind.TEXT, "The field that marks a major incident.", default="IsMasterIncident"
        ),
        OptionSpec("major_value", OptionKind.TEXT, "Its value on a major incident.", default="true"),
        OptionSpec(
            "related_relation", OptionKind.TEXT, "The relationship between related incidents, where you have one."
        ),
        OptionSpec("escalation_team", OptionKind.TEXT, "The team that an escalation without a target goes to."),
        OptionSpec("escalate_action", OptionKind.TEXT, "The quick action that escalates."),
        OptionSpec("actions", OptionKind.TABLE, "Quick actions that change the status: name = the status afterwards."),
        OptionSpec("action_ids", OptionKind.TABLE, "Quick actions by name = ActionId, where $metadata is refused."),
        OptionSpec("search_ids", OptionKind.TABLE, "Saved searches by name = ActionId, where $metadata is refused."),
        OptionSpec("team_relation", OptionKind.TEXT, "The relationship of a team that holds its members."),
        OptionSpec("sla", OptionKind.FLAG, "Read the SLA clocks.", default=True),
        OptionSpec("extra_fields", OptionKind.LIST, "Further fields of an incident to show."),
        OptionSpec(
            "incident_url", OptionKind.TEXT, "The web address of an incident, with {id} or {number} in its place."
        ),
        OptionSpec("page_size", OptionKind.INTEGER, "Rows per request, 1 to 100.", default=100),
    ),
    url_help="The tenant's address: https://acme.ivanticloud.com, or https://itsm.example.org/HEAT on-premises.",
    query_help=(
        "A $filter in Ivanti's grammar without the status (OwnerTeam eq 'IT' and Service eq 'E-mail'), "
        "or a saved search: saved:All Active Incidents."
    ),
    comment_notifies=True,
    closed_to=frozenset(
        {Verb.TAKE, Verb.ASSIGN, Verb.PRIORITY, Verb.TRANSITION, Verb.REOPEN, Verb.MAJOR, Verb.LINK, Verb.ATTACH}
    ),
    quirks=(
        "Ivanti has no version of an incident: Vagt compares just before it writes, and a change within the same "
        "moment can still be lost.",
        "Every save runs your tenant's workflows, which may send mail.",
        "Ivanti silently drops a filter with a function such as contains(): Vagt refuses such a `query`.",
        "A closed incident takes changes over the interface that its own screens refuse: Vagt refuses them too.",
        "Who is on call is not in Ivanti; rotas of your config are used instead.",
        "A public comment is a published note; whether it is mailed is up to your tenant.",
        "Ivanti's interface sends no mail: an update by `journal` is a note or an entry that a workflow of your tenant "
        "mails; the option `journal` says which.",
        "A hold has no end in Ivanti: reason and end become a note.",
        "The key belongs to an account, not to you: Vagt signs notes with your Login ID where the tenant lets it.",
        "A master incident stands for a major one, unless you name a field of your own.",
    ),
)
