"""What the embedded backend tells of itself before anything of it runs."""

from __future__ import annotations

from vagt.adapters.protocol import AuthMethod, Manifest, OptionKind, OptionSpec
from vagt.domain.capability import Capability

MANIFEST = Manifest(
    name="embedded",
    title="Embedded",
    session="vagt.adapters.embedded.session:connect",
    auth=(AuthMethod("none", needs_secret=False, help="It lives on this machine: the file's owner is its user."),),
    capabilities=frozenset(Capability),
    options=(
        OptionSpec("shift", OptionKind.FLAG, "Run the practice shift: simulated incidents and colleagues.", False),
        OptionSpec("seed", OptionKind.INTEGER, "Which practice shift: the same seed gives the same events.", 0),
        OptionSpec("speed", OptionKind.NUMBER, "How fast the practice shift goes; 1.0 is real time.", 1.0),
        OptionSpec(
            "scenario", OptionKind.TEXT, "A drill with an end instead of the endless shift; “vagt drill” sets it.", ""
        ),
        OptionSpec("rate", OptionKind.NUMBER, "How much comes in during a drill; 2.0 is twice as much.", 1.0),
        OptionSpec("people", OptionKind.TABLE, "Who there is: login = “Full Name” or “Full Name <mail>”."),
        OptionSpec("teams", OptionKind.TABLE, "team = “login, login, …”, in the order in which they are on call."),
        OptionSpec("leads", OptionKind.TABLE, "team = login of its lead, the third level of its escalation."),
        OptionSpec("services", OptionKind.TABLE, "service = the team that answers for it."),
        OptionSpec("categories", OptionKind.LIST, "What an incident can be about."),
        OptionSpec("codes", OptionKind.TABLE, "Resolution codes: code = words."),
        OptionSpec("reasons", OptionKind.TABLE, "Reasons to hold an incident: code = words."),
        OptionSpec("problems", OptionKind.TABLE, "Known problems to link to: number = title."),
        OptionSpec("changes", OptionKind.TABLE, "Planned changes to link to: number = title."),
        OptionSpec("response", OptionKind.LIST, "Time to acknowledge, a duration for each priority 1 to 5."),
        OptionSpec("resolution", OptionKind.LIST, "Time to resolve, a duration for each priority 1 to 5."),
        OptionSpec("timezone", OptionKind.TEXT, "Where the on-call week changes: Monday 08:00 there.", "UTC"),
    ),
    needs_url=False,
    query_help="Not used: everything in the file belongs to the queue.",
    comment_notifies=False,
    resync=3600.0,
    settles=0.0,
    quirks=(
        "The priority always follows from impact and urgency; a priority given directly becomes the most even pair "
        "of the two that yields it.",
        "Anybody may acknowledge or take any incident; somebody else is assigned only within the incident's team.",
        "Only a resolved incident can be closed; an open one that turns out to be nothing is cancelled.",
        "A major incident is resolved only with a resolution code.",
        "An incident closed as a duplicate is not reopened: it lives on in the other one.",
    ),
)
