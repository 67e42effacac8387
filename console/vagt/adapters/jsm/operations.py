"""JSM Operations: alerts, schedules, escalation policies ("JSM Operations REST API"); Cloud only.

Everything that changes an alert is only accepted at first: a receipt tells later whether it was
done, and is 404 until then. What a plan does not allow is refused there and nowhere else. A note in
an acknowledgement is dropped, so that none is sent. An account without rights on a team gets empty
lists. Alerts do not name their incident: ours have its key as their alias, under which a second
alert only counts up. Apps with a bearer token may have to use another form of the address; the one
that works is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.http import Answer, HttpClient, Params
from vagt.adapters.jsm.client import JiraClient
from vagt.adapters.jsm.errors import is_scope, jira_words
from vagt.adapters.jsm.wire import Row, id_of, moment, part, parts, text
from vagt.adapters.protocol import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    UnavailableError,
)
from vagt.domain.clock import Clock

_JUDGED = (400, 401, 402, 403, 404, 409, 422)
_WAITS = (0.1, 0.2, 0.3, 0.5, 0.5, 0.7, 0.7, 1.0, 1.0, 1.0, 2.0, 2.0)
"""Seconds between two looks for a receipt, ten in all."""
_PAGE, _MOST = 100, 1000
_MESSAGE = 130


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an escalation reaches."""

    kind: str
    """escalation, schedule, team or user, as Operations names it."""
    id: str
    name: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rota."""

    id: str
    name: str
    team: str
    """The team's name, or the schedule's where it has none."""


class Operations:
    """Asks Operations of one site."""

    def __init__(self, http: HttpClient | None, client: JiraClient, clock: Clock, *, bearer: bool) -> None:
        """`http`: the gateway; None: not wanted, or there can be none."""
        self._http = http
        self._client = client
        self._clock = clock
        self._forms = ("/jsm/ops/api/{0}/v1", "/ex/jira/{0}/jsm/ops/api/v1") if bearer else ("/jsm/ops/api/{0}/v1",)
        self._form = 0
        self.alerts: bool | None = None
        """Whether alerts can be read; None: not asked yet."""
        self.config: bool | None = None
        """Whether schedules, teams and policies can be read."""
        self.why = ""

    # --- what there is
    async def find_out(self) -> None:
        """Which of the two parts this account has. What it lacks is told by `why`."""
        if self._http is None or not await self._client.is_cloud():
            self.alerts = self.config = False
            self.why = "Operations is switched off in the config" if self._http is None else "only Cloud has Operations"
            return
        self.config = await self._open("/schedules")
        self.alerts = await self._open("/alerts")

    async def _open(self, path: str) -> bool | None:
        """None: out of reach now, which is no reason to do without Jira itself; asked again when it is wanted."""
        try:
            await self._get(path, [("size", "1")])
        except (UnavailableError, ThrottledError) as error:
            self.why = f"JSM Operations cannot be reached: {error.words}"
            return None
        except (ForbiddenError, NotFoundError, InvalidError, ProtocolError) as error:
            self.why = f"this account has no JSM Operations: {error.words}"
            return False
        return True

    @property
    def is_unknown(self) -> bool:
        """Whether what there is was not asked yet, or could not be."""
        return self.alerts is None or self.config is None

    @property
    def can_escalate(self) -> bool:
        return bool(self.alerts and self.config)

    # --- teams, schedules, policies
    async def teams(self) -> dict[str, str]:
        """Team id → name; nothing where the account sees none."""
        if self.config is None:
            await self.find_out()
        if not self.config:
            return {}
        told = await self._get("/teams")
        return {
            text(row, "teamId", 200): text(row, "teamName", 300)
            for row in (parts(told, "platformTeams") or _listed(told))
            if text(row, "teamId", 200)
        }

    async def schedules(self) -> list[Schedule]:
        """The rotas that are switched on."""
        teams = await self.teams()
        found = []
        for row in await self._pages("/schedules"):
            name = text(row, "name", 300)
            if row.get("enabled") is not False and id_of(row):
                found.append(Schedule(id_of(row), name, teams.get(text(row, "teamId", 200), name)))
        return found

    async def on_call(self, schedule: str) -> list[str]:
        """Account ids of those who answer now, the first one first; none where nobody does."""
        told = await self._get(f"/schedules/{schedule}/on-calls", [("flat", "true")])
        users = told.get("onCallUsers")
        found = [user for user in users if isinstance(user, str)] if isinstance(users, list) else []
        return found or _participants(told)

    async def turns(self, schedule: str) -> list[tuple[str, datetime, datetime]]:
        """(account id, from, until) of the turns that the timeline shows; none where it cannot be read."""
        try:
            told = await self._get(f"/schedules/{schedule}/timeline", [("expand", "base,forwarding,override")])
        except (ForbiddenError, NotFoundError, InvalidError, ProtocolError):
            return []
        found = []
        for rotation in parts(part(told, "finalTimeline"), "rotations"):
            for period in parts(rotation, "periods"):
                start, end = moment(period, "startDate"), moment(period, "endDate")
                who = id_of(part(period, "responder"))
                if start and end and who:
                    found.append((who, start, end))
        return found

    async def targets(self) -> list[Target]:
        """Whom one can escalate to: policies first, then rotas, then teams."""
        teams = await self.teams()
        found = []
        for id, name in teams.items():
            try:
                told = await self._get(f"/teams/{id}/escalations")
            except (ForbiddenError, NotFoundError):
                continue
            found += [Target("escalation", id_of(row), text(row, "name", 300), name) for row in _listed(told)]
        found += [Target("schedule", one.id, one.name, one.team) for one in await self.schedules()]
        return found + [Target("team", id, name, name) for id, name in teams.items()]

    async def steps(self, policy: Target) -> list[Target]:
        """The recipients of a policy's rules, in their order."""
        teams = {name: id for id, name in (await self.teams()).items()}
        told = await self._get(f"/teams/{teams.get(policy.team, '')}/escalations")
        for row in _listed(told):
            if id_of(row) == policy.id:
                recipients = [part(rule, "recipient") for rule in parts(row, "rules")]
                return [Target(text(one, "type", 40), id_of(one), id_of(one), policy.team) for one in recipients]
        return []

    # --- alerts
    async def alert(self, alias: str) -> Row | None:
        """The open alert under this alias."""
        try:
            told = await self._get("/alerts/alias", [("alias", alias)])
        except NotFoundError:
            return None
        found = part(told, "data") or told
        closed = text(found, "status", 40).lower() == "closed"
        return found if id_of(found) and not closed else None

    async def create(self, alias: str, message: str, priority: str, target: Target, note: str) -> str:
        """Open an alert, or count up the one that is open; its id."""
        body: dict[str, object] = {
            "message": message[:_MESSAGE],
            "alias": alias,
            "priority": priority,
            "responders": [{"id": target.id, "type": target.kind}],
            "note": note,
            "source": "vagt",
        }
        return await self._do("/alerts", body)

    async def escalate(self, alert: str, target: Target) -> None:
        """Call whom the target names, on an alert that is open."""
        if target.kind == "escalation":
            await self._do(f"/alerts/{alert}/escalate", {"escalationId": target.id})
        else:
            await self._do(f"/alerts/{alert}/responders", {"id": target.id, "type": target.kind})

    async def note(self, alert: str, words: str) -> None:
        await self._do(f"/alerts/{alert}/notes", {"note": words})

    async def acknowledge(self, alert: str) -> None:
        await self._do(f"/alerts/{alert}/acknowledge", None)

    async def close(self, alert: str) -> None:
        await self._do(f"/alerts/{alert}/close", None)

    # --- requests
    async def _do(self, path: str, body: Mapping[str, object] | None) -> str:
        """Ask for it and wait for the receipt; the alert's id. Raises ForbiddenError where it was refused later."""
        answer = await self._ask("POST", path, body=body)
        receipt = text(_object(answer), "requestId", 100)
        if not receipt:
            raise ProtocolError("Operations took it and gave no receipt", sent=True)
        for wait in _WAITS:
            await self._clock.sleep(wait)
            try:
                told = await self._get(f"/alerts/requests/{receipt}")
            except NotFoundError:
                continue
            except (UnavailableError, ProtocolError, ThrottledError) as error:
                words = f"Operations took it, and its receipt could not be read: {error.words}"
                raise UnavailableError(words, sent=True) from None
            told = part(told, "data") or told
            if told.get("isSuccess") is False:
                raise ForbiddenError(f"Operations refused it afterwards: {text(told, 'status', 300)}")
            return text(told, "alertId", 200)
        raise UnavailableError("Operations took it and has not said within ten seconds that it is done", sent=True)

    async def _pages(self, path: str) -> list[Row]:
        found: list[Row] = []
        while len(found) < _MOST:
            told = await self._get(path, [("offset", str(len(found))), ("size", str(_PAGE))])
            rows = _listed(told)
            found += rows
            if not rows or not part(told, "links").get("next"):
                break
        return found

    async def _get(self, path: str, params: Params = ()) -> Row:
        return _object(await self._ask("GET", path, params=params))

    async def _ask(self, method: str, path: str, *, params: Params = (), body: object = None) -> Answer:
        if self._http is None:
            raise ForbiddenError("Operations is switched off in the config")
        cloud_id = await self._client.cloud_id()
        while True:
            prefix = self._forms[self._form].format(cloud_id)
            answer = await self._http.request(method, prefix + path, params=params, body=body, accept=_JUDGED)
            wrong_form = answer.status == 401 and not is_scope(answer)
            if not wrong_form or self._form + 1 >= len(self._forms):
                break
            self._form += 1
        words = self._http.redact.words(jira_words(answer)) or f"HTTP {answer.status}"
        match answer.status:
            case 401 if is_scope(answer):
                raise ForbiddenError(f"the token lacks a scope for Operations: {words}")
            case 401:
                # Jira itself tells when the token is dead; here it may only be of the wrong kind
                raise ForbiddenError(f"Operations does not accept these credentials: {words}")
            case 402 | 403:
                raise ForbiddenError(words)
            case 404:
                raise NotFoundError(words)
            case 400 | 409 | 422:
                raise InvalidError(words)
            case _:
                return answer


def _object(answer: Answer) -> Row:
    found = answer.json()
    if not isinstance(found, Mapping):
        raise ProtocolError(f"this does not answer as Operations does ({answer.where})")
    return found


def _listed(told: Row) -> list[Row]:
    return parts(told, "values") or parts(told, "data")


def _participants(told: Row) -> list[str]:
    """People among the participants, those inside of teams and policies too; “noone” is nobody."""
    found: list[str] = []
    for row in parts(told, "onCallParticipants") or parts(told, "onCallRecipients"):
        kind = text(row, "type", 40)
        if kind == "user" and id_of(row):
            found.append(id_of(row))
        elif kind != "noone":
            found += _participants(row)
    return found
