"""What was seen firing: tells what is new, what changed, and whether what is missing is over or only not sent again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.describing import without_count
from vagt.domain.incident import Incident, State

_NOBODY: Mapping[str, str] = MappingProxyType({})
RESOLVED = "resolved"
RAN_OUT = "ran out"
"""Nobody told Alertmanager that it is over; it was only not sent any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident as it was last listed."""

    incident: Incident
    case: Case
    missing_since: datetime | None = None
    """By Alertmanager's clock: not listed since, and still taken for firing."""
    lost: bool = False
    """... for it was heard of last before a restart, or from a member that does not answer."""
    by: str = ""
    """The address that listed it."""

    @property
    def heard_at(self) -> datetime | None:
        """When Alertmanager last heard of any of its alerts."""
        return max((one.updated_at for one in self.case.alerts if one.updated_at is not None), default=None)

    @property
    def lasts_until(self) -> datetime | None:
        """When the last of its alerts ends by itself."""
        return max((one.ends_at for one in self.case.alerts if one.ends_at is not None), default=None)


class Ledger:
    """The incidents of one session that fire, or did a moment ago."""

    def __init__(self, after_restart: float) -> None:
        """`after_restart`: seconds for which a server that has just started is not believed about what is over."""
        self._patience = timedelta(seconds=after_restart)
        self._seen: dict[str, Seen] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def get(self, id: str) -> Seen | None:
        return self._seen.get(id)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All that count as open, those that are waited for after a restart among them."""
        return tuple(seen.incident for seen in self._seen.values())

    @property
    def awaits(self) -> bool:
        """Whether one of them has not been sent again since a restart."""
        return any(seen.missing_since is not None for seen in self._seen.values())

    def missing(self, ids: Iterable[str]) -> frozenset[str]:
        """Those that were listed before and are not among `ids`."""
        return frozenset(self._seen.keys() - set(ids))

    def take(
        self,
        listed: Sequence[tuple[Case, Incident]],
        *,
        now: datetime,
        started: datetime | None,
        wary: bool = False,
        by: Mapping[str, str] = _NOBODY,
        silent: Collection[str] = (),
    ) -> tuple[Incident, ...]:
        """A whole listing; what is new, changed or over since the one before.

        `now` and `started` are Alertmanager's: what it last heard of before it was started may only
        wait to be sent again. `wary`: there are several peers, and behind one address the answers may come
        from one that lacks what another has; only what two listings in a row lack is over. `by`: which address
        each was listed by, and `silent`: those that do not answer: what only such a one knew of may still fire.
        """
        before, self._seen = self._seen, {}
        told: list[Incident] = []
        for case, incident in listed:
            old = before.pop(case.id, None)
            self._seen[case.id] = Seen(incident, case, by=by.get(case.id, ""))
            if old is None or (old.incident is not incident and old.incident != incident):
                told.append(incident)
        for id, old in before.items():
            lost = self._is_lost(old, now, started) or self._went_away(old, now, silent)
            if lost or (wary and old.missing_since is None):
                self._seen[id] = replace(old, missing_since=old.missing_since or now, lost=lost or old.lost)
            else:
                told.append(over(old, now))
        return tuple(told)

    def put(self, case: Case, incident: Incident) -> None:
        """One that was read by itself; a new one is left to the next listing, which tells it as news."""
        if case.id in self._seen:
            self._seen[case.id] = Seen(incident, case, by=self._seen[case.id].by)

    def names(self) -> Mapping[str, str]:
        """Fingerprint → name of the alerts that were seen."""
        return {alert.fingerprint: alert.name for seen in self._seen.values() for alert in seen.case.alerts}

    def _went_away(self, old: Seen, now: datetime, silent: Collection[str]) -> bool:
        """Whether only a member that does not answer knew of it; that is believed for as long as after a restart."""
        since = old.missing_since or now
        return old.by in silent and now - since < self._patience

    def _is_lost(self, old: Seen, now: datetime, started: datetime | None) -> bool:
        heard = old.heard_at
        if started is None or now - started >= self._patience:
            return False
        return heard is None or heard < started


def over(old: Seen, now: datetime) -> Incident:
    """The incident as it ended: when that was noticed, and whether somebody said so."""
    lasts = old.lasts_until
    if old.lost:
        native, words = (
            RAN_OUT,
            "Alertmanager was restarted, or a member went away, and it was not sent again.",
        )
    elif lasts is not None and lasts <= now:
        native, words = RAN_OUT, "Nobody sent it to Alertmanager any more; whether it is well again is not known."
    else:
        native, words = RESOLVED, "Alertmanager no longer lists it."
    moved = old.incident.updated_at
    return replace(
        old.incident,
        title=without_count(old.incident.title) if len(old.case.alerts) > 1 else old.incident.title,
        state=State.RESOLVED,
        native_state=native,
        resolved_at=now,
        resolution=words,
        updated_at=now if moved is None else max(now, moved),
        waiting_reason=None,
        waiting_until=None,
        snoozed_until=None,
        extra=tuple(pair for pair in old.incident.extra if pair[0] not in ("Alerts", "Silence")),
        version=f"{old.incident.version}-over",
    )
