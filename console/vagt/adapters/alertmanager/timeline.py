"""What Alertmanager can tell of an incident's history: when its alerts began, and who silenced them, why, how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.describing import alert_name, own_labels
from vagt.adapters.alertmanager.wire import Silence
from vagt.domain.timeline import EntryKind, TimelineEntry

_MOST = 100
"""Alerts that are told one by one; the newest where there are more."""


def entries_of(case: Case, silences: Iterable[Silence]) -> tuple[TimelineEntry, ...]:
    """Oldest first. Silences that ended stay as long as the server keeps them (its `--data.retention`)."""
    own = own_labels(case.alerts)
    begun = sorted((alert for alert in case.alerts if alert.starts_at is not None), key=lambda one: str(one.starts_at))
    found = [
        TimelineEntry(
            at=alert.starts_at,
            by="Alertmanager",
            kind=EntryKind.STATE,
            public=False,
            text=f"{alert_name(alert, own)} began to fire",
            id=f"alert {alert.fingerprint}",
        )
        for alert in begun[-_MOST:]
        if alert.starts_at is not None
    ]
    for silence in silences:
        if any(silence.covers(alert.labels) for alert in case.alerts):
            found += _told(silence)
    return tuple(sorted(found, key=lambda entry: (entry.at, entry.id)))


def _told(silence: Silence) -> list[TimelineEntry]:
    by = silence.by or "somebody"
    entries = []
    if silence.starts_at is not None:
        until = "" if silence.ends_at is None else f" until {_moment(silence.ends_at)}"
        what = ", ".join(matcher.text for matcher in silence.matchers)
        id = f"silence {silence.id}"
        entries.append(TimelineEntry(silence.starts_at, by, EntryKind.NOTE, False, silence.comment, f"{id} 1"))
        entries.append(
            TimelineEntry(silence.starts_at, by, EntryKind.STATE, False, f"silenced {what}{until}", f"{id} 2")
        )
    if silence.state == "expired" and silence.ends_at is not None:
        ended = TimelineEntry(
            silence.ends_at, by, EntryKind.STATE, False, "the silence ended", f"silence {silence.id} 3"
        )
        entries.append(ended)
    return entries


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
