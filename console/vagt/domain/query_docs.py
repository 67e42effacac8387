"""The page on the filter language, its tables written from the table of fields: `python -m vagt.domain.query_docs`."""

from __future__ import annotations

import sys

from vagt.domain.ordering import SortField
from vagt.domain.query_fields import BY_NAME, FIELDS, Kind, QueryField

_HEAD = """\
# Queries

A query says which incidents you want to see. You write one after `/` in the queue, in `query` of a
`[[views]]` table or in `bell` of the config, and after `vagt list --query`. This page is written by
`python -m vagt.domain.query_docs`.

```
is:open p<=2 (team:mine or assignee:me) sla<30m "disk full" -printer
```

reads: open, of priority 1 or 2, with one of my teams or with me, less than 30 minutes left to the next
deadline, with “disk full” somewhere in its text, and without “printer”.

## Putting one together

| you write | it fits |
| --- | --- |
| `disk` | incidents with that text anywhere in title, number, service, caller, assignee, team or description |
| `"disk full"` | the same for several words in a row; within quotes, `\\"` is a quote and `\\\\` a backslash |
| `a b`, `a and b` | what fits both |
| `a or b` | what fits either; `and` binds closer than `or` |
| `-a`, `not a` | everything else |
| `(a or b) c` | parentheses as you expect |
| `team:noc` | a field; names fit where they contain the text |
| `team=noc` | the whole name |
| `team!=noc` | any other name, or none |
| `team:noc,db` | one or the other |
| `p<=2`, `age>2h` | comparisons `<` `<=` `>` `>=` |

Capital letters make no difference, in any script, and neither does the way an accent is encoded. The words
`and`, `or` and `not` are searched for in quotes.

Lengths of time are written `90s`, `15m`, `4h`, `2d`, or together as in `1h30m`. Days are written
`2026-11-01`, moments `2026-11-01T14:15`, in the time zone of this machine unless they carry an offset. A day is
the whole of it: `created<=2026-11-01` includes that day, `created>2026-11-01` begins with the next.

An incident that lacks what is compared does not fit: without a priority it is neither `p<=2` nor `p>2`, but
`p:none`.

What is snoozed is hidden from every query that does not ask for `is:snoozed` itself.

A mistake is shown where it stands, with what was probably meant. While you type, what is complete already
counts. Tab takes the first of what is offered.
"""

_SORT_HEAD = """\
## Order

`sort` of a view and `vagt list --sort` name one or more of these, separated by commas; a `-` in front turns one
round. What lacks it comes last in either direction, and what is equal stays in the same order, always. Without
`sort` the order is `priority,-age`.

| name | first comes |
| --- | --- |
"""

_FIRST: dict[SortField, str] = {
    SortField.PRIORITY: "priority 1; of one priority, the major incidents",
    SortField.AGE: "the youngest (`-age`: the oldest)",
    SortField.CREATED: "the oldest",
    SortField.UPDATED: "the longest untouched (`-updated`: the last change)",
    SortField.SLA: "what is due first, or overdue longest",
    SortField.NUMBER: "the lowest number; INC9 before INC10",
    SortField.TITLE: "by the alphabet",
    SortField.SERVICE: "by the alphabet",
    SortField.TEAM: "by the alphabet",
    SortField.ASSIGNEE: "by the alphabet",
    SortField.STATE: "new, then active, waiting, resolved, closed",
    SortField.BACKEND: "by the alphabet",
    SortField.IMPACT: "impact 1",
    SortField.URGENCY: "urgency 1",
}


def page() -> str:
    """The whole page, Markdown."""
    parts = [_HEAD, _fields()]
    parts += [_values(BY_NAME[name], heading) for name, heading in (("is", "How it stands"), ("has", "What it has"))]
    order = _SORT_HEAD + "".join(f"| `{field}` | {_FIRST[field]} |\n" for field in SortField)
    return "\n".join([*parts, order])


def _fields() -> str:
    rows = [
        "## Fields",
        "",
        "| field | is | compared by | special values | example |",
        "| --- | --- | --- | --- | --- |",
    ]
    for field in FIELDS:
        names = ", ".join(f"`{name}`" for name in (field.name, *field.aliases))
        ops = " ".join(f"`{op}`" for op in field.ops)
        rows.append(f"| {names} | {field.help} | {ops} | {_special(field)} | `{field.example}` |")
    return "\n".join(rows) + "\n"


def _special(field: QueryField) -> str:
    if field.kind is Kind.FLAG:
        return "see below"
    return ", ".join(f"`{value.text}`" + ("" if _plain(value.help) else f" {value.help}") for value in field.values)


def _plain(help: str) -> bool:
    return help.startswith(("the state ", "any ")) or help in ("me", "nobody", "has none")


def _values(field: QueryField, heading: str) -> str:
    rows = [f"## {heading}", "", f"| `{field.name}:` | meaning |", "| --- | --- |"]
    rows += [f"| `{field.name}:{value.text}` | {value.help} |" for value in field.values]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
