"""Every table and key of the config: the loader, its documentation and the example are held to this."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.config.values import Kind


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key of a table."""

    name: str
    kind: Kind
    help: str
    default: str = ""
    """What holds where the key is missing, for people; the settings' own default decides."""
    required: bool = False
    choices: tuple[str, ...] = ()
    attribute: str = ""
    """Its name in the settings, where that is another."""

    @property
    def field(self) -> str:
        return self.attribute or self.name


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table, or a kind of table of which there may be many."""

    name: str
    help: str
    keys: tuple[KeySpec, ...]
    many: bool = False

    @property
    def header(self) -> str:
        return f"[[{self.name}]]" if self.many else f"[{self.name}]"

    def key(self, name: str) -> KeySpec | None:
        """The key called `name`, or None."""
        return next((key for key in self.keys if key.name == name), None)


CONSOLE = TableSpec(
    "console",
    "How the console itself behaves.",
    (
        KeySpec("refresh", Kind.SECONDS, "Seconds between polls of each backend.", "15"),
        KeySpec("language", Kind.TEXT, "Language of stakeholder updates where an audience names none: en, da, …", "en"),
        KeySpec("theme", Kind.TEXT, "Colours of the console.", "vagt-dark"),
        KeySpec("read_only", Kind.FLAG, "Nothing is ever written to any backend.", "false"),
        KeySpec("undo", Kind.SECONDS, "Seconds in which an action can be taken back before it leaves.", "5"),
        KeySpec("bell", Kind.QUERY, "Which arrivals ring, as a query; empty: none.", "p<=2 is:unacknowledged"),
        KeySpec("forgotten", Kind.DURATION, "Untouched for so long, an acknowledged incident is forgotten.", "4h"),
        KeySpec("teams", Kind.TEXTS, "Your teams, where a backend cannot tell.", "none"),
        KeySpec(
            "watch", Kind.FLAG, "An open console carries out due escalation steps; else it proposes them.", "false"
        ),
    ),
)

BACKENDS = TableSpec(
    "backends",
    "The systems to work on, in the order in which they are shown.",
    (
        KeySpec("name", Kind.NAME, "The prefix of a reference; unique.", required=True),
        KeySpec("adapter", Kind.TEXT, "Which kind of system it is; `vagt adapters` lists them.", required=True),
        KeySpec("url", Kind.ADDRESS, "Its address, where it has one."),
        KeySpec("auth", Kind.TEXT, "The way of signing in.", "the first that the adapter offers"),
        KeySpec("username", Kind.TEXT, "Where the way of signing in has one; on the embedded backend: who you are."),
        KeySpec("query", Kind.TEXT, "In the backend's own filter language: what belongs to this queue."),
        KeySpec("ca_bundle", Kind.FILE, "Certificates (PEM) of the authority that its certificate comes from."),
        KeySpec("timeout", Kind.SECONDS, "Seconds that one request may take.", "10"),
        KeySpec("refresh", Kind.SECONDS, "Seconds between polls of this backend.", "as [console] says"),
        KeySpec("read_only", Kind.FLAG, "Nothing is ever written to this backend.", "false"),
        KeySpec("secret_command", Kind.ARGV, "A program that prints the secret; no shell reads it."),
        KeySpec("options", Kind.OPTIONS, "What is special to the adapter."),
    ),
    many=True,
)

VIEWS = TableSpec(
    "views",
    "Named queries on the keys 1 to 9; none here: the six that Vagt starts with.",
    (
        KeySpec("name", Kind.TEXT, "What stands on its tab; unique.", required=True),
        KeySpec("query", Kind.QUERY, "Which incidents it shows.", required=True),
        KeySpec("sort", Kind.SORT, "In which order.", "priority,-age"),
    ),
    many=True,
)

PRIORITIES = TableSpec(
    "priorities",
    "For backends that have no priorities of their own.",
    (KeySpec("matrix", Kind.MATRIX, "Row = impact 1 to 3, column = urgency 1 to 3.", "1 2 3 / 2 3 4 / 3 4 5"),),
)

SLAS = TableSpec(
    "slas",
    "Deadlines where the backend has none; one entry for each priority from 1 to 5.",
    (
        KeySpec("calendar", Kind.TEXT, "When the clocks run: always, or the name of a calendar.", "always"),
        KeySpec("response", Kind.DURATIONS, "Until somebody works on it."),
        KeySpec("resolution", Kind.DURATIONS, "Until service is restored."),
        KeySpec("warn", Kind.FRACTIONS, "Parts of the time after which the clock warns.", "[0.5, 0.8]"),
    ),
)

CALENDARS = TableSpec(
    "calendars",
    "When the clocks of an SLA run.",
    (
        KeySpec("name", Kind.NAME, "Unique.", required=True),
        KeySpec("timezone", Kind.ZONE, "Where its hours are meant.", required=True),
        KeySpec("hours", Kind.HOURS, "Spans of the week.", required=True),
        KeySpec("holidays", Kind.HOLIDAYS, "Days off, or iCalendar files with them."),
    ),
    many=True,
)

PEOPLE = TableSpec(
    "people",
    "Who there is, for rotas and escalations.",
    (
        KeySpec("name", Kind.TEXT, "As the backends name this person; unique.", required=True),
        KeySpec("full_name", Kind.TEXT, "For people to read."),
        KeySpec("aliases", Kind.TEXTS, "Other names that backends have for this person."),
        KeySpec("manager", Kind.TEXT, "The next in the hierarchical line, a name of [[people]]."),
        KeySpec("channels", Kind.TEXTS, "How to reach this person, in the order to try: names of [[channels]]."),
    ),
    many=True,
)

ROTAS = TableSpec(
    "rotas",
    "Who is on call, in turn.",
    (
        KeySpec("name", Kind.NAME, "Unique.", required=True),
        KeySpec("team", Kind.TEXT, "The backend's team that it answers for.", required=True),
        KeySpec("timezone", Kind.ZONE, "Where its times are meant.", "UTC"),
        KeySpec("people", Kind.TEXTS, "In turn: names of [[people]]."),
        KeySpec("ical", Kind.ICAL, "An iCalendar file or address, instead of `people`."),
        KeySpec("start", Kind.LOCAL_TIME, "The first hand-over, local time."),
        KeySpec("every", Kind.DURATION, "How long one turn is."),
        KeySpec("overrides", Kind.TABLES, "Somebody else has the duty: a list of { from, to, who }."),
    ),
    many=True,
)

OVERRIDES = TableSpec(
    "overrides",
    "An entry of a rota's overrides.",
    (
        KeySpec("from", Kind.LOCAL_TIME, "Local time.", required=True, attribute="start"),
        KeySpec("to", Kind.LOCAL_TIME, "Local time.", required=True, attribute="until"),
        KeySpec("who", Kind.TEXT, "A name of [[people]].", required=True),
    ),
)

CHANNELS = TableSpec(
    "channels",
    "Ways to reach people.",
    (
        KeySpec("name", Kind.NAME, "Unique; its secret is found under this name.", required=True),
        KeySpec("url", Kind.CHANNEL, "An Apprise address; {secret} stands where the secret goes.", required=True),
        KeySpec("secret_command", Kind.ARGV, "A program that prints the secret; no shell reads it."),
        KeySpec("timeout", Kind.SECONDS, "For each of connecting, signing in and sending.", "15"),
        KeySpec("drops_repeats", Kind.FLAG, "Whoever gets it drops a second message of the same id.", "false"),
        KeySpec("payload", Kind.OPTIONS, "Of json://: what is sent, with {title}, {text} and the like in its texts."),
    ),
    many=True,
)

ESCALATIONS = TableSpec(
    "escalations",
    "Escalation paths; the first whose query fits an incident is its path.",
    (
        KeySpec("name", Kind.NAME, "Unique.", required=True),
        KeySpec("query", Kind.QUERY, "Which incidents climb it.", required=True),
        KeySpec("ack_timeout", Kind.DURATION, "Acknowledged and untouched for so long, it climbs on."),
        KeySpec("steps", Kind.TABLES, "A list of { after, to, notify, kind }.", required=True),
    ),
    many=True,
)

STEPS = TableSpec(
    "steps",
    "A step of an escalation path.",
    (
        KeySpec("after", Kind.DURATION, "Since it came, without acknowledgement.", required=True),
        KeySpec("to", Kind.TARGET, "Who is brought in.", required=True),
        KeySpec("notify", Kind.TEXTS, "Names of [[channels]] that are told as well."),
        KeySpec("kind", Kind.TEXT, "Which line it climbs.", "functional", choices=("functional", "hierarchical")),
    ),
)

AUDIENCES = TableSpec(
    "audiences",
    "Who hears of which incidents, and how much of them.",
    (
        KeySpec("name", Kind.NAME, "Unique.", required=True),
        KeySpec("query", Kind.QUERY, "Which incidents concern them.", required=True),
        KeySpec("public", Kind.FLAG, "Outside those who work on it: the leak guard applies.", "true"),
        KeySpec("fields", Kind.TEXTS, "All that their text may contain."),
        KeySpec("language", Kind.TEXT, "In which language they read.", "as [console] says"),
        KeySpec("timezone", Kind.ZONE, "In which times are told to them.", "the machine's"),
        KeySpec("channels", Kind.TEXTS, "Names of [[channels]], or the backend's own: comment, journal, status."),
        KeySpec("fallback", Kind.TEXTS, "Names of [[channels]] to try, in order, for a channel that fails."),
        KeySpec("approval", Kind.FLAG, "A second person approves each text.", "false"),
    ),
    many=True,
)

COMMS = TableSpec(
    "comms",
    "How soon and how often stakeholders hear.",
    (
        KeySpec("first", Kind.DURATION, "The first update at the latest; 5m where nothing is said."),
        KeySpec(
            "every",
            Kind.DURATIONS,
            "By priority from 1, beyond the list on change only; 20m, 30m, 60m where nothing is said.",
        ),
    ),
)

KEYS_HELP = 'Any action\'s keys, separated by commas, as in `take = "t,f9"`; an empty text takes them away.'

TABLES = (
    CONSOLE, BACKENDS, VIEWS, PRIORITIES, SLAS, CALENDARS, PEOPLE, ROTAS, CHANNELS, ESCALATIONS, AUDIENCES, COMMS,
)  # fmt: skip
"""In the order of the documentation; `[keys]` comes besides, its keys are the table of actions."""

NESTED = {("rotas", "overrides"): OVERRIDES, ("escalations", "steps"): STEPS}
"""Lists of tables within a table."""

NOT_YET = {"relay": "the relay"}
"""Tables that a later version brings and this one cannot even check."""
