"""What the ServiceNow adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability
from vagt.domain.commands import Verb

MANIFEST = Manifest(
    name="servicenow",
    title="ServiceNow",
    session="vagt.adapters.servicenow.session:open_session",
    check="vagt.adapters.servicenow.options:read",
    auth=(
        AuthMethod(
            "oauth",
            help="The client secret of an OAuth application; with the grants “password” and “refresh_token” followed "
            "by a blank and the password or the refresh token.",
            needs_options=("client_id",),
        ),
        AuthMethod(
            "basic",
            needs_username=True,
            help="The account's password. Since 2026 instances refuse it for accounts that can also log in "
            "interactively, unless they have the role snc_basic_auth_api_access.",
        ),
        AuthMethod("api-key", help="A REST API key; it needs an access policy for the Table API."),
        AuthMethod("token", help="A bearer token that something else renews, such as one of your identity provider."),
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
            Capability.ONCALL,
            Capability.TIMELINE,
            Capability.SLA,
            Capability.ATTACH,
        }
    ),
    options=(
        OptionSpec("groups", OptionKind.LIST, "Assignment groups whose incidents to show; all of them where absent."),
        OptionSpec("client_id", OptionKind.TEXT, "With auth = “oauth”: the client id of the OAuth application."),
        OptionSpec(
            "grant",
            OptionKind.TEXT,
            "With auth = “oauth”: how to get a token.",
            default="client_credentials",
            choices=("client_credentials", "password", "refresh_token"),
        ),
        OptionSpec(
            "states",
            OptionKind.TABLE,
            "What your own state values or labels mean: new, active, waiting, resolved or closed.",
        ),
        OptionSpec("active_state", OptionKind.TEXT, "The state value of an acknowledged incident.", default="2"),
        OptionSpec("hold_state", OptionKind.TEXT, "The state value of one on hold.", default="3"),
        OptionSpec("resolve_state", OptionKind.TEXT, "The state value of a resolved one.", default="6"),
        OptionSpec("close_state", OptionKind.TEXT, "The state value of a closed one.", default="7"),
        OptionSpec("close_code", OptionKind.TEXT, "The resolution code that is offered first."),
        OptionSpec(
            "priority",
            OptionKind.TEXT,
            "How a priority is set: by the impact and urgency that give it (matrix), or by writing the field itself "
            "where your instance keeps it (field).",
            default="matrix",
            choices=("matrix", "field"),
        ),
        OptionSpec(
            "declare_major",
            OptionKind.FLAG,
            "Write major_incident_state directly; this skips what ServiceNow's own button asks and starts.",
            default=False,
        ),
        OptionSpec(
            "may_close",
            OptionKind.FLAG,
            "The account may close (role itil_admin), where the instance does not show us its roles.",
            default=False,
        ),
        OptionSpec(
            "sla", OptionKind.FLAG, "Read the SLA clocks (one more request for changed incidents).", default=True
        ),
        OptionSpec("extra_fields", OptionKind.LIST, "Further fields to show, such as u_site."),
        OptionSpec("page_size", OptionKind.INTEGER, "Rows per request, 1 to 1000.", default=200),
    ),
    url_help="The address of the instance, such as https://acme.service-now.com.",
    query_help="An encoded query, as “Copy query” of a list gives it, without the state: category=network.",
    comment_notifies=True,
    closed_to=frozenset({Verb.TAKE, Verb.ASSIGN, Verb.PRIORITY, Verb.TRANSITION, Verb.REOPEN, Verb.MAJOR, Verb.LINK}),
    quirks=(
        "ServiceNow answers “done” to writes that it ignores (fields that the account may not write, values that are "
        "no choice, rules that set a field back): Vagt compares the answer with what it sent, and tells it as refused.",
        "Nothing in ServiceNow makes a write conditional: of two who write within the same moment the last one wins. "
        "Vagt compares just before writing, and says so afterwards where somebody was in between.",
        "A priority is set through impact and urgency; they are chosen so that the instance's matrix gives it.",
        "The end of a hold is kept in “Follow up”.",
        "Notes and comments carry the name of the account that signs in.",
        "Many instances let only administrators read sys_journal_field; Vagt then reads the journal as the form shows "
        "it, whose times are in the account's zone and format. Give the account the zone GMT.",
        "SLA clocks count by their end time; ServiceNow's own percentages are minutes to days old.",
        "Marking as a duplicate resolves the incident under the other one as its parent.",
        "Writes wait up to 65 seconds for an answer, whatever `timeout` says: ServiceNow itself gives up after 60, and "
        "one that is abandoned earlier may still be stored.",
    ),
)
