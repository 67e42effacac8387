"""The command line, as argparse knows it: help, usage and the documentation come from here."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from vagt.cli import comms_arguments
from vagt.cli.exits import UsageError
from vagt.domain.actions import BY_NAME
from vagt.domain.commands import Verb
from vagt.domain.incident import LinkKind

LATER = {
    "report": "write post-incident reports",
    "metrics": "compute metrics",
    "wall": "drive a wall display",
    "serve": "serve other consoles",
    "relay": "relay to other consoles",
}
"""Commands of later versions and what they will do: named only to say that this version has none."""

VERBS: dict[str, Verb] = {
    "ack": Verb.ACKNOWLEDGE,
    "take": Verb.TAKE,
    "reopen": Verb.REOPEN,
    "assign": Verb.ASSIGN,
    "priority": Verb.PRIORITY,
    "hold": Verb.HOLD,
    "snooze": Verb.SNOOZE,
    "note": Verb.NOTE,
    "comment": Verb.COMMENT,
    "resolve": Verb.RESOLVE,
    "close": Verb.CLOSE,
    "major": Verb.MAJOR,
    "link": Verb.LINK,
    "create": Verb.CREATE,
    "attach": Verb.ATTACH,
}
"""The commands that change something, and what each does."""

_HELP = {action.verb: action.help for action in BY_NAME.values() if action.verb is not None} | {
    Verb.HOLD: "Let it wait, with a reason and until when.",
}
_SINGLE = frozenset({"major", "link", "attach"})
_REF = "backend:number, or just the number where only one backend has it"
_EXITS = """\
exit codes:
  0  done (or queued, where --no-wait was given)
  1  the backend refused it, a conflict, or no such incident
  2  wrong usage or configuration
  3  a backend could not be reached or signed in to; an action stays in the outbox
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in a sentence, where argparse would print its usage and leave."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{_plain(message)}; “{self.prog} --help” tells how it is used")

    def whole(self, argv: Sequence[str]) -> argparse.Namespace:
        """What `argv` says. Raises UsageError, also for what is left over."""
        given, rest = self.parse_known_args(argv)
        if rest:
            command = f"{self.prog} {given.command}" if given.command else self.prog
            hint = "a filter is given as --query 'p<=2 disk'; " if given.command == "list" else ""
            if given.command in _ASK_FOR_SECRETS:
                # one of these words may be the secret, and this line may be read by others
                rest = [word.partition("=")[0] if word.startswith("-") else "…" for word in rest]
                hint = "a secret is never an argument, which others could read: it is asked for, or piped in; "
            raise UsageError(f"not known here: {' '.join(rest)}; {hint}“{command} --help” tells how it is used")
        return given


