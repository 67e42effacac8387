"""Alerts, cases and silences for tests that need no server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.mapping import Frame
from vagt.adapters.alertmanager.matchers import equals
from vagt.adapters.alertmanager.options import Options, read
from vagt.adapters.alertmanager.wire import Alert, Silence, id_of
from vagt.config.settings import BackendSettings, OptionValue

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def options(query: str = "", **given: OptionValue) -> Options:
    return read(BackendSettings(name="am", adapter="alertmanager", url="http://am.example", query=query, options=given))


def alert(
    name: str = "DiskFull",
    *,
    annotations: Mapping[str, str] | None = None,
    silenced_by: tuple[str, ...] = (),
    inhibited_by: tuple[str, ...] = (),
    muted_by: tuple[str, ...] = (),
    starts: datetime | None = NOON,
    heard: datetime | None = NOON,
    source: str = "",
    **labels: str,
) -> Alert:
    held = {**({"alertname": name} if name else {}), **labels}
    return Alert(
        fingerprint=id_of(held),
        labels=held,
        annotations=annotations or {},
        source=source,
        starts_at=starts,
        ends_at=None if heard is None else heard + timedelta(minutes=5),
        updated_at=heard,
        receivers=("pager",),
        state="suppressed" if silenced_by or inhibited_by or muted_by else "active",
        silenced_by=silenced_by,
        inhibited_by=inhibited_by,
        muted_by=muted_by,
    )


def case(*alerts: Alert, **labels: str) -> Case:
    held = labels or {"alertname": alerts[0].name}
    return Case(id_of(held), held, alerts, ("pager",))


def silence(
    id: str = "s1",
    *,
    by: str = "olga",
    comment: str = "disk being replaced",
    ends: datetime = NOON + timedelta(hours=1),
    state: str = "active",
    **labels: str,
) -> Silence:
    return Silence(
        id=id,
        matchers=tuple(equals(name, value) for name, value in (labels or {"alertname": "DiskFull"}).items()),
        by=by,
        comment=comment,
        state=state,
        starts_at=NOON,
        ends_at=ends,
        updated_at=NOON + timedelta(minutes=1),
    )


def frame(*silences: Silence, using: Options | None = None, names: Mapping[str, str] | None = None) -> Frame:
    return Frame(
        backend="am",
        web="http://am.example",
        options=using or options(),
        silences={one.id: one for one in silences},
        names=names or {},
    )
