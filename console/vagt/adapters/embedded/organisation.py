"""Who and what there is: people in teams, services, codes; and who is on call in which week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from vagt.domain.directory import OnCall

HANDOVER_HOUR = 8
"""The on-call week changes on Monday at this hour, local time of the organisation."""
LEVELS = (1, 2, 3)
"""Escalation within a team: first on call, second on call, the lead."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be assigned."""

    login: str
    name: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """People who answer together; `members` stand in the order in which they are on call."""

    name: str
    members: tuple[str, ...] = ()
    lead: str | None = None
    """Third level of its escalation; None: its first member."""


@dataclass(frozen=True, slots=True)
class Service:
    """What users have, and what is interrupted."""

    id: str
    name: str
    team: str | None = None


Coded = tuple[tuple[str, str], ...]
"""Allowed values in their order, as (code, words)."""

CATEGORIES = ("Hardware", "Software", "Network", "Access", "Security", "Data", "Request", "Other")
CODES: Coded = (
    ("fixed", "Fixed"),
    ("workaround", "Workaround in place"),
    ("restarted", "Restarted"),
    ("rolled-back", "Change rolled back"),
    ("vendor", "Fixed by the vendor"),
    ("recovered", "Recovered by itself"),
    ("false-alarm", "False alarm"),
    ("user-error", "Explained to the user"),
    ("cannot-reproduce", "Cannot be reproduced"),
)
REASONS: Coded = (
    ("caller", "Waiting for the caller"),
    ("vendor", "Waiting for the vendor"),
    ("change", "Waiting for a change"),
    ("parts", "Waiting for parts"),
    ("observing", "Observing the fix"),
    ("other", "Other"),
)


