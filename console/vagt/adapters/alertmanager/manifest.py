"""What the Alertmanager adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="alertmanager",
    title="Prometheus Alertmanager",
    session="vagt.adapters.alertmanager.session:open_session",
    check="vagt.adapters.alertmanager.options:read",
    auth=(
        AuthMethod("none", needs_secret=False, help="Nothing: as Alertmanager is without `--web.config.file`."),
        AuthMethod("basic", needs_username=True, help="The password of a user in Alertmanager's web.config.file."),
        AuthMethod("token", help="A bearer token, where a proxy in front of Alertmanager wants one."),
    ),
    capabilities=frozenset({Capability.SNOOZE, Capability.TIMELINE}),
    options=(
        OptionSpec(
            "incidents",
            OptionKind.TEXT,
            "What is an incident: a group of alerts, as the routes of Alertmanager group them, or each of the alerts.",
            default="groups",
            choices=("groups", "alerts"),
        ),
        OptionSpec(
            "receivers", OptionKind.LIST, "Only alerts that are routed to these receivers; all of them where absent."
        ),
        OptionSpec("severity_label", OptionKind.TEXT, "The label that the priority comes from.", default="severity"),
        OptionSpec(
            "priorities",
            OptionKind.TABLE,
            "What your words in that label mean, from 1 to 5; added to the usual ones (critical = 1, error = 2, "
            "warning = 3, info = 4, none = 5 and such).",
        ),
        OptionSpec(
            "default_priority",
            OptionKind.INTEGER,
            "The priority, 1 to 5, of an alert without that label or with a word that nobody explained.",
            default=5,
        ),
        OptionSpec(
            "service_labels",
            OptionKind.LIST,
            "Labels that name the service, the best first.",
            default=["service", "job"],
        ),
        OptionSpec(
            "team_labels",
            OptionKind.LIST,
            "Labels that name the team, the best first; where no alert has a label “receiver”, that is the receiver.",
            default=["team", "receiver"],
        ),
        OptionSpec(
            "title_annotations",
            OptionKind.LIST,
            "Annotations that are the title, the best first.",
            default=["summary", "title", "message"],
        ),
        OptionSpec(
            "text_annotations",
            OptionKind.LIST,
            "Annotations that tell more, the best first.",
            default=["description", "message"],
        ),
        OptionSpec(
            "link_annotations",
            OptionKind.LIST,
            "Annotations that hold an address to look at.",
            default=["runbook_url", "runbook", "dashboard_url", "dashboard"],
        ),
        OptionSpec(
            "members",
            OptionKind.LIST,
            "Addresses of the other members of the same cluster: whichever answers is asked, a silence is made once.",
        ),
        OptionSpec("author", OptionKind.TEXT, "Who stands in silences as their author; your user name where absent."),
        OptionSpec(
            "web_url", OptionKind.TEXT, "The address of Alertmanager's pages for your browser, where it is not `url`."
        ),
        OptionSpec(
            "after_restart",
            OptionKind.DURATION,
            "For how long after a restart of Alertmanager an alert that it does not know yet is taken for firing.",
            default="3m",
        ),
    ),
    url_help="The address of Alertmanager with its route prefix, such as http://alertmanager.example.org:9093.",
    query_help='Matchers, as in the routes of Alertmanager: severity=~"critical|page" team="noc".',
    keeps_past=False,
    quirks=(
        "Alertmanager knows only what fires now: what it lists no longer is over, and Vagt keeps the last it saw.",
        "It forgets all alerts when it restarts, until Prometheus sends them again; Vagt keeps showing them meanwhile.",
        "A snooze is a silence with you as its author and your reason as its comment; it also holds for alerts of the "
        "same group that come later, and for everybody.",
        "Waking ends your own silence of exactly this group; what others or wider silences cover stays silent.",
        "Nobody can acknowledge, assign, comment, resolve or register anything in Alertmanager, so nor can Vagt.",
        "Without a sign-in, anybody who reaches the address may silence everything.",
    ),
)