_ASK_FOR_SECRETS = ("secret", "init")
_PLAINER = (
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 and \2 do not go together"),
    (r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", r"\1 cannot be “\2”; it is one of \3"),
    (r"argument (\S+): expected one argument", r"\1 wants a value"),
    (r"argument (\S+): expected at least one argument", r"\1 wants at least one value"),
    (r"argument (\S+): (.*)", r"\1: \2"),
    (r"the following arguments are required: (REF\b.*)", r"what is missing: \1 (an incident, such as rt:10452)"),
    (r"the following arguments are required: (.*)", r"what is missing: \1"),
    (r"ambiguous option: (\S+) could match (.*)", r"\1 could be \2"),
)
"""argparse's sentences, and how people say it."""


def _plain(message: str) -> str:
    for theirs, ours in _PLAINER:
        if found := re.fullmatch(theirs, message, re.DOTALL):
            return found.expand(ours)
    return message


@dataclass(frozen=True, slots=True)
class Documented:
    """A command as the documentation shows it."""

    name: str
    summary: str
    help: str


def build(width: int | None = None) -> Parser:
    """The whole command line; `width` fixes how wide its help is."""

    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=width)

    everywhere = Parser(add_help=False)
    everywhere.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="PATH", help="the config file")
    everywhere.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, metavar="PATH", help="the data folder")
    parser = Parser(
        prog="vagt",
        parents=[everywhere],
        description="A console for the people who restore service. Without a command it opens on the terminal.",
        epilog=_EXITS,
        formatter_class=formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def add(name: str, summary: str, *, json: bool = True) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(
            name,
            parents=[everywhere],
            help=summary,
            description=summary,
            formatter_class=formatter,
            allow_abbrev=False,
        )
        if json:
            added.add_argument("--json", action="store_true", help="print one JSON document")
        return added

    _reading(add)
    for name, verb in VERBS.items():
        _acting(add, name, verb)
    _around(add)
    return parser


class _Add(Protocol):
    """How a command is added."""

    def __call__(self, name: str, summary: str, *, json: bool = True) -> argparse.ArgumentParser: ...


def _reading(add: _Add) -> None:
    listing = add("list", "List incidents, asked from the backends now.", json=False)
    listing.add_argument(
        "--backend", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    listing.add_argument("--view", metavar="VIEW", help="a view of the config, by name or number")
    listing.add_argument("--query", metavar="QUERY", help="only what fits, as in 'is:open p<=2 team:noc'")
    listing.add_argument("--all", action="store_true", help="resolved and closed ones too")
    listing.add_argument("--sort", metavar="ORDER", help="in which order, as in priority,-age")
    listing.add_argument("--limit", type=_count, metavar="N", help="at most so many")
    shape = listing.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON document")
    shape.add_argument("--csv", action="store_true", help="print a table for spreadsheets")
    show = add("show", "Show everything known about an incident, with its timeline.")
    show.add_argument("ref", metavar="REF", help=_REF)
    files = add("files", "List the files that hang on an incident, or save one of them.")
    files.add_argument("ref", metavar="REF", help=_REF)
    files.add_argument("--save", metavar="ID", help="this one, by its id or its name")
    files.add_argument("--to", type=Path, metavar="PATH", help="a folder (else the current one) or a new name")


def _acting(add: _Add, name: str, verb: Verb) -> None:
    command = add(name, _HELP[verb])
    if name in _SINGLE:
        command.add_argument("refs", nargs=1, metavar="REF", help=_REF)
    elif verb is not Verb.CREATE:
        command.add_argument("refs", nargs="+", metavar="REF", help=_REF)
    match verb:
        case Verb.ASSIGN:
            command.add_argument("--team", metavar="TEAM", help="the team's name")
            command.add_argument("--to", metavar="USER", help="login, e-mail or id; empty: nobody")
        case Verb.PRIORITY:
            command.add_argument("--set", type=_From1To(5), metavar="N", help="the priority itself, 1 to 5")
            command.add_argument("--impact", type=_From1To(3), metavar="N", help="1 (high) to 3 (low)")
            command.add_argument("--urgency", type=_From1To(3), metavar="N", help="1 (high) to 3 (low)")
        case Verb.HOLD:
            command.add_argument("--reason", default="", metavar="REASON", help="what it waits for")
            command.add_argument("--until", metavar="TIME", help="+30m, 14:15 or 2026-12-24T08:00")
        case Verb.SNOOZE:
            command.add_argument("--for", required=True, dest="duration", metavar="DURATION", help="as in 30m")
            command.add_argument("--note", default="", metavar="T", help="what to be reminded of when it comes back")
            command.add_argument("--reason", default="", metavar="REASON", help="why; where the backend keeps snoozes")
        case Verb.NOTE | Verb.COMMENT:
            command.add_argument("--text", required=True, metavar="TEXT", help="the words; - reads standard input")
        case Verb.RESOLVE:
            command.add_argument("--text", required=True, metavar="TEXT", help="how; - reads standard input")
            command.add_argument("--code", metavar="CODE", help="the backend's resolution code")
        case Verb.MAJOR:
            command.add_argument("--off", action="store_true", help="no longer a major incident")
        case Verb.LINK:
            command.add_argument("--to", required=True, metavar="REF", help="the other one")
            command.add_argument(
                "--as",
                required=True,
                dest="kind",
                choices=[kind.value for kind in LinkKind],
                metavar="KIND",
                help=f"what the other one is to it: {', '.join(LinkKind)}; as a duplicate, the other one survives",
            )
        case Verb.ATTACH:
            command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what to attach; several in turn")
        case Verb.CREATE:
            _creating(command)
        case _:
            assert verb in (Verb.ACKNOWLEDGE, Verb.TAKE, Verb.REOPEN, Verb.CLOSE)
    if verb in (Verb.HOLD, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN, Verb.CREATE, Verb.MAJOR):
        command.add_argument(
            "--field",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a further field that the backend asks for; may be repeated",
        )
    command.add_argument("--no-wait", action="store_true", help="leave once it is in the outbox")


def _creating(command: argparse.ArgumentParser) -> None:
    command.add_argument("--backend", required=True, metavar="NAME", help="where")
    command.add_argument("--title", required=True, metavar="TITLE", help="what is wrong, in a line")
    command.add_argument("--description", default="", metavar="TEXT", help="the whole story; - reads standard input")
    command.add_argument("--impact", type=_From1To(3), metavar="N", help="1 (high) to 3 (low)")
    command.add_argument("--urgency", type=_From1To(3), metavar="N", help="1 (high) to 3 (low)")
    command.add_argument("--service", metavar="SERVICE", help="what is affected")
    command.add_argument("--team", metavar="TEAM", help="who should work on it")
    command.add_argument("--caller", metavar="CALLER", help="who reported it")


def _escalating(add: _Add) -> None:
    escalate = add("escalate", "Bring in the next who must know: the next step of its path, or a target of yours.")
    escalate.add_argument("refs", nargs="+", metavar="REF", help=_REF)
    where = escalate.add_mutually_exclusive_group()
    where.add_argument("--level", type=_count, metavar="N", help="this step of its path, or this level of the backend")
    where.add_argument(
        "--to",
        metavar="TARGET",
        help="oncall:ROTA, user:NAME, team:NAME, channel:NAME, manager, backend, or just a name of the config",
    )
    escalate.add_argument("--reason", required=True, metavar="REASON", help="why; it goes into the timeline")
    escalate.add_argument("--no-wait", action="store_true", help="leave once it is in the outbox")
    handover = add("handover", "Write what the next shift needs to know, as Markdown.")
    handover.add_argument("--since", metavar="TIME", help="when the shift began: 8h ago, 14:15 or 2026-12-24T08:00")
    handover.add_argument("--channel", metavar="C", help="put it into this channel of the config as well")
    watch = add("watch", "Carry out what is due: escalation steps, acknowledgements that ran out, reminders.")
    watch.add_argument("--once", action="store_true", help="what is due now, and leave")


def _around(add: _Add) -> None:
    _escalating(add)
    oncall = add("oncall", "Tell who is on call.")
    oncall.add_argument("--team", metavar="TEAM", help="for this team only")
    oncall.add_argument("--at", metavar="TIME", help="then, instead of now: +2h, 14:15 or 2026-12-24T08:00")
    outbox = add("outbox", "Look after actions that the backends have not confirmed.")
    outbox.add_argument("do", choices=["list", "retry", "discard"], metavar="list|retry|discard")
    outbox.add_argument(
        "ids", nargs="*", metavar="ID", help="from the list, or its beginning; retry without: all but the unknown"
    )
    outbox.add_argument("--over-theirs", action="store_true", help="retry after a conflict, over what was changed")
    comms_arguments.add_all(add, _REF)
    _checking(add)
    _drilling(add)
    adapters = add("adapters", "List the adapters that are installed, and what each can do.")
    adapters.add_argument("names", nargs="*", metavar="NAME", help="load this one and tell all about it")
    secret = add("secret", "Keep the secrets of backends and channels in the keyring.")
    secret.add_argument("do", choices=["set", "check", "delete"], metavar="set|check|delete")
    secret.add_argument("backend", metavar="NAME", help="the backend's or channel's name")


def _checking(add: _Add) -> None:
    doctor = add("doctor", "Check everything on this machine and with the backends, and say what to do.")
    doctor.add_argument("--backend", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    doctor.add_argument("--bundle", type=Path, metavar="FILE", help="write there what a bug report needs, no secrets")
    init = add("init", "Connect a backend: ask for what it needs, test it, and write it into the config.")
    init.add_argument("--adapter", metavar="ADAPTER", help="which kind of system; “vagt adapters” lists them")
    init.add_argument("--name", metavar="NAME", help="what to call it here: small letters, digits, hyphens")
    init.add_argument("--url", metavar="URL", help="its address")
    init.add_argument("--auth", metavar="WAY", help="the way of signing in")
    init.add_argument("--username", metavar="USER", help="where the way of signing in has one")
    init.add_argument("--query", metavar="QUERY", help="what belongs to the queue, in its own filter language")
    init.add_argument("--ca-bundle", metavar="PATH", help="certificates (PEM) of the authority of its certificate")
    init.add_argument("--timeout", metavar="SECONDS", help="seconds that one request may take")
    init.add_argument("--read-only", action="store_true", help="never write anything to it")
    init.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the adapter, the value as in TOML; may be repeated",
    )
    where = init.add_mutually_exclusive_group()
    where.add_argument("--secret-from-stdin", action="store_true", help="read the secret there, keep it in the keyring")
    where.add_argument("--secret-command", metavar="LINE", help="a program and arguments that print the secret")
    where.add_argument("--no-secret", action="store_true", help="the secret will be put elsewhere later")
    init.add_argument("--no-test", action="store_true", help="write without trying the connection")
    init.add_argument("--yes", action="store_true", help="ask nothing: take what the options say, else the defaults")


def _drilling(add: _Add) -> None:
    drill = add("drill", "Run a practice shift with an end, and judge it; nothing in it is real.")
    drill.add_argument("--scenario", metavar="NAME", help="which one; first-shift unless you say so")
    drill.add_argument(
        "--seed", type=_seed, metavar="N", help="the same seed gives the same shift; else another each time"
    )
    drill.add_argument(
        "--rate", type=_factor, default=1.0, metavar="FACTOR", help="how much comes in; 2 is twice as much"
    )
    drill.add_argument("--speed", type=_factor, default=1.0, metavar="FACTOR", help="how fast; 2 is twice as fast")
    what = drill.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the scenarios and your scores")
    what.add_argument("--score", metavar="RUN", help="the score card of an earlier drill again, by its name, or last")
    what.add_argument("--auto", metavar="PLAYER", help="let perfect, sloppy or idle play it, without a screen")


def joined(parser: Parser, argv: Sequence[str]) -> list[str]:
    """`argv` with `--sort -age` as `--sort=-age`, which argparse would take for two options."""
    options = _all_options(parser)
    words: list[str] = []
    for word in argv:
        before = words[-1] if words else ""
        if word.startswith("-") and word.partition("=")[0] not in options and options.get(before):
            words[-1] = f"{before}={word}"
        else:
            words.append(word)
    return words


def _all_options(parser: argparse.ArgumentParser) -> dict[str, bool]:
    """Every option of every command, and whether it takes a value."""
    found: dict[str, bool] = {}
    for action in parser._actions:
        found.update(dict.fromkeys(action.option_strings, action.nargs is None))
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                found.update(_all_options(sub))
    return found


def documented() -> Sequence[Documented]:
    """Every command with its help, as wide as the documentation wants it."""
    parser = build(width=100)
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return [
        Documented(name, sub.description or "", sub.format_help())
        for action in actions
        for name, sub in action.choices.items()
    ]


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 1 up")
    return number


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0 up")
    return int(text)


def _factor(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0.1 to 100")
    return number


class _From1To:
    """A whole number from 1 up to `most`."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= number <= self._most:
            raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 1 to {self._most}")
        return number
