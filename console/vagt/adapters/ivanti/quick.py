"""Quick actions and saved searches: found in `$metadata` or told by the config, and run ("Quick-Actions-API").

The reply to a quick action is not documented: 200 can mean done, asked for more, or nothing at all.
So the incident and its notes are read before and after, and nothing is called done that left no trace.
What an action asks for is learned when it first asks, and is then part of its form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from vagt.adapters.http import Answer
from vagt.adapters.ivanti import schema
from vagt.adapters.ivanti.client import INCIDENTS, IvantiClient
from vagt.adapters.ivanti.options import IvantiOptions
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, ProtocolError, UnavailableError
from vagt.domain.fields import Choice, FieldKind, FieldSpec

PREFIX = "action:"
"""What the id of a transition begins with that is a quick action."""


def spoken(name: str) -> str:
    """A name for people: addresses have `_` where the tenant wrote a blank."""
    return name.replace("_", " ").strip()


def _same(left: str, right: str) -> bool:
    return spoken(left).lower() == spoken(right).lower()


class Catalogue:
    """What this tenant and role have by way of actions and searches; read once."""

    def __init__(self, client: IvantiClient, options: IvantiOptions) -> None:
        self._client = client
        self._options = options
        self._schema: schema.Schema | None = None
        self.refused = ""
        """Why there is no `$metadata`; empty where there is."""
        self.prompts: dict[str, list[Row]] = {}
        """Action → what it asked for, as it told."""

    async def schema(self) -> schema.Schema:
        """The incident's schema; an empty one where the tenant refuses it."""
        if self._schema is None:
            try:
                self._schema = schema.read(await self._client.metadata(INCIDENTS))
                self.refused = "" if self._schema.fields else "$metadata is empty"
            except (NotFoundError, ForbiddenError, InvalidError, ProtocolError, UnavailableError) as error:
                if isinstance(error, UnavailableError) and "exception" not in error.words.lower():
                    raise
                self._schema, self.refused = schema.Schema(), error.words
        return self._schema

    async def actions(self) -> dict[str, str]:
        """Quick actions: name as the address wants it → ActionId; the config's come on top."""
        return {**(await self.schema()).actions, **_addressed(self._options.action_ids)}

    async def searches(self) -> dict[str, str]:
        """Saved searches likewise."""
        return {**(await self.schema()).searches, **_addressed(self._options.search_ids)}

    async def search(self, name: str) -> tuple[str, str]:
        """The saved search that people call `name`. Raises InvalidError that names those that there are."""
        known = await self.searches()
        for address, id in known.items():
            if _same(address, name):
                return address, id
        names = ", ".join(sorted(spoken(one) for one in known)[:20])
        told = (
            f"there are: {names}" if names else f"{self.refused or 'there are none'}; search_ids can name its ActionId"
        )
        raise InvalidError(f"no saved search is called “{name}”; {told}", (("query", "no such saved search"),))

    async def action(self, name: str) -> tuple[str, str]:
        """The quick action that people call `name`. Raises InvalidError."""
        for address, id in (await self.actions()).items():
            if _same(address, name):
                return address, id
        raise InvalidError(f"no quick action is called “{spoken(name)}”")

    def leads_to(self, name: str) -> str:
        """The status that the config says an action leads to; empty where it says nothing."""
        return next((status for known, status in self._options.actions.items() if _same(known, name)), "")

    def asks(self, name: str) -> tuple[FieldSpec, ...]:
        """What an action is known to ask for."""
        return tuple(_field(prompt) for prompt in self.prompts.get(name, ()) if text_of(prompt.get("FieldName")))

    def body(self, action_id: str, id: str, name: str, answers: Mapping[str, str]) -> dict[str, object]:
        """The request, keys exactly as documented."""
        form = {"actionId": action_id, "actualObjectType": "Incident#", "objectId": id}
        prompts = [
            {**prompt, "Value": answers.get(text_of(prompt.get("FieldName")))} for prompt in self.prompts.get(name, ())
        ]
        return {
            "ActionId": action_id,
            "ShouldSave": True,
            "ActionParams": {"FormParams": form, "GridParams": None},
            "PromptParams": prompts or None,
        }

    def judge(self, name: str, answer: Answer) -> None:
        """Raise InvalidError where the reply says that it asks for something, or that it failed."""
        try:
            told = json.loads(answer.text) if answer.body.strip() else {}
        except ValueError:
            told = {}
        if not isinstance(told, Mapping):
            return
        prompts = told.get("promptParams") or told.get("PromptParams")
        if told.get("IsPromptRequired") is True or (isinstance(prompts, list) and prompts and not told.get("saved")):
            self.prompts[name] = [p for p in prompts if isinstance(p, Mapping)] if isinstance(prompts, list) else []
            asked = self.asks(name)
            labels = ", ".join(f"“{spec.label}”" for spec in asked) or "something that it does not name"
            raise InvalidError(
                f"“{spoken(name)}” asks for {labels}: choose it once more and fill that in",
                tuple((spec.name, "must be filled in") for spec in asked),
            )
        words = _complaints(told.get("errors"))
        if words:
            raise InvalidError(self._client.http.redact.words("; ".join(words)))


def _addressed(table: Mapping[str, str]) -> dict[str, str]:
    return {name.strip().replace(" ", "_"): id for name, id in table.items()}


def _field(prompt: Row) -> FieldSpec:
    name = text_of(prompt.get("FieldName"))
    given = prompt.get("ValidList")
    values = [text_of(item) for item in given] if isinstance(given, list) else []
    choices = tuple(Choice(value, value) for value in values if value)
    return FieldSpec(
        name,
        text_of(prompt.get("Label")) or name,
        FieldKind.CHOICE if choices else FieldKind.TEXT,
        required=prompt.get("Required") is True,
        choices=choices,
        default=text_of(prompt.get("Value")),
    )


def _complaints(errors: object) -> list[str]:
    """Every message in `errors`, however deep: its shape over this interface is not documented."""
    if isinstance(errors, str):
        return [errors] if errors.strip() else []
    if isinstance(errors, list):
        return [words for item in errors for words in _complaints(item)]
    if isinstance(errors, Mapping):
        return [words for item in errors.values() for words in _complaints(item)]
    return []
