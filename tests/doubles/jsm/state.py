"""What the site holds, what search sees of it, and its clock."""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.doubles.jsm.quirks import Quirks

Fields = dict[str, Any]


@dataclass(slots=True)
class User:
    """A person, with both deployments' identities."""

    login: str
    name: str
    account_id: str
    key: str
    email: str
    agent: bool = True
    active: bool = True
    zone: str = "Europe/Berlin"


@dataclass(slots=True)
class Comment:
    """One comment; its body in the form that the deployment stores."""

    id: str
    author: str
    body: Any
    created: float
    public: bool = True
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """One attachment."""

    id: str
    issue: str
    name: str
    author: str
    created: float
    content: bytes
    public: bool
    comment: str = ""
    """The comment that it came with."""


@dataclass(slots=True)
class Change:
    """One save of the history."""

    id: str
    author: str
    created: float
    items: list[dict[str, Any]]


@dataclass(slots=True)
class Issue:
    """One issue; times are seconds since 1970."""

    id: str
    key: str
    project: str
    type: str
    fields: Fields
    """status, priority, resolution by id; assignee, reporter, creator by login; the rest as it is."""
    created: float
    updated: float
    comments: list[Comment] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """(link type id, "outward" or "inward", id of the other)."""
    properties: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[float, Any]] = field(default_factory=list)
    """What search sees from when on, where the index lags."""


class Store:
    """Issues and people."""

    def __init__(self, quirks: Quirks, *, cloud: bool) -> None:
        self.quirks = quirks
        self.cloud = cloud
        self.skipped = 0.0
        self.users: dict[str, User] = {}
        self.issues: dict[str, Issue] = {}
        self.by_key: dict[str, str] = {}
        self.mail: list[dict[str, str]] = []
        """What went to customers."""
        self.files: dict[str, File] = {}
        self.temporary: dict[str, tuple[str, bytes]] = {}
        """Uploaded, and on no issue yet: id → (name, content)."""
        self._ids = itertools.count(10042)
        self._others = itertools.count(20001)
        self._numbers: dict[str, int] = {}
        self._last = 0.0

    # --- time
    def now(self) -> float:
        """The site's clock, seconds since 1970."""
        return time.time() + self.skipped

    def tick(self) -> float:
        """Now, in whole milliseconds, later than any tick before."""
        self._last = max(round(self.now(), 3), round(self._last + 0.001, 3))
        return self._last

    def zone(self, user: User) -> ZoneInfo:
        return ZoneInfo("UTC" if self.quirks.utc_profile else user.zone)

    def stamp(self, when: float, user: User) -> str:
        """As Jira writes it: milliseconds, the viewer's zone, an offset without colon."""
        moment = datetime.fromtimestamp(when, UTC).astimezone(self.zone(user))
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{round(when * 1000) % 1000:03}{moment:%z}"

    # --- issues
    def new_id(self) -> str:
        return str(next(self._others))

    def add(self, project: str, type: str, fields: Fields) -> Issue:
        number = self._numbers[project] = self._numbers.get(project, 0) + 1
        at = self.tick()
        issue = Issue(str(next(self._ids)), f"{project}-{number}", project, type, fields, at, at)
        self.issues[issue.id] = issue
        self.by_key[issue.key] = issue.id
        self.index(issue)
        return issue

    def find(self, ref: str) -> Issue | None:
        """By id or key; a moved issue also by its old key."""
        return self.issues.get(ref) or self.issues.get(self.by_key.get(ref.upper(), ""))

    def saved(self, issue: Issue) -> None:
        """Stamp a save and let the index know, sooner or later."""
        issue.updated = self.tick()
        self.index(issue)

    def before(self, issue: Issue) -> None:
        """A save begins: until the index has it, search goes on seeing the issue as it is."""
        if self.quirks.lag and not issue.seen:
            issue.seen.append((0.0, _picture(issue)))

    def index(self, issue: Issue) -> None:
        if self.quirks.lag or issue.seen:
            issue.seen.append((self.now() + self.quirks.lag, _picture(issue)))

    def indexed(self, issue: Issue) -> Issue | None:
        """The issue as search sees it now; None where it does not yet."""
        if not issue.seen:
            return issue
        due = [picture for at, picture in issue.seen if at <= self.now()]
        if due:
            issue.seen = [(at, picture) for at, picture in issue.seen if at > self.now() or picture is due[-1]]
            return due[-1]  # type: ignore[no-any-return]
        return None

    def remove(self, id: str) -> None:
        issue = self.issues.pop(id)
        self.by_key.pop(issue.key, None)

    def moved(self, issue: Issue, project: str) -> None:
        """To another project: a new key, and the old one goes on working."""
        number = self._numbers[project] = self._numbers.get(project, 0) + 1
        issue.project, issue.key = project, f"{project}-{number}"
        self.by_key[issue.key] = issue.id
        self.saved(issue)

    def user(self, identity: str) -> User | None:
        """By whatever the deployment calls people."""
        for user in self.users.values():
            if identity == (user.account_id if self.cloud else user.login):
                return user
        return None


def _picture(issue: Issue) -> Issue:
    picture = copy.copy(issue)
    picture.fields, picture.seen = copy.deepcopy(issue.fields), []
    picture.links, picture.clocks = list(issue.links), copy.deepcopy(issue.clocks)
    return picture
