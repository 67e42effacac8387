"""What Alertmanager sends, read leniently: alerts, groups and silences ("GET /alerts/groups", "GET /silences")."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vagt.adapters.alertmanager.matchers import Matcher
from vagt.adapters.lenient import moment_of, text_of

_log = logging.getLogger(__name__)
_LONGEST = 100_000

Row = Mapping[str, object]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert that fires. Times are UTC."""

    fingerprint: str
    labels: Labels
    annotations: Labels
    source: str
    """Where the expression that fires can be looked at (`generatorURL`); may be empty."""
    starts_at: datetime | None
    ends_at: datetime | None = field(compare=False)
    """Not an end: until when Alertmanager goes on without hearing of it again."""
    updated_at: datetime | None = field(compare=False)
    """When Alertmanager last heard of it; every send moves this, and it is the same alert all the same."""
    receivers: tuple[str, ...]
    state: str
    silenced_by: tuple[str, ...]
    """Ids of silences."""
    inhibited_by: tuple[str, ...]
    """Fingerprints of alerts."""
    muted_by: tuple[str, ...] = ()
    """Names of time intervals (since 0.28)."""

    @property
    def pages(self) -> bool:
        """Nothing keeps it from people."""
        return not (self.silenced_by or self.inhibited_by or self.muted_by)

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts that a route groups together."""

    labels: Labels
    """Those that the route groups by; may be empty."""
    receiver: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What somebody does not want to hear of, from when until when (UTC)."""

    id: str
    matchers: tuple[Matcher, ...]
    by: str
    comment: str
    state: str
    """active, pending or expired."""
    starts_at: datetime | None
    ends_at: datetime | None
    updated_at: datetime | None
    starts_text: str = field(default="", repr=False)
    """`startsAt` letter for letter: an edit must repeat it, else a new silence is made."""

    @property
    def holds(self) -> bool:
        """It is in force, or will be."""
        return self.state in ("active", "pending")

    def covers(self, labels: Labels) -> bool:
        """Whether an alert with these labels is silenced by it while it is active."""
        return bool(self.matchers) and all(matcher.matches(labels) for matcher in self.matchers)


def groups_of(rows: list[object]) -> tuple[Group, ...]:
    """The groups of an answer; what is no group is left out with a line in the log."""
    return tuple(group for row in rows if (group := _group(row)) is not None)


def silences_of(rows: list[object]) -> tuple[Silence, ...]:
    """The silences of an answer, likewise."""
    return tuple(silence for row in rows if (silence := silence_of(row)) is not None)


def silence_of(row: object) -> Silence | None:
    """One silence; None where it has no id."""
    if not isinstance(row, Mapping) or not (id := text_of(row.get("id"))):
        _log.warning("a silence without an id was left out")
        return None
    status = row.get("status")
    starts = text_of(row.get("startsAt"))
    return Silence(
        id=id,
        matchers=_matchers(row.get("matchers")),
        by=_text(row.get("createdBy")),
        comment=_text(row.get("comment")),
        state=text_of(status.get("state")) if isinstance(status, Mapping) else "",
        starts_at=_moment(starts),
        ends_at=_moment(row.get("endsAt")),
        updated_at=_moment(row.get("updatedAt")),
        starts_text=starts,
    )


def id_of(labels: Labels) -> str:
    """16 hexadecimal digits that these labels always have."""
    text = "\0".join(f"{name}\1{value}" for name, value in sorted(labels.items()))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _group(row: object) -> Group | None:
    if not isinstance(row, Mapping):
        _log.warning("something that is no group of alerts was left out")
        return None
    receiver = row.get("receiver")
    rows = row.get("alerts")
    found = rows if isinstance(rows, list) else []
    alerts = tuple(alert for one in found if (alert := _alert(one)) is not None)
    return Group(
        labels=_labels(row.get("labels")),
        receiver=_text(receiver.get("name")) if isinstance(receiver, Mapping) else "",
        alerts=alerts,
    )


def _alert(row: object) -> Alert | None:
    if not isinstance(row, Mapping):
        _log.warning("something that is no alert was left out")
        return None
    labels = _labels(row.get("labels"))
    fingerprint = text_of(row.get("fingerprint"))
    if not labels and not fingerprint:
        _log.warning("an alert with neither labels nor a fingerprint was left out")
        return None
    status = row.get("status")
    told: Row = status if isinstance(status, Mapping) else {}
    return Alert(
        fingerprint=fingerprint or id_of(labels),
        labels=labels,
        annotations=_labels(row.get("annotations")),
        source=_text(row.get("generatorURL")),
        starts_at=_moment(row.get("startsAt")),
        ends_at=_moment(row.get("endsAt")),
        updated_at=_moment(row.get("updatedAt")),
        receivers=_names(row.get("receivers")),
        state=text_of(told.get("state")),
        silenced_by=_texts(told.get("silencedBy")),
        inhibited_by=_texts(told.get("inhibitedBy")),
        muted_by=_texts(told.get("mutedBy")),
    )


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): held[:_LONGEST] for name, held in value.items() if isinstance(held, str) and held}


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(name for one in value if isinstance(one, Mapping) and (name := _text(one.get("name"))))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str) and one) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    moment = moment_of(value)
    if moment is None and not value.startswith("0001-"):
        _log.warning("a time is unreadable and was left out")
    return moment


def _matchers(value: object) -> tuple[Matcher, ...]:
    found = []
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
            # a condition less would make it look wider than it is
            return ()
        found.append(
            Matcher(
                str(one["name"]),
                _text(one.get("value")),
                is_regex=one.get("isRegex") is True,
                is_equal=one.get("isEqual") is not False,
            )
        )
    return tuple(found)
