"""What a save does: which fields may be written and how, what they must look like, history, clocks, mail."""

from __future__ import annotations

from typing import Any

from tests.doubles.jsm import clocks, world
from tests.doubles.jsm.adf import BadDocument, check, from_wiki, plain
from tests.doubles.jsm.state import Change, Comment, Issue, Store, User

LONGEST = 32_767


class Refused(Exception):
    """400, with words by field and words for the whole."""

    def __init__(self, errors: dict[str, str] | None = None, *messages: str, status: int = 400) -> None:
        super().__init__(str(errors or messages))
        self.errors = errors or {}
        self.messages = list(messages)
        self.status = status


NOT_ON_SCREEN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."


def document(store: Store, version: str, value: object, field: str) -> Any:
    """A long text as it is stored: a document on Cloud, wiki text on Data Center. Raises Refused."""
    if value is None or value == "":
        return None
    if version == "3":
        try:
            stored: Any = check(value)
        except BadDocument as error:
            raise Refused({field: str(error)}) from None
    elif not isinstance(value, str):
        raise Refused({field: "Operation value must be a string"})
    else:
        stored = from_wiki(value) if store.cloud else value
    if len(plain(stored)) > LONGEST:
        raise Refused({field: f"The entered text is too long. It exceeds the allowed limit of {LONGEST} characters."})
    return stored


def edit(store: Store, issue: Issue, given: dict[str, Any], me: User, version: str, screen: set[str]) -> None:
    """Write `given` fields that are on `screen`. Raises Refused, and stores nothing then."""
    values = {name: stored(store, name, value, version, screen) for name, value in given.items()}
    save(store, issue, values, me)


def stored(store: Store, name: str, value: Any, version: str, screen: set[str]) -> Any:
    """One field's value as it is stored. Raises Refused."""
    quirks = store.quirks
    missing = {
        world.TEAM: quirks.no_team_field,
        world.MAJOR: quirks.no_major_field,
        "resolution": quirks.resolution_not_editable and "transition" not in screen,
    }
    if name not in screen or missing.get(name):
        raise Refused({name: NOT_ON_SCREEN.format(name)})
    match name:
        case "summary":
            return _summary(value)
        case "description" | world.ROOT_CAUSE:
            return document(store, version, value, name)
        case "priority" | "resolution":
            table = world.PRIORITIES if name == "priority" else world.RESOLUTIONS
            if value is None and name == "resolution":
                return None
            return _named(table, value, name, "name")
        case "assignee" | "reporter":
            return _person(store, value, name)
        case "labels":
            if not isinstance(value, list) or any(" " in str(label) for label in value):
                raise Refused({name: "The label can't contain spaces."})
            return [str(label) for label in value]
        case "components":
            return [_named(world.COMPONENTS, item, name, "name") for item in value or []]
        case world.TEAM:
            if value is not None and (not isinstance(value, str) or value not in world.TEAMS):
                raise Refused({name: "The team ID is not valid."})
            return value
        case world.GROUP:
            return _group(value)
        case world.MAJOR:
            return _major(store, value)
        case _ if name in world.OPTIONS:
            return None if value is None else _named(world.OPTIONS[name], value, name, "value")
        case _:
            raise Refused({name: NOT_ON_SCREEN.format(name)})


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused({"summary": "You must specify a summary of the issue."})
    if "\n" in value or len(value) > 255:
        raise Refused({"summary": "Summary must be less than 255 characters, and on one line."})
    return value.strip()


def _named(table: dict[str, str], value: Any, field: str, key: str) -> str:
    """By id or by name, as objects."""
    if isinstance(value, dict):
        if str(value.get("id", "")) in table:
            return str(value["id"])
        for id, name in table.items():
            if value.get(key) == name:
                return id
    raise Refused({field: f"The {field} selected is invalid."})


