"""What the PagerDuty adapter can do and which options it has."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="pagerduty",
    title="PagerDuty",
    session="vagt.adapters.pagerduty.session:open_session",
    check="vagt.adapters.pagerduty.options:read",
    auth=(
        AuthMethod(
            "api-key",
            help="Your own user token (My Profile, User Settings, API Access), or a key of the account; a key of the "
            "account is nobody, so that `username` has to say whose e-mail address the actions carry.",
        ),
        AuthMethod(
            "oauth",
            help="The client secret of an app with scoped OAuth. With `username` as the e-mail address that the "
            "actions carry.",
            needs_options=("client_id", "account"),
        ),
        AuthMethod("token", help="A user's OAuth access token that something else renews."),
    ),
    capabilities=frozenset(
        {
            Capability.ACKNOWLEDGE,
            Capability.TAKE,
            Capability.ASSIGN_PERSON,
            Capability.ASSIGN_TEAM,
            Capability.SET_PRIORITY,
            Capability.SNOOZE,
            Capability.NOTE,
            Capability.COMMENT,
            Capability.RESOLVE,
            Capability.REOPEN,
            Capability.TRANSITION,
            Capability.CREATE,
            Capability.MERGE,
            Capability.MAJOR,
            Capability.ESCALATE,
            Capability.ONCALL,
            Capability.TIMELINE,
            Capability.STATUS,
        }
    ),
    options=(
        OptionSpec("teams", OptionKind.LIST, "PagerDuty teams (names or ids) whose incidents to show."),
        OptionSpec("services", OptionKind.LIST, "Services (names or ids) whose incidents to show."),
        OptionSpec(
            "urgencies", OptionKind.LIST, "Urgencies to show: high, low; both where absent.", choices=("high", "low")
        ),
        OptionSpec(
            "priorities",
            OptionKind.TABLE,
            "Which of 1 to 5 your account's priorities are; by their order where absent.",
        ),
        OptionSpec(
            "urgency_priorities",
            OptionKind.TABLE,
            "The priority of an incident that has none, by its urgency.",
            default={"high": 2, "low": 4},
        ),
        OptionSpec("major_type", OptionKind.TEXT, "The incident type of a major incident.", default="major_incident"),
        OptionSpec("normal_type", OptionKind.TEXT, "The incident type of any other.", default="incident_default"),
        OptionSpec(
            "status_template",
            OptionKind.TEXT,
            "A template (name or id) that status updates are written with; plain words where absent.",
        ),
        OptionSpec("client_id", OptionKind.TEXT, "With auth = “oauth”: the client id of the app."),
        OptionSpec("account", OptionKind.TEXT, "With auth = “oauth”: region and subdomain, such as us.acme."),
        OptionSpec(
            "scopes",
            OptionKind.LIST,
            "With auth = “oauth”: the scopes to ask for, where the app was not given all that Vagt uses.",
        ),
        OptionSpec(
            "identity_url",
            OptionKind.TEXT,
            "With auth = “oauth”: where tokens are issued.",
            default="https://identity.pagerduty.com",
        ),
        OptionSpec("page_size", OptionKind.INTEGER, "Incidents per request, 1 to 100.", default=100),
    ),
    url_help="https://api.pagerduty.com, or https://api.eu.pagerduty.com for an account in the EU.",
    comment_notifies=True,
    one_owner=True,
    quirks=(
        "A comment is a status update: it goes to the incident's subscribers at once and cannot be recalled. Notes are "
        "for responders only.",
        "Taking an incident, or giving it to a person, ends the climbing of its escalation policy; the incident says "
        "so.",
        "An empty assignee gives an incident back to its escalation policy, which pages its first level.",
        "A team is an escalation policy. Giving an incident to another one pages that policy's first level.",
        "The words of a resolution stand in the timeline; PagerDuty's own web page does not show them.",
        "PagerDuty cannot be asked what changed: each poll reads the account's log and a page of open incidents. With "
        "more open incidents than a page holds, a change that the log leaves out shows some polls later.",
        "PagerDuty has no versions: Vagt compares just before writing, and of two who write within the same moment the "
        "last one wins.",
        "The API cannot tell a snooze from an acknowledgement that will run out; Vagt tells them apart by the "
        "service's acknowledgement timeout, and shows what it cannot tell as acknowledged.",
        "Merging cannot be undone, and needs incidents that PagerDuty calls mergeable.",
        "Of more than 20,000 open incidents those in the middle are listed only when something happens to them.",
    ),
)
