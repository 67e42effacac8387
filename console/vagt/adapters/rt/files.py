"""Files of a ticket: they hang on its messages, so that adding one is an internal comment ("RT REST2", section 6)."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import unicodedata

from vagt.adapters.protocol import Attachment, ForbiddenError, InvalidError, NotFoundError, ProtocolError
from vagt.adapters.rt.client import FILES
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.wire import Row, clean, may, number_of, reference, text_of, time_of

_BYTES = "application/octet-stream"


async def listed(context: Context, reader: Reader, id: str) -> tuple[Attachment, ...]:
    """The ticket's files, oldest first; sent mails and texts without a name are none."""
    rows = await context.client.parts(id)
    if not rows:
        # RT answers "nothing" for a ticket that is not there or not ours to see
        await reader.ticket(id)
    return tuple(_attachment(row) for row in rows if _name(row))


async def upload(context: Context, reader: Reader, id: str, name: str, content: bytes) -> Attachment:
    """Hang a file on the ticket with a comment that names it, and see that all of it is there.

    Raises ForbiddenError without the right to comment, InvalidError where RT kept only a part.
    """
    if not may(await reader.ticket(id), "comment"):
        raise ForbiddenError(f"this account may not comment on ticket {id} (RT's right CommentOnTicket)")
    shown = plain_name(name)
    kind = mimetypes.guess_type(shown)[0] or _BYTES
    if kind.startswith(("text/", "message/", "multipart/")):
        # RT takes such for words: it rewrites their encoding and line ends
        kind = _BYTES
    file = {"FileName": shown, "FileType": kind, "FileContent": base64.b64encode(content).decode("ascii")}
    body = {"Content": f"Attached: {clean(name)}", "Attachments": [file]}
    transaction, said = await context.client.say(id, "comment", body, patience=FILES)
    context.confirmed.add(f"t{transaction}")
    for row in reversed(await context.client.parts(id)):
        if text_of(row.get("TransactionId")) == transaction and _name(row):
            stored = _attachment(row)
            if await _is_whole(context, row, content):
                return stored
            raise InvalidError(f"RT did not keep the whole of {name}: see MaxAttachmentSize of its configuration")
    raise ProtocolError(f"RT took the comment and shows no file: {'; '.join(said)}", sent=True)


async def content_of(context: Context, reader: Reader, id: str, attachment: str) -> bytes:
    """The bytes of one file of the ticket. Raises NotFoundError, also for a file of another ticket."""
    if attachment not in {file.id for file in await listed(context, reader, id)}:
        raise NotFoundError(f"ticket {id} has no file {attachment}")
    return await _content(context, attachment)


async def _content(context: Context, number: str) -> bytes:
    row = await context.client.part(number)
    try:
        return base64.b64decode("".join(text_of(row.get("Content"), limit=1 << 27).split()), validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError(f"the content of file {number} is not readable") from None


async def _is_whole(context: Context, row: Row, content: bytes) -> bool:
    """By its length where RT tells one that fits, else by its content: some databases count it encoded."""
    if number_of(row.get("ContentLength")) == len(content):
        return True
    return await _content(context, text_of(row.get("id"))) == content


def plain_name(name: str) -> str:
    """A name in ASCII: others come out damaged; the comment tells the real one."""
    bare = unicodedata.normalize("NFKD", name)
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in kept) or "file"


def _name(row: Row) -> str:
    return text_of(row.get("Filename")).strip()


def _attachment(row: Row) -> Attachment:
    id = text_of(row.get("id"))
    return Attachment(
        id=id,
        name=_name(row),
        by=reference(row.get("Creator")),
        at=time_of(row.get("Created"), "Created", f"file {id}"),
        size=number_of(row.get("ContentLength")),
    )