def _person(store: Store, value: Any, field: str) -> str | None:
    if value is None:
        if store.quirks.unassigned_forbidden and field == "assignee":
            raise Refused({"assignee": "Issues must be assigned."})
        return None
    identity = value.get("accountId" if store.cloud else "name") if isinstance(value, dict) else None
    if identity is None and field == "assignee" and isinstance(value, dict) and value:
        return None
    user = store.user(str(identity))
    if user is None:
        raise Refused({field: f"User '{identity}' does not exist."})
    if field == "assignee" and not user.agent:
        raise Refused({field: f"User '{identity}' cannot be assigned issues."})
    return user.login


def _group(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("name") not in world.GROUPS.values():
        raise Refused({world.GROUP: "Group does not exist."})
    return str(value["name"])


def _major(store: Store, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if store.quirks.major_is_select:
        return _named({"599": "Yes"}, value, world.MAJOR, "value")
    if value != "MAJOR_INCIDENT":
        raise Refused({world.MAJOR: "Data is not valid."})
    return "MAJOR_INCIDENT"


def save(store: Store, issue: Issue, values: dict[str, Any], me: User, *, quiet: bool = False) -> None:
    """Store values that are already in their stored form; automations and clocks follow."""
    store.before(issue)
    before = dict(issue.fields)
    if store.quirks.ignores_assignee and "assignee" in values:
        values = {**values, "assignee": before["assignee"]}
    issue.fields |= values
    changed = {name for name in issue.fields if issue.fields[name] != before.get(name)}
    follows = store.quirks.priority_follows and changed & {world.IMPACT, world.URGENCY}
    if follows or (store.quirks.priority_overwritten and values):
        derive_priority(issue)
        changed = {name for name in issue.fields if issue.fields[name] != before.get(name)}
    if "status" in changed or "resolution" in changed:
        done = world.STATUSES[issue.fields["status"]][1] == "done"
        issue.fields["resolved"] = store.now() if done and issue.fields["resolution"] else None
    items = [_item(name, before.get(name), issue.fields[name]) for name in sorted(changed) if name != "resolved"]
    at = store.tick()
    if items and not quiet:
        issue.history.append(Change(store.new_id(), me.login, at, items))
    clocks.follow(store, issue)
    if items or values:
        store.saved(issue)


def derive_priority(issue: Issue) -> None:
    """As the automation sets it from impact and urgency."""
    impact, urgency = issue.fields.get(world.IMPACT), issue.fields.get(world.URGENCY)
    if impact and urgency:
        place = (list(world.OPTIONS[world.IMPACT]).index(impact), list(world.OPTIONS[world.URGENCY]).index(urgency))
        issue.fields["priority"] = world.MATRIX[place]


_TABLES: dict[str, dict[str, str]] = {
    "status": {id: name for id, (name, _) in world.STATUSES.items()},
    "priority": world.PRIORITIES,
    "resolution": world.RESOLUTIONS,
    world.TEAM: world.TEAMS,
    **world.OPTIONS,
}


def _item(name: str, before: Any, after: Any) -> dict[str, Any]:
    table = _TABLES.get(name, {})
    custom = name in world.CUSTOM
    return {
        "field": world.CUSTOM[name][0] if custom else name,
        "fieldtype": "custom" if custom else "jira",
        "fieldId": name,
        "from": str(before) if before else None,
        "fromString": table.get(str(before), plain(before)) if before else None,
        "to": str(after) if after else None,
        "toString": table.get(str(after), plain(after)) if after else None,
    }


def say(store: Store, issue: Issue, body: Any, me: User, *, public: bool, properties: dict[str, Any]) -> Comment:
    """Add a comment: public unless told otherwise; a public one on a request goes to the customer by mail."""
    if not plain(body).strip():
        raise Refused({"comment": "Comment body can not be empty!"})
    store.before(issue)
    comment = Comment(store.new_id(), me.login, body, store.tick(), public, properties)
    issue.comments.append(comment)
    request = issue.fields.get(world.REQUEST_TYPE) and issue.project in world.DESKS
    if public and request:
        store.mail.append({"to": issue.fields["reporter"], "issue": issue.key, "text": plain(body)})
    if public and me.agent:
        clocks.follow(store, issue, answered=True)
    store.saved(issue)
    return comment
