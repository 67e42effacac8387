"""What the Jira Service Management adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="jsm",
    title="Jira Service Management",
    session="vagt.adapters.jsm.session:open_session",
    check="vagt.adapters.jsm.options:read",
    auth=(
        AuthMethod(
            "basic",
            needs_username=True,
            help="Cloud: an API token, with your e-mail address as `username`. Data Center 10: your password; later "
            "releases refuse it.",
        ),
        AuthMethod(
            "token",
            help="Data Center: a personal access token. Cloud: the token of a service account, or one that something "
            "else renews; both need the option gateway.",
        ),
    ),
    capabilities=frozenset(
        {
            Capability.ACKNOWLEDGE,
            Capability.TAKE,
            Capability.ASSIGN_PERSON,
            Capability.ASSIGN_TEAM,
            Capability.SET_PRIORITY,
            Capability.SET_IMPACT_URGENCY,
            Capability.HOLD,
            Capability.NOTE,
            Capability.COMMENT,
            Capability.RESOLVE,
            Capability.CLOSE,
            Capability.REOPEN,
            Capability.TRANSITION,
            Capability.CREATE,
            Capability.LINK,
            Capability.MAJOR,
            Capability.ESCALATE,
            Capability.ONCALL,
            Capability.TIMELINE,
            Capability.SLA,
            Capability.ATTACH,
        }
    ),
    options=(
        OptionSpec("projects", OptionKind.LIST, "Keys of the projects whose incidents to show.", required=True),
        OptionSpec(
            "issue_types",
            OptionKind.LIST,
            "Names or ids of the issue types that are incidents; all of the projects' issues where absent.",
        ),
        OptionSpec(
            "deployment",
            OptionKind.TEXT,
            "Which Jira it is; asked where it says auto.",
            default="auto",
            choices=("auto", "cloud", "datacenter"),
        ),
        OptionSpec(
            "gateway",
            OptionKind.FLAG,
            "Cloud: send everything through api.atlassian.com, as API tokens with scopes and bearer tokens need it.",
            default=False,
        ),
        OptionSpec(
            "gateway_url",
            OptionKind.TEXT,
            "Where Atlassian's gateway is; it also serves Operations.",
            default="https://api.atlassian.com",
        ),
        OptionSpec(
            "operations",
            OptionKind.FLAG,
            "Cloud: use alerts, schedules and escalation policies of JSM Operations where the account has them.",
            default=True,
        ),
        OptionSpec(
            "escalation",
            OptionKind.TEXT,
            "Name or id of the escalation policy, schedule or team that an escalation goes to when none is named.",
        ),
        OptionSpec(
            "states",
            OptionKind.TABLE,
            "What your statuses (name or id) mean: new, active, waiting, resolved or closed.",
        ),
        OptionSpec(
            "moves",
            OptionKind.TABLE,
            "Which transition (name or id) is meant by acknowledge, hold, resolve, close or reopen, where several fit.",
        ),
        OptionSpec("resolution", OptionKind.TEXT, "The resolution that is offered first.", default="Done"),
        OptionSpec(
            "resolution_text",
            OptionKind.TEXT,
            "Where the words of a resolution go: an internal note, or a comment that the customer is mailed.",
            default="internal",
            choices=("internal", "public"),
        ),
        OptionSpec(
            "notes_by",
            OptionKind.TEXT,
            "How internal notes are written: as a comment with a property (keeps every word, and can be found again "
            "after a lost answer), or by the call for customer requests, which reads markup.",
            default="property",
            choices=("property", "request"),
        ),
        OptionSpec(
            "team_field",
            OptionKind.TEXT,
            "What an incident's team is: components, or the name or id of a field (Team, group picker, select). "
            "The Team field where absent and there is one.",
        ),
        OptionSpec(
            "priorities",
            OptionKind.TABLE,
            "Which of your priorities (name or id) is which number from 1 to 5; by their order in Jira where absent.",
        ),
        OptionSpec("impact_field", OptionKind.TEXT, "Name or id of the field that holds the impact.", default="Impact"),
        OptionSpec(
            "urgency_field", OptionKind.TEXT, "Name or id of the field that holds the urgency.", default="Urgency"
        ),
        OptionSpec("major_field", OptionKind.TEXT, "Name or id of the field that tells a major incident."),
        OptionSpec("link_types", OptionKind.TABLE, "Link type by kind of link, such as related = “Relates”."),
        OptionSpec("issue_type", OptionKind.TEXT, "Name or id of the issue type of a new incident."),
        OptionSpec("extra_fields", OptionKind.LIST, "Further fields to show, by name or id."),
        OptionSpec("page_size", OptionKind.INTEGER, "Rows per request, 1 to 1000.", default=100),
    ),
    url_help="The address in the browser, such as https://acme.atlassian.net or https://jira.example.org/jira.",
    query_help="JQL that narrows the projects, without an order: labels = production.",
    comment_notifies=True,
    # the index may leave out for a while what it had: only a full listing finds that again
    resync=300.0,
    quirks=(
        "A dead token does not make Jira Cloud refuse: it answers as to a stranger, with empty lists. Vagt looks at "
        "who was answered, asks where that is not told, and says “signed out”.",
        "Jira's search lags behind by seconds: what Vagt wrote it reads by its key, and an older row that a search "
        "brings afterwards is not believed.",
        "Nothing in Jira makes a write conditional: of two who write within the same moment the last one wins. Vagt "
        "compares just before writing and looks again afterwards.",
        "A comment in Jira is public unless it is marked: Vagt marks each note as internal in the same request, looks "
        "whether Jira kept that, and says so loudly where it did not.",
        "The end of a hold is written into the note; Jira has no field for it.",
        "On Data Center notes and comments are wiki markup, as if typed into Jira.",
        "A file goes to a customer's request as an internal one, and nothing else is tried where that fails; an "
        "account without an agent's seat attaches none.",
        "Marking as a duplicate links, and resolves where the workflow has a resolution for duplicates.",
        "Transitions are your workflow's own: where several fit, Vagt takes the stock one or asks for the option "
        "moves, and it asks for the fields of their screens.",
        "Operations carries out requests later: Vagt waits up to ten seconds for the receipt of each.",
        "An escalation makes one alert for each incident, under the incident's key; acknowledging and resolving the "
        "incident does the same to the alert.",
    ),
)
