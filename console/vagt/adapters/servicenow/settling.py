"""What ServiceNow's pages leave open, asked of this very instance when a person checks the connection.

Only reads. Each point is a sentence: what was asked, and how it turned out. What only a write could
settle is said to be handled both ways, and is never tried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from vagt.adapters.protocol import AdapterError, ForbiddenError
from vagt.adapters.servicenow.choices import ELEMENTS
from vagt.adapters.servicenow.client import API
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.errors import is_denied_query
from vagt.adapters.servicenow.journal import entries_in
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.wire import Row, id_of, shown, value

_SMALL = 50
UNTRIED = (
    "Not tried, as it would write: whether a forbidden field is ignored or refused, a save without change counts, "
    "a second POST with the same sys_id fails, priority can be written alone, a hold needs its reason, a foreign "
    "assignee is refused, an unknown choice is blanked. Vagt is made for either outcome and reads each write back."
)


async def settle(context: Context, reader: Reader) -> tuple[str, ...]:
    """One sentence a point; a point that cannot be asked says so."""
    points: tuple[Callable[[Context, Reader], Awaitable[str]], ...] = (
        _account,
        _invalid_query,
        _filters,
        _order,
        _dates,
        _journal,
        _case,
        _no_count,
        _access_rules,
        _choices,
        _matrix,
        _apis,
        _major,
        _limits,
        _clock,
    )
    told = []
    for point in points:
        try:
            told.append(await point(context, reader))
        except AdapterError as error:
            told.append(f"{point.__name__.strip('_').replace('_', ' ').capitalize()}: not settled: {error.words}")
    return (*(line for line in told if line), UNTRIED)


async def _sample(context: Context, fields: tuple[str, ...] = ()) -> Row:
    page = await context.client.rows(
        "incident",
        "sys_idISNOTEMPTY^ORDERBYDESCsys_updated_on^ORDERBYsys_id",
        ("sys_id", "number", "sys_updated_on", *fields),
        limit=1,
    )
    return page.rows[0] if page.rows else {}


async def _account(context: Context, reader: Reader) -> str:
    me = await context.me()
    login = context.connection.settings.username
    other = f" The config names {login}." if login and login.lower() != me.login.lower() else ""
    zone = me.zone or "the instance's own"
    advice = "" if me.zone in ("GMT", "UTC", "Etc/UTC") else " GMT is the safe one for reading journals."
    return f"Account: {me.name} ({me.login}), time zone {zone}.{other}{advice}"


async def _invalid_query(context: Context, reader: Reader) -> str:
    try:
        page = await context.client.rows("incident", "u_no_such_field_zz=1", ("sys_id",), limit=1)
    except ForbiddenError as error:
        if not is_denied_query(error):
            raise
        return "An unknown field in a query: refused (403)."
    if page.rows or page.total:
        return "An unknown field in a query: the condition is dropped and everything comes. Vagt judges each row again."
    return "An unknown field in a query: nothing comes (glide.invalid_query.returns_no_rows). Vagt checks for that."


async def _filters(context: Context, reader: Reader) -> str:
    scope = await context.scope()
    fields = dict.fromkeys(("active", "state", "sys_id", "sys_updated_on", *scope.fields))
    fates = {name: await reader.checker.fate(name) for name in fields}
    return "Conditions of this queue: " + ", ".join(f"{name} {fate.value}" for name, fate in fates.items()) + "."


async def _order(context: Context, reader: Reader) -> str:
    fields = ("sys_id", "sys_updated_on")
    up = await context.client.rows("incident", "ORDERBYsys_updated_on^ORDERBYsys_id", fields, limit=2)
    down = await context.client.rows("incident", "ORDERBYDESCsys_updated_on^ORDERBYsys_id", fields, limit=2)
    rising, falling = ([value(row, "sys_updated_on") for row in page.rows] for page in (up, down))
    honoured = rising == sorted(rising) and falling == sorted(falling, reverse=True)
    if rising and falling:
        honoured = honoured and rising[0] <= falling[0]
    return f"Order by sys_updated_on: {'honoured' if honoured else 'not honoured'}."


async def _dates(context: Context, reader: Reader) -> str:
    if await reader.checker.can_follow():
        return "A date in a query is taken as UTC: the queue is followed by sys_updated_on."
    return f"The queue cannot be followed by sys_updated_on: {reader.checker.why_not_followed}."


async def _journal(context: Context, reader: Reader) -> str:
    me = await context.me()
    page = await context.client.rows(
        "incident",
        "sys_idISNOTEMPTY^ORDERBYDESCsys_updated_on^ORDERBYsys_id",
        ("sys_id", "comments", "work_notes"),
        limit=20,
    )
    row = next((row for row in page.rows if shown(row, "work_notes") or shown(row, "comments")), None)
    if row is None:
        return "Journal: not settled, as none of the newest twenty incidents has notes that this account sees."
    try:
        found = await context.client.rows(
            "sys_journal_field", f"element_id={id_of(row)}^ORDERBYsys_id", ("sys_id",), limit=1
        )
        context.journal = bool(found.rows)
    except ForbiddenError:
        context.journal = False
    if context.journal:
        return "Journal: read entry by entry (sys_journal_field)."
    entries = entries_in(row, me.tz, (me.format,) if me.format else ())
    unread = sum(entry.at is None for entry in entries)
    how = "its dates are understood" if entries and not unread else "its dates are not understood"
    return f"Journal: sys_journal_field is closed to this account; it is read as the form shows it, and {how}."


async def _case(context: Context, reader: Reader) -> str:
    number = value(await _sample(context), "number")
    if not number or number.lower() == number:
        return "Upper and lower case in queries: not settled."
    page = await context.client.rows(
        "incident", f"number={number.lower()}^ORDERBYsys_id", ("sys_id", "number"), limit=2
    )
    same = any(value(row, "number") == number for row in page.rows)
    return (
        f"Upper and lower case in queries: {'the same' if same else 'told apart'}. "
        "A caret in a search cannot be asked for, so Vagt compares it itself."
    )


async def _no_count(context: Context, reader: Reader) -> str:
    page = await context.client.rows("incident", "ORDERBYsys_id", ("sys_id",), limit=1, count=False)
    told = "is told all the same" if page.total is not None else "is withheld"
    counted = await context.client.rows("incident", "ORDERBYsys_id", ("sys_id",), limit=1)
    known = "comes" if counted.total is not None else "does not come, so that lists end with empty pages"
    return f"X-Total-Count {known}; with sysparm_no_count it {told}."


async def _access_rules(context: Context, reader: Reader) -> str:
    scope = await context.scope()
    query = scope.text(*reader.checker.open_conditions, without=reader.checker.unusable) + "^ORDERBYsys_id"
    page = await context.client.rows("incident", query.removeprefix("^"), ("sys_id",), limit=_SMALL)
    if not page.hidden:
        return f"Access rules: all of the first {len(page.rows)} open incidents of this queue are shown."
    return f"Access rules hide {page.hidden} of the first {page.hidden + len(page.rows)} open incidents of this queue."


async def _choices(context: Context, reader: Reader) -> str:
    counted = [(element, len(await context.choices.of(element))) for element in ELEMENTS]
    if context.choices.denied:
        return "Choices: sys_choice is closed to this account; stock states and reasons are offered, codes are typed."
    return "Choices: " + ", ".join(f"{element} {count}" for element, count in counted) + "."


async def _matrix(context: Context, reader: Reader) -> str:
    try:
        page = await context.client.rows(
            "dl_u_priority", "active=true^ORDERBYsys_id", ("impact", "urgency", "priority"), limit=100
        )
    except ForbiddenError:
        return "Priority matrix: not shown to this account; it is learnt from the incidents."
    for row in page.rows:
        cell = value(row, "impact"), value(row, "urgency"), value(row, "priority")
        if all(part.isdigit() for part in cell):
            context.matrix[(int(cell[0]), int(cell[1]))] = int(cell[2])
    return f"Priority matrix: {len(page.rows)} rows read."


async def _apis(context: Context, reader: Reader) -> str:
    asked = {
        "statistics": ("GET", f"{API}/stats/incident", {"sysparm_count": "true", "sysparm_query": "state=-99"}, None),
        "attachments": ("GET", f"{API}/attachment", {"sysparm_limit": "1"}, None),
        "on-call": ("GET", f"{API}/on_call_rota/whoisoncall", {"group_ids": "0" * 32}, None),
        "batch": ("POST", f"{API}/v1/batch", {}, {"batch_request_id": "1", "rest_requests": []}),
    }
    words = {200: "open", 400: "absent", 401: "closed by an API policy", 403: "forbidden", 404: "absent"}
    told = []
    for name, (method, path, params, body) in asked.items():
        status = await context.client.tried(method, path, params, body)
        told.append(f"{name} {words.get(status, f'HTTP {status}')}")
    sla = "forbidden" if context.sla_denied else "open" if context.options.sla else "switched off"
    return f"Other interfaces: {', '.join(told)}; SLA clocks {sla}."


async def _major(context: Context, reader: Reader) -> str:
    row = await _sample(context, ("major_incident_state",))
    there = "major_incident_state" in row
    return f"Major incidents: the field is {'there' if there else 'not there, or hidden'}."


async def _limits(context: Context, reader: Reader) -> str:
    return "" if context.client.hourly else "Rate rule: none told for the requests made here."


async def _clock(context: Context, reader: Reader) -> str:
    skew = context.client.skew
    if skew is None:
        return "Clock: the instance does not tell its own."
    return f"Clock: {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's."
