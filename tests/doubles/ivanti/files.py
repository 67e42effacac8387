"""Attachments: uploads as multipart forms, with the tenant's list of allowed endings, and downloads."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import quote

from tests.doubles.ivanti.tenant import Tenant
from tests.doubles.web import Reply, Request, json_reply

_ALLOWED = (".txt", ".png", ".pdf", ".csv", ".zip")


def upload(tenant: Tenant, request: Request, by: str) -> Reply:
    """Store what is allowed; 300 where anything was refused."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    parts: dict[str, Any] = {}
    files: list[tuple[str, bytes]] = []
    for part in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        if part.get_filename():
            files.append((str(part.get_filename()), content))
        else:
            parts[str(name)] = content.decode().strip()
    known = tenant.quirks.attachment_spelling
    parent = parts.get("ObjectID") if known else None
    results = []
    for filename, content in files:
        taken = any(
            row["ATTACHNAME"] == filename and row["ParentLink_RecID"] == parent for row in tenant.rows("attachments")
        )
        problem = (
            "Upload Failed, Invalid attachment type."
            if not filename.lower().endswith(_ALLOWED)
            else "Upload Failed, duplicate file name."
            if taken and parent
            else ""
        )
        id = ""
        if not problem:
            row = tenant.insert(
                "attachments",
                by,
                ATTACHNAME=filename,
                ParentLink_RecID=parent,
                ParentLink_Category=parts.get("ObjectType") if known else None,
            )
            id = row["RecId"]
            tenant.files[id] = content
        results.append({"FileName": filename, "IsUploaded": not problem, "Message": problem or id})
    if all(result["IsUploaded"] for result in results):
        return json_reply(200, results)
    if tenant.quirks.bare_upload_list:
        return json_reply(300, results)
    return json_reply(300, {"code": "ISM_3000", "description": "Validation Error", "message": results, "help": ""})


def download(tenant: Tenant, id: str) -> Reply:
    """The bytes; a missing one is 400, as everything missing is."""
    if id not in tenant.files:
        return json_reply(400, {"code": "ISM_4000", "description": "", "message": ["Attachment not found"], "help": ""})
    name = tenant.sets["attachments"][id]["ATTACHNAME"]
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
    }
    return Reply(200, tenant.files[id], headers)
