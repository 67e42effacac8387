"""The workflow of incidents: which moves are possible now, with which fields, and what a move does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.rules import NOT_ON_SCREEN, Refused, document, save, say, stored
from tests.doubles.jsm.state import Issue, Store, User


@dataclass(frozen=True, slots=True)
class Move:
    """One transition."""

    id: str
    name: str
    start: frozenset[str]
    to: str
    fields: tuple[tuple[str, bool], ...] = ()
    """(field, required) of its screen."""


_OPEN = frozenset({"1", "3", "10010"})
MOVES = (
    Move("711", "Start work", frozenset({"1"}), "3"),
    Move("712", "Investigate", frozenset({"1"}), "3"),
    Move("721", "Pending", frozenset({"1", "3"}), "10010", ((world.PENDING_REASON, True),)),
    Move("731", "Back to work", frozenset({"10010"}), "3"),
    Move("741", "Resolve", _OPEN, "5", (("resolution", True), (world.ROOT_CAUSE, False))),
    Move("751", "Close", frozenset({"5"}), "6"),
    Move("761", "Cancel request", _OPEN, "10011", (("resolution", False),)),
    Move("771", "Reopen", frozenset({"5", "6"}), "3"),
)


def possible(store: Store, issue: Issue) -> list[Move]:
    """From where it is now."""
    moves = [move for move in MOVES if issue.fields["status"] in move.start]
    return [move for move in moves if not (store.quirks.one_start and move.id == "712")]


def screen(store: Store, move: Move) -> tuple[tuple[str, bool], ...]:
    if store.quirks.no_resolution_screen:
        return tuple(pair for pair in move.fields if pair[0] != "resolution")
    return move.fields


def tell(store: Store, move: Move, renderer: Renderer, *, fields: bool) -> dict[str, Any]:
    """As GET transitions does; Data Center sends fewer flags."""
    told: dict[str, Any] = {"id": move.id, "name": move.name, "to": renderer.status(move.to)}
    if store.cloud:
        shown = bool(screen(store, move))
        told |= {"hasScreen": shown, "isGlobal": False, "isInitial": False, "isAvailable": True}
        told |= {"isConditional": False, "looped": False}
    if fields:
        told["fields"] = {name: meta(store, name, required) for name, required in screen(store, move)}
    return told


def meta(store: Store, name: str, required: bool) -> dict[str, Any]:
    """One field of a screen."""
    custom = world.CUSTOM.get(name)
    label = custom[1 if store.quirks.foreign_words else 0] if custom else _LABELS.get(name, name)
    schema: dict[str, Any] = {"type": custom[3] if custom else _TYPES.get(name, "string")}
    if custom:
        schema |= {"custom": custom[2], "customId": int(name.rpartition("_")[2])}
    elif name in ("components", "labels"):
        schema["items"] = "component" if name == "components" else "string"
    else:
        schema["system"] = name
    told: dict[str, Any] = {
        "required": required,
        "schema": schema,
        "name": label,
        "key": name,
        "operations": ["set"],
        "hasDefaultValue": False,
    }
    tables = {
        "resolution": world.RESOLUTIONS,
        "priority": world.PRIORITIES,
        "components": world.COMPONENTS,
        **world.OPTIONS,
    }
    if name in tables:
        key = "value" if name in world.OPTIONS else "name"
        told["allowedValues"] = [{"self": "…", "id": id, key: text} for id, text in tables[name].items()]
    return told


_LABELS = {
    "summary": "Summary",
    "description": "Description",
    "resolution": "Resolution",
    "priority": "Priority",
    "assignee": "Assignee",
    "reporter": "Reporter",
    "components": "Components",
    "labels": "Labels",
}
_TYPES = {"resolution": "resolution", "priority": "priority", "assignee": "user", "reporter": "user"} | {
    "components": "array",
    "labels": "array",
}


def perform(store: Store, issue: Issue, body: dict[str, Any], me: User, version: str) -> None:
    """POST transitions. Raises Refused."""
    id = str((body.get("transition") or {}).get("id", ""))
    if not id:
        raise Refused(None, "You must specify a transition.")
    move = next((move for move in possible(store, issue) if move.id == id), None)
    if move is None:
        words = f"It seems that you have tried to perform an illegal workflow operation: action {id} is invalid."
        raise Refused(None, words)
    shown = dict(screen(store, move))
    given = dict(body.get("fields") or {})
    doubled = given.keys() & (body.get("update") or {}).keys()
    if doubled:
        raise Refused(None, f"Field '{min(doubled)}' cannot appear in both 'fields' and 'update'")
    for name in given:
        if name not in shown:
            raise Refused({name: NOT_ON_SCREEN.format(name)})
    for name, required in shown.items():
        if required and not given.get(name) and not issue.fields.get(name):
            raise Refused({name: f"{meta(store, name, True)['name']} is required."})
    held = issue.fields.get(world.ROOT_CAUSE)
    if store.quirks.root_cause and move.to == "5" and not given.get(world.ROOT_CAUSE) and not held:
        raise Refused(None, "Please say what the root cause was before you resolve this incident.")
    values = {name: stored(store, name, value, version, {*shown, "transition"}) for name, value in given.items()}
    if world.STATUSES[move.to][1] != "done" and not store.quirks.keeps_resolution:
        values["resolution"] = None
    for added in (body.get("update") or {}).get("comment", []):
        text = document(store, version, added.get("add", {}).get("body"), "comment")
        say(store, issue, text, me, public=True, properties={})
    save(store, issue, {**values, "status": move.to}, me)
