"""Files of an issue: listed, saved, and attached so that no customer sees them ("Issue attachments", "Request").

An upload by the platform is the customer's to see where the issue is a request. So a file goes to a
request by the service API's two steps, as internal: held by the desk first, then hung on the request
with a note that only agents see. Nothing ever falls back from there to the platform; that one is
used for issues that are no request (404 and no request type), and outside of service projects.

How a file is read the facts of Cloud tell (`attachment/content`, without being sent to another host);
Data Center has it where `content` says, below its own address.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from vagt.adapters.jsm.context import Context, is_service_project
from vagt.adapters.jsm.saying import FLAG, NO_AGENT
from vagt.adapters.jsm.wire import Row, id_of, moment, part, parts, text, whole
from vagt.adapters.protocol import (
    AdapterError,
    Attachment,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    UnavailableError,
)

PATIENCE = 300.0
"""Seconds; a large file takes its time."""
_NO_REQUEST = "Jira does not show this request to the service API, so that its file could not be kept from the customer"
_SHOWN = "CAREFUL: Jira showed this file to the customer and may have mailed it"


async def listed(context: Context, id: str) -> tuple[Attachment, ...]:
    """The issue's files, oldest first."""
    row = await context.client.issue(id, ("attachment",))
    found = [_attachment(file) for file in parts(part(row, "fields"), "attachment") if id_of(file)]
    return tuple(sorted(found, key=lambda file: (file.at.timestamp() if file.at else 0.0, file.id)))


async def content_of(context: Context, id: str, attachment: str) -> bytes:
    """The bytes of one file. Raises NotFoundError, also for a file of another issue."""
    row = await context.client.issue(id, ("attachment",))
    file = next((one for one in parts(part(row, "fields"), "attachment") if id_of(one) == attachment), None)
    if file is None:
        raise NotFoundError("that file does not hang on this issue")
    content = await context.client.content(attachment, _path_of(file, context.web))
    size = whole(file.get("size"))
    if size is not None and size != len(content):
        raise ProtocolError(f"the file has {size} bytes, and {len(content)} came: is a proxy in between?")
    return content


async def attach(context: Context, id: str, name: str, content: bytes) -> Attachment:
    """Hang a file on an issue. Raises ForbiddenError where it could not be kept from a customer."""
    fields = await context.fields()
    row = await context.client.issue(id, ("project", "attachment", *filter(None, (fields.request_type,))))
    before = {id_of(file) for file in parts(part(row, "fields"), "attachment")}
    shown = await _to_request(context, row, name, content) if is_service_project(row) else None
    if shown is None:
        await context.client.upload(f"/issue/{id_of(row)}/attachments", name, content, PATIENCE)
    try:
        files = await listed(context, id)
    except AdapterError as error:
        raise UnavailableError(f"done perhaps; reading it back failed: {error.words}", sent=True) from None
    new = [file for file in files if file.id not in before]
    stored = next((file for file in reversed(new) if file.name == name), new[-1] if new else None)
    if stored is None:
        raise ProtocolError(f"Jira took {name} and does not list it", sent=True)
    if shown:
        raise InvalidError(shown)
    return stored


async def _to_request(context: Context, row: Row, name: str, content: bytes) -> str | None:
    """Internal, by the service API; words where it became public all the same. None: the issue is no request."""
    if not await context.is_agent():
        raise ForbiddenError(NO_AGENT)
    held = part(part(row, "fields"), (await context.fields()).request_type)
    desk = text(part(held, "requestType"), "serviceDeskId", 60) or text(part(part(row, "fields"), "project"), "key", 60)
    client = context.client
    try:
        # on no issue yet: whatever became of it, it may be sent again
        told = await client.upload(
            f"/servicedesk/{quote(desk, safe='')}/attachTemporaryFile",
            name,
            content,
            PATIENCE,
            api="/rest/servicedeskapi",
        )
    except (UnavailableError, ProtocolError) as error:
        raise UnavailableError(error.words) from None
    ids = [text(one, "temporaryAttachmentId", 200) for one in parts(told, "temporaryAttachments")]
    if not all(ids) or len(ids) != 1:
        raise ProtocolError("Jira took the file and does not say under which name it holds it")
    body = {"temporaryAttachmentIds": ids, "public": False}
    try:
        answer = await client.desk("POST", f"/request/{id_of(row)}/attachment", body=body)
    except NotFoundError:
        if held:
            raise ForbiddenError(_NO_REQUEST) from None
        return None
    comment = part(answer, "comment")
    return "" if comment.get("public") is not True else await _hidden(context, id_of(comment))


async def _hidden(context: Context, comment: str) -> str:
    """The comment that brought the file is public: hide it, and say so."""
    try:
        await context.client.put(f"/comment/{comment}/properties/{FLAG}", {"internal": True})
    except AdapterError:
        return f"{_SHOWN}; IT STILL IS: take it away in Jira"
    return f"{_SHOWN}; its comment is hidden again, the file is there"


def _path_of(file: Row, web: str) -> str:
    """Where Data Center has it, below its own address: never the address of another host."""
    told, base = urlsplit(text(file, "content", 2000)), urlsplit(web)
    name = quote(text(file, "filename", 500) or "file", safe="")
    path = told.path.removeprefix(base.path)
    ours = told.netloc == base.netloc and path.startswith("/secure/attachment/") and ".." not in unquote(path)
    return path if ours else f"/secure/attachment/{id_of(file)}/{name}"


def _attachment(row: Row) -> Attachment:
    return Attachment(
        id=id_of(row),
        name=text(row, "filename", 500) or "a file",
        by=text(part(row, "author"), "displayName", 300),
        at=moment(row, "created", "a file"),
        size=whole(row.get("size")),
    )
