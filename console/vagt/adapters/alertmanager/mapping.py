"""A case of Alertmanager as an incident: pure functions, lenient about what is missing."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.describing import common_labels, count_of, description_of, title_of
from vagt.adapters.alertmanager.matchers import equals
from vagt.adapters.alertmanager.options import Options
from vagt.adapters.alertmanager.wire import Alert, Silence
from vagt.domain.incident import Incident, State

RECEIVER = "receiver"
"""In the options, a label of this name that no alert has means the receiver itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a case does not tell of itself."""

    backend: str
    web: str
    """Alertmanager's own pages, without a slash at the end."""
    options: Options
    silences: Mapping[str, Silence]
    names: Mapping[str, str]
    """Fingerprint → what the alert is called, for "inhibited by"."""


def incident_of(case: Case, frame: Frame) -> Incident:
    """What the operator sees of it."""
    options = frame.options
    alerts = case.alerts
    # the worst one speaks for all; what nobody is told of only where nothing else is there
    leading = min(
        alerts,
        key=lambda alert: (
            not alert.pages,
            options.priority_of(alert.labels.get(options.severity_label, "")),
            alert.fingerprint,
        ),
    )
    holding = silences_on(alerts, frame.silences)
    state, native = state_of(alerts)
    until = silenced_until(alerts, frame.silences) if native == "silenced" else None
    begun = [alert.starts_at for alert in alerts if alert.starts_at is not None]
    moved = [*begun, *(silence.updated_at for silence in holding if silence.updated_at is not None)]
    title = title_of(case, options)
    return Incident(
        backend=frame.backend,
        id=case.id,
        number=case.number,
        title=title,
        state=state,
        native_state=native,
        description=description_of(case, options),
        priority=options.priority_of(leading.labels.get(options.severity_label, "")),
        team=_named(options.team_labels, leading, case),
        service=_named(options.service_labels, leading, case),
        category=leading.name or None,
        created_at=min(begun, default=None),
        updated_at=max(moved, default=None),
        updated_by=_last_hand(holding, begun),
        waiting_reason=_reason(alerts, holding, frame) if state is State.WAITING else None,
        waiting_until=until,
        snoozed_until=until,
        url=f"{frame.web}/#/alerts?filter={quote('{' + _filter(case) + '}', safe='')}",
        version=_version(case, holding),
        extra=_extra(case, holding),
    )


def state_of(alerts: Sequence[Alert]) -> tuple[State, str]:
    """New while at least one alert reaches people; else it waits for what holds it back."""
    if any(alert.pages for alert in alerts):
        return State.NEW, "active"
    if all(alert.silenced_by for alert in alerts):
        return State.WAITING, "silenced"
    return State.WAITING, "inhibited" if any(alert.inhibited_by for alert in alerts) else "muted"


def silences_on(alerts: Sequence[Alert], silences: Mapping[str, Silence]) -> tuple[Silence, ...]:
    """Those that hold at least one of the alerts back, as far as they are known; a steady order."""
    ids = sorted({id for alert in alerts for id in alert.silenced_by})
    return tuple(silences[id] for id in ids if id in silences)


def silenced_until(alerts: Sequence[Alert], silences: Mapping[str, Silence]) -> datetime | None:
    """When the first of the alerts will be heard again; None where that is not known."""
    ends: list[datetime] = []
    for alert in alerts:
        of = [end for id in alert.silenced_by if id in silences and (end := silences[id].ends_at) is not None]
        if not of:
            return None
        ends.append(max(of))
    return min(ends, default=None)


def _named(labels: Sequence[str], leading: Alert, case: Case) -> str | None:
    for name in labels:
        if value := leading.labels.get(name) or case.labels.get(name):
            return value
        if name == RECEIVER and case.receivers:
            return ", ".join(case.receivers)
    return None


def _last_hand(holding: Sequence[Silence], begun: Sequence[datetime]) -> str | None:
    """Who silenced it, where that is the last thing that happened."""
    newest = max((one for one in holding if one.updated_at is not None), key=_when, default=None)
    if newest is None or (begun and _when(newest) < max(begun)):
        return None
    return newest.by or None


def _when(silence: Silence) -> datetime:
    assert silence.updated_at is not None
    return silence.updated_at


def _reason(alerts: Sequence[Alert], holding: Sequence[Silence], frame: Frame) -> str:
    words = [f"{silence.by or 'somebody'}: {silence.comment}".rstrip(": ") for silence in holding]
    inhibiting = sorted({frame.names.get(one, one) for alert in alerts for one in alert.inhibited_by})
    if inhibiting:
        words.append(f"inhibited by {', '.join(inhibiting[:5])}")
    muting = sorted({one for alert in alerts for one in alert.muted_by})
    if muting:
        words.append(f"muted by {', '.join(muting[:5])}")
    return "; ".join(words) or "silenced"


def _filter(case: Case) -> str:
    return ",".join(equals(name, value).text for name, value in sorted(case.labels.items()))


def _extra(case: Case, holding: Sequence[Silence]) -> tuple[tuple[str, str], ...]:
    labels = common_labels(case.alerts)
    return (
        ("Alerts", count_of(case.alerts)),
        ("Labels", ", ".join(f"{name}={value}" for name, value in labels.items())),
        ("Receivers", ", ".join(case.receivers)),
        *(
            (
                "Silence",
                f"{silence.by or '?'} until {silence.ends_at:%Y-%m-%d %H:%M} UTC: {silence.comment} ({silence.id[:8]})",
            )
            for silence in holding
            if silence.ends_at is not None
        ),
    )


def _version(case: Case, holding: Sequence[Silence]) -> str:
    """Another one after each change that means something: not where an alert was only sent again."""
    parts = [
        *(
            repr(
                (
                    alert.fingerprint,
                    alert.starts_at,
                    alert.silenced_by,
                    alert.inhibited_by,
                    alert.muted_by,
                    sorted(alert.annotations.items()),
                    alert.source,
                )
            )
            for alert in case.alerts
        ),
        *(repr((silence.id, silence.ends_at, silence.comment)) for silence in holding),
        *case.receivers,
    ]
    return f"{zlib.crc32(chr(0).join(parts).encode('utf-8', 'replace')):08x}"
