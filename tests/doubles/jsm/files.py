"""Files: the platform's attachments, which a request's customers see, and the service API's, which may be internal."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import quote

from tests.doubles.jsm import world
from tests.doubles.jsm.answers import desk_refused, refused
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.rules import say
from tests.doubles.jsm.state import File, Issue, Store, User
from tests.doubles.web import Reply, Request, json_reply

LARGEST = 10 * 1024 * 1024


def uploaded(request: Request, part: str = "file") -> list[tuple[str, bytes]]:
    """The files of a multipart form whose parts are called so."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    found = []
    for one in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
        raw = one.get_payload(decode=True)
        if one.get_param("name", header="content-disposition") == part and one.get_filename():
            found.append((str(one.get_filename()), raw if isinstance(raw, bytes) else b""))
    return found


def checked(request: Request) -> Reply | None:
    """What both ways of uploading refuse."""
    if request.headers.get("x-atlassian-token") != "no-check":
        return Reply(403, b"XSRF check failed", {"Content-Type": "text/plain"})
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return Reply(415, b"")
    if len(request.body) > LARGEST:
        return refused(413, "The attachment is larger than this site allows.")
    return None


def attach(store: Store, request: Request, issue: Issue, me: User, renderer: Renderer) -> Reply:
    """POST issue/{id}/attachments: customers of a request see these, and are mailed."""
    if wrong := checked(request):
        return wrong
    found = [_add(store, issue, me, name, content, public=True) for name, content in uploaded(request)]
    store.saved(issue)
    return json_reply(200, [renderer.file(file) for file in found])


def temporary(store: Store, request: Request) -> Reply:
    """POST servicedesk/{id}/attachTemporaryFile: on no issue yet."""
    if wrong := checked(request):
        return wrong
    rows = []
    for name, content in uploaded(request):
        id = f"temp{store.new_id()}"
        store.temporary[id] = (name, content)
        rows.append({"temporaryAttachmentId": id, "fileName": name})
    return json_reply(201, {"temporaryAttachments": rows})


def put(store: Store, request: Request, issue: Issue, me: User, comment: Any, renderer: Renderer) -> Reply:
    """POST request/{id}/attachment: with a comment, public unless told otherwise."""
    body = request.json() or {}
    ids = body.get("temporaryAttachmentIds")
    if not isinstance(ids, list) or not ids or any(id not in store.temporary for id in ids):
        return desk_refused(400, "The temporary attachment could not be found.")
    hidden = body.get("public") is False and me.agent and store.quirks.agent and not store.quirks.property_ignored
    files = [_add(store, issue, me, *store.temporary.pop(id), public=not hidden) for id in ids]
    words = " ".join(f"[^{file.name}]" for file in files)
    held: Any = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [_text(words)]}]}
    said = say(
        store,
        issue,
        held if store.cloud else words,
        me,
        public=not hidden,
        properties={"sd.public.comment": {"internal": hidden}},
    )
    for file in files:
        file.comment = said.id
    rows = [{"filename": file.name, "size": len(file.content)} for file in files]
    return json_reply(201, {"comment": comment(said, me, renderer), "attachments": {"size": len(rows), "values": rows}})


def content(store: Store, id: str) -> Reply:
    """The bytes, whatever they are."""
    file = store.files.get(id)
    if file is None:
        return refused(404, f"The attachment with id '{id}' does not exist")
    kind = "text/html" if file.content[:1] == b"<" else "application/octet-stream"
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Reply(200, file.content, {"Content-Type": kind, "Content-Disposition": disposition})


def _add(store: Store, issue: Issue, me: User, name: str, content: bytes, *, public: bool) -> File:
    file = File(store.new_id(), issue.id, name, me.login, store.tick(), content, public)
    store.files[file.id] = file
    if public and issue.fields.get(world.REQUEST_TYPE):
        store.mail.append({"to": issue.fields["reporter"], "issue": issue.key, "text": f"file {name}"})
    return file


def _text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}
