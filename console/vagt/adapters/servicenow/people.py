"""From the names that people use to the sys_ids that ServiceNow wants ("Reference fields").

A reference is always looked up first: written by name, ServiceNow takes the first that fits or makes
a new one; written as an unknown sys_id, it stores nothing and says nothing.
"""

from __future__ import annotations

from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.scope import is_safe
from vagt.adapters.servicenow.wire import Row, id_of, is_sys_id, value

_USER = ("sys_id", "user_name", "name", "email", "active")


async def person(context: Context, who: str, field: str = "to") -> tuple[str, str]:
    """(sys_id, login) of somebody named by login, address, name or sys_id. Raises InvalidError that names `field`."""
    wanted = who.strip()
    me = await context.me()
    if wanted.lower() in (me.login.lower(), me.id):
        return me.id, me.login
    if not is_safe(wanted):
        raise _nobody(who, field)
    columns = ("sys_id",) if is_sys_id(wanted) else ("user_name", "email", "name")
    query = "^OR".join(f"{column}={wanted}" for column in columns) + "^ORDERBYsys_id"
    page = await context.client.rows("sys_user", query, _USER, limit=10)
    found = [row for row in page.rows if id_of(row)]
    for column in columns:
        fitting = [row for row in found if value(row, column).lower() == wanted.lower()]
        if len(fitting) > 1:
            words = f"“{who}” is the {column} of {len(fitting)} people: name the login"
            raise InvalidError(words, ((field, "is not known"),))
        if fitting:
            if value(fitting[0], "active") == "false":
                words = f"“{who}” is no longer active in ServiceNow"
                raise InvalidError(words, ((field, "is not known"),))
            login = value(fitting[0], "user_name") or id_of(fitting[0])
            context.names[login] = value(fitting[0], "name") or login
            return id_of(fitting[0]), login
    raise _nobody(who, field)


def _nobody(who: str, field: str) -> InvalidError:
    words = f"ServiceNow knows nobody called “{who}”"
    return InvalidError(words, ((field, "is not known"),))


async def group(context: Context, name: str, field: str = "team") -> str:
    """The sys_id of a group. Raises InvalidError that names `field`."""
    found = await context.group_named(name)
    if found is None:
        words = f"ServiceNow knows no group called “{name}”"
        raise InvalidError(words, ((field, "is not known"),))
    return found.id


async def record(context: Context, table: str, ref: str, field: str) -> str:
    """The sys_id of a record named by number, name or sys_id. Raises InvalidError or NotFoundError."""
    wanted = ref.strip()
    if is_sys_id(wanted):
        return wanted
    column = "name" if table.startswith("cmdb") else "number"
    if not is_safe(wanted):
        raise InvalidError(f"“{ref}” is no {column}", ((field, f"is no {column}"),))
    page = await context.client.rows(table, f"{column}={wanted}^ORDERBYsys_id", ("sys_id", column), limit=5)
    rows = [row for row in page.rows if value(row, column).lower() == wanted.lower()]
    if not rows:
        words = f"ServiceNow has no {table} “{ref}”"
        raise (InvalidError(words, ((field, "is not known"),)) if table.startswith("cmdb") else NotFoundError(words))
    return id_of(rows[0])


async def is_member(context: Context, user: str, group_id: str) -> bool | None:
    """Whether a person belongs to a group; None where the account may not see that."""
    query = f"user={user}^group={group_id}^ORDERBYsys_id"
    try:
        page = await context.client.rows("sys_user_grmember", query, ("user", "group"), limit=2)
    except (ForbiddenError, NotFoundError):
        return None
    return any(_joins(row, user, group_id) for row in page.rows)


def _joins(row: Row, user: str, group_id: str) -> bool:
    return value(row, "user") == user and value(row, "group") == group_id
