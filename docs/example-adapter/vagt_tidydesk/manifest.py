"""What the Tidy Desk adapter can do: plain data, read before anything of it runs."""

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="tidydesk",
    title="Tidy Desk",
    session="vagt_tidydesk.session:connect",
    auth=(AuthMethod("token", help="A personal token: in Tidy Desk under Profile, Tokens."),),
    capabilities=frozenset(
        {
            Capability.ACKNOWLEDGE,
            Capability.TAKE,
            Capability.ASSIGN_PERSON,
            Capability.ASSIGN_TEAM,
            Capability.SET_PRIORITY,
            Capability.HOLD,
            Capability.NOTE,
            Capability.COMMENT,
            Capability.RESOLVE,
            Capability.REOPEN,
            Capability.CREATE,
            Capability.TIMELINE,
        }
    ),
    options=(OptionSpec("page_size", OptionKind.INTEGER, "Tickets asked for at once.", default=100),),
    url_help="The address of Tidy Desk, such as https://tidy.example.",
    comment_notifies=True,
)
