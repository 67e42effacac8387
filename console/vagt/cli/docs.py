"""Writes docs/commands.md and docs/configuration.md from the tables: `python -m vagt.cli.docs [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from vagt.cli.parser import LATER, documented
from vagt.config import schema

_COMMANDS = """\
# Commands

A bare `vagt` opens the console. Each command below works without a terminal. Results go to standard output,
everything else to standard error. This page is written by `python -m vagt.cli.docs`.

`--config PATH` and `--data-dir PATH` may stand before or after the command.

## References

`REF` is `backend:number`, as `vagt list` prints it. A bare number serves where only one backend has it; where
several do, the command tells them and does nothing.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done (or queued, where `--no-wait` was given) |
| 1 | the backend refused it, a conflict, or no such incident |
| 2 | wrong usage or configuration |
| 3 | a backend could not be reached or signed in to: what the others gave is printed, `errors` says the rest |

Where one call meets both, a refusal (1) is told rather than a backend that was away (3).

## JSON

With `--json`, standard output is one document: an object with `"schema": 1`, the payload under its noun, and
`"errors": [{"backend", "message"}]`, empty where nothing went wrong. Times are UTC, RFC 3339, or null. Keys may
be added, never renamed.

| command | payload |
| --- | --- |
| `list` | `incidents` |
| `show` | `incident` and `timeline` |
| `files` | `files`: `[{"id", "name", "size", "by", "at"}]`, and `saved`: the path where `--save` put one, else null |
| `oncall` | `oncall`: `[{"rota", "team", "who", "from", "until", "source"}]` |
| `outbox` | `actions`: `[{"id", "ref", "action", "status", "stage", "reason", "attempts", "by", "at", "next_try"}]` |
| `update` | `messages`: `[{"audience", "language", "subject", "text"}]`, and `deliveries` ([below](#updates)) |
| `approvals` | `approvals`: `[{"id", "ref", "audience", "by", "text", "digest"}]`; after approve, `deliveries` |
| `templates` | `templates`: `[{"name", "for", "language", "title", "asks", "needs"}]`; `check` adds `problems` |
| `adapters` | `adapters` |
| `drill` | `drill`: the score card, with `earlier`; with `--list`, `scenarios` |
| `secret` | `secret`: `{"backend", "found", "source", "message"}`; never the secret itself |
| `doctor` | `checks`: `[{"name", "backend", "status", "message", "remedy", "details"}]` |
| `init` | `connected`: an object ([connecting.md](connecting.md)), null where nothing was written |
| every other one | `results`: `[{"ref", "status", "message"}]`, status one of done, queued, conflict, refused |

## Actions

What changes an incident goes through the outbox: it is on disk before it is sent, and is sent once. The command
waits for the backend, three times its `timeout` at most; what is not confirmed then stays in the outbox (status
`queued`, exit 3) and leaves with the next command that acts, or from an open console. With `--no-wait` it returns
as soon as the action is on disk. An action that somebody else's change met meanwhile is a `conflict`: it waits in
the outbox until `vagt outbox retry ID --over-theirs` or `vagt outbox discard ID` decides.

`vagt attach` copies each file into the data folder first, and gives one result a file. The copies are readable by you
alone, wait there as long as the action does, and are removed with it. `vagt files REF --save ID` writes a new file
that only you can read and never overwrites one; in a folder it gets the name that it has on the backend, without
anything that could lead elsewhere.

## Updates

`vagt update REF --template T --audience A --preview` prints what each audience would get, `--send` hands it to the
outbox and waits. `deliveries` has `[{"audience", "channel", "status", "message"}]`, one for each audience and
channel, status one of `sent`, `queued`, `failed`, `awaiting approval`. `unknown` is true with a failed one that was
cut off in the act and may have arrived all the same: it is not repeated, the outbox asks. A field that is missing or
does not do ends with 2, a text that must not leave (something internal for outside, too long for a channel) with 1;
nothing is sent then, to nobody. A script that is started again after a crash sends nothing twice. What an audience with
`approval = true` gets waits for a colleague: `vagt approvals`. [communication.md](communication.md) has all of it.

## Secrets

`vagt secret set B` reads the secret from the terminal without showing it, or from standard input where that is a
pipe, and keeps it in the keyring; it is never an argument and never printed. `vagt secret check B` tells where the
secret would come from. [connecting.md](connecting.md) has all of it.

## Connecting and checking

`vagt init` connects a backend and `vagt doctor` checks everything: see [connecting.md](connecting.md). `doctor` ends
with 0 only where all is well, with 1 for a problem on this machine or for warnings alone, with 2 where the config is
refused, and with 3 where a backend cannot be reached or signed in to.

## CSV

`vagt list --csv` writes RFC 4180. A cell that a spreadsheet could take for a formula begins with an apostrophe.

"""

_CONFIGURATION = """\
# Configuration

Vagt reads one TOML file: the one that `--config PATH` names, else the one in `$VAGT_CONFIG`, else `config.toml` in
the platform's config folder for `vagt` (on Linux `~/.config/vagt/`). Without any, the embedded backend runs a
practice shift. [config.example.toml](../config.example.toml) holds every key. What the tables are for:
[backends](backends/README.md), [queries and views](queries.md), [people, rotas, escalations, SLAs,
calendars](escalation.md), [channels](channels.md), [audiences and cadence](communication.md). The tables of this page
are written by `python -m vagt.cli.docs`.

A config that is not in order is refused with exit 2 and one sentence that names the file, the line and the key, and
tells the remedy; nothing is read from any backend then.

Durations are written `90s`, `15m`, `4h`, `2d`; where seconds are meant, a number does as well. Times of day are
meant in the table's `timezone` (an IANA name), and keep daylight saving. Paths are taken from the folder of the
config.

## Where things live

| what | where |
| --- | --- |
| config | `--config PATH`, `$VAGT_CONFIG`, or the platform's config folder |
| data (store, outbox, drafts, audit log) | `--data-dir PATH`, `$VAGT_DATA_DIR`, or the platform's data folder |

The data folder is made with mode 0700 and its files with 0600. One that everybody can write to is refused.

## Secrets

A secret never stands in the config: a key that looks like one (`password`, `token`, `api_key`, `secret` …) is
refused, and so is an address with a password in it. The secret of a backend or channel is taken from the first of these
places that has it:

1. `$VAGT_SECRET_<NAME>`: its name upper-cased, `-` as `_`
2. a file of its name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential`)
3. `secret_command`: a program and its arguments, no shell; what it prints, without white space around it. It has
   30 seconds and cannot ask on the terminal
4. the keyring, service `vagt`, user its name: `vagt secret set NAME`

A place that is there but does not work (a command that fails, a file that cannot be read) is an error; the next
place is not tried. `vagt secret check NAME` tells which place it is.

## [keys]

"""


def commands() -> str:
    """The text of docs/commands.md."""
    text = _COMMANDS + "## All commands\n\n"
    for command in documented():
        text += f"### vagt {command.name}\n\n{command.summary}\n\n```\n{_usage(command.help)}\n```\n\n"
    later = ", ".join(f"`{name}`" for name in LATER)
    return text + f"## Not in this version\n\n{later}: using one says so and exits with 2.\n"


def configuration() -> str:
    """The text of docs/configuration.md."""
    text = _CONFIGURATION + schema.KEYS_HELP + " `docs/keys.md` has the names.\n\n"
    for table in schema.TABLES:
        text += _table(table)
        for (outer, _), inner in schema.NESTED.items():
            if outer == table.name:
                text += _table(inner)
    return text.rstrip("\n") + "\n"


def _usage(help_text: str) -> str:
    """The usage and options of a command, without the description that stands above already."""
    usage, _, rest = help_text.strip().partition("\n\n")
    return f"{usage}\n\n{rest.partition(chr(10) * 2)[2]}".strip()


def _table(table: schema.TableSpec) -> str:
    nested = table in schema.NESTED.values()
    title = f"### An entry of `{table.name}`" if nested else f"## {table.header}"
    rows = [f"| `{key.name}` | {_kind(key)} | {_default(key)} | {_cell(key.help)} |" for key in table.keys]
    lines = [title, "", table.help, "", "| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows]
    return "\n".join(lines) + "\n\n"


def _kind(key: schema.KeySpec) -> str:
    return " or ".join(f"`{choice}`" for choice in key.choices) or _cell(key.kind.value)


def _default(key: schema.KeySpec) -> str:
    return "**required**" if key.required else _cell(key.default)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(folder: Path) -> None:
    """Write both pages into `folder`."""
    (folder / "commands.md").write_text(commands(), encoding="utf-8")
    (folder / "configuration.md").write_text(configuration(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
