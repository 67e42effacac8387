"""Files of an incident ("Attachment API", version 1 only): listed, uploaded as they are, and read back."""

from __future__ import annotations

import mimetypes

from vagt.adapters.protocol import Attachment, ForbiddenError, InvalidError, NotFoundError, ProtocolError
from vagt.adapters.servicenow.client import SnowClient
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.wire import Row, id_of, is_sys_id, number, time_of, value

_MOST = 1000
NO_FILES = "this account may not use the attachment API"


async def listed(context: Context, id: str) -> tuple[Attachment, ...]:
    """The incident's files, oldest first."""
    query = f"table_name=incident^table_sys_id={id}^ORDERBYsys_created_on"
    rows = await context.client.attachments(query, _MOST)
    # a condition that the account may not make is dropped without a word
    ours = (row for row in rows if value(row, "table_sys_id") == id and is_sys_id(id_of(row)))
    return tuple(sorted((_attachment(row) for row in ours), key=_age))


async def upload(context: Context, id: str, name: str, content: bytes) -> Attachment:
    """Hang a file on an incident. Raises InvalidError with ServiceNow's reason, NotFoundError, ForbiddenError."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    row = await context.client.attach(id, name, content, kind)
    if value(row, "table_sys_id") != id or not is_sys_id(id_of(row)):
        raise ProtocolError(f"ServiceNow took {name} and does not say where it is", sent=True)
    stored = _attachment(row)
    if stored.size is not None and stored.size != len(content):
        raise InvalidError(f"ServiceNow kept {stored.size} of the {len(content)} bytes of {name}")
    return stored


async def content_of(client: SnowClient, id: str, attachment: str) -> bytes:
    """The bytes of one file of the incident. Raises NotFoundError, also for a file of another record."""
    if not is_sys_id(attachment):
        raise NotFoundError(f"“{attachment}” is not the sys_id of a file")
    if value(await client.attachment(attachment), "table_sys_id") != id:
        raise NotFoundError("that file hangs on another record")
    return await client.attached(attachment)


async def may_attach(client: SnowClient) -> bool:
    """Whether the attachment API is there and open to this account; an API key's policy may leave it out."""
    try:
        await client.attachments("table_name=incident", 1)
    except (ForbiddenError, NotFoundError, InvalidError):
        return False
    return True


def _attachment(row: Row) -> Attachment:
    return Attachment(
        id=id_of(row),
        name=value(row, "file_name") or "a file",
        by=value(row, "sys_created_by"),
        at=time_of(row, "sys_created_on"),
        size=number(row, "size_bytes"),
    )


def _age(file: Attachment) -> tuple[float, str]:
    return (file.at.timestamp() if file.at else 0.0, file.id)