def _same(a: str, b: str) -> bool:
    return a.casefold() == b.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Everything that can be chosen from."""

    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    services: tuple[Service, ...]
    categories: tuple[str, ...] = CATEGORIES
    codes: Coded = CODES
    reasons: Coded = REASONS
    timezone: str = "UTC"
    rota_start: datetime = field(default=datetime(2026, 1, 5, tzinfo=UTC))
    """In the week of this moment the first member of each team is on call."""

    def person(self, text: str) -> Person | None:
        """By login, mail or full name, whatever the case."""
        for person in self.people:
            if _same(text, person.login):
                return person
        return next((p for p in self.people if _same(text, p.name) or (p.mail and _same(text, p.mail))), None)

    def team(self, text: str) -> Team | None:
        return next((team for team in self.teams if _same(text, team.name)), None)

    def service(self, text: str) -> Service | None:
        return next((s for s in self.services if _same(text, s.name) or _same(text, s.id)), None)

    def name_of(self, login: str | None) -> str | None:
        """The full name behind a login; the login itself where nobody knows better."""
        if login is None:
            return None
        return next((person.name for person in self.people if person.login == login), login)

    def teams_of(self, login: str) -> tuple[str, ...]:
        return tuple(team.name for team in self.teams if login in team.members)

    def with_operator(self, login: str, team_names: Sequence[str] = ()) -> Organisation:
        """The same, with this operator known and first in the rota of the teams named."""
        people = self.people
        if not any(person.login == login for person in people):
            people = (*people, Person(login, login))
        teams = tuple(
            replace(team, members=(login, *(m for m in team.members if m != login)))
            if team.name in team_names
            else team
            for team in self.teams
        )
        return replace(self, people=people, teams=teams)

    def on_call(self, at: datetime, team: Team, source: str) -> tuple[OnCall, ...]:
        """Who answers for `team` at a moment, level by level."""
        start, until = self.week(at)
        turn = round((start - self.week(self.rota_start)[0]) / timedelta(days=7))
        found = []
        for level in LEVELS:
            login = self._at_level(team, turn, level)
            if login is None:
                continue
            person = self.person(login)
            found.append(
                OnCall(
                    rota=team.name,
                    team=team.name,
                    who=login,
                    who_name=person.name if person else login,
                    level=level,
                    start=start if level < 3 else None,
                    until=until if level < 3 else None,
                    contact=person.mail if person else "",
                    source=source,
                )
            )
        return tuple(found)

    def _at_level(self, team: Team, turn: int, level: int) -> str | None:
        if not team.members:
            return None
        if level == 3:
            return team.lead or team.members[0]
        return team.members[(turn + level - 1) % len(team.members)]

    def week(self, at: datetime) -> tuple[datetime, datetime]:
        """Beginning and end (UTC) of the on-call week that `at` lies in; daylight saving kept."""
        zone = ZoneInfo(self.timezone)
        local = at.astimezone(zone) - timedelta(hours=HANDOVER_HOUR)
        monday = (local - timedelta(days=local.weekday())).date()
        start = datetime(monday.year, monday.month, monday.day, HANDOVER_HOUR, tzinfo=zone)
        following = monday + timedelta(days=7)
        until = datetime(following.year, following.month, following.day, HANDOVER_HOUR, tzinfo=zone)
        return start.astimezone(UTC), until.astimezone(UTC)


def nearest(text: str, known: Sequence[str]) -> str:
    """“; did you mean …?” or the list of what is known, for a refusal in words."""
    close = get_close_matches(text.casefold(), [k.casefold() for k in known], n=1)
    if close:
        return f"; did you mean “{next(k for k in known if k.casefold() == close[0])}”?"
    return f"; known are: {', '.join(known[:12])}" if known else ""


_DEFAULT_SERVICES = (
    ("E-mail", "Operations"),
    ("Network", "Network"),
    ("Wi-Fi", "Network"),
    ("VPN", "Network"),
    ("Identity", "Operations"),
    ("Files", "Operations"),
    ("Databases", "Operations"),
    ("Telephony", "Network"),
    ("Web site", "Applications"),
    ("Business applications", "Applications"),
    ("Workplace", "Service Desk"),
    ("Print", "Service Desk"),
)


def from_options(options: Mapping[str, object], operator: str, rota_start: datetime) -> Organisation:
    """The organisation of the config's tables; what they leave out gets a sensible default.

    Raises ValueError in words where the tables contradict each other.
    """
    people = tuple(_person(login, words) for login, words in _table(options, "people").items())
    leads = _table(options, "leads")
    configured = {name: tuple(_split(words)) for name, words in _table(options, "teams").items()}
    own = _table(options, "services")
    services = tuple(
        Service(_slug(name), name, team or None) for name, team in (own or dict(_DEFAULT_SERVICES)).items()
    )
    if configured and not own:
        # The usual services belong to the usual teams; where there are others, nobody answers for them yet.
        services = tuple(s if s.team in configured else replace(s, team=None) for s in services)
    if not configured:
        everybody = tuple(person.login for person in people) or (operator,)
        names = dict.fromkeys(service.team for service in services if service.team)
        configured = dict.fromkeys(("Service Desk", *(n for n in names if n != "Service Desk")), everybody)
    teams = tuple(Team(name, members, leads.get(name)) for name, members in configured.items())
    logins = {person.login for person in people} | {operator}
    for team in teams:
        for login in (*team.members, *((team.lead,) if team.lead else ())):
            if people and login not in logins:
                raise ValueError(f"option teams: “{login}” of “{team.name}” is not in the table of people")
    if not people:
        known = dict.fromkeys(login for team in teams for login in team.members)
        people = tuple(Person(login, login) for login in known)
    for name in leads:
        if name not in configured:
            raise ValueError(f"option leads: no team is called “{name}”{nearest(name, list(configured))}")
    for service in services:
        if service.team and service.team not in configured:
            raise ValueError(
                f"option services: “{service.name}” belongs to “{service.team}”, which is not a team"
                f"{nearest(service.team, list(configured))}"
            )
    made = Organisation(
        people=people,
        teams=teams,
        services=services,
        categories=tuple(_list(options, "categories")) or CATEGORIES,
        codes=tuple(_table(options, "codes").items()) or CODES,
        reasons=tuple(_table(options, "reasons").items()) or REASONS,
        timezone=_zone(str(options.get("timezone") or "UTC")),
        rota_start=rota_start,
    )
    return made.with_operator(operator)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"option timezone: “{name}” is not the name of a time zone") from error
    return name


def _person(login: str, words: str) -> Person:
    name, _, rest = words.partition("<")
    return Person(login, name.strip() or login, rest.rstrip("> ").strip())


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _table(options: Mapping[str, object], name: str) -> dict[str, str]:
    value = options.get(name) or {}
    if not isinstance(value, Mapping):
        raise ValueError(f"option {name}: a table is expected")
    return {str(key): str(words) for key, words in value.items()}


def _list(options: Mapping[str, object], name: str) -> list[str]:
    value = options.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"option {name}: a list is expected")
    return [str(item) for item in value]
