"""Notes and comments: written so that an internal one stays inside, read back, and found again ("Comments").

A comment without the property `sd.public.comment` is public and mailed to the customer; with it, it
is internal. The property goes in the same request, with a mark of ours by which a lost answer is
settled. What Jira made of it is looked at: `jsdPublic` on a service project, or the property where
that is missing; outside of service projects it is always true and says nothing. A note that came
out public is hidden at once, which does not call back the mail, and said so. Nothing ever falls back
from internal to public.

The call for customer requests (`public: false`) is the vendor's own advice; it reads markup, takes
no mark, and does not know issues that agents made. It is used where the config wants it, and for
those that it does not know the property is used all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.jsm.context import Context, identity, is_service_project
from vagt.adapters.jsm.documents import LIMIT, clean, document, words_of
from vagt.adapters.jsm.wire import Row, from_millis, id_of, moment, part, parts, text
from vagt.adapters.protocol import AdapterError, ForbiddenError, InvalidError, NotFoundError

FLAG, MARK = "sd.public.comment", "vagt.command"
NO_AGENT = "this account has no agent's seat in Jira Service Management: its notes could not be kept from customers"
UNCHECKED = "CAREFUL: Jira did not tell whether this note is kept from the customer: look at it in Jira"
_PAGE, _MOST_PAGES = 100, 30


@dataclass(frozen=True, slots=True)
class Said:
    """A comment that Jira has stored."""

    id: str
    text: str
    at: datetime | None
    by: str
    by_name: str
    public: bool | None
    """None: it is not told."""


class Speaker:
    """Writes and reads comments."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def say(self, row: Row, words: str, *, public: bool, mark: str) -> str:
        """Write it, once; what has to be told beyond "done". Raises InvalidError where there are no words."""
        told = clean(words).strip("\n")
        if not told.strip():
            raise InvalidError("there is nothing to write", (("text", "is empty"),))
        if len(told) > LIMIT:
            raise InvalidError(f"that is longer than Jira's {LIMIT} characters", (("text", "is too long"),))
        if not public and is_service_project(row) and not await self._context.is_agent():
            raise ForbiddenError(NO_AGENT)
        if not public and self._context.options.notes_by_request and is_service_project(row):
            try:
                return await self._by_request(row, told)
            except NotFoundError:
                pass  # no customer request: an agent made it
        body = document(told) if await self._context.client.is_cloud() else told
        properties: list[dict[str, object]] = [{"key": MARK, "value": {"id": mark}}]
        if not public:
            properties.append({"key": FLAG, "value": {"internal": True}})
        answer = await self._context.client.post(
            f"/issue/{id_of(row)}/comment", {"body": body, "properties": properties}
        )
        return "" if public or not is_service_project(row) else await self._kept_inside(answer)

    async def _by_request(self, row: Row, words: str) -> str:
        path = f"/request/{id_of(row)}/comment"
        answer = await self._context.client.desk("POST", path, body={"body": words, "public": False})
        return await self._kept_inside(answer, told=answer.get("public"))

    async def _kept_inside(self, answer: Row, told: object = None) -> str:
        id = id_of(answer)
        told = answer.get("jsdPublic") if told is None else told
        if told is None:
            try:
                told = await self._flag(id) is not True if id else None
            except AdapterError as error:
                # it is written: raised, this would count as unsent, and the note would go once more
                return f"{UNCHECKED} ({error.words})"
            if told is None:
                return UNCHECKED
        if told is not True:
            return ""
        hidden = False
        try:
            await self._context.client.put(f"/comment/{id}/properties/{FLAG}", {"internal": True})
            hidden = await self._flag(id) is True
        except AdapterError:
            hidden = False
        left = "it is hidden again" if hidden else "IT STILL IS: hide it in Jira"
        return f"CAREFUL: Jira showed this note to the customer and may have mailed it; {left}"

    async def _flag(self, comment: str) -> bool | None:
        """Whether a comment is marked as internal; None where that cannot be read."""
        try:
            held = await self._context.client.get(f"/comment/{comment}/properties/{FLAG}")
        except NotFoundError:
            return False
        except (ForbiddenError, InvalidError):
            return None
        return part(held, "value").get("internal") is True

    async def entries(self, row: Row, *, pages: int = _MOST_PAGES) -> list[Said]:
        """The newest comments, the newest first; a page has a hundred whatever is asked for."""
        client = self._context.client
        cloud = await client.is_cloud()
        service = is_service_project(row)
        found: list[Said] = []
        for _ in range(pages):
            params = [
                ("startAt", str(len(found))),
                ("maxResults", str(_PAGE)),
                ("orderBy", "-created"),
                ("expand", "properties"),
            ]
            told = await client.get(f"/issue/{id_of(row)}/comment", params)
            rows = parts(told, "comments")
            found += [_said(one, cloud, service) for one in rows]
            total = told.get("total")
            if not rows or (isinstance(total, int) and len(found) >= total):
                break
        return found

    async def entries_told(self, row: Row) -> list[Said]:
        """The same, with what is public found out where the platform does not tell it."""
        found = await self.entries(row)
        if not is_service_project(row) or all(one.public is not None for one in found):
            return found
        shown = await self._by_desk(row)
        result = []
        for one in found:
            public = shown.get(one.id) if one.public is None else one.public
            if public is None:
                flag = await self._flag(one.id)
                public = None if flag is None else not flag
            result.append(Said(one.id, one.text, one.at, one.by, one.by_name, public))
        return result

    async def _by_desk(self, row: Row) -> dict[str, bool]:
        """Comment id → public, by the service API; nothing where the issue is no request."""
        found: dict[str, bool] = {}
        start = 0
        try:
            for _ in range(_MOST_PAGES):
                told = await self._context.client.desk(
                    "GET", f"/request/{id_of(row)}/comment", params=[("start", str(start)), ("limit", str(_PAGE))]
                )
                rows = parts(told, "values")
                found |= {id_of(one): one["public"] is True for one in rows if "public" in one}
                start += len(rows)
                if not rows or told.get("isLastPage") is not False:
                    break
        except (NotFoundError, ForbiddenError, InvalidError):
            return found
        return found

    async def said(self, row: Row, words: str, *, mark: str, since: datetime) -> bool | None:
        """Whether we wrote `words` since then (the server's clock) for the command `mark`.

        None where a comment of ours says the same and bears no mark that tells.
        """
        me = await self._context.me()
        wanted = clean(words).strip()
        unclear = False
        for one in await self.entries(row, pages=3):
            if one.at is not None and one.at < since:
                break
            if one.by != me.id or not _same(one.text, wanted):
                continue
            held = await self.mark_of(one.id)
            if held == mark:
                return True
            unclear = unclear or held is None
        return None if unclear else False

    async def mark_of(self, comment: str) -> str | None:
        """The command that a comment was written for; None where it bears no mark."""
        try:
            held = await self._context.client.get(f"/comment/{comment}/properties/{MARK}")
        except (NotFoundError, ForbiddenError, InvalidError):
            return None
        return text(part(held, "value"), "id", 100) or None


def _same(held: str, wanted: str) -> bool:
    """The same words, whatever became of blanks."""
    return " ".join(held.split()) == " ".join(wanted.split())


def _said(row: Row, cloud: bool, service: bool) -> Said:
    author = part(row, "author")
    public: bool | None = None
    if service:
        told = row.get("jsdPublic")
        if isinstance(told, bool):
            public = told
        else:
            flags = [one for one in parts(row, "properties") if text(one, "key", 100) == FLAG]
            if flags:
                public = part(flags[0], "value").get("internal") is not True
    else:
        # everybody who sees the issue sees it, which need not be anybody outside
        public = False
    at = moment(row, "created", "a comment") or from_millis(part(row, "created").get("epochMillis"))
    who = identity(author, cloud)
    return Said(id_of(row), words_of(row.get("body")), at, who, text(author, "displayName", 300) or who, public)
