"""What the Request Tracker adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="rt",
    title="Request Tracker 5",
    session="vagt.adapters.rt.session:open_session",
    check="vagt.adapters.rt.options:read",
    auth=(
        AuthMethod("token", help="An authentication token: in RT under Settings, Auth Tokens."),
        AuthMethod("basic", needs_username=True, help="The user's RT password, sent with every request."),
        AuthMethod(
            "session",
            needs_username=True,
            help="The user's RT password, sent once; RT then answers many times faster than with the others.",
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
            Capability.MERGE,
            Capability.MAJOR,
            Capability.TIMELINE,
            Capability.SLA,
            Capability.ATTACH,
        }
    ),
    options=(
        OptionSpec("queues", OptionKind.LIST, "The RT queues to show; all that the account can see where absent."),
        OptionSpec("default_queue", OptionKind.TEXT, "Where a new incident goes when no team is given."),
        OptionSpec(
            "groups",
            OptionKind.LIST,
            "RT groups whose members can be picked as assignees; all that can be seen where absent.",
        ),
        OptionSpec(
            "priorities",
            OptionKind.TABLE,
            "The lowest RT priority number of each of our priorities.",
            default={"1": 80, "2": 60, "3": 40, "4": 20, "5": 0},
        ),
        OptionSpec(
            "priority_values",
            OptionKind.TABLE,
            "The RT priority number that is written for each of our priorities.",
            default={"1": 100, "2": 70, "3": 50, "4": 30, "5": 0},
        ),
        OptionSpec(
            "states",
            OptionKind.TABLE,
            "What your lifecycles' status names mean: new, active, waiting, resolved or closed.",
        ),
        OptionSpec(
            "active_status", OptionKind.TEXT, "The status of an acknowledged or reopened ticket.", default="open"
        ),
        OptionSpec("hold_status", OptionKind.TEXT, "The status of a waiting ticket; found out where absent."),
        OptionSpec("resolve_status", OptionKind.TEXT, "The status of a resolved ticket.", default="resolved"),
        OptionSpec("close_status", OptionKind.TEXT, "The status beyond resolved, where your lifecycles have one."),
        OptionSpec(
            "resolve_text",
            OptionKind.TEXT,
            "How the words of a resolution are kept where neither the form nor “--field” says it (“Said as”): as the "
            "lifecycle's action says (auto), as an internal comment, or as a reply, which is mailed.",
            default="auto",
            choices=("auto", "comment", "reply"),
        ),
        OptionSpec(
            "statuses", OptionKind.LIST, "Further statuses to offer although the lifecycle has no action for them."
        ),
        OptionSpec("impact_field", OptionKind.TEXT, "The custom field that holds the impact."),
        OptionSpec("urgency_field", OptionKind.TEXT, "The custom field that holds the urgency."),
        OptionSpec(
            "impact_values",
            OptionKind.TABLE,
            "The field's values for 1, 2 and 3.",
            default={"1": "1", "2": "2", "3": "3"},
        ),
        OptionSpec(
            "urgency_values",
            OptionKind.TABLE,
            "The field's values for 1, 2 and 3.",
            default={"1": "1", "2": "2", "3": "3"},
        ),
        OptionSpec("service_field", OptionKind.TEXT, "The custom field that holds the service."),
        OptionSpec("category_field", OptionKind.TEXT, "The custom field that holds the category."),
        OptionSpec("resolution_code_field", OptionKind.TEXT, "The custom field that holds the resolution code."),
        OptionSpec("major_field", OptionKind.TEXT, "The custom field that marks a major incident."),
        OptionSpec("major_value", OptionKind.TEXT, "Its value on a major incident.", default="Yes"),
        OptionSpec("probe_rights", OptionKind.FLAG, "Find out at sign-in what the account may do.", default=True),
        OptionSpec("page_size", OptionKind.INTEGER, "Rows per request, 1 to 100.", default=100),
    ),
    url_help="The address of RT's start page, such as https://rt.example.org or https://example.org/rt.",
    query_help="TicketSQL, as in RT's query builder, without the status: Queue = 'Incidents' OR Queue = 'Network'.",
    comment_notifies=True,
    quirks=(
        "With “token” and “basic” each request costs RT a fifth of a second of computing; “session” signs in once.",
        "A message to the requestor can change the state: stock RT opens a new or resolved ticket on a reply.",
        "The end of a hold is written into the ticket's comment; RT has no field for it, and Due is left alone.",
        "Merging cannot be undone over this interface.",
        "Titles are limited to 200 bytes.",
        "An account whose language is not English can lose answers in some releases; give it the language English.",
        "RT answers “done” to some changes that it refuses: Vagt reads the ticket back after each change.",
        "Messages and new tickets get 30 seconds, whatever `timeout` says: an abandoned one may still arrive.",
    ),
)
