"""`/incidents` and everything below one incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.doubles.pagerduty import listing
from tests.doubles.pagerduty.changing import KNOWN
from tests.doubles.pagerduty.listing import Query, paged
from tests.doubles.pagerduty.rendering import any_user, incident_reference, reference, render_incident, utc
from tests.doubles.pagerduty.rules import Refused, invalid, open_incident, reference_of, resolve, tell, update
from tests.doubles.pagerduty.state import Incident, Note, Store, Update

_MOST_AT_ONCE = 250
_MOST_ALERTS = 1000
_MOST_NOTES = 2000
_CREATE = frozenset(
    "type title service urgency priority incident_key body assignments escalation_policy incident_type "
    "conference_bridge".split()
)


class IncidentApi:
    """Reads and writes of incidents."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ignored: list[str] = []
        """Fields that writes held and nobody knows: the real service says nothing of them."""

    def list(self, query: Query) -> dict[str, Any]:
        found = listing.incidents(self.store, query)
        rows = paged(query, found, "incidents", self.store.quirks.server_caps)
        rows["incidents"] = [render_incident(self.store, one, query.includes) for one in rows["incidents"]]
        return rows

    def one(self, id: str) -> Incident:
        found = self.store.find(id)
        if found is None:
            raise Refused(404, 2100, "Not Found")
        return found

    def show(self, incident: Incident, query: Query) -> dict[str, Any]:
        if wrong := query.includes - listing.INCLUDES - {"custom_fields"}:
            raise invalid(f"include[] is invalid: {sorted(wrong)[0]}")
        return {"incident": render_incident(self.store, incident, query.includes)}

    def change(self, incident: Incident, body: Any, user: str) -> dict[str, Any]:
        given = _wrapped(body, "incident")
        self._notice(given, KNOWN)
        update(self.store, incident, given, user)
        return {"incident": render_incident(self.store, incident, frozenset())}

    def change_many(self, body: Any, user: str) -> dict[str, Any]:
        """All or nothing."""
        items = body.get("incidents") if isinstance(body, Mapping) else None
        if not isinstance(items, list):
            raise invalid("incidents is missing.")
        if len(items) > _MOST_AT_ONCE:
            raise Refused(413, 2001, "Request Entity Too Large", "At most 250 incidents.")
        from tests.doubles.pagerduty.rules import check

        chosen = [(self.one(str(item.get("id"))), item) for item in items]
        for incident, item in chosen:
            check(self.store, incident, item, user)
        for incident, item in chosen:
            update(self.store, incident, item, user, bulk=True)
        return {"incidents": [render_incident(self.store, one, frozenset()) for one, _ in chosen]}

    def create(self, body: Any, user: str) -> dict[str, Any]:
        given = _wrapped(body, "incident")
        self._notice(given, _CREATE)
        store = self.store
        title, service = given.get("title"), reference_of(given.get("service"), "service")
        if given.get("type") != "incident" or not isinstance(title, str) or not title.strip():
            raise invalid("Title cannot be empty.")
        if service not in store.services:
            raise invalid("Service not found.")
        if "assignments" in given and "escalation_policy" in given:
            raise invalid("Assignments and escalation policy cannot both be given.")
        if len(given.get("assignments") or ()) > 1:
            raise invalid("Only one assignee is allowed.")
        key = str(given.get("incident_key") or "")
        if key and any(
            one.key == key and one.service == service and one.status != "resolved" for one in store.visible()
        ):
            raise invalid("Open incident with matching dedup key already exists on this service")
        details = (given.get("body") or {}).get("details", "")
        if not isinstance(details, str):
            raise invalid("Body details must be a string.")
        policy = reference_of(given.get("escalation_policy"), "escalation_policy")
        if policy and policy not in store.policies:
            raise invalid("Escalation policy not found.", code=1014)
        incident = open_incident(
            store, title, service, urgency=given.get("urgency", "high"), key=key, policy=policy, details=details,
            agent=user,
        )  # fmt: skip
        rest = {name: given[name] for name in ("priority", "incident_type", "assignments") if name in given}
        if rest:
            update(store, incident, {"type": "incident_reference", **rest}, user)
        if {id for id, _ in incident.assigned} == {user} and "assignments" in given:
            update(store, incident, {"type": "incident_reference", "status": "acknowledged"}, user)
        return {"incident": render_incident(store, incident, frozenset())}

    def snooze(self, incident: Incident, body: Any, user: str) -> dict[str, Any]:
        seconds = body.get("duration") if isinstance(body, Mapping) else None
        if not isinstance(seconds, int) or not 1 <= seconds <= 604800:
            raise invalid("Duration must be between 1 and 604800.", code=1013)
        if incident.status == "resolved":
            raise invalid("Incident Already Resolved", code=1001)
        if incident.status == "triggered" and self.store.quirks.snooze_needs_ack:
            raise invalid("Incident is not acknowledged", code=1012)
        now = self.store.now()
        incident.status, incident.escalates, incident.ack_ends = "acknowledged", None, None
        incident.acked = [*(one for one in incident.acked if one[0] != user), (user, now)]
        incident.snoozed_until = now + timedelta(seconds=seconds)
        tell(self.store, incident, "snooze", user, f"Snoozed for {seconds} s.")
        return {"incident": render_incident(self.store, incident, frozenset())}

    def merge(self, target: Incident, body: Any, user: str) -> dict[str, Any]:
        sources = body.get("source_incidents") if isinstance(body, Mapping) else None
        if not isinstance(sources, list) or not sources:
            raise invalid("source_incidents is missing.")
        if target.status == "resolved":
            raise invalid("Target incident must be open.")
        found = [self.one(reference_of(one, "incident")) for one in sources]
        for one in found:
            if one.merged_into:
                raise invalid("Incident was already merged.", code=1019)
            if not one.mergeable or one is target:
                raise invalid("Incident cannot be merged.")
        if target.alerts + sum(one.alerts for one in found) > _MOST_ALERTS:
            raise invalid("More than 1000 alerts after merging.")
        for one in found:
            resolve(self.store, one, user)
            one.merged_into, one.alerts, target.alerts = target.id, 0, target.alerts + one.alerts
            tell(self.store, target, "merge", user, f"Merged with #{one.number}.")
        return {"incident": incident_reference(target)}

    # --- notes
    def notes(self, incident: Incident) -> dict[str, Any]:
        return {"notes": [self._note(note) for note in reversed(incident.notes)]}

    def note(self, incident: Incident, body: Any, user: str) -> dict[str, Any]:
        content = _wrapped(body, "note").get("content")
        if not isinstance(content, str) or not content.strip():
            raise invalid("Content cannot be empty.")
        if len(incident.notes) >= _MOST_NOTES:
            raise invalid("An incident holds at most 2000 notes.")
        note = Note(self.store.id(), user, content, self.store.now())
        incident.notes.append(note)
        summary = content if len(content) <= 100 else content[:97] + "..."
        tell(self.store, incident, "annotate", user, "Annotated.", channel={"type": "note", "summary": summary})
        return {"note": self._note(note)}

    def _note(self, note: Note) -> dict[str, Any]:
        who = any_user(self.store, note.user)
        if self.store.quirks.bots:
            who = {**reference("bot_user", "PBOT001", "Vagt", "bots"), "type": "bot_user_reference"}
        return {
            "id": note.id,
            "user": who,
            "channel": {"summary": "The PagerDuty website or APIs"},
            "content": note.content,
            "created_at": utc(note.at),
            "updated_at": utc(note.at),
        }

    # --- status updates and responders
    def announce(self, incident: Incident, body: Any, user: str) -> dict[str, Any]:
        self._able("status_updates")
        given = body if isinstance(body, Mapping) else {}
        message = given.get("message")
        if not isinstance(message, str) or not message.strip():
            raise invalid("Message cannot be empty.")
        if ("subject" in given) != ("html_message" in given):
            raise invalid("subject and html_message are given together.")
        if "html_message" in given and self.store.quirks.html_refused:
            raise invalid("html_message is not allowed.")
        told = Update(
            self.store.id(),
            user,
            message,
            str(given.get("subject", "")),
            str(given.get("html_message", "")),
            self.store.now(),
            tuple(id for id, _ in incident.subscribers),
        )
        incident.updates.append(told)
        if self.store.quirks.updates_in_log:
            words = {"event_details": {"description": message}} if self.store.quirks.update_words_in_log else {}
            who = self.store.users[user].name
            tell(self.store, incident, "status_update", user, f"{who} sent a status update.", **words)
        shown = {"id": told.id, "message": message, "created_at": utc(told.at), "sender": any_user(self.store, user)}
        if told.subject:
            shown |= {"subject": told.subject, "html_message": told.html}
        return {"status_update": shown}

    def subscribers(self, incident: Incident) -> dict[str, Any]:
        self._able("status_updates")
        rows = [
            {"subscriber_id": id, "subscriber_type": kind, "has_indirect_subscription": False, "subscribed_via": None}
            for id, kind in incident.subscribers
        ]
        return {"subscribers": rows, "account_id": "PACCT01", "limit": 100, "offset": 0, "more": False, "total": None}

    def subscribe(self, incident: Incident, body: Any) -> dict[str, Any]:
        self._able("status_updates")
        wanted = body.get("subscribers") if isinstance(body, Mapping) else None
        if not wanted:
            raise Refused(422, 2001, "Unprocessable", "subscribers cannot be empty")
        told = []
        for one in wanted:
            pair = (str(one.get("subscriber_id")), str(one.get("subscriber_type")))
            known = pair[0] in (self.store.users if pair[1] == "user" else self.store.teams)
            result = "unauthorized" if not known else "duplicate" if pair in incident.subscribers else "success"
            if result == "success":
                incident.subscribers.append(pair)
            told.append({"subscriber_id": pair[0], "subscriber_type": pair[1], "result": result})
        return {"subscriptions": told}

    def request_responders(self, incident: Incident, body: Any, user: str) -> dict[str, Any]:
        self._able("coordinated_responding")
        given = body if isinstance(body, Mapping) else {}
        requester = str(given.get("requester_id") or "")
        if requester not in self.store.users:
            raise invalid("Requester cannot be found.", code=1008)
        if not str(given.get("message") or "").strip():
            raise invalid("Message cannot be empty.")
        targets = []
        for one in given.get("responder_request_targets") or ():
            held = one if self.store.quirks.flat_targets else one.get("responder_request_target")
            id = reference_of(held, "user") or reference_of(held, "escalation_policy")
            if id not in self.store.users and id not in self.store.policies:
                raise invalid("responder_request_target is invalid.")
            targets.append({"type": str(held["type"]).removesuffix("_reference"), "id": id})
        if not targets:
            raise invalid("responder_request_targets is missing.")
        shown = []
        for target in targets:
            people = [target["id"]]
            if target["id"] in self.store.policies:
                people = self.store.on_call(self.store.policies[target["id"]], 1)
            rows = [
                {
                    "state": "pending",
                    "user": any_user(self.store, id),
                    "incident": incident_reference(incident),
                    "message": str(given["message"]),
                    "requester": any_user(self.store, requester),
                    "requested_at": utc(self.store.now()),
                    "updated_at": utc(self.store.now()),
                }
                for id in people
            ]
            incident.responders += rows
            shown.append({"responder_request_target": {**target, "incidents_responders": rows}})
        who = self.store.users[requester].name
        words = {"event_details": {"description": str(given["message"])}}
        tell(self.store, incident, "responder_request", requester, f"{who} asked for help.", **words)
        request = {
            "incident": incident_reference(incident),
            "requester": any_user(self.store, requester),
            "requested_at": utc(self.store.now()),
            "message": given["message"],
            "responder_request_targets": shown,
        }
        return {"responder_request": request}

    def _able(self, ability: str) -> None:
        if ability not in self.store.quirks.abilities:
            raise Refused(402, 2014, "Account does not have the abilities to perform the action", ability)

    def _notice(self, given: Mapping[str, Any], known: frozenset[str]) -> None:
        self.ignored += [name for name in given if name not in known]


def _wrapped(body: Any, name: str) -> Mapping[str, Any]:
    held = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(held, Mapping):
        raise invalid(f"{name} is missing.")
    return held
